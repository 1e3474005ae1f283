"""
Perspective Broker: objects of one program, called, copied and watched by another.

    class Greeter(pb.Root):
        def remote_greet(self, name):
            return f"Hello, {name}"

    reactor.listenTCP(8787, pb.PBServerFactory(Greeter()))

    # in another program
    factory = pb.PBClientFactory()
    reactor.connectTCP("localhost", 8787, factory)
    root = await factory.getRootObject()
    greeting = await root.callRemote("greet", "you")

What may cross is in `flavors`: objects that are called (`Referenceable`, `Viewable`), copied
(`Copyable`, `RemoteCopy`) or copied and kept up to date (`Cacheable`, `RemoteCache`). What is made
of what is received is bounded by security options; see `jelly`. Everything is made in ``_pb``.
"""

from __future__ import annotations

from ._pb.broker import Broker
from ._pb.common import (
    MAX_BROKER_REFS,
    DeadReferenceError,
    Error,
    IPerspective,
    IUsernameMD5Password,
    PBConnectionLost,
    ProtocolError,
    RemoteError,
    portno,
)
from ._pb.factories import PBClientFactory, PBServerFactory
from ._pb.failures import CopiedFailure, CopyableFailure, failure2Copyable
from ._pb.login import challenge, respond
from ._pb.references import AsReferenceable, Avatar, Local, RemoteMethod, RemoteReference
from .flavors import (
    Cacheable,
    Copyable,
    IPBRoot,
    Jellyable,
    NoSuchMethod,
    Referenceable,
    RemoteCache,
    RemoteCacheObserver,
    RemoteCopy,
    Root,
    Serializable,
    Viewable,
    ViewPoint,
    copyTags,
    setCopierForClass,
    setCopierForClassTree,
    setFactoryForClass,
    setUnjellyableFactoryForClass,
    setUnjellyableForClass,
    setUnjellyableForClassTree,
)
from .jelly import globalSecurity as globalSecurity

__all__ = [
    "MAX_BROKER_REFS",
    "AsReferenceable",
    "Avatar",
    "Broker",
    "Cacheable",
    "CopiedFailure",
    "Copyable",
    "CopyableFailure",
    "DeadReferenceError",
    "Error",
    "IPBRoot",
    "IPerspective",
    "IUsernameMD5Password",
    "Jellyable",
    "Local",
    "NoSuchMethod",
    "PBClientFactory",
    "PBConnectionLost",
    "PBServerFactory",
    "ProtocolError",
    "Referenceable",
    "RemoteCache",
    "RemoteCacheObserver",
    "RemoteCopy",
    "RemoteError",
    "RemoteMethod",
    "RemoteReference",
    "Root",
    "Serializable",
    "ViewPoint",
    "Viewable",
    "challenge",
    "copyTags",
    "failure2Copyable",
    "portno",
    "respond",
    "setCopierForClass",
    "setCopierForClassTree",
    "setFactoryForClass",
    "setUnjellyableFactoryForClass",
    "setUnjellyableForClass",
    "setUnjellyableForClassTree",
]
