"""
XML-RPC: procedures that are called by HTTP.

A server is a resource with methods ``xmlrpc_...``; a client is a `Proxy`::

    class Calculator(XMLRPC):
        def xmlrpc_add(self, a, b):
            return a + b

    result = await Proxy(b"http://localhost:8080/").callRemote("add", 1, 2)

What comes is read within bounds, by server and client alike: no DTD and so no entities, bounded
size, depth and digits.
"""

from __future__ import annotations

from xmlrpc import client as xmlrpclib

from twisted._faces import handOn
from twisted.web._xmlrpc.client import Proxy, QueryFactory, QueryProtocol, payloadTemplate
from twisted.web._xmlrpc.server import (
    FAILURE,
    NOT_FOUND,
    XMLRPC,
    Handler,
    NoSuchFunction,
    XMLRPCIntrospection,
    addIntrospection,
    withRequest,
)

__all__ = [
    "FAILURE",
    "NOT_FOUND",
    "XMLRPC",
    "Binary",
    "Boolean",
    "DateTime",
    "Fault",
    "Handler",
    "NoSuchFunction",
    "Proxy",
    "QueryFactory",
    "QueryProtocol",
    "XMLRPCIntrospection",
    "addIntrospection",
    "payloadTemplate",
    "withRequest",
    "xmlrpclib",
]

Fault = xmlrpclib.Fault
Binary = xmlrpclib.Binary
Boolean = bool
DateTime = xmlrpclib.DateTime

handOn(
    __name__,
    XMLRPC,
    Handler,
    NoSuchFunction,
    Proxy,
    QueryFactory,
    QueryProtocol,
    XMLRPCIntrospection,
    addIntrospection,
    withRequest,
)
