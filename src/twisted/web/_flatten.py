"""
From what a page is made of to its bytes.

How it works. `_pieces` walks through the page with a stack of its own, so that no page is too deep
for Python's. What it writes is collected in a list of text. It is a generator only so that it can
wait: it gives up whatever must be awaited and is sent the result, and a page that has to wait for
nothing is made by a single call. `_flattenTree` is the coroutine that awaits for it.

Quoting. Text that stands in a tag is quoted as content, when it is met. The value of an attribute
is collected apart, *unquoted* as far as it is text, and with the marks of tags that stand in it; it
is quoted as a whole when it ends. So each thing is quoted once for each attribute that it stands
in, however deep that is.

Bytes need not be UTF-8. They are carried through the text as lone surrogates (PEP 383), which text
itself may not have: text that is not ASCII is encoded when it is met, which also names the place.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator, Iterator
from types import CoroutineType, GeneratorType, TracebackType
from typing import TYPE_CHECKING, Any, Final, Union

from twisted.internet.defer import Deferred, ensureDeferred, fail, succeed
from twisted.python.failure import Failure
from twisted.web._stan import CDATA, CharRef, Comment, Tag, _void, slot
from twisted.web.error import FlattenerError, UnfilledSlot, UnsupportedType
from twisted.web.iweb import IRenderable

if TYPE_CHECKING:
    from twisted.web.iweb import IRequest

__all__ = ["BUFFER_SIZE", "MAX_DEPTH", "Flattenable", "flatten", "flattenString"]

Flattenable = Union[  # noqa: UP007  # an interface is no operand of |
    bytes,
    str,
    slot,
    CDATA,
    Comment,
    Tag,
    tuple[Any, ...],
    list[Any],
    Generator[Any, None, object],
    CharRef,
    Deferred[Any],
    Coroutine[Deferred[Any], object, Any],
    IRenderable,
]
"""What can stand in a page; in it, the same again."""

BUFFER_SIZE: Final = 2**16
"""Characters that are collected at most before they are written."""

MAX_DEPTH: Final = 50_000
"""How deep things may stand in each other. What is deeper stands, most likely, in itself."""

_MOST_ROOTS: Final = 60
"""How many of the things around an error it names."""


class _Markup(str):
    """Text that is part of the page as it is."""

    __slots__ = ()


class _Value:
    """The value of an attribute, where it is more than text."""

    __slots__ = ("root",)

    def __init__(self, root: Any) -> None:
        self.root = root


# What a kind of thing is treated as. Subclasses are found by `_kindOf`.
_kinds: dict[type, type] = {
    str: str,
    _Markup: _Markup,
    _Value: _Value,
    bytes: bytes,
    Tag: Tag,
    slot: slot,
    list: list,
    tuple: list,
    GeneratorType: list,
    Comment: Comment,
    CDATA: CDATA,
    CharRef: CharRef,
    Deferred: Deferred,
    CoroutineType: CoroutineType,
}


def _kindOf(item: Any) -> Any:
    """What a thing of a class that is not known is treated as."""
    for known, kind in _kinds.items():
        if isinstance(item, known):
            return kind
    if IRenderable.providedBy(item):
        return IRenderable
    if isinstance(item, Generator):
        return list
    if hasattr(type(item), "__await__"):
        return CoroutineType
    raise UnsupportedType(item)


def escapeForContent(data: str) -> str:
    """Returns: text that says ``data`` where a tag has its children."""
    return data.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _quoted(data: str) -> str:
    """Text that says ``data`` between double quotes."""
    return (
        data.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    )


def _text(data: str | bytes) -> str:
    """What can be collected, of text or bytes. Raises: UnicodeEncodeError."""
    if isinstance(data, bytes):
        return data.decode("utf-8", "surrogateescape")
    if not data.isascii():
        data.encode("utf-8")
    return data if type(data) is str else str.__str__(data)


# Names of tags and attributes that have been looked at.
_names: set[str] = set()
_MOST_NAMES: Final = 2000

# What ends a name, or the tag that it is in (HTML, section 13.1.2).
_notInNames: Final = frozenset("\t\n\f\r \"'<>/=\0")


def _name(name: str | bytes) -> str:
    """
    The name of a tag or attribute.

    Raises: UnicodeError if it is not ASCII; ValueError if it would end before its end.
    """
    if isinstance(name, bytes):
        name = name.decode("ascii")
    if name not in _names:
        name.encode("ascii")
        if not name or not _notInNames.isdisjoint(name):
            raise ValueError(f"{name!r} cannot be the name of a tag or attribute")
        if len(_names) < _MOST_NAMES:
            _names.add(str(name))
    return name


def _comment(data: str | bytes) -> str:
    """
    A comment that ends where it ends.

    Source: HTML, section 13.1.6: its text neither begins with ``>`` or ``->``, nor has ``-->`` or
    ``--!>`` in it, nor ends with ``<!-``; XML 1.0, section 2.5: nor does it end with ``-``.
    """
    text = _text(data).replace("-->", "--&gt;").replace("--!>", "--!&gt;")
    if text.startswith((">", "->")):
        text = text.replace(">", "&gt;", 1)
    if text.endswith("-"):
        text += " "
    return f"<!--{text}-->"


def _section(data: str | bytes) -> str:
    """A CDATA section; where its text would end it, there are two."""
    return f"<![CDATA[{_text(data).replace(']]>', ']]]]><![CDATA[>')}]]>"


def _filled(wanted: slot, slots: Any) -> Any:
    """
    What fills a slot.

    Args: slots: pairs of what a tag has for slots, and such a pair of the tags around it.
    """
    name = wanted.name
    while slots is not None:
        found, slots = slots
        if name in found:
            return found[name]
    if wanted.default is None:
        raise UnfilledSlot(name)
    return wanted.default


def _opened(tag: Tag) -> list[Any]:
    """A tag in parts, of which the values of attributes may be anything."""
    name = _name(tag.tagName)
    parts: list[Any] = []
    text = "<" + name
    for key, value in tag.attributes.items():
        text += f' {_name(key)}="'
        if type(value) is str:
            text += _quoted(_text(value))
        else:
            parts += (_Markup(text), _Value(value))
            text = ""
        text += '"'
    if not tag.children and name in _void:
        parts.append(_Markup(text + " />"))
    else:
        parts.append(_Markup(text + ">"))
        parts += tag.children
        parts.append(_Markup(f"</{name}>"))
    return parts


def _rendered(tag: Tag, element: Any, request: Any) -> Any:
    """What the renderer that a tag names puts in its place."""
    if element is None:
        raise ValueError(
            f'Tag wants to be rendered by method "{tag.render}" '
            "but is not contained in any IRenderable"
        )
    given = tag._copy()
    given.render = None
    return element.lookupRenderMethod(tag.render)(request, given)


def _ready(deferred: Deferred[Any]) -> bool:
    """Whether a Deferred has a result that may be taken at once."""
    return (
        deferred.called
        and not deferred.paused
        and not deferred._runningCallbacks
        and not isinstance(deferred.result, Failure)
    )


def _explained(error: Exception, owners: list[Any], trace: TracebackType | None) -> FlattenerError:
    """
    What to raise for an error.

    Args:
        owners: what is open, from the outside in; None where a frame belongs to the one before.
        trace: where the error comes from.
    """
    from traceback import extract_tb

    roots = [each for each in owners if each is not None]
    if len(roots) > _MOST_ROOTS:
        half = _MOST_ROOTS // 2
        roots[half:-half] = [f"... {len(roots) - 2 * half} more ..."]
    return FlattenerError(error, roots, extract_tb(trace))


# How a frame of the stack ends: by text that is written then, by nothing, or by this.
_ENDS_VALUE: Any = object()


def _pieces(request: Any, root: Any, write: Callable[[bytes], object]) -> Generator[Any, Any, None]:
    """
    Write a page.

    Yields: what must be awaited. Is sent a pair: an exception or None, and a result.
    Raises: FlattenerError; what ``write`` raises.
    """
    # This loop is where all the time goes. Text and tags with a single text in them, which most
    # pages consist of, are dealt with in it without a call of a function of Python.
    page: list[str] = []
    size = 0
    writing = False
    trace: TracebackType | None = None

    out = page
    items: Iterator[Any] = iter((root,))
    ending: Any = None
    owner: Any = None
    inValue = False
    slots: Any = None
    element: Any = None
    stack: list[Any] = []
    push = stack.append

    try:
        while True:
            for item in items:
                kind = type(item)
                if kind is not str and kind is not Tag:
                    kind = _kinds.get(kind) or _kindOf(item)

                if kind is str:
                    text = item if item.isascii() else _text(item)
                    if not inValue:
                        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
                    out.append(text)
                    size += len(text)

                elif kind is Tag:
                    inner = (item.slotData, slots) if item.slotData else slots
                    if item.render is not None:
                        push((items, ending, owner, out, inValue, slots, element))
                        slots, ending, owner = inner, None, item
                        items = iter((_rendered(item, element, request),))
                        break
                    name = item.tagName
                    if not name:
                        push((items, ending, owner, out, inValue, slots, element))
                        slots, ending, owner = inner, None, item
                        items = iter(item.children)
                        break
                    children = item.children
                    text = f"<{name}"
                    plain = name in _names
                    if item.attributes:
                        for key, value in item.attributes.items():
                            if type(value) is str and value.isascii() and key in _names:
                                text = f'{text} {key}="{_quoted(value)}"'
                            else:
                                plain = False
                                break
                    if not plain:
                        push((items, ending, owner, out, inValue, slots, element))
                        slots, ending, owner, inValue = inner, None, item, False
                        items = iter(_opened(item))
                        break
                    if not children:
                        text += " />" if name in _void else f"></{name}>"
                        out.append(text)
                        size += len(text)
                    elif len(children) == 1 and type(only := children[0]) is str and only.isascii():
                        only = only.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
                        text = f"{text}>{only}</{name}>"
                        out.append(text)
                        size += len(text)
                    else:
                        text += ">"
                        out.append(text)
                        size += len(text)
                        push((items, ending, owner, out, inValue, slots, element))
                        slots, ending, owner, inValue = inner, f"</{name}>", item, False
                        items = iter(children)
                        break

                elif kind is _Markup:
                    out.append(item)
                    size += len(item)

                elif kind is list:
                    push((items, ending, owner, out, inValue, slots, element))
                    ending, owner = None, item
                    items = iter(item)
                    break

                elif kind is slot:
                    filling = _filled(item, slots)
                    if type(filling) is str and filling.isascii():
                        out.append(filling if inValue else escapeForContent(filling))
                        size += len(filling)
                        continue
                    push((items, ending, owner, out, inValue, slots, element))
                    ending, owner = None, item
                    items = iter((filling,))
                    break

                elif kind is _Value:
                    push((items, ending, owner, out, inValue, slots, element))
                    ending, owner, inValue, out = _ENDS_VALUE, None, True, []
                    items = iter((item.root,))
                    break

                elif kind is bytes:
                    text = _text(item)
                    out.append(text if inValue else escapeForContent(text))
                    size += len(text)

                elif kind is Comment:
                    out.append(_comment(item.data))
                elif kind is CDATA:
                    out.append(_section(item.data))
                elif kind is CharRef:
                    out.append(f"&#{int(item.ordinal)};")

                elif kind is IRenderable:
                    push((items, ending, owner, out, inValue, slots, element))
                    ending, owner, element = None, item, item
                    items = iter((item.render(request),))
                    break

                else:  # Deferreds, coroutines, and whatever else can be awaited
                    if page:
                        text = "".join(page)
                        page.clear()
                        size = 0
                        writing = True
                        write(text.encode("utf-8", "surrogateescape"))
                        writing = False
                    push((items, ending, owner, out, inValue, slots, element))
                    ending, owner = None, item
                    items = iter(())
                    if kind is Deferred and _ready(item):
                        result = item.result
                    else:
                        raised, result = yield item
                        if raised is not None:
                            trace = raised.__traceback__
                            raise raised
                    items = iter((result,))
                    break

                if size >= BUFFER_SIZE and out is page:
                    text = "".join(page)
                    page.clear()
                    size = 0
                    writing = True
                    write(text.encode("utf-8", "surrogateescape"))
                    writing = False
            else:
                if not stack:
                    break
                if ending is _ENDS_VALUE:
                    text = _quoted("".join(out))
                    ending = None
                    items, ending, owner, out, inValue, slots, element = stack.pop()
                    out.append(text)
                    size += len(text)
                    continue
                if ending is not None:
                    out.append(ending)
                items, ending, owner, out, inValue, slots, element = stack.pop()
                continue
            if len(stack) > MAX_DEPTH:
                raise RecursionError(f"things stand in each other more than {MAX_DEPTH} deep")
    except Exception as error:
        if writing:
            raise
        owners = [*(frame[2] for frame in stack), owner]
        raise _explained(error, owners, trace or error.__traceback__) from error
    if page:
        write("".join(page).encode("utf-8", "surrogateescape"))


def _forked(deferred: Deferred[Any]) -> Deferred[Any]:
    """
    A Deferred that has the result of another one, which keeps it.

    A page may have the same Deferred in it more than once. A failure stays with the Deferred too,
    so that it is logged unless somebody else takes care of it.
    """
    fork: Deferred[Any] = Deferred(lambda _: deferred.cancel())

    def both(result: Any) -> Any:
        fork.callback(result)
        return result

    deferred.addBoth(both)
    return fork


async def _flattenTree(pieces: Generator[Any, Any, None], element: Any) -> None:
    """Go on with a page that waits for ``element``, whenever what it waits for is there."""
    while True:
        raised = None
        try:
            if isinstance(element, Deferred):
                element = _forked(element)
            element = await element
        except Exception as error:
            raised = error
        try:
            element = pieces.send((raised, element))
        except StopIteration:
            return


def flatten(
    request: IRequest | None, root: Flattenable, write: Callable[[bytes], object]
) -> Deferred[None]:
    """
    Write a page as UTF-8.

    What is there already is written when some 64 KiB of it have been collected, or when the page
    has to wait for something.

    Args:
        request: given to the renderers.
        root: the page.
        write: called with each part.
    Returns: fires when all is written. Fails with `twisted.web.error.FlattenerError` if something
        in the page cannot be rendered. Cancelling it cancels what the page waits for.
    """
    pieces = _pieces(request, root, write)
    try:
        waiting = pieces.send(None)
    except StopIteration:
        return succeed(None)
    except Exception:
        return fail()
    return ensureDeferred(_flattenTree(pieces, waiting))


def flattenString(request: IRequest | None, root: Flattenable) -> Deferred[bytes]:
    """
    Make a page.

    Args: as `flatten` has them.
    Returns: fires with all of the page; fails as `flatten` does.
    """
    parts: list[bytes] = []
    return flatten(request, root, parts.append).addCallback(lambda _: b"".join(parts))
