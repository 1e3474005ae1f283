"""Graphs of objects as source: what is written, and that the same comes back."""

from __future__ import annotations

import collections
import datetime
import decimal
import enum
import io
import math
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import named
from twisted.persisted import aot, crefutil
from twisted.persisted.styles import Ephemeral, Versioned


class Basket:
    def __init__(self, /, **attributes: Any) -> None:
        self.__dict__.update(attributes)

    def weigh(self) -> str:
        return "light"

    @classmethod
    def woven(cls) -> Basket:
        return cls()

    class Lid:
        pass


class Slotted:
    __slots__ = ("left", "right")
    left: list[int]


class Stated:
    state: object = "unset"

    def __getstate__(self) -> object:
        return ("kept", self.state)

    def __setstate__(self, state: Any) -> None:
        self.state = state[1]


class Point(collections.namedtuple("Point", "x y")):
    __slots__ = ()


class Colour(enum.Enum):
    red = 1


class Dated(Versioned):
    persistenceVersion = 3


class Hashed:
    """Its hash is lost until its state is set."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Hashed) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__ = state


def module_function() -> None:
    """Stands here to be named."""


def again(thing: Any) -> Any:
    source = aot.jellyToSource(thing)
    assert source is not None
    return aot.unjellyFromSource(source)


@pytest.mark.parametrize(
    "thing",
    [
        *(None, True, Ellipsis, 0, -1, 10**30, 2.5, -0.0, math.inf, -math.inf, 3j, 1 - 2j),
        *("", "he\tllo\n\"x' \\ {[(", "\0\u1010\U0001f600\udc80", b"", b"\x00'\"\xff("),
        *((), (1,), (1, (2, 3)), [], [1, []], {}, {"a": 1, "b c": 2, 3: 4, (1, 2): {None: 5}}),
        *({1, 2}, frozenset([3]), bytearray(b"x"), range(0, 9, 2), slice(1, None, 3)),
        *(sys, Basket, Basket.Lid, type(None), int, len, module_function, Basket.weigh),
        *(Colour.red, Point(1, 2), datetime.date(2020, 1, 2), decimal.Decimal("1.50")),
        *(collections.OrderedDict(b=1, a=2), collections.deque([1, 2], 5), complex(1, math.inf)),
        *({Hashed("a"), Hashed("b")}, {Hashed("c"): 1}, Basket.woven),
    ],
    ids=named,
)
def test_aValueComesBack(thing: object) -> None:
    back = again(thing)
    assert back == thing
    assert type(back) is type(thing)


def test_anExceptionKeepsItsArguments() -> None:
    back = again(KeyError("a", 1))
    assert (type(back), back.args) == (KeyError, ("a", 1))


def test_anObjectKeepsItsAttributes() -> None:
    back = again(Basket(x=1, nested=Basket(y=[2])))
    assert (back.x, back.nested.y) == (1, [2])
    back = again(Basket(**{"self": 1, "class": 2, "a b": 3, "className": 4, "é": 5}))
    assert vars(back) == {"self": 1, "class": 2, "a b": 3, "className": 4, "é": 5}
    assert vars(again(Basket())) == {}


def test_anObjectWithSlotsKeepsThem() -> None:
    it = Slotted()
    it.left = [1]
    back = again(it)
    assert back.left == [1]
    assert not hasattr(back, "right")


def test_anObjectThatSaysItsStateGetsItBack() -> None:
    it = Stated()
    it.state = [it]
    back = again([it, it])
    assert back[0] is back[1]
    assert back[0].state[0] is back[0]


def test_aVersionIsKept() -> None:
    source = aot.jellyToSource(Dated())
    assert f"{__name__}.Dated.persistenceVersion':3" in str(source)


def test_whatIsEphemeralComesBackBare() -> None:
    assert type(again([Ephemeral()])[0]) is Ephemeral


def test_whatIsSharedStaysShared() -> None:
    shared: list[Any] = [1]
    t = (shared, shared)
    back = again({"a": t, "b": t, "c": shared})
    assert back["a"] is back["b"]
    assert back["a"][0] is back["a"][1] is back["c"]


def test_whatContainsItselfDoesSoAgain() -> None:
    loop: list[Any] = []
    loop.append((loop, {"me": loop}))
    back = again(loop)
    assert back[0][0] is back
    assert back[0][1]["me"] is back
    keyed: dict[Any, Any] = {}
    basket = Basket(held=keyed)
    keyed[basket] = basket.weigh
    back = again(keyed)
    (key,) = back
    assert key.held is back
    assert back[key].__self__ is key


def test_aBoundMethodComesBackBound() -> None:
    basket = Basket(x=1)
    back = again([basket.weigh, basket, [].append])
    assert back[0].__self__ is back[1]
    assert back[0]() == "light"
    back[2](1)


def test_sourceIsIndentedByItsBrackets() -> None:
    basket = Basket(x={"k": [1]})
    source = aot.jellyToSource([basket, basket])
    assert source == "\n".join(
        [
            "app=[",
            "  Ref(1,",
            f"    Instance('{__name__}.Basket',",
            "      x={",
            "        'k':[",
            "          1,",
            "          ],",
            "        },)),",
            "  Deref(1),",
            "  ]",
        ]
    )


def test_sourceGoesToAFileAndComesFromOne() -> None:
    file = io.BytesIO()
    assert aot.jellyToSource(["\u1010"], file) is None
    file.seek(0)
    assert aot.unjellyFromSource(file) == ["\u1010"]
    assert aot.unjellyFromSource(io.StringIO("app=[1]")) == [1]


def local() -> object:
    def inner() -> None:
        """Cannot be found by name."""

    return inner


@pytest.mark.parametrize(
    "thing", [lambda: 1, local(), (i for i in "x"), sys.stdout, type("Lost", (), {})()], ids=named
)
def test_whatCannotBeKeptIsATypeError(thing: object) -> None:
    with pytest.raises(TypeError):
        aot.jellyToSource([thing])


@pytest.mark.parametrize(
    ("source", "error", "said"),
    [
        ("b = 1", ValueError, "'app'"),
        ("app = [", SyntaxError, "never closed|EOF|EOL"),
        ("app = Deref(1)", ValueError, r"Deref\(1\)"),
        ("app = [Ref(1, []), Deref(2)]", ValueError, r"Deref\(2\)"),
        ("app = [Ref(1, []), Ref(1, [])]", ValueError, "more than one"),
        ("app = Ref(1, Copyreg('builtins.frozenset', ([Deref(1)],)))", AssertionError, "not known"),
        ("app = Ref(1, Copyreg('builtins.list', (Deref(1),)))", ValueError, r"Deref\(1\)"),
        ("app = object()", TypeError, "no node"),
        ("app = Class('no.such.module')", Exception, "no"),
        (f"app = InstanceMethod('gone', '{__name__}.Basket', 1)", TypeError, "bound to"),
    ],
)
def test_brokenSourceIsAnErrorThatSaysWhy(source: str, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        aot.unjellyFromSource(source)


def test_aMethodThatIsGoneIsATypeError() -> None:
    name = f"{__name__}.Basket"
    with pytest.raises(TypeError, match="no method gone"):
        aot.unjellyFromAOT(aot.InstanceMethod("gone", name, aot.Instance(name)))


def test_aRefHasOneNumberAndOneObject() -> None:
    ref = aot.Ref()
    with pytest.raises(RuntimeError):
        ref.getSource()
    ref.setObj([])
    ref.setRef(3)
    with pytest.raises(ValueError, match="3"):
        ref.setRef(4)
    with pytest.raises(ValueError, match="cannot refer"):
        ref.setObj([1])
    assert aot.getSource(ref) == "app=Ref(3,\n  [])"


def test_namesThatAreNoArgumentsAreRefused() -> None:
    assert aot.dictToKW({"a": 1}) == "\n\0a=1,"
    for key in ("a b", "class", 3):
        with pytest.raises(aot.NonFormattableDict):
            aot.dictToKW({key: 1})


def test_anObjectCanBeWaitedFor() -> None:
    unjellier = aot.AOTUnjellier()
    got: list[object] = []
    unjellier.unjellyLater(aot.Deref(1)).addCallback(got.append)
    basket = Basket()
    unjellier.unjellyAttribute(basket, "held", aot.Deref(1))
    assert got == []
    unjellier.callAfter(got.append, "after")
    assert unjellier.unjelly(aot.Ref(1, [2])) == [2]
    assert got == [[2], "after"]
    assert basket.__dict__["held"] is got[0]


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text() | st.integers(), inner, max_size=4)
        | st.dictionaries(st.text(), inner, max_size=4).map(lambda d: Basket(held=d))
    ),
    max_leaves=20,
)


def told(thing: Any) -> Any:
    """The same with baskets as what they hold."""
    if isinstance(thing, Basket):
        return ("Basket", told(thing.__dict__))
    if isinstance(thing, dict):
        return {key: told(value) for key, value in thing.items()}
    if isinstance(thing, (list, tuple)):
        return type(thing)(map(told, thing))
    return thing


@given(plain)
def test_anythingPlainComesBack(thing: Any) -> None:
    assert told(again(thing)) == told(thing)


def test_aPlaceIsFilledWhenItsObjectIsKnown() -> None:
    unknown = crefutil.NotKnown()
    places: list[Any] = [None, None]
    unknown.addDependant(places, 0)
    unknown.resolveDependants("it")
    unknown.addDependant(places, 1)
    assert places == ["it", "it"]
    assert (unknown.resolved, unknown.resolvedObject) == (1, "it")


def test_whatIsNotKnownIsNoKey() -> None:
    with pytest.raises(AssertionError):
        hash(crefutil.NotKnown())
