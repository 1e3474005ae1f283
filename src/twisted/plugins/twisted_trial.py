"""
The reporters that come with trial.
"""

from __future__ import annotations

from zope.interface import implementer

from twisted.plugin import IPlugin
from twisted.trial.itrial import IReporter


@implementer(IPlugin, IReporter)
class _Reporter:  # type: ignore[misc]  # names a reporter, and is none
    """
    Names a class of reporters.

    Args:
        name: what people call it.
        module: where the class is.
        description: a few words on it.
        longOpt: what ``--reporter`` calls it.
        shortOpt: one letter for it; None for none.
        klass: what the class is called.
    """

    def __init__(
        self,
        name: str,
        module: str,
        description: str,
        longOpt: str,
        shortOpt: str | None,
        klass: str,
    ) -> None:
        self.name = name
        self.module = module
        self.description = description
        self.longOpt = longOpt
        self.shortOpt = shortOpt
        self.klass = klass


def _ours(name: str, description: str, longOpt: str, shortOpt: str | None, klass: str) -> _Reporter:
    return _Reporter(name, "twisted.trial.reporter", description, longOpt, shortOpt, klass)


Tree = _ours("Tree Reporter", "a tree, in colour (the default)", "verbose", "v", "TreeReporter")
BlackAndWhite = _ours(
    "Black-And-White Reporter", "a line for each test", "bwverbose", "o", "VerboseTextReporter"
)
Minimal = _ours("Minimal Reporter", "one line of numbers", "summary", "s", "MinimalReporter")
Classic = _ours("Classic Reporter", "a letter for each test", "text", "t", "TextReporter")
Timing = _ours("Timing Reporter", "how long each test took", "timing", None, "TimingTextReporter")
Subunit = _ours("Subunit Reporter", "the subunit protocol", "subunit", None, "SubunitReporter")
