"""
nginx with one answer to everything over TLS, by HTTP/1.1 and HTTP/2, for clients to be measured by.

It is as small as the one of ``httpanswers.py``, and written in C: what is measured is the client.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from httpanswers import body

host = "localhost"


def _freePort() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


class EncryptedAnswers:
    """
    The server, started.

    Attributes:
        port: where it listens on 127.0.0.1.
        certificate: the file of the one that it shows, for ``localhost``, which signs itself.

    Raises: FileNotFoundError without nginx or openssl.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="torsion-bench-")
        folder = Path(self._folder.name)
        self.certificate = str(folder / "certificate.pem")
        key = folder / "key.pem"
        words = (
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
            f" -subj /CN={host} -addext subjectAltName=DNS:{host}"
            f" -keyout {key} -out {self.certificate}"
        )
        subprocess.run(words.split(), check=True, capture_output=True)
        self.port = _freePort()
        places = " ".join(
            f"{name}_temp_path {folder}/{name};"
            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        settings = folder / "nginx.conf"
        settings.write_text(
            f"{'user root; ' if os.getuid() == 0 else ''}daemon off; master_process off;"
            f" pid {folder}/pid; error_log {folder}/log;\nevents {{}}\n"
            f"http {{ access_log off; keepalive_requests 100000000; {places}\n"
            f"  server {{ listen 127.0.0.1:{self.port} ssl http2;"
            f" ssl_certificate {self.certificate}; ssl_certificate_key {key};\n"
            f"    location / {{ default_type text/plain; return 200 '{body.decode()}'; }}\n  }}\n}}"
        )
        nginx = shutil.which("nginx") or "nginx"
        self._child = subprocess.Popen(
            [nginx, "-e", str(folder / "log"), "-c", str(settings)], stderr=subprocess.DEVNULL
        )
        self._wait()

    def _wait(self) -> None:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise OSError("nginx did not begin to listen")

    def end(self) -> None:
        """Stop it."""
        self._child.kill()
        self._child.wait()
        self._folder.cleanup()
