"""A site in several processes: one queue of callers, and nobody lost but a dead worker's own."""

from __future__ import annotations

import os
import select
import signal
import socket
from pathlib import Path
from typing import Any

import pytest

from tests.examples.running import Program, call, patienceSeconds, readAll
from tests.support.load import Load, exchange, freePorts
from twisted.application._control.client import Asking, WasNotDone
from twisted.application.twist.running import _Patience

_TWIST = ("-m", "twisted.application.twist")


def siteText(port: int, quotes: int, turn: int = 0, workers: int = 2) -> str:
    return (
        f"[site]\nworkers = {workers}\ngrace = 0.2\n"
        '[services.echo]\ntype = "echo"\n'
        f'listen = {{ tcp = {port}, host = "127.0.0.1", backlog = {100 + turn % 2} }}\n'
        f'[services.quotes]\ntype = "qotd"\nquotes = ["turn {turn}"]\n'
        f'listen = {{ tcp = {quotes}, host = "127.0.0.1" }}\n'
    )


def untilStatus(asking: Asking, right: Any) -> Any:
    """Ask until a status is right; each asking takes its time."""
    for _ in range(5000):
        status = asking.ask("status")
        if right(status):
            return status
    raise AssertionError(f"it never came to that: {status}")


def replaced(times: int) -> Any:
    """Whether all workers run, and have been replaced so often."""

    def check(status: Any) -> bool:
        workers = status["workers"]
        running = all(each["state"] == "running" for each in workers)
        return running and sum(each["restarts"] for each in workers) == times

    return check


def ends(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


@pytest.mark.timeout(120)
def test_aKilledWorkerLosesItsOwnConnectionsAndNobodyElse(tmp_path: Path) -> None:
    port, quotes = freePorts(2)
    (tmp_path / "site.toml").write_text(siteText(port, quotes))
    data = os.urandom(5000)
    load = Load()
    with Program(*_TWIST, "up", "--log-level", "warn", folder=tmp_path) as program:
        program.until("quotes +TCP")
        held = [call(port) for _ in range(20)]
        for connection in held:
            exchange(connection, b"there")
        with Asking(str(tmp_path / ".site.toml.control")) as asking:
            status = asking.ask("status")
            first, second = status["workers"]
            assert first["open"] + second["open"] == len(held)

            def quote() -> None:
                # Who is being served when the worker dies is lost with it; who calls is not.
                with call(quotes) as connection:
                    try:
                        said = readAll(connection)
                    except ConnectionResetError:
                        said = b""
                    assert said in (b"", b"turn 0\r\n")

            load.add(quote)
            os.kill(second["pid"], signal.SIGKILL)
            # Whose connections they were is told by which of them go on.
            lost = []
            for connection in held:
                connection.settimeout(0.2)
                try:
                    if ends(connection):
                        lost.append(connection)
                except TimeoutError:
                    connection.settimeout(30)
                    exchange(connection, data)
            assert len(lost) == second["open"]
            status = untilStatus(asking, replaced(1))
            load.end()
            assert load.problems == []
            assert status["workers"][0]["pid"] == first["pid"]
            assert status["workers"][1]["pid"] != second["pid"]
            assert status["workers"][1]["restarts"] == 1
            pids = [each["pid"] for each in status["workers"]]
        program.signal(signal.SIGTERM)
        assert program.ended() == 0
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert [path.name for path in tmp_path.iterdir()] == ["site.toml"]


@pytest.mark.timeout(120)
def test_workersReloadOneAfterTheOtherAndLoseNothing(tmp_path: Path) -> None:
    port, quotes = freePorts(2)
    site = tmp_path / "site.toml"
    site.write_text(siteText(port, quotes))
    data = os.urandom(20000)
    load = Load()
    with Program(*_TWIST, "up", "--log-level", "warn", folder=tmp_path) as program:
        program.until("quotes +TCP")
        held = call(port)

        def newCall() -> None:
            with call(port) as connection:
                exchange(connection, data)

        load.add(lambda: exchange(held, data))
        for _ in range(3):
            load.add(newCall)
        with Asking(str(tmp_path / ".site.toml.control")) as asking:
            for turn in range(1, 51):
                site.write_text(siteText(port, quotes, turn))
                assert asking.ask("reload")["changed"] == ["echo", "quotes"]
                with call(quotes) as connection:
                    assert readAll(connection) == b"turn %d\r\n" % turn
            site.write_text("[services.echo]\n")
            with pytest.raises(WasNotDone, match="'type' is missing"):
                asking.ask("reload")
            load.end()
        assert load.problems == []
        exchange(held, data)
        held.close()
        program.signal()
        assert program.ended() == 0
    assert "Traceback" not in program.output


def test_aServiceThatIsStoppedRefusesCallersInAllWorkers(tmp_path: Path) -> None:
    port, quotes = freePorts(2)
    (tmp_path / "site.toml").write_text(siteText(port, quotes))
    with Program(*_TWIST, "up", folder=tmp_path) as program:
        program.until("quotes +TCP")
        with Asking(str(tmp_path / ".site.toml.control")) as asking:
            assert asking.ask("stop", name="quotes")["state"] == "stopped"
            with pytest.raises(ConnectionRefusedError):
                call(quotes)
            # A worker that is made meanwhile leaves it stopped, too.
            worker = asking.ask("status")["workers"][0]
            os.kill(worker["pid"], signal.SIGKILL)
            status = untilStatus(asking, replaced(1))
            assert [row["state"] for row in status["services"]] == ["running", "stopped"]
            for operation in ("start", "restart"):
                assert asking.ask(operation, name="quotes")["state"] == "running"
                with call(quotes) as connection:
                    assert readAll(connection) == b"turn 0\r\n"
            with pytest.raises(WasNotDone, match="Did you mean 'quotes'"):
                asking.ask("start", name="quote")
            texts = [entry["text"] for entry in asking.ask("logs", count=1000, name="quotes")]
            # What the dead one had to tell has gone with it.
            assert texts.count("quotes is stopped") == 1
            assert texts.count("quotes is started") == 2
        program.signal()
        assert program.ended() == 0


def test_aPortThatIsTakenStopsAllWorkersBeforeTheyStart(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        (tmp_path / "site.toml").write_text(siteText(freePorts(1)[0], taken.getsockname()[1]))
        with Program(*_TWIST, "up", folder=tmp_path) as program:
            assert program.ended() == 1
    assert program.output.count("quotes: cannot listen on TCP") == 1
    assert "Nothing was started." in program.output


def test_workersEndWhenTheFirstProcessIsKilled(tmp_path: Path) -> None:
    port, quotes = freePorts(2)
    (tmp_path / "site.toml").write_text(siteText(port, quotes))
    with Program(*_TWIST, "up", folder=tmp_path) as program:
        program.until("quotes +TCP")
        with Asking(str(tmp_path / ".site.toml.control")) as asking:
            pids = [each["pid"] for each in asking.ask("status")["workers"]]
        assert len(pids) == 2
        watched = [os.pidfd_open(pid) for pid in pids]
        program.process.kill()
        for each in watched:
            assert select.select([each], [], [], patienceSeconds)[0]
            os.close(each)


def test_aSecondSignalDropsTheConnectionsOfAllWorkersAtOnce(tmp_path: Path) -> None:
    port, quotes = freePorts(2)
    text = siteText(port, quotes).replace("grace = 0.2", "grace = 3600")
    (tmp_path / "site.toml").write_text(text)
    with Program(*_TWIST, "up", folder=tmp_path) as program:
        program.until("quotes +TCP")
        held = [call(port) for _ in range(4)]
        for connection in held:
            exchange(connection, b"there")
        program.signal()
        program.until("open connections? may take 3600 s")
        for connection in held:
            exchange(connection, b"still there")
        # A second request that follows at once is taken for an echo of the first.
        held[0].settimeout(_Patience.withinSeconds + 0.1)
        with pytest.raises(TimeoutError):
            held[0].recv(1)
        program.signal()
        assert program.ended() == 0
        for connection in held:
            assert ends(connection)
            connection.close()


def test_aServiceThatDoesNotListenRunsInTheFirstWorkerOnly() -> None:
    from twisted.application._config.site import ServicePlan, SitePlan
    from twisted.application._workers.member import planFor

    class Listens:
        listen = ()

    plan = SitePlan(
        "site", 1.0, (ServicePlan("web", "x", Listens()), ServicePlan("timer", "x", object()))
    )
    assert [each.name for each in planFor(plan, 1).services] == ["web", "timer"]
    assert [each.name for each in planFor(plan, 2).services] == ["web"]


def test_whatCannotGoToAnotherProcessIsSaid() -> None:
    from twisted.application._config.site import ServicePlan, SitePlan
    from twisted.application._site.listening import CannotStart
    from twisted.application._workers.channel import pickled, unpickled

    plan = SitePlan("site", 1.0, (ServicePlan("a", "x", 3),))
    assert unpickled(pickled(plan)) == plan
    with pytest.raises(CannotStart, match="cannot have workers"):
        pickled(SitePlan("site", 1.0, (ServicePlan("a", "x", lambda: 3),)))


def test_descriptorsAreNotLostByChanges(tmp_path: Path) -> None:
    port, quotes = freePorts(2)
    site = tmp_path / "site.toml"
    site.write_text(siteText(port, quotes))
    with Program(*_TWIST, "up", "--log-level", "warn", folder=tmp_path) as program:
        program.until("quotes +TCP")
        with Asking(str(tmp_path / ".site.toml.control")) as asking:
            status = asking.ask("status")
            pids = [status["pid"], *(each["pid"] for each in status["workers"])]

            def descriptors() -> list[int]:
                return [len(os.listdir(f"/proc/{pid}/fd")) for pid in pids]

            asking.ask("restart", name="quotes")
            before = descriptors()
            for turn in range(1, 7):
                site.write_text(siteText(port, quotes, turn))
                asking.ask("reload")
                asking.ask("start", name="quotes")
                asking.ask("restart", name="echo")
                site.write_text(siteText(port, port, turn).replace("quotes", "other"))
                with pytest.raises(WasNotDone):
                    asking.ask("reload")
            # What an end of turn leaves open for a moment is gone after another question.
            untilStatus(asking, lambda _: descriptors() == before)
        program.signal()
        assert program.ended() == 0
