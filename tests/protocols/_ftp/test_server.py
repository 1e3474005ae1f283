"""The server in memory: what is answered, what is refused, and what never leaves the root."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.protocols._framing.splits import everyCut
from tests.support.examples import examples
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionLost
from twisted.logger import globalLogPublisher
from twisted.protocols import ftp
from twisted.python.failure import Failure

from .serving import Session, done

lost = Failure(ConnectionLost())


@pytest.fixture
def session(tmp_path: Path) -> Session:
    (tmp_path / "me").mkdir()
    (tmp_path / "me" / "file").write_bytes(b"one\ntwo\n")
    (tmp_path / "me" / "folder").mkdir()
    return Session(tmp_path).logIn()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "me"


answers = [
    ("NOOP", "200 "),
    ("noop", "200 "),
    (b"\xff\xf4\xff\xf2ABOR", "226 "),
    ("SYST", "215 UNIX Type: L8"),
    ("PWD", '257 "/"'),
    ("XPWD", '257 "/"'),
    ("CWD folder", "250 "),
    ("CWD file", "550 "),
    ("CWD nowhere", "550 "),
    ("CDUP", "550 "),
    ("SIZE file", "213 8"),
    ("MDTM nowhere", "550 "),
    ("MKD folder", "550 "),
    ('MKD a "b"', '257 "a ""b""" created'),
    ("RMD file", "550 "),
    ("RMD /", "550 "),
    ("DELE folder", "550 "),
    ("DELE file", "250 "),
    ("RNTO file", "503 "),
    ("TYPE A", "200 "),
    ("TYPE A N", "200 "),
    ("TYPE I", "200 "),
    ("TYPE L 8", "200 "),
    ("TYPE E", "504 "),
    ("TYPE A X", "501 "),
    ("MODE S", "200 "),
    ("MODE B", "504 "),
    ("STRU R", "504 "),
    ("OPTS UTF8 ON", "200 "),
    ("OPTS MLST size;nonsense;", "200 MLST OPTS size;"),
    ("OPTS nonsense", "502 "),
    ("REST 5", "350 "),
    ("REST -5", "501 "),
    ("REST x", "501 "),
    ("REST 99999999999999999999", "501 "),
    ("HELP", "214 "),
    ("STAT", "211 "),
    ("ALLO 5", "202 "),
    ("NOOP more", "501 "),
    ("CWD", "500 "),
    ("GIBBERISH", "502 "),
    ("LIST", "503 "),
    ("PORT 1,2,3", "501 "),
    ("PORT 127,0,0,1,256,1", "501 "),
    ("PORT 10,0,0,1,200,1", "504 "),
    ("PORT 127,0,0,1,0,21", "504 "),
    ("EPRT |1|127.0.0.1|70000|", "504 "),
    ("EPRT |1|127.0.0.1|999999|", "501 "),
    ("EPRT |3|127.0.0.1|7000|", "522 "),
    ("EPRT", "500 "),
    ("EPSV 3", "522 "),
    ("EPSV ALL", "200 "),
    ("PASV", "227 Entering Passive Mode (127,0,0,1,156,64)."),
    ("EPSV", "229 Entering Extended Passive Mode (|||40000|)"),
    ("AUTH TLS", "502 "),
    ("PBSZ 0", "502 "),
    ("", "500 "),
    (b"\0", "500 "),
    (b"MKD a\0b", "500 "),
    (b"MKD a\nb", "500 "),
    (b"MKD a\rb", "500 "),
    (b"__class__", "500 "),
    (b"\xff\xfe", "500 "),
    ("MLST file", "250-Facts:"),
    ("QUIT", "221 "),
]


@pytest.mark.parametrize(("asked", "answer"), answers, ids=lambda value: repr(value)[:40])
def test_eachCommandHasItsAnswer(session: Session, asked: Any, answer: str) -> None:
    assert session.ask(asked).startswith(answer)


def test_commandsCutAnywhereAreAnsweredAlike(tmp_path: Path) -> None:
    data = b"USER me\r\nPASS secret\r\nPWD\r\nMKD x\r\nQUIT\r\n"
    wanted = None
    for number, parts in enumerate(everyCut(data)):
        folder = tmp_path / str(number)
        folder.mkdir()
        session = Session(folder)
        for part in parts:
            session.server.dataReceived(part)
        found = session.taken()
        wanted = wanted or found
        assert found == wanted
    assert wanted is not None
    assert [line[:3] for line in wanted.splitlines()] == ["331", "230", "257", "257", "221"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(lines=st.lists(st.binary(max_size=40), max_size=8), cut=st.integers(1, 50))
def test_whateverBytesComeNothingIsRaisedOrLoggedAsAFailure(
    tmp_path: Path, lines: list[bytes], cut: int
) -> None:
    events: list[Any] = []
    globalLogPublisher.addObserver(events.append)
    try:
        session = Session(tmp_path).logIn()
        data = b"".join(line + b"\r\n" for line in lines)
        for start in range(0, len(data), cut):
            session.server.dataReceived(data[start : start + cut])
        session.server.connectionLost(done)
    finally:
        globalLogPublisher.removeObserver(events.append)
    assert not [event for event in events if "log_failure" in event]


def test_aLineOfTheAllowedLengthIsRead_andALongerOneEndsTheConnection(session: Session) -> None:
    limit = session.server.MAX_LENGTH
    assert session.ask("CWD " + "x" * (limit - 4)).startswith("550")
    answer = session.ask("CWD " + "x" * (limit - 3))
    assert answer.startswith("500") and session.transport.disconnecting


def test_anEndlessLineIsNotKept(session: Session) -> None:
    for _ in range(40):
        session.server.dataReceived(b"x" * 1000)
    assert session.transport.disconnecting
    assert len(session.server._buffer) <= session.server.MAX_LENGTH


# Who may.


def test_nobodyMayDoAnythingBeforeTheyHaveSaidWhoTheyAre(tmp_path: Path) -> None:
    session = Session(tmp_path)
    for verb in ("PWD", "LIST", "RETR x", "STOR x", "PASV", "RNTO x", "SIZE x", "ABOR"):
        assert session.ask(verb).startswith("530"), verb
    assert session.ask("FEAT").startswith("211-")
    assert session.ask("PASS x").startswith("503")
    session.ask("USER me")
    assert session.ask("PWD").startswith("503")
    assert session.ask("PASS wrong").startswith("530")
    assert session.ask("PWD").startswith("530")


def test_whoeverGuessesPasswordsIsSentAway(tmp_path: Path) -> None:
    session = Session(tmp_path)
    for _ in range(session.server.maxFailedLogins):
        assert not session.transport.disconnecting
        session.ask("USER me")
        assert session.ask("PASS guess").startswith("530")
    assert session.transport.disconnecting


def test_anotherUserMeansThatTheFirstOneIsGone(session: Session) -> None:
    left: list[int] = []
    session.server.logout = lambda: left.append(1)
    session.ask("USER me")
    assert left == [1] and session.server.shell is None
    assert session.ask("PWD").startswith("503")


def test_thoseWithoutANameMayReadAndChangeNothing(tmp_path: Path) -> None:
    (tmp_path / "note").write_bytes(b"hello")
    session = Session(tmp_path).logIn("anonymous")
    assert session.listed("RETR note")[1] == b"hello"
    for line in ("MKD x", "RMD me", "DELE note", "STOR x", "APPE note"):
        session.data()
        assert session.ask(line).startswith("550"), line
    session.ask("RNFR note")
    assert session.ask("RNTO x").startswith("550")
    assert (tmp_path / "note").read_bytes() == b"hello"
    assert sorted(os.listdir(tmp_path)) == ["me", "note"]


def test_whatComesInTheClearBehindAUTHIsDropped_andWhoeverWasLoggedInIsNot(tmp_path: Path) -> None:
    """CVE-2011-0411 and its kin: bytes behind STARTTLS are anybody's, and were taken as safe."""
    session = Session(tmp_path, tlsContextFactory=object())
    started: list[Any] = []
    session.transport.startTLS = started.append  # type: ignore[attr-defined]  # a TCP transport's
    session.logIn()
    assert session.ask("PBSZ 0").startswith("503")
    assert session.ask("AUTH GSSAPI").startswith("504")
    answer = session.ask(b"AUTH TLS\r\nUSER me\r\nPASS secret\r\nMKD x\r\nNOO")
    assert answer.startswith("234") and answer.count("\r\n") == 1 and len(started) == 1
    assert session.ask("PWD").startswith("530")
    assert not (tmp_path / "me" / "x").exists()
    assert session.ask("AUTH TLS").startswith("503")
    assert session.ask("PROT P").startswith("503")
    assert [session.ask(line)[:3] for line in ("PBSZ 0", "PROT S", "PROT X")] == [
        "200",
        "536",
        "504",
    ]
    assert session.ask("PROT P").startswith("200")


def test_withoutTLSNobodyIsLetIn_whereItIsRequired(tmp_path: Path) -> None:
    session = Session(tmp_path, tlsContextFactory=object(), requireTLS=True)
    session.transport.startTLS = lambda context: None  # type: ignore[attr-defined]  # see above
    assert session.ask("USER me").startswith("530")
    session.ask("AUTH TLS")
    session.ask("PBSZ 0")
    assert session.ask("PROT C").startswith("536")
    session.logIn()


# No path leads out.

outside = ["../secret", "/../secret", "folder/../../secret", "out", "up/secret", "..", "/.."]


@pytest.mark.parametrize("path", outside)
@pytest.mark.parametrize("verb", ["RETR", "STOR", "APPE", "LIST", "MLSD", "SIZE", "CWD", "MLST"])
def test_noPathLeadsOutOfTheRoot(session: Session, home: Path, verb: str, path: str) -> None:
    secret = home.parent / "secret"
    secret.write_bytes(b"secret")
    (home / "out").symlink_to(secret)
    (home / "up").symlink_to(home.parent)
    session.data()
    answer = session.ask(f"{verb} {path}")
    assert answer.startswith(("550", "501")), answer
    assert secret.read_bytes() == b"secret"


def test_aLinkThatLeadsOutCanBeRemovedAndRenamed_butNotGoneThrough(
    session: Session, home: Path
) -> None:
    (home.parent / "secret").write_bytes(b"secret")
    (home / "out").symlink_to(home.parent / "secret")
    (home / "up").symlink_to(home.parent)
    assert session.ask("DELE up/secret").startswith("550")
    session.ask("RNFR up/secret")
    assert session.ask("RNTO mine").startswith("550")
    session.ask("RNFR file")
    assert session.ask("RNTO up/file").startswith("550")
    assert session.ask("DELE out").startswith("250")
    assert (home.parent / "secret").exists()


def test_aLinkWithinTheRootIsFollowed_andOthersIfTheShellSaysSo(
    session: Session, home: Path
) -> None:
    (home.parent / "secret").write_bytes(b"secret")
    (home / "in").symlink_to("file")
    (home / "out").symlink_to(home.parent / "secret")
    assert session.listed("RETR in")[1] == b"one\ntwo\n"
    session.server.shell.linksMayLeadOutside = True
    assert session.listed("RETR out")[1] == b"secret"


def test_aPipeIsNotOpened(session: Session, home: Path) -> None:
    os.mkfifo(home / "pipe")
    session.data()
    # A writer would block, too; a reader's end keeps the open of ours from blocking this test.
    reading = os.open(home / "pipe", os.O_RDWR)
    try:
        assert session.ask("RETR pipe").startswith("550")
        session.data()
        assert session.ask("STOR pipe").startswith("550")
    finally:
        os.close(reading)


# Data connections.


def test_dataGoesToTheClientsOwnAddressOnly(session: Session) -> None:
    """RFC 2577 section 3: a server that connects to whom it is told is used to attack others."""
    assert session.ask("PORT 192,0,2,1,200,1").startswith("504")
    assert not session.connects
    session.ask("PORT 127,0,0,2,200,1")  # every loopback address is this host
    assert [connect[:2] for connect in session.connects] == [("127.0.0.2", 51201)]


def test_dataComesFromTheClientsOwnAddressOnly(session: Session) -> None:
    session.ask("PASV")
    factory = session.listeners[-1].factory
    assert factory.buildProtocol(IPv4Address("TCP", "192.0.2.1", 5)) is None
    assert factory.buildProtocol(IPv4Address("TCP", "127.0.0.1", 5)) is not None
    assert factory.buildProtocol(IPv4Address("TCP", "127.0.0.1", 6)) is None


def test_aDataConnectionThatDoesNotComeIsGivenUp(session: Session) -> None:
    session.ask("PASV")
    assert session.ask("LIST") == ""
    session.clock.advance(session.server.dtpTimeout)
    assert session.taken().startswith("425")
    assert session.listeners[-1].stopped
    session.ask("PASV")
    session.clock.advance(session.server.dtpTimeout)
    assert session.ask("LIST").startswith("425")
    assert session.ask("LIST").startswith("503")


def test_PASVTellsTheAddressThatItIsTold(session: Session) -> None:
    session.server.passiveAddress = "192.0.2.9"
    assert "(192,0,2,9," in session.ask("PASV")


def test_afterEPSVALLThereIsNothingElse(session: Session) -> None:
    session.ask("EPSV ALL")
    for line in ("PASV", "PORT 127,0,0,1,200,1", "EPRT |1|127.0.0.1|7000|"):
        assert session.ask(line).startswith("503"), line
    assert session.ask("EPSV").startswith("229")


def test_aLostControlConnectionEndsEverything(session: Session) -> None:
    session.ask("PASV")
    session.ask("RETR file")
    session.server.connectionLost(lost)
    assert session.listeners[-1].stopped
    assert not session.clock.getDelayedCalls()


# Transfers.


def test_aFileIsSent_fromAnyByteOn(session: Session) -> None:
    for offset in (0, 3, 8, 99):
        session.ask(f"REST {offset}")
        answer, data = session.listed("RETR file")
        assert data == b"one\ntwo\n"[offset:]
        assert [line[:3] for line in answer.splitlines()] == ["125", "226"]


def test_textIsSentAndReceivedWithTheWiresLineEnds(session: Session, home: Path) -> None:
    session.ask("TYPE A")
    assert session.listed("RETR file")[1] == b"one\r\ntwo\r\n"
    for parts in everyCut(b"a\r\nb\rc\n\r\n\r"):
        assert session.stored("STOR text", *parts).startswith("226")
        assert (home / "text").read_bytes() == b"a\nb\rc\n\n\r"


def test_aFileIsReceived_fromAnyByteOn_orAddedTo(session: Session, home: Path) -> None:
    assert session.stored("STOR new", b"01", b"23").startswith("226")
    assert (home / "new").read_bytes() == b"0123"
    session.ask("REST 2")
    assert session.stored("STOR new", b"xyz").startswith("226")
    assert (home / "new").read_bytes() == b"01xyz"
    assert session.stored("APPE new", b"!").startswith("226")
    assert (home / "new").read_bytes() == b"01xyz!"
    session.ask("REST 99")
    session.data()
    assert session.ask("STOR new").startswith("550")
    assert session.stored("STOR new").startswith("226")
    assert (home / "new").read_bytes() == b""


def test_anUploadThatBreaksOffIsNotCalledComplete(session: Session, home: Path) -> None:
    assert session.stored("STOR new", b"half", reason=lost).startswith("426")
    assert (home / "new").read_bytes() == b"half"


def test_aDiskThatIsFullIsTold(session: Session, home: Path) -> None:
    transport: Any = session.data()
    session.ask("STOR new")
    consumer = transport.protocol._cons

    def full(data: bytes) -> None:
        raise OSError(28, "No space left on device")

    consumer.write = full
    events: list[Any] = []
    globalLogPublisher.addObserver(events.append)
    transport.protocol.dataReceived(b"x")
    globalLogPublisher.removeObserver(events.append)
    assert session.taken().startswith("452")
    assert len([event for event in events if "log_failure" in event]) == 1


def test_ABOREndsATransfer(session: Session) -> None:
    session.data()
    session.ask("STOR new")
    assert session.server.dtpInstance is not None
    transport = session.server.dtpInstance.transport
    session.ask(b"\xff\xf4\xff\xf2ABOR")
    assert transport.disconnecting
    transport.protocol.connectionLost(lost)
    assert [line[:3] for line in session.taken().splitlines()] == ["426", "226"]


def test_commandsWaitTheirTurn_andNotTooMany(session: Session) -> None:
    transport: Any = session.data()
    session.ask("STOR new")
    most = session.server.maxWaitingCommands
    assert session.ask(b"\r\n".join([b"NOOP"] * (most + 10))) == ""
    assert session.transport.producerState == "paused"
    transport.protocol.connectionLost(done)
    assert session.transport.producerState == "producing"
    assert [line[:3] for line in session.taken().splitlines()] == ["226"] + ["200"] * (most + 10)


def test_manyCommandsAtOnceAreNoRecursion(session: Session) -> None:
    assert session.ask(b"\r\n".join([b"NOOP"] * 5000)).count("200 ") == 5000


def test_aClientThatIsSilentIsSentAway_butNotDuringATransfer(session: Session) -> None:
    transport: Any = session.data()
    session.ask("STOR new")
    transport.protocol.dataReceived(b"x")
    session.clock.advance(600)
    transport.protocol.dataReceived(b"x")
    session.clock.advance(600)
    assert not session.transport.disconnecting
    session.clock.advance(600)
    assert session.transport.disconnecting
    assert session.taken().startswith("421")


# Folders.


def test_foldersAreListed_inThreeWays(session: Session, home: Path) -> None:
    os.utime(home / "file", (1e9, 1e9))
    _, lines = session.listed("LIST -la")
    names = {line.split()[-1]: line for line in lines.splitlines()}
    assert set(names) == {b"file", b"folder"}
    assert names[b"file"].startswith(b"-rw") and b" 8 Sep 09  2001 file" in names[b"file"]
    assert names[b"folder"].startswith(b"d")
    assert sorted(session.listed("NLST")[1].split()) == [b"file", b"folder"]
    assert session.listed("NLST f*l?")[1].split() == [b"file"]
    assert session.listed("NLST nowhere")[1] == b""
    _, facts = session.listed("MLSD")
    assert b"modify=20010909014640;size=8;type=file; file\r\n" in facts
    assert b";type=dir; folder\r\n" in facts
    assert session.listed("MLSD file")[0].startswith("501")


def test_aNameWithALineEndIsOneLine(session: Session, home: Path) -> None:
    (home / "a\r\n-rw-r--r-- 1 b").write_bytes(b"")
    for verb in ("LIST", "NLST", "MLSD"):
        assert session.listed(verb)[1].count(b"\n") == 3


def test_namesAreUTF8_andOtherBytesCanBeNamedToo(session: Session, home: Path) -> None:
    (home / "ä").write_bytes(b"1")
    with open(os.fsencode(home) + b"/\xe9", "wb") as file:
        file.write(b"22")
    assert session.ask("SIZE ä") == "213 1\r\n"
    assert session.ask(b"SIZE \xe9") == "213 2\r\n"
    assert {"ä".encode(), b"\xe9"} <= set(session.listed("NLST")[1].split())


def test_aPatternThatTakesLongElsewhereTakesNoTime(session: Session, home: Path) -> None:
    """Measured: fnmatch's regular expressions do not backtrack over what a star has taken."""
    (home / ("a" * 200)).write_bytes(b"")
    assert session.listed("NLST " + "*a" * 60 + "b")[1] == b""
    assert session.listed("NLST " + "*" * 1025)[0].startswith("501")


# Tables.


def test_everyReplyHasItsNumber() -> None:
    keys = [value for name, value in vars(ftp).items() if name.isupper() and isinstance(value, str)]
    assert len(keys) == len(set(keys)) and set(keys) <= set(ftp.RESPONSE)
    for key, text in ftp.RESPONSE.items():
        first = text if isinstance(text, str) else text[0]
        assert first[:3] == ("110" if key == "100" else key[:3])


segments = st.lists(st.sampled_from(["a", "b c", "..", ".", "", "x\0"]), max_size=8)


@settings(max_examples=examples(200))
@given(cwd=st.lists(st.sampled_from("ab")), parts=segments, absolute=st.booleans())
def test_aPathIsSegmentsWithinTheRoot_orRefused(
    cwd: list[str], parts: list[str], absolute: bool
) -> None:
    path = "/" * absolute + "/".join(parts)
    try:
        found = ftp.toSegments(cwd, path)
    except ftp.InvalidPath:
        assert ".." in parts or "x\0" in parts
    else:
        assert all(each not in ("", ".", "..") and "\0" not in each for each in found)


@given(st.text(max_size=40))
def test_addressesAreReadOrRefusedByAValueError(text: str) -> None:
    for read in (ftp.decodeHostPort, ftp.decodeExtendedAddress):
        try:
            read(text)
        except ValueError:
            pass


@given(st.ip_addresses(v=4).map(str), st.integers(0, 65535))
def test_anAddressIsReadAsItWasWritten(host: str, port: int) -> None:
    assert ftp.decodeHostPort(f"227 ({ftp.encodeHostPort(host, port)}).") == (host, port)
    assert ftp.decodeExtendedAddress(f"|1|{host}|{port}|") == ("1", host, port)
