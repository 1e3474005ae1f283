"""
An echo server that listens wherever its user says.

The user gives a description, and the program need not know what is in it:

    python examples/stringserver.py tcp:7000:interface=127.0.0.1
    python examples/stringserver.py unix:/tmp/echo.sock
    python examples/stringserver.py ssl:7001:privateKey=key.pem:certKey=certificate.pem
"""

import sys

from twisted.internet import reactor
from twisted.internet.endpoints import serverFromString
from twisted.internet.protocol import Factory, Protocol


class Echo(Protocol):
    def dataReceived(self, data):
        self.transport.write(data)


def announce(port):
    address = port.getHost()
    print("listening on", getattr(address, "port", address), flush=True)


def giveUp(failure):
    print("cannot listen:", failure.getErrorMessage(), file=sys.stderr)
    reactor.stop()


description = sys.argv[1] if len(sys.argv) > 1 else "tcp:7000:interface=127.0.0.1"
if description.isdigit():
    description = f"tcp:{description}:interface=127.0.0.1"
listening = serverFromString(reactor, description).listen(Factory.forProtocol(Echo))
listening.addCallbacks(announce, giveUp)
reactor.run()
