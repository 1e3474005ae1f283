"""The drawer of small helpers."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
import warnings
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.python import util


class TestInsensitiveDict:
    def test_keysAreTheSameInUpperAndLowerCase(self) -> None:
        d = util.InsensitiveDict({"Foo": 1, b"Bar": 2, 3: 4})
        assert (d["fOO"], d[b"BAR"], d[3]) == (1, 2, 4)
        assert "FOO" in d and b"bar" in d and "bar" not in d
        assert d.keys() == ["Foo", b"Bar", 3]
        assert d.get("FOO") == 1 and d.get("no", 7) == 7
        del d["foo"]
        assert len(d) == 2

    def test_keysAreListedInLowerCaseIfAsked(self) -> None:
        d = util.InsensitiveDict({"Foo": 1}, preserve=0)
        assert d.items() == [("foo", 1)]
        assert d.copy() == d

    def test_itTakesAndGivesLikeADict(self) -> None:
        d = util.InsensitiveDict({"A": 1})
        assert d.setdefault("a", 5) == 1
        assert d.setdefault("b", 5) == 5
        assert d.pop("B") == 5
        assert d.pop("B", 0) == 0
        with pytest.raises(KeyError):
            d.pop("B")
        assert d.popitem() == ("A", 1)
        with pytest.raises(KeyError):
            d.popitem()
        d.update({"C": 2})
        assert list(d.iterkeys()) == ["C"]
        assert list(d.itervalues()) == [2]
        assert list(d.iteritems()) == [("C", 2)]
        d.clear()
        assert not d

    def test_itEqualsAnyMappingWithTheSamePairs(self) -> None:
        d = util.InsensitiveDict({"A": 1})
        assert d == {"a": 1}
        assert d != {"a": 2}
        assert d != 5
        assert eval(repr(d), {"InsensitiveDict": util.InsensitiveDict}) == d

    @given(st.dictionaries(st.text(alphabet="abc"), st.integers()))
    def test_everyPairIsFoundWhateverTheCase(self, pairs: dict[str, int]) -> None:
        d = util.InsensitiveDict(pairs)
        assert all(d[key.upper()] == value for key, value in pairs.items())
        assert len(d) == len(pairs)


class Point(util.FancyEqMixin, util.FancyStrMixin):
    compareAttributes = ("x", "y")
    showAttributes = ("x", ("y", lambda y: f"<{y}>"), ("z", "depth", "%.1f"))

    def __init__(self, x: int, y: int) -> None:
        self.x, self.y, self.z = x, y, 2.111


class Pixel(Point):
    pass


class TestMixins:
    def test_instancesAreEqualByTheirAttributes(self) -> None:
        assert Point(1, 2) == Point(1, 2) == Pixel(1, 2)
        assert Point(1, 2) != Point(1, 3)
        assert not Point(1, 2).__ne__(Point(1, 2))
        assert Point(1, 2) != (1, 2)

    def test_withoutAttributesOnlyTheSameIsEqual(self) -> None:
        class Bare(util.FancyEqMixin):
            pass

        bare = Bare()
        assert bare == bare
        assert bare != Bare()

    def test_theOtherSideMayDecide(self) -> None:
        class Any_:
            def __eq__(self, other: object) -> bool:
                return True

        assert Point(1, 2) == Any_()

    def test_attributesAreShown(self) -> None:
        assert str(Point(1, 2)) == repr(Point(1, 2)) == "<Point x=1 y=<2> depth=2.1>"
        named = Point(1, 2)
        named.fancybasename = "P"  # type: ignore[attr-defined]
        assert str(named).startswith("<P x=1")


class TestLists:
    def test_eachThingIsKeptOnce(self) -> None:
        assert util.uniquify(["a", 1, "b", "a", 1]) == ["a", 1, "b"]

    def test_aListIsPaddedIntoACopy(self) -> None:
        items = [1, 2]
        assert util.padTo(3, items, "z") == [1, 2, "z"]
        padded = util.padTo(2, items)
        assert padded == items and padded is not items
        with pytest.raises(ValueError, match="2 elements is more than 1"):
            util.padTo(1, items)

    def test_periodsAreMerged(self) -> None:
        waits = islice(util.IntervalDifferential([5, 7], 10), 6)
        assert list(waits) == [(5, 0), (2, 1), (3, 0), (4, 1), (1, 0), (5, 0)]

    def test_withoutPeriodsTheDefaultIsWaited(self) -> None:
        walk = iter(util.IntervalDifferential([], 10))
        assert next(walk) == (10, None)
        walk.addInterval(3)
        assert next(walk) == (3, 0)
        walk.removeInterval(3)
        assert next(walk) == (10, None)
        with pytest.raises(ValueError):
            walk.removeInterval(3)

    @given(st.lists(st.integers(1, 50), min_size=1, max_size=5))
    def test_eachPeriodComesWhenItIsDue(self, periods: list[int]) -> None:
        now = 0.0
        for wait, index in islice(util.IntervalDifferential(periods, 60), 60):
            now += wait
            assert index is not None and now % periods[index] == 0

    def test_theLastLinesAreKept(self) -> None:
        log = util.LineLog(2)
        for line in (b"a", b"b", b"c"):
            log.append(line)
        assert bytes(log) == log.str() == b"b\nc"
        assert log[0] == b"b"
        log.clear()
        assert bytes(log) == b""
        empty = util.LineLog(0)
        empty.append(b"x")
        assert bytes(empty) == b""


class TestText:
    @pytest.mark.parametrize(
        "name, label",
        [("f", "F"), ("foo", "Foo"), ("fooBar", "Foo Bar"), ("fooBarBaz", "Foo Bar Baz"), ("", "")],
    )
    def test_aNameBecomesWords(self, name: str, label: str) -> None:
        assert util.nameToLabel(name) == label

    def test_aBarGrowsAndIsDrawnOnceForEachLook(self) -> None:
        bar = util.makeStatBar(20, 10)
        assert bar(5) == "[==========>--------]"
        assert bar(5) == ""
        assert bar(5, 1) == "[==========>--------]"
        assert bar(0) == "[>------------------]"

    def test_textIsXored(self) -> None:
        assert util.str_xor("abc", 3) == "ba`"
        assert util.str_xor(util.str_xor("abc", 3), 3) == "abc"

    def test_thingsArePrinted(self, capsys: pytest.CaptureFixture[str]) -> None:
        util.println("a", 1)
        assert capsys.readouterr().out == "a 1\n"

    def test_aPasswordIsReadFromWhatIsNoTerminal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO("secret\nrest"))
        assert util.getPassword() == "secret"

    def test_aPasswordIsAskedForUntilBothAreEqual(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        class Terminal(io.StringIO):
            def isatty(self) -> bool:
                return True

        answers = iter(["one", "two", "three", "three"])
        monkeypatch.setattr(sys, "stdin", Terminal())
        monkeypatch.setattr("getpass.getpass", lambda prompt: next(answers))
        assert util.getPassword(confirm=1) == "three"
        assert "Passwords don't match." in capsys.readouterr().out


class TestFiles:
    def test_aSiblingIsInTheSameFolder(self) -> None:
        assert util.sibpath("/a/b", "c") == "/a/c"
        assert util.sibpath(b"/a/b", b"c") == b"/a/c"

    def test_theNearestFolderThatHoldsAllIsFound(self, tmp_path: Path) -> None:
        deep = tmp_path / "a" / "b"
        deep.mkdir(parents=True)
        (tmp_path / "a" / "mark").touch()
        (tmp_path / "mark").touch()
        (tmp_path / "folder").mkdir()
        start = str(deep)
        assert util.searchupwards(start, files=["mark"]) == f"{tmp_path}/a/"
        assert util.searchupwards(start, files=["mark"], dirs=["folder"]) == f"{tmp_path}/"
        assert util.searchupwards(start, files=["no such file anywhere"]) is None


class TestCalls:
    def test_whetherACallRaisesIsTold(self) -> None:
        assert util.raises(ZeroDivisionError, divmod, 1, 0)
        assert not util.raises(ZeroDivisionError, divmod, 0, 1)
        with pytest.raises(ZeroDivisionError):
            util.raises(TypeError, divmod, 1, 0)

    def test_anInterruptedCallIsMadeAgain(self) -> None:
        errors: list[OSError | None] = [None, OSError(errno.EINTR, ""), OSError(errno.EINTR, "")]

        def call(a: int) -> int:
            error = errors.pop()
            if error is not None:
                raise error
            return a

        assert util.untilConcludes(call, 5) == 5
        errors.append(OSError(errno.EBADF, ""))
        with pytest.raises(OSError):
            util.untilConcludes(call, 5)

    def test_oneFunctionTakesTheLooksOfAnother(self) -> None:
        def f() -> None:
            """The words."""

        def g() -> int:
            return 5

        vars(f).update(a=1)
        vars(g).update(a=2, b=3)
        merged: Any = util.mergeFunctionMetadata(f, g)
        assert (merged.__name__, merged.__doc__, merged.a, merged.b) == ("f", "The words.", 1, 3)
        assert merged() == 5

    def test_someWarningsAreNotShownDuringACall(self) -> None:
        filters: list[Any] = [(("ignore", ".*foo.*"), {})]
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            util.runWithWarningsSuppressed(filters, warnings.warn, "a foo")
            util.runWithWarningsSuppressed(filters, warnings.warn, "a bar")
            warnings.warn("another foo", stacklevel=1)
        assert [str(w.message) for w in caught] == ["a bar", "another foo"]


class FakeOS:
    """The ids of a process, and what was done to them."""

    def __init__(self, euid: int, egid: int) -> None:
        self.euid, self.egid = euid, egid
        self.calls: list[tuple[str, int]] = []

    def geteuid(self) -> int:
        return self.euid

    getuid = geteuid

    def getegid(self) -> int:
        return self.egid

    def seteuid(self, uid: int) -> None:
        self.calls.append(("u", uid))
        self.euid = uid

    setuid = seteuid

    def setegid(self, gid: int) -> None:
        self.calls.append(("g", gid))
        self.egid = gid

    setgid = setegid


class TestUsers:
    def test_numbersAndNamesBecomeNumbers(self) -> None:
        import grp
        import pwd

        assert util.uidFromString("100") == util.gidFromString("100") == 100
        user, group = pwd.getpwuid(os.getuid()), grp.getgrgid(os.getgid())
        assert util.uidFromString(user.pw_name) == user.pw_uid
        assert util.gidFromString(group.gr_name) == group.gr_gid
        with pytest.raises(KeyError):
            util.uidFromString("no such user")

    @pytest.mark.parametrize(
        "start, want, calls",
        [
            ((0, 0), (0, 0), []),
            ((0, 0), (1, 1), [("g", 1), ("u", 1), ("u", 0), ("g", 0)]),
            ((1, 0), (0, 0), [("u", 0), ("u", 1)]),
            ((1, 1), (1, 2), [("u", 0), ("g", 2), ("u", 1), ("u", 0), ("g", 1), ("u", 1)]),
            ((1, 0), (2, 0), [("u", 0), ("u", 2), ("u", 0), ("u", 1)]),
        ],
    )
    def test_aCallIsMadeAsAnotherUserByWayOfRoot(
        self, start: Any, want: Any, calls: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fake = FakeOS(*start)
        monkeypatch.setattr(util, "os", fake)
        seen = util.runAsEffectiveUser(want[0], want[1], lambda: (fake.euid, fake.egid))
        assert (seen, fake.calls) == (want, calls)
        assert (fake.euid, fake.egid) == start

    def test_theUserIsPutBackIfTheCallFails(self, monkeypatch: pytest.MonkeyPatch) -> None:
        fake = FakeOS(0, 0)
        monkeypatch.setattr(util, "os", fake)
        with pytest.raises(ZeroDivisionError):
            util.runAsEffectiveUser(1, 1, divmod, 1, 0)
        assert (fake.euid, fake.egid) == (0, 0)

    @pytest.mark.parametrize("effective", [False, True])
    def test_theUserIsSwitchedWithItsGroups(
        self, effective: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fake = FakeOS(0, 0)
        groups: list[Any] = []
        monkeypatch.setattr(util, "os", fake)
        monkeypatch.setattr(util, "initgroups", lambda *args: groups.append(args))
        util.switchUID(12, 34, effective)
        assert (fake.calls, groups) == ([("g", 34), ("u", 12)], [(12, 34)])
        with pytest.warns(UserWarning, match="uid is already 12"):
            util.switchUID(12, None, effective)
        assert len(groups) == 1


def test_spewingUntilTheEndOfTheProcessSaysNothingOfItsOwnEnd() -> None:
    program = """if True:
        import builtins, sys
        from twisted.python.util import spewer
        class Late:
            def __del__(self):
                print("late", file=sys.__stdout__, flush=True)
        builtins.late = Late()
        sys.settrace(spewer)
    """
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr == ""


def test_oldNamesWarn() -> None:
    from collections import OrderedDict

    with pytest.warns(DeprecationWarning, match="Use collections.OrderedDict instead"):
        assert util.OrderedDict is OrderedDict
    with pytest.warns(DeprecationWarning, match="getPluginDirs is deprecated since Twisted 12.2"):
        util.getPluginDirs()
    with pytest.raises(AttributeError):
        util.nothingOfTheKind  # noqa: B018
