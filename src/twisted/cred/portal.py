"""
The door of an application: from credentials to the object that stands for a user.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from zope.interface import Interface, providedBy

from twisted.internet.defer import Deferred, fail, maybeDeferred
from twisted.python.failure import Failure

from . import error

__all__ = ["IRealm", "Portal"]


class IRealm(Interface):
    """
    What an application has behind its door.
    """

    def requestAvatar(
        avatarId: Any, mind: Any, *interfaces: Any
    ) -> tuple[Any, Any, Callable[[], object]] | Deferred[tuple[Any, Any, Callable[[], object]]]:
        """
        Get the object that stands for a user.

        Args:
            avatarId: what the checker called the user; `checkers.ANONYMOUS` for nobody.
            mind: what stands for the client: an object of the caller's choice, or None.
            interfaces: the kinds of object that the caller can work with, the best one first.
        Returns: (one of the interfaces, an object that provides it, a function without arguments
            that the caller calls once when the user leaves), or a Deferred that fires with that.
        Raises: NotImplementedError if it can give none of the interfaces.
        """


class Portal:
    """
    Takes credentials, has them checked, and asks the realm for the user's object.

    Args:
        realm: an `IRealm`.
        checkers: the `ICredentialsChecker`s, each registered for the credentials that it names.
    """

    def __init__(self, realm: Any, checkers: Iterable[Any] = ()) -> None:
        self.realm = realm
        self.checkers: dict[Any, Any] = {}
        for checker in checkers:
            self.registerChecker(checker)

    def __repr__(self) -> str:
        kinds = ", ".join(sorted(each.__name__ for each in self.checkers))
        return f"<{type(self).__name__} to {self.realm!r} for {kinds or 'nobody'}>"

    def listCredentialsInterfaces(self) -> list[Any]:
        """
        Returns: the kinds of credentials that can be checked here.
        """
        return list(self.checkers)

    def registerChecker(self, checker: Any, *credentialInterfaces: Any) -> None:
        """
        Have one more kind of credentials checked; a kind has one checker, the latest.

        Args:
            checker: an `ICredentialsChecker`.
            credentialInterfaces: for which kinds; for those that it names itself if none.
        """
        for interface in credentialInterfaces or checker.credentialInterfaces:
            self.checkers[interface] = checker

    def login(
        self, credentials: Any, mind: Any, *interfaces: Any
    ) -> Deferred[tuple[Any, Any, Callable[[], object]]]:
        """
        Let someone in.

        Args:
            credentials: an `ICredentials`.
            mind: what stands for the client; handed to the realm.
            interfaces: the kinds of object that the caller can work with.
        Returns: a Deferred that fires with what `IRealm.requestAvatar` gave. It fails with
            `error.UnhandledCredentials`, `error.UnauthorizedLogin`, or the realm's own failure.
        """
        for interface, checker in self.checkers.items():
            if interface.providedBy(credentials):
                found: Deferred[Any] = maybeDeferred(checker.requestAvatarId, credentials)
                return found.addCallback(self.realm.requestAvatar, mind, *interfaces)
        kinds = ", ".join(each.__name__ for each in providedBy(credentials)) or "nothing known"
        wanted = ", ".join(each.__name__ for each in self.checkers) or "no credentials at all"
        return fail(
            Failure(
                error.UnhandledCredentials(f"no checker for {kinds}; this portal takes {wanted}")
            )
        )
