"""The words of SIP: header names and the phrases of status codes (RFC 3261)."""

from __future__ import annotations

PORT = 5060

# Section 7.3.3.
shortHeaders = {
    "call-id": "i",
    "contact": "m",
    "content-encoding": "e",
    "content-length": "l",
    "content-type": "c",
    "from": "f",
    "subject": "s",
    "to": "t",
    "via": "v",
}
longHeaders = {short: name for name, short in shortHeaders.items()}

# Names whose capitals are not those of their words.
specialCases = {"cseq": "CSeq", "call-id": "Call-ID", "www-authenticate": "WWW-Authenticate"}

_phrases = """
100 Trying
180 Ringing
181 Call Is Being Forwarded
182 Queued
183 Session Progress
200 OK
300 Multiple Choices
301 Moved Permanently
302 Moved Temporarily
303 See Other
305 Use Proxy
380 Alternative Service
400 Bad Request
401 Unauthorized
402 Payment Required
403 Forbidden
404 Not Found
405 Method Not Allowed
406 Not Acceptable
407 Proxy Authentication Required
408 Request Timeout
409 Conflict
410 Gone
411 Length Required
413 Request Entity Too Large
414 Request-URI Too Large
415 Unsupported Media Type
416 Unsupported URI Scheme
420 Bad Extension
421 Extension Required
423 Interval Too Brief
480 Temporarily Unavailable
481 Call/Transaction Does Not Exist
482 Loop Detected
483 Too Many Hops
484 Address Incomplete
485 Ambiguous
486 Busy Here
487 Request Terminated
488 Not Acceptable Here
491 Request Pending
493 Undecipherable
500 Internal Server Error
501 Not Implemented
502 Bad Gateway
503 Service Unavailable
504 Server Time-out
505 SIP Version not supported
513 Message Too Large
600 Busy Everywhere
603 Decline
604 Does not exist anywhere
606 Not Acceptable
"""
statusCodes = {int(line[:3]): line[4:] for line in _phrases.split("\n") if line}


def dashCapitalize(s: str) -> str:
    """Give each word of a header's name a capital."""
    return "-".join(word.capitalize() for word in s.split("-"))


def unq(s: str) -> str:
    """Take the quotes off, if there are any."""
    return s[1:-1] if len(s) > 1 and s[0] == s[-1] == '"' else s


class SIPError(Exception):
    """
    Something is answered with a status of its own.

    Attributes:
        code: the status.
        phrase: words for it.
    """

    def __init__(self, code: int, phrase: str | None = None) -> None:
        self.code = code
        self.phrase = statusCodes.get(code, "") if phrase is None else phrase
        Exception.__init__(self, f"SIP error ({code}): {self.phrase}")


class RegistrationError(SIPError):
    """An address was not registered."""
