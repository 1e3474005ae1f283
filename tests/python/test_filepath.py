"""Places in the file system that do not let themselves be led astray."""

from __future__ import annotations

import errno
import os
import pickle
import stat
from pathlib import Path
from typing import IO, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zope.interface.verify import verifyObject

from twisted.python.filepath import (
    RWX,
    AbstractFilePath,
    FilePath,
    IFilePath,
    InsecurePath,
    LinkError,
    Permissions,
    UnlistableError,
    _coerceToFilesystemEncoding,
)


@pytest.fixture
def root(tmp_path: Path) -> FilePath[str]:
    """A directory with ``file`` (5 bytes), ``sub/deep/leaf`` and ``link`` to ``sub``."""
    here = FilePath(os.path.realpath(tmp_path))
    here.child("file").setContent(b"hello")
    here.child("sub").child("deep").makedirs()
    here.child("sub").child("deep").child("leaf").touch()
    os.symlink("sub", here.child("link").path)
    return here


def test_itProvidesItsInterface(root: FilePath[str]) -> None:
    assert verifyObject(IFilePath, root)
    assert IFilePath.__module__ == "twisted.python.filepath"
    assert FilePath.__module__ == "twisted.python.filepath"


# Staying inside.


@pytest.mark.parametrize(
    "name",
    ["..", "../x", "/etc", "a/b", "a/../..", "a/../../b", "../leaf", "b\0c", b"..", b"a/b", b"x\0"],
)
def test_aNameThatIsNotOneSegmentBelowIsRefused(root: FilePath[str], name: Any) -> None:
    with pytest.raises(InsecurePath):
        root.child("sub").child(name)
    with pytest.raises(InsecurePath):
        root.child("sub").sibling(name)
    with pytest.raises(InsecurePath):
        root.child("sub").descendant(["fine", name])


@pytest.mark.parametrize("path", ["..", "../sub2", "../subway", "x/../..", "/etc", "a\0b"])
def test_aPathThatLeadsOutIsRefused(root: FilePath[str], path: str) -> None:
    """``/srv/subway`` begins like ``/srv/sub``, and does not lie in it."""
    with pytest.raises(InsecurePath):
        root.child("sub").preauthChild(path)


@given(st.text(alphabet="./a\\b~ \0", max_size=12))
def test_noChildEverLiesElsewhere(name: str) -> None:
    here = FilePath("/srv/files")
    try:
        there = here.child(name)
    except InsecurePath:
        return
    assert there == here or there.parent() == here


@given(st.text(alphabet="./ab", max_size=16))
def test_noPreauthorizedChildEverLiesElsewhere(path: str) -> None:
    here = FilePath("/srv/files")
    try:
        there = here.preauthChild(path)
    except InsecurePath:
        return
    assert there == here or here in list(there.parents())


@pytest.mark.parametrize("name", ["", ".", "x/.."])
def test_aNameThatMeansThisDirectoryGivesIt(root: FilePath[str], name: str) -> None:
    assert root.child(name) == root


def test_theRootHasChildren() -> None:
    assert FilePath("/").child("a").path == "/a"
    assert FilePath("/").preauthChild("a/b").path == "/a/b"
    assert FilePath("/").parent() == FilePath("/")


# Text and bytes.


@pytest.mark.parametrize(
    "start, name, kind", [("/a", "b", str), ("/a", b"b", bytes), (b"/a", "b", str)]
)
def test_whatIsJoinedDecidesTheMode(start: Any, name: Any, kind: type) -> None:
    path: FilePath[Any] = FilePath(start)
    assert type(path.child(name).path) is kind
    assert type(path.preauthChild(name).path) is kind
    assert type(path.siblingExtension(name).path) is kind
    assert type(path.temporarySibling(name).path) is kind
    assert type(path.child(name).sep) is kind


def test_aModeIsChangedOnlyIfItIsAnother() -> None:
    text, data = FilePath("/caf\xe9"), FilePath(b"/x")
    assert text.asTextMode() is text
    assert data.asBytesMode() is data
    assert text.asBytesMode("utf-8").path == b"/caf\xc3\xa9"
    assert data.asTextMode().path == "/x"
    with pytest.raises(UnicodeError):
        text.asBytesMode("ascii")
    with pytest.raises(UnicodeError):
        FilePath(b"/\xff").asTextMode("utf-8")


def test_aStringIsCoercedIntoTheModeOfAnother() -> None:
    assert _coerceToFilesystemEncoding("", b"x") == "x"
    assert _coerceToFilesystemEncoding(b"", "\u20ac", "utf-8") == b"\xe2\x82\xac"


def test_pathsOfTwoModesDiffer() -> None:
    assert FilePath("/a") != FilePath(b"/a")


# Comparing, hashing, pickling.


def test_orderIsThatOfThePaths() -> None:
    a, b = FilePath("/a"), FilePath("/b")
    assert a < b and a <= b and b > a and b >= a and a != b and a == FilePath("/a")
    assert len({a, FilePath("/a"), "/a"}) == 2
    with pytest.raises(TypeError):
        assert a < 3


def test_aSubclassAtTheSamePathIsEqualAndHashesTheSame() -> None:
    class Mine(FilePath[str]):
        pass

    assert Mine("/a") == FilePath("/a")
    assert hash(Mine("/a")) == hash(FilePath("/a"))


def test_aPickleDoesNotHoldWhatTheSystemSaid(root: FilePath[str]) -> None:
    root.child("file").getsize()
    again = pickle.loads(pickle.dumps(root))
    assert again == root
    assert "_statinfo" not in again.__dict__


# What is there.


def test_whatTheSystemSaidIsKeptUntilItChanges(root: FilePath[str]) -> None:
    file = root.child("file")
    assert (file.getsize(), file.isfile(), file.isdir(), file.exists()) == (5, True, False, True)
    os.truncate(file.path, 2)
    assert file.getsize() == 5
    file.changed()
    assert file.getsize() == 2
    os.remove(file.path)
    assert file.exists()
    file.restat(reraise=False)
    assert not file.exists()
    with pytest.raises(FileNotFoundError):
        file.restat()


@pytest.mark.parametrize(
    "question", ["exists", "isdir", "isfile", "islink", "isSocket", "isBlockDevice"]
)
def test_nothingIsNothing(root: FilePath[str], question: str) -> None:
    assert getattr(root.child("nothing"), question)() is False
    assert FilePath("/a\0b").exists() is False


def test_timesComeAsFloatsAndAsWholeSeconds(root: FilePath[str]) -> None:
    os.utime(root.child("file").path, (1.5, 2.5))
    file = root.child("file")
    assert (file.getAccessTime(), file.getModificationTime()) == (1.5, 2.5)
    assert (file.getatime(), file.getmtime()) == (1, 2)
    assert type(file.getStatusChangeTime()) is float and type(file.getctime()) is int


def test_numbersComeFromTheSystem(root: FilePath[str]) -> None:
    info = os.stat(root.path)
    assert root.getInodeNumber() == info.st_ino
    assert root.getDevice() == info.st_dev
    assert root.getNumberOfHardLinks() == info.st_nlink
    assert (root.getUserID(), root.getGroupID()) == (info.st_uid, info.st_gid)


@pytest.mark.parametrize(
    "mode, shown",
    [(0o777, "rwxrwxrwx"), (0o640, "rw-r-----"), (0o4751, "rwxr-x--x"), (0, "---------")],
)
def test_permissionsAreShownAsLsShowsThem(mode: int, shown: str) -> None:
    assert Permissions(mode).shorthand() == shown
    assert Permissions(mode) == Permissions(mode & 0o777)


def test_permissionsAreComparedAndPrinted(root: FilePath[str]) -> None:
    assert RWX(True, False, True) == RWX(True, False, True) != RWX(True, True, True)
    assert RWX(True, False, True) != 5
    assert repr(RWX(True, False, True)) == "RWX(read=True, write=False, execute=True)"
    file = root.child("file")
    file.chmod(0o750)
    assert file.getPermissions() == Permissions(0o750)


def test_childrenOfWhatIsNoDirectoryAreAnError(root: FilePath[str]) -> None:
    for name, code in [("nothing", errno.ENOENT), ("file", errno.ENOTDIR)]:
        with pytest.raises(UnlistableError) as caught:
            root.child(name).children()
        assert isinstance(caught.value, OSError)
        assert caught.value.originalException.errno == caught.value.errno == code
        assert name in str(caught.value)


def test_troubleWithListingIsNotTakenForAnEmptyDirectory(root: FilePath[str]) -> None:
    class Troubled(FilePath[str]):
        def listdir(self) -> list[str]:
            raise PermissionError(errno.EACCES, "no")

    with pytest.raises(PermissionError):
        Troubled("/").children()


# Walking.


def test_walkingGivesADirectoryBeforeWhatItHolds(root: FilePath[str]) -> None:
    walked = [path.path[len(root.path) :] for path in root.walk(lambda path: not path.islink())]
    assert sorted(walked) == ["", "/file", "/link", "/sub", "/sub/deep", "/sub/deep/leaf"]
    assert walked.index("/sub") < walked.index("/sub/deep") < walked.index("/sub/deep/leaf")


def test_aLinkBackIsNoticed(root: FilePath[str]) -> None:
    os.symlink(root.path, root.child("sub").child("back").path)
    with pytest.raises(LinkError):
        list(root.walk())


def test_theSameDirectoryTwiceSideBySideIsNoCircle(root: FilePath[str]) -> None:
    names = [path.basename() for path in root.walk()]
    assert names.count("leaf") == 2


def test_aVeryDeepTreeIsWalked(tmp_path: Path) -> None:
    deep = FilePath(str(tmp_path))
    for _ in range(300):
        deep = deep.child("d")
    deep.makedirs()
    assert sum(1 for _ in FilePath(str(tmp_path)).walk()) == 301


def test_theWayDownIsTold(root: FilePath[str]) -> None:
    leaf = root.descendant(["sub", "deep", "leaf"])
    assert leaf.segmentsFrom(root) == ["sub", "deep", "leaf"]
    assert root in list(leaf.parents())
    for stranger in (leaf, FilePath("/nowhere")):
        with pytest.raises(ValueError):
            leaf.segmentsFrom(stranger)


# Reading and writing.


@pytest.mark.parametrize("mode, wanted", [("r", "rb"), ("rb", "rb"), ("rbb", "rb"), ("r+", "rb+")])
def test_filesAreOpenedForBytes(root: FilePath[str], mode: Any, wanted: str) -> None:
    with root.child("file").open(mode) as file:
        assert file.mode == wanted


def test_whatMustBeNewIsRefusedWhereItExists(root: FilePath[str]) -> None:
    root.child("new").create().close()
    for name in ("new", "file", "link"):
        with pytest.raises(FileExistsError):
            root.child(name).create()
    path = FilePath(root.child("file").path, alwaysCreate=True)
    with pytest.raises(FileExistsError):
        path.open("w")
    os.symlink("/nowhere", root.child("dangling").path)
    with pytest.raises(FileExistsError):
        root.child("dangling").create()


@pytest.mark.parametrize("ext", [b".new", ".new", b""])
def test_contentIsReplacedAsAWhole(root: FilePath[str], ext: str | bytes) -> None:
    before = set(root.listdir())
    root.child("file").setContent(b"other", ext)
    assert root.child("file").getContent() == b"other"
    assert set(root.listdir()) == before


def test_aFailedWriteLeavesTheOldContentAndNoDraft(root: FilePath[str]) -> None:
    before = sorted(root.listdir())
    with pytest.raises(TypeError):
        root.child("file").setContent("text")  # type: ignore[arg-type]
    assert root.child("file").getContent() == b"hello"
    assert sorted(root.listdir()) == before


def test_newContentIsOnTheDiskBeforeItsNameIs(
    root: FilePath[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    sync, replace = os.fsync, os.replace

    def noteSync(descriptor: int) -> None:
        assert os.fstat(descriptor).st_size == 5
        done.append("sync")
        sync(descriptor)

    def noteReplace(*paths: str) -> None:
        done.append("replace")
        replace(*paths)

    monkeypatch.setattr(os, "fsync", noteSync)
    monkeypatch.setattr(os, "replace", noteReplace)
    root.child("new").setContent(b"whole")
    assert done == ["sync", "replace"]


def test_newContentIsNotExecutable(root: FilePath[str]) -> None:
    assert stat.S_IMODE(os.stat(root.child("file").path).st_mode) & 0o111 == 0


def test_aFileIsClosedWhenReadingFails() -> None:
    class Broken:
        closed = False

        def read(self) -> bytes:
            raise OSError("broken")

        def __enter__(self) -> Broken:
            return self

        def __exit__(self, *details: object) -> None:
            self.closed = True

    file = Broken()

    class Path(AbstractFilePath[str]):
        def open(self, mode: Any = "r") -> IO[bytes]:
            return file  # type: ignore[return-value]

    with pytest.raises(OSError, match="broken"):
        Path().getContent()
    assert file.closed


# Finding.


def test_extensionsAreSearchedInOrder(root: FilePath[str]) -> None:
    page = root.child("page")
    assert page.siblingExtensionSearch(".html", "*", "") is None
    page.siblingExtension(".txt").touch()
    assert page.siblingExtensionSearch(".html", ".txt") == root.child("page.txt")
    assert page.siblingExtensionSearch("*") == root.child("page.txt")
    assert page.siblingExtensionSearch(b".txt") == root.child(b"page.txt")
    assert root.child("file").siblingExtensionSearch("") == root.child("file")


def test_patternsDoNotReachIntoTheDirectoryName(root: FilePath[str]) -> None:
    odd = root.child("[ab]*")
    odd.createDirectory()
    odd.child("x.py").touch()
    assert odd.globChildren("*.py") == [odd.child("x.py")]
    assert odd.globChildren(b"*.py") == [odd.child(b"x.py")]


def test_theFirstChildThatExistsIsFound(root: FilePath[str]) -> None:
    assert root.childSearchPreauth("nothing", "file", "sub") == root.child("file")
    assert root.childSearchPreauth("nothing") is None


# Changing the tree.


def test_aTreeIsCopied(root: FilePath[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    there = FilePath(str(tmp_path_factory.mktemp("copies"))).child("copy")
    root.copyTo(there)
    assert there.child("file").getContent() == b"hello"
    assert not there.child("link").islink()
    assert there.child("link").child("deep").child("leaf").exists()
    kept = there.sibling("kept")
    root.copyTo(kept, followLinks=False)
    assert os.readlink(kept.child("link").path) == "sub"


def test_aDirectoryIsNotCopiedIntoItself(root: FilePath[str]) -> None:
    for there in (root.child("copy"), root.child("sub").child("copy"), root):
        with pytest.raises(OSError) as caught:
            root.copyTo(there)
        assert caught.value.errno == errno.EINVAL


def test_onlyFilesAndDirectoriesAreCopied(root: FilePath[str]) -> None:
    os.mkfifo(root.child("pipe").path)
    with pytest.raises(NotImplementedError):
        root.child("pipe").copyTo(root.child("pipe2"))
    with pytest.raises(FileNotFoundError):
        root.child("nothing").copyTo(root.child("x"))


@pytest.mark.parametrize("otherFileSystem", [False, True])
def test_aTreeIsMoved(
    root: FilePath[str], otherFileSystem: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename, calls = os.rename, []

    def refuseOnce(source: Any, target: Any) -> None:
        calls.append(source)
        if otherFileSystem and len(calls) == 1:
            raise OSError(errno.EXDEV, "another file system")
        rename(source, target)

    monkeypatch.setattr(os, "rename", refuseOnce)
    sub, target = root.child("sub"), root.child("moved")
    assert sub.exists() and not target.exists()
    sub.moveTo(target)
    assert not sub.exists()
    assert target.child("deep").child("leaf").exists()
    assert sorted(root.listdir()) == ["file", "link", "moved"]


def test_aMoveThatFailsHalfwayLosesNothing(
    root: FilePath[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(source: Any, target: Any) -> None:
        raise OSError(errno.EXDEV, "another file system")

    monkeypatch.setattr(os, "rename", refuse)
    before = sorted(root.listdir())
    with pytest.raises(OSError):
        root.child("file").moveTo(root.child("moved"))
    assert sorted(root.listdir()) == before


def test_ofALinkOnlyTheLinkIsRemoved(root: FilePath[str]) -> None:
    root.child("link").remove()
    assert root.child("sub").child("deep").exists()
    root.child("sub").remove()
    assert root.listdir() == ["file"]


def test_linksAreMadeAndFollowed(root: FilePath[str]) -> None:
    root.child("file").linkTo(root.child("a"))
    root.child("a").linkTo(root.child("b"))
    assert root.child("b").realpath() == root.child("file")
    assert root.child("file").realpath() == root.child("file")
    for one, other in [("c", "d"), ("d", "c")]:
        root.child(one).linkTo(root.child(other))
    with pytest.raises(LinkError):
        root.child("c").realpath()


def test_directoriesThatExistAreIgnoredOnlyWhereAsked(root: FilePath[str]) -> None:
    with pytest.raises(FileExistsError):
        root.child("sub").makedirs()
    root.child("sub").makedirs(ignoreExistingDirectory=True)
    with pytest.raises(FileExistsError):
        root.child("file").makedirs(ignoreExistingDirectory=True)


def test_temporarySiblingsHaveNamesOfTheirOwn(root: FilePath[str]) -> None:
    one, other = (root.child("file").temporarySibling(".tmp") for _ in range(2))
    assert one != other
    assert one.basename().endswith("file.tmp")
    assert one.parent() == root


def test_aSubclassDecidesWhatItsChildrenAre(root: FilePath[str]) -> None:
    class Mine(FilePath[Any]):
        def clonePath(self, path: Any, alwaysCreate: bool = False) -> Mine:
            return Mine(path)

    mine = Mine(root.path)
    found = [mine.child("file"), mine.parent(), mine.sibling("x"), *mine.children(), *mine.walk()]
    assert {type(each) for each in found} == {Mine}
