"""
A drawer of small helpers: users and groups, lists, names, comparison, text bars, passwords.
"""

from __future__ import annotations

import errno
import os
import sys
import warnings
from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any, TypeVar

try:
    import pwd as _pwd
    from grp import getgrnam as _getgrnam
    from os import getgroups, setgroups
    from os import initgroups as _initgroups
except ImportError:  # not on Windows
    _pwd = _getgrnam = getgroups = setgroups = _initgroups = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from types import FrameType
    from typing import ParamSpec

    P = ParamSpec("P")
    R = TypeVar("R")

T = TypeVar("T")

__all__ = [
    "FancyEqMixin",
    "FancyStrMixin",
    "InsensitiveDict",
    "IntervalDifferential",
    "LineLog",
    "getPassword",
    "getgroups",
    "gidFromString",
    "initgroups",
    "makeStatBar",
    "mergeFunctionMetadata",
    "nameToLabel",
    "padTo",
    "println",
    "raises",
    "runAsEffectiveUser",
    "runWithWarningsSuppressed",
    "searchupwards",
    "setgroups",
    "sibpath",
    "spewer",
    "str_xor",
    "switchUID",
    "uidFromString",
    "uniquify",
    "untilConcludes",
]


# Mappings, comparison and representation.


class InsensitiveDict(MutableMapping[Any, Any]):
    """
    A dictionary for which text and bytes are the same key in upper and lower case.

    Args:
        dict: what it begins with.
        preserve: whether keys are listed as they were first written, instead of in lower case.
    """

    # Key in lower case: (key as it is listed, value).
    data: dict[Any, tuple[Any, Any]]

    def __init__(self, dict: Mapping[Any, Any] | None = None, preserve: int = 1) -> None:
        self.data = {}
        self.preserve = preserve
        self.update(dict or {})

    def _folded(self, key: Any) -> Any:
        return key.lower() if isinstance(key, (str, bytes)) else key

    def __getitem__(self, key: Any) -> Any:
        return self.data[self._folded(key)][1]

    def __setitem__(self, key: Any, value: Any) -> None:
        folded = self._folded(key)
        self.data[folded] = (key if self.preserve else folded, value)

    def __delitem__(self, key: Any) -> None:
        del self.data[self._folded(key)]

    def __contains__(self, key: object) -> bool:
        return self._folded(key) in self.data

    def __iter__(self) -> Iterator[Any]:
        return (shown for shown, _ in self.data.values())

    def __len__(self) -> int:
        return len(self.data)

    def __eq__(self, other: object) -> bool:
        if not hasattr(other, "items"):
            return NotImplemented
        mine = {folded: value for folded, (_, value) in self.data.items()}
        return mine == {self._folded(key): value for key, value in other.items()}

    __hash__ = None  # type: ignore[assignment]  # it can change

    def __repr__(self) -> str:
        return f"{type(self).__name__}({dict(self.items())!r})"

    has_key = __contains__

    def get(self, key: Any, default: Any = None) -> Any:
        """The value for a key, or the default."""
        return self.data.get(self._folded(key), (None, default))[1]

    def pop(self, key: Any, default: Any = None) -> Any:
        """Take a key out and give its value; the default, or KeyError, if it is not there."""
        if key not in self and default is None:
            raise KeyError(key)
        return self.data.pop(self._folded(key), (None, default))[1]

    def popitem(self) -> tuple[Any, Any]:
        """Take the oldest pair out. KeyError if there is none."""
        for folded in self.data:
            return self.data.pop(folded)
        raise KeyError("there is nothing in it")

    def setdefault(self, key: Any, default: Any = None) -> Any:
        """The value for a key, which becomes the default if it is not there."""
        if key not in self:
            self[key] = default
        return self[key]

    def update(self, dict: Mapping[Any, Any]) -> None:  # type: ignore[override]  # only mappings
        """Set each pair."""
        for key, value in dict.items():
            self[key] = value

    def clear(self) -> None:
        """Forget everything."""
        self.data.clear()

    def copy(self) -> InsensitiveDict:
        """Another one with the same pairs."""
        return InsensitiveDict(self, self.preserve)

    # Lists, as ever: the API's users sort and compare them.
    def keys(self) -> list[Any]:  # type: ignore[override]
        """A list of the keys."""
        return list(self)

    def values(self) -> list[Any]:  # type: ignore[override]
        """A list of the values."""
        return [value for _, value in self.data.values()]

    def items(self) -> list[tuple[Any, Any]]:  # type: ignore[override]
        """A list of the pairs."""
        return list(self.data.values())

    def iterkeys(self) -> Iterator[Any]:
        """The keys, one by one."""
        return iter(self)

    def itervalues(self) -> Iterator[Any]:
        """The values, one by one."""
        return iter(self.values())

    def iteritems(self) -> Iterator[tuple[Any, Any]]:
        """The pairs, one by one."""
        return iter(self.data.values())


class FancyEqMixin:
    """
    Equality by some attributes, among instances of one class and those derived from it.

    Attributes:
        compareAttributes: the names of what must be equal. With none, only the same object is.
    """

    compareAttributes: Sequence[str] = ()

    def _facts(self) -> list[Any]:
        return [getattr(self, name) for name in self.compareAttributes]

    def __eq__(self, other: object) -> bool:
        if not self.compareAttributes:
            return self is other
        if not isinstance(other, self.__class__):
            return NotImplemented
        return self._facts() == [getattr(other, name) for name in self.compareAttributes]

    def __ne__(self, other: object) -> bool:
        equal = self.__eq__(other)
        return equal if equal is NotImplemented else not equal


class FancyStrMixin:
    """
    A ``repr`` that shows some attributes.

    Attributes:
        showAttributes: what to show. A name; or a name and a function that makes text of the
            value; or a name, the words to show for it, and a ``%`` format for the value.
        fancybasename: what to show for the class's name.
    """

    showAttributes: Sequence[str | tuple[str, str, str] | tuple[str, Callable[[Any], str]]] = ()

    def _shown(self, what: Any) -> str:
        if isinstance(what, str):
            return f"{what}={getattr(self, what)!r}"
        if len(what) == 2:
            name, render = what
            return f"{name}={render(getattr(self, name))}"
        name, label, form = what
        return f"{label}={form % (getattr(self, name),)}"

    def __str__(self) -> str:
        name = getattr(self, "fancybasename", type(self).__name__)
        return f"<{' '.join([name, *map(self._shown, self.showAttributes)])}>"

    __repr__ = __str__


# Lists and numbers.


def uniquify(lst: Iterable[T]) -> list[T]:
    """
    Give each different thing once, in the order of their first times.
    """
    return list(dict.fromkeys(lst))


def padTo(n: int, seq: Sequence[Any], default: Any = None) -> list[Any]:
    """
    Copy a sequence into a list of a given length.

    Args:
        n: how long the list is to be.
        seq: what it begins with.
        default: what fills the rest.
    Raises: ValueError if the sequence is longer.
    """
    if len(seq) > n:
        raise ValueError(f"{len(seq)} elements is more than {n}.")
    return [*seq, *[default] * (n - len(seq))]


class IntervalDifferential:
    """
    Several periods at once, seen as the waits from one event to the next.

    Iterating gives endless ``(wait, index)`` pairs: how long after the previous event the next
    one comes, and which interval it belongs to. The iterator has ``addInterval(seconds)`` and
    ``removeInterval(seconds)``.

    Args:
        intervals: the periods.
        default: the wait to give, with an index of None, where there are no periods.
    """

    def __init__(self, intervals: Iterable[float], default: float = 60) -> None:
        self.intervals = list(intervals)
        self.default = default

    def __iter__(self) -> _IntervalWalk:
        return _IntervalWalk(self.intervals, self.default)


class _IntervalWalk:
    """
    One walk along the events of an `IntervalDifferential`.
    """

    def __init__(self, intervals: Iterable[float], default: float) -> None:
        self.default = default
        self.now: float = 0
        self.intervals = list(intervals)
        self.due = list(self.intervals)

    def __iter__(self) -> _IntervalWalk:
        return self

    def __next__(self) -> tuple[float, int | None]:
        if not self.due:
            return self.default, None
        at = min(self.due)
        index = self.due.index(at)
        wait, self.now = at - self.now, at
        self.due[index] += self.intervals[index]
        return wait, index

    def addInterval(self, interval: float) -> None:
        """One more period, which begins at the last event."""
        self.intervals.append(interval)
        self.due.append(self.now + interval)

    def removeInterval(self, interval: float) -> None:
        """One period less. ValueError if there is no such one."""
        index = self.intervals.index(interval)
        del self.intervals[index], self.due[index]
        if not self.due:
            self.now = 0


class LineLog:
    """
    The last few lines of something.

    Args:
        size: how many.
    """

    def __init__(self, size: int = 10) -> None:
        self.size = max(size, 0)
        self.log: list[bytes | None] = []
        self.clear()

    def append(self, line: bytes) -> None:
        """Take one more line; the oldest one goes."""
        self.log = [*self.log[1:], line] if self.log else []

    def clear(self) -> None:
        """Forget all lines."""
        self.log = [None] * self.size

    def _kept(self) -> list[bytes]:
        return [line for line in self.log if line is not None]

    def __bytes__(self) -> bytes:
        return b"\n".join(self._kept())

    str = __bytes__

    def __getitem__(self, item: int) -> bytes:
        return self._kept()[item]


def str_xor(s: str, b: int) -> str:
    """
    Give text with a number xor-ed into each character's.
    """
    return "".join(chr(ord(character) ^ b) for character in s)


# Names, text and the terminal.


def nameToLabel(mname: str) -> str:
    """
    Make words of a camelCase name: ``"fooBar"`` becomes ``"Foo Bar"``.
    """
    words: list[str] = []
    previous = "A"
    for character in mname:
        # A word begins where a capital follows something else; a run of capitals stays one
        # word, up to the last one if a small letter follows.
        if not words or (character.isupper() and not previous.isupper()):
            words.append("")
        elif character.islower() and previous.isupper() and len(words[-1]) > 1:
            words.append(words[-1][-1])
            words[-2] = words[-2][:-1]
        words[-1] += character
        previous = character
    if words:
        words[0] = words[0][:1].upper() + words[0][1:]
    return " ".join(words)


def println(*a: object) -> None:
    """
    Write the things to the standard output, with spaces between them.
    """
    sys.stdout.write(" ".join(map(str, a)) + "\n")


def makeStatBar(
    width: int,
    maxPosition: float,
    doneChar: str = "=",
    undoneChar: str = "-",
    currentChar: str = ">",
) -> Callable[..., str]:
    """
    Make a function that draws a bar of progress.

    Args:
        width: how many characters wide the bar is while it is less than full.
        maxPosition: where it is full.
        doneChar: what the part that is done is drawn with.
        undoneChar: what the rest is drawn with.
        currentChar: what is drawn where they meet.
    Returns: called with a position, gives the bar, or ``""`` if it would look the same as the
        last one (unless its second argument is true).
    """
    last = ""

    def statBar(position: float, force: int = 0) -> str:
        nonlocal last
        done = int(width * (position / maxPosition))
        bar = f"[{doneChar * done + currentChar + undoneChar * (width - 2 - done)}]"
        if bar == last and not force:
            return ""
        last = bar
        return bar

    return statBar


def getPassword(
    prompt: str = "Password: ",
    confirm: int = 0,
    forceTTY: int = 0,
    confirmPrompt: str = "Confirm password: ",
    mismatchMessage: str = "Passwords don't match.",
) -> str:
    """
    Ask for a password, without showing it.

    Where the standard input is no terminal, one line of it is the password.

    Args:
        prompt: what to ask with.
        confirm: whether to ask twice, until both are equal.
        forceTTY: whether to use the terminal even if the standard input is something else.
        confirmPrompt: what to ask with the second time.
        mismatchMessage: what to say if they differ.
    Raises: RuntimeError if there is no terminal, and one must be used.
    """
    if not sys.stdin.isatty():
        if not forceTTY:
            line = sys.stdin.readline()
            return line[:-1] if line.endswith("\n") else line
        try:
            terminal = os.open("/dev/tty", os.O_RDWR)
            os.close(terminal)
        except OSError as e:
            raise RuntimeError("A password is to be typed in, but there is no terminal") from e
    from getpass import getpass

    while True:
        first = getpass(prompt)
        if not confirm or getpass(confirmPrompt) == first:
            return first
        print(mismatchMessage)


# Files.


def sibpath(path: str | bytes, sibling: str | bytes) -> Any:
    """
    Give the path of a file in the same folder as another.
    """
    folder: Any = os.path.dirname(os.path.abspath(path))
    return os.path.join(folder, sibling)


def searchupwards(start: str, files: Sequence[str] = [], dirs: Sequence[str] = []) -> str | None:
    """
    Find the nearest folder, going up, that holds all of these.

    Args:
        start: the folder to begin in.
        files: names of files.
        dirs: names of folders.
    Returns: its path, with a separator at the end; None if there is none.
    """
    folder = os.path.abspath(start)
    while True:
        prefix = os.path.join(folder, "")
        if all(os.path.isfile(prefix + name) for name in files) and all(
            os.path.isdir(prefix + name) for name in dirs
        ):
            return prefix
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above


# Calling functions.


def raises(
    exception: type[BaseException], f: Callable[P, object], *args: P.args, **kwargs: P.kwargs
) -> bool:
    """
    Whether a call raises this kind of exception; another kind is let through.
    """
    try:
        f(*args, **kwargs)
    except exception:
        return True
    return False


def untilConcludes(f: Callable[P, R], *a: P.args, **kw: P.kwargs) -> R:
    """
    Give the result of a call, made again for as long as a signal interrupts it (EINTR).
    """
    while True:
        try:
            return f(*a, **kw)
        except OSError as e:
            if e.args[0] != errno.EINTR:
                raise


def mergeFunctionMetadata(f: Callable[..., Any], g: Callable[..., Any]) -> Callable[..., Any]:
    """
    Give the second function the name, module, docstring and attributes of the first.

    Returns: the second function.
    """
    for name in ("__name__", "__module__", "__doc__"):
        try:
            setattr(g, name, getattr(f, name))
        except (AttributeError, TypeError):
            # Not every callable has them, or lets them be changed.
            continue
    getattr(g, "__dict__", {}).update(getattr(f, "__dict__", {}))
    return g


def runWithWarningsSuppressed(
    suppressedWarnings: Iterable[tuple[tuple[Any, ...], Mapping[str, Any]]],
    f: Callable[P, R],
    *args: P.args,
    **kwargs: P.kwargs,
) -> R:
    """
    Give the result of a call, during which some warnings are filtered.

    Args:
        suppressedWarnings: the positional and keyword arguments for
            `warnings.filterwarnings`, a pair for each filter.
        f: the function to call with what follows.
    """
    with warnings.catch_warnings():
        for positional, keywords in suppressedWarnings:
            warnings.filterwarnings(*positional, **keywords)
        return f(*args, **kwargs)


def spewer(frame: FrameType, s: str, ignored: object) -> None:
    """
    A trace function (see `sys.settrace`) that logs each function as it is entered.
    """
    if s != "call":
        return
    try:
        from twisted.python.log import msg
    except ImportError:
        return  # the log is being imported, or taken apart at the end of the process

    code = frame.f_code
    owner = frame.f_locals.get("self")
    where = "" if owner is None else f" of {type(owner).__name__} at {id(owner):x}"
    msg(f"method {code.co_name}{where} in {code.co_filename}:{frame.f_lineno}")


# Users and groups.


def uidFromString(uidString: str) -> int:
    """
    Give a user's number, from the number in digits or the user's name.

    Raises: KeyError if there is no such user.
    """
    try:
        return int(uidString)
    except ValueError:
        if _pwd is None:
            raise
        return _pwd.getpwnam(uidString).pw_uid


def gidFromString(gidString: str) -> int:
    """
    Give a group's number, from the number in digits or the group's name.

    Raises: KeyError if there is no such group.
    """
    try:
        return int(gidString)
    except ValueError:
        if _getgrnam is None:
            raise
        return _getgrnam(gidString).gr_gid


def initgroups(uid: int, primaryGid: int) -> None:
    """
    Take on all the groups that a user belongs to, and this one. Does nothing on Windows.
    """
    if _initgroups is not None:
        _initgroups(_pwd.getpwuid(uid).pw_name, primaryGid)


def switchUID(uid: int | None, gid: int | None, euid: bool = False) -> None:
    """
    Become another user.

    Args:
        uid: the user to become; None for no change. With a warning, nothing happens if it is
            the present one.
        gid: the group to become; None for no change.
        euid: whether only the effective user and group change, so that it can be undone.
    """
    if euid:
        setuid, setgid, present, word = os.seteuid, os.setegid, os.geteuid, "euid"
    else:
        setuid, setgid, present, word = os.setuid, os.setgid, os.getuid, "uid"
    if gid is not None:
        setgid(gid)
    if uid is None:
        return
    if uid == present():
        warnings.warn(
            f"tried to drop privileges and set{word} {uid} but {word} is already {uid}; "
            "should we be root? Continuing.",
            stacklevel=1,
        )
        return
    initgroups(uid, gid)  # type: ignore[arg-type]  # it says so itself if there must be one
    setuid(uid)


def _become(present: tuple[int, int], wanted: tuple[int, int]) -> None:
    """
    Change the effective user and group, from any to any, by way of root where that is needed.

    Args:
        present: the user and the group now.
        wanted: the ones to become.
    """
    (uid, gid), (newUid, newGid) = present, wanted
    if gid != newGid:
        if uid != 0:
            os.seteuid(0)
            uid = 0
        os.setegid(newGid)
    if uid != newUid:
        if uid != 0:
            os.seteuid(0)
        if newUid != 0:
            os.seteuid(newUid)


def runAsEffectiveUser(
    euid: int, egid: int, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs
) -> R:
    """
    Give the result of a call that is made as another user and group.

    Args:
        euid: the user.
        egid: the group.
        function: what to call with what follows.
    """
    before, during = (os.geteuid(), os.getegid()), (euid, egid)
    _become(before, during)
    try:
        return function(*args, **kwargs)
    finally:
        _become(during, before)


# What is deprecated, and still asked for.


def getPluginDirs() -> list[str]:
    """
    Give the folders in which plugins once were looked for; deprecated since 12.2.
    """
    _warnOld("getPluginDirs")
    system = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "plugins")
    folders = [system, os.path.expanduser("~/TwistedPlugins"), os.path.abspath("plugins")]
    return [folder for folder in folders if os.path.isdir(folder)]


def addPluginDir() -> None:
    """
    Put the folders of `getPluginDirs` on ``sys.path``; deprecated since 12.2.
    """
    _warnOld("addPluginDir")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sys.path.extend(getPluginDirs())


def _warnOld(name: str) -> None:
    warnings.warn(
        f"twisted.python.util.{name} is deprecated since Twisted 12.2.",
        DeprecationWarning,
        stacklevel=3,
    )


def __getattr__(name: str) -> object:
    if name != "OrderedDict":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from collections import OrderedDict

    warnings.warn(
        "twisted.python.util.OrderedDict was deprecated in Twisted 15.5.0: "
        "Use collections.OrderedDict instead.",
        DeprecationWarning,
        stacklevel=2,
    )
    return OrderedDict
