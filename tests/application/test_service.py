"""The tree of services, applications, and the files that they are loaded from."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import pytest
from zope.interface.verify import verifyClass, verifyObject

from twisted.application.service import (
    Application,
    IProcess,
    IService,
    IServiceCollection,
    IServiceMaker,
    MultiService,
    Process,
    Service,
    ServiceMaker,
    loadApplication,
)
from twisted.internet.defer import Deferred
from twisted.persisted.sob import IPersistable, Persistent, guessType, load
from twisted.plugin import IPlugin


class Noted(Service):
    """Writes down what is done to it."""

    def __init__(self, name: str, notes: list[str]) -> None:
        self.setName(name)
        self.notes = notes
        self.stopped: Deferred[None] = Deferred()

    def privilegedStartService(self) -> None:
        self.notes.append(f"privileged {self.name}")

    def startService(self) -> None:
        super().startService()
        self.notes.append(f"start {self.name}")

    def stopService(self) -> object:
        super().stopService()
        self.notes.append(f"stop {self.name}")
        return self.stopped


def family(*names: str) -> tuple[MultiService, list[str]]:
    parent, notes = MultiService(), list[str]()
    for name in names:
        Noted(name, notes).setServiceParent(parent)
    return parent, notes


@pytest.mark.parametrize("made", [Service(), MultiService()])
def test_aServiceProvidesItsInterface(made: object) -> None:
    assert verifyObject(IService, made)


def test_otherInterfacesAreKept() -> None:
    assert verifyClass(IServiceCollection, MultiService)
    assert verifyObject(IProcess, Process())
    maker = ServiceMaker("Mine", "twisted.application.service", "Does it.", "mine")
    assert IServiceMaker.providedBy(maker) and IPlugin.providedBy(maker)


def test_startingAndStoppingIsKnown() -> None:
    service = Service()
    assert not service.running
    service.startService()
    assert service.running
    assert service.stopService() is None
    assert not service.running


def test_childrenStartInOrderAndStopInReverse() -> None:
    parent, notes = family("a", "b", "c")
    parent.privilegedStartService()
    parent.startService()
    parent.stopService()
    expected = ["privileged a", "privileged b", "privileged c", "start a", "start b", "start c"]
    assert notes == [*expected, "stop c", "stop b", "stop a"]


def test_stoppingWaitsForEveryChildAlsoForThoseThatFail() -> None:
    parent, _ = family("a", "b")
    parent.startService()
    done: list[Any] = []
    parent.stopService().addCallback(done.append)
    first, second = parent
    assert isinstance(first, Noted) and isinstance(second, Noted)
    second.stopped.errback(ValueError("no"))
    assert done == []
    first.stopped.callback(None)
    assert [right for right, _ in done[0]] == [False, True]
    done[0][0][1].trap(ValueError)


def test_whatJoinsARunningParentIsStartedAndWhatLeavesIsStopped() -> None:
    parent, notes = family()
    parent.startService()
    child = Noted("late", notes)
    child.setServiceParent(parent)
    assert notes == ["privileged late", "start late"]
    assert isinstance(child.disownServiceParent(), Deferred)
    assert notes[2:] == ["stop late"]
    assert list(parent) == [] and child.parent is None


def test_whatLeavesAnIdleParentIsNotStopped() -> None:
    parent, notes = family("a")
    (child,) = parent
    assert child.disownServiceParent() is None
    assert notes == []
    assert child.disownServiceParent() is None


def test_childrenAreFoundByName() -> None:
    parent, _ = family("a", "b")
    assert parent.getServiceNamed("b").name == "b"
    with pytest.raises(KeyError):
        parent.getServiceNamed("c")


def test_twoChildrenOfOneNameAreRefused() -> None:
    parent, notes = family("a")
    with pytest.raises(RuntimeError, match="'a'"):
        Noted("a", notes).setServiceParent(parent)


def test_aNameDoesNotChangeUnderAParent() -> None:
    parent, _ = family("a")
    (child,) = parent
    with pytest.raises(RuntimeError, match="keeps its name"):
        child.setName("b")
    child.disownServiceParent()
    child.setName("b")
    assert child.name == "b"


def test_aChildThatChangesItsParentLeavesTheFirst() -> None:
    first, _ = family("a")
    second = MultiService()
    (child,) = first
    child.setServiceParent(second)
    assert (list(first), list(second), child.parent) == ([], [child], second)


def test_aStrangerCannotBeRemoved() -> None:
    with pytest.raises(ValueError):
        MultiService().removeService(Service())


@pytest.mark.parametrize("again", [copy.copy, lambda it: pickle.loads(pickle.dumps(it))])
def test_aCopyHasNotBeenStarted(again: Any) -> None:
    service = Service()
    service.setName("x")
    service.startService()
    other = again(service)
    assert (other.running, other.name, service.running) == (0, "x", 1)


def test_anApplicationAdaptsToAllItsParts() -> None:
    application = Application("web", 5, 6)
    root: Any = IServiceCollection(application)
    assert IService(application) is root
    assert (root.name, root.parent) == ("web", None)
    process = IProcess(application)
    assert (process.uid, process.gid, process.processName) == (5, 6, None)
    saved: Any = IPersistable(application)
    assert (saved.style, saved.name, saved.original) == ("pickle", "web", application)


def test_anApplicationIsAParent() -> None:
    application, child = Application("web"), Service()
    child.setServiceParent(application)
    assert child.parent is IServiceCollection(application)
    assert list(IServiceCollection(application)) == [child]


def test_aSavedApplicationIsLoadedUnstarted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    application = Application("web")
    IService(application).startService()
    IPersistable(application).save()
    IPersistable(application).save(tag="spare")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["web-spare.tap", "web.tap"]
    loaded = loadApplication("web.tap", "pickle")
    assert (IService(loaded).name, IService(loaded).running) == ("web", 0)


def test_aPythonFileDefinesAnApplication(tmp_path: Path) -> None:
    path = tmp_path / "web.tac"
    path.write_text(
        "from twisted.application.service import Application\napplication = Application(__file__)\n"
    )
    assert IService(loadApplication(str(path), "python")).name == str(path)
    path.write_text("other = 1\n")
    with pytest.raises(KeyError, match="application"):
        loadApplication(str(path), "python")


def test_aFilesEndingTellsItsStyle() -> None:
    endings = {"py": "python", "tac": "python", "tap": "pickle", "tas": "source"}
    assert {end: guessType(f"x.{end}") for end in endings} == endings
    with pytest.raises(KeyError):
        guessType("x.xml")


def test_savingReplacesAFileAtOnceAndRefusesPassphrases(tmp_path: Path) -> None:
    path = tmp_path / "x.tap"
    path.write_text("old")
    Persistent([1, 2], "x").save(filename=str(path))
    assert load(str(path), "pickle") == [1, 2]
    assert [each.name for each in tmp_path.iterdir()] == ["x.tap"]
    with pytest.raises(TypeError):
        Persistent([1], "x").save(filename=str(path), passphrase="p")  # type: ignore[arg-type]


def test_aServiceMakerImportsItsModuleWhenItIsUsed(monkeypatch: pytest.MonkeyPatch) -> None:
    maker = ServiceMaker("Mine", f"{__name__}.NotThere", "Does it.", "mine")
    assert (maker.name, maker.tapname, maker.description) == ("Mine", "mine", "Does it.")

    class Module:
        Options = dict
        makeService = staticmethod(lambda options: Service())

    import sys

    monkeypatch.setattr(sys.modules[__name__], "NotThere", Module, raising=False)
    assert maker.options is dict
    assert isinstance(maker.makeService({}), Service)
