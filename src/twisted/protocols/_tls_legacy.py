"""Where programs that silence `LegacyContextFactoryWarning` look for it."""

from __future__ import annotations

from twisted.internet._tls.creators import (
    LegacyContextFactoryWarning as LegacyContextFactoryWarning,
)

__all__ = ["LegacyContextFactoryWarning"]
