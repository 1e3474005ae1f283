"""Resources that answer XML-RPC."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar
from xmlrpc import client as xmlrpclib

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.python.reflect import prefixedMethodNames
from twisted.web.resource import Resource

from .marshal import MAX_DEPTH, loads

__all__ = [
    "FAILURE",
    "NOT_FOUND",
    "Handler",
    "NoSuchFunction",
    "XMLRPC",
    "XMLRPCIntrospection",
    "addIntrospection",
    "withRequest",
]

NOT_FOUND = 8001
FAILURE = 8002

Fault = xmlrpclib.Fault

_NOT_DONE_YET = 1

_F = TypeVar("_F", bound=Callable[..., Any])


class NoSuchFunction(Fault):
    """There is no procedure of that name."""


def withRequest(f: _F) -> _F:
    """
    Mark a procedure that wants the request as its first argument; a decorator.

    Returns: the procedure.
    """
    f.withRequest = True  # type: ignore[attr-defined]  # set on functions
    return f


class Handler:
    """
    A procedure that is an object: its `run` fires `result` when it likes.

    Attributes:
        resource: whose procedure it is.
        result: fires with what the caller gets.
    """

    result: Deferred[Any]

    def __init__(self, resource: XMLRPC, *args: Any) -> None:
        self.resource = resource
        self.result = Deferred()
        maybeDeferred(self.run, *args).addErrback(self._failed)

    def run(self, *args: Any) -> Any:
        """Override: do it. What it returns does not matter, what it raises is the result."""
        raise NotImplementedError(f"{type(self).__name__} has no method run")

    def _failed(self, reason: Failure) -> None:
        if not self.result.called:
            self.result.errback(reason)


class XMLRPC(Resource):
    """
    Answers calls by its methods ``xmlrpc_...``, and by those of handlers below prefixes.

    A procedure returns its result, or a Deferred, or is a coroutine; a `Fault` is raised or
    returned. Other exceptions are logged, and the caller learns no more than that there was one.

    Attributes:
        allowNone: whether None may be sent, which not every client knows.
        useDateTime: whether procedures get times as `datetime.datetime`.
        separator: between prefixes and names.
        maxRequestBytes: of one call.
        maxDepth: arrays and structures in each other.
    """

    NOT_FOUND = NOT_FOUND
    FAILURE = FAILURE

    allowNone: bool
    useDateTime: bool
    isLeaf = 1
    separator = "."
    allowedMethods = (b"POST",)
    maxRequestBytes = 16 * 1024 * 1024
    maxDepth = MAX_DEPTH

    _log = Logger()

    def __init__(self, allowNone: bool = False, useDateTime: bool = False) -> None:
        super().__init__()
        self.subHandlers: dict[str, Any] = {}
        self.allowNone = allowNone
        self.useDateTime = useDateTime

    # Handlers

    def putSubHandler(self, prefix: str, handler: Any) -> None:
        """Args: prefix: up to a separator. handler: an `XMLRPC` for what stands behind it."""
        self.subHandlers[prefix] = handler

    def getSubHandler(self, prefix: str) -> Any:
        """Returns: the handler for a prefix, or None."""
        return self.subHandlers.get(prefix)

    def getSubHandlerPrefixes(self) -> list[str]:
        """Returns: all prefixes."""
        return list(self.subHandlers)

    # Procedures

    def listProcedures(self) -> list[str]:
        """Returns: the names of the procedures here, without those of handlers."""
        return prefixedMethodNames(self.__class__, "xmlrpc_")

    def lookupProcedure(self, procedurePath: str) -> Any:
        """
        Find a procedure; override for other ways to find them.

        Args: procedurePath: its name, with prefixes.
        Raises: NoSuchFunction.
        """
        prefix, found, rest = procedurePath.partition(self.separator)
        if found:
            handler = self.getSubHandler(prefix)
            if handler is None:
                raise NoSuchFunction(self.NOT_FOUND, f"no such subHandler {prefix}")
            return handler.lookupProcedure(rest)
        procedure = getattr(self, f"xmlrpc_{procedurePath}", None)
        if not procedure:
            raise NoSuchFunction(self.NOT_FOUND, f"procedure {procedurePath} not found")
        if not callable(procedure):
            raise NoSuchFunction(self.NOT_FOUND, f"procedure {procedurePath} not callable")
        return procedure

    # Calls

    def render_POST(self, request: Any) -> int:
        """
        Answer a call.

        Returns: ``NOT_DONE_YET``.
        """
        request.setHeader(b"content-type", b"text/xml; charset=utf-8")
        gone: list[Failure] = []
        request.notifyFinish().addErrback(gone.append)
        try:
            args, path = self._readCall(request)
            procedure = self.lookupProcedure(path)
        except Fault as fault:
            self._answer(fault, request, gone)
            return _NOT_DONE_YET
        if getattr(procedure, "withRequest", False):
            args = (request, *args)
        calling = maybeDeferred(procedure, *args)
        calling.addCallback(_resultOf).addErrback(self._fault)
        calling.addCallback(self._answer, request, gone)
        return _NOT_DONE_YET

    def _readCall(self, request: Any) -> tuple[tuple[Any, ...], str]:
        """Returns: arguments, and the name of a procedure. Raises: Fault."""
        request.content.seek(0, 0)
        body = request.content.read(self.maxRequestBytes + 1)
        if len(body) > self.maxRequestBytes:
            raise Fault(self.FAILURE, f"a call has {self.maxRequestBytes} bytes at most")
        try:
            args, path = loads(body, self.useDateTime, self.maxDepth)
        except Fault:
            raise Fault(self.FAILURE, "Can't deserialize input: a fault is no call") from None
        except Exception as error:
            said = str(error) or type(error).__name__
            raise Fault(self.FAILURE, f"Can't deserialize input: {said}") from None
        if path is None:
            raise Fault(self.FAILURE, "Can't deserialize input: it names no method")
        return args, path

    def _fault(self, failure: Failure) -> Fault:
        """What the caller learns of an exception."""
        if isinstance(failure.value, Fault):
            return failure.value
        self._log.failure("A procedure of XML-RPC failed", failure=failure)
        return Fault(self.FAILURE, "error")

    def _answer(self, result: Any, request: Any, gone: list[Failure]) -> None:
        """Send a result or a fault, to a caller who may be gone."""
        if gone:
            return
        try:
            content = self._serialized(result).encode("utf-8", "xmlcharrefreplace")
            request.setHeader(b"content-length", b"%d" % len(content))
            request.write(content)
        except Exception:
            self._log.failure("An answer of XML-RPC could not be sent")
        request.finish()

    def _serialized(self, result: Any) -> str:
        try:
            value = result if isinstance(result, Fault) else (result,)
            return xmlrpclib.dumps(value, methodresponse=True, allow_none=self.allowNone)
        except Exception as error:
            fault = Fault(self.FAILURE, f"Can't serialize output: {error}")
            return xmlrpclib.dumps(fault, methodresponse=True, allow_none=self.allowNone)


def _resultOf(result: Any) -> Any:
    """What a procedure gave, or what its `Handler` will give."""
    return result.result if isinstance(result, Handler) else result


class XMLRPCIntrospection(XMLRPC):
    """
    Answers questions about the procedures of another resource.

    A procedure says by an attribute ``signature`` which types it returns and takes: a list of
    lists, each with that of the result first. Its ``help``, or its docstring, is what it does.
    """

    def __init__(self, parent: XMLRPC) -> None:
        """Args: parent: the resource."""
        super().__init__()
        self._xmlrpc_parent = parent

    def xmlrpc_listMethods(self) -> list[str]:
        """List all procedures."""
        return list(_procedures(self._xmlrpc_parent, "", ()))

    xmlrpc_listMethods.signature = [["array"]]  # type: ignore[attr-defined]  # see the class

    def xmlrpc_methodHelp(self, method: str) -> str:
        """Say what a procedure does."""
        from inspect import cleandoc

        procedure = self._xmlrpc_parent.lookupProcedure(method)
        return cleandoc(getattr(procedure, "help", None) or procedure.__doc__ or "")

    xmlrpc_methodHelp.signature = [["string", "string"]]  # type: ignore[attr-defined]

    def xmlrpc_methodSignature(self, method: str) -> Any:
        """List the ways to call a procedure: types of the result and of each argument."""
        procedure = self._xmlrpc_parent.lookupProcedure(method)
        return getattr(procedure, "signature", None) or ""

    xmlrpc_methodSignature.signature = [  # type: ignore[attr-defined]
        ["array", "string"],
        ["string", "string"],
    ]


def _procedures(handler: Any, prefix: str, around: tuple[Any, ...]) -> Iterator[str]:
    """The procedures of a handler and of those in it, each handler once on each way."""
    for name in handler.listProcedures():
        yield prefix + name
    for each in handler.getSubHandlerPrefixes():
        inner = handler.getSubHandler(each)
        if inner is not handler and inner not in around:
            yield from _procedures(inner, prefix + each + handler.separator, (*around, handler))


def addIntrospection(xmlrpc: XMLRPC) -> None:
    """Let a resource answer what it can do, by ``system.listMethods`` and its kin."""
    xmlrpc.putSubHandler("system", XMLRPCIntrospection(xmlrpc))
