"""
An echo server: whatever comes is sent back.

Try it: python examples/echoserver.py 7000, and nc 127.0.0.1 7000 in another window.
"""

import sys

from twisted.internet import reactor
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.protocol import Factory, Protocol


class Echo(Protocol):
    def dataReceived(self, data):
        self.transport.write(data)


class EchoFactory(Factory):
    def buildProtocol(self, addr):
        return Echo()


def announce(port):
    print("listening on port", port.getHost().port, flush=True)


portNumber = int(sys.argv[1]) if len(sys.argv) > 1 else 7000
endpoint = TCP4ServerEndpoint(reactor, portNumber, interface="127.0.0.1")
endpoint.listen(EchoFactory()).addCallback(announce)
reactor.run()
