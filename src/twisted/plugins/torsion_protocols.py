"""
The service types of single protocols, for ``twist`` and configuration files.
"""

from __future__ import annotations

from twisted.application._config.catalogue import ServiceType

_room = "twisted.application._services"

chargen = ServiceType(
    "chargen", f"{_room}.wire.ChargenSettings", "Sends characters, as long as they are taken."
)
time = ServiceType(
    "time", f"{_room}.wire.TimeSettings", "Tells the time once, as a number, and closes."
)
portforward = ServiceType(
    "portforward",
    f"{_room}.portforward.PortForwardSettings",
    "Connects whoever comes to another place.",
)
socks = ServiceType(
    "socks", f"{_room}.socks.SOCKSSettings", "Connects clients to where they ask, by SOCKS."
)
ftp = ServiceType("ftp", f"{_room}.ftp.FTPSettings", "Serves files by FTP, with or without TLS.")
memcache = ServiceType(
    "memcache",
    f"{_room}.memcache.MemcacheSettings",
    "Watches a memcached, and logs when it does not answer.",
)
