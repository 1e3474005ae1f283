"""
A proof that the client knows a password (RFC 7616).

The proof is for one request: for its method, its target, and a number that rises while the same
nonce is used. Whoever overhears a proof and sends it again is refused, and so is a proof for
another target. A client that was too late is told so (``stale``), and proves it once more for a
new nonce, without asking its user.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import Any
from weakref import WeakSet

from zope.interface import implementer

from twisted.cred import credentials, error
from twisted.web.iweb import ICredentialFactory

__all__ = ["DigestCredentialFactory", "NonceLedger"]

_isCount = re.compile(rb"[0-9A-Fa-f]{8}").fullmatch


class NonceLedger:
    """
    Remembers which numbers were used with which nonce.

    A client may have several requests on their way at once, whose numbers arrive in any order:
    the highest number is known for each nonce, and which of the `window` numbers below it were
    used. Anything lower counts as used.

    Attributes:
        window: numbers that are told apart.
        mostNonces: nonces that are remembered; the ones forgotten first are those that were not
            used for the longest time. Only who knows a password adds to them.
    """

    window = 256
    mostNonces = 20_000

    def __init__(self) -> None:
        self._seen: OrderedDict[bytes, tuple[int, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._seen)

    def isUsed(self, nonce: bytes, count: int) -> bool:
        """Whether this number was used with this nonce, or may have been."""
        highest, bits = self._seen.get(nonce, (0, 0))
        age = highest - count
        if age < 0:
            return False
        return age >= self.window or bool(bits >> age & 1)

    def use(self, nonce: bytes, count: int) -> bool:
        """Note a number. Returns: whether it was new."""
        if self.isUsed(nonce, count):
            return False
        highest, bits = self._seen.pop(nonce, (0, 0))
        if count > highest:
            shift = min(count - highest, self.window)
            bits = (bits << shift | 1) & ((1 << self.window) - 1)
            highest = count
        else:
            bits |= 1 << (highest - count)
        self._seen[nonce] = (highest, bits)
        if len(self._seen) > self.mostNonces:
            self._seen.popitem(last=False)
        return True


class _ProofForOnce(credentials.DigestedCredentials):
    """A client's proof, which is right for the first time only. Args: see `proofForOnce`."""

    _ledger: NonceLedger
    _count: int

    def checkPassword(self, password: bytes) -> bool:
        return super().checkPassword(password) and self._isFirst()

    def checkHash(self, digestHash: bytes) -> bool:
        return super().checkHash(digestHash) and self._isFirst()

    def _isFirst(self) -> bool:
        # Noted when it is known to be right: nobody else can use up somebody's numbers.
        return self._ledger.use(self.fields["nonce"], self._count)


def _proofForOnce(given: credentials.DigestedCredentials, ledger: NonceLedger) -> _ProofForOnce:
    proof = _ProofForOnce(given.username, given.method, given.realm, given.fields)
    proof._ledger = ledger
    proof._count = _countOf(given.fields)
    return proof


def _countOf(fields: dict[str, bytes]) -> int:
    """
    The number that a proof is for.

    A client of before RFC 2617 sends none: its proofs are number 1, so that it needs a nonce for
    each.

    Raises: twisted.cred.error.LoginFailed for what is no number.
    """
    digits = fields.get("nc")
    if digits is None:
        return 1
    count = int(digits, 16) if _isCount(digits) else 0
    if not count:
        raise error.LoginFailed("the count of a digest is not eight hexadecimal digits from 1 on")
    return count


def _isFor(uri: bytes, target: bytes) -> bool:
    """Whether a proof for ``uri`` is one for what was asked for; some proxies name the host."""
    if uri == target:
        return True
    _, scheme, rest = uri.partition(b"://")
    return bool(scheme) and b"/" + rest.partition(b"/")[2] == target


@implementer(ICredentialFactory)
class DigestCredentialFactory:
    """
    Asks for a proof that the client knows a password.

    Args:
        algorithm: ``b"md5"``, ``b"sha"`` or ``b"sha-256"``.
        authenticationRealm: what the password is for; clients show it to their users.
    """

    scheme = b"digest"

    def __init__(self, algorithm: bytes, authenticationRealm: bytes) -> None:
        self.digest = credentials.DigestCredentialFactory(algorithm, authenticationRealm)
        self._ledger = NonceLedger()
        self._late: WeakSet[Any] = WeakSet()

    def getChallenge(self, request: Any) -> dict[str, bytes | str]:
        """Returns: the parameters of a challenge, which is for this client's address alone."""
        challenge: dict[str, bytes | str] = {**self.digest.getChallenge(_address(request))}
        if request in self._late:
            challenge["stale"] = b"true"
        return challenge

    def decode(self, response: bytes, request: Any) -> Any:
        """
        Returns: the proof.
        Raises: twisted.cred.error.LoginFailed for one that is none, comes too late, is for
            another target, or was used before.
        """
        try:
            given = self.digest.decode(response, request.method, _address(request))
        except error.LoginFailed as why:
            if "too old" in str(why):
                self._late.add(request)
            raise
        if not isinstance(given, credentials.DigestedCredentials):
            return given
        if not _isFor(given.fields.get("uri", b""), request.uri):
            raise error.LoginFailed("the digest is for another target")
        if self._ledger.isUsed(given.fields["nonce"], _countOf(given.fields)):
            self._late.add(request)
            raise error.LoginFailed("the digest was used before")
        return _proofForOnce(given, self._ledger)


def _address(request: Any) -> Any:
    return getattr(request.getClientAddress(), "host", None)
