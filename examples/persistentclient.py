"""
A client that does not give up: when it cannot connect, or the connection is lost, it waits a little
and tries again, a little longer each time.

resetDelay, once connected, makes the next wait a short one again. This client ends when the server
has answered it three times. Start it, and only then the server, to see it wait.
"""

import sys

from twisted.internet import reactor
from twisted.internet.protocol import ReconnectingClientFactory
from twisted.protocols.basic import LineReceiver


class Asker(LineReceiver):
    def connectionMade(self):
        self.factory.resetDelay()
        self.sendLine(b"Hello again")

    def lineReceived(self, line):
        self.factory.answers += 1
        print(f"answer {self.factory.answers}: {line.decode()}", flush=True)
        if self.factory.answers == 3:
            self.factory.stopTrying()
        self.transport.loseConnection()


class PatientFactory(ReconnectingClientFactory):
    protocol = Asker
    initialDelay = 0.1
    answers = 0

    def clientConnectionFailed(self, connector, reason):
        print("not there yet:", reason.getErrorMessage(), flush=True)
        super().clientConnectionFailed(connector, reason)

    def clientConnectionLost(self, connector, reason):
        if self.answers == 3:
            reactor.stop()
        super().clientConnectionLost(connector, reason)


portNumber = int(sys.argv[1]) if len(sys.argv) > 1 else 7000
reactor.connectTCP("127.0.0.1", portNumber, PatientFactory())
reactor.run()
