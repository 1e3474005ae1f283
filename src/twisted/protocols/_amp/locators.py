"""Finding who answers a command."""

from __future__ import annotations

import warnings
from types import MethodType
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from twisted.internet.defer import fail, maybeDeferred
from twisted.python.failure import Failure

from .contracts import IResponderLocator
from .errors import BadLocalReturn, RemoteAmpError

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.defer import Deferred

# What `Command.responder` has seen since the last class of locators was finished. A decorator
# is called within the class body, when there is no class yet to keep it.
_declared: list[tuple[Any, Any]] = []


def rememberResponder(command: Any, method: Any) -> None:
    """Keep a responder for the class whose body is being run."""
    _declared.append((command, method))


class _CommandLocatorMeta(type):
    """Gives each class of locators the responders that its body declared, and its bases'."""

    def __new__(cls, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> Any:
        own = {command.commandName: (command, method) for command, method in _declared}
        del _declared[:]
        made: Any = type.__new__(cls, name, bases, attrs)
        made._ownResponders = own
        made._commandDispatch = {
            commandName: responder
            for base in reversed(made.__mro__)
            for commandName, responder in vars(base).get("_ownResponders", {}).items()
        }
        return made


def _errorOf(failure: Failure, command: Any) -> Failure:
    """Give a responder's error the code that its command has for it, if any."""
    if failure.check(RemoteAmpError):
        return failure
    kind: Any = failure.check(*command.allErrors)
    if kind is None:
        return failure
    code, fatal = command.allErrors[kind], kind in command.fatalErrors
    return Failure(RemoteAmpError(code, str(failure.value), fatal, failure))


class Responder:
    """
    A method that takes and gives objects, as one that takes and gives boxes.

    Args:
        method: called with the arguments of the command by their Python names.
        command: the `Command` class.
        locator: whose method it is.
    """

    __slots__ = ("command", "locator", "method")

    def __init__(self, method: Callable[..., Any], command: Any, locator: Any) -> None:
        self.method = method
        self.command = command
        self.locator = locator

    def __call__(self, box: Any) -> Deferred[Any]:
        """Answer a box, in the end."""
        arguments = self.command.parseArguments(box, self.locator)
        return self._answerLater(maybeDeferred(self.method, **arguments))

    def _answerLater(self, done: Deferred[Any]) -> Deferred[Any]:
        return done.addCallback(self._answer).addErrback(_errorOf, self.command)

    def answerNow(self, box: Any) -> Any:
        """
        Answer a box.

        Most methods give their answer at once; no Deferred is made for these.

        Returns: the answer's box, or a Deferred of it.
        """
        arguments = self.command.parseArguments(box, self.locator)
        try:
            objects = self.method(**arguments)
            if objects.__class__ is dict:
                return self._answer(objects)
        except BaseException:
            failure = _errorOf(Failure(), self.command)
            return fail(failure)
        return self._answerLater(maybeDeferred(lambda: objects))

    def _answer(self, objects: Any) -> Any:
        try:
            return self.command.makeResponse(objects, self.locator)
        except RemoteAmpError:
            raise
        except BaseException:
            enclosed = Failure()
            raise BadLocalReturn(
                f"{self.method!r} returned {objects!r}, which cannot be sent as an answer to "
                f"{self.command!r}",
                enclosed,
            ) from enclosed.value


@implementer(IResponderLocator)
class CommandLocator(metaclass=_CommandLocatorMeta):
    """Has methods that answer commands, declared with `Command.responder`."""

    _commandDispatch: dict[bytes, tuple[Any, Any]]

    def lookupFunction(self, name: bytes) -> Any:
        """The older name of `locateResponder`. Overrides of it are called, with a warning."""
        if self.__class__.lookupFunction is CommandLocator.lookupFunction:
            warnings.warn(
                "Call locateResponder, not lookupFunction.",
                category=PendingDeprecationWarning,
                stacklevel=2,
            )
        return self._find(name)

    def locateResponder(self, name: bytes) -> Any:
        """Find the method that was declared for a command, ready to be called with a box."""
        if self.__class__.lookupFunction is CommandLocator.lookupFunction:
            return self._find(name)
        # One more frame where an AMP asks both of its kinds of locators.
        warnings.warn(
            "Override locateResponder, not lookupFunction.",
            category=PendingDeprecationWarning,
            stacklevel=2 if self.__class__.locateResponder is CommandLocator.locateResponder else 3,
        )
        return self.lookupFunction(name)

    def _find(self, name: bytes) -> Any:
        found = self._commandDispatch.get(name)
        if found is None:
            return None
        command, method = found
        return self._wrapWithSerialization(MethodType(method, self), command)

    def _wrapWithSerialization(self, aCallable: Callable[..., Any], command: Any) -> Responder:
        # By this name ampoule's proxy has commands answered by what it forwards them to.
        return Responder(aCallable, command, self)


@implementer(IResponderLocator)
class SimpleStringLocator:
    """
    Has methods called ``amp_NAME``, which take a box and give one.

    Attributes:
        baseDispatchPrefix: what their names begin with.
    """

    baseDispatchPrefix: bytes = b"amp_"

    def locateResponder(self, name: bytes) -> Any:
        """Find the method for a command, whose name is put in capitals. None where none is."""
        try:
            method = (self.baseDispatchPrefix + name.upper()).decode("ascii")
        except UnicodeDecodeError:
            return None  # no method has such a name
        return getattr(self, method, None)
