"""
The files that inetd is configured by: ``services``, which names ports, and ``inetd.conf``.

Both are lines of fields with blanks in between, and comments after ``#``.
"""

from __future__ import annotations

from typing import IO, Any

__all__ = [
    "InetdConf",
    "InetdService",
    "InvalidConfError",
    "InvalidInetdConfError",
    "InvalidServicesConfError",
    "ServicesConf",
    "SimpleConfFile",
    "UnknownService",
]


class InvalidConfError(Exception):
    """A line makes no sense; the message says which, and what is wrong with it."""


class InvalidInetdConfError(InvalidConfError):
    """A line of ``inetd.conf`` makes no sense."""


class InvalidServicesConfError(InvalidConfError):
    """A line of ``services`` makes no sense."""


class UnknownService(Exception):
    """A service has no port, by its name and its protocol."""


class SimpleConfFile:
    """
    Reads a file line by line.

    Attributes:
        commentChar: begins a comment.
        defaultFilename: what is read if no file is given.
    """

    commentChar = "#"
    defaultFilename: str | None = None

    # How many fields a line has, at least, and what is raised if it has fewer.
    _fewest = 0
    _invalid: type[InvalidConfError] = InvalidConfError

    def parseFile(self, file: IO[str] | None = None) -> None:
        """
        Read a file, and close it.

        Args:
            file: open for text; what `defaultFilename` says if None.
        Raises: OSError if it cannot be opened; InvalidConfError or `UnknownService`, with the
            number of the line.
        """
        if file is None:
            if self.defaultFilename is None:
                raise ValueError(f"{type(self).__name__} has no file that it reads by default")
            with open(self.defaultFilename, encoding="utf-8", errors="surrogateescape") as usual:
                self.parseFile(usual)
            return
        with file:
            for number, line in enumerate(file, 1):
                if not line.partition(self.commentChar)[0].strip():
                    continue
                try:
                    self.parseLine(line)
                except (InvalidConfError, UnknownService) as error:
                    raise type(error)(f"line {number}: {error}") from error

    def parseLine(self, line: str) -> None:
        """
        Read a line that is more than a comment.

        Raises: InvalidConfError if it makes no sense.
        """
        fields = line.partition(self.commentChar)[0].split()
        if len(fields) < self._fewest:
            raise self._invalid(
                f"{self._fewest} fields are wanted, and there are {len(fields)}: {line.strip()!r}"
            )
        self.parseFields(*fields)

    def parseFields(self, *fields: str) -> None:
        """Override: take the fields of a line."""


class InetdService:
    """
    What to do on a port.

    Attributes:
        name: of the service.
        port: its number.
        socketType: "stream" or "dgram".
        protocol: "tcp" or "udp".
        wait: "wait", if one program serves all, or "nowait", if there is one for each connection.
        user: the name of the user that it runs as.
        group: the name of the group, or None for the user's.
        program: its path; "internal" if it is built in.
        programArgs: its arguments, of which the first is what it is called.
    """

    name: str | None = None
    port: int | None = None
    socketType: str | None = None
    protocol: str | None = None
    wait: str | None = None
    user: str | None = None
    group: str | None = None
    program: str | None = None
    programArgs: Any = None

    def __init__(
        self,
        name: str,
        port: int,
        socketType: str,
        protocol: str,
        wait: str,
        user: str,
        group: str | None,
        program: str,
        programArgs: Any,
    ) -> None:
        self.name = name
        self.port = port
        self.socketType = socketType
        self.protocol = protocol
        self.wait = wait
        self.user = user
        self.group = group
        self.program = program
        self.programArgs = programArgs

    def __repr__(self) -> str:
        return f"<InetdService {self.name} on {self.protocol} {self.port}: {self.program}>"


class InetdConf(SimpleConfFile):
    """
    The services of an ``inetd.conf``.

    Attributes:
        services: an `InetdService` for each line.
        knownServices: knows the ports of those that are named.
    """

    defaultFilename = "/etc/inetd.conf"
    _fewest = 6
    _invalid = InvalidInetdConfError

    def __init__(self, knownServices: ServicesConf | None = None) -> None:
        """
        Args:
            knownServices: knows the ports; what the system's file says if None.
        """
        self.services: list[InetdService] = []
        if knownServices is None:
            knownServices = ServicesConf()
            knownServices.parseFile()
        self.knownServices = knownServices

    def parseFields(  # type: ignore[override]  # each kind of file has fields of its own
        self,
        serviceName: str,
        socketType: str,
        protocol: str,
        wait: str,
        user: str,
        program: str,
        *programArgs: str,
    ) -> None:
        """
        Take the fields of a line.

        Raises: UnknownService if the service is neither known nor the number of a port;
            InvalidInetdConfError for a number that is none.
        """
        name, group = serviceName, None
        if "." in user:
            user, group = user.split(".", 1)
        port = self.knownServices.services.get((serviceName, protocol))
        if port is None:
            if not (serviceName.isascii() and serviceName.isdigit()):
                raise UnknownService(f"no port is known of the service {serviceName} ({protocol})")
            name, port = "unknown", _port(serviceName, InvalidInetdConfError)
        self.services.append(
            InetdService(name, port, socketType, protocol, wait, user, group, program, programArgs)
        )


class ServicesConf(SimpleConfFile):
    """
    The ports that services have.

    Attributes:
        services: the number of a port for each pair of a name and a protocol.
    """

    defaultFilename = "/etc/services"
    _fewest = 2
    _invalid = InvalidServicesConfError

    def __init__(self) -> None:
        self.services: dict[tuple[str, str], int] = {}

    def parseFields(  # type: ignore[override]  # each kind of file has fields of its own
        self, name: str, portAndProtocol: str, *aliases: str
    ) -> None:
        """
        Take the fields of a line.

        Raises: InvalidServicesConfError if the second is not a port and a protocol.
        """
        number, _, protocol = portAndProtocol.partition("/")
        if not protocol or "/" in protocol or not (number.isascii() and number.isdigit()):
            raise InvalidServicesConfError(f"wanted as in 80/tcp, not as {portAndProtocol!r}")
        port = _port(number, InvalidServicesConfError)
        for each in (name, *aliases):
            self.services[each, protocol] = port


def _port(digits: str, invalid: type[InvalidConfError]) -> int:
    if len(digits) > 5 or int(digits) > 65535:
        raise invalid(f"{digits[:12]} is no port: they go to 65535")
    return int(digits)
