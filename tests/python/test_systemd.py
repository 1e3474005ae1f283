"""Sockets that systemd opened for us."""

from __future__ import annotations

import os
import pickle

import pytest

from twisted.python.systemd import ListenFDs


def environment(**changes: str | None) -> dict[str, str]:
    usual = {
        "LISTEN_PID": str(os.getpid()),
        "LISTEN_FDS": "2",
        "LISTEN_FDNAMES": "web:mail",
        "HOME": "/",
    }
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def test_descriptorsAreNumberedFromThreeAndHaveNames() -> None:
    inherited = ListenFDs.fromEnvironment(environment())
    assert inherited.inheritedDescriptors() == [3, 4]
    assert inherited.inheritedNamedDescriptors() == {"web": 3, "mail": 4}
    assert inherited == ListenFDs([3, 4], ("web", "mail"))
    assert ListenFDs.fromEnvironment(environment(), 10).inheritedDescriptors() == [10, 11]


def test_withoutNamesTheyAreUnknown() -> None:
    inherited = ListenFDs.fromEnvironment(environment(LISTEN_FDNAMES=None, LISTEN_FDS="1"))
    assert inherited.inheritedNamedDescriptors() == {"unknown": 3}


def test_nobodyTakesThemTwice() -> None:
    given = environment()
    ListenFDs.fromEnvironment(given)
    assert given == {"HOME": "/"}
    assert ListenFDs.fromEnvironment(given).inheritedDescriptors() == []


@pytest.mark.parametrize("pid", ["1", "", "x", "-3", "\u0663", None])
def test_whatIsMeantForAnotherProcessIsLeftAlone(pid: str | None) -> None:
    given = environment(LISTEN_PID=pid)
    before = dict(given)
    assert ListenFDs.fromEnvironment(given).inheritedDescriptors() == []
    assert given == before


@pytest.mark.parametrize("count", ["-1", "two", "", "1", "3", None])
def test_aCountThatMakesNoSenseIsNothing(count: str | None) -> None:
    assert ListenFDs.fromEnvironment(environment(LISTEN_FDS=count)).inheritedDescriptors() == []


def test_theProcessesOwnEnvironmentIsTheUsualOne(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", environment())
    assert ListenFDs.fromEnvironment().inheritedDescriptors() == [3, 4]


def test_theListIsTheCallersOwn() -> None:
    inherited = ListenFDs([3])
    inherited.inheritedDescriptors().append(4)
    assert inherited.inheritedDescriptors() == [3]


def test_itIsAValue() -> None:
    inherited = ListenFDs([3], ["web"])
    assert pickle.loads(pickle.dumps(inherited)) == inherited
    assert inherited != ListenFDs([4], ["web"])
    assert inherited != "something else"
    assert repr(inherited) == "ListenFDs(descriptors=[3], names=['web'])"
