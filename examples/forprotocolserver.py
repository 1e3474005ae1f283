"""
A factory in one line: Factory.forProtocol builds one protocol of a class for each connection.

The factory is known to every protocol as self.factory, so that they can share something after all.
"""

import sys

from twisted.internet import reactor
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.protocol import Factory, Protocol


class Counter(Protocol):
    def connectionMade(self):
        self.factory.open += 1
        self.transport.write(b"%d connected\r\n" % self.factory.open)

    def connectionLost(self, reason):
        self.factory.open -= 1


def announce(port):
    print("listening on port", port.getHost().port, flush=True)


factory = Factory.forProtocol(Counter)
factory.open = 0
portNumber = int(sys.argv[1]) if len(sys.argv) > 1 else 7019
endpoint = TCP4ServerEndpoint(reactor, portNumber, interface="127.0.0.1")
endpoint.listen(factory).addCallback(announce)
reactor.run()
