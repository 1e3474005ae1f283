"""
The service type ``web``, for ``twist`` and configuration files.
"""

from __future__ import annotations

from twisted.application._config.catalogue import ServiceType

web = ServiceType(
    "web",
    "twisted.web._site.settings.WebSettings",
    "Serves files, applications and other servers by HTTP, by routes and virtual hosts.",
)
