"""
A room to chat in: each visitor gives a name, and then everybody reads what anybody writes.

LineReceiver cuts what comes into lines. A connection is in one of two states, and each state is a
method; the next line goes to the method of the present state. Who is in the room is known to the
factory, which all connections share.

Try it: python examples/chatserver.py 7020, and nc -C 127.0.0.1 7020 in two other windows.
"""

import sys

from twisted.internet import reactor
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.protocol import Factory
from twisted.protocols.basic import LineReceiver


class Visitor(LineReceiver):
    def __init__(self, room):
        self.room = room
        self.name = None
        self.state = self.atTheDoor

    def connectionMade(self):
        self.sendLine(b"Who are you?")

    def connectionLost(self, reason):
        if self.name is not None:
            del self.room[self.name]
            self.tellOthers(f"{self.name} has left.")

    def lineReceived(self, line):
        self.state(line.decode("utf-8", "replace").strip())

    def atTheDoor(self, name):
        if not name:
            self.sendLine(b"Please tell me a name.")
        elif name in self.room:
            self.sendLine(b"That name is taken. Another one, please.")
        else:
            self.name = name
            self.tellOthers(f"{name} has come in.")
            self.sendLine(f"Hello {name}, there are {len(self.room)} others here.".encode())
            self.room[name] = self
            self.state = self.inTheRoom

    def inTheRoom(self, text):
        self.tellOthers(f"<{self.name}> {text}")

    def tellOthers(self, text):
        for visitor in self.room.values():
            if visitor is not self:
                visitor.sendLine(text.encode())


class RoomFactory(Factory):
    def __init__(self):
        self.room = {}

    def buildProtocol(self, addr):
        return Visitor(self.room)


def announce(port):
    print("listening on port", port.getHost().port, flush=True)


portNumber = int(sys.argv[1]) if len(sys.argv) > 1 else 7020
endpoint = TCP4ServerEndpoint(reactor, portNumber, interface="127.0.0.1")
endpoint.listen(RoomFactory()).addCallback(announce)
reactor.run()
