"""
Passwords as hashes that are slow on purpose, in the text forms that other programs write too.

=========  =================================  ============================================
scheme     begins with                        who computes it
=========  =================================  ============================================
argon2id   ``$argon2id$``                     cryptography (RFC 9106; PHC string format)
bcrypt     ``$2a$``, ``$2b$`` or ``$2y$``     bcrypt
scrypt     ``$scrypt$``                       Python's own hashlib (RFC 7914; PHC format)
=========  =================================  ============================================

The first two are optional packages; scrypt is always there.
"""

from __future__ import annotations

import base64
import os
import re
from typing import Any, Final, NamedTuple

from ._compare import sameSecret

__all__ = [
    "CannotHash",
    "hashPassword",
    "longestPasswordBytes",
    "looksHashed",
    "passwordSchemes",
    "verifyPassword",
]

longestPasswordBytes: Final = 1024
"""Nobody types more; what is longer is refused before it costs any time."""

mostScryptBytes: Final = 256 << 20
"""A hash in a table that asks for more memory than this is taken as damaged."""

mostArgon2KiB: Final = 2 << 20
"""The same, in the unit of its parameter m: the first choice of RFC 9106 section 4 is 2 GiB."""


class CannotHash(ValueError):
    """
    A password cannot be hashed by a scheme: it is too long for it, or the scheme is not here.
    """


class _Scheme(NamedTuple):
    """
    Args:
        pattern: what its hashes look like.
        package: the optional package that computes it; empty for none.
    """

    pattern: re.Pattern[str]
    package: str

    @property
    def available(self) -> bool:
        if not self.package:
            return True
        try:
            __import__(self.package)
        except ImportError:
            return False
        return True


_BASE64 = r"[A-Za-z0-9+/]{1,512}"
_SCHEMES: Final = {
    "argon2id": _Scheme(
        re.compile(
            rf"\$argon2id\$v=19\$m=(\d{{1,8}}),t=\d{{1,4}},p=\d{{1,3}}\${_BASE64}\${_BASE64}"
        ),
        "cryptography.hazmat.primitives.kdf.argon2",
    ),
    "bcrypt": _Scheme(re.compile(r"\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}"), "bcrypt"),
    "scrypt": _Scheme(
        re.compile(
            rf"\$scrypt\$ln=(\d{{1,2}}),r=(\d{{1,2}}),p=(\d{{1,2}})\$({_BASE64})\$({_BASE64})"
        ),
        "",
    ),
}


def passwordSchemes() -> tuple[str, ...]:
    """
    Returns: the schemes that can be computed here, the best one first.
    """
    return tuple(name for name, scheme in _SCHEMES.items() if scheme.available)


def looksHashed(stored: str) -> bool:
    """
    Returns: whether a text is a hash of one of the schemes, computable here or not.
    """
    return any(each.pattern.fullmatch(stored) for each in _SCHEMES.values())


def hashPassword(password: bytes | str, scheme: str | None = None) -> str:
    """
    Hash a password, with a salt of its own. It takes some 50 ms and up to 64 MiB, on purpose.

    Args:
        password: text is hashed as UTF-8.
        scheme: one of `passwordSchemes`; the best one if None.
    Raises: CannotHash.
    """
    raw = _raw(password)
    name = scheme or passwordSchemes()[0]
    if name not in _SCHEMES:
        raise CannotHash(f"there is no scheme {name!r}; there are {', '.join(_SCHEMES)}")
    if not _SCHEMES[name].available:
        package = _SCHEMES[name].package.partition(".")[0]
        raise CannotHash(f"the scheme {name!r} needs the package {package!r}")
    if not raw or len(raw) > longestPasswordBytes:
        raise CannotHash(f"a password has from 1 to {longestPasswordBytes} bytes")
    return {"argon2id": _argon2, "bcrypt": _bcrypt, "scrypt": _scrypt}[name](raw)


def verifyPassword(password: bytes | str, stored: bytes | str) -> bool:
    """
    Compare a password with a hash.

    Args:
        password: what somebody gave.
        stored: the hash.
    Returns: False also where the hash is damaged, of no known scheme, or cannot be computed here.
    """
    raw = _raw(password)
    if len(raw) > longestPasswordBytes:
        return False
    text = stored.decode("latin-1") if isinstance(stored, bytes) else stored
    for name, scheme in _SCHEMES.items():
        found = scheme.pattern.fullmatch(text)
        if found is not None and scheme.available:
            check = {"argon2id": _isArgon2, "bcrypt": _isBcrypt, "scrypt": _isScrypt}[name]
            return check(raw, found)
    return False


def _raw(password: bytes | str) -> bytes:
    if isinstance(password, str):
        return password.encode("utf-8", "surrogatepass")
    return bytes(password)


def _argon2(password: bytes) -> str:
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    # RFC 9106 section 4, second choice: 3 passes over 64 MiB.
    maker: Any = Argon2id(
        salt=os.urandom(16), length=32, iterations=3, lanes=4, memory_cost=64 * 1024
    )
    return str(maker.derive_phc_encoded(password))


def _isArgon2(password: bytes, found: re.Match[str]) -> bool:
    from cryptography.exceptions import InvalidKey, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    if int(found[1]) > mostArgon2KiB:
        return False
    try:
        Argon2id.verify_phc_encoded(password, found.string)
    except (InvalidKey, ValueError, UnsupportedAlgorithm, MemoryError):
        return False
    return True


def _bcrypt(password: bytes) -> str:
    import bcrypt

    if len(password) > 72 or b"\0" in password:
        raise CannotHash("bcrypt takes passwords of at most 72 bytes, without NUL; argon2id more")
    return bcrypt.hashpw(password, bcrypt.gensalt(12)).decode("ascii")


def _isBcrypt(password: bytes, found: re.Match[str]) -> bool:
    import bcrypt

    if b"\0" in password:
        return False
    try:
        # What other programs hashed was cut there: bcrypt never sees more (its block of 18 words).
        return bcrypt.checkpw(password[:72], found.string.encode("ascii"))
    except ValueError:
        return False


def _scrypt(password: bytes) -> str:
    salt = os.urandom(16)
    key = _scryptKey(password, salt, 16, 8, 1, 32)
    return f"$scrypt$ln=16,r=8,p=1${_encoded(salt)}${_encoded(key)}"


def _isScrypt(password: bytes, found: re.Match[str]) -> bool:
    logN, r, p = (int(each) for each in found.groups()[:3])
    salt, key = (_decoded(each) for each in found.groups()[3:])
    if (
        not 1 <= logN <= 30
        or not r
        or not p
        or (128 * r) << logN > mostScryptBytes
        or len(key) < 16
    ):
        return False
    try:
        return sameSecret(_scryptKey(password, salt, logN, r, p, len(key)), key)
    except ValueError:
        return False


def _scryptKey(password: bytes, salt: bytes, logN: int, r: int, p: int, length: int) -> bytes:
    import hashlib

    memory = 2 * mostScryptBytes
    return hashlib.scrypt(password, salt=salt, n=1 << logN, r=r, p=p, maxmem=memory, dklen=length)


def _encoded(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii").rstrip("=")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""
