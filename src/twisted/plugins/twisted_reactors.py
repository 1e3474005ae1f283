"""
The reactors that a program can choose by name.

Those for Windows and for graphical toolkits are named here because programs name them; their
modules are not part of this platform, and asking for one says so. A toolkit that brings an asyncio
loop of its own is served by `twisted.internet.asyncioreactor`.
"""

from __future__ import annotations

from twisted.application.reactors import Reactor

__all__ = [
    "asyncio",
    "cf",
    "default",
    "epoll",
    "gi",
    "glib2",
    "gtk2",
    "gtk3",
    "iocp",
    "kqueue",
    "poll",
    "select",
    "win32er",
    "wx",
]


def _named(shortName: str, module: str, description: str) -> Reactor:
    return Reactor(shortName, f"twisted.internet.{module}", description)


default = _named("default", "default", "The best there is on this system.")
asyncio = _named("asyncio", "asyncioreactor", "A loop of asyncio's, or the program's own.")
epoll = _named("epoll", "epollreactor", "uvloop over epoll(7), on Linux.")
kqueue = _named("kqueue", "kqreactor", "uvloop over kqueue(2), on BSD and macOS.")
poll = _named("poll", "pollreactor", "asyncio's loop over poll(2).")
select = _named("select", "selectreactor", "asyncio's loop over select(2).")

# Known by name alone.
cf = _named("cf", "cfreactor", "The loop of CoreFoundation, on macOS.")
gi = _named("gi", "gireactor", "The loop of GLib, by introspection.")
glib2 = _named("glib2", "glib2reactor", "The loop of GLib 2.")
gtk2 = _named("gtk2", "gtk2reactor", "The loop of GTK 2.")
gtk3 = _named("gtk3", "gtk3reactor", "The loop of GTK 3.")
iocp = _named("iocp", "iocpreactor", "Completion ports, on Windows.")
win32er = _named("win32", "win32eventreactor", "Waiting for many events, on Windows.")
wx = _named("wx", "wxreactor", "The loop of wxPython.")
