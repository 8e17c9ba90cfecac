"""What a later version adds to the documents stays there while this one reads and writes them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.budget.budget import Budget, Call, Caps, Charge, Reservation
from hls_action.domain.budget.prices import Usage
from hls_action.domain.drafts.draft import Draft, draft_id
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger import documents as ledger_documents
from hls_action.domain.ledger.cursor import Cursor
from hls_action.domain.ledger.documents import BUDGET, META, path_of
from hls_action.domain.ledger.model import AlertState, Claimant, Ledger, Record
from hls_action.domain.ledger.unknown_keys import carried
from hls_action.domain.reasons import NONE, Reason
from hls_action.domain.tasks.effects import AddLabels, PostComment

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
SEVEN = ThreadId(7)
NAME = draft_id("o/r", SEVEN, ["issue/7"])
DRAFT = Draft(
    ("issue/7",),
    (AddLabels(("bug",)), PostComment("Yes.")),
    {"category": "bug"},
    "claude-sonnet-5-5",
    Usage(10, 20),
    Decimal("0.0012"),
)
Document = dict[str, Any]
Path = tuple[str | int, ...]
Step = Callable[[Ledger], Ledger]

MAPS = {
    "threads", "drafts", "counts", "watermarks", "looked", "settled", "glanced", "repositories", "cool_downs",
    "days", "months", "reservations", "models", "kinds", "actors", "levels", "fields",
}  # fmt: skip
"""Keys of objects whose own keys are data: what is added there is an entry, not something of a later version."""


def record(key: str, **changes: Any) -> Record:
    base = Record("o/r", SEVEN, key, "published", Claimant(12, 1, "ab"), first=NOON, at=NOON, tries=1)
    return replace(base, **changes)


def budget() -> Budget:
    budget = Budget()
    for name in ("r1", "r2"):
        call = Call("o/r#7", "ann", "issue", "claude-sonnet-5-5")
        budget = budget.reserve(name, Reservation(call, Decimal("0.1"), NOON, NOON + timedelta(minutes=11)), Caps())
    return budget.settle(Charge("r2", Decimal("0.004"), Usage(100, 20)))


FULL = replace(
    Ledger()
    .put(
        SEVEN,
        [
            record("issue/7", state="answered", draft=NAME, until=NOON),
            record("comment/31@2:abc", state="failed", reason=Reason("upstream", "x")),
            record("comment/32@2:def", comment_id=5, unfolded=("IC_1",)),
        ],
        drafts={NAME: DRAFT},
    )
    .swept("o/r", Cursor(NOON), NOON)
    .with_cool_down("github", NOON, NOON + timedelta(minutes=5)),
    budget=budget(),
    alerts=AlertState({"daily_usd": ("2026-11-02", 80)}, issue=12, is_open=True),
)


def stored(ledger: Ledger) -> dict[str, Document]:
    written = ledger_documents.changes(replace(Ledger(), schema=1), ledger)
    return {path: json.loads(text) for path, text in written.items() if text}


def texts(documents: dict[str, Document]) -> dict[str, str]:
    return {path: json.dumps(data) for path, data in documents.items()}


def objects(data: Any, place: Path = ()) -> Iterator[Path]:
    """Where in a document there are objects with keys of ours."""
    if isinstance(data, list):
        for position, member in enumerate(data):
            yield from objects(member, (*place, position))
    if isinstance(data, dict) and place[-1:] != ("fields",):
        of_thread = len(place) == 2 and place[0] == "threads"
        if not (of_thread or (place and place[-1] in MAPS)):
            yield place
        for key, member in data.items():
            yield from objects(member, (*place, key))


def at(data: Any, place: Path) -> Any:
    """What is there; None where nothing is."""
    for each in place:
        if isinstance(data, list):
            data = data[each] if isinstance(each, int) and each < len(data) else None
        else:
            data = data.get(each) if isinstance(data, dict) else None
    return data


def later_keys(documents: dict[str, Document]) -> Iterator[tuple[str, Path, str]]:
    for path, data in documents.items():
        for place in objects(data):
            yield from ((path, place, key) for key in at(data, place) if key.startswith("later_"))


PLACES = [(path, place) for path, data in stored(FULL).items() for place in objects(data)]
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("abc<é"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=2),
)
additions = st.lists(
    st.tuples(st.sampled_from(PLACES), st.from_regex(r"later_[a-z]", fullmatch=True), values), min_size=1, max_size=6
)


def touched(ledger: Ledger) -> Ledger:
    found = ledger.of("o/r", SEVEN)
    return ledger.put(SEVEN, [replace(each, at=each.at + timedelta(minutes=1), tries=each.tries + 1) for each in found])


def finished(ledger: Ledger) -> Ledger:
    return ledger.put(SEVEN, [record("issue/7", at=NOON)])


def asked_anew(ledger: Ledger) -> Ledger:
    return ledger.put(SEVEN, [record("issue/7", state="answered", draft=NAME)], drafts={NAME: DRAFT})


def forgotten(ledger: Ledger) -> Ledger:
    return ledger.put(SEVEN, [], removed=[("o/r", SEVEN, "comment/31@2:abc")])


def excused(ledger: Ledger) -> Ledger:
    return ledger.put(SEVEN, [record("comment/31@2:abc", state="skipped", reason=NONE)])


def settled(ledger: Ledger) -> Ledger:
    return replace(ledger, budget=ledger.budget.settle(Charge("r1", Decimal("0.01"), Usage(5, 5))))


def told(ledger: Ledger) -> Ledger:
    return replace(ledger, alerts=AlertState({"monthly_usd": ("2026-11", 50)}, issue=12))


STEPS: tuple[Step, ...] = (
    touched,
    finished,
    asked_anew,
    forgotten,
    excused,
    settled,
    told,
    lambda ledger: ledger.swept("o/r", Cursor(NOON + timedelta(hours=1)), NOON + timedelta(hours=1)),
)


@given(additions, st.lists(st.sampled_from(STEPS), max_size=6))
def test_what_a_later_version_added_stays_as_long_as_its_object_does(
    added: list[tuple[tuple[str, Path], str, Any]], steps: list[Step]
) -> None:
    documents = stored(FULL)
    for (path, place), key, value in added:
        at(documents[path], place)[key] = value
    there = {(path, place, key): at(documents[path], place)[key] for (path, place), key, _ in added}
    ledger = ledger_documents.read(texts(documents))
    plain = FULL
    for step in steps:
        before, ledger, plain = ledger, step(ledger), step(plain)
        changed = ledger_documents.changes(before, ledger)
        documents |= {path: json.loads(text or "{}") for path, text in changed.items()}
        ledger = ledger_documents.as_written(ledger, changed)
        there = {where: value for where, value in there.items() if at(documents[where[0]], where[1]) is not None}
        for (path, place, key), value in there.items():
            assert at(documents[path], place)[key] == value
    assert set(later_keys(documents)) == set(there)
    again = ledger_documents.read(texts(documents))
    assert again == ledger == plain, "and it makes no difference to what is known"


def test_a_draft_that_is_written_anew_has_nothing_of_the_one_before() -> None:
    documents = stored(FULL)
    documents[path_of(7)]["drafts"][NAME]["later"] = 1
    ledger = ledger_documents.read(texts(documents))
    changed = ledger_documents.changes(ledger, finished(ledger))
    without = ledger_documents.as_written(finished(ledger), changed)
    written = ledger_documents.changes(without, asked_anew(without))[path_of(7)]
    assert written is not None
    assert "later" not in json.loads(written)["drafts"][NAME]


def test_what_is_unknown_is_redacted_as_all_else_is() -> None:
    documents = stored(FULL)
    documents[path_of(7)]["later"] = {"token": "ghp_" + "a1B2c3D4e5" * 4}
    ledger = ledger_documents.read(texts(documents))
    written = ledger_documents.changes(ledger, touched(ledger))[path_of(7)]
    assert written is not None
    assert "later" in json.loads(written)
    assert "a1B2c3D4e5" not in written


@pytest.mark.parametrize(
    ("stored", "was", "now", "kept"),
    [
        pytest.param({"a": 1, "x": 2}, {"a": 1}, {"a": 5}, {"x": 2, "a": 5}, id="beside what changes"),
        pytest.param({"a": 1, "x": 2}, {"a": 1}, {}, {"x": 2}, id="beside what goes"),
        pytest.param({"a": {"x": 1}}, {"a": {}}, {"a": {"b": 2}}, {"a": {"x": 1, "b": 2}}, id="inside"),
        pytest.param({"x": 1}, {"a": 1}, {"a": 2}, {"x": 1, "a": 2}, id="where a default was understood"),
        pytest.param({"a": {"x": 1}}, {}, {"a": {}}, {"a": {}}, id="not what we know better"),
        pytest.param({"x": 1}, {}, None, None, id="not where the object is gone"),
        pytest.param({"x": 1}, None, {"a": 1}, {"a": 1}, id="not where there was no object for us"),
        pytest.param(None, {}, {"a": 1}, {"a": 1}, id="not where there was none at all"),
        pytest.param([{"x": 1}], [{}], [{"a": 1}], [{"x": 1, "a": 1}], id="at the same place of a list"),
        pytest.param([{"x": 1}, {}], [{}, {}], [{}], [{}], id="not in a shorter list"),
        pytest.param([{"x": 1}], [{}], [{}, {}], [{}, {}], id="not in a longer list"),
        pytest.param([{"x": 1}], [], [{}], [{}], id="not in a list that we read otherwise"),
        pytest.param([{"x": 1}], [{}], None, None, id="not where the list is gone"),
        pytest.param([{"x": 1}], None, [{}], [{}], id="not where there was no list for us"),
        pytest.param(None, [{}], [{"a": 1}], [{"a": 1}], id="not where there was no list at all"),
        pytest.param("later", "", "now", "now", id="not a text"),
    ],
)
def test_where_what_is_unknown_stays(stored: object, was: object, now: object, kept: object) -> None:
    assert carried(stored, was, now) == kept


# ---- threads of a kind that only a later version knows ----


@pytest.fixture
def with_discussion(monkeypatch: pytest.MonkeyPatch) -> dict[str, Document]:
    """A state in which a later version has answered in a discussion of the same number."""
    other = ThreadId.known("discussion/7")
    assert other is None
    with monkeypatch.context() as later:
        later.setattr("hls_action.domain.identity.SPACES", ("thread", "discussion"))
        other = ThreadId(7, "discussion")
        name = draft_id("o/r", other, ["issue/7"])
        waiting = replace(record("issue/7", state="answered", draft=name), thread=other)
        return stored(FULL.put(other, [waiting], drafts={name: DRAFT}))


def test_threads_of_an_unknown_kind_are_left_as_they_are_with_their_drafts(
    with_discussion: dict[str, Document],
) -> None:
    before = with_discussion[path_of(7)]
    for name, draft in before["drafts"].items():
        if name != NAME:
            draft["effects"].append({"kind": "vote"})
    ledger = ledger_documents.read(texts(with_discussion))
    assert ledger == FULL
    written = ledger_documents.changes(ledger, finished(ledger))[path_of(7)]
    assert written is not None
    after = json.loads(written)
    assert after["threads"]["o/r#discussion/7"] == before["threads"]["o/r#discussion/7"]
    assert after["drafts"] == {name: draft for name, draft in before["drafts"].items() if name != NAME}


def test_every_document_has_objects_in_which_a_key_can_be_added() -> None:
    assert {path for path, _ in PLACES} == set(stored(FULL))
    shard = {place for path, place in PLACES if path == path_of(7)}
    assert ("drafts", NAME, "effects", 1) in shard
    assert ("threads", "o/r#7", "comment/31@2:abc", "reason") in shard
    assert ("days", "2026-11-02", "usage") in {place for path, place in PLACES if path == BUDGET}
    assert [place for path, place in PLACES if path == META] == [(), ("looked", "o/r")]
