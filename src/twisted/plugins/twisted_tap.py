"""Services of ``twistd`` for small protocols."""

from __future__ import annotations

from twisted.application.service import ServiceMaker

__all__ = ["ftp", "portforward", "socks"]

ftp = ServiceMaker("Twisted FTP", "twisted.tap.ftp", "An FTP server.", "ftp")

portforward = ServiceMaker(
    "Twisted Port-Forwarding", "twisted.tap.portforward", "A forwarder of a port.", "portforward"
)

socks = ServiceMaker("Twisted SOCKS", "twisted.tap.socks", "A proxy by SOCKS 4.", "socks")
