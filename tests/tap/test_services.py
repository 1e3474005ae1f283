"""What ``twistd ftp``, ``twistd socks`` and ``twistd portforward`` make of their options."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from zope.interface.verify import verifyObject

from tests.support import drive
from tests.support.streams import Maker
from twisted.application.internet import StreamServerEndpointService, TCPServer
from twisted.application.service import IService, IServiceMaker
from twisted.cred.checkers import AllowAnonymousAccess, FilePasswordDB
from twisted.cred.credentials import IAnonymous, IUsernamePassword, UsernamePassword
from twisted.plugin import getPlugins
from twisted.protocols.portforward import ProxyFactory
from twisted.protocols.socks import SOCKSv4Factory
from twisted.python.filepath import FilePath
from twisted.python.usage import UsageError
from twisted.tap import ftp, portforward, socks

names = ["ftp", "portforward", "socks"]


def made(module: Any, *words: str) -> Any:
    options = module.Options()
    options.parseOptions(list(words))
    service = module.makeService(options)
    assert verifyObject(IService, service)
    return service


@pytest.mark.parametrize("name", names)
def test_eachIsAPluginOfTwistdAndATypeOfServices(name: str) -> None:
    (plugin,) = (each for each in getPlugins(IServiceMaker) if each.tapname == name)
    module = import_module(f"twisted.tap.{name}")
    assert plugin.options is module.Options
    assert plugin.makeService is module.makeService
    assert "--port=" in str(module.Options())


class TestFTP:
    def test_guestsMayReadWhereNothingElseIsSaid(self) -> None:
        service = made(ftp)
        assert isinstance(service, TCPServer)
        number, factory = service.args
        assert number == 2121
        assert (factory.userAnonymous, factory.tld) == ("anonymous", "/usr/local/ftp")
        assert list(factory.portal.checkers) == [IAnonymous]
        assert factory.portal.realm.anonymousRoot == FilePath("/usr/local/ftp")

    def test_theOptionsAreHeeded(self) -> None:
        words = ("--port", "2222", "--root", "/srv", "--userAnonymous", "guest")
        number, factory = made(ftp, *words).args
        assert (number, factory.userAnonymous, factory.tld) == (2222, "guest", "/srv")
        assert factory.portal.realm.anonymousRoot == FilePath("/srv")

    def test_aPortMayBeADescription(self) -> None:
        service = made(ftp, "-p", "tcp:0:interface=127.0.0.1")
        assert isinstance(service, StreamServerEndpointService)
        with pytest.raises(UsageError, match="tpc"):
            made(ftp, "-p", "tpc:0")

    def test_usersAreCheckedAsTheyLogIn(self, tmp_path: Path) -> None:
        (tmp_path / "users").write_text("ann:secret\n")
        factory = made(ftp, "--auth", f"file:{tmp_path / 'users'}").args[1]
        checker = factory.portal.checkers[IUsernamePassword]
        found: list[Any] = []
        checker.requestAvatarId(UsernamePassword(b"ann", b"secret")).addCallback(found.append)
        assert found == [b"ann"]
        assert isinstance(factory.portal.checkers[IAnonymous], AllowAnonymousAccess)

    def test_theOlderOptionForAFileWarns(self, tmp_path: Path) -> None:
        options = ftp.Options()
        with pytest.warns(DeprecationWarning, match=r"opt_password_file .*Twisted 11\.1\.0"):
            options.parseOptions(["--password-file", str(tmp_path / "users")])
        assert isinstance(options["credCheckers"][-1], FilePasswordDB)
        assert len(options["credCheckers"]) == 2

    def test_eachOptionsObjectHasCheckersOfItsOwn(self) -> None:
        one, other = ftp.Options(), ftp.Options()
        one.parseOptions(["--auth", "memory:a:b"])
        assert len(one["credCheckers"]) == 2
        assert len(other["credCheckers"]) == 1


class TestSOCKS:
    def test_itListensForThisMachineOnly(self) -> None:
        said = io.StringIO()
        with redirect_stdout(said):
            service = made(socks)
        assert isinstance(service, TCPServer)
        number, factory = service.args
        assert (number, service.kwargs) == (1080, {"interface": "127.0.0.1"})
        assert isinstance(factory, SOCKSv4Factory)
        assert factory.logging is None
        assert said.getvalue() == ""

    def test_anotherInterfaceIsWarnedOf(self, capsys: pytest.CaptureFixture[str]) -> None:
        service = made(socks, "-i", "192.0.2.1", "-p", "99", "-l", "a.log")
        assert (service.args[0], service.kwargs) == (99, {"interface": "192.0.2.1"})
        assert service.args[1].logging == "a.log"
        assert "192.0.2.1" in capsys.readouterr().out

    def test_aPortIsANumber(self) -> None:
        with pytest.raises(UsageError):
            made(socks, "-p", "many")


class TestPortForward:
    def test_itForwardsWhatComesToTheOtherPlace(self, reactor: Any) -> None:
        heard = Maker()
        port = reactor.listenTCP(0, heard, interface="127.0.0.1")
        number = str(port.getHost().port)
        service = made(portforward, "-p", "tcp:0", "-h", "127.0.0.1", "-d", number)
        assert isinstance(service, StreamServerEndpointService)
        assert isinstance(service.factory, ProxyFactory)
        assert (service.factory.host, service.factory.port) == ("127.0.0.1", int(number))
        drive(reactor, port.stopListening)

    def test_thePlacesAreThoseOfTheDocumentationWhereNothingIsSaid(self) -> None:
        options = portforward.Options()
        options.parseOptions([])
        assert dict(options) == {"port": "tcp:6666", "host": "localhost", "dest_port": 6665}

    def test_aPortThatCannotBeIsAWrongOption(self) -> None:
        with pytest.raises(UsageError):
            made(portforward, "-d", "many")
