"""
The parts of an HTTP client below `twisted.web.client`: one connection, and what it speaks.

Programs should use `twisted.web.client`; this is where some look for the parser and for the
connection itself.
"""

from __future__ import annotations

from twisted._faces import handOn
from twisted.web._client.connection import HTTP11ClientProtocol
from twisted.web._client.core import BODY as BODY
from twisted.web._client.core import DONE as DONE
from twisted.web._client.core import HEADER as HEADER
from twisted.web._client.core import STATUS as STATUS
from twisted.web._client.errors import (
    BadFraming,
    BadHeaders,
    BadResponseVersion,
    ConnectionAborted,
    ExcessWrite,
    ParseError,
    RequestGenerationFailed,
    RequestNotSent,
    RequestTransmissionFailed,
    ResponseDone,
    ResponseFailed,
    ResponseNeverReceived,
    WrongBodyLength,
)
from twisted.web._client.errors import _WrapperException as _WrapperException
from twisted.web._client.parser import HTTPClientParser, HTTPParser
from twisted.web._client.request import (
    ChunkedEncoder,
    LengthEnforcingConsumer,
    Request,
)
from twisted.web._client.request import _ensureValidMethod as _ensureValidMethod
from twisted.web._client.request import _ensureValidURI as _ensureValidURI
from twisted.web._client.response import (
    Response,
    TransportProxyProducer,
)
from twisted.web._client.response import makeStatefulDispatcher as makeStatefulDispatcher
from twisted.web._http.coding import PotentialDataLoss as PotentialDataLoss
from twisted.web._http.coding import _DataLoss as _DataLoss
from twisted.web.iweb import UNKNOWN_LENGTH as UNKNOWN_LENGTH

__all__ = [
    "BODY",
    "DONE",
    "HEADER",
    "STATUS",
    "UNKNOWN_LENGTH",
    "BadFraming",
    "BadHeaders",
    "BadResponseVersion",
    "ChunkedEncoder",
    "ConnectionAborted",
    "ExcessWrite",
    "HTTP11ClientProtocol",
    "HTTPClientParser",
    "HTTPParser",
    "LengthEnforcingConsumer",
    "ParseError",
    "PotentialDataLoss",
    "Request",
    "RequestGenerationFailed",
    "RequestNotSent",
    "RequestTransmissionFailed",
    "Response",
    "ResponseDone",
    "ResponseFailed",
    "ResponseNeverReceived",
    "TransportProxyProducer",
    "WrongBodyLength",
    "makeStatefulDispatcher",
]

handOn(
    __name__,
    BadFraming,
    BadHeaders,
    BadResponseVersion,
    ChunkedEncoder,
    ConnectionAborted,
    ExcessWrite,
    HTTP11ClientProtocol,
    HTTPClientParser,
    HTTPParser,
    LengthEnforcingConsumer,
    ParseError,
    Request,
    RequestGenerationFailed,
    RequestNotSent,
    RequestTransmissionFailed,
    Response,
    ResponseDone,
    ResponseFailed,
    ResponseNeverReceived,
    TransportProxyProducer,
    WrongBodyLength,
)
