"""
Public faces for what is made in private rooms.

A class that is defined in ``twisted.internet._tls.layer`` but public as
``twisted.protocols.tls.TLSMemoryBIOProtocol`` should say so: in its ``repr``, in a pickle,
in a log's namespace and to ``reflect.qual``. The public module calls `handOn` once with
what it hands on.
"""

from __future__ import annotations

__all__ = ["handOn"]


def handOn(publicModule: str, *things: object) -> None:
    """
    Give each class or function the public module as its home.

    Args:
        publicModule: the dotted name of the face, usually the caller's ``__name__``.
        things: the classes and functions that are public there.
    """
    for thing in things:
        thing.__module__ = publicModule
