"""
Telling systemd how a service does: sd_notify(3), sd_watchdog_enabled(3).

A service that systemd starts with ``Type=notify`` finds in NOTIFY_SOCKET where to send what has
become of it: a datagram of lines such as ``READY=1``. With ``WatchdogSec=`` it is to send
``WATCHDOG=1`` as long as it is well. Without systemd nothing is sent, and nothing fails.

Nothing here knows a reactor: whoever has one calls `notify` when it has started, when it reloads
and when it stops, and every `watchdogInterval` seconds in between.
"""

from __future__ import annotations

import os
import socket
from collections.abc import MutableMapping
from time import monotonic_ns
from typing import Final

__all__ = ["ALIVE", "READY", "STOPPING", "notify", "reloading", "status", "watchdogInterval"]

#: The service has started, or has done what it said that it was `reloading`.
READY: Final = "READY=1"
#: The service ends.
STOPPING: Final = "STOPPING=1"
#: The service is well; wanted every `watchdogInterval` seconds.
ALIVE: Final = "WATCHDOG=1"


def status(text: str) -> str:
    """
    Make the line that ``systemctl status`` shows.

    Args:
        text: one line; ends of lines in it become blanks, lest they begin something else.
    """
    return "STATUS=" + " ".join(text.split())


def reloading() -> str:
    """Make what says that the service reads its configuration anew; `READY` is to follow."""
    # With Type=notify-reload systemd wants to know when, to tell this answer from earlier ones.
    return f"RELOADING=1\nMONOTONIC_USEC={monotonic_ns() // 1000}"


def notify(
    *state: str, environ: MutableMapping[str, str] = os.environ, unset: bool = False
) -> bool:
    """
    Tell systemd.

    Args:
        state: what to tell, such as `READY` and `status`.
        environ: says where.
        unset: take that out of the environment, so that children do not speak in our name.
    Returns: whether it was sent. It is not where nobody asked for it, nor where the socket is
        gone or full: a service does not fail, or wait, for want of somebody who listens.
    """
    address = environ.get("NOTIFY_SOCKET", "")
    if unset:
        for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"):
            environ.pop(name, None)
    # "@" is how the environment, which cannot have NUL, begins an abstract name.
    if not state or address[:1] not in ("/", "@") or not hasattr(socket, "AF_UNIX"):
        return False
    target = "\0" + address[1:] if address[0] == "@" else address
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sending:
            sending.setblocking(False)
            sending.sendto("\n".join(state).encode("utf-8", "backslashreplace"), target)
    except (OSError, ValueError):
        return False
    return True


def watchdogInterval(environ: MutableMapping[str, str] = os.environ) -> float | None:
    """
    Tell how often `ALIVE` is wanted.

    Returns: seconds, half of what systemd waits for, as it advises; None if it is not wanted of
        this process.
    """
    try:
        microseconds = int(environ.get("WATCHDOG_USEC", ""))
        process = int(environ.get("WATCHDOG_PID") or os.getpid())
    except ValueError:
        return None
    if microseconds <= 0 or process != os.getpid():
        return None
    return microseconds / 2_000_000
