"""The ledger as a value, and as documents that are checked on the way in."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain import reasons
from hls_action.domain.budget.budget import Budget, Call, Reservation, Spending
from hls_action.domain.budget.prices import Usage
from hls_action.domain.drafts.draft import Draft, draft_id
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger import documents as ledger_documents
from hls_action.domain.ledger.access import Access
from hls_action.domain.ledger.cursor import Cursor, SweepProgress
from hls_action.domain.ledger.documents import META, path_of
from hls_action.domain.ledger.errors import StateUnreadable
from hls_action.domain.ledger.model import (
    MAX_KEPT,
    MAX_KEPT_FAILED,
    SCHEMA,
    SHARDS,
    AlertState,
    Claimant,
    Ledger,
    Record,
    State,
    Totals,
)
from hls_action.domain.limits.brakes import Answers, Given
from hls_action.domain.limits.pace import CoolDowns
from hls_action.domain.tasks.effects import AddLabels, FoldComments, PostComment
from hls_action.domain.threads.facts import KINDS, Relation
from hls_action.domain.threads.thread import ThreadRef
from hls_action.reporting import dashboard

SEVEN = ThreadId(7)
STATES = "claimed, answered, published, skipped, deferred, failed"
NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
DRAFT = Draft(
    keys=("issue/7",),
    effects=(AddLabels(("bug",)), PostComment("Yes.", 5), FoldComments(("IC_1", "IC_2"))),
    fields={"category": "bug", "missing": ["version"], "duplicate": None, "confidence": 0.8},
    model="claude-sonnet-5-5",
    usage=Usage(10, 20),
    cost_usd=Decimal("0.0012"),
)


def record(thread: int = 7, key: str = "issue/7", state: State = "published", **changes: Any) -> Record:
    base = Record("o/r", ThreadId(thread), key, state, Claimant(12, 1, "ab"), first=NOON, at=NOON, tries=1)
    return replace(base, **changes)


def stored(ledger: Ledger) -> dict[str, str]:
    return {path: text for path, text in ledger_documents.changes(Ledger(), ledger, first=True).items() if text}


times = st.integers(0, 10**8).map(lambda seconds: NOON + timedelta(seconds=seconds))
texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40)
records = st.builds(
    Record,
    repository=st.sampled_from(["o/r", "o/other"]),
    thread=st.integers(1, 40).map(ThreadId),
    key=st.from_regex(r"(issue|comment)/[0-9]{1,4}(@[0-9a-f]{12})?", fullmatch=True),
    state=st.sampled_from(get_args(State)),
    by=st.builds(Claimant, st.integers(1, 10**12), st.integers(1, 50), st.from_regex(r"[0-9a-f]{8}", fullmatch=True)),
    first=times,
    at=times,
    until=st.none() | times,
    tries=st.integers(0, 20),
    asked=st.integers(0, 3),
    draft=st.just(""),
    comment_id=st.none() | st.integers(1, 10**12),
    comment_url=texts,
    cost_usd=st.decimals(0, 1000, places=6),
    reason=st.builds(reasons.Reason, st.sampled_from(sorted(reasons.CODES)), texts) | texts.map(reasons.parse),
    folded=st.lists(texts, max_size=2).map(tuple),
    unfolded=st.lists(texts, max_size=2).map(tuple),
    findings=st.none() | st.integers(0, 9),
    relations=st.lists(st.builds(Relation, st.sampled_from(KINDS), st.integers(1, 10**6)), max_size=3).map(tuple),
    proposed=st.lists(st.integers(1, 10**6), max_size=2).map(tuple),
    refused=st.lists(st.integers(1, 10**6), max_size=2).map(tuple),
)
amounts = st.decimals(0, 1000, places=6)
by_name = st.dictionaries(texts, amounts, max_size=2)
counts = st.integers(0, 10**6)
usages = st.builds(Usage, *[counts] * 6)
spendings = st.builds(
    Spending, amounts, amounts, counts, counts, usages, *[by_name] * 5, st.dictionaries(texts, counts, max_size=2)
)
calls = st.builds(Call, *[texts] * 5, st.integers(0, 1))
days, months = st.sampled_from(["2026-11-02", "2026-11-03"]), st.sampled_from(["2026-10", "2026-11"])
budgets = st.builds(
    Budget,
    st.dictionaries(days, spendings),
    st.dictionaries(months, spendings),
    st.dictionaries(texts, st.builds(Reservation, calls, amounts, times, times), max_size=2),
)
alert_states = st.builds(
    AlertState,
    st.dictionaries(texts, st.tuples(days | months, st.integers(0, 100)), max_size=2),
    st.none() | st.integers(1, 10**12),
    st.booleans(),
    texts,
    st.none() | times,
)
refs = st.frozensets(st.builds(ThreadRef, st.integers(1, 9).map(ThreadId), times), max_size=3)
repositories = st.sampled_from(["o/r", "o/x"])
given_answers = st.lists(st.builds(Given, times, texts, texts, texts), max_size=3).map(tuple)
ledgers = st.builds(
    Ledger,
    watermarks=st.dictionaries(repositories, times),
    budget=budgets,
    alerts=alert_states,
    answers=given_answers.map(Answers),
    cool_downs=st.builds(CoolDowns, st.dictionaries(texts, times, max_size=2)),
    sweep_progress=st.dictionaries(repositories, st.builds(SweepProgress, times, refs, refs)),
    repositories=st.dictionaries(repositories, st.integers(1, 10**12)),
    access=st.dictionaries(texts, st.builds(Access, st.booleans(), times), max_size=2),
)


@given(ledgers, st.lists(records, max_size=10), st.lists(records, max_size=3))
def test_what_is_written_is_read_again(ledger: Ledger, found: list[Record], old: list[Record]) -> None:
    totals = Totals().plus(old)
    ledger = replace(ledger, shards=tuple(replace(shard, totals=totals) for shard in ledger.shards))
    for each in found:
        name = draft_id(each.repository, each.thread, [each.key]) if each.state == "answered" else ""
        drafts = {name: replace(DRAFT, keys=(each.key,))} if name else {}
        ledger = ledger.put(each.thread, [replace(each, draft=name)], drafts=drafts)
    again = ledger_documents.read(stored(ledger))
    assert again == ledger
    assert stored(again) == stored(ledger)


def test_alerts_and_cool_downs_are_written_and_read_again() -> None:
    told = AlertState({"daily_usd": ("2026-11-02", 80)}, issue=12, is_open=True, by="12/1/ab", until=NOON)
    ledger = replace(Ledger(), alerts=told).with_cool_down("github", NOON, NOON + timedelta(minutes=5))
    assert ledger_documents.read(stored(ledger)) == ledger
    assert ledger.with_cool_down(
        "claude/x", NOON + timedelta(hours=1), NOON + timedelta(hours=2)
    ).cool_downs.until.keys() == {"claude/x"}, "what is over is dropped"


def test_alerts_are_told_by_nobody_and_their_issue_is_closed_until_somebody_says_otherwise() -> None:
    alerts = json.loads(stored(replace(Ledger(), alerts=AlertState(issue=12)))["alerts.json"])
    assert alerts == {"schema": 2, "levels": {}, "issue": 12, "is_open": False, "by": "", "until": None}


def test_a_state_without_them_is_read_as_before() -> None:
    documents = stored(Ledger())
    meta = json.loads(documents[META])
    del meta["cool_downs"]
    assert ledger_documents.read({META: json.dumps(meta)}) == Ledger()


def test_a_draft_is_kept_as_long_as_a_record_names_it() -> None:
    name = draft_id("o/r", SEVEN, ["issue/7"])
    waiting = Ledger().put(SEVEN, [record(state="answered", draft=name)], drafts={name: DRAFT})
    again = ledger_documents.read(stored(waiting))
    assert again.draft(again.of("o/r", SEVEN)[0]) == DRAFT
    done = again.put(SEVEN, [record()])
    assert done.draft(record(draft=name)) is None
    assert json.loads(stored(done)[path_of(7)])["drafts"] == {}


def test_a_stored_draft_that_no_record_names_is_not_carried_along() -> None:
    data = {**json.loads(stored(Ledger().put(SEVEN, [record()]))[path_of(7)]), "drafts": {"odd": {"later": 1}}}
    ledger = ledger_documents.read({**stored(Ledger()), path_of(7): json.dumps(data)})
    written = ledger_documents.changes(ledger, ledger.put(SEVEN, [record(tries=2)]))[path_of(7)]
    assert json.loads(str(written))["drafts"] == {}


def test_only_documents_that_changed_are_written() -> None:
    before = Ledger().put(SEVEN, [record()]).put(ThreadId(8), [record(8)])
    after = before.put(ThreadId(8), [record(8, reason=reasons.Reason("upstream", "x"))])
    assert set(ledger_documents.changes(before, after)) == {path_of(8)}
    assert set(ledger_documents.changes(after, after.swept("o/r", Cursor(NOON), NOON))) == {META}
    assert (
        ledger_documents.changes(after, after.put(ThreadId(8), [record(8, reason=reasons.Reason("upstream", "x"))]))
        == {}
    )


def test_the_first_write_says_whose_it_is() -> None:
    assert META in ledger_documents.changes(Ledger(), Ledger().put(SEVEN, [record()]), first=True)
    assert json.loads(stored(Ledger())[META]) == {"schema": 2, "watermarks": {}, "cool_downs": {}}


def test_repositories_that_share_a_state_do_not_mix() -> None:
    ledger = Ledger().put(SEVEN, [record(), record(repository="o/other")])
    assert ledger.of("o/r", SEVEN) == (record(),)
    assert ledger_documents.read(stored(ledger)).of("o/other", SEVEN) == (record(repository="o/other"),)


def test_threads_of_other_spaces_do_not_mix_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hls_action.domain.identity.SPACES", ("thread", "discussion"))
    other = ThreadId(7, "discussion")
    ledger = Ledger().put(SEVEN, [record()]).put(other, [replace(record(), thread=other)])
    again = ledger_documents.read(stored(ledger))
    assert (again.of("o/r", SEVEN), again.of("o/r", other)) == ((record(),), (replace(record(), thread=other),))
    assert set(json.loads(stored(ledger)[path_of(7)])["threads"]) == {"o/r#7", "o/r#discussion/7"}
    assert draft_id("o/r", SEVEN, ["label/x"]) != draft_id("o/r", other, ["label/x"])


@pytest.mark.parametrize(
    ("state", "kept"), [("published", MAX_KEPT), ("skipped", MAX_KEPT), ("failed", MAX_KEPT_FAILED)]
)
def test_old_records_are_folded_into_totals(state: State, kept: int) -> None:
    ledger = Ledger()
    for n in range(kept + 5):
        at = NOON + timedelta(minutes=n)
        ledger = ledger.put(
            ThreadId(SHARDS * n), [record(SHARDS * n, f"issue/{n}", state, at=at, cost_usd=Decimal("0.01"))]
        )
    assert len(ledger.records) == kept
    assert ledger.records[0].key == "issue/5", "the oldest went"
    (folded,) = {shard.totals.counts[state]: shard.totals.cost_usd for shard in ledger.shards if shard.records}.items()
    assert folded == (5, Decimal("0.05"))
    assert ledger_documents.read(stored(ledger)) == ledger


def test_what_is_open_is_never_folded() -> None:
    ledger = Ledger()
    for n in range(MAX_KEPT * 2):
        ledger = ledger.put(ThreadId(0), [record(0, f"comment/{n}", "deferred")])
    assert len(ledger.records) == MAX_KEPT * 2


def test_a_watermark_never_goes_back() -> None:
    earlier, later = NOON - timedelta(hours=1), NOON + timedelta(hours=1)
    ledger = Ledger().swept("o/r", Cursor(NOON), later)
    assert ledger.swept("o/r", Cursor(earlier), later) == ledger
    assert ledger.swept("o/r", Cursor(later), later).watermarks == {"o/r": later}
    assert ledger.swept("o/r", Cursor(earlier), NOON - timedelta(seconds=1)).watermarks == {"o/r": earlier}


def test_what_another_sweep_knows_of_a_repository_is_kept() -> None:
    one, two = ThreadRef(ThreadId(1), NOON), ThreadRef(ThreadId(2), NOON)
    ledger = Ledger().swept("o/x", Cursor(NOON), NOON).swept("o/r", Cursor(NOON, frozenset({one}), frozenset()), NOON)
    after = ledger.swept("o/r", Cursor(NOON, frozenset(), frozenset({two})), NOON + timedelta(minutes=1))
    assert after.cursor("o/r") == Cursor(NOON, frozenset({one}), frozenset({two}))
    assert after.sweep_progress["o/r"] == SweepProgress(NOON + timedelta(minutes=1), frozenset({one}), frozenset({two}))
    assert (after.cursor("o/x"), after.sweep_progress["o/x"]) == (Cursor(NOON), SweepProgress(NOON))
    assert after.cursor("o/y") is None
    by_an_earlier_version = Ledger(watermarks={"o/r": NOON})
    assert by_an_earlier_version.cursor("o/r") == Cursor(NOON)
    until_now = Ledger().swept("o/r", Cursor(NOON), NOON)
    assert until_now.swept("o/r", Cursor(NOON - timedelta(hours=1)), NOON).watermarks == {"o/r": NOON}


@pytest.mark.parametrize(
    ("state", "code", "is_open", "is_withdrawn"),
    [
        ("claimed", "withdrawn", True, False),
        ("answered", "withdrawn", True, False),
        ("deferred", "upstream", True, False),
        ("published", "withdrawn", False, False),
        ("failed", "upstream", False, False),
        ("skipped", "closed", False, False),
        ("skipped", "withdrawn", False, True),
    ],
)
def test_what_a_record_tells(state: State, code: str, is_open: bool, is_withdrawn: bool) -> None:
    found = record(state=state, reason=reasons.Reason(code, "x"))
    assert (found.is_open, found.is_withdrawn) == (is_open, is_withdrawn)


def test_what_a_draft_tells() -> None:
    first, bug, fold = AddLabels(("area",)), *DRAFT.effects[::2]
    draft = replace(DRAFT, effects=(first, *DRAFT.effects))
    assert (draft.before_comment, draft.comment, draft.after_comment) == ((first, bug), PostComment("Yes.", 5), (fold,))
    assert (draft.labels, draft.synthetic) == (("area", "bug"), False)
    said: list[object] = [[{}, {}], [], None]
    assert [replace(DRAFT, fields={"findings": value}).findings for value in said] == [2, 0, None]


@pytest.mark.parametrize("keys", [(), ("issue/7", "x -->"), ("issue 7",)])
def test_a_draft_answers_something_that_a_marker_can_name(keys: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"^no marker can name the keys \("):
        replace(DRAFT, keys=keys)


def test_the_name_of_a_draft_does_not_change_from_version_to_version() -> None:
    assert draft_id("o/r", SEVEN, ["issue/7", "comment/31@3:aa"]) == "0c18ff98c8ff57ad"
    assert draft_id("o/r", SEVEN, ["comment/31@3:aa", "issue/7"]) == "0c18ff98c8ff57ad"


def test_a_record_that_names_a_draft_which_is_nowhere_is_stored_without_it() -> None:
    ledger = Ledger().put(SEVEN, [record(draft="lost", state="deferred")])
    assert ledger.records == (record(state="deferred"),)
    assert ledger_documents.read(stored(ledger)) == ledger


def test_what_changes_nothing_leaves_the_ledger_as_it_is() -> None:
    ledger = Ledger().put(SEVEN, [record()]).with_cool_down("github", NOON, NOON + timedelta(minutes=5))
    assert ledger.put(SEVEN, []) is ledger
    assert ledger.with_cool_down("github", NOON, NOON + timedelta(minutes=4)) is ledger
    assert ledger.put(SEVEN, [], removed=[record().id, ("o/r", SEVEN, "issue/8")]).records == ()


def test_what_was_reserved_for_batches_that_nobody_collects_counts_as_spent() -> None:
    call = Call("o/r#7", "ann", "issue", "claude-x")
    reserved = {name: Reservation(call, Decimal(3), NOON, NOON) for name in ("batch", "call")}
    before = Ledger(budget=Budget(reservations=reserved), batched=frozenset({"batch", "gone"}))
    after = before.migrated()
    assert (after.batched, after.budget.reservations) == (None, {"call": reserved["call"]})
    assert {(each.usd, each.unsettled) for each in after.budget.days.values()} == {(Decimal(0), Decimal(3))}
    old = replace(before, batched=None, schema=1).migrated()
    assert (old.schema, old.budget) == (2, before.budget)


# ---- how it is stored ----


def test_the_documents_as_every_version_reads_them() -> None:
    name = draft_id("o/r", SEVEN, ["issue/7"])
    waits = record(
        state="answered", draft=name, until=NOON, asked=2, comment_id=5, comment_url="u", cost_usd=Decimal("0.5"),
        reason=reasons.Reason("upstream", "x", "y"), folded=("A",), unfolded=("B",), findings=0,
    )  # fmt: skip
    spending = Spending(
        Decimal(1), Decimal(2), 3, 4, Usage(5), {"m": Decimal(1)}, {"k": Decimal(2)}, {"a": Decimal(3)},
        {"t": Decimal(4)},
    )  # fmt: skip
    call = Call("o/r#7", "ann", "issue", "claude-x")
    reserved = {"n": Reservation(call, Decimal(3), NOON, NOON + timedelta(minutes=1))}
    ledger = replace(
        Ledger().put(SEVEN, [waits, record(key="label/x")], drafts={name: DRAFT}).swept("o/r", Cursor(NOON), NOON),
        budget=Budget({"2026-11-02": spending}, {"2026-11": spending}, reserved),
        alerts=AlertState({"daily_usd": ("2026-11-02", 80)}, issue=12, is_open=True, by="12/1/ab", until=NOON),
        repositories={"o/r": 99},
    )
    noon = "2026-11-02T12:00:00.000Z"
    plain = {"state": "published", "by": "12.1.ab", "first": noon, "at": noon, "tries": 1}
    full = {
        **plain, "state": "answered", "until": noon, "asked": 2, "draft": name, "comment_id": 5, "comment_url": "u",
        "cost_usd": "0.5", "reason": {"code": "upstream", "detail": "x", "cause": "y"}, "folded": ["A"],
        "unfolded": ["B"], "findings": 0,
    }  # fmt: skip
    period = {
        "usd": "1", "unsettled": "2", "calls": 3, "refused": 4, "usage": {"input": 5}, "models": {"m": "1"},
        "kinds": {"k": "2"}, "actors": {"a": "3"}, "threads": {"t": "4"},
    }  # fmt: skip
    booked = {
        "thread": "o/r#7", "actor": "ann", "kind": "issue", "model": "claude-x", "usd": "3", "at": noon,
        "until": "2026-11-02T12:01:00.000Z",
    }  # fmt: skip
    documents = {path: json.loads(text) for path, text in stored(ledger).items()}
    draft = {
        "keys": ["issue/7"], "model": "claude-sonnet-5-5", "usage": {"input": 10, "output": 20}, "cost_usd": "0.0012",
        "fields": {"category": "bug", "missing": ["version"], "duplicate": None, "confidence": 0.8},
        "effects": [
            {"kind": "labels", "names": ["bug"]}, {"kind": "comment", "text": "Yes.", "replaces": 5},
            {"kind": "fold", "comments": ["IC_1", "IC_2"]},
        ],
    }  # fmt: skip
    assert documents == {
        "items/07.json": {
            "schema": 2,
            "threads": {"o/r#7": {"issue/7": full, "label/x": plain}},
            "folded": {"counts": {}, "cost_usd": "0"},
            "drafts": {name: draft},
        },
        "meta.json": {
            "schema": 2,
            "watermarks": {"o/r": noon},
            "cool_downs": {},
            "looked": {"o/r": {"at": noon, "settled": {}, "glanced": {}}},
            "repositories": {"o/r": 99},
        },
        "purse.json": {
            "schema": 2,
            "days": {"2026-11-02": period},
            "months": {"2026-11": period},
            "reservations": {"n": booked},
        },
        "alerts.json": {
            "schema": 2,
            "levels": {"daily_usd": {"period": "2026-11-02", "level": 80}},
            "issue": 12,
            "is_open": True,
            "by": "12/1/ab",
            "until": noon,
        },
    }
    assert ledger_documents.read(stored(ledger)) == ledger


NOTHING = {
    "usd": "0", "unsettled": "0", "calls": 0, "refused": 0, "usage": {}, "models": {}, "kinds": {}, "actors": {},
    "threads": {},
}  # fmt: skip


def with_a_day(spending: dict[str, object]) -> dict[str, str]:
    budget = {"schema": 2, "days": {"2026-11-02": spending}, "months": {}, "reservations": {}}
    return {META: stored(Ledger())[META], "purse.json": json.dumps(budget)}


def test_of_what_was_spent_zeros_are_written_too() -> None:
    ledger = Ledger(budget=Budget({"2026-11-02": Spending()}))
    assert json.loads(stored(ledger)["purse.json"]) == json.loads(with_a_day(NOTHING)["purse.json"])
    assert ledger_documents.read(with_a_day(NOTHING)) == ledger


@pytest.mark.parametrize("name", sorted(NOTHING.keys() - {"refused"}))
def test_no_amount_that_is_missing_is_taken_for_zero(name: str) -> None:
    spending = {each: value for each, value in NOTHING.items() if each != name}
    with pytest.raises(
        StateUnreadable, match=rf"^purse\.json in the state is damaged \(days: 2026-11-02: {name}: it is missing"
    ):
        ledger_documents.read(with_a_day(spending))


@pytest.mark.parametrize(
    ("path", "names"),
    [
        (META, ["watermarks"]),
        ("purse.json", ["days", "months", "reservations"]),
        ("alerts.json", ["levels", "issue", "is_open", "by", "until"]),
        (path_of(7), ["threads", "drafts", "folded"]),
    ],
)
def test_what_every_document_of_the_schema_has_is_never_missing(path: str, names: list[str]) -> None:
    budget = Budget({"2026-11-02": Spending()})
    ledger = Ledger(budget=budget, alerts=AlertState(issue=1)).put(SEVEN, [record()])
    for name in names:
        documents = stored(ledger)
        data = json.loads(documents[path])
        del data[name]
        with pytest.raises(StateUnreadable, match=rf"^{re.escape(path)} in the state is damaged .*{name}"):
            ledger_documents.read({**documents, path: json.dumps(data)})


# ---- what is not ours, or not whole ----


def damaged(change: Any) -> dict[str, str]:
    documents = stored(Ledger().put(SEVEN, [record()]))
    data = json.loads(documents[path_of(7)])
    change(data)
    return {**documents, path_of(7): json.dumps(data)}


@pytest.mark.parametrize(
    ("documents", "words"),
    [
        pytest.param(
            {"README.md": "# My project"}, "is used for something else .*'README.md'.*'state-branch'", id="a branch"
        ),
        pytest.param({META: "{"}, f"{META} in the state is damaged", id="cut off"),
        pytest.param({META: "[]"}, f"{META} in the state is damaged", id="a list"),
        pytest.param({META: '{"schema": 1}'}, f"{META} in the state is damaged", id="no watermarks"),
        pytest.param(
            {META: '{"schema": 0, "watermarks": {}}'},
            f"^{META} in the state is damaged .ValueError: it names no schema.; it was left untouched. "
            "Restore it, or delete the branch to start over: existing replies are still recognised$",
            id="no schema",
        ),
        pytest.param(
            {"b": "", "a": ""},
            "^the state branch is used for something else .it contains 'a' but no meta.json.: "
            "name another branch as 'state-branch'$",
            id="another branch",
        ),
        pytest.param(
            {META: json.dumps({"schema": SCHEMA + 1, "strange": True})},
            f"written by a newer version .schema {SCHEMA + 1}; this version supports {SCHEMA}.*"
            "use the same version of HLS in every workflow$",
            id="newer",
        ),
    ],
)
def test_a_state_that_cannot_be_read_is_an_error_that_says_what_to_do(documents: dict[str, str], words: str) -> None:
    with pytest.raises(StateUnreadable, match=words):
        ledger_documents.read(documents)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda data: data.pop("threads"), id="no threads"),
        pytest.param(lambda data: data.update(threads=[]), id="threads are a list"),
        pytest.param(lambda data: entry(data).update(state="lost"), id="an unknown state"),
        pytest.param(lambda data: entry(data).update(by="me"), id="no claimant"),
        pytest.param(lambda data: entry(data).update(at="yesterday"), id="no time"),
        pytest.param(lambda data: entry(data).update(at="2026-11-02T12:00:00"), id="no time zone"),
        pytest.param(lambda data: entry(data).update(tries="many"), id="no number"),
        pytest.param(lambda data: entry(data).update(cost_usd="much"), id="no amount"),
        pytest.param(lambda data: entry(data).update(draft="abc"), id="a draft that is not there"),
        pytest.param(lambda data: data["threads"].update({"o/r#x": {"issue/7": entry(data)}}), id="no thread number"),
    ],
)
def test_a_damaged_record_is_an_error_that_names_its_file(change: Any) -> None:
    with pytest.raises(StateUnreadable, match=rf"^{re.escape(path_of(7))} in the state is damaged .*left untouched"):
        ledger_documents.read(damaged(change))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(
            lambda data: entry(data).update(draft="abc"), "ValueError: the drafts abc are not there", id="a draft"
        ),
        pytest.param(
            lambda data: data["threads"]["o/r#7"].update({key: entry(data) | {"draft": key} for key in ("b", "a")}),
            "ValueError: the drafts a, b are not there",
            id="two drafts",
        ),
        pytest.param(
            lambda data: entry(data).update(state="lost"),
            f"o/r#7: issue/7: state: 'lost' is not one of {STATES}",
            id="a state",
        ),
        pytest.param(
            lambda data: entry(data).update(by="012.1.ab"),
            "o/r#7: issue/7: by: '012.1.ab' is not a run",
            id="a run",
        ),
        pytest.param(lambda data: entry(data).pop("tries"), "o/r#7: issue/7: tries: it is missing", id="no tries"),
        pytest.param(lambda data: data.update(threads=[]), "threads: '[]' is not an object", id="no threads"),
        pytest.param(lambda data: data.update(drafts=[]), "drafts: '[]' is not an object", id="no drafts"),
        pytest.param(
            lambda data: data["folded"].update(counts={"lost": 1}),
            f"folded: counts: lost: 'lost' is not one of {STATES}",
            id="no counts",
        ),
        pytest.param(
            lambda data: entry(data).update(by=f"01.1.{'a' * 1_000}"),
            f"o/r#7: issue/7: by: '01.1.{'a' * 75}' is not a run",
            id="a long run",
        ),
        pytest.param(
            lambda data: data["threads"].update({"o/r#07": {}}),
            "ValueError: '07' is not the number of a thread",
            id="zero",
        ),
        pytest.param(
            lambda data: data["threads"].update({f"o/r#{2**63}": {}}),
            "ValueError: a number is too small or too large",
            id="a number",
        ),
        pytest.param(
            lambda data: data["threads"].update({f"o/r#{'0' * 99}7": {}}),
            f"ValueError: '{'0' * 40}' is not the number of a thread",
            id="many zeros",
        ),
    ],
)
def test_what_is_said_of_damage(change: Any, words: str) -> None:
    with pytest.raises(StateUnreadable, match=rf"^{re.escape(f'{path_of(7)} in the state is damaged ({words}); ')}"):
        ledger_documents.read(damaged(change))


def test_what_is_said_of_damage_is_short() -> None:
    with pytest.raises(StateUnreadable) as raised:
        ledger_documents.read(damaged(lambda data: data["threads"]["o/r#7"].update({"issue/8": "x" * 5_000})))
    assert f"(o/r#7: issue/8: '{'x' * 80}' is not an object); " in str(raised.value)
    with pytest.raises(StateUnreadable) as raised:
        ledger_documents.read(damaged(lambda data: data["threads"]["o/r#7"].update({"x" * 5_000: {}})))
    assert len(str(raised.value)) < 500


@pytest.mark.parametrize("period", ["2026", "2026-11-023", "november", "n" * 100])
def test_a_period_that_no_cap_counts_is_damage(period: str) -> None:
    documents = {path: text for path, text in stored(Ledger()).items() if path == META}
    spending = {
        "usd": "0", "unsettled": "0", "calls": 0, "usage": {}, "models": {}, "kinds": {}, "actors": {}, "threads": {},
    }  # fmt: skip
    budget = {"schema": 2, "days": {}, "months": {"2026-11": spending}, "reservations": {}}
    read = ledger_documents.read({**documents, "purse.json": json.dumps(budget)})
    assert read.budget.months == {"2026-11": Spending()}, "of an earlier version, which did not count what was refused"
    budget["months"] = {"2026-11": spending, period: spending}
    with pytest.raises(StateUnreadable, match=f"'{period[:40]}' is neither a day nor a month"):
        ledger_documents.read({**documents, "purse.json": json.dumps(budget)})


def test_reservations_of_batches_are_known_by_their_names() -> None:
    batches = {"n": {"requests": {"a": {"reservation": "one"}, "b": {"reservation": "two"}}}}
    text = json.dumps({"schema": 1, "batches": batches})
    ledger = ledger_documents.read(stored(Ledger()) | {"batches.json": text})
    assert ledger.batched == frozenset({"one", "two"})
    assert "batches.json" not in ledger_documents.changes(ledger, ledger.put(SEVEN, [record()]))


def test_documents_are_sorted_and_readable_and_have_no_secret_and_no_half_character() -> None:
    key = "sk-ant-api03-" + "Ab3" * 31
    said = reasons.Reason("upstream", f"é \ud83d {key}")
    ledger = Ledger().put(SEVEN, [record(reason=said, state="failed", unfolded=(key, "b"), tries=2)])
    (text,) = ledger_documents.changes(Ledger(), ledger).values()
    assert text is not None
    assert key not in text
    assert text.startswith('{\n "drafts": {},\n "folded": {\n  "cost_usd": "0",\n  "counts": {}\n },\n "schema": 2,\n')
    assert text.endswith("}\n")
    kept = entry(json.loads(text))
    assert kept["reason"]["detail"].startswith("é ? ")
    assert (kept["tries"], len(kept["unfolded"]), kept["unfolded"][1]) == (2, 2, "b")
    plain = ledger_documents.changes(
        Ledger(), Ledger().put(SEVEN, [record(reason=reasons.Reason("upstream", "é \ud83d"))])
    )
    assert '"detail": "é ?"' in str(plain[path_of(7)])


def test_what_is_stored_is_as_it_was_written() -> None:
    before = ledger_documents.read(stored(Ledger()) | {"batches.json": '{"schema": 2, "batches": {}}'})
    after = before.migrated().put(SEVEN, [record()])
    changed = ledger_documents.changes(before, after)
    assert set(changed) == {"batches.json", path_of(7)}
    again = ledger_documents.as_written(after, changed)
    assert '"schema"' not in repr(again), "they may hold what nobody cleaned"
    kept = again.stored
    assert kept == {META: before.stored[META], path_of(7): changed[path_of(7)]}


def entry(data: Any) -> Any:
    return data["threads"]["o/r#7"]["issue/7"]


@pytest.mark.parametrize("text", ['{"schema": 1}', '{"schema": 1, "batches": {"n": {}}}', "[]"])
def test_damaged_batches_are_an_error_like_any_other_damage(text: str) -> None:
    with pytest.raises(StateUnreadable, match=r"^batches\.json in the state is damaged"):
        ledger_documents.read(stored(Ledger()) | {"batches.json": text})


def test_a_document_that_holds_no_batches_any_more_is_dropped_as_well() -> None:
    ledger = ledger_documents.read(stored(Ledger()) | {"batches.json": '{"schema": 1, "batches": {}}'})
    after = ledger.migrated()
    assert after == Ledger()
    assert ledger_documents.changes(ledger, after)["batches.json"] is None
    assert after.migrated() is after


def test_no_documents_are_an_empty_ledger() -> None:
    assert ledger_documents.read({}) == Ledger()


# ---- drafts that cannot be posted ----


def waiting(key: str = "issue/7", **changes: Any) -> Ledger:
    """An answer on record that is to be posted."""
    name = draft_id("o/r", SEVEN, ["issue/7"])
    until = NOON + timedelta(minutes=11)
    held = record(key=key, state="answered", draft=name, until=until, cost_usd=Decimal("0.0012"))
    return Ledger().put(SEVEN, [replace(held, **changes)], drafts={name: DRAFT})


def with_draft(ledger: Ledger, change: Any) -> dict[str, str]:
    """Documents in which the draft was changed by hand, or by a later version."""
    documents = stored(ledger)
    data = json.loads(documents[path_of(7)])
    (draft,) = data["drafts"].values()
    change(draft)
    return {**documents, path_of(7): json.dumps(data)}


UNPOSTABLE = [
    pytest.param(lambda draft: draft["effects"].append({"kind": "vote", "id": 1}), id="an unknown effect"),
    pytest.param(lambda draft: draft["effects"].pop(1), id="no comment"),
    pytest.param(lambda draft: draft["effects"].append(draft["effects"][1]), id="two comments"),
    pytest.param(lambda draft: draft["effects"][1].pop("replaces"), id="half an effect"),
    pytest.param(lambda draft: draft["effects"][1].update(text=7), id="a text that is none"),
    pytest.param(lambda draft: draft.update(effects="comment"), id="effects that are none"),
    pytest.param(lambda draft: draft.update(fields=[]), id="fields that are none"),
    pytest.param(lambda draft: draft.update(usage={"input": "many"}), id="no number"),
    pytest.param(lambda draft: draft.pop("model"), id="no model"),
    pytest.param(lambda draft: draft.update(cost_usd="-1"), id="no amount"),
    pytest.param(lambda draft: draft.update(keys=[]), id="a marker of nothing"),
    pytest.param(lambda draft: draft.update(keys=["issue/8"]), id="another item's marker"),
    pytest.param(lambda draft: draft.update(keys=["issue/7", "x -->\n@team"]), id="no marker"),
]


@pytest.mark.parametrize("change", UNPOSTABLE)
def test_a_draft_that_cannot_be_posted_is_dropped_and_its_item_open(change: Any) -> None:
    """Whoever wrote it may be about to post it, so that the claim ends when it would have."""
    before = waiting()
    (was,) = before.records
    ledger = ledger_documents.read(with_draft(before, change))
    assert ledger.records == (replace(was, state="claimed", draft=""),)
    after = ledger.put(ThreadId(23), [record(23, "issue/23")])
    written = ledger_documents.changes(ledger, after)[path_of(7)]
    assert written is not None
    assert json.loads(written)["drafts"] == {}
    assert ledger_documents.read({**stored(Ledger()), path_of(7): written}) == after


@pytest.mark.parametrize("state", ["deferred", "failed", "skipped"])
def test_what_waits_with_such_a_draft_waits_on_without_it(state: State) -> None:
    before = waiting(state=state)
    ledger = ledger_documents.read(with_draft(before, lambda draft: draft.update(keys=["issue/8"])))
    assert ledger.records == (replace(before.records[0], draft=""),)


@pytest.mark.parametrize(
    ("keys", "key"),
    [
        (["comment/31@2:abc"], "comment/31@2:abc"),
        (["comment/31@abc", "issue/7"], "comment/31@2:def"),
        (["comment/31@2:abc"], "comment/31@abc"),
        (["comment/31@3:abc"], "comment/31@2:def"),
        (["comment/31@2:abc"], "comment/31@3:def"),
    ],
)
def test_a_marker_by_another_rule_of_digests_fits_its_record(keys: list[str], key: str) -> None:
    before = waiting(key)
    ledger = ledger_documents.read(with_draft(before, lambda draft: draft.update(keys=keys)))
    assert ledger.records == before.records
    assert ledger.draft(ledger.records[0]) == replace(DRAFT, keys=tuple(keys))


def test_of_items_answered_together_none_keeps_a_draft_that_does_not_name_them_all() -> None:
    name = draft_id("o/r", SEVEN, ["issue/7", "label/x"])
    records = [record(key=key, state="answered", draft=name) for key in ("issue/7", "label/x")]
    before = Ledger().put(SEVEN, records, drafts={name: replace(DRAFT, keys=("issue/7", "label/x"))})
    ledger = ledger_documents.read(with_draft(before, lambda draft: draft.update(keys=["issue/7"])))
    assert [(each.state, each.draft) for each in ledger.records] == [("claimed", "")] * 2


# ---- schemas ----


def test_the_first_write_under_another_schema_writes_every_document_once() -> None:
    documents = {path: text.replace('"schema": 2', '"schema": 1') for path, text in stored(waiting_by_1()).items()}
    ledger = ledger_documents.read(documents)
    after = ledger.migrated()
    changed = ledger_documents.changes(ledger, after)
    assert set(documents) <= set(changed)
    assert {json.loads(text or "{}")["schema"] for text in changed.values()} == {2}
    again = ledger_documents.read({path: text for path, text in changed.items() if text})
    assert (again, again.migrated() is again) == (after, True)


def test_where_one_document_is_of_the_first_schema_all_are_written_anew() -> None:
    documents = stored(waiting_by_1())
    documents[path_of(7)] = documents[path_of(7)].replace('"schema": 2', '"schema": 1')
    ledger = ledger_documents.read(documents)
    assert ledger.schema == 1
    assert set(documents) <= set(ledger_documents.changes(ledger, ledger.migrated()))


def waiting_by_1() -> Ledger:
    """What both schemas write alike."""
    return Ledger().put(SEVEN, [record(state="claimed", until=NOON)]).swept("o/r", Cursor(NOON), NOON)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("upstream: down", reasons.Reason("upstream", "down")),
        ("budget:", reasons.Reason("budget")),
        ("of-a-later-version: who knows", reasons.restored("of-a-later-version", "who knows")),
        ("somebody wrote this", reasons.restored("", "somebody wrote this")),
    ],
)
def test_a_reason_of_the_first_schema_is_taken_apart_once(text: str, reason: reasons.Reason) -> None:
    documents = damaged(lambda data: (data.update(schema=1), entry(data).update(reason=text)))
    ledger = ledger_documents.read(documents)
    assert ledger.records[0].reason == reason
    written = stored(ledger.migrated())[path_of(7)]
    assert entry(json.loads(written))["reason"] == {"code": reason.code, "detail": reason.detail}
    again = ledger_documents.read({**documents, path_of(7): written})
    assert again.records == ledger.records
    assert dashboard.as_data(again)["items"][0]["reason"] == text.rstrip(":")  # type: ignore[index]


def test_what_says_nothing_is_not_stored() -> None:
    assert {"reason", "unfolded", "draft", "until"}.isdisjoint(
        entry(json.loads(stored(Ledger().put(SEVEN, [record()]))[path_of(7)]))
    )


def test_comments_that_are_still_to_be_folded_are_on_record() -> None:
    ledger = Ledger().put(SEVEN, [record(unfolded=("IC_1", "IC_2"))])
    assert entry(json.loads(stored(ledger)[path_of(7)]))["unfolded"] == ["IC_1", "IC_2"]
    assert ledger_documents.read(stored(ledger)) == ledger


@pytest.mark.parametrize(
    ("effects", "carriers"), [((), 0), ((AddLabels(("bug",)),), 0), ((PostComment("a"), PostComment("b")), 2)]
)
def test_a_draft_has_one_effect_that_carries_its_marker(effects: Any, carriers: int) -> None:
    with pytest.raises(ValueError, match=f"^{carriers} effects carry the marker, and it must be one$"):
        replace(DRAFT, effects=effects)
