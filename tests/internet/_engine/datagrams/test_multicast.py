"""Groups of hosts, with datagrams that do not leave this machine."""

from __future__ import annotations

import os
import socket
import struct
from typing import Any

import pytest
from zope.interface import implementer
from zope.interface.verify import verifyObject

from tests.support import drive
from tests.support.streams import eventually, turns
from twisted.internet import defer, error
from twisted.internet._engine.datagrams.multicast import interfaceNumber
from twisted.internet.address import IPv6Address
from twisted.internet.interfaces import (
    IHostnameResolver,
    IMulticastTransport,
    IReactorMulticast,
    IResolverSimple,
)

from .support import Recorder
from .test_udp import needsIPv6

group4, group6 = "239.251.7.250", "ff0e::7:250"


def interfaces() -> list[int]:
    """The numbers of this machine's interfaces, the loopback first."""
    return [number for number, name in sorted(socket.if_nameindex())]


def canJoin4() -> bool:
    """Whether the loopback interface takes part in groups of IPv4."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            wanted = socket.inet_aton(group4) + socket.inet_aton("127.0.0.1")
            probe.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, wanted)
            return True
    except OSError:
        return False


def interface6() -> int:
    """
    An interface that takes part in groups of IPv6, or 0.

    The loopback often does not. Tests set the hop limit to 0, so that nothing leaves this machine.
    """
    for number in interfaces():
        try:
            with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
                wanted = socket.inet_pton(socket.AF_INET6, group6) + struct.pack("@I", number)
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, wanted)
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, number)
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 0)
                # There may be no route for what is sent to the group.
                probe.sendto(b"", (group6, 9))
                return number
        except OSError:
            continue
    return 0


needs4 = pytest.mark.skipif(
    not canJoin4(), reason="this machine's loopback interface has no IPv4 multicast"
)
needs6 = pytest.mark.skipif(
    not interface6(), reason="no interface of this machine has IPv6 multicast"
)

kinds = pytest.mark.parametrize(
    ("any_", "group", "interface"),
    [
        pytest.param("0.0.0.0", group4, "127.0.0.1", marks=needs4, id="IPv4"),
        pytest.param("::", group6, interface6(), marks=needs6, id="IPv6"),
    ],
)


def listen(reactor: Any, host: str, number: int = 0, **options: Any) -> tuple[Any, Recorder]:
    protocol = Recorder()
    port = reactor.listenMulticast(number, protocol, host, **options)
    assert port.getTTL() == 1
    port.setTTL(0)  # nothing leaves this machine
    return port, protocol


def result(deferred: defer.Deferred[Any]) -> Any:
    """What a Deferred has already, or raise its error."""
    outcome: list[Any] = []
    deferred.addBoth(outcome.append)
    assert outcome, "no result yet"
    if hasattr(outcome[0], "raiseException"):
        outcome[0].raiseException()
    return outcome[0]


def test_aPortProvidesWhatTheApiSays(reactor: Any) -> None:
    assert verifyObject(IReactorMulticast, reactor)
    port, _ = listen(reactor, "127.0.0.1")
    assert verifyObject(IMulticastTransport, port)


@kinds
class Test_groups:
    def test_whoJoinedHearsUntilHeLeaves(
        self, eachReactor: Any, any_: str, group: str, interface: Any
    ) -> None:
        port, protocol = listen(eachReactor, any_)
        sender, _ = listen(eachReactor, any_)
        assert result(sender.setOutgoingInterface(interface)) == 1
        there = (group, port.getHost().port)

        assert result(port.joinGroup(group, interface)) is None
        sender.write(b"member", there)
        eventually(eachReactor, lambda: protocol.got)
        assert result(port.leaveGroup(group, interface)) is None
        # Linux hands it to every socket of a machine on which somebody has joined: only we have.
        sender.write(b"gone", there)
        turns(eachReactor)
        assert protocol.datagrams == [b"member"]

    def test_manyMayListenOnOnePort(
        self, eachReactor: Any, any_: str, group: str, interface: Any
    ) -> None:
        one, first = listen(eachReactor, any_, listenMultiple=True)
        number = one.getHost().port
        other, second = listen(eachReactor, any_, number, listenMultiple=True)
        for port in (one, other):
            result(port.joinGroup(group, interface))
        result(one.setOutgoingInterface(interface))
        one.write(b"all", (group, number))
        eventually(eachReactor, lambda: first.got and second.got)
        with pytest.raises(error.CannotListenError):
            listen(eachReactor, any_, number)

    def test_ourOwnComeBackUnlessLoopbackIsOff(
        self, eachReactor: Any, any_: str, group: str, interface: Any
    ) -> None:
        port, protocol = listen(eachReactor, any_)
        there = (group, port.getHost().port)
        result(port.joinGroup(group, interface))
        result(port.setOutgoingInterface(interface))
        assert port.getLoopbackMode() is True
        port.write(b"heard", there)
        eventually(eachReactor, lambda: protocol.got)
        port.setLoopbackMode(0)
        assert port.getLoopbackMode() is False
        if interface not in ("127.0.0.1", interfaces()[0]):
            # The loopback interface itself gives back whatever is sent there.
            port.write(b"unheard", there)
            turns(eachReactor)
        port.setLoopbackMode(True)
        assert port.getLoopbackMode() is True
        port.write(b"again", there)
        eventually(eachReactor, lambda: len(protocol.got) == 2)
        assert protocol.datagrams == [b"heard", b"again"]

    def test_howFarItGoes(self, reactor: Any, any_: str, group: str, interface: Any) -> None:
        port, _ = listen(reactor, any_)
        for hops in (0, 5, 255):
            port.setTTL(hops)
            assert port.getTTL() == hops
        for hops in (-1, 256):
            with pytest.raises(ValueError):
                port.setTTL(hops)
        assert port.getTTL() == 255

    def test_theOutgoingInterface(
        self, reactor: Any, any_: str, group: str, interface: Any
    ) -> None:
        port, _ = listen(reactor, any_)
        assert port.getOutgoingInterface() in ("0.0.0.0", 0)
        result(port.setOutgoingInterface(interface))
        assert port.getOutgoingInterface() == interface

    def test_whatIsNoGroupIsRefused(
        self, reactor: Any, any_: str, group: str, interface: Any
    ) -> None:
        port, _ = listen(reactor, any_)
        host = "127.0.0.1" if any_ == "0.0.0.0" else "::1"
        with pytest.raises(error.MulticastJoinError) as caught:
            result(port.joinGroup(host, interface))
        assert caught.value.args[0] == host
        with pytest.raises(error.MulticastJoinError):
            result(port.leaveGroup(group, interface))

    def test_theOtherFamilyIsRefused(
        self, reactor: Any, any_: str, group: str, interface: Any
    ) -> None:
        port, _ = listen(reactor, any_)
        wrong = ("::1", group6) if any_ == "0.0.0.0" else ("127.0.0.1", group4)
        with pytest.raises(error.MulticastJoinError):
            result(port.joinGroup(group, wrong[0]))
        with pytest.raises(error.MulticastJoinError):
            result(port.joinGroup(wrong[1]))


@implementer(IResolverSimple)
class Names:
    """Knows one name of IPv4."""

    def getHostByName(self, name: str, timeout: Any = ()) -> defer.Deferred[str]:
        if name == "here":
            return defer.succeed("127.0.0.1")
        return defer.fail(error.DNSLookupError(name))


@implementer(IHostnameResolver)
class Names6:
    """Knows one name of IPv6."""

    def resolveHostName(  # type: ignore[override]  # nobody gives the others
        self, receiver: Any, name: str, addressTypes: Any = None
    ) -> Any:
        assert addressTypes == [IPv6Address]
        receiver.resolutionBegan(None)
        if name == "group":
            receiver.addressResolved(IPv6Address("UDP", group6, 0))
            receiver.addressResolved(IPv6Address("UDP", "ff03::2", 0))
        receiver.resolutionComplete()


@needs4
def test_namesAreResolved(reactor: Any) -> None:
    reactor.installResolver(Names())
    port, _ = listen(reactor, "0.0.0.0")
    drive(reactor, port.joinGroup, group4, "here")
    drive(reactor, port.setOutgoingInterface, "here")
    assert port.getOutgoingInterface() == "127.0.0.1"
    with pytest.raises(error.DNSLookupError):
        drive(reactor, port.joinGroup, "nowhere")


@needs6
def test_namesOfIPv6AreResolved(reactor: Any) -> None:
    reactor.installNameResolver(Names6())
    port, _ = listen(reactor, "::")
    drive(reactor, port.joinGroup, "group", interface6())
    drive(reactor, port.leaveGroup, group6, interface6())
    with pytest.raises(error.DNSLookupError):
        drive(reactor, port.joinGroup, "nowhere")


class Test_interfacesOfIPv6:
    @pytest.mark.parametrize("form", ["{number}", "{name}", "fe80::1%{name}", "fe80::1%{number}"])
    def test_theFormsOfOne(self, form: str) -> None:
        number = interfaces()[0]
        name = socket.if_indextoname(number)
        assert interfaceNumber(form.format(number=number, name=name)) == number

    def test_aNumberIsItself(self) -> None:
        assert interfaceNumber(7) == 7

    @pytest.mark.parametrize("nothing", ["", "::"])
    def test_noneIsTheSystemsChoice(self, nothing: str) -> None:
        assert interfaceNumber(nothing) == 0

    @needsIPv6
    def test_byItsAddress(self) -> None:
        assert interfaceNumber("::1") in (interfaces()[0], 0)

    @needsIPv6
    @pytest.mark.skipif(not os.path.exists("/proc/net/if_inet6"), reason="no table of addresses")
    def test_anAddressOfAnotherMachineIsAnError(self) -> None:
        with pytest.raises(OSError, match="no interface has the address"):
            interfaceNumber("2001:db8::1")

    @pytest.mark.parametrize("wrong", ["no-such-interface", "fe80::1%no-such-interface"])
    def test_oneThatIsNotThereIsAnError(self, wrong: str) -> None:
        with pytest.raises(OSError):
            interfaceNumber(wrong)
