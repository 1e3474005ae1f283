"""
A UDP client with one peer: it asks, waits for the answer, and asks again when none comes.

A datagram may be lost on the way there or back, so whoever needs an answer has to ask repeatedly.
The port is connected: it hears from the server only, and is told when nobody listens there.
"""

import sys

from twisted.internet.defer import Deferred, TimeoutError
from twisted.internet.protocol import DatagramProtocol
from twisted.internet.task import react


class Asker(DatagramProtocol):
    def __init__(self, host, port):
        self.server = host, port
        self.waiting = None

    def startProtocol(self):
        self.transport.connect(*self.server)

    def ask(self, question):
        self.waiting = Deferred()
        self.transport.write(question.encode())
        return self.waiting

    def datagramReceived(self, datagram, addr):
        self.finish(datagram.decode())

    def connectionRefused(self):
        self.finish(None)

    def finish(self, answer):
        waiting, self.waiting = self.waiting, None
        if waiting is not None:
            waiting.callback(answer)


async def main(reactor, port="7000", seconds="1"):
    asker = Asker("127.0.0.1", int(port))
    reactor.listenUDP(0, asker)
    for attempt in range(1, 4):
        try:
            answer = await asker.ask("Hello by UDP").addTimeout(float(seconds), reactor)
        except TimeoutError:
            print("no answer to attempt", attempt, flush=True)
            continue
        print("nobody listens there" if answer is None else f"the answer: {answer}", flush=True)
        return
    sys.exit("giving up")


react(main, sys.argv[1:])
