"""
A client that connects wherever its user says, sends one line, and prints the answer.

    python examples/stringclient.py tcp:127.0.0.1:7000
    python examples/stringclient.py unix:/tmp/echo.sock
"""

import sys

from twisted.internet import reactor
from twisted.internet.endpoints import clientFromString
from twisted.internet.protocol import Factory
from twisted.protocols.basic import LineReceiver


class OneQuestion(LineReceiver):
    def connectionMade(self):
        self.sendLine(b"Hello, is anybody there?")

    def lineReceived(self, line):
        print("the answer:", line.decode(), flush=True)
        self.transport.loseConnection()

    def connectionLost(self, reason):
        reactor.stop()


def giveUp(failure):
    print("cannot connect:", failure.getErrorMessage(), file=sys.stderr)
    reactor.stop()


description = sys.argv[1] if len(sys.argv) > 1 else "tcp:127.0.0.1:7000"
if description.isdigit():
    description = f"tcp:127.0.0.1:{description}"
clientFromString(reactor, description).connect(Factory.forProtocol(OneQuestion)).addErrback(giveUp)
reactor.run()
