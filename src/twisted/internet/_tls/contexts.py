"""The older way to TLS: objects that make a context, to be subclassed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zope.interface import implementer

from twisted.internet.interfaces import IOpenSSLContextFactory

from .openssl import SSL

_noOldVersions = SSL.OP_NO_SSLv2 | SSL.OP_NO_SSLv3 | SSL.OP_NO_TLSv1 | SSL.OP_NO_TLSv1_1


@implementer(IOpenSSLContextFactory)
class ContextFactory:
    """The base of context factories for servers."""

    isClient = 0

    def getContext(self) -> Any:
        """Give an ``OpenSSL.SSL.Context``; a subclass must say how."""
        raise NotImplementedError(f"{type(self).__name__} does not say which context to use")


class DefaultOpenSSLContextFactory(ContextFactory):
    """
    A server's context with a key and a certificate from two PEM files, for TLS 1.2 or better.

    The certificate's file may go on with the certificates between it and a root. The files are
    read when this is made.
    """

    _context: Any = None

    def __init__(
        self,
        privateKeyFileName: str,
        certificateFileName: str,
        sslmethod: int = SSL.TLS_METHOD,
        _contextFactory: Callable[[int], Any] = SSL.Context,
    ) -> None:
        """
        Args:
            privateKeyFileName: where the key is.
            certificateFileName: where the certificate is.
            sslmethod: an OpenSSL method that chooses the versions.
        Raises: ``OpenSSL.SSL.Error`` where a file is missing, or not what it should be.
        """
        self.privateKeyFileName = privateKeyFileName
        self.certificateFileName = certificateFileName
        self.sslmethod = sslmethod
        self._contextFactory = _contextFactory
        self.cacheContext()

    def cacheContext(self) -> None:
        """Read the files and make the context, unless there is one."""
        if self._context is not None:
            return
        context = self._contextFactory(self.sslmethod)
        context.set_options(_noOldVersions)
        useCertificates = getattr(context, "use_certificate_chain_file", None)
        (useCertificates or context.use_certificate_file)(self.certificateFileName)
        context.use_privatekey_file(self.privateKeyFileName)
        self._context = context

    def getContext(self) -> Any:
        """Give the context, always the same one."""
        self.cacheContext()
        return self._context

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_context"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


@implementer(IOpenSSLContextFactory)
class ClientContextFactory:
    """
    A client's context for TLS 1.2 or better.

    It checks neither the server's certificate nor its name: ``ssl.optionsForClientTLS`` does.
    """

    isClient = 1
    method = SSL.TLS_METHOD
    _contextFactory: Callable[[int], Any] = SSL.Context

    def getContext(self) -> Any:
        """Make a new context."""
        context = self._contextFactory(self.method)
        context.set_options(_noOldVersions)
        return context
