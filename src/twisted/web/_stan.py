"""
What pages are made of: tags, and the few things beside text that may stand in them.

A `Tag` is a plain object that may be changed at any time until it is flattened. Templates are read
into tags, and programs make their own by calling them::

    tags.p("Your name is ", tags.em(name), class_="greeting")
"""

from __future__ import annotations

from collections.abc import Coroutine, Generator, Iterable
from typing import TYPE_CHECKING, Any
from warnings import warn

if TYPE_CHECKING:
    from twisted.web._flatten import Flattenable

__all__ = ["CDATA", "CharRef", "Comment", "Tag", "slot", "voidElements"]

#: Tags that close themselves when nothing stands in them.
voidElements = (
    "img",
    "br",
    "hr",
    "base",
    "meta",
    "link",
    "param",
    "area",
    "input",
    "col",
    "basefont",
    "isindex",
    "frame",
    "command",
    "embed",
    "keygen",
    "source",
    "track",
    "wbs",
)

_void = frozenset(voidElements)


class slot:
    """
    A place in a template that is filled when the page is made, by `Tag.fillSlots` of a tag around
    it.

    Attributes:
        name: of the slot.
        children: what stood in it in the template; it is not rendered.
        default: what stands here if nobody fills it; None: that is an error.
        filename, lineNumber, columnNumber: where it was read, or None.
    """

    name: str
    children: list[Tag]
    default: Flattenable | None
    filename: str | None
    lineNumber: int | None
    columnNumber: int | None

    def __init__(
        self,
        name: str,
        default: Flattenable | None = None,
        filename: str | None = None,
        lineNumber: int | None = None,
        columnNumber: int | None = None,
    ) -> None:
        self.name = name
        self.children = []
        self.default = default
        self.filename = filename
        self.lineNumber = lineNumber
        self.columnNumber = columnNumber

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"slot({shown})"


class Tag:
    """
    A tag, with its attributes and what stands in it.

    Calling it adds children and attributes. A tag whose name is empty is *transparent*: only what
    stands in it is seen.

    Attributes:
        tagName: such as ``"p"``.
        attributes: their values by name.
        children: what stands in it.
        render: the name of the method of the element around it that is to replace it, or None.
        filename, lineNumber, columnNumber: where it was read, or None.
        slotData: what slots in it are filled with, by name, or None.
    """

    tagName: Any
    attributes: Any
    children: Any
    render: str | None
    filename: str | None
    lineNumber: int | None
    columnNumber: int | None
    slotData: dict[str, Any] | None

    def __init__(
        self,
        tagName: bytes | str,
        attributes: Any = None,
        children: Any = None,
        render: str | None = None,
        filename: str | None = None,
        lineNumber: int | None = None,
        columnNumber: int | None = None,
    ) -> None:
        self.tagName = tagName
        self.attributes = {} if attributes is None else attributes
        self.children = [] if children is None else children
        self.render = render
        self.filename = filename
        self.lineNumber = lineNumber
        self.columnNumber = columnNumber
        self.slotData = None

    def fillSlots(self, **slots: Flattenable) -> Tag:
        """
        Say what is to stand in the slots of this tag and of all that is in it.

        Returns: this tag.
        """
        if self.slotData is None:
            self.slotData = {}
        self.slotData.update(slots)
        return self

    def __call__(self, *children: Flattenable, **kw: Any) -> Tag:
        """
        Add children and attributes.

        Args:
            children: to stand behind those that are there.
            kw: attributes. An underscore at the end is dropped, so that ``class_`` is possible;
                ``render`` is not an attribute but the name of a renderer.
        Returns: this tag.
        Raises: TypeError if ``render`` is no str.
        """
        self.children.extend(children)
        for name, value in kw.items():
            if name == "render":
                if not isinstance(value, str):
                    raise TypeError(f'Value for "render" attribute must be str, got {value!r}')
                self.render = value
            else:
                self.attributes[name[:-1] if name.endswith("_") else name] = value
        return self

    def clone(self, deep: bool = True) -> Tag:
        """
        Copy this tag.

        Args: deep: whether tags and lists in it are copied too, or shared.
        Returns: the copy.
        """
        copied = self._copy()
        if deep:
            # A list of work instead of recursion: a template may be deeper than Python's stack.
            waiting: list[Any] = [copied]
            while waiting:
                holder = waiting.pop()
                if type(holder) is list:
                    _copyInside(holder, enumerate(holder), waiting)
                    continue
                _copyInside(holder.children, enumerate(holder.children), waiting)
                if holder.attributes:
                    _copyInside(holder.attributes, holder.attributes.items(), waiting)
                if holder.slotData:
                    _copyInside(holder.slotData, holder.slotData.items(), waiting)
        return copied

    def _copy(self) -> Tag:
        """This tag once more, with children, attributes and slots of its own."""
        copied = self.__class__.__new__(self.__class__)
        if type(self) is not Tag:
            copied.__dict__.update(self.__dict__)
        # One by one: an object whose dictionary was asked for is slower ever after.
        copied.tagName = self.tagName
        copied.attributes = dict(self.attributes)
        copied.children = list(self.children)
        copied.render = self.render
        copied.filename = self.filename
        copied.lineNumber = self.lineNumber
        copied.columnNumber = self.columnNumber
        copied.slotData = dict(self.slotData) if self.slotData is not None else None
        return copied

    def clear(self) -> Tag:
        """
        Take away what stands in it; attributes stay.

        Returns: this tag.
        """
        self.children = []
        return self

    def __repr__(self) -> str:
        shown = [repr(self.tagName)]
        if self.attributes:
            shown.append(f"attributes={self.attributes!r}")
        if self.children:
            shown.append(f"children={self.children!r}")
        return f"Tag({', '.join(shown)})"


def _copyInside(holder: Any, items: Iterable[tuple[Any, Any]], waiting: list[Any]) -> None:
    """
    Put copies where tags and lists stand in a copy.

    Args:
        holder: the list or dictionary that is a copy already.
        items: what is in it, with its place.
        waiting: gets those whose insides are still to be copied.
    """
    for at, value in items:
        kind = type(value)
        if kind is str or kind is slot:
            continue
        copied: Any
        if kind is Tag or isinstance(value, Tag):
            copied = value._copy()
        elif isinstance(value, (list, tuple)):
            copied = list(value)
        else:
            if isinstance(value, (Generator, Coroutine)):
                _warnOfSharing(value)
            continue
        holder[at] = copied
        waiting.append(copied)


def _warnOfSharing(value: object) -> None:
    """Two copies share a generator or a coroutine, and only the first one sees what it gives."""
    what, runs = "generator", "be consumed"
    if isinstance(value, Coroutine):
        what, runs = "coroutine", "run"
    warn(
        f"Cloning a Tag which contains a {what} is unsafe, since the {what} can {runs} only once; "
        "this is deprecated since Twisted 21.7.0 and will raise an exception in the future",
        DeprecationWarning,
        stacklevel=4,  # by way of `_copyInside`: who called `Tag.clone`
    )


class CDATA:
    """
    Text that stands in a page as a CDATA section, without being quoted.

    Attributes:
        data: the text.
    """

    data: str

    def __init__(self, data: str) -> None:
        self.data = data

    def __repr__(self) -> str:
        return f"CDATA({self.data!r})"


class Comment:
    """
    A comment.

    Attributes:
        data: its text.
    """

    data: str

    def __init__(self, data: str) -> None:
        self.data = data

    def __repr__(self) -> str:
        return f"Comment({self.data!r})"


class CharRef:
    """
    A character that is to stand in the page by its number.

    Attributes:
        ordinal: the number.
    """

    ordinal: int

    def __init__(self, ordinal: int) -> None:
        self.ordinal = ordinal

    def __repr__(self) -> str:
        return f"CharRef({self.ordinal})"
