"""Each kind of reactor, installed as a program does it, and put to work once."""

from __future__ import annotations

import subprocess
import sys

import pytest

kinds = {
    "default": "EPollReactor",
    "epollreactor": "EPollReactor",
    "kqreactor": "KQueueReactor",
    "pollreactor": "PollReactor",
    "selectreactor": "SelectReactor",
    "asyncioreactor": "AsyncioSelectorReactor",
    "_threadedselect": "ThreadedSelectReactor",
}

work = """
import importlib, sys

module = importlib.import_module("twisted.internet." + sys.argv[1])
module.install()
from twisted.internet import (
    asyncioreactor, defer, endpoints, error, protocol, reactor, selectreactor, task, threads, utils
)

for other in (module, selectreactor, asyncioreactor):
    try:
        other.install()
    except error.ReactorAlreadyInstalledError:
        print("refused")


class Echo(protocol.Protocol):
    def dataReceived(self, data):
        self.transport.write(data)


class Ask(protocol.Protocol):
    def connectionMade(self):
        self.answered = defer.Deferred()
        self.transport.write(b"stream")

    def dataReceived(self, data):
        self.transport.loseConnection()
        self.answered.callback(data.decode())


class Itself(protocol.DatagramProtocol):
    def startProtocol(self):
        self.came = defer.Deferred()
        self.transport.write(b"datagram", ("127.0.0.1", self.transport.getHost().port))

    def datagramReceived(self, datagram, addr):
        self.came.callback(datagram.decode())


async def main(reactor):
    for kind in ("tcp:0:interface=127.0.0.1", "unix:" + sys.argv[2]):
        port = await endpoints.serverFromString(reactor, kind).listen(
            protocol.Factory.forProtocol(Echo)
        )
        where = port.getHost()
        there = (
            f"tcp:127.0.0.1:{where.port}" if kind.startswith("tcp") else "unix:" + sys.argv[2]
        )
        client = endpoints.clientFromString(reactor, there)
        print(await (await endpoints.connectProtocol(client, Ask())).answered)
        await port.stopListening()
    datagrams = reactor.listenUDP(0, Itself(), interface="127.0.0.1")
    print(await datagrams.protocol.came)
    print(await threads.deferToThread(str, "thread"))
    print((await utils.getProcessOutput("/bin/echo", ["process"])).decode().strip())
    await task.deferLater(reactor, 0.001)


reactor.callLater(0, print, type(reactor).__name__)
task.react(main)
"""


@pytest.mark.parametrize("module", list(kinds))
def test_aKindIsInstalledOnceAndServesEverything(module: str, tmp_path: object) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", work, module, f"{tmp_path}/socket"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert sorted(ended.stdout.split()) == sorted(
        [*["refused"] * 3, kinds[module], "stream", "stream", "datagram", "thread", "process"]
    )
