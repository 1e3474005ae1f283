"""
``twist passwd``: make an entry in a file of passwords, or print the hash of one.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from .commandtable import commands
from .parser import Parser, oneOf

if TYPE_CHECKING:
    from twisted.cred.passwords import PasswordFile

__all__ = ["run"]


def run(words: list[str]) -> int:
    """
    Run the command.

    Returns: the exit status.
    """
    from twisted.cred.passwords import CannotHash, PasswordFile, WrongUser, passwordSchemes

    parser = Parser(
        prog="twist passwd",
        description=f"{commands['passwd'].help}\n\nWithout FILE and NAME it prints the hash of a "
        "password, to be put into a table\n[cred.NAME]; with FILE alone it lists the users. The "
        "password is asked for, or is\nthe first line of standard input.",
    )
    parser.add_argument("file", metavar="FILE", nargs="?", help="The file of passwords.")
    parser.add_argument("name", metavar="NAME", nargs="?", help="The user's name.")
    parser.add_argument("--delete", action="store_true", help="Take the user out of the file.")
    schemes = passwordSchemes()
    parser.add_argument(
        "--scheme",
        metavar="NAME",
        type=oneOf(schemes, "scheme"),
        default=schemes[0],
        help=f"How to hash: {', '.join(schemes)} (default: {schemes[0]}).",
    )
    given = parser.parse(words, argparse.Namespace())
    if given.delete and given.name is None:
        parser.error("--delete wants FILE and NAME")
    try:
        if given.file is None:
            print(_hashed(given.scheme))
        elif given.name is None:
            for name in PasswordFile(given.file).users():
                print(name)
        elif given.delete:
            return _delete(PasswordFile(given.file), given.name)
        else:
            _set(PasswordFile(given.file), given.name, given.scheme)
    except (CannotHash, WrongUser) as error:
        print(f"twist passwd: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"twist passwd: {given.file!r}: {error.strerror}", file=sys.stderr)
        return 1
    except _Differ:
        print("twist passwd: the two differ; nothing was changed", file=sys.stderr)
        return 1
    return 0


class _Differ(Exception):
    """Somebody has not typed the same password twice."""


def _set(table: PasswordFile, name: str, scheme: str) -> None:
    # A name that cannot stand there is told before a password is asked for.
    table.check(name)
    wasThere = table.set(name, _hashed(scheme))
    print(f"{name} has {'a new password' if wasThere else 'been added'} in {table.path}")


def _delete(table: PasswordFile, name: str) -> int:
    if table.set(name, None):
        print(f"{name} has been taken out of {table.path}")
        return 0
    print(f"twist passwd: there is no user {name!r} in {table.path!r}", file=sys.stderr)
    return 1


def _hashed(scheme: str) -> str:
    from twisted.cred.passwords import hashPassword

    if not sys.stdin.isatty():
        return hashPassword(sys.stdin.readline().rstrip("\r\n"), scheme)
    from getpass import getpass

    password = getpass("Password: ")
    if getpass("Once more: ") != password:
        raise _Differ
    return hashPassword(password, scheme)
