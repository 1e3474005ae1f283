"""Databases of users in memory."""

from __future__ import annotations

import pwd

import pytest

from twisted.python.fakepwd import ShadowDatabase, UserDatabase


def test_aUserIsFoundAsInTheSystemsDatabase() -> None:
    users = UserDatabase()
    for known in pwd.getpwall()[:5]:
        users.addUser(*known)
    for user in users.getpwall():
        assert tuple(users.getpwnam(user.pw_name)) == tuple(pwd.getpwnam(user.pw_name))
        assert users.getpwuid(user.pw_uid).pw_uid == user.pw_uid
        assert len(user) == 7


def test_whatIsNotGivenIsMadeUp() -> None:
    users = UserDatabase()
    users.addUser("a")
    users.addUser("b")
    a, b = users.getpwall()
    assert a.pw_uid != b.pw_uid and a.pw_gid != b.pw_gid
    assert (a.pw_passwd, a.pw_shell, a.pw_dir) == ("password", "/bin/sh", "")


def test_aUserWhoIsMissingIsAKeyError() -> None:
    users, shadows = UserDatabase(), ShadowDatabase()
    for find in (users.getpwnam, shadows.getspnam):
        with pytest.raises(KeyError):
            find("nobody")
        with pytest.raises(TypeError):
            find(b"nobody")  # type: ignore[arg-type]
    with pytest.raises(KeyError):
        users.getpwuid(1)


def test_aPasswordIsFound() -> None:
    shadows = ShadowDatabase()
    shadows.addUser("a", "secret", 1, 2, 3, 4, 5, 6, 7)
    (user,) = shadows.getspall()
    assert user is shadows.getspnam("a")
    assert tuple(user) == ("a", "secret", 1, 2, 3, 4, 5, 6, 7)
    assert (user.sp_nam, user.sp_pwd, user.sp_lstchg, user.sp_flag) == ("a", "secret", 1, 7)
