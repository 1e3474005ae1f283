"""Lines come back in capitals: a protocol, its factory, its settings, and a plugin's parts."""

from __future__ import annotations

from dataclasses import dataclass

from twisted.application import internet, service
from twisted.application.servicetypes import Listening, option
from twisted.internet import endpoints, protocol, reactor
from twisted.protocols.basic import LineOnlyReceiver
from twisted.python import usage


class Shout(LineOnlyReceiver):
    """Answers each line with the same in capitals."""

    MAX_LENGTH = 4096

    def connectionMade(self):
        self.factory.open += 1
        self.sendLine(self.factory.greeting.encode())

    def connectionLost(self, reason=None):
        self.factory.open -= 1

    def lineReceived(self, line):
        self.sendLine(line.decode("utf-8", "replace").upper().encode())


class ShoutFactory(protocol.Factory):
    """Holds what all connections share."""

    protocol = Shout

    def __init__(self, greeting="Say something."):
        self.greeting = greeting
        self.open = 0


@dataclass(frozen=True)
class ShoutSettings(Listening):
    """What a configuration file may say of the service."""

    greeting: str = option(help="What to say first.", default="Say something.")

    def makeFactory(self):
        return ShoutFactory(self.greeting)


class Options(usage.Options):
    """What the command line of twistd may say of the service."""

    optParameters = [
        ["listen", "l", "tcp:7700:interface=127.0.0.1", "Where to listen."],
        ["greeting", "g", "Say something.", "What to say first."],
    ]


def makeService(options):
    """The service for twistd, from its options."""
    made = service.MultiService()
    endpoint = endpoints.serverFromString(reactor, options["listen"])
    factory = ShoutFactory(options["greeting"])
    internet.StreamServerEndpointService(endpoint, factory).setServiceParent(made)
    return made
