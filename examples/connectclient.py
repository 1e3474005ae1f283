"""
One connection with connectProtocol: a protocol object of our own, and an endpoint.

The coroutine reads like a plan: connect, ask, wait for the answer. What it waits for are Deferreds.
"""

import sys

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.protocol import Protocol
from twisted.internet.task import react


class Asker(Protocol):
    def __init__(self):
        self.answer = Deferred()

    def ask(self, question):
        self.transport.write(question.encode() + b"\r\n")
        return self.answer

    def dataReceived(self, data):
        if not self.answer.called:
            self.answer.callback(data.decode().strip())


async def main(reactor, port="7000"):
    endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", int(port))
    asker = await connectProtocol(endpoint, Asker())
    print("the answer:", await asker.ask("Hello by connectProtocol"), flush=True)
    asker.transport.loseConnection()


react(main, sys.argv[1:])
