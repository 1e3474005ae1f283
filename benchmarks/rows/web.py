"""HTTP/2, asked by h2load over TLS; and applications of ASGI, asked by wrk."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..contestants import Contestant, programs
from ..measuring import Measure, Plan, Sample
from ..peers import peerCommand, require
from ..processes import Cores, Running
from ..workshop import Workshop
from .model import Bar, Row

__all__ = ["rows"]


def _measured(server: Running, load: Sequence[str], cores: Cores, plan: Plan) -> Sample:
    """
    Let a load run twice; the first time does not count.

    Args: load: a command, in which SECONDS stands for how long.
    """

    def run(seconds: float) -> tuple[int, float]:
        # Both loads count whole seconds.
        whole = str(max(1, round(seconds)))
        words = [whole if word == "SECONDS" else word for word in load]
        with Running(words, cores.load) as running:
            count, elapsed = running.line(seconds)
        return int(count), float(elapsed)

    run(plan.warmSeconds)
    before, waited = server.wholeSeconds(), server.waitedSeconds()
    count, elapsed = run(plan.seconds)
    used = server.wholeSeconds() - before
    waited = server.waitedSeconds() - waited
    wall = count / elapsed
    return Sample(wall, count / used if used else wall, None, waited / elapsed)


@dataclass(frozen=True)
class Multiplexed(Measure):
    """
    Requests by HTTP/2.

    Attributes:
        connections, streams: at a time; streams are of each connection.
        bodyBytes: that are posted; 0 for GET.
    """

    connections: int = 8
    streams: int = 16
    bodyBytes: int = 0

    def sample(
        self, contestant: Contestant, workshop: Workshop, cores: Cores, plan: Plan
    ) -> Sample | None:
        if contestant.kind != "twisted" or contestant.reactor:
            return None
        python = workshop.genuinePython if contestant.key == "twisted" else workshop.python
        require(python, ("h2", "priority"))
        with tempfile.TemporaryDirectory(prefix="torsion-bench-") as folder:
            program = str(programs / "weblive.py")
            words = [python, program, "h2", folder, workshop.certificate]
            posted = Path(folder) / "posted"
            posted.write_bytes(b"x" * self.bodyBytes)
            with Running(words, cores.server) as server:
                url = f"https://127.0.0.1:{server.line()[1]}/"
                load = [sys.executable, str(programs / "h2load.py")]
                load += [str(self.connections), str(self.streams), "SECONDS", url]
                return _measured(
                    server, [*load, str(posted)] if self.bodyBytes else load, cores, plan
                )


@dataclass(frozen=True)
class Application(Measure):
    """Requests to an application of ASGI: by Torsion, uvicorn and granian."""

    connections: int = 64

    def sample(
        self, contestant: Contestant, workshop: Workshop, cores: Cores, plan: Plan
    ) -> Sample | None:
        with tempfile.TemporaryDirectory(prefix="torsion-bench-") as folder:
            words = peerCommand(contestant, workshop, "asgi", Path(folder))
            if contestant.key == "torsion":
                program = str(programs / "weblive.py")
                words = [workshop.python, program, "asgi", folder, workshop.certificate]
            if words is None:
                return None
            with Running(words, cores.server) as server:
                url = f"http://127.0.0.1:{server.line()[1]}/"
                load = [sys.executable, str(programs / "webload.py")]
                load += [str(self.connections), "SECONDS", url]
                return _measured(server, load, cores, plan)


rows: tuple[Row, ...] = (
    Row("h2-hello", "HTTP/2 over TLS, 8 x 16 streams", "requests/s", Multiplexed(), (Bar(3.0),)),
    Row(
        "h2-one",
        "HTTP/2 over TLS, one at a time on 16 connections",
        "requests/s",
        Multiplexed(connections=16, streams=1),
        (Bar(2.0),),
    ),
    Row(
        "h2-post",
        "64 KiB are posted by HTTP/2",
        "requests/s",
        Multiplexed(streams=4, bodyBytes=65536),
        (Bar(2.0),),
    ),
    Row(
        "asgi-hello",
        "an ASGI application, with an access log",
        "requests/s",
        Application(),
        (Bar(1.0, "uvicorn"),),
    ),
)
