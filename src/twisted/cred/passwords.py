"""
Passwords kept as hashes: argon2id, bcrypt or scrypt.

A portal that knows the users of a file that ``twist passwd`` writes::

    portal = Portal(realm, [HashedPasswordChecker(PasswordFile("passwords"))])
"""

from __future__ import annotations

from twisted._faces import handOn

from ._hashing import CannotHash as CannotHash
from ._hashing import hashPassword as hashPassword
from ._hashing import looksHashed as looksHashed
from ._hashing import passwordSchemes as passwordSchemes
from ._hashing import verifyPassword as verifyPassword
from ._tables import FirstOf as FirstOf
from ._tables import HashedPasswordChecker as HashedPasswordChecker
from ._tables import PasswordFile as PasswordFile
from ._tables import WrongUser as WrongUser

__all__ = [
    "CannotHash",
    "FirstOf",
    "HashedPasswordChecker",
    "PasswordFile",
    "WrongUser",
    "hashPassword",
    "looksHashed",
    "passwordSchemes",
    "verifyPassword",
]

handOn(
    __name__,
    CannotHash,
    FirstOf,
    HashedPasswordChecker,
    PasswordFile,
    WrongUser,
    hashPassword,
    looksHashed,
    passwordSchemes,
    verifyPassword,
)
