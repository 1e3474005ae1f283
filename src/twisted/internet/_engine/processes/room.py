"""``reactor.spawnProcess``: checks what it is given, and chooses pipes or a terminal."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from zope.interface import implementer

from twisted.internet.interfaces import IProcessTransport, IReactorProcess

from ..core import Core

__all__ = ["Processes"]


@implementer(IReactorProcess)
class Processes(Core):
    """``IReactorProcess``. What it takes is imported with the first child, for many have none."""

    _neverUseSpawn = False
    """Set this to have every child made by ``fork``: for systems where the fast ways misbehave."""

    def spawnProcess(
        self,
        processProtocol: Any,
        executable: bytes | str,
        args: Sequence[bytes | str] = (),
        env: Mapping[Any, Any] | None = {},  # the API's default; never changed
        path: bytes | str | None = None,
        uid: int | None = None,
        gid: int | None = None,
        usePTY: Any = 0,
        childFDs: Mapping[int, int | str] | None = None,
    ) -> IProcessTransport:
        """
        Start a program. ``processProtocol.connectionMade`` is called before this returns.

        Args:
            processProtocol: told of the program's output and end.
            executable: its path, or a name that is looked for in PATH.
            args: its arguments, the first of which is its name by custom; if there are none,
                ``executable`` is.
            env: its environment: nothing by default, ours if None.
            path: the directory that it starts in; None for ours.
            uid: number of the user to run it as; needs the right to do so.
            gid: number of the group to run it as.
            usePTY: true for a new pseudo-terminal; or a triple of master descriptor, slave
                descriptor and terminal's name, both of which are the child's from now on.
            childFDs: what each descriptor of the child is: ``"r"`` (we read what it writes),
                ``"w"`` (we write what it reads), or one of ours to pass on.
                ``{0: "w", 1: "r", 2: "r"}`` if None; not together with ``usePTY``.
        Returns: the transport. A program that cannot be executed is a process that says why on
            its standard error, and ends with exit code 1.
        Raises:
            OSError: there can be no further process, pipe or terminal.
            TypeError, ValueError: an argument is of no use.
        """
        if os.name != "posix":
            raise NotImplementedError("processes are served on POSIX systems only")
        # By way of the face, where programs put their own classes in place of ours.
        import twisted.internet.process as face

        environment = os.environ if env is None else env
        if usePTY:
            if childFDs is not None:
                raise ValueError(
                    "usePTY and childFDs contradict each other: a terminal is all that such a "
                    "child has; give one of the two"
                )
            terminal: IProcessTransport = face.PTYProcess(
                self, executable, args, environment, path, processProtocol, uid, gid, usePTY
            )
            return terminal
        child: IProcessTransport = face.Process(
            self, executable, args, environment, path, processProtocol, uid, gid, childFDs
        )
        return child
