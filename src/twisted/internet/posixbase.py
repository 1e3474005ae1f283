"""The reactor of POSIX systems, which is the one that there is."""

from __future__ import annotations

from ._engine.reactor import Reactor as PosixReactorBase

__all__ = ["PosixReactorBase"]
