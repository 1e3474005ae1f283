"""
The PROXY protocol: who the client is, told by the load balancer in front of the server.

Wrap the endpoint that the load balancer connects to, with `proxyEndpoint` or as
``haproxy:tcp:8080``. The first bytes of each connection are the header of version 1 or 2; what
the wrapped protocol's transport gives as peer and host are then the client's address and the one
it connected to. Only the load balancer should be able to connect: whoever does says who it is.

Source: https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt
"""

from __future__ import annotations

from twisted._faces import handOn

from ._wrapper import proxyEndpoint

handOn(__name__, proxyEndpoint)

__all__ = ["proxyEndpoint"]
