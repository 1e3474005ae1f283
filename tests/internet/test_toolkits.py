"""The reactor on the asyncio loop that somebody brought for a toolkit, which is not a stock one."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

onQt = """
import qasync
from PySide6.QtCore import QCoreApplication, QTimer

application = QCoreApplication([])
from twisted.internet import asyncioreactor

asyncioreactor.install(qasync.QEventLoop(application))
from twisted.internet import defer, endpoints, protocol, reactor, threads, utils

told = []
QTimer.singleShot(1, lambda: told.append("a timer of Qt's"))


class Echo(protocol.Protocol):
    def dataReceived(self, data):
        self.transport.write(data)


class Ask(protocol.Protocol):
    def connectionMade(self):
        self.answered = defer.Deferred()
        self.transport.write(b"an echo")

    def dataReceived(self, data):
        self.transport.loseConnection()
        self.answered.callback(data.decode())


class Datagrams(protocol.DatagramProtocol):
    def __init__(self):
        self.came = defer.Deferred()

    def datagramReceived(self, datagram, addr):
        self.came.callback(datagram.decode())


async def main():
    here = endpoints.TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1")
    port = await here.listen(protocol.Factory.forProtocol(Echo))
    there = endpoints.TCP4ClientEndpoint(reactor, "127.0.0.1", port.getHost().port)
    told.append(await (await endpoints.connectProtocol(there, Ask())).answered)
    datagrams = reactor.listenUDP(0, Datagrams(), interface="127.0.0.1")
    datagrams.write(b"a datagram", ("127.0.0.1", datagrams.getHost().port))
    told.append(await datagrams.protocol.came)
    told.append(await threads.deferToThread(lambda: "a thread"))
    told.append((await utils.getProcessOutput("/bin/echo", ["a process"])).decode().strip())
    await port.stopListening()


def end(result):
    print(result if result is not None else sorted(told))
    reactor.stop()


reactor.callWhenRunning(lambda: defer.ensureDeferred(main()).addBoth(end))
reactor.run()
"""


def test_theLoopOfQtIsTheReactors() -> None:
    pytest.importorskip("qasync", reason="qasync is not there")
    pytest.importorskip("PySide6.QtCore", reason="Qt is not there", exc_type=ImportError)
    ended = subprocess.run(
        [sys.executable, "-c", onQt],
        env={**os.environ, "QT_API": "pyside6", "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.stderr == ""
    assert ended.stdout.strip() == str(
        sorted(["a timer of Qt's", "an echo", "a datagram", "a thread", "a process"])
    )
