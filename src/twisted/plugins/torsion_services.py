"""
The service types that come with the house, for ``twist`` and configuration files.
"""

from __future__ import annotations

from twisted.application._config.catalogue import ServiceType

_room = "twisted.application._services"

daytime = ServiceType(
    "daytime", f"{_room}.small.DaytimeSettings", "Tells the time once, and closes."
)
discard = ServiceType(
    "discard", f"{_room}.small.DiscardSettings", "Takes whatever comes, and answers nothing."
)
echo = ServiceType("echo", f"{_room}.small.EchoSettings", "Sends back whatever comes.")
limited = ServiceType(
    "limited",
    f"{_room}.limited.LimitedSettings",
    "Serves as another service does, within limits on connections, silence and speed.",
)
qotd = ServiceType(
    "qotd", f"{_room}.quotes.QuoteSettings", "Sends one quote of the day, and closes."
)
