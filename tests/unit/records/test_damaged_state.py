"""The state's documents with any damage that hands or programs can do: told in words, and never written over.

Each value of real documents, of both schemas, gives way to each odd one; what can still be read must do for all that a
run does with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain import alerts
from hls_action.domain.budget.budget import Budget, Call, Caps, Charge, Reservation
from hls_action.domain.budget.prices import Usage
from hls_action.domain.drafts.draft import Draft, draft_id
from hls_action.domain.faults.errors import UpstreamError
from hls_action.domain.faults.fault import Fault
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger import documents as ledger_documents
from hls_action.domain.ledger import transitions
from hls_action.domain.ledger.claims import Situation, decide
from hls_action.domain.ledger.cursor import Cursor
from hls_action.domain.ledger.documents import ALERTS, BUDGET, META, path_of
from hls_action.domain.ledger.errors import StateUnreadable
from hls_action.domain.ledger.model import AlertState, Claimant, Ledger, Record
from hls_action.domain.reasons import NONE, Reason
from hls_action.domain.tasks.effects import AddLabels, FoldComments, PostComment
from hls_action.records.store import LedgerStore
from hls_action.reporting import dashboard
from hls_action.resilience.retry import Retrier
from tests.fakes import FakeClock, FlakyStore

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
SEVEN = ThreadId(7)
ITEMS = path_of(7)
ME = Claimant(99, 1, "me")
NAME = draft_id("o/r", SEVEN, ["issue/7"])
DRAFT = Draft(
    ("issue/7",),
    (AddLabels(("bug",)), PostComment("Yes.", 5), FoldComments(("IC_1",))),
    {"category": "bug", "confidence": 0.8, "missing": ["x"], "duplicate": None},
    "claude-sonnet-5-5",
    Usage(10, 20),
    Decimal("0.0012"),
    synthetic=True,
)
GOLDEN = Path(__file__).parents[1] / "golden" / "state-1"

Documents = dict[str, Any]
Place = tuple[str | int, ...]


def record(key: str, **changes: Any) -> Record:
    base = Record("o/r", SEVEN, key, "published", Claimant(12, 1, "ab"), first=NOON, at=NOON, tries=1)
    return replace(base, **changes)


def full() -> Documents:
    """Documents in which everything is set that can be."""
    call = Call("o/r#7", "ann", "issue", "claude-sonnet-5-5")
    budget = Budget()
    for name in ("r1", "r2"):
        budget = budget.reserve(name, Reservation(call, Decimal("0.1"), NOON, NOON + timedelta(minutes=11)), Caps())
    records = [
        record("issue/7", state="answered", draft=NAME, until=NOON, comment_id=5, findings=2),
        record("comment/31@2:abc", state="failed", reason=Reason("upstream", "x"), asked=1, cost_usd=Decimal("0.1")),
        record("comment/32@2:def", comment_id=5, comment_url="https://x", folded=("IC_0",), unfolded=("IC_1",)),
        record("comment/33@2:def", state="deferred", until=NOON, tries=3),
    ]
    ledger = Ledger().put(SEVEN, records, drafts={NAME: DRAFT}).swept("o/r", Cursor(NOON), NOON)
    ledger = replace(
        ledger.with_cool_down("github", NOON, NOON + timedelta(minutes=5)),
        budget=budget.settle(Charge("r2", Decimal("0.004"), Usage(100, 20, 1, 2, 3, 4))),
        alerts=AlertState({"daily_usd": ("2026-11-02", 80)}, issue=12, is_open=True, by="1.1.a", until=NOON),
    )
    shard = replace(ledger.shards[7], totals=ledger.shards[7].totals.plus([record("issue/1")]))
    ledger = replace(ledger, shards=(*ledger.shards[:7], shard, *ledger.shards[8:]))
    written = ledger_documents.changes(replace(Ledger(), schema=1), ledger)
    return {path: json.loads(text) for path, text in written.items() if text and path in (META, BUDGET, ALERTS, ITEMS)}


FULL = full()


def old(name: str) -> Documents:
    """What a version of the first schema left behind."""
    state = json.loads((GOLDEN / f"{name}.json").read_text("utf-8"))["state"]
    return {
        path: json.loads(text) if isinstance(text, str) else text for path, text in state.items() if ".json" in path
    }


OLD = [old("written"), old("in_a_batch")]


def places(data: Any, place: Place = ()) -> Iterator[Place]:
    """Everything there is, leaves and all that holds them."""
    yield place
    members = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, member in members:
        yield from places(member, (*place, key))


def with_value(documents: Documents, path: str, place: Place, text: str) -> dict[str, str]:
    """The documents as texts, with one value of one of them as JSON that is written so."""
    changed = deepcopy(documents[path])
    if not place:
        changed = "@@"
    else:
        holder = changed
        for each in place[:-1]:
            holder = holder[each]
        holder[place[-1]] = "@@"
    texts = {each: json.dumps(data) for each, data in documents.items()}
    return texts | {path: json.dumps(changed).replace('"@@"', text)}


DEEP = "[" * 600 + "]" * 600
ODD = (
    "null", "true", '""', '"x"', "-1", "0", "1.5", "1e999", "NaN", "-Infinity", "9" * 30, "9" * 5_000, "[]", "{}",
    '["x"]', '{"x": 1}', DEEP, "[" * 100_000, '"0001-01-01T00:00:00+14:00"', '"9999-12-31T23:59:59-14:00"',
    '"2026-11-02"', '"2026-11-02T12:00:00"', '"1E999999999"', '"0E-999999999"', '"-1"', '"sNaN"', '"\\ud800"',
    '{"a": 1, "a": 2}', '"' + "9" * 5_000 + '"', '"9.9.9.9"', '"1_0.1.a"', '" 7"', '"\u0667"', "",
)  # fmt: skip


def used(ledger: Ledger) -> None:
    """All that a run does with a ledger."""
    step = ledger.migrated()
    now = NOON + timedelta(hours=1)
    records = step.of("o/r", SEVEN)
    ineligible = Situation("o/r", SEVEN, (), (), {}, Reason("closed", "x"), now, ME)
    for seen in (ineligible, replace(ineligible, ineligible=NONE, wanted=[each.key for each in records], retry=True)):
        decision = decide(seen, records)
        claimed = transitions.claim(step, seen, decision, now)
        error = UpstreamError(Fault("github", "status", "x", 502))
        after = transitions.defer_or_fail(claimed, seen, [each.key for each in records], error)
        after = replace(after, budget=after.budget.pruned(now + timedelta(days=1)))
        alerts.due(after, alerts.passed(after, "o/r", alerts.Rules(), Caps(daily=Decimal(1)), now, "/hls"))
        dashboard.render(after, now).encode()
        json.dumps(dashboard.as_data(after))
        written = ledger_documents.changes(ledger, after.swept("o/r", Cursor(now), now))
        for text in written.values():
            assert text is None or text.encode()


def complaint(documents: dict[str, str]) -> str:
    """What reading and using the documents says; ``""`` when all is well."""
    try:
        used(ledger_documents.read(documents))
    except StateUnreadable as error:
        return str(error)
    return ""


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
@pytest.mark.parametrize("documents", [FULL, *OLD], ids=range(1 + len(OLD)))
def test_any_value_may_be_anything(documents: Documents, odd: str) -> None:
    for path, data in documents.items():
        for place in places(data):
            said = complaint(with_value(documents, path, place, odd))
            if said:
                assert said.startswith(f"{path} in the state "), place
                assert len(said) < 600


def test_a_value_that_is_missing_is_damage_or_nothing() -> None:
    for path, data in FULL.items():
        for place in places(data):
            changed = deepcopy(data)
            holder = changed
            for each in place[:-1]:
                holder = holder[each]
            if place:
                del holder[place[-1]]
            said = complaint({**{each: json.dumps(d) for each, d in FULL.items()}, path: json.dumps(changed)})
            assert not said or "left untouched" in said


@given(st.sampled_from(sorted(FULL)), st.data())
def test_a_document_that_was_cut_or_changed_anywhere(path: str, data: st.DataObject) -> None:
    texts = {each: json.dumps(document) for each, document in FULL.items()}
    start = data.draw(st.integers(0, len(texts[path])))
    end = data.draw(st.integers(start, min(len(texts[path]), start + 20)))
    into = data.draw(st.text(max_size=5))
    said = complaint(texts | {path: texts[path][:start] + into + texts[path][end:]})
    assert not said or said.startswith(f"{path} in the state ")


@pytest.mark.parametrize(
    ("path", "place", "odd", "words"),
    [
        (
            BUDGET,
            ("days", "2026-11-02", "usd"),
            '"1E999999999"',
            "(days: 2026-11-02: usd: '1E999999999' is not an amount)",
        ),
        (BUDGET, ("days", "2026-11-02", "usd"), '"much"', "(days: 2026-11-02: usd: 'much' is not an amount)"),
        (BUDGET, ("days", "2026-11-02", "usd"), '"1000000001"', "is not an amount"),
        (BUDGET, ("days", "2026-11-02", "calls"), "-1", "too small or too large"),
        (BUDGET, ("days",), '{"2026-11-02": {}}', "(days: 2026-11-02: usd: it is missing)"),
        (BUDGET, ("days",), '{"today": {}}', "(days: today: 'today' is neither a day nor a month)"),
        (BUDGET, ("reservations", "r1", "until"), '"9999-12-31T23:59:59Z"', "too far away"),
        (META, ("watermarks", "o/r"), '"2026-11-02T12:00:00"', "no time zone"),
        (META, ("watermarks", "o/r"), '"x"', "(watermarks: o/r: 'x' is not a time like 2026-11-02T12:00:00Z)"),
        (META, ("later",), '{"a": 1, "a": 2}', "a key is defined twice"),
        (META, ("later",), "NaN", "NaN is not valid JSON"),
        (META, ("later",), "1e999", "a number is too large"),
        (META, ("later",), '"\\ud800"', "UnicodeEncodeError"),
        (META, ("later",), "[" * 100_000, "RecursionError"),
        (META, ("schema",), "true", "is not a whole number"),
        (META, ("schema",), "0", "names no schema"),
        (ALERTS, ("is_open",), '"yes"', "neither true nor false"),
        (ITEMS, ("threads", "o/r#7", "issue/7", "by"), '"1_2.1.ab"', "is not a run"),
        (ITEMS, ("threads", "o/r#7", "issue/7", "draft"), '"other"', "the drafts other are not there"),
    ],
)
def test_damage_is_told_in_words(path: str, place: Place, odd: str, words: str) -> None:
    said = complaint(with_value(FULL, path, place, odd))
    assert said.startswith(f"{path} in the state is damaged (")
    assert words in said
    assert "it was left untouched. Restore it, or delete the branch" in said


def test_a_thread_whose_number_is_not_written_as_we_write_it_is_damage() -> None:
    """It would stand there twice after the next write."""
    shard = deepcopy(FULL[ITEMS])
    shard["threads"]["o/r# 7"] = shard["threads"].pop("o/r#7")
    assert "is not the number of a thread" in complaint(
        {**{p: json.dumps(d) for p, d in FULL.items()}, ITEMS: json.dumps(shard)}
    )


def test_what_a_later_version_wrote_is_no_damage() -> None:
    documents = deepcopy(FULL)
    documents[ITEMS]["threads"]["o/r#7"]["issue/7"]["later"] = {"a": [1, 2.5, None]}
    documents[ITEMS]["threads"]["o/r#7"]["comment/31@2:abc"]["reason"]["code"] = "a-new-code"
    documents[ITEMS]["threads"]["o/r#discussion/7"] = {"anything/1": {"state": "pondering"}}
    documents[ITEMS]["later"] = "x"
    assert complaint({path: json.dumps(data) for path, data in documents.items()}) == ""


def test_a_draft_that_is_damaged_is_asked_for_anew() -> None:
    """It is no more than an answer: its record waits for another one."""
    for place in places(FULL[ITEMS]["drafts"][NAME], ("drafts", NAME)):
        for odd in ("null", DEEP, '"x"'):
            ledger = ledger_documents.read(with_value(FULL, ITEMS, place, odd)) if len(place) > 2 else None
            assert ledger is None or {each.key for each in ledger.of("o/r", SEVEN)} >= {"issue/7"}


# ---- nothing is written over ----


def journal_of(store: FlakyStore, clock: FakeClock) -> LedgerStore:
    return LedgerStore(store, clock, "o/r", ME)


TOMORROW = NOON + timedelta(days=1)


def swept(ledger: Ledger) -> Ledger:
    return ledger.swept("o/r", Cursor(TOMORROW), TOMORROW)


@pytest.mark.parametrize("path", sorted(FULL))
@pytest.mark.parametrize("odd", ["", "{", "\ufeff{}", "[]", '{"schema": 2}', '{"schema": 3}', DEEP])
def test_nothing_is_written_over_damage(tmp_path: Path, path: str, odd: str) -> None:
    clock, store = FakeClock(), FlakyStore(tmp_path)
    documents = {each: json.dumps(data) for each, data in FULL.items()} | {path: odd}
    store.compare_and_swap("", documents)
    with pytest.raises(StateUnreadable, match=path):
        journal_of(store, clock).update(
            lambda ledger: ledger.swept("o/r", Cursor(TOMORROW), TOMORROW), Retrier(clock, 300)
        )
    assert (store.read().documents, store.writes, clock.slept) == (documents, 1, [])


def deeper(frames: int, ledger: Ledger) -> dict[str, str | None]:
    return deeper(frames - 1, ledger) if frames else ledger_documents.changes(ledger, swept(ledger))


def test_what_is_nested_too_deeply_to_be_written_again_is_left_alone() -> None:
    """It could be read, where there was more room left on the stack."""
    ledger = ledger_documents.read(with_value(FULL, META, ("later",), DEEP))
    assert META in deeper(1, ledger)
    with pytest.raises(StateUnreadable, match=rf"^{META} in the state is damaged \(RecursionError"):
        deeper(500, ledger)


def test_half_a_character_of_claudes_is_stored_as_a_question_mark(tmp_path: Path) -> None:
    clock, store = FakeClock(), FlakyStore(tmp_path)
    odd = replace(DRAFT, effects=(PostComment("a \ud800 b"),), fields={"missing": ["\udfff"]})
    waiting = record("issue/7", state="answered", draft=NAME)
    ledger_store = journal_of(store, clock)
    ledger_store.update(lambda ledger: ledger.put(SEVEN, [waiting], drafts={NAME: odd}), Retrier(clock, 300))
    draft = ledger_documents.read(store.read().documents).draft(waiting)
    assert draft is not None
    assert (draft.comment.text, draft.fields) == ("a ? b", {"missing": ["?"]})
