"""A name and a password, as they are (RFC 7617)."""

from __future__ import annotations

import binascii
from typing import Any

from zope.interface import implementer

from twisted.cred import credentials, error
from twisted.web.iweb import ICredentialFactory

__all__ = ["BasicCredentialFactory"]


@implementer(ICredentialFactory)
class BasicCredentialFactory:
    """
    Asks for a name and a password.

    Args: authenticationRealm: what the password is for; clients show it to their users.
    """

    scheme = b"basic"
    authenticationRealm: bytes | str

    def __init__(self, authenticationRealm: bytes | str) -> None:
        self.authenticationRealm = authenticationRealm

    def getChallenge(self, request: Any) -> dict[str, bytes | str]:
        """Returns: the parameters of a challenge."""
        return {"realm": self.authenticationRealm}

    def decode(self, response: bytes, request: Any) -> credentials.UsernamePassword:
        """
        Returns: name and password.
        Raises: twisted.cred.error.LoginFailed for what is no pair of them.
        """
        # Padding that is missing is forgiven; more than is needed does not matter.
        try:
            pair = binascii.a2b_base64(response + b"===")
        except binascii.Error:
            raise error.LoginFailed("what the client says is not in base64") from None
        name, colon, password = pair.partition(b":")
        if not colon:
            raise error.LoginFailed("the client gives no password, only a name")
        return credentials.UsernamePassword(name, password)
