"""
A quote-of-the-day server: it speaks first, and hangs up.

loseConnection closes once everything that was written has been sent.
"""

import sys

from twisted.internet import reactor
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.protocol import Factory, Protocol


class QOTD(Protocol):
    def connectionMade(self):
        self.transport.write(b"The early bird catches the worm.\r\n")
        self.transport.loseConnection()


class QOTDFactory(Factory):
    def buildProtocol(self, addr):
        return QOTD()


def announce(port):
    print("listening on port", port.getHost().port, flush=True)


portNumber = int(sys.argv[1]) if len(sys.argv) > 1 else 7017
endpoint = TCP4ServerEndpoint(reactor, portNumber, interface="127.0.0.1")
endpoint.listen(QOTDFactory()).addCallback(announce)
reactor.run()
