"""PAM decides, in a thread, and nothing odd that a client sends gets as far as its C."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from twisted.cred._pam import PAMChecker
from twisted.cred.credentials import UsernamePassword
from twisted.cred.error import UnauthorizedLogin
from twisted.cred.strcred import InvalidAuthArgumentString
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.plugins.cred_pam import PAMCheckerFactory
from twisted.trial.unittest import SynchronousTestCase


class PAMTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.asked: list[tuple[str, str, str]] = []

        def authenticate(name: str, password: str, service: str) -> bool:
            self.asked.append((name, password, service))
            return password == "right"

        module = SimpleNamespace(pam=lambda: SimpleNamespace(authenticate=authenticate))
        context = pytest.MonkeyPatch()
        context.setitem(__import__("sys").modules, "pam", module)
        self.addCleanup(context.undo)
        self.checker = PAMChecker("door", maybeDeferred)

    def login(self, name: Any, password: Any) -> Any:
        return self.checker.requestAvatarId(UsernamePassword(name, password))

    def test_pamDecides(self) -> None:
        self.assertEqual(self.successResultOf(self.login(b"alice", b"right")), b"alice")
        self.failureResultOf(self.login(b"alice", b"wrong"), UnauthorizedLogin)
        self.assertEqual(self.asked, [("alice", "right", "door"), ("alice", "wrong", "door")])

    def test_whatCIsNotToSeeIsRefusedUnasked(self) -> None:
        for name, password in (
            (b"root\0x", b"right"),
            (b"alice", b"right\0"),
            (b"\xff", b"right"),
            (b"", b"right"),
            (b"alice", b""),
            (b"alice", b"x" * 1025),
        ):
            self.failureResultOf(self.login(name, password), UnauthorizedLogin)
        self.assertEqual(self.asked, [])

    def test_onlySoManyWait(self) -> None:
        started: list[Deferred[Any]] = []

        def run(*_: Any) -> Any:
            started.append(Deferred())
            return started[-1]

        self.checker = PAMChecker("door", run)
        self.checker.maxWaiting = 1
        logins = [self.login(b"a", b"right") for _ in range(self.checker.atOnce + 2)]
        self.assertEqual(len(started), self.checker.atOnce)
        self.failureResultOf(logins[-1], UnauthorizedLogin)
        started[0].callback(True)
        self.assertEqual(self.successResultOf(logins[0]), b"a")

    def test_theDescriptionNamesTheRules(self) -> None:
        self.assertEqual(PAMCheckerFactory().generateChecker("").service, "login")
        self.assertEqual(PAMCheckerFactory().generateChecker("sshd").service, "sshd")
        with self.assertRaises(InvalidAuthArgumentString):
            PAMCheckerFactory().generateChecker("../x")


def test_theRealPAMRefusesWhoIsNotThere() -> None:
    pam = pytest.importorskip("pam")
    assert pam.pam().authenticate("no such user", "x", service="login") is False
