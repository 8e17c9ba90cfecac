"""A field that is declared once is asked for and checked alike."""

from __future__ import annotations

from dataclasses import dataclass

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.tasks.shape import (
    FLAG,
    SHARE,
    TEXT,
    TEXTS,
    WHOLE,
    WHOLES,
    asked,
    list_of,
    made,
    one_of,
    or_null,
    problem,
    record,
    schema_of,
)


@dataclass(frozen=True)
class Quotation:
    source: int = asked(WHOLE, "The number of a source.")
    quotation: str = asked(TEXT)


@dataclass(frozen=True)
class Everything:
    text: str = asked(TEXT, "A text.")
    size: str = asked(one_of(("small", "large")))
    sure: float = asked(SHARE)
    reply: bool = asked(FLAG)
    numbers: tuple[int, ...] = asked(WHOLES)
    words: tuple[str, ...] | None = asked(TEXTS, absent=None)
    other: int | None = asked(or_null(WHOLE, "a number"))
    evidence: tuple[Quotation, ...] = asked(list_of(record(Quotation), "objects with source and quotation"))


DATA: dict[str, object] = {
    "text": " a ",
    "size": "large",
    "sure": 1,
    "reply": False,
    "numbers": [2, 2],
    "words": ["a ", " "],
    "other": None,
    "evidence": [{"source": 3, "quotation": "as it is"}],
}


def test_what_fits_becomes_the_dataclass() -> None:
    assert problem(Everything, DATA) == ""
    everything = made(Everything, DATA)
    assert everything == Everything(
        text=" a ",
        size="large",
        sure=1.0,
        reply=False,
        numbers=(2, 2),
        words=("a",),
        other=None,
        evidence=(Quotation(3, "as it is"),),
    )
    assert isinstance(everything.sure, float)


def test_what_may_lack_is_none() -> None:
    data = {name: value for name, value in DATA.items() if name != "words"}
    assert problem(Everything, data) == ""
    assert made(Everything, data).words is None


def test_a_schema_asks_for_every_field_and_describes_those_that_say_something() -> None:
    assert schema_of(Quotation) == {
        "type": "object",
        "additionalProperties": False,
        "required": ["source", "quotation"],
        "properties": {
            "source": {"type": "integer", "description": "The number of a source."},
            "quotation": {"type": "string"},
        },
    }
    assert schema_of(Everything)["required"] == list(DATA)


@pytest.mark.parametrize(
    ("evidence", "shown"),
    [
        ([{"source": 3}], "[{'source': 3}]"),
        ([{"source": "3", "quotation": "x"}], "[{'source': '3', 'quotation': 'x'}]"),
        ([{"source": 3, "quotation": "x", "page": 1}], "[{'source': 3, 'quotation': 'x', 'page': 1}]"),
        ([3], "[3]"),
        (None, "None"),
    ],
)
def test_an_object_in_a_list_is_checked_like_the_whole(evidence: object, shown: str) -> None:
    wrong = problem(Everything, DATA | {"evidence": evidence})
    assert wrong == f"'evidence' is {shown}, not a list of objects with source and quotation"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 3) | st.sampled_from([0.5, "small", "", "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["source", "quotation", "x"]), inner),
    max_leaves=5,
)
QUOTATIONS = st.lists(st.fixed_dictionaries({"source": JSON}, optional={"quotation": JSON, "page": JSON}), max_size=2)


@given(st.dictionaries(st.sampled_from([*DATA, "unknown"]), JSON | QUOTATIONS), st.sets(st.sampled_from(list(DATA))))
def test_what_is_taken_is_what_was_asked_for(changes: dict[str, object], left_out: set[str]) -> None:
    """But for the absence that is no error, and for the bounds that a schema does not say."""
    data = {name: value for name, value in (DATA | changes).items() if name not in left_out}
    asked_for = jsonschema.Draft202012Validator(schema_of(Everything)).is_valid({"words": [], **data})
    within = data.get("sure") not in (-2, -1, 2, 3) or isinstance(data["sure"], bool)
    assert (problem(Everything, data) == "") == (asked_for and within)
