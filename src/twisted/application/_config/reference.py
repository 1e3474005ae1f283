"""
The reference of every key, as a page of Markdown that is made from what service types declare.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .logins import CredTable
from .options import Option, describe
from .plans import ServiceSettings, SiteSettings
from .tables import TableOf

__all__ = ["referencePage"]


def referencePage(types: Mapping[str, Any]) -> str:
    """
    Write the page.

    Args:
        types: the service types, by name. One that cannot be loaded is named without its keys.
    """
    return "\n".join(_lines(types)) + "\n"


def _lines(types: Mapping[str, Any]) -> Iterator[str]:
    # Kinds of one class have the same forms, but for tables of options.
    seen: set[type] = set()
    yield from ("## The table `[site]`", "")
    yield from _section(SiteSettings, seen)
    yield from ("## Tables `[cred.NAME]`", "")
    yield "Who may log in. Services refer to such a table by its name."
    yield ""
    yield from _section(CredTable, seen)
    yield from ("## Tables `[services.NAME]`", "")
    yield "Every service has the key `type`, which is one of those below, and may have:"
    yield ""
    yield from _section(ServiceSettings, seen)
    for name, each in types.items():
        yield from (f"### `{name}`", "", f"{_sentence(each.description)}", "")
        try:
            settings = each.settings
            describe(settings)
        except Exception as error:
            yield from (f"It cannot be loaded here ({type(error).__name__}).", "")
            continue
        yield from _section(settings, seen)


def _section(settings: Any, seen: set[type]) -> Iterator[str]:
    """A table of the keys, then what there is to say, once, of values that have many forms."""
    options = describe(settings)
    if not options:
        yield from ("It has no keys of its own.", "")
        return
    yield from _table("key", options)
    for each in options:
        if type(each.kind) not in seen:
            if not isinstance(each.kind, TableOf):
                seen.add(type(each.kind))
            yield from _forms(each)


def _table(title: str, options: Iterable[Option]) -> Iterator[str]:
    yield f"| {title} | value | default | what it does |"
    yield "|---|---|---|---|"
    for each in options:
        default = "required" if each.required else _code(each.shownDefault)
        yield f"| `{each.key}` | {_cell(each.kind.words)} | {default} | {_cell(each.help)} |"
    yield ""


def _forms(option: Option) -> Iterator[str]:
    if option.kind.examples:
        yield from (f"Forms of `{option.key}`:", "")
        for value, words in option.kind.examples:
            yield f"- {_code(f'{option.key} = {value}')}: {words}"
        yield ""
    for key, settings in option.kind.tables.items():
        yield from (f"A table for `{option.key}` that has `{key}`:", "")
        yield from _table(f"key in `{option.key}`", describe(settings))


def _code(text: str) -> str:
    """A value in a cell; two backticks hold one."""
    if not text:
        return ""
    fence = "``" if "`" in text else "`"
    return f"{fence}{_escaped(text)}{fence}"


def _cell(text: str) -> str:
    """Words in a cell: nothing in them is markup."""
    return _escaped(text).replace("<", "&lt;").replace("*", "\\*").replace("[", "\\[")


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _sentence(text: str) -> str:
    return _cell(text) if text.endswith((".", "!", "?")) else f"{_cell(text)}."
