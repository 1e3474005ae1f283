"""Objects as lists: what is written, what is read, and what nobody may have made."""

from __future__ import annotations

import datetime
import decimal
import math
import os
import types
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zope.interface import implementer

from tests.support import named
from tests.support.examples import examples
from twisted.spread import banana, flavors, jelly, pb
from twisted.spread.interfaces import IJellyable


class Thing:
    def method(self) -> str:
        return "called"


class Other:
    pass


class Inheritor(Thing):
    pass


def function() -> None:
    """To be sent by name."""


HERE = __name__
thingName = f"{HERE}.Thing".encode()

# Recorded with Twisted 26.10.0, but for the names of functions and modules, which it writes as text
# that cannot be sent.
written: list[tuple[Any, Any]] = [
    (None, [b"None"]),
    (True, [b"boolean", b"true"]),
    (False, [b"boolean", b"false"]),
    (5, 5),
    (1.5, 1.5),
    (b"x", b"x"),
    ("\u00e9", [b"unicode", b"\xc3\xa9"]),
    ((1, 2), [b"tuple", 1, 2]),
    ((), [b"tuple"]),
    ([1], [b"list", 1]),
    ({"a": b"b"}, [b"dictionary", [[b"unicode", b"a"], b"b"]]),
    ({1}, [b"set", 1]),
    (frozenset([1]), [b"frozenset", 1]),
    (datetime.date(2020, 1, 2), [b"date", b"2020 1 2"]),
    (datetime.time(1, 2, 3, 4), [b"time", b"1 2 3 4"]),
    (datetime.datetime(2020, 1, 2, 3, 4, 5, 6), [b"datetime", b"2020 1 2 3 4 5 6"]),
    (datetime.timedelta(-1), [b"timedelta", b"-1 0 0"]),
    (decimal.Decimal("9.95"), [b"decimal", 995, -2]),
    (decimal.Decimal("-1E+5"), [b"decimal", -1, 5]),
    (str, [b"class", b"builtins.str"]),
    (math, [b"module", b"math"]),
    (function, [b"function", f"{HERE}.function".encode()]),
    (Thing.method, [b"function", f"{HERE}.Thing.method".encode()]),
]


@pytest.mark.parametrize(("obj", "sexp"), written, ids=[named(obj) for obj, _ in written])
def test_whatIsWrittenIsWhatOthersWrite(obj: Any, sexp: Any) -> None:
    assert jelly.jelly(obj) == sexp
    again = jelly.unjelly(banana.decode(banana.encode(sexp)))
    assert again == obj
    assert type(again) is type(obj)


def test_whatIsMetAgainIsAReference() -> None:
    shared = [1]
    loop: list[Any] = []
    loop.append(loop)
    assert jelly.jelly([shared, shared]) == [
        *(b"list", [b"reference", 1, [b"list", 1]]),
        [b"dereference", 1],
    ]
    assert jelly.jelly(loop) == [b"reference", 1, [b"list", [b"dereference", 1]]]


simple = (
    st.none()
    | st.booleans()
    | st.integers(-(2**100), 2**100)
    | st.floats(allow_nan=False)
    | st.binary(max_size=8)
    | st.text(alphabet=st.characters(codec="utf-8"), max_size=8)
    | st.dates()
    | st.times()
    | st.datetimes()
    | st.timedeltas()
    | st.decimals(allow_nan=False, allow_infinity=False).filter(lambda number: number != 0)
)
hashable = st.recursive(
    simple, lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3), max_leaves=5
)
objects = st.recursive(
    hashable,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(hashable, inner, max_size=4)
        | st.sets(hashable, max_size=3)
    ),
    max_leaves=20,
)
basic = jelly.SecurityOptions()
basic.allowBasicTypes()


@given(objects)
@settings(max_examples=examples(200), deadline=None)
def test_everyObjectOfBasicTypesComesBack(obj: Any) -> None:
    sent = banana.decode(banana.encode(jelly.jelly(obj, basic)))
    assert jelly.unjelly(sent, basic) == obj


garbage = st.recursive(
    st.sampled_from([name for name in jelly.globalSecurity.allowedTypes if b"." not in name])
    | st.sampled_from([b"os.system", b"builtins.eval", b"method", b"function", b"class", b"module"])
    | st.integers(0, 3)
    | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=5),
    max_leaves=15,
)


@given(garbage)
@settings(max_examples=examples(400), deadline=None)
def test_garbageIsAValueOfABasicTypeOrAnError(sexp: Any) -> None:
    """Nothing else is made of it, however it is put together."""
    harmless = (
        *(type(None), bool, int, float, bytes, str, list, tuple, dict, set, frozenset),
        *(datetime.date, datetime.time, datetime.timedelta, decimal.Decimal, jelly.Unpersistable),
    )
    try:
        made = jelly.unjelly(sexp, basic)
    except (jelly.InsecureJelly, ValueError, TypeError, ArithmeticError):
        return
    assert isinstance(made, harmless)


def circleOfTuple() -> Any:
    inner: list[Any] = []
    outer = ({"list": inner}, inner)
    inner.append(outer)
    return outer, lambda got: got[0]["list"] is got[1] and got[1][0] is got


def tupleInItself() -> Any:
    inner: list[Any] = []
    outer = (inner,)
    inner.append((outer,))
    return outer, lambda got: got[0][0][0] is got


def twoTuples() -> Any:
    first: list[Any] = []
    second: list[Any] = []
    pair = (second, first)
    first.append(pair)
    second.append(pair)
    first.append(second)
    return (
        first,
        lambda got: (
            got[0][1] is got
            and got[0][0] is got[1]
            and got[1][0] is got[0]
            and type(got[0]) is tuple
        ),
    )


def setOfItself() -> Any:
    thing = Thing()
    thing.all = {thing}  # type: ignore[attr-defined]  # of this test
    return thing, lambda got: got.all == {got}


def frozenOfItself() -> Any:
    thing = Thing()
    thing.all = frozenset([thing])  # type: ignore[attr-defined]  # of this test
    return thing, lambda got: got.all == frozenset([got])


def keyOfItself() -> Any:
    thing = Thing()
    thing.map = {thing: thing}  # type: ignore[attr-defined]  # of this test
    return thing, lambda got: got.map == {got: got}


def methodOfItself() -> Any:
    thing = Thing()
    thing.call = thing.method  # type: ignore[attr-defined]  # of this test
    return thing, lambda got: got.call.__self__ is got and got.call() == "called"


@pytest.mark.parametrize(
    "make",
    [
        *(circleOfTuple, tupleInItself, twoTuples, setOfItself, frozenOfItself, keyOfItself),
        methodOfItself,
    ],
)
def test_circlesAreClosedAgain(make: Any) -> None:
    obj, isClosed = make()
    assert isClosed(obj)
    assert isClosed(jelly.unjelly(jelly.jelly(obj)))


@pytest.mark.parametrize(
    "sexp",
    [
        pytest.param([b"dereference", 7], id="to nothing"),
        pytest.param([b"tuple", [b"dereference", 7]], id="to nothing, in a tuple"),
        pytest.param([b"list", [b"dereference", 7]], id="to nothing, in a list"),
        pytest.param([b"dictionary", [[b"dereference", 7], 1]], id="to nothing, as a key"),
        pytest.param([b"reference", 1, [b"dereference", 1]], id="to itself"),
        pytest.param([b"reference", 1, [b"tuple", [b"dereference", 1]]], id="a tuple of itself"),
        pytest.param([b"list", [b"reference", 1, 5], [b"reference", 1, 6]], id="twice"),
        pytest.param([b"reference", [b"list"], 1], id="with a list for a number"),
        pytest.param([b"reference", 1], id="without what it means"),
    ],
)
def test_referencesThatMakeNoSenseAreRefused(sexp: Any) -> None:
    with pytest.raises(jelly.InsecureJelly):
        jelly.unjelly(sexp)


some = jelly.SecurityOptions()
some.allowInstancesOf(Thing)
functions = jelly.SecurityOptions()
functions.allowBasicTypes()
functions.allowTypes("function", "method", "class", "module")
functions.allowModules(math, HERE)


@pytest.mark.parametrize(
    ("sexp", "taster"),
    [
        pytest.param([thingName, [b"dictionary"]], basic, id="an object"),
        pytest.param([HERE.encode() + b".Other", [b"None"]], some, id="of another class"),
        pytest.param([b"os.system", [b"None"]], some, id="a function as a class"),
        pytest.param([b"subprocess.Popen", [b"list", b"ls"]], some, id="of another module"),
        pytest.param([b"class", thingName], basic, id="a class"),
        pytest.param([b"class", HERE.encode() + b".Other"], some, id="another class"),
        pytest.param([b"class", HERE.encode() + b".function"], some, id="a class that is none"),
        pytest.param([b"module", b"math"], basic, id="a module"),
        pytest.param([b"module", b"os"], functions, id="another module"),
        pytest.param([b"module", b"no.such.module"], functions, id="no module"),
        pytest.param([b"function", b"os.system"], functions, id="a function elsewhere"),
        pytest.param([b"function", b"system"], functions, id="a function nowhere"),
        pytest.param([b"function", b"builtins.eval"], basic, id="a function"),
        pytest.param([b"function", thingName], functions, id="a class as a function"),
        pytest.param([b"function", HERE.encode() + b".os.system"], functions, id="by a detour"),
        pytest.param([b"remote", 5], basic, id="a reference"),
        pytest.param([b"nosuch"], basic, id="no such type"),
        pytest.param([b"nosuch.thing", 1], basic, id="no such class"),
        pytest.param([b".", 1], basic, id="a dot"),
    ],
)
def test_whatIsNotAllowedIsNotMade(sexp: Any, taster: Any) -> None:
    with pytest.raises(jelly.InsecureJelly):
        jelly.unjelly(sexp, taster)


@pytest.mark.parametrize(
    "sexp",
    [
        *([], [5], [[b"list"]], [b"boolean", b"maybe"], [b"boolean"], [b"unicode", 5]),
        *([b"unicode"], [b"decimal", 1], [b"decimal", b"1", 2], [b"dictionary", 1]),
        *([b"dictionary", [1]], [b"dictionary", [1, 2, 3]], [b"method", b"x"]),
        *([b"unpersistable"], [b"date", 5], [b"timedelta", b"1 2 3 4"], [b"remote", 5]),
        *([b"local", 5], [b"cached", 5], [b"lcache", 5], [b"datetime", b"1 1 1 1 1 1 1 1"]),
    ],
    ids=named,
)
def test_whatMakesNoSenseIsRefused(sexp: Any) -> None:
    with pytest.raises(jelly.InsecureJelly):
        jelly.unjelly(sexp)


def test_whatIsAllowedIsMade() -> None:
    thing = jelly.unjelly([thingName, [b"dictionary", [[b"unicode", b"a"], 1]]], some)
    assert isinstance(thing, Thing)
    assert vars(thing) == {"a": 1}
    assert jelly.unjelly([b"class", thingName], some) is Thing
    assert jelly.unjelly([b"module", b"math"], functions) is math
    assert jelly.unjelly([b"function", b"math.sin"], functions) is math.sin


def test_objectsThatAreNotAllowedAreLeftOut() -> None:
    sexp = jelly.jelly([Thing(), Other()], some)
    reason = f"instance of class {HERE}.Other deemed insecure".encode()
    assert sexp[2] == [b"unpersistable", reason]
    left = jelly.unjelly(sexp, some)[1]
    assert isinstance(left, jelly.Unpersistable)
    assert "deemed insecure" in left.reason


def test_theOptionsAnswerTextAndBytes() -> None:
    options = jelly.SecurityOptions()
    options.allowTypes("one", b"two", Thing)
    options.allowModules(os, "math", b"cmath")
    assert all(options.isTypeAllowed(name) for name in ("one", b"one", "two", b"two", thingName))
    assert all(options.isModuleAllowed(name) for name in ("os", b"os", "math", "cmath"))
    assert not options.isTypeAllowed("three")
    assert not options.isClassAllowed(Thing)


@pytest.mark.parametrize(
    "obj",
    [
        datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc),
        datetime.time(1, tzinfo=datetime.timezone.utc),
        decimal.Decimal("NaN"),
        decimal.Decimal("Infinity"),
    ],
    ids=named,
)
def test_whatNobodyCouldReadIsNotWritten(obj: Any) -> None:
    with pytest.raises(NotImplementedError):
        jelly.jelly([obj])


def test_methodsThatAreGoneAreNotFound() -> None:
    sexp = [b"method", b"gone", [thingName, [b"None"]], [b"class", thingName]]
    with pytest.raises(TypeError):
        jelly.unjelly(sexp)


def test_methodsOfBasesAreFound() -> None:
    assert jelly.unjelly(jelly.jelly(Inheritor().method))() == "called"


def test_aMethodIsNotBoundToAnotherClass() -> None:
    sexp = [b"method", b"method", [HERE.encode() + b".Other", [b"None"]], [b"class", thingName]]
    with pytest.raises(TypeError):
        jelly.unjelly(sexp)


class Stateful:
    def __init__(self, *values: Any) -> None:
        self.values = values

    def __getstate__(self) -> Any:
        return self.values

    def __setstate__(self, state: Any) -> None:
        self.values = state


def test_anObjectMayHaveAnyState() -> None:
    got = jelly.unjelly(jelly.jelly(Stateful(1, "two")))
    assert got.values == (1, "two")


def test_anObjectWhoseStateIsNotKnownYetGetsItLater() -> None:
    inner: list[Any] = []
    stateful = Stateful((inner,))
    inner.append(stateful)
    got = jelly.unjelly(jelly.jelly(stateful))
    assert got.values[0][0][0] is got


def test_objectsMayBeStoredElsewhere() -> None:
    kept: dict[str, Any] = {}

    def store(obj: Any, jellier: Any) -> str | None:
        if isinstance(obj, Other):
            return None
        kept["key"] = obj
        return "key"

    thing = Thing()
    sexp = jelly.jelly([thing, thing, Other()], persistentStore=store)
    assert sexp[1] == [b"reference", 1, [b"persistent", "key"]]
    first, second, other = jelly.unjelly(sexp, persistentLoad=lambda key, _: kept[key])
    assert first is second is thing
    assert isinstance(other, Other)
    assert isinstance(jelly.unjelly([b"persistent", b"key"]), jelly.Unpersistable)


@implementer(IJellyable)
class ByInterface:
    def jellyFor(self, jellier: Any) -> Any:
        return [b"list", jellier.jelly("mine")]


def test_objectsMaySayThemselvesHowTheyAreSent() -> None:
    assert jelly.unjelly(jelly.jelly([ByInterface()])) == [["mine"]]


class Sent(jelly.Jellyable):
    def getStateFor(self, jellier: Any) -> Any:
        return {"state": 1, "itself": self}


def test_jellyablesAreMadeByWhatIsRegistered(registry: None) -> None:
    jelly.setUnjellyableForClass(Sent, jelly.Unjellyable)
    got = jelly.unjelly(jelly.jelly(Sent()), jelly.globalSecurity)
    assert isinstance(got, jelly.Unjellyable)
    assert (got.state, got.itself) == (1, got)  # type: ignore[attr-defined]  # by state


def test_aFactoryMakesObjectsOfTheirState(registry: None) -> None:
    jelly.setUnjellyableFactoryForClass(Sent, lambda state: ("made", state["state"]))
    assert jelly.unjelly(jelly.jelly([Sent()])) == [("made", 1)]


def test_aTreeOfClassesIsRegisteredAtOnce(registry: None) -> None:
    module = types.ModuleType("tree")
    module.Leaf = type("Leaf", (flavors.RemoteCopy,), {})  # type: ignore[attr-defined]  # of this test
    module.NoLeaf = Thing  # type: ignore[attr-defined]  # of this test
    for prefix, name in ((None, b"tree.Leaf"), ("other", b"other.Leaf"), ("", b"Leaf")):
        jelly.setUnjellyableForClassTree(module, flavors.RemoteCopy, prefix)
        assert jelly.unjellyableRegistry[name] is module.Leaf
    assert b"tree.NoLeaf" not in jelly.unjellyableRegistry


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test registers is forgotten after it."""
    from twisted.spread._jelly import reading, registry

    for name in ("unjellyableRegistry", "unjellyableFactoryRegistry"):
        kept = dict(getattr(jelly, name))
        for module in (jelly, registry, reading):
            monkeypatch.setattr(module, name, kept)
    monkeypatch.setattr(
        jelly.globalSecurity, "allowedTypes", dict(jelly.globalSecurity.allowedTypes)
    )


@pytest.mark.parametrize("state", [0, [b"list"], [b"None"]], ids=named)
def test_aFailureWithoutAStateIsRefused(state: Any) -> None:
    with pytest.raises(TypeError):
        jelly.unjelly([b"twisted.spread.pb.CopyableFailure", state])


def test_referencesMakeNoSenseWithoutAConnection() -> None:
    with pytest.raises(jelly.InsecureJelly):
        jelly.jelly(pb.Referenceable())
    reference = pb.RemoteReference(None, pb.Broker(), 1, 0)
    assert isinstance(jelly.unjelly(jelly.jelly(reference)), jelly.Unpersistable)


def test_manyTemporaryObjectsAreNotTakenForEachOther() -> None:
    """The identity of an object that is gone may be another one's."""

    class Fleeting(jelly.Jellyable):
        def getStateFor(self, jellier: Any) -> Any:
            return {"fresh": [id(self)]}

    sexp = jelly.jelly([Fleeting() for _ in range(500)])
    assert b"dereference" not in repr(sexp).encode()
