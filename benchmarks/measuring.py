"""Kinds of measurement: each gives one sample of one contestant."""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from .contestants import Contestant, importCommand, insideCommand, programs, serverCommand
from .processes import Cores, Running
from .workshop import Workshop

__all__ = ["Exchange", "Fresh", "Idle", "Import", "Inside", "Measure", "Plan", "Sample", "Storm"]


@dataclass(frozen=True)
class Plan:
    """
    How long, and how much.

    Attributes:
        seconds: of each sample.
        warmSeconds: of load before the sample begins.
        idleConnections: that are held for the memory of each.
        timers: that are outstanding.
        imports: fresh processes for one sample.
    """

    seconds: float = 1.0
    warmSeconds: float = 0.3
    idleConnections: int = 5000
    timers: int = 100_000
    imports: int = 5


@dataclass(frozen=True)
class Sample:
    """
    Attributes:
        wall: the figure, in the unit of the row.
        processor: the same with the processor time of what is measured in the place of the wall's.
            Where time does not come in, both are the same.
        loadBusy: the share of the time that the load ran on its core, where there is one.
        disturbed: the share of the time that others ran where what is measured could have.
    """

    wall: float
    processor: float
    loadBusy: float | None = None
    disturbed: float = 0.0


class Measure:
    """What a row does with one contestant."""

    def sample(
        self, contestant: Contestant, workshop: Workshop, cores: Cores, plan: Plan
    ) -> Sample | None:
        """
        Measure once.

        Returns: None where this contestant has no such thing.
        Raises: ChildFailed.
        """
        raise NotImplementedError


@contextmanager
def _serving(
    contestant: Contestant, workshop: Workshop, cores: Cores, protocol: str, transport: str
) -> Iterator[tuple[Running, list[str]] | None]:
    """A server, ready; and the beginning of the command of its load."""
    with tempfile.TemporaryDirectory(prefix="torsion-bench-") as folder:
        socket = str(Path(folder) / "socket")
        words = {"tcp": "tcp", "unix": f"unix:{socket}", "tls": f"tls:{workshop.certificate}"}
        command = serverCommand(contestant, workshop, protocol, words[transport])
        if command is None:
            yield None
            return
        with Running(command, cores.server) as server:
            port = server.line()[1]
            target = {"unix": f"unix:{socket}"}.get(transport, f"{transport}:{port}")
            yield server, [target, protocol]


def _loadProgram(workshop: Workshop, transport: str) -> list[str]:
    if transport == "tls" and not workshop.hasTLSLoad:
        return [sys.executable, str(Path(__file__).parent / "programs" / "tlsload.py")]
    return [workshop.load]


def _timed(server: Running, words: list[str], cores: Cores, plan: Plan) -> Sample:
    """Let the load run, and read what it and the server did meanwhile."""
    words = [*words, str(plan.warmSeconds), str(plan.seconds)]
    with Running(words, cores.load) as load:
        load.line(plan.warmSeconds)
        before, waited = server.processorSeconds(), server.waitedSeconds() + load.waitedSeconds()
        _, count, elapsed, loadBusy = load.line(plan.seconds)
        used = server.processorSeconds() - before
        waited = server.waitedSeconds() + load.waitedSeconds() - waited
    wall = int(count) / float(elapsed)
    processor = int(count) / used if used else wall
    return Sample(wall, processor, float(loadBusy), waited / float(elapsed))


@dataclass(frozen=True)
class Exchange(Measure):
    """
    Messages go there and back.

    Attributes:
        protocol, transport: as `contestants.serverCommand` takes them.
        connections: at work at the same time.
        flight: messages of each that are on their way.
        size: bytes of a message.
    """

    protocol: str = "bytes"
    transport: str = "tcp"
    connections: int = 50
    flight: int = 1
    size: int = 64

    def sample(
        self, contestant: Contestant, workshop: Workshop, cores: Cores, plan: Plan
    ) -> Sample | None:
        with _serving(contestant, workshop, cores, self.protocol, self.transport) as serving:
            if serving is None:
                return None
            server, target = serving
            shape = [str(self.connections), str(self.flight), str(self.size)]
            words = [*_loadProgram(workshop, self.transport), "ping", *target, *shape]
            return _timed(server, words, cores, plan)


@dataclass(frozen=True)
class Storm(Measure):
    """Connections come, have one message echoed, and go: ``connections`` at a time."""

    connections: int = 32
    size: int = 64

    def sample(
        self, contestant: Contestant, workshop: Workshop, cores: Cores, plan: Plan
    ) -> Sample | None:
        with _serving(contestant, workshop, cores, "bytes", "tcp") as serving:
            if serving is None:
                return None
            server, target = serving
            words = [workshop.load, "connect", *target, str(self.connections), str(self.size)]
            return _timed(server, words, cores, plan)


@dataclass(frozen=True)
class Idle(Measure):
    """
    Bytes of memory for each connection that does nothing.

    A few connections come first, so that what a server needs once is not counted.
    """

    first: int = 500

    def sample(
        self, contestant: Contestant, workshop: Workshop, cores: Cores, plan: Plan
    ) -> Sample | None:
        count = plan.idleConnections
        if contestant.mostFiles is not None and contestant.mostFiles < count + self.first:
            return None
        with _serving(contestant, workshop, cores, "bytes", "tcp") as serving:
            if serving is None:
                return None
            server, target = serving
            words = [workshop.load, "hold", *target, str(self.first), str(count)]
            with Running(words, cores.load) as load:
                load.line()
                before = server.residentBytes()
                load.tell("more")
                load.line()
                after = server.residentBytes()
        if before is None or after is None:
            return None
        each = (after - before) / count
        return Sample(each, each)


@dataclass(frozen=True)
class Inside(Measure):
    """
    Something inside one process.

    Attributes:
        what: a name in the table of the program.
        size: for it.
        sizeFrom: the attribute of the plan that says the size instead.
        raw: whether asyncio has such a thing too.
        program: the one in ``programs`` that knows it; asyncio's has ``raw`` before its name.
    """

    what: str
    size: int = 0
    sizeFrom: str | None = None
    raw: bool = False
    program: str = "engine"

    def sample(
        self, contestant: Contestant, workshop: Workshop, cores: Cores, plan: Plan
    ) -> Sample | None:
        size = self.size if self.sizeFrom is None else getattr(plan, self.sizeFrom)
        words = insideCommand(
            contestant, workshop, self.program, [self.what, str(plan.seconds), str(size)], self.raw
        )
        if words is None:
            return None
        with Running(words, cores.server) as process:
            begun = monotonic()
            wall, processor = process.line(plan.seconds)
            disturbed = process.waitedSeconds() / (monotonic() - begun)
        return Sample(float(wall), float(processor), disturbed=disturbed)


def medianOfFresh(
    words: Sequence[str], cores: Cores, count: int, waitSeconds: float = 0.0
) -> Sample:
    """
    Run a program that tells its two figures in one line, in fresh processes.

    Args:
        count: of processes, beside a first one, which may have to compile and does not count.
        waitSeconds: that a line may take beyond what every line may.
    Returns: the median of each figure.
    """
    times = []
    for number in range(count + 1):
        with Running(list(words), cores.server) as process:
            told = [float(word) for word in process.line(waitSeconds)]
        if number:
            times.append(told)
    wall, processor = map(statistics.median, zip(*times, strict=True))
    return Sample(wall, processor)


@dataclass(frozen=True)
class Fresh(Measure):
    """
    Milliseconds of a program in a fresh process, of Torsion and of genuine Twisted: the median of
    several.

    Attributes:
        program: a file in ``programs``.
        words: what it is given.
        genuine: whether genuine Twisted can run it.
        waitSeconds: that one run may take beyond what every line may.
    """

    program: str
    words: tuple[str, ...]
    genuine: bool = True
    waitSeconds: float = 0.0

    def sample(
        self, contestant: Contestant, workshop: Workshop, cores: Cores, plan: Plan
    ) -> Sample | None:
        if contestant.key not in (("torsion", "twisted") if self.genuine else ("torsion",)):
            return None
        python = workshop.genuinePython if contestant.key == "twisted" else workshop.python
        words = [python, str(programs / self.program), *self.words]
        return medianOfFresh(words, cores, plan.imports, self.waitSeconds)


@dataclass(frozen=True)
class Import(Measure):
    """Milliseconds of an import in a fresh process: the median of several."""

    def sample(
        self, contestant: Contestant, workshop: Workshop, cores: Cores, plan: Plan
    ) -> Sample | None:
        words = importCommand(contestant, workshop)
        return None if words is None else medianOfFresh(words, cores, plan.imports)
