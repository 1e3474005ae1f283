"""
A client with a factory: it hears when the connection starts, fails or is lost.
"""

import sys

from twisted.internet import reactor
from twisted.internet.protocol import ClientFactory
from twisted.protocols.basic import LineReceiver


class Asker(LineReceiver):
    def connectionMade(self):
        self.sendLine(b"Hello by ClientFactory")

    def lineReceived(self, line):
        print("the answer:", line.decode(), flush=True)
        self.transport.loseConnection()


class AskerFactory(ClientFactory):
    protocol = Asker

    def startedConnecting(self, connector):
        print("connecting", flush=True)

    def clientConnectionFailed(self, connector, reason):
        print("cannot connect:", reason.getErrorMessage(), flush=True)
        reactor.stop()

    def clientConnectionLost(self, connector, reason):
        print("lost:", reason.getErrorMessage(), flush=True)
        reactor.stop()


portNumber = int(sys.argv[1]) if len(sys.argv) > 1 else 7000
reactor.connectTCP("127.0.0.1", portNumber, AskerFactory())
reactor.run()
