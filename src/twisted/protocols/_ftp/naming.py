"""The commands that look at names and change them, and need no data connection for it."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred

from . import replies
from .errors import BadCmdSequenceError
from .listing import factKeys, factLine, knownFacts, stamp
from .parts import Part
from .states import AUTHED, RENAMING


def _completed(_: Any) -> str:
    return replies.REQ_FILE_ACTN_COMPLETED_OK


def _quoted(path: str) -> str:
    """A quote within a quoted path is doubled (RFC 959 appendix II)."""
    return path.replace('"', '""')


class NamingCommands(Part):
    """CWD, CDUP, PWD, MKD, RMD, DELE, RNFR, RNTO, SIZE, MDTM and MLST."""

    _fromName: list[str] | None = None
    # What MLST and MLSD tell, as OPTS has chosen.
    _wantedFacts: tuple[str, ...] = knownFacts

    def _ask(self, method: str, *args: Any) -> Deferred[Any]:
        """Have the shell do something."""
        return maybeDeferred(getattr(self.shell, method), *args)

    def ftp_CWD(self, path: str) -> Deferred[Any]:
        """Go into a folder."""
        segments = self._segments(path)

        def gone(_: Any) -> str:
            self.workingDirectory = segments
            return replies.REQ_FILE_ACTN_COMPLETED_OK

        return self._ask("access", segments).addCallback(gone)

    def ftp_CDUP(self) -> Deferred[Any]:
        """Go out of a folder."""
        return self.ftp_CWD("..")

    def ftp_PWD(self) -> Any:
        """Tell the folder that the user is in."""
        return replies.PWD_REPLY, _quoted("/" + "/".join(self.workingDirectory))

    def ftp_MKD(self, path: str) -> Deferred[Any]:
        """Make a folder."""
        made = self._ask("makeDirectory", self._segments(path))
        return made.addCallback(lambda _: (replies.MKD_REPLY, _quoted(path)))

    def ftp_RMD(self, path: str) -> Deferred[Any]:
        """Remove a folder."""
        return self._ask("removeDirectory", self._segments(path)).addCallback(_completed)

    def ftp_DELE(self, path: str) -> Deferred[Any]:
        """Remove a file."""
        return self._ask("removeFile", self._segments(path)).addCallback(_completed)

    def ftp_RNFR(self, fromName: str) -> str:
        """Say what is to be renamed."""
        self._fromName = self._segments(fromName)
        self.state = RENAMING
        return replies.REQ_FILE_ACTN_PENDING_FURTHER_INFO

    def ftp_RNTO(self, toName: str) -> Deferred[Any]:
        """Rename what RNFR has said."""
        source, self._fromName = self._fromName, None
        self.state = AUTHED
        if source is None:
            raise BadCmdSequenceError("RNFR required before RNTO")
        return self._ask("rename", source, self._segments(toName)).addCallback(_completed)

    def ftp_SIZE(self, path: str) -> Deferred[Any]:
        """Tell the size of a file, in bytes as they are stored (RFC 3659 section 4)."""
        found = self._ask("stat", self._segments(path), ("size",))
        return found.addCallback(lambda values: (replies.FILE_STATUS, str(values[0])))

    def ftp_MDTM(self, path: str) -> Deferred[Any]:
        """Tell when a file was changed (RFC 3659 section 3)."""
        found = self._ask("stat", self._segments(path), ("modified",))
        return found.addCallback(lambda values: (replies.FILE_STATUS, stamp(values[0])))

    def ftp_MLST(self, path: str = "") -> Deferred[Any]:
        """Tell the facts of a file or folder (RFC 3659 section 7)."""
        segments = self._segments(path)

        def tell(values: list[Any]) -> Any:
            line = factLine("/" + "/".join(segments), values, self._wantedFacts)
            return replies._facts, line.decode("utf-8", "surrogateescape")

        return self._ask("stat", segments, factKeys).addCallback(tell)

    # Names of before RFC 959 that clients still send.
    ftp_XCWD = ftp_CWD
    ftp_XCUP = ftp_CDUP
    ftp_XPWD = ftp_PWD
    ftp_XMKD = ftp_MKD
    ftp_XRMD = ftp_RMD
