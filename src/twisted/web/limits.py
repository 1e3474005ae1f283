"""
How much clients may ask of a site.

    from twisted.web.limits import Limits
    site = Site(resource, limits=Limits(bodyBytes=1_000_000, requestsPerSecond=50))

What goes beyond them is answered 408 (too slow), 413 (a large body), 414 (a long first line), 429
(too many requests), 431 (large or many headers) or 503 (too many connections), and the connection
closed.
"""

from __future__ import annotations

from twisted._faces import handOn
from twisted.web._http.limits import Limits

__all__ = ["Limits"]

handOn(__name__, Limits)
