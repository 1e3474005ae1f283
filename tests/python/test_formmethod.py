"""Arguments that come from a form."""

from __future__ import annotations

from typing import Any

import pytest

from twisted.python import formmethod as form

_choices = [("a", 1, "One."), ("b", 2, "Two.")]


@pytest.mark.parametrize(
    "argument, given, wanted",
    [
        (form.String("x"), "text", "text"),
        (form.String("x"), 5, "5"),
        (form.String("x", min=2, max=3), "ab", "ab"),
        (form.Text("x"), "a\nb", "a\nb"),
        (form.Password("x"), "p", "p"),
        (form.Hidden("x"), "p", "p"),
        (form.VerifiedPassword("x"), ["p", "p"], "p"),
        (form.Integer("x"), "-3", -3),
        (form.Integer("x"), " ", None),
        (form.IntegerRange("x", 1, 5), "5", 5),
        (form.IntegerRange("x", 1, 5), "", None),
        (form.Float("x"), "2.5", 2.5),
        (form.Float("x"), "", None),
        (form.Choice("x", _choices), "b", 2),
        (form.RadioGroup("x", _choices), "a", 1),
        (form.Flags("x", _choices), ["b", "a"], [2, 1]),
        (form.CheckGroup("x", _choices), [], []),
        (form.File("x"), "file", "file"),
        (form.File("x"), None, None),
        (form.Boolean("x"), "no", 0),
        (form.Boolean("x"), "", 0),
        (form.Boolean("x"), "False", 0),
        (form.Boolean("x"), "yes", 1),
        (form.Boolean("x"), True, 1),
        (form.Date("x"), ["2004", "2", "29"], (2004, 2, 29)),
        (form.Date("x"), ["", "", ""], None),
        (form.Submit("x"), "Submit", "submit"),
        (form.Submit("x", allowNone=1), "", None),
    ],
)
def test_valuesAreMade(argument: form.Argument, given: Any, wanted: object) -> None:
    assert argument.coerce(given) == wanted


@pytest.mark.parametrize(
    "argument, given",
    [
        (form.String("x", min=2), "a"),
        (form.String("x", max=2), "abc"),
        (form.VerifiedPassword("x"), ["p", "q"]),
        (form.VerifiedPassword("x"), ["p"]),
        (form.VerifiedPassword("x", min=2), ["p", "p"]),
        (form.Integer("x"), "1.5"),
        (form.Integer("x", allowNone=0), ""),
        (form.IntegerRange("x", 1, 5), "0"),
        (form.IntegerRange("x", 1, 5), "6"),
        (form.Float("x"), "x"),
        (form.Float("x", allowNone=0), ""),
        (form.Choice("x", _choices), "c"),
        (form.Flags("x", _choices), ["a", "c"]),
        (form.File("x", allowNone=0), None),
        (form.Date("x"), ["2003", "2", "29"]),
        (form.Date("x"), ["2003", "2"]),
        (form.Date("x"), ["2003", "2", "x"]),
        (form.Date("x"), ["2003", "2", "0"]),
        (form.Date("x", allowNone=0), ["", "", ""]),
        (form.Submit("x"), "Other"),
    ],
)
def test_whatMakesNoSenseIsExplained(argument: form.Argument, given: Any) -> None:
    with pytest.raises(form.InputError) as caught:
        argument.coerce(given)
    assert str(caught.value)


def test_defaultsAreShownBeforeAnythingIsEntered() -> None:
    assert form.String("x").default == ""
    assert form.Integer("x", default=0).default == 0
    assert form.Choice("x", _choices).default == [1]
    assert form.Choice("x", _choices, default=[2]).default == [2]
    assert form.Date("x").default is None
    day = form.Date("x", allowNone=0).default
    assert day is not None and len(day) == 3


def test_aFieldDescribesItself() -> None:
    field = form.Argument("name", hints={"size": 3})
    field.addHints(rows=2)
    assert (field.getShortDescription(), field.getLongDescription()) == ("Name", "")
    assert [field.getHint(each, "none") for each in ("size", "rows", "x")] == [3, 2, "none"]
    told = form.Argument("name", shortDesc="Who", longDesc="Who you are")
    assert (told.getShortDescription(), told.getLongDescription()) == ("Who", "Who you are")
    with pytest.raises(NotImplementedError):
        field.coerce("x")


def test_aMethodIsCalledWithItsArguments() -> None:
    signature = form.MethodSignature(form.String("a"), form.Integer("b"))
    method = signature.method(lambda *args, **kw: (args, kw), takesRequest=True)
    assert method.call(1, b=2) == ((1,), {"b": 2})
    assert [each.name for each in method.getArgs()] == ["a", "b"]
    assert signature.getArgument("b") is method.getArgs()[1]
    assert signature.getArgument("c") is None
    assert method.takesRequest


def test_anErrorTellsWhichArgumentsAreWrong() -> None:
    error = form.FormException("wrong", a="too short")
    assert (str(error), error.descriptions) == ("wrong", {"a": "too short"})


@pytest.mark.parametrize("given", ["0", "-1", "x", ""])
def test_onlyNumbersAboveZeroArePositive(given: str) -> None:
    assert form.positiveInt("3") == 3
    with pytest.raises(ValueError):
        form.positiveInt(given)
