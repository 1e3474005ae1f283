"""
Which command may come when. This knows the order of commands, and nothing of what they do.

    UNAUTH --USER--> INAUTH --PASS--> AUTHED --RNFR--> RENAMING --RNTO--> AUTHED
    INAUTH --PASS, refused--> UNAUTH

QUIT and other public commands may come at any time; all others only in AUTHED.
"""

from __future__ import annotations

from collections.abc import Collection

from .errors import BadCmdSequenceError, FTPCmdError
from .replies import NOT_LOGGED_IN

UNAUTH, INAUTH, AUTHED, RENAMING = range(4)


class NotLoggedInError(FTPCmdError):
    """The command is for those who have said who they are."""

    errorCode = NOT_LOGGED_IN


def whyNotNow(state: int, verb: str, public: Collection[str]) -> FTPCmdError | None:
    """
    Decide whether a command may come now.

    Args:
        public: the verbs that may come at any time.
    Returns: what is wrong with it; None if nothing is.
    """
    if verb in public or state == AUTHED:
        return None
    if state == UNAUTH:
        if verb == "PASS":
            return BadCmdSequenceError("USER required before PASS")
        return None if verb == "USER" else NotLoggedInError()
    if state == INAUTH:
        # Another name instead of a password: RFC 959 section 4.1.1 lets USER come at any time.
        allowed = verb in ("PASS", "USER")
        return None if allowed else BadCmdSequenceError("PASS required after USER")
    return None if verb == "RNTO" else BadCmdSequenceError("RNTO required after RNFR")
