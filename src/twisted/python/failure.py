"""
A Failure: an exception, held still, with the place it came from.

Asynchronous code hands errors around as values. A `Failure` keeps an exception together with
its traceback so that it can be looked at, printed, pickled, compared and raised again later.

Making one is on the path of every error, so it stores three references and a number. The
frames are walked when somebody asks for them: for `Failure.frames`, a printed traceback, a
pickle, or `Failure.cleanFailure`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from io import StringIO
from types import CodeType, TracebackType
from typing import IO, Any, NoReturn, TypeVar

__all__ = [
    "DO_POST_MORTEM",
    "EXCEPTION_CAUGHT_HERE",
    "DefaultException",
    "Failure",
    "NoCurrentExceptionError",
    "count",
    "format_frames",
    "startDebugMode",
    "traceupLength",
]

#: How many Failures were made in this process.
count = 0

#: How many callers above the place of catching a detailed report may show.
traceupLength = 4

#: What older reports print between the frames above a ``try`` and those below it.
EXCEPTION_CAUGHT_HERE = "--- <exception caught here> ---"

#: Whether `startDebugMode` opens the debugger where a Failure is made.
DO_POST_MORTEM = True

_Frames = list[tuple[str, str, int, Any, Any]]
_AnyFunction = TypeVar("_AnyFunction", bound=Callable[..., Any])

# Code of our own that stands between the user's frames and says nothing to a reader: the
# loop that calls callbacks, the coroutine driver, the helpers below that raise again.
_quietCode: set[CodeType] = set()


def _quiet(function: _AnyFunction) -> _AnyFunction:
    """Leave the frames of this function out of every Failure's account."""
    _quietCode.add(function.__code__)
    return function


# Failure and all classes under it. To look a class up here is cheaper than isinstance.
_failureClasses: set[type] = set()

# The same, and what else is not a plain result of a callback: Deferred adds its own here.
_specialResults: set[type] = set()


class DefaultException(Exception):
    """Stands in where an error is wanted and none was named."""


class NoCurrentExceptionError(Exception):
    """A Failure was asked to take the exception being handled, and none was."""


# The dictionary that every exception has; `Failure` shows its slots with it.
_ownDict: Callable[[BaseException], dict[str, Any]] = BaseException.__dict__["__dict__"].__get__


def _frameVariables(variables: Any) -> list[tuple[str, Any]]:
    return list(variables.items())


def _walk(traceback: Any, captureVars: bool) -> _Frames:
    frames: _Frames = []
    while traceback is not None:
        frame = traceback.tb_frame
        code = frame.f_code
        if code not in _quietCode:
            mine: Any = ()
            shared: Any = ()
            if captureVars:
                shared = _frameVariables(frame.f_globals)
                # At module level both are one dictionary: say it once.
                mine = [] if frame.f_locals is frame.f_globals else _frameVariables(frame.f_locals)
                if not mine and code.co_name == "<module>":
                    mine, shared = shared, []
            # A compiled extension may have no line to tell.
            line = traceback.tb_lineno or 0
            frames.append((code.co_name, code.co_filename, line, mine, shared))
        traceback = traceback.tb_next
    return frames


def _isOurs(filename: str) -> bool:
    """Tell whether a file belongs to this library, its plugins and tests left out."""
    global _ourFolder
    if _ourFolder is None:
        import os

        _ourFolder = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
    if not filename.startswith(_ourFolder):
        return False
    inside = filename[len(_ourFolder) :].replace("\\", "/")
    return "test/" not in inside and not inside.startswith("plugins/")


_ourFolder: str | None = None


def _writeBrief(frames: Any, write: Callable[[str], object]) -> None:
    for name, filename, line, _, _ in frames:
        write(f"{filename}:{line}:{name}\n")


def _writeDefault(frames: Any, write: Callable[[str], object]) -> None:
    import linecache

    for name, filename, line, _, _ in frames:
        write(f'  File "{filename}", line {line}, in {name}\n')
        write(f"    {linecache.getline(filename, line).strip()}\n")


def _writePlaces(frames: Any, write: Callable[[str], object]) -> None:
    for name, filename, line, _, _ in frames:
        write(f"{filename}:{line}: {name}(...)\n")


def _writeVerbose(frames: Any, write: Callable[[str], object]) -> None:
    for entry in frames:
        _writePlaces([entry], write)
        for title, variables in ((" [ Locals ]\n", entry[3]), (" ( Globals )\n", entry[4])):
            write(title)
            for name, value in variables:
                write(f"  {name} : {_repr(value)}\n")


_writers: dict[str, Callable[[Any, Callable[[str], object]], None]] = {
    "brief": _writeBrief,
    "default": _writeDefault,
    "verbose": _writeVerbose,
    "verbose-vars-not-captured": _writePlaces,
}


def format_frames(frames: Any, write: Callable[[str], object], detail: str = "default") -> None:
    """
    Write an account of frames.

    Args:
        frames: tuples of (function, file, line, locals, globals), oldest first; each of the
            last two a sequence of (name, value).
        write: called with each piece of text.
        detail: ``"default"`` prints as the interpreter does, ``"brief"`` one short line each,
            ``"verbose"`` all captured variables, ``"verbose-vars-not-captured"`` the places
            of the verbose form alone.
    Raises: ValueError for any other detail.
    """
    writer = _writers.get(detail)
    if writer is None:
        raise ValueError(f"detail is {detail!r}; it can be one of {', '.join(sorted(_writers))}")
    writer(frames, write)


def _repr(value: object) -> str:
    from twisted.python import reflect

    return reflect.safe_repr(value)


def _str(value: object) -> str:
    from twisted.python import reflect

    return reflect.safe_str(value)


def _qualified(thing: Any) -> str:
    from twisted.python import reflect

    if isinstance(thing, type):
        return reflect.qual(thing)
    return _str(thing)


def _describe(variables: Any) -> Any:
    if not variables:
        return variables
    return [(name, _repr(value)) for name, value in variables]


class Failure(BaseException):
    """
    An exception with its traceback, as a value.

    Attributes:
        type: the exception's class.
        value: the exception.
        tb: its traceback, or None.
        count: the number of this Failure within the process.
        captureVars: whether variables of all frames were kept.
        pickled: 1 for one that came from a pickle or was cleaned.

    It is an exception itself, so that a careless ``raise aFailure`` still ends up where errors
    go; raise what it holds with `raiseException`.
    """

    # What each has lies in slots, which are filled in a fraction of the time of a dictionary, or
    # of attributes of an exception; what few have is in the dictionary.
    __slots__ = ("count", "tb", "type", "value")

    pickled = 0
    type: type[BaseException]
    value: BaseException
    tb: TracebackType | None
    count: int
    captureVars = False
    _frames: _Frames
    _parents: Any

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        _failureClasses.add(cls)
        _specialResults.add(cls)

    def __init__(
        self,
        exc_value: Any = None,
        exc_type: Any = None,
        exc_tb: TracebackType | None = None,
        captureVars: bool = False,
    ) -> None:
        """
        Hold an exception.

        Args:
            exc_value: the exception; None takes the one being handled now. Another Failure is
                copied.
            exc_type: its class, if it is to differ from ``type(exc_value)``.
            exc_tb: its traceback; None takes the exception's own.
            captureVars: keep the variables of all frames, as they are now. This is slow and
                keeps every object that they refer to alive.
        Raises: NoCurrentExceptionError if no exception was given, and none is being handled.
        """
        global count
        count += 1
        if exc_value is None:
            exc_type, exc_value, exc_tb = sys.exc_info()
            if exc_value is None:
                raise NoCurrentExceptionError()
        kind = type(exc_value)
        if kind in _failureClasses:
            self.__dict__ = exc_value.__dict__
            return
        self.count = count
        self.type = kind if exc_type is None else exc_type
        self.value = exc_value
        if exc_tb is None:
            exc_tb = getattr(exc_value, "__traceback__", None)
        self.tb = exc_tb
        if captureVars:
            self.captureVars = True
            # The variables of a running frame change: look at once.
            self._frames = _walk(exc_tb, True)

    @classmethod
    def _withoutTraceback(cls, value: BaseException) -> Failure:
        """Hold an exception that was never raised: what `Failure` does, with no search."""
        made = cls.__new__(cls)
        _fill(made, value, value.__traceback__)
        return made

    @property
    def __dict__(self) -> dict[str, Any]:
        """All that it holds, as one dictionary; to change it, set the dictionary as a whole."""
        held = {name: getattr(self, name) for name in Failure.__slots__ if hasattr(self, name)}
        return {**held, **_ownDict(self)}

    @__dict__.setter
    def __dict__(self, state: dict[str, Any]) -> None:
        _ownDict(self).clear()
        for name, value in state.items():
            setattr(self, name, value)

    # What it shows

    @property
    def frames(self) -> Any:
        """The frames, oldest first: (function, file, line, locals, globals)."""
        frames = _ownDict(self).get("_frames")
        if frames is None:
            frames = self._frames = _walk(self.tb, False)
        return frames

    @frames.setter
    def frames(self, frames: Any) -> None:
        self._frames = frames

    @property
    def parents(self) -> Any:
        """The full names of the exception's class and its bases."""
        parents = _ownDict(self).get("_parents")
        if parents is None:
            kind: Any = self.type
            parents = (
                [_qualified(base) for base in kind.__mro__]
                if isinstance(kind, type) and issubclass(kind, BaseException)
                else [kind]
            )
            self._parents = parents
        return parents

    @parents.setter
    def parents(self, parents: Any) -> None:
        self._parents = parents

    @property
    def stack(self) -> list[Any]:
        """Always empty, and deprecated: the callers above a ``try`` are not recorded."""
        _warnOfStack()
        return []

    @stack.setter
    def stack(self, stack: list[Any]) -> None:
        _warnOfStack()

    @stack.deleter
    def stack(self) -> None:
        _warnOfStack()

    def check(self, *errorTypes: Any) -> Any:
        """
        Find the first of some exception classes that this error belongs to.

        Args:
            errorTypes: classes, or their full names as text.
        Returns: that class or name, or None.
        """
        kind: Any = self.type
        isRaisable = isinstance(kind, type) and issubclass(kind, BaseException)
        for error in errorTypes:
            name = error
            if isinstance(error, type) and issubclass(error, BaseException):
                if isRaisable:
                    if issubclass(kind, error):
                        return error
                    continue
                # One that came from elsewhere may know no more than the names, and have a class
                # of its own in the place of the exception's.
                name = _qualified(error)
            if name in self.parents:
                return error
        return None

    def trap(self, *errorTypes: Any) -> Any:
        """
        Accept some kinds of error, and raise any other.

        Args:
            errorTypes: as for `check`.
        Returns: the one that matched.
        Raises: the exception held, if none matched.
        """
        kind = self.type
        try:
            for error in errorTypes:
                if kind is error or issubclass(kind, error):
                    return error
        except TypeError:
            pass  # names, or an error that came from elsewhere
        # It costs little beside the raising.
        found = self.check(*errorTypes)
        if found is not None:
            return found
        raise self.value.with_traceback(self.tb)

    # Raising it again

    def raiseException(self) -> NoReturn:
        """Raise the exception, with its traceback."""
        raise self.value.with_traceback(self.tb)

    def throwExceptionIntoGenerator(self, g: Any) -> Any:
        """
        Raise the exception inside a generator or coroutine, where it is suspended.

        Returns: what it yields next.
        """
        return g.throw(self.value.with_traceback(self.tb))

    # What is kept of it

    def getTracebackObject(self) -> Any:
        """
        Give a traceback for tools that want one.

        Returns: the real one, or, where it is gone, one of look-alike frames that
            ``traceback.extract_tb`` and debuggers accept; None if there are no frames.
        """
        if self.tb is not None:
            return self.tb
        frames = self.frames
        return _Traceback(frames) if frames else None

    def cleanFailure(self) -> None:
        """Let go of the traceback, and so of all frames; keep their places as text."""
        self.frames = [
            (name, filename, line, _describe(mine), _describe(shared))
            for name, filename, line, mine, shared in self.frames
        ]
        self.parents = self.parents
        self.pickled = 1
        self.tb = None
        if getattr(self.value, "__traceback__", None) is not None:
            self.value.__traceback__ = None

    def __getstate__(self) -> dict[str, Any]:
        """The frames as text and the exception; the traceback stays behind."""
        state = dict(self.__dict__)
        state["tb"] = None
        state["pickled"] = 1
        state["parents"] = self.parents
        state["stack"] = []
        state["frames"] = self.frames
        if not self.pickled:
            state["frames"] = [
                (name, filename, line, _describe(mine), _describe(shared))
                for name, filename, line, mine, shared in self.frames
            ]
        for private in ("_frames", "_parents"):
            state.pop(private, None)
        return state

    def __setstate__(self, state: dict[str, Any] | None) -> None:
        state = dict(state or {})
        state.pop("stack", None)
        for public, private in (("parents", "_parents"), ("frames", "_frames")):
            if public in state:
                state[private] = state.pop(public)
        for name, value in state.items():
            setattr(self, name, value)

    def __reduce__(self) -> tuple[Any, ...]:
        return (_blank, (type(self),), self.__getstate__())

    # Words

    def __repr__(self) -> str:
        return f"<{_qualified(type(self))} {_qualified(self.type)}: {self.getErrorMessage()}>"

    def __str__(self) -> str:
        return f"[Failure instance: {self.getBriefTraceback()}]"

    def getErrorMessage(self) -> str:
        """The exception's own words."""
        if isinstance(self.value, Failure):
            return self.value.getErrorMessage()
        return _str(self.value)

    def getBriefTraceback(self) -> str:
        """One line for the error, and a short one for each frame."""
        out = StringIO()
        self.printBriefTraceback(file=out)
        return out.getvalue()

    def getTraceback(self, elideFrameworkCode: int = 0, detail: str = "default") -> str:
        """
        The whole account as text.

        Args:
            elideFrameworkCode: true leaves out frames inside this library.
            detail: as for `format_frames`.
        """
        out = StringIO()
        self.printTraceback(file=out, elideFrameworkCode=bool(elideFrameworkCode), detail=detail)
        return out.getvalue()

    def printTraceback(
        self,
        file: IO[str] | None = None,
        elideFrameworkCode: bool = False,
        detail: str = "default",
    ) -> None:
        """
        Write the account that `getTraceback` gives.

        Args:
            file: where to; None writes to the log.
            elideFrameworkCode: true leaves out frames inside this library.
            detail: as for `format_frames`.
        """
        if file is None:
            from twisted.python import log

            write: Callable[[str], object] = log.logerr.write
        else:
            write = file.write
        frames = self.frames
        if elideFrameworkCode:
            # An error wholly inside the library still shows where.
            frames = [entry for entry in frames if not _isOurs(entry[1])] or frames
        if detail == "verbose" and not self.captureVars:
            formal = "verbose-vars-not-captured"
        else:
            formal = detail
        self._writeHead(write, detail, bool(frames))
        if frames:
            format_frames(frames, write, formal)
        elif detail not in _writers:
            format_frames((), write, detail)
        if formal == "verbose-vars-not-captured" and frames:
            write(" [Capture of Locals and Globals disabled (use captureVars=True)]\n")
        if detail == "brief":
            return
        if not frames:
            write("Failure: ")
        self._writeError(write)
        if detail == "verbose":
            write(f"*--- End of Failure #{self.count} ---\n")

    def _writeHead(self, write: Callable[[str], object], detail: str, hasFrames: bool) -> None:
        if detail == "brief":
            kind = "Traceback" if hasFrames else "Traceback (failure with no frames)"
            write(f"{kind}: {_str(self.type)}: {_str(self.value)}\n")
        elif detail == "verbose":
            write(f"*--- Failure #{self.count}{' (pickled) ' if self.pickled else ' '}---\n")
        else:
            write("Traceback (most recent call last):\n")

    def _writeError(self, write: Callable[[str], object]) -> None:
        if isinstance(self.value, Failure):
            write(" (chained Failure)\n")
            write(self.value.getTraceback())
            return
        write(f"{_qualified(self.type)}: {_str(self.value)}\n")

    def printBriefTraceback(self, file: IO[str] | None = None, elideFrameworkCode: int = 0) -> None:
        """Write the account with detail ``"brief"``."""
        self.printTraceback(file, bool(elideFrameworkCode), detail="brief")

    def printDetailedTraceback(
        self, file: IO[str] | None = None, elideFrameworkCode: int = 0
    ) -> None:
        """Write the account with detail ``"verbose"``."""
        self.printTraceback(file, bool(elideFrameworkCode), detail="verbose")


_failureClasses.add(Failure)
_specialResults.add(Failure)
_quiet(Failure.raiseException)
_quiet(Failure.throwExceptionIntoGenerator)
_quiet(Failure.trap)


def _blank(kind: type[Failure]) -> Failure:
    """Where unpickling starts: a Failure with nothing in it yet."""
    return kind.__new__(kind)


def _warnOfStack() -> None:
    import warnings

    warnings.warn(
        "twisted.python.failure.Failure.stack was deprecated in Twisted 24.10.0",
        DeprecationWarning,
        stacklevel=3,
    )


# Frames for those Failures whose traceback is gone. They have what ``traceback`` and the
# debuggers read, which is more than the places that we know: the rest is empty.


class _Code:
    """Looks like a code object of a given name and file."""

    co_argcount = co_posonlyargcount = co_kwonlyargcount = 0
    co_firstlineno = co_flags = co_nlocals = co_stacksize = 0
    co_code = co_lnotab = b""
    co_cellvars: tuple[str, ...] = ()
    co_freevars: tuple[str, ...] = ()
    co_names: tuple[str, ...] = ()
    co_consts: tuple[object, ...] = ()

    def __init__(self, name: str, filename: str) -> None:
        self.co_name = self.co_qualname = name
        self.co_filename = filename
        self.co_varnames: list[str] = []

    def co_positions(self) -> tuple[tuple[None, None, None, None], ...]:
        return ((None, None, None, None),)

    def co_lines(self) -> tuple[tuple[int, int, int | None], ...]:
        return ()


class _Frame:
    """Looks like a frame, made from an entry of `Failure.frames` and its caller."""

    f_lasti = 0
    f_trace = None

    def __init__(self, entry: Any, back: _Frame | None) -> None:
        name, filename, self.f_lineno, mine, shared = entry
        self.f_code = _Code(name, filename)
        self.f_locals: dict[str, Any] = dict(mine or {})
        self.f_globals: dict[str, Any] = dict(shared or {})
        self.f_builtins: dict[str, Any] = {}
        self.f_back = back


class _TracebackFrame:
    """Looks like one link of a traceback."""

    tb_lasti = 0

    def __init__(self, frame: _Frame) -> None:
        self.tb_frame = frame
        self.tb_lineno = frame.f_lineno
        self.tb_next: _TracebackFrame | None = None


def _Traceback(frames: Any) -> _TracebackFrame:
    """Make links of a traceback from entries of `Failure.frames`; there must be one."""
    caller: _Frame | None = None
    links = []
    for entry in frames:
        caller = _Frame(entry, caller)
        links.append(_TracebackFrame(caller))
    for index, link in enumerate(links[1:]):
        links[index].tb_next = link
    return links[0]


_plainInit = Failure.__init__
_make = BaseException.__new__
#: Whether somebody wants to see each Failure being made: `startDebugMode` was called.
_watched = False


def _fill(made: Failure, value: BaseException, traceback: TracebackType | None) -> None:
    global count
    made.count = count = count + 1
    made.type = type(value)
    made.value = value
    made.tb = traceback


def _hold(value: BaseException, traceback: TracebackType | None) -> Failure:
    """Hold an exception that is no Failure, with a traceback: the short way of making one."""
    global count
    if _watched:
        return Failure(value, None, traceback)
    # As `_fill`, without the call.
    made = _make(Failure)
    made.count = count = count + 1
    made.type = type(value)
    made.value = value
    made.tb = traceback
    return made


def _caught(error: BaseException, captureVars: bool = False) -> Failure:
    """Make a Failure of what something that was called raised, from that one's frame on."""
    global count
    traceback = error.__traceback__
    if traceback is not None:
        inner = traceback.tb_next
        if inner is not None:
            error.__traceback__ = traceback = inner
    kind = type(error)
    if captureVars or _watched or kind in _failureClasses:
        return Failure(error, None, traceback, captureVars)
    made = _make(Failure)
    made.count = count = count + 1
    made.type = kind
    made.value = error
    made.tb = traceback
    return made


def _debugInit(
    self: Failure,
    exc_value: Any = None,
    exc_type: Any = None,
    exc_tb: TracebackType | None = None,
    captureVars: bool = False,
) -> None:
    current = sys.exc_info()
    handled = current[1] is not None and (exc_value is None or exc_value is current[1])
    if handled and DO_POST_MORTEM:
        import pdb

        print("A Failure is being made here:", end=" ", file=sys.stderr)
        print(f"{_str(current[0])}: {_str(current[1])}", file=sys.stderr)
        pdb.post_mortem(current[2])
    _plainInit(self, exc_value, exc_type, exc_tb, captureVars)


def startDebugMode() -> None:
    """Open the debugger at the place of each error for which a Failure is made from now on."""
    global _watched
    _watched = True
    Failure.__init__ = _debugInit  # type: ignore[method-assign]  # that is the whole point
