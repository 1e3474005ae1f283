"""
Areas that are open to those only who say who they are, by HTTP Basic or Digest (RFC 7617, 7616).

    portal = Portal(realm, [checker])
    resource = HTTPAuthSessionWrapper(portal, [BasicCredentialFactory(b"the archive")])

The realm is asked for `twisted.web.resource.IResource`: what it gives is served to that user.
Basic sends the password as it is: use it with TLS only.
"""

from __future__ import annotations

from twisted._faces import handOn

from ._auth.basic import BasicCredentialFactory
from ._auth.digest import DigestCredentialFactory
from ._auth.wrapper import HTTPAuthSessionWrapper

__all__ = ["BasicCredentialFactory", "DigestCredentialFactory", "HTTPAuthSessionWrapper"]

handOn(__name__, BasicCredentialFactory, DigestCredentialFactory, HTTPAuthSessionWrapper)
