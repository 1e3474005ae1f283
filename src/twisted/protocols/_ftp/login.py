"""The commands by which a user says who they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from twisted.cred import credentials
from twisted.cred.error import UnauthorizedLogin, UnhandledCredentials
from twisted.internet.defer import Deferred, maybeDeferred

from . import replies
from .contracts import IFTPShell
from .errors import AuthorizationError, CmdSyntaxError, EncryptionNeededError
from .parts import Part
from .states import AUTHED, INAUTH, UNAUTH

if TYPE_CHECKING:
    from twisted.python.failure import Failure


class LoginCommands(Part):
    """
    USER and PASS.

    Attributes:
        maxFailedLogins: how many wrong passwords a connection may give before it is closed.
    """

    maxFailedLogins: int = 6
    logout: Callable[[], Any] | None = None
    _failedLogins = 0
    _user: str = ""
    _isSecure = False

    def _isAnonymous(self) -> bool:
        return bool(self.factory.allowAnonymous and self._user == self.factory.userAnonymous)

    def ftp_USER(self, username: str) -> Any:
        """Begin to log in. Whoever was logged in no longer is."""
        if not username:
            raise CmdSyntaxError("USER requires an argument.")
        if getattr(self.factory, "requireTLS", False) and not self._isSecure:
            raise EncryptionNeededError()
        self._leave()
        self._user = username
        self.state = INAUTH
        if self._isAnonymous():
            return replies.GUEST_NAME_OK_NEED_EMAIL
        return replies.USR_NAME_OK_NEED_PASS, username

    def ftp_PASS(self, password: str) -> Any:
        """Log in."""
        if self.portal is None:
            self.state = UNAUTH
            raise AuthorizationError()
        welcome = replies.USR_LOGGED_IN_PROCEED
        who: Any = credentials.UsernamePassword(self._user, password)
        # Text, as ever: programs' checkers compare it with text.
        if self._isAnonymous():
            welcome, who = replies.GUEST_LOGGED_IN_PROCEED, credentials.Anonymous()
        found: Deferred[Any] = maybeDeferred(self.portal.login, who, None, IFTPShell)
        return found.addCallbacks(self._loggedIn, self._refused, (welcome,))

    def _loggedIn(self, found: tuple[Any, Any, Callable[[], Any]], welcome: str) -> str:
        _, self.shell, self.logout = found
        self.workingDirectory = []
        self.state = AUTHED
        self._failedLogins = 0
        return welcome

    def _refused(self, failure: Failure) -> Any:
        self.state = UNAUTH
        # Who has a name where nobody has one is nobody as well.
        failure.trap(UnauthorizedLogin, UnhandledCredentials)
        self._failedLogins += 1
        if self._failedLogins < self.maxFailedLogins:
            raise AuthorizationError()
        self.reply(replies.AUTH_FAILURE)
        self.transport.loseConnection()
        return None

    def _leave(self) -> None:
        """Log out, if somebody is logged in."""
        logout, self.logout, self.shell = self.logout, None, None
        self.state = UNAUTH
        if logout is not None:
            logout()
