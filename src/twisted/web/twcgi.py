"""
Programs that answer requests by CGI (RFC 3875): one process for each request.

    root.putChild(b"cgi-bin", CGIDirectory("/srv/cgi-bin"))
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Any, ClassVar
from urllib.parse import unquote_to_bytes

from twisted.internet import protocol
from twisted.logger import Logger
from twisted.python import filepath, log
from twisted.spread.flavors import Viewable
from twisted.web import http, resource, server
from twisted.web._gateway import asText, headerVariables, hopByHop, portOf

__all__ = ["CGIDirectory", "CGIProcessProtocol", "CGIScript", "FilteredScript"]

_log = Logger()


class CGIDirectory(resource.Resource, filepath.FilePath[Any]):  # type: ignore[misc]  # both have children
    """
    A directory of programs.

    Args: pathname: of it.
    """

    def __init__(self, pathname: Any) -> None:
        resource.Resource.__init__(self)
        filepath.FilePath.__init__(self, pathname)

    def getChild(self, path: bytes | str, request: Any) -> Any:
        """Returns: the program of this name, or the directory."""
        try:
            name: Any = os.fsdecode(path) if isinstance(self.path, str) else os.fsencode(path)
            found = self.child(name)
        except filepath.InsecurePath:
            return resource._noResource()
        if not found.exists():
            return resource._noResource()
        if found.isdir():
            return CGIDirectory(found.path)
        return CGIScript(found.path)

    def render(self, request: Any) -> bytes:
        """Returns: a page that says that the directory shows nothing of itself."""
        return resource._noResource("CGI directories do not support directory listing.").render(
            request
        )


class CGIScript(resource.Resource):
    """
    A program, which is run for each request.

    Args:
        filename: of it.
        registry: of no meaning here.
        reactor: runs the process.
    """

    isLeaf = 1

    def __init__(self, filename: Any, registry: Any = None, reactor: Any = None) -> None:
        super().__init__()
        self.filename = filename
        if reactor is None:
            from twisted.internet import reactor
        self._reactor = reactor

    def render(self, request: Any) -> Any:
        """Run the program. Returns: ``NOT_DONE_YET``."""
        env = self._environmentOf(request)
        query = env["QUERY_STRING"]
        # RFC 3875, section 4.4: words of a search, where the query is no form.
        words = []
        if query and "=" not in query:
            words = [asText(unquote_to_bytes(word)) for word in query.split("+")]
            words = [word for word in words if "\0" not in word]
        self.runProcess(env, request, words)
        return server.NOT_DONE_YET

    def _environmentOf(self, request: Any) -> dict[str, str]:
        headers = request.requestHeaders
        length = headers.getRawHeaders(b"content-length")
        contentType = headers.getRawHeaders(b"content-type")
        _, _, query = request.uri.partition(b"?")
        env = {
            "SERVER_SOFTWARE": asText(server.version),
            "SERVER_NAME": asText(request.getRequestHostname()),
            "GATEWAY_INTERFACE": "CGI/1.1",
            "SERVER_PROTOCOL": asText(request.clientproto),
            "SERVER_PORT": portOf(request.getHost()),
            "REQUEST_METHOD": asText(request.method),
            "SCRIPT_NAME": "/" + "/".join(map(asText, request.prepath)),
            "SCRIPT_FILENAME": os.fsdecode(self.filename),
            "REQUEST_URI": asText(request.uri),
            "QUERY_STRING": asText(query),
        }
        client = getattr(request.getClientAddress(), "host", None)
        if client is not None:
            env["REMOTE_ADDR"] = client
        if request.postpath:
            env["PATH_INFO"] = "/" + "/".join(map(asText, request.postpath))
        if length:
            env["CONTENT_LENGTH"] = asText(length[0])
        elif headers.hasHeader(b"transfer-encoding"):
            # It came in chunks, and is here as a whole.
            env["CONTENT_LENGTH"] = str(request.content.seek(0, 2))
            request.content.seek(0)
        if contentType:
            env["CONTENT_TYPE"] = asText(contentType[0])
        for name, values in headerVariables(request):
            if name not in ("HTTP_CONTENT_LENGTH", "HTTP_CONTENT_TYPE"):
                env[name] = asText(b",".join(values))
        return {name: value for name, value in env.items() if "\0" not in value}

    def runProcess(
        self,
        env: dict[str, str],
        request: Any,
        qargs: Sequence[str] = [],
    ) -> None:
        """
        Run the program.

        Args:
            env: what it is told; what the server itself was told is added.
            request: gets what it answers.
            qargs: its arguments.
        """
        self._spawn([self.filename, *qargs], env, request)

    def _spawn(self, command: Sequence[Any], env: dict[str, str], request: Any) -> None:
        self._reactor.spawnProcess(
            CGIProcessProtocol(request),
            command[0],
            command,
            {**os.environ, **env},
            os.path.dirname(os.fsdecode(self.filename)),
        )


class FilteredScript(CGIScript):
    """
    A file that another program runs, such as a script by its interpreter.

    Attributes:
        filter: the path of that program.
    """

    filter = "/usr/bin/cat"

    def runProcess(
        self,
        env: dict[str, str],
        request: Any,
        qargs: Sequence[str] = [],
    ) -> None:
        """Run the program, with the file as its first argument. Args: as of `CGIScript`."""
        self._spawn([self.filter, self.filename, *qargs], env, request)


_status = re.compile(rb"([1-9][0-9]{2})(?:[ \t]+(.*))?").fullmatch


class CGIProcessProtocol(protocol.ProcessProtocol, Viewable):
    """
    Hands the body of a request to a program, and what it says to the client.

    Attributes:
        headertext: what came of the headers of the response, while they are not whole.
        errortext: what came by standard error.
        maxHeaderBytes: bytes that the headers may have.
        maxErrorBytes: bytes of standard error that are kept for the log.

    Args: request: whose response it is.
    """

    handling_headers = 1
    headers_written = 0
    headertext = b""
    errortext = b""
    maxHeaderBytes = 65536
    maxErrorBytes = 65536
    _protected: ClassVar[frozenset[bytes]] = hopByHop | {b"server", b"date"}

    def __init__(self, request: Any) -> None:
        self.request = request
        self._gone = False
        request.notifyFinish().addErrback(self._clientGone)

    # The body of the request is pulled by the program's standard input

    def view_resumeProducing(self, issuer: Any) -> None:
        """Go on, for another process."""
        self.resumeProducing()

    def view_pauseProducing(self, issuer: Any) -> None:
        """Wait, for another process."""
        self.pauseProducing()

    def view_stopProducing(self, issuer: Any) -> None:
        """Stop, for another process."""
        self.stopProducing()

    def resumeProducing(self) -> None:
        """The client takes more: read on from the program."""
        if self.transport is not None:
            self.transport.resumeProducing()

    def pauseProducing(self) -> None:
        """The client takes no more for now: let the program wait."""
        if self.transport is not None:
            self.transport.pauseProducing()

    def stopProducing(self) -> None:
        """The client has gone."""
        if self.transport is not None:
            self.transport.loseConnection()

    transport: Any = None

    def connectionMade(self) -> None:
        """The program runs: give it the body of the request."""
        self.request.registerProducer(self, True)
        content = self.request.content
        content.seek(0, 0)
        first = content.read(_Body.stepBytes)
        if len(first) == _Body.stepBytes:
            _Body(content, self.transport, first).start()
        else:
            if first:
                self.transport.write(first)
            self.transport.closeStdin()

    def _clientGone(self, reason: Any) -> None:
        self._gone = True
        if self.transport is not None:
            try:
                self.transport.signalProcess("TERM")
            except Exception:
                pass  # it has ended already

    # What the program says

    def errReceived(self, error: bytes) -> None:
        """Keep what it says by standard error."""
        self.errortext += error[: max(0, self.maxErrorBytes - len(self.errortext))]

    def outReceived(self, output: bytes) -> None:
        """Take headers, and then the body."""
        if self._gone:
            return
        if not self.handling_headers:
            self.request.write(output)
            return
        text = self.headertext + output
        found = re.search(rb"\r?\n\r?\n|\A\r?\n", text)
        if found is None:
            self.headertext = text
            if len(text) > self.maxHeaderBytes:
                self._refuse(f"its headers have more than {self.maxHeaderBytes} bytes")
            return
        self.headertext = b""
        self.handling_headers = 0
        for line in re.split(rb"\r?\n", text[: found.start()]):
            if line:
                self._takeHeader(line)
        self.headers_written = 1
        body = text[found.end() :]
        if body:
            self.request.write(body)

    def _takeHeader(self, line: bytes) -> None:
        name, colon, value = line.partition(b":")
        key = name.lower()
        value = value.strip()
        if not colon or not name.strip() or name != name.strip():
            log.msg(f"ignoring malformed CGI header: {line!r}", system="cgi")
        elif key == b"status":
            status = _status(value)
            if status is None:
                log.msg(f"ignoring malformed CGI status: {value!r:.80}", system="cgi")
            else:
                self.request.setResponseCode(int(status[1]), status[2] or None)
        elif key in self._protected:
            pass  # these are the server's own
        elif key == b"content-type":
            self.request.setHeader(name, value)
        else:
            if key == b"location":
                # RFC 3875, section 6.2.3: a redirect, unless another status follows.
                self.request.setResponseCode(http.FOUND)
            self._addHeader(name, value)

    def _addHeader(self, name: bytes, value: bytes) -> None:
        try:
            self.request.responseHeaders.addRawHeader(name, value)
        except ValueError:
            log.msg(f"ignoring malformed CGI header: {name!r:.80}", system="cgi")

    def _refuse(self, why: str) -> None:
        _log.error("A CGI program was stopped: {why}", why=why)
        self._answerFailure()
        self._clientGone(None)

    def _answerFailure(self) -> None:
        request = self.request
        self.handling_headers = 0
        request.unregisterProducer()
        page = resource._errorPage(
            http.INTERNAL_SERVER_ERROR, "CGI Script Error", "Premature end of script headers."
        )
        request.write(page.render(request))
        request.finish()
        self._gone = True

    def processEnded(self, reason: Any) -> None:
        """The program has ended: so has the response."""
        if reason.value.exitCode != 0:
            _log.error(
                "CGI {uri} exited with exit code {exitCode}",
                uri=getattr(self.request, "uri", b""),
                exitCode=reason.value.exitCode,
            )
        if self.errortext:
            _log.error(
                "Errors from CGI {uri}: {errorText}",
                uri=getattr(self.request, "uri", b""),
                errorText=self.errortext.decode("utf-8", "backslashreplace"),
            )
        if self._gone:
            return
        if self.handling_headers:
            self._answerFailure()
        else:
            self.request.unregisterProducer()
            self.request.finish()


class _Body:
    """
    Gives a long body to a program, a step at a time.

    Args:
        content: where the rest is.
        transport: of the program.
        first: what was read already.
    """

    stepBytes = 65536

    def __init__(self, content: Any, transport: Any, first: bytes) -> None:
        self._content, self._transport, self._next = content, transport, first

    def start(self) -> None:
        self._transport.registerProducer(self, False)

    def resumeProducing(self) -> None:
        data, self._next = self._next, b""
        if not data and not self._content.closed:
            data = self._content.read(self.stepBytes)
        if data:
            self._transport.write(data)
        else:
            self._transport.unregisterProducer()
            self._transport.closeStdin()

    def stopProducing(self) -> None:
        """The program takes no more."""
