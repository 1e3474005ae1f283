"""Sentences: values by name, as some receiver's protocol has put them on one line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar


class _BaseSentence:
    """
    A sentence.

    What it says is found as attributes; what it might say, but does not, is None.

    Attributes:
        ALLOWED_ATTRIBUTES: the names that a sentence may have values for.
    """

    ALLOWED_ATTRIBUTES: ClassVar[Iterable[str]] = frozenset()

    def __init__(self, sentenceData: Mapping[str, Any]) -> None:
        self._sentenceData = dict(sentenceData)

    @property
    def presentAttributes(self) -> Iterator[str]:
        """The names that there are values for."""
        return iter(self._sentenceData)

    def __getattr__(self, name: str) -> Any:
        if name in self.ALLOWED_ATTRIBUTES:
            return self._sentenceData.get(name)
        raise AttributeError(f"{type(self).__name__} never has a {name!r}")

    def __repr__(self) -> str:
        values = self._sentenceData
        said = ", ".join(f"{key}: {values[key]}" for key in sorted(values) if key != "type")
        return f"<{type(self).__name__} ({values.get('type') or 'unknown type'}) {{{said}}}>"


class _PositioningSentenceProducerMixin:
    """Something that makes sentences, of several types."""

    # For each type the names of its fields, in their order; None is a field that says nothing.
    _SENTENCE_CONTENTS: ClassVar[Mapping[Any, Sequence[str | None]]] = {}

    @classmethod
    def getSentenceAttributes(cls) -> set[str]:
        """Give all names that any sentence may have values for."""
        fields = {field for contents in cls._SENTENCE_CONTENTS.values() for field in contents}
        return {"type", *(field for field in fields if field is not None)}
