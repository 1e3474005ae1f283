"""Services that run other programs."""

from __future__ import annotations

from twisted.application.service import ServiceMaker

procmon = ServiceMaker(
    "Twisted Process Monitor", "twisted.runner.procmontap", "Keep a program running.", "procmon"
)

inetd = ServiceMaker(
    "Twisted inetd", "twisted.runner.inetdtap", "Serve what an inetd.conf asks for.", "inetd"
)
