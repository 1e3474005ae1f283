"""
A factory that hands its configuration to every protocol that it builds.

A protocol object lives as long as its connection; what should outlive that is kept by the factory.
Here it is the message of the day, and how many visitors there were.

Try it: python examples/motdserver.py 7018 "Have a good day"
"""

import sys

from twisted.internet import reactor
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.protocol import Factory, Protocol


class Greeter(Protocol):
    def __init__(self, message, number):
        self.message = message
        self.number = number

    def connectionMade(self):
        line = f"You are visitor {self.number}. {self.message}\r\n"
        self.transport.write(line.encode())
        self.transport.loseConnection()


class GreeterFactory(Factory):
    def __init__(self, message):
        self.message = message
        self.visitors = 0

    def buildProtocol(self, addr):
        self.visitors += 1
        return Greeter(self.message, self.visitors)


def announce(port):
    print("listening on port", port.getHost().port, flush=True)


portNumber = int(sys.argv[1]) if len(sys.argv) > 1 else 7018
message = sys.argv[2] if len(sys.argv) > 2 else "Welcome."
endpoint = TCP4ServerEndpoint(reactor, portNumber, interface="127.0.0.1")
endpoint.listen(GreeterFactory(message)).addCallback(announce)
reactor.run()
