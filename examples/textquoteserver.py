"""
The quote server with the quote given as text.

Networks carry bytes. Text that is given to write is sent as UTF-8.
"""

import sys

from twisted.internet import reactor
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.protocol import Factory, Protocol


class QOTD(Protocol):
    def connectionMade(self):
        self.transport.write("Übung macht den Meister.\r\n")
        self.transport.loseConnection()


def announce(port):
    print("listening on port", port.getHost().port, flush=True)


portNumber = int(sys.argv[1]) if len(sys.argv) > 1 else 7017
endpoint = TCP4ServerEndpoint(reactor, portNumber, interface="127.0.0.1")
endpoint.listen(Factory.forProtocol(QOTD)).addCallback(announce)
reactor.run()
