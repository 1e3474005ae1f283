"""
One connection with ClientCreator, for when no factory is needed.

Its Deferred fires with the protocol once that is connected; what happens next is said right here.
"""

import sys

from twisted.internet import reactor
from twisted.internet.protocol import ClientCreator, Protocol


class Printer(Protocol):
    def dataReceived(self, data):
        print("the answer:", data.decode().strip(), flush=True)
        self.transport.loseConnection()

    def connectionLost(self, reason):
        reactor.stop()


def ask(protocol):
    protocol.transport.write(b"Hello by ClientCreator\r\n")


def giveUp(failure):
    print("cannot connect:", failure.getErrorMessage(), file=sys.stderr)
    reactor.stop()


portNumber = int(sys.argv[1]) if len(sys.argv) > 1 else 7000
creator = ClientCreator(reactor, Printer)
creator.connectTCP("127.0.0.1", portNumber).addCallbacks(ask, giveUp)
reactor.run()
