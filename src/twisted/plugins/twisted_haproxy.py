"""Server endpoints behind a load balancer that speaks the PROXY protocol: ``haproxy:``."""

from __future__ import annotations

from twisted.protocols.haproxy._parser import HAProxyServerParser

__all__ = ["haproxyServerEndpointParser"]

haproxyServerEndpointParser = HAProxyServerParser()
