"""
Passwords that the machine checks by its own rules: PAM, by way of the package python-pam.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zope.interface import implementer

from twisted.internet.defer import Deferred, DeferredSemaphore, fail

from . import error
from ._hashing import longestPasswordBytes
from .checkers import ICredentialsChecker
from .credentials import IUsernamePassword

__all__ = ["PAMChecker"]


@implementer(ICredentialsChecker)
class PAMChecker:
    """
    Lets in whom PAM lets in.

    PAM takes its time, two seconds mostly where a password is wrong, and spends it in a thread.

    Args:
        service: the name of the file in ``/etc/pam.d`` with the rules.
        inThread: calls a function with arguments somewhere else and returns a Deferred;
            `twisted.internet.threads.deferToThread` if None.
    """

    credentialInterfaces: tuple[Any, ...] = (IUsernamePassword,)

    atOnce = 4
    """How many logins are in PAM's hands at the same time."""

    maxWaiting = 100
    """Logins that wait for their turn; more of them are refused."""

    def __init__(
        self, service: str = "login", inThread: Callable[..., Deferred[Any]] | None = None
    ) -> None:
        self.service = service
        self._inThread = inThread
        self._turns: Any = DeferredSemaphore(self.atOnce)

    def __repr__(self) -> str:
        return f"<logins by the rules of PAM for {self.service!r}>"

    def requestAvatarId(self, credentials: Any) -> Deferred[Any]:
        name, password = credentials.username, credentials.password
        texts = [_text(each) for each in (name, password)]
        if None in texts or len(self._turns.waiting) >= self.maxWaiting:
            return fail(error.UnauthorizedLogin("the name or the password is not right"))
        run: Any = self._inThread
        if run is None:
            # This makes the reactor, which is not to happen for a mere import.
            from twisted.internet.threads import deferToThread as run
        checked: Deferred[Any] = self._turns.run(run, _ask, *texts, self.service)

        def judge(right: object) -> Any:
            if right is not True:
                raise error.UnauthorizedLogin("the name or the password is not right")
            return name

        return checked.addCallback(judge)


def _text(given: Any) -> str | None:
    """What a client sent, as text; None for what neither a name nor a password can be."""
    try:
        text = given.decode("utf-8") if isinstance(given, bytes) else str(given)
    except UnicodeDecodeError:
        return None
    # C takes a NUL for the end: "root\0x" would be root.
    return None if not text or "\0" in text or len(text) > longestPasswordBytes else text


def _ask(name: str, password: str, service: str) -> bool:
    from importlib import import_module

    # An optional package, and without annotations.
    pam = import_module("pam")
    return bool(pam.pam().authenticate(name, password, service=service))
