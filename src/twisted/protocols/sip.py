"""
SIP, the Session Initiation Protocol (RFC 3261), over UDP.

Messages and their parser, addresses, a proxy without state, and a registrar. Everything is made
in ``_sip``.
"""

from __future__ import annotations

from twisted._faces import handOn
from twisted.protocols._sip.addresses import (
    URL,
    Via,
    cleanRequestURL,
    parseAddress,
    parseURL,
    parseViaHeader,
)
from twisted.protocols._sip.agents import (
    Base,
    IAuthorizer,
    IContact,
    ILocator,
    InMemoryRegistry,
    IRegistry,
    Proxy,
    RegisterProxy,
    Registration,
)
from twisted.protocols._sip.messages import Message, MessagesParser, Request, Response
from twisted.protocols._sip.words import (
    PORT,
    RegistrationError,
    SIPError,
    dashCapitalize,
    longHeaders,
    shortHeaders,
    specialCases,
    statusCodes,
    unq,
)

handOn(
    __name__,
    Base,
    InMemoryRegistry,
    Message,
    MessagesParser,
    Proxy,
    RegisterProxy,
    Registration,
    RegistrationError,
    Request,
    Response,
    SIPError,
    URL,
    Via,
    cleanRequestURL,
    dashCapitalize,
    parseAddress,
    parseURL,
    parseViaHeader,
    unq,
)

__all__ = [
    "PORT",
    "Base",
    "IAuthorizer",
    "IContact",
    "ILocator",
    "IRegistry",
    "InMemoryRegistry",
    "Message",
    "MessagesParser",
    "Proxy",
    "RegisterProxy",
    "Registration",
    "RegistrationError",
    "Request",
    "Response",
    "SIPError",
    "URL",
    "Via",
    "cleanRequestURL",
    "dashCapitalize",
    "longHeaders",
    "parseAddress",
    "parseURL",
    "parseViaHeader",
    "shortHeaders",
    "specialCases",
    "statusCodes",
    "unq",
]
