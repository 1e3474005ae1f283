"""What every service may say beside its options: what it waits for, and what a failure means."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted.application._config.mistakes import Mistakes
from twisted.application._config.order import wrongOrder
from twisted.application._config.site import Restart, readSite
from twisted.application._config.source import Source

_ECHO = 'type = "echo"\nlisten = 0\n'


def _site(*tables: str) -> str:
    return "".join(f"[services.{chr(97 + n)}]\n{_ECHO}{table}\n" for n, table in enumerate(tables))


def _mistakes(text: str) -> list[str]:
    with pytest.raises(Mistakes) as caught:
        readSite(Source("s.toml", text))
    return [str(each) for each in caught.value.found]


def test_aServiceSaysWhatItWaitsForAndHowItIsStartedAgain() -> None:
    plan = readSite(
        Source(
            "s.toml",
            _site(
                "", 'after = "a"', 'after = ["a", "b"]\nrestart = { delay = 2, maximum-delay = 9 }'
            )
            + '[services.d]\ntype = "echo"\nlisten = 0\nrestart = "never"\n'
            '[site]\nworkers = 3\ncontrol = "run.control"\n',
        )
    )
    a, b, c, d = plan.services
    assert (a.after, b.after, c.after) == ((), ("a",), ("a", "b"))
    assert a.restart == Restart(policy="on-failure", delay=1.0, maximumDelay=60.0, limit=5)
    assert c.restart == Restart(delay=2.0, maximumDelay=9.0)
    assert d.restart.policy == "never"
    assert (plan.workers, plan.control) == (3, "run.control")


def test_theControlSocketIsLeftOutByFalse() -> None:
    assert readSite(Source("s.toml", _site("") + "[site]\ncontrol = false\n")).control is False
    assert readSite(Source("s.toml", _site(""))).control is None


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        (('after = "bb"', ""), "s.toml:4:9: there is no service 'bb'. Did you mean 'b'?"),
        (('after = "a"',), "could ever start: 'a', which waits for 'a'."),
        (
            ('after = "c"', 'after = "a"', 'after = "b"'),
            "'a', which waits for 'c', which waits for 'b', which waits for 'a'.",
        ),
        (('restart = "sometimes"',), 's.toml:4:11: wanted one of "on-failure", "never"'),
        (("restart = { dealy = 1 }",), "s.toml:4:13: 'dealy' is not a key of the table 'restart'."),
        (("restart = { delay = 90 }",), "is less than the delay, which is 90."),
        (("afetr = 1",), "Did you mean 'after'?"),
        (("workers = 1",), "It belongs into the table [site]."),
    ],
)
def test_whatIsWrongIsSaidInItsPlace(tables: tuple[str, ...], said: str) -> None:
    found = _mistakes(_site(*tables))
    assert len(found) == 1
    assert said in found[0]


@given(
    st.dictionaries(
        st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdef"), max_size=3).map(tuple)
    )
)
def test_circlesAreFoundExactlyWhereThereIsNoOrder(after: dict[str, tuple[str, ...]]) -> None:
    known = dict.fromkeys("abcdef")
    circles = [said for _, said in wrongOrder({k: after.get(k, ()) for k in known}, known)]
    left = {name: set(after.get(name, ())) for name in known}
    while free := [name for name, waits in left.items() if not waits & left.keys()]:
        for name in free:
            del left[name]
    assert bool(circles) == bool(left)
    for said in circles:
        names = said.split("'")[1::2]
        assert names[0] == names[-1]
        assert all(late in after[early] for early, late in pairwise(names))
