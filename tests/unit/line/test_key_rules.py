"""What an earlier version left behind, taken up by this one, whose digests are made by another rule."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hls_action.domain.errors import ConfigError
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.faults.errors import UpstreamError
from hls_action.domain.faults.fault import Fault
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger.cursor import Cursor
from hls_action.domain.ledger.model import Claimant, Record
from hls_action.domain.outcome import Outcome
from hls_action.domain.threads.items import digest, marked_keys
from hls_action.domain.threads.keys import RULE, stem
from hls_action.line.run import CLAIM_GRACE
from hls_action.ports import ModelReply
from hls_action.records.store import LedgerStore
from hls_action.resilience.retry import Retrier
from hls_action.sweep.sweep import sweep
from tests.fakes import START, ScriptedModel, model_reply
from tests.unit.builders import BODY, trigger
from tests.unit.line_bench import MATERIALS, Bench

GOLDEN = Path(__file__).parents[1] / "golden"
RULES = range(1, RULE)
"""Every rule before this version's. What versions with it left behind is in ``state-RULE``, whose README says how."""

DIGITS = {"ec8186eb3e72": "0123456789ab", "3e0582371ceb": "ba9876543210"}
"""Of the issue and the comment, as they were recorded, and as they might be had the texts been read otherwise."""
ISSUE, COMMENT = (
    f"issue/7@{digest('Which folder does it mean?')}",
    f"comment/31@{digest('Why does it need that folder?')}",
)
SCENES = sorted(path.stem for path in (GOLDEN / "state-1").glob("*.json"))
OVERLOADED = UpstreamError(Fault("claude", "status", "Slow down", 429, rate_limited=True, retry_after=600.0))
LIFE = MATERIALS.seconds + CLAIM_GRACE.total_seconds()
SWEPT, COMMENTED = trigger(), trigger(7, "issue_comment", "edited", is_pull=False, comment=31)


class Killed(BaseException):
    """The process is gone: nothing catches this."""


def die() -> None:
    raise Killed


class Heir(Bench):
    """A repository as an earlier version left it, and runs of this one, which nobody told of the others.

    ``rule``: by which it made digests; ``otherwise``: it took other words for what is asked, so that no digits agree.
    """

    def __init__(self, root: Path, rule: int, scene: str, *, otherwise: bool) -> None:
        super().__init__(root)
        text = (GOLDEN / f"state-{rule}" / f"{scene}.json").read_text("utf-8")
        self.prefix = "" if rule == 1 else f"{rule}:"
        for digits, others in DIGITS.items():
            text = text.replace(digits, others if otherwise else digits)
        self.issue_1, self.comment_1 = (
            f"{stem}@{self.prefix}{DIGITS[digits] if otherwise else digits}"
            for stem, digits in zip(("issue/7", "comment/31"), DIGITS, strict=True)
        )
        left = json.loads(text)
        self.clock.sleep(left["seconds"])
        self.issue(**left["thread"])
        if left["configuration"]:
            self.configure(left["configuration"])
        if left["state"]:
            self.store.compare_and_swap("", {path: json.dumps(data) for path, data in left["state"].items()})
        self.before = self.records()
        self._runs = 50

    def run(self, *script: ModelReply | Exception, wake: Trigger = SWEPT) -> Outcome:
        """Another run; Claude is asked as often as the script is long."""
        self._runs += 1
        model = ScriptedModel(*script)
        outcome = self.shared(model, self._runs).answer(wake)
        assert len(model.requests) == len(script)
        return outcome

    def raw(self) -> dict[str, Any]:
        raw: dict[str, Any] = json.loads((self.root / "threads" / "7.json").read_text("utf-8"))
        return raw

    def edit_comment(self, body: str, **changes: Any) -> None:
        """Somebody edits comment 31, now."""
        raw = self.raw()
        changes = {"body": body, "updated_at": self.clock.now().isoformat()} | changes
        raw["comments"] = [each | changes if each["id"] == 31 else each for each in raw["comments"]]
        self.issue(**raw)

    def edit_issue(self, request: str) -> None:
        self.issue(**self.raw() | {"body": f"{BODY}\n\n/hls {request}", "updated_at": self.clock.now().isoformat()})

    def schemas(self) -> set[int]:
        """Of all documents of the state."""
        documents = self.store.read().documents
        return {json.loads(text)["schema"] for path, text in documents.items() if path.endswith(".json")}

    def stored_draft(self) -> dict[str, Any]:
        """The one in the state, as it was written."""
        documents = self.store.read().documents
        (draft,) = json.loads(documents["items/07.json"])["drafts"].values()
        found: dict[str, Any] = draft
        return found

    def tamper(self, before: str, after: str) -> None:
        """Somebody who may write the state changes its drafts; what the records are called stays."""
        snapshot = self.store.read()
        data = json.loads(snapshot.documents["items/07.json"])
        data["drafts"] = json.loads(json.dumps(data["drafts"]).replace(before, after))
        self.store.compare_and_swap(snapshot.version, {"items/07.json": json.dumps(data)})

    def states(self) -> dict[str, str]:
        return {key: record.state for key, record in self.records().items()}


@pytest.fixture
def heir(tmp_path: Path, request: pytest.FixtureRequest) -> Heir:
    rule, scene, otherwise = request.param
    return Heir(tmp_path, rule, scene, otherwise=otherwise)


def scene(
    *names: str, rules: Iterable[int] = RULES, otherwise: tuple[bool, ...] = (False, True)
) -> pytest.MarkDecorator:
    """Each of these, by each rule that it was recorded of, read as it is now, and otherwise."""
    told = {
        f"{name} by rule {rule}{', read otherwise' if other else ''}": (rule, name, other)
        for rule in rules
        for name in names
        for other in otherwise
        if (GOLDEN / f"state-{rule}" / f"{name}.json").exists()
    }
    return pytest.mark.parametrize("heir", told.values(), ids=told.keys(), indirect=True)


def kept(record: Record, was: Record) -> bool:
    """Whether it says what it said, but by another name."""
    return replace(record, key=was.key) == was


# ---- what has its answer ----


@scene("answered", "answered_apart", "posted", "answered_without_a_ledger")
def test_what_was_answered_is_not_answered_again(heir: Heir) -> None:
    before = heir.bodies()
    heir.clock.sleep(LIFE)
    for wake in (SWEPT, COMMENTED, trigger(7, "issues", "reopened", is_pull=False)):
        assert heir.run(wake=wake).status == "skipped"
    assert heir.bodies() == before


@scene("answered", "posted")
def test_its_records_are_called_as_they_are_now(heir: Heir) -> None:
    heir.clock.sleep(LIFE)
    heir.run()
    after = heir.records()
    assert {key: record.state for key, record in after.items()} == {ISSUE: "published", COMMENT: "published"}
    assert sum(record.cost_usd for record in after.values()) == Decimal("0.004")
    assert {record.comment_id for record in after.values()} == {32}
    writes = heir.store.writes
    heir.run()
    assert heir.store.writes == writes, "once"


@scene("answered", "answered_without_a_ledger", "posted")
def test_a_comment_that_is_edited_after_its_answer_is_answered_once_more(heir: Heir) -> None:
    heir.clock.sleep(LIFE)
    heir.edit_comment("/hls And on Windows?")
    heir.run(model_reply(), wake=COMMENTED)
    assert [len(marked_keys(body)) for body in heir.bodies() if body.startswith("<!--")] == [2, 1]
    heir.run()
    heir.run(wake=COMMENTED)


@scene("answered", "answered_without_a_ledger", "posted")
def test_an_issue_that_is_edited_after_its_answer_is_answered_once_more_when_that_wakes_us(heir: Heir) -> None:
    heir.clock.sleep(LIFE)
    heir.edit_issue("And on Windows?")
    wake = trigger(7, "issues", "edited", is_pull=False, edited=heir.clock.now())
    heir.run(model_reply(), wake=wake)
    heir.run(wake=replace(wake, repeated=True))
    heir.run()
    heir.edit_issue("And on a Mac?")  # from here on it is the digest that tells
    heir.run(model_reply())
    heir.run()


@scene("answered", "posted")
def test_an_issue_that_is_edited_once_this_version_saw_it_is_answered_once_more(heir: Heir) -> None:
    heir.clock.sleep(LIFE)
    heir.run()
    heir.edit_issue("And on Windows?")
    heir.run(model_reply())
    heir.run()


@scene("answered")
def test_an_edit_that_was_answered_is_not_answered_again(heir: Heir) -> None:
    """Edited before its reply: the earlier version has read what is there now."""
    heir.edit_comment("/hls Why does it need that folder?", updated_at=START.isoformat())
    heir.run(wake=COMMENTED)


@pytest.mark.parametrize("edit", ["comment", "issue"])
@scene("answered", "answered_without_a_ledger", otherwise=(False,))
def test_an_edit_that_leaves_the_question_as_it_was_asks_nothing_new(heir: Heir, edit: str) -> None:
    """The digits agree, whatever the rules."""
    heir.clock.sleep(LIFE)
    if edit == "comment":
        heir.edit_comment("Me, too!\n\n/hls Why does it need that folder?")
    heir.run(wake=trigger(7, "issues", "edited", is_pull=False, edited=heir.clock.now()))
    heir.run(wake=COMMENTED)


@scene("answered")
def test_a_reply_that_a_maintainer_deleted_is_not_written_again(heir: Heir) -> None:
    raw = heir.raw()
    raw["comments"] = [each for each in raw["comments"] if each["id"] == 31]
    heir.issue(**raw)
    heir.run(wake=COMMENTED)
    heir.run()


@scene("claimed")
def test_without_a_ledger_a_reply_that_the_earlier_version_posts_meanwhile_is_seen(heir: Heir) -> None:
    def meanwhile() -> None:
        heir.github.create_comment(ThreadId(7), f"<!-- hls:1 {heir.issue_1} {heir.comment_1} -->\nFaster.")

    outcome = heir.answer(ScriptedModel(model_reply(), meanwhile=meanwhile), SWEPT)
    assert str(outcome.reason) == "already-answered: another run was faster"
    assert len(heir.bodies()) == 2


@scene("answered")
def test_a_maintainer_may_have_it_answered_anew_in_the_same_place(heir: Heir) -> None:
    heir.clock.sleep(LIFE)
    heir.run(model_reply(), wake=trigger(retry=True, force=True))
    (ours,) = [body for body in heir.bodies() if body.startswith("<!--")]
    assert marked_keys(ours) == {ISSUE, COMMENT}
    assert heir.states() == {ISSUE: "published", COMMENT: "published"}
    heir.run()


# ---- what is written, and not posted ----


@scene("written")
def test_what_was_written_is_posted_once_and_not_asked_for(heir: Heir) -> None:
    heir.clock.sleep(LIFE)
    outcome = heir.run()
    assert outcome.status == "done"
    assert str(outcome.reason).startswith("answered: the issue and the comment first seen on ")
    assert [marked_keys(body) for body in heir.bodies()[1:]] == [{heir.issue_1, heir.comment_1}], "as it was written"
    assert heir.states() == {ISSUE: "published", COMMENT: "published"}
    assert sum(record.cost_usd for record in heir.records().values()) == Decimal("0.004")
    heir.run()
    heir.run(wake=COMMENTED)
    assert len(heir.bodies()) == 2


@scene("written")
def test_what_was_posted_right_before_a_kill_is_found(heir: Heir) -> None:
    """Twice taken over: by a run that dies when its post has just taken effect, and by the next one."""
    heir.clock.sleep(LIFE)
    heir.github.after_post = die
    with pytest.raises(Killed):
        heir.run()
    heir.github.after_post = None
    assert set(heir.states().values()) == {"answered"}
    heir.clock.sleep(LIFE)
    heir.run()
    assert heir.states() == {ISSUE: "published", COMMENT: "published"}
    assert len(heir.bodies()) == 2


@scene("written")
def test_a_comment_that_is_edited_after_the_answer_was_written_is_asked_about_anew(heir: Heir) -> None:
    heir.clock.sleep(LIFE)
    heir.edit_comment("/hls And on Windows?")
    heir.run(model_reply())
    replies = [marked_keys(body) for body in heir.bodies()[1:]]
    assert replies == [{heir.issue_1, heir.comment_1}, {f"comment/31@{digest('And on Windows?')}"}]
    heir.run()
    assert len(heir.bodies()) == 3


@scene("claimed", "written")
def test_what_a_live_run_has_in_hand_is_left_to_it(heir: Heir) -> None:
    outcome = heir.run()
    assert str(outcome.reason).startswith("in-progress: run 1 is answering this")
    assert heir.records() == heir.before, "by the name it has them under"


@scene("claimed")
def test_what_a_dead_run_had_in_hand_is_answered(heir: Heir) -> None:
    heir.clock.sleep(LIFE)
    heir.run(model_reply())
    records = heir.records()
    assert {key: (record.state, record.tries) for key, record in records.items()} == {
        ISSUE: ("published", 2),
        COMMENT: ("published", 2),
    }
    assert {record.first for record in records.values()} == {START}
    heir.run()


@scene("written", rules=[1], otherwise=(False,))
def test_what_was_written_is_posted_as_the_earlier_version_would_have(heir: Heir) -> None:
    written = heir.stored_draft()["body"]
    heir.clock.sleep(LIFE)
    assert (heir.run().body, heir.bodies()[1:]) == (written, [written])


@scene("written", rules=RULES[1:])
def test_what_was_written_is_posted_word_for_word(heir: Heir) -> None:
    draft = heir.stored_draft()
    heir.clock.sleep(LIFE)
    heir.run()
    (posted,) = heir.bodies()[1:]
    assert draft["effects"][-1]["text"] in posted
    assert marked_keys(posted) == {heir.issue_1, heir.comment_1}


TAMPERED = {
    "another item's marker": ("comment/31@", "comment/99@"),
    "no marker": ("<!-- hls:1", "<!-- hls:2"),
    "something before the marker": ("<!-- hls:1", "@octocat\\n<!-- hls:1"),
}


@pytest.mark.parametrize("change", TAMPERED.values(), ids=TAMPERED.keys())
@scene("written", rules=[1], otherwise=(False,))
def test_a_draft_whose_marker_does_not_fit_is_not_posted_but_asked_for_anew(
    heir: Heir, change: tuple[str, str]
) -> None:
    heir.tamper(*change)
    assert heir.run().reason.code == "in-progress", "whoever wrote it may be about to post it"
    heir.clock.sleep(LIFE)
    heir.run(model_reply())
    assert [marked_keys(body) for body in heir.bodies()[1:]] == [{ISSUE, COMMENT}]
    assert heir.states() == {ISSUE: "published", COMMENT: "published"}
    assert sum(record.cost_usd for record in heir.records().values()) == Decimal("0.008"), "both calls"
    heir.run()


@scene("posted", rules=[1], otherwise=(False,))
def test_what_was_posted_counts_as_answered_though_its_draft_was_tampered_with(heir: Heir) -> None:
    heir.tamper("<!-- hls:1", "<!-- hls:2")
    heir.clock.sleep(LIFE)
    heir.run()
    assert heir.states() == {ISSUE: "published", COMMENT: "published"}


@scene("written", rules=[1], otherwise=(False,))
def test_a_sweep_finds_what_has_lost_its_draft(heir: Heir) -> None:
    heir.tamper("<!-- hls:1", "<!-- hls:2")
    heir.clock.sleep(timedelta(days=9).total_seconds())
    assert sweep(heir.shared(ScriptedModel(model_reply()), 60), scheduled=True).status == "done"
    assert heir.states() == {ISSUE: "published", COMMENT: "published"}


# ---- what waits, or was given up ----


@scene("deferred")
def test_what_was_deferred_waits_for_its_date(heir: Heir) -> None:
    outcome = heir.run(wake=COMMENTED)
    assert (outcome.status, outcome.reason.code) == ("deferred", "until")
    assert outcome.reason.detail.startswith("2026-11-02 13:")
    assert all(
        kept(heir.records()[new], heir.before[old]) for new, old in ((ISSUE, heir.issue_1), (COMMENT, heir.comment_1))
    )
    heir.clock.sleep(timedelta(hours=2).total_seconds())
    heir.run(model_reply())
    assert {record.tries for record in heir.records().values()} == {3}
    assert heir.states() == {ISSUE: "published", COMMENT: "published"}


@scene("deferred")
def test_a_sweep_finds_what_is_due_and_its_items_however_old(heir: Heir) -> None:
    heir.clock.sleep(timedelta(days=9).total_seconds())
    model = ScriptedModel(model_reply())
    assert sweep(heir.shared(model, 60), scheduled=True).status == "done"
    assert heir.states() == {ISSUE: "published", COMMENT: "published"}


@scene("failed")
def test_what_failed_stays_so_with_its_reason(heir: Heir) -> None:
    heir.clock.sleep(LIFE)
    outcome = heir.run(wake=COMMENTED)
    assert outcome.reason.code == "failed-before"
    assert outcome.reason.detail.endswith("; model-refused: That is nothing to ask.")
    assert all(
        kept(heir.records()[new], heir.before[old]) for new, old in ((ISSUE, heir.issue_1), (COMMENT, heir.comment_1))
    )
    assert {record.asked for record in heir.records().values()} == {1}
    heir.run(model_reply(), wake=trigger(retry=True))
    assert {record.cost_usd for record in heir.records().values()} == {Decimal("0.008"), Decimal("0.004")}


@scene("skipped")
def test_what_a_lasting_cap_skipped_stays_skipped(heir: Heir) -> None:
    heir.configure("")
    outcome = heir.run(wake=COMMENTED)
    assert (outcome.status, outcome.reason.code) == ("skipped", "budget")
    assert kept(heir.records()[COMMENT], heir.before[heir.comment_1])
    heir.run(model_reply(), wake=trigger(retry=True))


@scene("deferred", "failed")
def test_what_waits_is_asked_at_once_when_it_is_edited(heir: Heir) -> None:
    heir.clock.sleep(60)
    heir.edit_comment("/hls And on Windows?")
    heir.run(model_reply(), wake=COMMENTED)
    fresh = f"comment/31@{digest('And on Windows?')}"
    assert heir.states()[fresh] == "published"
    assert heir.states()[ISSUE] == heir.before[heir.issue_1].state, "the other waits on"
    heir.clock.sleep(LIFE)
    heir.run()
    assert heir.states()[heir.comment_1] in ("skipped", "failed")


# ---- what waited in a message batch, which no version makes or collects any more ----


@scene("in_a_batch", "in_a_doubtful_batch")
def test_what_waited_in_a_batch_is_answered_by_the_next_run(heir: Heir) -> None:
    heir.configure("")
    heir.run(model_reply(), wake=COMMENTED)
    records = heir.records()
    assert {key: (record.state, record.tries) for key, record in records.items()} == {
        ISSUE: ("published", 2),
        COMMENT: ("published", 2),
    }
    assert {record.first for record in records.values()} == {START}
    heir.run()


@scene("in_a_batch", "in_a_doubtful_batch")
def test_a_sweep_finds_what_waited_in_a_batch(heir: Heir) -> None:
    heir.configure("")
    heir.clock.sleep(timedelta(days=9).total_seconds())
    assert sweep(heir.shared(ScriptedModel(model_reply()), 60), scheduled=True).status == "done"
    assert heir.states() == {ISSUE: "published", COMMENT: "published"}


@scene("in_a_batch", "in_a_doubtful_batch")
def test_what_was_reserved_for_a_batch_counts_as_spent(heir: Heir) -> None:
    """It may have been billed. The first write settles it and drops the batch, for good."""
    heir.configure("budget: {daily_usd: 0.17}")
    assert heir.run().reason.code == "budget", "too little is left of the day's cap"
    assert_settled(heir)
    heir.clock.sleep(timedelta(days=1).total_seconds())
    heir.run(model_reply())
    assert_settled(heir)


def assert_settled(heir: Heir) -> None:
    """What was reserved is in the books of its day, at its worst, and nothing is left of the batch."""
    budget, day = heir.ledger().budget, heir.ledger().budget.days["2026-11-02"]
    assert budget.reservations == {}
    assert (day.usd, day.unsettled, day.calls) == (Decimal(0), Decimal("0.05412"), 1)
    assert "batches.json" not in heir.store.read().documents


@pytest.mark.parametrize("step", ["before", "after"])
@scene("in_a_batch", otherwise=(False,))
def test_a_batch_is_settled_once_though_the_write_may_or_may_not_have_happened(heir: Heir, step: str) -> None:
    heir.configure("")
    heir.store.script = [step]
    heir.run(model_reply())
    day = heir.ledger().budget.days["2026-11-02"]
    assert (day.unsettled, day.calls) == (Decimal("0.05412"), 2)
    assert "batches.json" not in heir.store.read().documents


@scene("in_a_batch", otherwise=(False,))
def test_a_configuration_that_wants_batches_is_told_that_they_are_gone(heir: Heir) -> None:
    with pytest.raises(ConfigError, match=r"line 1: `sweep\.batch` .*Message batches were removed.*Delete this line"):
        heir.run()
    assert heir.records() == heir.before


# ---- the schema ----


@scene(*(name for name in SCENES if name != "answered_without_a_ledger"), rules=[1])
def test_the_first_write_rewrites_the_whole_state(heir: Heir) -> None:
    """In one commit, whatever it was about: no other version finds half of it."""
    heir.configure("")
    assert heir.schemas() == {1}
    heir.clock.sleep(LIFE)
    writes = heir.store.writes
    run = heir.shared(ScriptedModel(), 60)
    run.ledger_store.update(lambda ledger: ledger.swept("o/r", Cursor(heir.clock.now()), heir.clock.now()), run.retrier)
    assert (heir.schemas(), heir.store.writes) == ({2}, writes + 1)
    assert heir.states().keys() == heir.before.keys()
    assert all(heir.records()[key] == record for key, record in heir.before.items())


@pytest.mark.parametrize("step", ["before", "after"])
@scene("written", rules=[1])
def test_it_is_rewritten_once_though_the_write_may_or_may_not_have_happened(heir: Heir, step: str) -> None:
    heir.clock.sleep(LIFE)
    heir.store.script = [step]
    heir.run()
    assert heir.schemas() == {2}
    assert heir.states() == {ISSUE: "published", COMMENT: "published"}


# ---- both versions at work ----


def by_the_other(heir: Heir, *records: Record) -> None:
    """What a run of the earlier version, which looks for its own names only, writes meanwhile."""
    other = LedgerStore(heir.store, heir.clock, "o/r", Claimant(40, 1, "other"))
    other.update(lambda ledger: ledger.put(ThreadId(7), records), Retrier(heir.clock, 60))


@scene("claimed")
def test_the_earlier_versions_answer_counts_though_its_claim_was_given_another_name(heir: Heir) -> None:
    """It was slow, not dead: what it writes after this version had looked is a record of its own making."""
    heir.clock.sleep(LIFE)
    heir.run(OVERLOADED)
    assert heir.states() == {ISSUE: "deferred", COMMENT: "deferred"}
    ours = heir.github.create_comment(ThreadId(7), f"<!-- hls:1 {heir.issue_1} {heir.comment_1} -->\nLate.")
    done: dict[str, Any] = {
        "state": "published",
        "first": heir.clock.now(),
        "at": heir.clock.now(),
        "comment_id": ours.id,
    }
    by_the_other(heir, *(replace(record, **done) for record in heir.before.values()))
    heir.clock.sleep(LIFE)
    heir.run()
    assert heir.states() == {ISSUE: "published", COMMENT: "published"}
    assert len(heir.bodies()) == 2


@scene("deferred")
def test_what_the_earlier_version_takes_up_meanwhile_is_left_to_it(heir: Heir) -> None:
    heir.run()
    assert heir.states() == {ISSUE: "deferred", COMMENT: "deferred"}
    heir.clock.sleep(timedelta(hours=2).total_seconds())
    now = heir.clock.now()
    claim: dict[str, Any] = {"state": "claimed", "by": Claimant(40, 1, "other"), "first": now, "at": now}
    claims = [replace(r, until=now + timedelta(seconds=LIFE), **claim) for r in heir.before.values()]
    by_the_other(heir, *claims)
    assert str(heir.run().reason).startswith("in-progress: run 40 ")
    assert {key: heir.states()[key] for key in (heir.issue_1, heir.comment_1)} == {
        heir.issue_1: "claimed",
        heir.comment_1: "claimed",
    }
    heir.clock.sleep(LIFE)
    heir.run(model_reply())
    assert heir.states() == {ISSUE: "published", COMMENT: "published"}
    assert {record.tries for record in heir.records().values()} == {3}, "of both together"


@scene("answered")
def test_an_edit_that_the_earlier_version_put_off_is_not_taken_for_answered(heir: Heir) -> None:
    """The first text's record may be written last, by a run that was slower than the one the edit woke."""
    heir.clock.sleep(60)
    heir.edit_comment("/hls And on Windows?")
    edited = heir.clock.now()
    later = edited + timedelta(minutes=2)
    first = heir.before[heir.comment_1]
    second = replace(
        first,
        key=f"comment/31@{heir.prefix}fb2f33d02cc6",
        state="deferred",
        first=edited,
        at=edited,
        until=later,
        comment_id=None,
    )
    by_the_other(heir, replace(first, at=later), second)
    heir.clock.sleep(LIFE)
    heir.run(model_reply())
    heir.run()


@pytest.mark.parametrize("step", ["before", "after"])
@scene("answered", "deferred", "failed")
def test_a_name_that_may_or_may_not_have_been_written_is_written_once(heir: Heir, step: str) -> None:
    heir.store.script = [step]
    heir.run()
    assert set(heir.states()) == {ISSUE, COMMENT}
    assert all(
        kept(heir.records()[new], heir.before[old]) for new, old in ((ISSUE, heir.issue_1), (COMMENT, heir.comment_1))
    )


@scene(*(name for name in SCENES if name != "skipped"))  # that waits for a person
def test_whatever_was_left_each_question_ends_with_one_answer(heir: Heir) -> None:
    """By as many runs as it takes, and none that is killed anywhere in between makes a difference."""
    heir.configure("")
    for run in range(60, 72):
        heir.clock.sleep(LIFE)
        heir.store.between = [die] if run % 3 == 0 else []
        heir.github.after_post = die if run % 3 == 1 else None
        with suppress(Killed):
            line = heir.shared(ScriptedModel(*[model_reply()] * 3), run)
            sweep(line, scheduled=True, force=run > 66)
    answered = [stem(key) for body in heir.bodies() for key in marked_keys(body)]
    assert sorted(answered) == ["comment/31", "issue/7"]
    heir.store.between, heir.github.after_post = [], None
    heir.run(wake=COMMENTED)
