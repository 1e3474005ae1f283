"""The vocabulary: complete, documented, cheap, and not bound to a reactor."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from zope.interface.interface import InterfaceClass, Method

from twisted.internet import interfaces

everyInterface: list[Any] = [
    value
    for value in vars(interfaces).values()
    if isinstance(value, InterfaceClass) and value.__module__ == interfaces.__name__
]


@pytest.mark.parametrize("interface", everyInterface, ids=repr)
def test_everyInterfaceAndMemberSaysWhatItIsFor(interface: Any) -> None:
    assert interface.getDoc().strip()
    for name, member in interface.namesAndDescriptions():
        assert member.getDoc().strip(), f"{interface.getName()}.{name}"


@pytest.mark.parametrize(
    ("interface", "name", "signature"),
    [
        ("IReactorTCP", "listenTCP", "(port, factory, backlog=50, interface='')"),
        ("IReactorTCP", "connectTCP", "(host, port, factory, timeout=30.0, bindAddress=None)"),
        ("IReactorTCP2", "listenTCP", "(port, factory, backlog=50, interface=None)"),
        (
            "IReactorUNIX",
            "listenUNIX",
            "(address, factory, backlog=50, mode=438, wantPID=False)",
        ),
        ("IReactorCore", "resolve", "(name, timeout=(1, 3, 11, 45))"),
        (
            "IReactorCore",
            "addSystemEventTrigger",
            "(phase, eventType, callable, *args, **kwargs)",
        ),
        ("IConsumer", "registerProducer", "(producer, streaming)"),
        ("IProtocol", "connectionLost", "(reason)"),
    ],
)
def test_signaturesAreThePublicOnes(interface: str, name: str, signature: str) -> None:
    member: Any = getattr(interfaces, interface)[name]
    assert isinstance(member, Method)
    assert member.getSignatureString() == signature


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ("ITCPTransport", "ITransport"),
        ("ITLSTransport", "ITCPTransport"),
        ("ISSLTransport", "ITCPTransport"),
        ("INegotiated", "ISSLTransport"),
        ("IUNIXTransport", "ITransport"),
        ("IProcessTransport", "ITransport"),
        ("IMulticastTransport", "IUDPTransport"),
        ("IPushProducer", "IProducer"),
        ("IPullProducer", "IProducer"),
        ("IReadDescriptor", "IFileDescriptor"),
        ("IReadWriteDescriptor", "IWriteDescriptor"),
        ("IFileDescriptor", "ILoggingContext"),
        ("IReactorThreads", "IReactorFromThreads"),
        ("IReactorThreads", "IReactorInThreads"),
        ("IReactorTCP2", "IReactorTCP"),
        ("IResolver", "IResolverSimple"),
    ],
)
def test_theNarrowExtendsTheWide(narrow: str, wide: str) -> None:
    assert getattr(interfaces, narrow).extends(getattr(interfaces, wide))


def test_equalBindingsAreInterchangeable() -> None:
    make = interfaces._Binding
    assert make("::1", 80) == make("::1", 80)
    assert len({make("::1", 80), make("::1", 80), make("::1", 80, reusePort=True)}) == 2
    assert make() != "any"
    assert "reusePort=True" in repr(make(reusePort=True))


@pytest.mark.parametrize(
    "module",
    [
        "twisted.internet.interfaces",
        "twisted.internet.protocol",
        "twisted.internet.abstract",
        "twisted.internet.testing",
        "twisted.protocols.basic",
        "twisted.protocols.policies",
    ],
)
def test_importingInstallsNoReactorAndNothingHeavy(module: str) -> None:
    heavy = ["OpenSSL", "cryptography", "rich", "service_identity", "uvloop"]
    program = (
        f"import sys, {module}\n"
        f"print([m for m in ['twisted.internet.reactor', *{heavy!r}] if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")
