"""Commands: what can be asked over AMP, with which arguments, answers and errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.python.failure import Failure

from .arguments import objectsToStrings, pythonName, stringsToObjects
from .boxes import AmpBox
from .errors import InvalidSignature, RemoteAmpError, UnknownRemoteError
from .locators import rememberResponder

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from twisted.internet.defer import Deferred

    _Responder = TypeVar("_Responder", bound=Callable[..., Any])


def _wantBytes(what: str, name: Any) -> None:
    if not isinstance(name, bytes):
        raise TypeError(f"{what} names must be byte strings, got: {name!r}")


class _CommandMeta(type):
    """Completes and checks the class of a command."""

    allErrors: dict[type[Exception], bytes]
    reverseErrors: dict[bytes, type[Exception]]

    def __new__(cls, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> Any:
        attrs.setdefault("commandName", name.encode("ascii", "backslashreplace"))
        _wantBytes("Command", attrs["commandName"])
        for attribute, what in (("arguments", "Argument"), ("response", "Response")):
            for wireName, _ in attrs.get(attribute, ()):
                _wantBytes(what, wireName)
        for attribute, what in (("errors", "Error"), ("fatalErrors", "Fatal error")):
            if attribute in attrs:
                attrs[attribute] = dict(attrs[attribute])
                for code in attrs[attribute].values():
                    _wantBytes(what, code)
        made = type.__new__(cls, name, bases, attrs)
        errors: dict[type[Exception], bytes] = {}
        for attribute in ("errors", "fatalErrors"):
            for base in reversed(made.__mro__):
                errors.update(vars(base).get(attribute, {}))
        made.allErrors = errors
        made.reverseErrors = {code: kind for kind, code in errors.items()}
        return made


class Command(metaclass=_CommandMeta):
    """
    Subclass this to say what can be asked.

    ::

        class Sum(Command):
            arguments = [(b"a", Integer()), (b"b", Integer())]
            response = [(b"total", Integer())]
            errors = {OverflowError: b"TOO_MUCH"}

    ``callRemote(Sum, a=1, b=2)`` then gives a Deferred of ``{"total": 3}``.

    Attributes:
        commandName: its name on the wire; that of the class by default.
        arguments: pairs of names, as bytes, and `Argument` objects.
        response: likewise, for the answer.
        errors: exceptions that a responder may raise, and their codes on the wire.
        fatalErrors: likewise; after one of these the responder's side closes the connection.
        allErrors: both of them, with those of the base classes.
        reverseErrors: the exceptions by their codes.
        requiresAnswer: whether an answer is wanted; without one, `callRemote` gives None.
        commandType, responseType: the kinds of box that are made.
        extra: for programs that look at it; nothing here does.
    """

    arguments: list[tuple[bytes, Any]] = []
    response: list[tuple[bytes, Any]] = []
    extra: list[Any] = []
    errors: Any = {}
    fatalErrors: Any = {}

    commandName: Any
    allErrors: dict[type[Exception], bytes]
    reverseErrors: dict[bytes, type[Exception]]
    commandType: Any = AmpBox
    responseType: Any = AmpBox

    requiresAnswer: bool = True

    # The arguments, and their Python names: worked out once.
    _knownNames: tuple[Any, frozenset[str]] | None = None

    def __init__(self, **kw: Any) -> None:
        """
        Make a call to be sent, with its arguments by their Python names.

        Raises: InvalidSignature where a required one is missing.
        """
        self.structured = kw
        for name, kind in self.arguments:
            if not kind.optional and pythonName(name) not in kw:
                self._refuseMissing()

    def _refuseMissing(self) -> None:
        wanted = [pythonName(name) for name, kind in self.arguments if not kind.optional]
        missing = [name for name in wanted if name not in self.structured]
        raise InvalidSignature(
            f"The command {self.commandName!r} wants more arguments: {', '.join(missing)}"
        )

    @classmethod
    def makeArguments(cls, objects: dict[str, Any], proto: Any) -> Any:
        """
        Write arguments into a box.

        Raises: InvalidSignature where one is given that the command does not have.
        """
        known = cls._knownNames
        if known is None or known[0] is not cls.arguments:
            names = frozenset(pythonName(name) for name, _ in cls.arguments)
            known = cls._knownNames = (cls.arguments, names)
        for name in objects:
            if name not in known[1]:
                raise InvalidSignature(f"The command {cls.commandName!r} has no argument {name!r}")
        return objectsToStrings(objects, cls.arguments, cls.commandType(), proto)

    @classmethod
    def makeResponse(cls, objects: Any, proto: Any) -> Any:
        """Write an answer into a box."""
        return objectsToStrings(objects, cls.response, cls.responseType(), proto)

    @classmethod
    def parseArguments(cls, box: Any, protocol: Any) -> dict[str, Any]:
        """Read arguments from a box."""
        return stringsToObjects(box, cls.arguments, protocol)

    @classmethod
    def parseResponse(cls, box: Any, protocol: Any) -> dict[str, Any]:
        """Read an answer from a box."""
        return stringsToObjects(box, cls.response, protocol)

    @classmethod
    def responder(cls, methodfunc: _Responder) -> _Responder:
        """
        Declare that a method answers this command: a decorator within the class of a locator.

        It is called with the arguments by their Python names and gives a dictionary of the
        answer, or a Deferred or coroutine of one.
        """
        rememberResponder(cls, methodfunc)
        return methodfunc

    def _doCommand(self, proto: Any) -> Deferred[Any] | None:
        """Send the call; gives what fires with the answer as a dictionary."""
        strings = self.makeArguments(self.structured, proto)
        answer = proto._sendBoxCommand(self.commandName, strings, self.requiresAnswer)
        if answer is None:
            return None
        done: Deferred[Any] = answer.addCallbacks(
            self.parseResponse, self._namedError, callbackArgs=(proto,)
        )
        return done

    def _namedError(self, failure: Failure) -> Failure:
        """Turn a code of ours back into the exception it stands for."""
        remote = failure.value
        if not isinstance(remote, RemoteAmpError):
            return failure
        kind: Any = self.reverseErrors.get(remote.errorCode, UnknownRemoteError)
        return Failure(kind(remote.description))
