"""What `core` tells its shell: tuples, of which the first says what happened."""

from __future__ import annotations

from typing import Any, Final

__all__ = ["Event"]

REQUEST: Final = "request"
INTERIM: Final = "interim"
RESPONSE: Final = "response"
BODY: Final = "body"
END: Final = "end"
RESET: Final = "reset"
FAULT: Final = "fault"
ROOM: Final = "room"
PRIORITISE: Final = "prioritise"
GONE: Final = "gone"

Event = tuple[Any, ...]
"""
(REQUEST, stream, RequestHead, ended)   a request came, to a server
(INTERIM, stream, ResponseHead)         a response that another one will follow, to a client
(RESPONSE, stream, ResponseHead, ended) the response, to a client
(BODY, stream, bytes, flow)             a part of a body, for which `flow` bytes are acknowledged
(END, stream, trailers)                 the end of a body; trailers are fields, or None
(RESET, stream, code)                   the peer wants no more of this stream
(FAULT, stream, StreamFault)            the peer broke a rule, and the stream was reset
(ROOM, stream)                          there is more room for sending; stream 0: for all
(PRIORITISE, stream, dependsOn, weight, exclusive)
(GONE, code, last)                      the peer begins nothing more, and has looked at nothing that
                                        we began after the stream `last`
"""
