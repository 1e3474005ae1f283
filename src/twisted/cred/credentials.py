"""
What people show at the door, and how it is checked.

Credentials know how to compare themselves with the right secret; checkers know the right secret.
Secrets are compared in constant time, and what a peer sends never makes a check raise: it is
either right or it is not.
"""

from __future__ import annotations

import base64
import os
import re
import time
from binascii import Error as Base64Error
from binascii import hexlify
from typing import Any, Final

from zope.interface import Attribute, Interface, implementer

from twisted.python.deprecate import deprecatedModuleAttribute
from twisted.python.versions import Version

from . import error
from ._compare import sameSecret
from ._digest import algorithms
from ._digest import calcHA1 as calcHA1
from ._digest import calcHA2 as calcHA2
from ._digest import calcResponse as calcResponse

__all__ = [
    "Anonymous",
    "CramMD5Credentials",
    "DigestCredentialFactory",
    "DigestedCredentials",
    "IAnonymous",
    "ICredentials",
    "ISSHPrivateKey",
    "IUsernameDigestHash",
    "IUsernameHashedPassword",
    "IUsernamePassword",
    "SSHPrivateKey",
    "UsernamePassword",
    "calcHA1",
    "calcHA2",
    "calcResponse",
]


class ICredentials(Interface):
    """
    Anything that someone may show to be let in. Kinds of credentials derive from this, and a
    portal chooses the checker by them.
    """


class IUsernameDigestHash(ICredentials):
    """
    A user's name, and a proof that can be checked with a hash of name, realm and password.
    """

    username = Attribute("The user's name, as bytes.")

    def checkHash(digestHash: bytes) -> bool:
        """
        Args:
            digestHash: the hexadecimal hash of ``username:realm:password``.
        Returns: whether the proof fits it.
        """


class IUsernameHashedPassword(ICredentials):
    """
    A user's name, and a proof of knowing the password that does not show it.

    A checker needs the password itself to check it.
    """

    username = Attribute("The user's name, as bytes.")

    def checkPassword(password: Any) -> Any:
        """
        Args:
            password: the user's right password.
        Returns: whether the proof fits it, or a Deferred that fires with that.
        """


class IUsernamePassword(ICredentials):
    """
    A user's name, and the password in plain.
    """

    username = Attribute("The user's name, as bytes.")
    password = Attribute("What was given as the password, as bytes.")

    def checkPassword(password: Any) -> Any:
        """
        Args:
            password: the user's right password.
        Returns: whether this is it, or a Deferred that fires with that.
        """


class IAnonymous(ICredentials):
    """
    Nothing is shown: someone wants in as a guest.
    """


class ISSHPrivateKey(ICredentials):
    """
    A public key of SSH, and perhaps a proof that the client has the private one.
    """

    username = Attribute("The user's name, as bytes.")
    algName = Attribute("The name of the signature's algorithm, as bytes.")
    blob = Attribute("The public key as SSH encodes it.")
    sigData = Attribute("The bytes that were signed.")
    signature = Attribute("The signature of them; None to ask if the key would do.")


@implementer(IAnonymous)
class Anonymous:
    """
    A guest.
    """


@implementer(IUsernamePassword)
class UsernamePassword:
    """
    A name and a password in plain.

    Args:
        username: the name.
        password: the password that was given.
    """

    def __init__(self, username: Any, password: Any) -> None:
        self.username = username
        self.password = password

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.username!r}>"

    def checkPassword(self, password: Any) -> bool:
        return sameSecret(self.password, password)


@implementer(IUsernameHashedPassword)
class UsernameHashedPassword:
    """
    A name and a password that was hashed somewhere else.

    Args:
        username: the name.
        hashed: the hash, which is compared with what the checker has.
    """

    def __init__(self, username: Any, hashed: Any) -> None:
        self.username = username
        self.hashed = hashed

    def checkPassword(self, password: Any) -> bool:
        return sameSecret(self.hashed, password)


deprecatedModuleAttribute(
    Version("Twisted", 21, 2, 0),
    "Use twisted.cred.credentials.UsernamePassword instead.",
    __name__,
    "UsernameHashedPassword",
)


@implementer(ISSHPrivateKey)
class SSHPrivateKey:
    """
    A key of SSH.

    Args:
        username: the user's name.
        algName: the name of the signature's algorithm.
        blob: the public key as SSH encodes it.
        sigData: the bytes that were signed.
        signature: the signature of them, or None.
    """

    def __init__(
        self, username: bytes, algName: bytes, blob: bytes, sigData: bytes, signature: bytes | None
    ) -> None:
        self.username = username
        self.algName = algName
        self.blob = blob
        self.sigData = sigData
        self.signature = signature


@implementer(IUsernameHashedPassword)
class CramMD5Credentials:
    """
    The server's side of CRAM-MD5 (RFC 2195): a challenge, and the keyed hash that answers it.

    Args:
        host: the server's name, which is part of the challenge.
    """

    username: bytes | None = None
    challenge = b""
    response = b""

    def __init__(self, host: bytes | str | None = None) -> None:
        self.host = host

    def getChallenge(self) -> bytes:
        """
        Returns: what to send to the client; the same each time.
        """
        if not self.challenge:
            host = self.host or b"localhost"
            name = host.encode("idna") if isinstance(host, str) else host
            unique = int.from_bytes(os.urandom(8), "big")
            self.challenge = b"<%d.%d@%s>" % (unique, int(time.time()), name)
        return self.challenge

    def setResponse(self, response: bytes) -> None:
        """
        Take the client's answer: its name, a space, and the hash in hexadecimal.
        """
        name, _, self.response = response.strip().rpartition(b" ")
        self.username = name.strip()

    def moreChallenges(self) -> bool:
        """
        Returns: False; one challenge is all.
        """
        return False

    def checkPassword(self, password: bytes | str) -> bool:
        import hmac

        key = password.encode("utf-8") if isinstance(password, str) else password
        wanted = hmac.new(key, self.getChallenge(), "md5").hexdigest().encode("ascii")
        return sameSecret(self.response, wanted)


@implementer(IUsernameHashedPassword, IUsernameDigestHash)
class DigestedCredentials:
    """
    A client's answer to a digest challenge.

    Args:
        username: the user's name.
        method: the request's method.
        realm: the realm of the challenge.
        fields: the answer's fields by name.
    """

    def __init__(
        self, username: bytes, method: bytes, realm: bytes, fields: dict[str, bytes]
    ) -> None:
        self.username = username
        self.method = method
        self.realm = realm
        self.fields = fields

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.username!r} for {self.realm!r}>"

    def checkPassword(self, password: bytes) -> bool:
        return self._fits((self.username, self.realm, password), None)

    def checkHash(self, digestHash: bytes) -> bool:
        return self._fits((None, None, None), digestHash)

    def _fits(
        self, user: tuple[bytes | None, bytes | None, bytes | None], known: bytes | None
    ) -> bool:
        field = self.fields.get
        response, nonce, uri = field("response"), field("nonce"), field("uri")
        algorithm = (field("algorithm") or b"md5").lower()
        if response is None or nonce is None or uri is None or algorithm not in algorithms:
            return False
        qop, nonceCount, clientNonce = field("qop", b"auth"), field("nc"), field("cnonce")
        first = calcHA1(algorithm, *user, nonce, clientNonce or b"", known)
        second = calcHA2(algorithm, self.method, uri, qop, None)
        wanted = calcResponse(first, second, algorithm, nonce, nonceCount, clientNonce, qop)
        return sameSecret(response, wanted)


_FIELD: Final = re.compile(
    rb'\s*(?P<name>[^\s=,"]+)\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^,"]*))\s*(?:,|\Z)',
    re.DOTALL,
)
"""auth-param of RFC 7235 section 2.1. What is quoted stays as it is: the client hashed it so."""


class DigestCredentialFactory:
    """
    Makes digest challenges, and credentials of the answers to them (RFC 2617 section 3.2).

    It keeps nothing between the two: the challenge's ``opaque`` field carries the nonce, the
    client's address and the time, under a keyed hash.

    Args:
        algorithm: the name of the hash to ask for: b"md5", b"sha", b"sha-256".
        authenticationRealm: the realm to ask a password for.
    """

    CHALLENGE_LIFETIME_SECS = 15 * 60
    """Seconds after which an answer to a challenge is no longer taken."""

    maxResponseBytes = 16384
    """A longer answer is refused unread."""

    scheme = b"digest"

    def __init__(self, algorithm: bytes, authenticationRealm: bytes) -> None:
        self.algorithm = algorithm
        self.authenticationRealm = authenticationRealm
        self.privateKey = os.urandom(32)

    def getChallenge(self, address: str | None) -> dict[str, bytes]:
        """
        Make a challenge.

        Args:
            address: where the client is; its answer is taken from there alone. None for anywhere.
        Returns: the fields of the challenge by name.
        """
        nonce = self._generateNonce()
        return {
            "nonce": nonce,
            "opaque": self._generateOpaque(nonce, address),
            "qop": b"auth",
            "algorithm": self.algorithm,
            "realm": self.authenticationRealm,
        }

    def decode(self, response: bytes, method: bytes, host: str | None) -> DigestedCredentials:
        """
        Read an answer.

        Args:
            response: the fields as the client sent them, without the scheme's name.
            method: the request's method.
            host: where the client is.
        Raises: error.LoginFailed if it is no answer to a challenge of ours, or comes too late.
        """
        if len(response) > self.maxResponseBytes:
            raise error.LoginFailed("Invalid response, too long.")
        fields = _fieldsOf(response)
        username = fields.get("username")
        if not username:
            raise error.LoginFailed("Invalid response, no username given.")
        for name in ("opaque", "nonce"):
            if name not in fields:
                raise error.LoginFailed(f"Invalid response, no {name} given.")
        self._verifyOpaque(fields["opaque"], fields["nonce"], host)
        return DigestedCredentials(username, method, self.authenticationRealm, fields)

    def _generateNonce(self) -> bytes:
        return hexlify(os.urandom(12))

    def _getTime(self) -> float:
        return time.time()

    def _seal(self, key: bytes) -> bytes:
        import hmac

        return hmac.new(self.privateKey, key, "sha256").hexdigest().encode("ascii")

    def _generateOpaque(self, nonce: bytes, clientip: str | bytes | None) -> bytes:
        key = b",".join((nonce, _addressBytes(clientip), b"%d" % int(self._getTime())))
        return b"-".join((self._seal(key), base64.b64encode(key)))

    def _verifyOpaque(self, opaque: bytes, nonce: bytes, clientip: str | bytes | None) -> bool:
        """
        Returns: True.
        Raises: error.LoginFailed if the field is not ours, not for this nonce and client, or old.
        """
        seal, dash, encoded = opaque.partition(b"-")
        try:
            key = base64.b64decode(encoded, validate=True)
        except Base64Error:
            key = b""
        parts = key.split(b",")
        if not dash or len(parts) != 3:
            raise error.LoginFailed("Invalid response, invalid opaque value")
        sealedNonce, sealedAddress, made = parts
        if not re.fullmatch(rb"-?[0-9]{1,20}", made):
            raise error.LoginFailed("Invalid response, invalid opaque/time values")
        if not sameSecret(seal, self._seal(key)):
            raise error.LoginFailed("Invalid response, the opaque value is not ours")
        if sealedNonce != nonce:
            raise error.LoginFailed("Invalid response, incompatible opaque/nonce values")
        if sealedAddress != _addressBytes(clientip):
            raise error.LoginFailed("Invalid response, the challenge was for another client")
        if self._getTime() - int(made) > self.CHALLENGE_LIFETIME_SECS:
            raise error.LoginFailed("Invalid response, the challenge is too old")
        return True


def _addressBytes(address: str | bytes | None) -> bytes:
    if address is None:
        return b""
    return address.encode("ascii", "backslashreplace") if isinstance(address, str) else address


def _fieldsOf(response: bytes) -> dict[str, bytes]:
    """
    Raises: error.LoginFailed if a field is there twice: two readers might take a different one.
    """
    fields: dict[str, bytes] = {}
    at = 0
    while match := _FIELD.match(response, at):
        at = match.end()
        name = match["name"].decode("latin-1")
        if name in fields:
            raise error.LoginFailed(f"Invalid response, {name} is given twice.")
        quoted = match["quoted"]
        fields[name] = match["bare"].strip() if quoted is None else quoted
    return fields
