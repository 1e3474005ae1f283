"""A site that is changed while it serves: nobody who calls meanwhile may notice."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from tests.examples.running import Program, call, callTLS, readAll
from tests.support.load import Load, exchange, freePorts
from twisted.application._control.client import Asking, WasNotDone

_TWIST = ("-m", "twisted.application.twist")
reloads = 200


def siteText(port: int, quotes: int, turn: int) -> str:
    """A file in which every service differs from turn to turn, and one comes and goes."""
    passing = '[services.passing]\ntype = "discard"\nlisten = { tcp = 0, host = "127.0.0.1" }\n'
    return (
        "[site]\ngrace = 30\n"
        f'[services.echo]\ntype = "echo"\n'
        f'listen = {{ tcp = {port}, host = "127.0.0.1", backlog = {100 + turn % 2} }}\n'
        f'[services.quotes]\ntype = "qotd"\nquotes = ["turn {turn}"]\n'
        f'listen = {{ tcp = {quotes}, host = "127.0.0.1" }}\n'
    ) + passing * (turn % 2)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("reactor", ["default", "select"])
def test_reloadsUnderLoadLoseNoConnectionAndNoByte(tmp_path: Path, reactor: str) -> None:
    port, quotes = freePorts(2)
    site = tmp_path / "site.toml"
    site.write_text(siteText(port, quotes, 0))
    data = os.urandom(20000)
    load = Load()
    words = ("up", "site.toml", "--reactor", reactor, "--log-level", "warn")
    with Program(*_TWIST, *words, folder=tmp_path) as program:
        program.until("quotes +TCP")
        held = [call(port) for _ in range(3)]

        def newCall() -> None:
            with call(port) as connection:
                exchange(connection, data)

        def quote() -> None:
            with call(quotes) as connection:
                assert readAll(connection).startswith(b"turn ")

        for connection in held:
            load.add(lambda connection=connection: exchange(connection, data))  # type: ignore[misc]
        for _ in range(3):
            load.add(newCall)
            load.add(quote)
        with Asking(os.path.relpath(tmp_path / ".site.toml.control")) as asking:
            for turn in range(1, reloads + 1):
                site.write_text(siteText(port, quotes, turn))
                changes = asking.ask("reload")
                assert changes["changed"] == ["echo", "quotes"]
                assert changes["added"] == ["passing"] * (turn % 2)
            load.end()
            # The ends of the last calls are on their way.
            for _ in range(1000):
                rows = {row["name"]: row for row in asking.ask("status")["services"]}
                if rows["echo"]["open"] == len(held):
                    break
        assert load.problems == []
        assert load.done > reloads
        assert rows["echo"]["open"] == len(held)
        assert rows["echo"]["errors"] == 0
        assert rows["echo"]["received"] == rows["echo"]["sent"] > 0
        with call(quotes) as connection:
            assert readAll(connection) == b"turn 200\r\n"
        for connection in held:
            connection.close()
        program.signal()
        assert program.ended() == 0
    assert "Traceback" not in program.output


def test_aWrongFileChangesNothing(tmp_path: Path) -> None:
    port, quotes = freePorts(2)
    site = tmp_path / "site.toml"
    site.write_text(siteText(port, quotes, 0))
    with Program(*_TWIST, "up", "site.toml", folder=tmp_path) as program:
        program.until("quotes +TCP")
        with call(port) as connection, Asking(str(tmp_path / ".site.toml.control")) as asking:
            before = asking.ask("status")["services"]
            site.write_text(siteText(port, quotes, 1) + '[services.bad]\ntype = "ehco"\n')
            with pytest.raises(WasNotDone, match="Did you mean 'echo'") as caught:
                asking.ask("reload")
            assert caught.value.inFile
            exchange(connection, b"still here")
            with socket.create_server(("127.0.0.1", 0)) as taken:
                busy = taken.getsockname()[1]
                site.write_text(siteText(port, busy, 1))
                with pytest.raises(WasNotDone, match="quotes: cannot listen on TCP") as caught:
                    asking.ask("reload")
                assert not caught.value.inFile
            exchange(connection, b"still here")
            after = asking.ask("status")["services"]
            kept = ("name", "type", "state", "since", "addresses")
            for old, new in zip(before, after, strict=True):
                assert {key: new[key] for key in kept} == {key: old[key] for key in kept}
            with call(quotes) as other:
                assert readAll(other) == b"turn 0\r\n"


def test_aRenewedCertificateIsShownToNewCallersAndOldOnesStay(tmp_path: Path) -> None:
    from twisted.internet._tls.selfsigned import selfSignedCertificate

    (port,) = freePorts(1)
    site = tmp_path / "site.toml"
    site.write_text(
        '[services.echo]\ntype = "echo"\n'
        f'listen = {{ tls = {port}, host = "127.0.0.1", certificate = "c.pem", key = "k.pem" }}\n'
    )

    def renew() -> None:
        certificate, key = selfSignedCertificate(("localhost",), str(tmp_path))
        Path(certificate).rename(tmp_path / "c.pem")
        Path(key).rename(tmp_path / "k.pem")

    renew()
    with Program(*_TWIST, "up", folder=tmp_path) as program:
        program.until("echo +TLS")
        with callTLS(port) as old, Asking(str(tmp_path / ".site.toml.control")) as asking:
            exchange(old, b"hello")
            shown = old.getpeercert(binary_form=True)
            assert asking.ask("reload")["changed"] == []
            renew()
            assert asking.ask("reload")["changed"] == ["echo"]
            exchange(old, b"still here")
            with callTLS(port) as new:
                exchange(new, b"hello")
                assert new.getpeercert(binary_form=True) != shown
        program.signal()
        assert program.ended() == 0
