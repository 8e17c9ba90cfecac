"""Types and how their values are stored: one row for each kind of type, and what is said of anything else."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.json_codec import Codec, Codecs, Misfit, Shape

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
Colour = Literal["red", "green"]
Place = Annotated[int, "on a page"]


@dataclass(frozen=True)
class Inner:
    size: int
    label: str = ""
    kind: ClassVar[str] = "of no concern"


@dataclass(frozen=True)
class Outer:
    owner: str
    inner: Inner
    inners: tuple[Inner, ...] = ()
    by_colour: Mapping[Colour, int] = field(default_factory=dict)
    until: datetime | None = None
    place: Place | None = None
    tries: int = 0
    seen: bool = False
    odd: int = 0


CODECS = Codecs(
    {Place: Codec(hex, lambda data: int(data, 16))},
    {Outer: Shape(outside=("owner",), always=("tries",), since=("seen",), keys={"odd": "strange"})},
)
OUTER = CODECS.of(Outer)
PLAIN = Outer("ann", Inner(1))
FULL = Outer("ann", Inner(1, "a"), (Inner(2), Inner(0)), {"red": 3}, NOON, 255, 4, True, 5)


@pytest.mark.parametrize(
    ("hint", "value", "data"),
    [
        (str, "é", "é"),
        (int, 10**9, 10**9),
        (bool, True, True),
        (Decimal, Decimal("0.10"), "0.10"),
        (datetime, NOON, "2026-11-02T12:00:00.000Z"),
        (object, [{"a": None}], [{"a": None}]),
        (Colour, "green", "green"),
        (int | None, None, None),
        (int | None, 0, 0),
        (Place, 255, "0xff"),
        (Place | None, 255, "0xff"),
        (tuple[str, ...], ("b", "a", "b"), ["b", "a", "b"]),
        (tuple[str, ...], (), []),
        (Mapping[str, Decimal], {"a": Decimal(1)}, {"a": "1"}),
        (Mapping[Colour, tuple[int, ...]], {"red": (1, 2)}, {"red": [1, 2]}),
        (Inner, Inner(0), {"size": 0}),
        (Inner, Inner(7, "a"), {"size": 7, "label": "a"}),
    ],
)
def test_each_kind_of_type(hint: Any, value: object, data: object) -> None:
    codec = CODECS.of(hint)
    assert codec.encode(value) == data
    again = codec.decode(json.loads(json.dumps(data)))
    assert (again, type(again)) == (value, type(value))


@pytest.mark.parametrize("hint", [float, list[str], tuple[str, int], int | str, int | str | None, dict[str, int]])
def test_a_type_that_nobody_thought_of_is_an_error_at_once(hint: Any) -> None:
    with pytest.raises(TypeError, match=f"^{re.escape(f'nothing says how {hint} is stored')}$"):
        CODECS.of(hint)


def test_what_is_by_default_is_left_out_unless_the_shape_says_otherwise() -> None:
    assert OUTER.encode(PLAIN) == {"inner": {"size": 1}, "tries": 0, "seen": False}
    assert OUTER.encode(FULL) == {
        "inner": {"size": 1, "label": "a"}, "inners": [{"size": 2}, {"size": 0}], "by_colour": {"red": 3},
        "until": "2026-11-02T12:00:00.000Z", "place": "0xff", "tries": 4, "seen": True, "strange": 5,
    }  # fmt: skip


@pytest.mark.parametrize("value", [PLAIN, FULL])
def test_it_is_read_as_it_was_written(value: Outer) -> None:
    assert OUTER.decode(OUTER.encode(value), owner="ann") == value


def test_what_an_earlier_version_did_not_write_is_by_default_and_what_a_later_one_added_is_passed_over() -> None:
    data = {"inner": {"size": 1, "later": 2}, "tries": 3, "later": [], "owner": "bob", "odd": "x"}
    assert OUTER.decode(data, owner="ann") == Outer("ann", Inner(1), tries=3)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"inner": None}, "inner: 'None' is not an object"),
        ({"inner": {}}, "inner: size: it is missing"),
        ({"inner": {"size": 10**9 + 1}}, "inner: size: a number is too small or too large"),
        ({"inners": {}}, "inners: '{}' is not a list"),
        ({"inners": [{"size": 1}, {"size": "x"}]}, "inners: 1: size: 'x' is not a whole number"),
        ({"by_colour": {"red": 1, "blue": 1}}, "by_colour: blue: 'blue' is not one of red, green"),
        ({"by_colour": {"red": True}}, "by_colour: red: 'True' is not a whole number"),
        ({"by_colour": {"x" * 90: 1}}, f"by_colour: {'x' * 80}: '{'x' * 80}' is not one of red, green"),
        ({"until": "x"}, "until: 'x' is not a time like 2026-11-02T12:00:00Z"),
        ({"place": "0xfg"}, "place: invalid literal for int() with base 16: '0xfg'"),
        ({"tries": None}, "tries: 'None' is not a whole number"),
        ({"strange": "x"}, "strange: 'x' is not a whole number"),
    ],
)
def test_what_does_not_fit_is_an_error_that_says_where(change: dict[str, object], words: str) -> None:
    with pytest.raises(Misfit, match=f"^{re.escape(words)}$"):
        OUTER.decode({**OUTER.encode(PLAIN), **change}, owner="ann")


@pytest.mark.parametrize("name", ["inner", "tries"])
def test_what_is_always_written_must_be_there(name: str) -> None:
    data = OUTER.encode(FULL)
    del data[name]
    with pytest.raises(Misfit, match=f"^{name}: it is missing$"):
        OUTER.decode(data, owner="ann")


@dataclass(frozen=True)
class Around:
    inner: Inner
    colour: Colour = "red"


def test_the_keys_of_an_object_may_stand_among_those_of_the_one_around_it() -> None:
    around = Codecs({}, {Around: Shape(keys={"inner": ""})}).of(Around)
    assert around.encode(Around(Inner(1, "a"), "green")) == {"size": 1, "label": "a", "colour": "green"}
    assert around.decode({"size": 1, "label": "a", "colour": "green"}) == Around(Inner(1, "a"), "green")
    for data, words in (({"colour": "green"}, "size: it is missing"), ([], "'[]' is not an object")):
        with pytest.raises((Misfit, TypeError), match=f"^{re.escape(words)}$"):
            around.decode(data)


def test_what_a_dataclass_refuses_is_no_fit_either() -> None:
    @dataclass(frozen=True)
    class Strict:
        size: int

        def __post_init__(self) -> None:
            raise ValueError("never")

    strict = Codecs({}, {}).of(Mapping[str, Strict])
    with pytest.raises(Misfit, match=r"^a: never$"):
        strict.decode({"a": {"size": 1}})


outers = st.builds(
    Outer,
    owner=st.just("ann"),
    inner=st.builds(Inner, st.integers(0, 9), st.text(max_size=2)),
    inners=st.lists(st.builds(Inner, st.integers(0, 9)), max_size=3).map(tuple),
    by_colour=st.dictionaries(st.sampled_from(["red", "green"]), st.integers(0, 9)),
    until=st.none() | st.just(NOON),
    place=st.none() | st.integers(0, 300),
    tries=st.integers(0, 2),
    seen=st.booleans(),
    odd=st.integers(0, 2),
)


@given(outers)
def test_anything_is_read_as_it_was_written(value: Outer) -> None:
    assert OUTER.decode(json.loads(json.dumps(OUTER.encode(value))), owner="ann") == value
