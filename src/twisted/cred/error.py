"""
Why someone may not come in.

::

    Unauthorized            what was asked for is not allowed
    LoginFailed             nobody was let in
        UnauthorizedLogin       (also Unauthorized) the credentials are not right
        UnhandledCredentials    no checker knows this kind of credentials
        LoginDenied             the realm has no place for this user
"""

from __future__ import annotations

__all__ = [
    "LoginDenied",
    "LoginFailed",
    "Unauthorized",
    "UnauthorizedLogin",
    "UnhandledCredentials",
]


class Unauthorized(Exception):
    """
    Access was asked for and refused.
    """


class LoginFailed(Exception):
    """
    Nobody was let in, for whatever reason.
    """


class UnauthorizedLogin(LoginFailed, Unauthorized):
    """
    The user is not known, or the credentials do not prove that this is the user.

    Which of the two it was is not told: that would give away who is known.
    """


class UnhandledCredentials(LoginFailed):
    """
    No checker of the portal takes credentials of this kind.
    """


class LoginDenied(LoginFailed):
    """
    The credentials are right, and the realm still refuses.
    """
