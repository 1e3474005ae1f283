"""Objects with versions, objects that are not kept, and pickles of methods and modules."""

from __future__ import annotations

import copy
import io
import pickle
from collections.abc import Iterator
from typing import Any

import pytest

from twisted.logger import capturedLogs
from twisted.persisted import styles
from twisted.persisted.styles import Ephemeral, Versioned

called: list[str] = []


@pytest.fixture(autouse=True)
def nothingCalledBefore() -> Iterator[None]:
    called.clear()
    yield
    styles.doUpgrade()
    styles.oldModules.clear()


class Base(Versioned):
    persistenceVersion = 2
    persistenceForgets = ("cache",)

    def upgradeToVersion1(self) -> None:
        called.append("Base 1")

    def upgradeToVersion2(self) -> None:
        called.append("Base 2")

    def speak(self) -> str:
        return f"I am {self.__dict__}"


class Between(Base):
    pass


class Derived(Between):
    persistenceVersion = 1
    persistenceForgets = ("lock",)

    def upgradeToVersion1(self) -> None:
        called.append("Derived 1")


class Gapped(Versioned):
    persistenceVersion = 2

    def upgradeToVersion2(self) -> None:
        called.append("Gapped 2")


class Connection(Ephemeral):
    def __init__(self) -> None:
        self.socket = open


def made(kind: type[Versioned], **state: object) -> Any:
    it = kind.__new__(kind)
    it.__setstate__(state)
    return it


def test_aPickleHasTheVersionOfEachClassAndNotWhatIsForgotten() -> None:
    it = Derived()
    it.__dict__.update(kept=1, cache=2, lock=3)
    home = __name__
    assert it.__getstate__() == {
        "kept": 1,
        f"{home}.Base.persistenceVersion": 2,
        f"{home}.Derived.persistenceVersion": 1,
    }
    assert it.__getstate__({"x": 1, "lock": 2})["x"] == 1
    assert it.__dict__["cache"] == 2


def test_anUpgradeGoesThroughAllVersionsBasesFirst() -> None:
    it = made(Derived, x=1)
    styles.doUpgrade()
    assert called == ["Base 1", "Base 2", "Derived 1"]
    assert it.__dict__ == {"x": 1}


def test_whatIsUpToDateIsLeftAlone() -> None:
    it = Derived()
    it.__dict__["x"] = 1
    again = pickle.loads(pickle.dumps(it))
    styles.doUpgrade()
    assert called == []
    assert again.__dict__ == {"x": 1}


def test_anUpgradeIsDoneOnceEvenWhenRequired() -> None:
    it = made(Base)
    assert styles.requireUpgrade(it) is it
    assert styles.requireUpgrade(it) is None
    styles.doUpgrade()
    assert called == ["Base 1", "Base 2"]
    assert (styles.versionedsToUpgrade, styles.upgraded) == ({}, {})


def test_aMissingUpgradeIsLoggedAndTheOthersAreDone() -> None:
    made(Gapped)
    with capturedLogs() as captured:
        styles.doUpgrade()
    assert called == ["Gapped 2"]
    assert [(e["what"], e["to"]) for e in captured] == [(f"{__name__}.Gapped", 1)]


def test_whatIsNewerThanItsClassIsRefused() -> None:
    made(Base, **{f"{__name__}.Base.persistenceVersion": 9})
    with pytest.raises(ValueError, match="at version 2, what was kept is at 9"):
        styles.doUpgrade()
    styles.versionedsToUpgrade.clear()
    styles.upgraded.clear()


def test_whatIsEphemeralComesBackBare() -> None:
    for back in (pickle.loads(pickle.dumps(Connection())), copy.copy(Connection())):
        assert type(back) is Ephemeral
        assert not hasattr(back, "socket")


def test_aMethodIsPickledWithItsObject() -> None:
    it = Base()
    it.__dict__["x"] = 1
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        back = pickle.loads(pickle.dumps(it.speak, protocol))
        assert back.__func__ is Base.speak
        assert back.__self__.x == 1
    assert copy.copy(it.speak) == it.speak


def test_aMethodThatMovedIsFoundInTheClassOfTheObject() -> None:
    it = Base()
    assert styles.unpickleMethod("speak", it, Gapped) == it.speak
    assert styles.unpickleMethod("speak", None, Base) is Base.speak
    with pytest.raises(AttributeError, match="nothing"):
        styles.unpickleMethod("nothing", it, Base)


def test_aModuleIsPickledByItsNameAndMayHaveMoved() -> None:
    assert pickle.loads(pickle.dumps(styles)) is styles
    styles.oldModules["shop.styles"] = styles.__name__
    assert styles.unpickleModule("shop.styles") is styles


@pytest.mark.parametrize(("content", "kind"), [("text", io.StringIO), (b"bytes", io.BytesIO)])
def test_anInMemoryFileKeepsItsPosition(content: Any, kind: type) -> None:
    for load in (styles.unpickleStringI, styles.unpickleStringO):
        file = load(content, 3)
        assert type(file) is kind
        assert (file.tell(), file.getvalue()) == (3, content)
    file = io.StringIO("text")
    file.seek(2)
    for function, args in (styles.pickleStringI(file), styles.pickleStringO(file)):
        assert function(*args).read() == "xt"


def test_aFunctionWithoutANameOfItsOwnIsAPicklingError() -> None:
    with pytest.raises(pickle.PicklingError, match="under a name of its own"):
        styles._pickleFunction(lambda: None)  # type: ignore[arg-type]  # it is a function
    function, args = styles._pickleFunction(test_aModuleIsPickledByItsNameAndMayHaveMoved)  # type: ignore[arg-type]  # so is this
    assert function(*args) is test_aModuleIsPickledByItsNameAndMayHaveMoved
