"""What measuring needs and makes itself, once: a venv, two programs in C, a certificate."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

__all__ = ["Workshop", "WorkshopError", "genuineVersion"]

here = Path(__file__).parent
genuineVersion = "26.10.0"
mostSeconds = 600.0
"""For any one step, such as an installation."""


class WorkshopError(Exception):
    """Something could not be made; the words say what, and what its maker said."""


class Workshop:
    """
    The folder of all that is made, and what is in it.

    Args:
        folder: made if it is not there; ``benchmarks/.work`` where None.
        say: told in a few words what is being made.
    Attributes:
        python: the interpreter that has Torsion: the one that runs this.
        genuinePython: the interpreter of the venv with genuine Twisted.
        echo, load: the programs in C.
        certificate: a file with a certificate for localhost and its key.
        hasTLSLoad: whether ``load`` can speak TLS.
    """

    def __init__(self, folder: Path | None = None, say: Callable[[str], object] = str) -> None:
        self.folder = folder or here / ".work"
        self._say = say
        venv = f"twisted-{genuineVersion}-cpython{sys.version_info[0]}.{sys.version_info[1]}"
        self._venv = self.folder / venv
        self.python = sys.executable
        self.genuinePython = str(self._venv / "bin" / "python")
        self.echo = str(self.folder / "echo")
        self.load = str(self.folder / "load")
        self.certificate = str(self.folder / "certificate.pem")

    def prepare(self, genuine: bool = True) -> None:
        """
        Make what is missing or older than its source.

        Args:
            genuine: whether genuine Twisted is wanted, which has to be fetched.
        Raises: WorkshopError.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self._requireTorsion()
        self._compile("echo", [])
        if not self._isFresh("load"):
            self._compileLoad()
        self._makeCertificate()
        if genuine and not (self._venv / "complete").exists():
            self._makeVenv()

    @property
    def hasTLSLoad(self) -> bool:
        return (self.folder / "load-speaks-tls").exists()

    def _requireTorsion(self) -> None:
        found = self._run([self.python, "-c", "import twisted; print(twisted.torsion_version)"])
        if not found:
            raise WorkshopError(f"{self.python} has no Torsion: pip install -e '.[all]' first")

    def _isFresh(self, name: str) -> bool:
        made, source = self.folder / name, here / "c" / f"{name}.c"
        return made.exists() and made.stat().st_mtime > source.stat().st_mtime

    def _compile(self, name: str, options: Sequence[str]) -> None:
        if self._isFresh(name):
            return
        self._say(f"compiling {name}.c")
        source, made = here / "c" / f"{name}.c", self.folder / name
        compiler = os.environ.get("CC", "cc")
        self._run([compiler, "-O2", "-std=gnu11", "-o", str(made), str(source), *options])

    def _compileLoad(self) -> None:
        marker = self.folder / "load-speaks-tls"
        marker.unlink(missing_ok=True)
        try:
            self._compile("load", ["-DTLS", "-lssl", "-lcrypto"])
            marker.touch()
        except WorkshopError:
            self._say("no OpenSSL headers: the load for TLS will be a Python program")
            self._compile("load", [])

    def _makeCertificate(self) -> None:
        """Both in one file; made anew when it is about to expire."""
        from twisted.internet._tls.selfsigned import selfSignedCertificate

        paths = selfSignedCertificate(["localhost"], self.folder / "certificate", replace=True)
        Path(self.certificate).write_bytes(b"".join(Path(path).read_bytes() for path in paths))

    def _makeVenv(self) -> None:
        self._say(f"installing Twisted {genuineVersion} in a venv of its own")
        self._run([sys.executable, "-m", "venv", "--clear", str(self._venv)])
        self._run(
            [
                self.genuinePython,
                *("-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
                f"Twisted[tls]=={genuineVersion}",
            ]
        )
        (self._venv / "complete").touch()

    def _run(self, words: Sequence[str]) -> str:
        try:
            done = subprocess.run(
                words,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=mostSeconds,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise WorkshopError(f"{words[0]} did not run: {error}") from error
        if done.returncode:
            said = (done.stderr or done.stdout).strip()
            raise WorkshopError(f"{' '.join(words)} failed with {done.returncode}:\n{said}")
        return done.stdout.strip()
