"""Signals, in processes of their own."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import threading
from typing import Any

import pytest

from twisted.internet._engine.signals import SignalHandlers

preface = """
import os, signal, sys
from twisted.internet import reactor
say = lambda word: (print(word, flush=True))
"""


def run(body: str, *, send: int | None = None) -> tuple[int, list[str]]:
    """Run a program; send it a signal once it says ``ready``. Exit status and lines."""
    process = subprocess.Popen(
        [sys.executable, "-c", preface + textwrap.dedent(body)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    lines = []
    if send is not None:
        for line in process.stdout:
            if line.strip() == "ready":
                break
        process.send_signal(send)
    out, _ = process.communicate(timeout=30)
    lines += out.split()
    return process.returncode, lines


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("kind", ["epollreactor", "selectreactor"])
def test_aSignalStopsTheReactorInGoodOrder(number: int, kind: str) -> None:
    status, said = run(
        f"""
        from twisted.internet import {kind}
        reactor = next(
            kind for name, kind in vars({kind}).items() if name.lower() == "{kind}"
        )()
        reactor.addSystemEventTrigger("before", "shutdown", say, "shutdown")
        reactor.callWhenRunning(say, "ready")
        reactor.run()
        say("over")
        """,
        send=number,
    )
    assert (status, said) == (0, ["shutdown", "over"])


def test_theSignalThatStoppedItIsKnownAfterwards() -> None:
    _, said = run(
        """
        reactor.callWhenRunning(say, "ready")
        reactor.run()
        say(reactor._exitSignal)
        """,
        send=signal.SIGTERM,
    )
    assert said == [str(int(signal.SIGTERM))]


def test_withoutHandlersTheProgramHasItsOwn() -> None:
    _, said = run(
        """
        signal.signal(signal.SIGINT, lambda *_: (say("mine"), reactor.callFromThread(reactor.stop)))
        reactor.callWhenRunning(say, "ready")
        reactor.run(installSignalHandlers=False)
        """,
        send=signal.SIGINT,
    )
    assert said == ["mine"]


def test_aHandlerForInterruptsThatTheProgramSetStays() -> None:
    _, said = run(
        """
        signal.signal(signal.SIGINT, lambda *_: (say("mine"), reactor.callFromThread(reactor.stop)))
        reactor.callWhenRunning(say, "ready")
        reactor.run()
        """,
        send=signal.SIGINT,
    )
    assert said == ["mine"]


def test_aReplacedSigIntIsCalled() -> None:
    _, said = run(
        """
        reactor.sigInt = lambda *_: (say("replaced"), reactor.callFromThread(reactor.stop))
        reactor.callWhenRunning(say, "ready")
        reactor.run()
        """,
        send=signal.SIGINT,
    )
    assert said == ["replaced"]


def test_formerHandlersAreGivenBack() -> None:
    _, said = run(
        """
        before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
        reactor.callWhenRunning(reactor.stop)
        reactor.run()
        after = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
        say(before == after)
        """
    )
    assert said == ["True"]


def test_theSignalOfChildrenIsLeftAlone() -> None:
    _, said = run(
        """
        handler = lambda *_: None
        signal.signal(signal.SIGCHLD, handler)
        reactor.callWhenRunning(lambda: say(signal.getsignal(signal.SIGCHLD) is handler))
        reactor.callWhenRunning(reactor.stop)
        reactor.run()
        """
    )
    assert said == ["True"]


def test_outsideTheMainThreadHandlersAreRefusedWithAdvice(reactor: Any) -> None:
    errors: list[str] = []

    def work() -> None:
        try:
            SignalHandlers(reactor).requireMainThread()
        except ValueError as error:
            errors.append(str(error))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert "installSignalHandlers=False" in errors[0]
