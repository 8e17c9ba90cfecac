"""The line in three jobs: each does its part and no more, and together they answer once, whichever of them dies."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from hls_action.adapters.github.folder import LOGIN
from hls_action.domain.budget.budget import Reservation
from hls_action.domain.budget.prices import Usage
from hls_action.domain.errors import UsageError
from hls_action.domain.events.relevance import DEFAULT_RULES
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.faults.errors import UpstreamError
from hls_action.domain.faults.fault import Fault
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger.errors import Conflict
from hls_action.domain.ledger.handover import CLAIM_LIFE, HeldClaim
from hls_action.domain.ledger.model import Claimant
from hls_action.domain.outcome import Outcome
from hls_action.domain.reasons import NONE
from hls_action.domain.tasks.option import CallOption, Step
from hls_action.line import split
from hls_action.line.respond import answer
from tests.fakes import START, ScriptedModel, answer_data, model_reply
from tests.unit.builders import trigger
from tests.unit.domain.tasks.test_option import OFFER
from tests.unit.line.test_look import CROWD, asked, choice, listed, passages, verdict
from tests.unit.line.test_re_reviews import HEADS, MINE_LOWER, Pull, after_a_merge, pushed
from tests.unit.line_bench import OPENED, Bench

SEVEN = ThreadId(7)
WRITES = (
    "add_eyes", "add_labels", "create_comment", "create_issue", "fold", "remove_eyes", "remove_label", "set_type",
    "update_comment", "update_issue",
)  # fmt: skip
OVERLOADED = UpstreamError(Fault("claude", "status", "Overloaded", 529, code="overloaded_error"))
DECLINED = model_reply(stop_reason="refusal")
COMMENTED = trigger(7, "issue_comment", "created", is_pull=False)


class Killed(BaseException):
    """The process is gone: nothing catches this."""


def die() -> None:
    raise Killed


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@contextmanager
def reading(bench: Bench) -> Iterator[None]:
    """A token that may write nothing on GitHub: whoever tries is found out."""

    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("it may not write")

    with pytest.MonkeyPatch.context() as patch:
        for name in WRITES:
            patch.setattr(bench.github, name, forbidden)
        yield


def nobody() -> ScriptedModel:
    """A model that must not be asked."""
    return ScriptedModel()


def claim(bench: Bench, wake: Trigger = OPENED, run: int = 1, attempt: int = 1, **materials: Any) -> Outcome:
    with reading(bench):
        return split.claim(bench.shared(nobody(), run, attempt, **materials), SEVEN, wake)


def ask(
    bench: Bench,
    claimed: Outcome,
    model: ScriptedModel | None = None,
    wake: Trigger = OPENED,
    run: int = 1,
    attempt: int = 1,
    **materials: Any,
) -> Outcome:
    held = split.claim_of(claimed.claim)
    assert held is not None
    model, before = model or ScriptedModel(model_reply()), bench.store.read()
    with reading(bench):
        outcome = split.ask(bench.shared(model, run, attempt, **materials), held, wake)
    assert bench.store.read() == before, "nor may it write to the ledger"
    return outcome


def publish(
    bench: Bench, claimed: Outcome, written: str, wake: Trigger = OPENED, attempt: int = 1, **materials: Any
) -> Outcome:
    held = split.claim_of(claimed.claim)
    return split.publish(bench.shared(nobody(), 1, attempt, **materials), held, written, wake)


def all_three(bench: Bench, model: ScriptedModel, wake: Trigger = OPENED, **materials: Any) -> Outcome:
    claimed = claim(bench, wake, **materials)
    return publish(bench, claimed, ask(bench, claimed, model, wake, **materials).written, wake, **materials)


def comment(body: str, number: int = 5, login: str = "ann") -> dict[str, Any]:
    return {
        "id": number,
        "author": {"login": login},
        "body": body,
        "created_at": "2026-11-02T11:59:00+00:00",
        "url": f"https://github.com/o/r/issues/7#issuecomment-{number}",
    }


def spent(bench: Bench) -> tuple[Decimal, Decimal, int]:
    """USD spent, USD of which nobody knows, and how much is still put aside."""
    budget = bench.ledger().budget
    (day,) = budget.days.values() if budget.days else (None,)
    return (
        (day.usd, day.unsettled, len(budget.reservations))
        if day
        else (Decimal(0), Decimal(0), len(budget.reservations))
    )


# ---- what each job does


def test_three_jobs_come_to_what_one_would(bench: Bench, tmp_path: Path) -> None:
    outcome = all_three(bench, ScriptedModel(model_reply()))
    (record,) = bench.records().values()
    alone = Bench(tmp_path / "alone")
    alone.shared(ScriptedModel(model_reply())).answer(OPENED)
    (usual,) = alone.records().values()
    assert (outcome.status, outcome.reason.code) == ("done", "answered")
    assert bench.bodies() == alone.bodies()
    assert (record.state, record.comment_id, record.cost_usd) == ("published", usual.comment_id, usual.cost_usd)
    assert spent(bench) == spent(alone)


def test_the_first_job_claims_and_posts_nothing(bench: Bench) -> None:
    claimed = claim(bench)
    (record,) = bench.records().values()
    assert (record.state, record.until, spent(bench)[2]) == ("claimed", bench.clock.now() + CLAIM_LIFE, 1)
    assert (claimed.status, claimed.reason.code, bool(claimed.claim)) == ("done", "handed-over", True)


def test_a_persuaded_model_job_cannot_write(bench: Bench) -> None:
    """`ask` above holds it to that; no deferred step of the ledger is written in the end, either."""
    bench.configure("triage: {}\n")
    claimed = claim(bench)
    labelled = model_reply(json.dumps(answer_data(needs_info=True, missing=["the version"])))
    for model in (ScriptedModel(labelled), ScriptedModel(DECLINED), ScriptedModel(*[OVERLOADED] * 9)):
        written = ask(bench, claimed, model)
        assert (written.status, bool(written.written), len(model.requests) > 0) == ("done", True, True)


def test_what_waits_to_be_posted_and_needs_no_answer_is_left_to_the_last_job(bench: Bench) -> None:
    bench.issue(comments=[comment("/hls help")])
    claimed = claim(bench, COMMENTED)
    assert (claimed.status, claimed.reason.code) == ("done", "handed-over")
    held = split.claim_of(claimed.claim)
    assert held is None or all(not key.startswith("comment/") for key in held.keys)


@pytest.mark.parametrize("model", [DECLINED, OVERLOADED], ids=["for good", "for now"])
def test_a_command_is_obeyed_where_the_answer_failed(bench: Bench, model: Any) -> None:
    bench.issue(comments=[comment("/hls status")])
    outcome = all_three(bench, ScriptedModel(*[model] * 9))
    assert not outcome.is_calm
    assert ["comment/5" in body.split("\n")[0] for body in bench.bodies()] == [False, True]


def test_settings_that_were_spoilt_meanwhile_are_no_reason_to_forget_what_was_posted(bench: Bench) -> None:
    claimed = claim(bench)
    written = ask(bench, claimed).written
    bench.configure("budget: {daily_usd: much}")
    outcome = publish(bench, claimed, written)
    assert (outcome.status, outcome.comment_url != "", len(bench.bodies())) == ("done", True, 1)
    assert "alerts are left to a later run" in outcome.notes[-1]


@pytest.mark.parametrize("command", ["pause", "ignore"])
def test_nothing_is_taken_up_before_a_command_to_be_quiet_is_obeyed(bench: Bench, command: str) -> None:
    (bench.root / "collaborators.json").write_text(json.dumps({"ann": "write"}))
    bench.issue(comments=[comment(f"/hls {command}")])
    claimed = claim(bench)
    assert (claimed.reason, claimed.claim, bench.records()) == (split.TO_PUBLISH, "", {})


def answered(bench: Bench, *said: dict[str, Any]) -> None:
    """The issue has its answer, and then that is said."""
    bench.shared(ScriptedModel(model_reply())).answer(OPENED)
    ours = comment(bench.bodies()[0], 1) | {"author": {"login": LOGIN, "type": "Bot"}}
    bench.issue(comments=[ours, *said])


def test_a_command_that_is_all_there_is_wakes_the_last_job_and_none_in_a_dry_run(bench: Bench) -> None:
    answered(bench, comment("/hls help"))
    dry, claimed = claim(bench, COMMENTED, dry_run=True), claim(bench, COMMENTED)
    assert (dry.status, dry.reason.code, dry.claim) == ("skipped", "already-answered", "")
    assert (claimed.reason, claimed.claim) == (split.TO_PUBLISH, "")
    assert publish(bench, claimed, "", COMMENTED).reason.code == "commanded"


@pytest.mark.parametrize(
    "config",
    [
        pytest.param("budget: {daily_usd: 0}", id="switched off"),
        pytest.param("budget: {daily_usd: 0.000001}", id="at a cap"),
        pytest.param("limits: {per_actor: {hour: 1, day: 1}}", id="at a limit"),
    ],
)
def test_a_command_wakes_the_last_job_where_a_question_beside_it_has_to_wait(bench: Bench, config: str) -> None:
    answered(bench, comment("/hls why?"), comment("/hls help", 6, "bob"))
    bench.configure(config)
    claimed = claim(bench, COMMENTED)
    assert (claimed.reason, claimed.claim, spent(bench)[2]) == (split.TO_PUBLISH, "", 0)


def test_a_question_that_has_to_wait_says_why(bench: Bench) -> None:
    bench.configure("budget: {daily_usd: 0}")
    assert claim(bench).reason.code == "switched-off"


def test_a_stored_answer_wakes_the_last_job(bench: Bench) -> None:
    claimed = claim(bench)
    written = ask(bench, claimed).written
    bench.github.before_post = die
    with pytest.raises(Killed):
        publish(bench, claimed, written)
    bench.github.before_post = None
    bench.clock.sleep(3_600)
    again = claim(bench, run=2)
    assert (again.reason, again.claim) == (split.TO_PUBLISH, "")
    assert split.publish(bench.shared(nobody(), 2), None, "", OPENED).status == "done"
    assert len(bench.bodies()) == 1


@pytest.mark.parametrize(("said", "code"), [([], "paused"), (["/hls status"], "handed-over")], ids=["alone", "beside"])
def test_in_a_pause_only_commands_wake_the_last_job(bench: Bench, said: list[str], code: str) -> None:
    (bench.root / "collaborators.json").write_text(json.dumps({"ann": "write"}))
    bench.issue(8, comments=[comment("/hls pause")])
    bench.shared(nobody()).answer(trigger(8, "issue_comment", "created", is_pull=False))
    bench.issue(comments=[comment(body, 9) for body in said])
    claimed = claim(bench, COMMENTED)
    assert (claimed.reason.code, claimed.claim, bench.records()) == (code, "", {})
    assert claimed.unfinished == (not said), "what came meanwhile is not settled"


def test_what_another_run_took_up_in_between_is_not_claimed_too(bench: Bench) -> None:
    bench.store.between = [lambda: bench.shared(ScriptedModel(model_reply()), 2).answer(OPENED)]
    claimed = split.claim(bench.shared(nobody()), SEVEN, OPENED)
    assert (claimed.status, claimed.reason.code, claimed.claim) == ("skipped", "already-answered", "")
    assert (len(bench.bodies()), spent(bench)[2]) == (1, 0)


def test_what_github_said_of_an_account_is_on_record_where_nothing_is_claimed(bench: Bench) -> None:
    members = DEFAULT_RULES._replace(who=("members",) * 3)
    assert [claim(bench, run=run, rules=members).reason.code for run in (1, 2)] == ["may-not-ask"] * 2
    assert bench.github.calls.count("permission") == 1


def test_a_loop_is_on_record_and_told_by_no_job_that_cannot_post(bench: Bench) -> None:
    assert bench.shared(ScriptedModel(model_reply())).answer(OPENED).status == "done"
    for place in range(3):
        raw = json.loads((bench.root / "threads" / "7.json").read_text())
        bench.clock.sleep(2)
        said = comment(f"/hls What about case {place * 7919}?", 20 + 10 * place, "bot")
        raw["comments"].append(said | {"created_at": bench.clock.now().isoformat()})
        bench.github.store_thread(7, raw)
        if place < 2:
            bench.shared(ScriptedModel(model_reply()), 10 + place).answer(COMMENTED)
    assert claim(bench, COMMENTED).reason.code == "loop"
    assert [key for key in bench.records() if key.startswith("notice/")] == []


def test_what_a_limit_keeps_from_an_answer_is_told_beside_what_is_claimed(bench: Bench) -> None:
    answered(bench, comment("/hls and me?"), comment("/hls why?", 6, "bob"))
    bench.configure("limits: {per_actor: {hour: 1, day: 1}}")
    claimed = claim(bench, COMMENTED)
    held = split.claim_of(claimed.claim)
    assert held is not None
    assert [key.partition("@")[0] for key in held.keys] == ["comment/6"]
    assert [note.partition(": ")[2][:18] for note in claimed.notes] == ["rate-limited-actor"]


@pytest.mark.parametrize("said", [[], ["/hls help"]], ids=["alone", "with a command"])
def test_a_mere_merge_of_the_base_is_claimed_by_nobody(tmp_path: Path, said: list[str]) -> None:
    pull = Pull(tmp_path)
    after_a_merge(pull, [MINE_LOWER])
    raw = json.loads((pull.root / "threads" / "7.json").read_text())
    raw["comments"] += [comment(body, 9) for body in said]
    pull.github.store_thread(7, raw)
    claimed = claim(pull, pushed(), 20)
    assert (claimed.reason.code, claimed.claim) == ("handed-over" if said else "nothing-new", "")
    assert pull.records()[f"pull/{HEADS[1]}"].reason.code == "nothing-new"


# ---- the look before the answer

LOOK = "knowledge: {look: on}"
RELEVANT, IRRELEVANT = verdict(relevant=True), verdict(relevant=False, reason="an advertisement")


@pytest.mark.parametrize(
    "script",
    [
        pytest.param([RELEVANT, model_reply()], id="relevant"),
        pytest.param([IRRELEVANT], id="not relevant"),
        pytest.param([RELEVANT, DECLINED], id="relevant, and refused"),
        pytest.param([OVERLOADED, model_reply()], id="without a verdict"),
    ],
)
def test_with_a_look_before_the_answer_three_jobs_come_to_what_one_would(
    bench: Bench, tmp_path: Path, script: list[Any]
) -> None:
    alone = Bench(tmp_path / "alone")
    for each in (bench, alone):
        each.configure(LOOK)
    outcome, usual = all_three(bench, ScriptedModel(*script)), alone.shared(ScriptedModel(*script)).answer(OPENED)
    (record,), (known,) = bench.records().values(), alone.records().values()
    assert (outcome.status, outcome.reason.code) == (usual.status, usual.reason.code)
    assert (record.state, record.reason, record.cost_usd) == (known.state, known.reason, known.cost_usd)
    assert (bench.bodies(), spent(bench)) == (alone.bodies(), spent(alone))
    (day,), (its_day) = bench.ledger().budget.days.values(), alone.ledger().budget.days["2026-11-02"]
    assert day.models == its_day.models


def test_a_look_that_can_never_work_is_told_by_the_job_that_made_it(bench: Bench) -> None:
    bench.configure(LOOK)
    unknown = UpstreamError(Fault("claude", "status", "model: claude-haiku-5-5", 404, code="not_found_error"))
    asked = ask(bench, claim(bench), ScriptedModel(unknown, model_reply()))
    assert [note.split("`")[1] for note in asked.notes] == ["knowledge.look_model"], "what to set"


def test_room_is_put_aside_for_the_look_as_well(bench: Bench, tmp_path: Path) -> None:
    alone = Bench(tmp_path / "alone")
    seen: list[dict[str, Decimal]] = []

    def look() -> None:
        seen.append({r.call.model: r.usd for r in alone.ledger().budget.reservations.values()})

    for each in (bench, alone):
        each.configure(LOOK)
    alone.shared(ScriptedModel(RELEVANT, model_reply(), meanwhile=look)).answer(OPENED)
    claim(bench)
    reserved = {r.call.model: r.usd for r in bench.ledger().budget.reservations.values()}
    assert reserved == {model: usd * split.ROOM for model, usd in seen[0].items()}


def test_a_look_that_was_switched_on_since_is_not_paid_for_and_not_made(bench: Bench) -> None:
    claimed = claim(bench)
    bench.configure(LOOK)
    outcome = publish(bench, claimed, ask(bench, claimed, nobody()).written)
    assert (outcome.status, spent(bench)) == ("deferred", (Decimal(0), Decimal(0), 0))


def test_what_a_look_chose_is_shown_by_the_job_that_made_it(tmp_path: Path) -> None:
    benches = [Bench(tmp_path / name) for name in ("split", "alone")]
    for each in benches:
        each.by_git = True
        for path, text in CROWD.items():
            (each.root / path).parent.mkdir(parents=True, exist_ok=True)
            (each.root / path).write_text(text)
        each.issue(title="Voucher is refused", body="My voucher is refused in the cart, though it has not expired.")
    bench, alone = benches
    [first, usual], _ = asked(alone, choice(), model_reply())
    last, number = next(each for each in reversed(listed(first).items()) if each[0] not in passages(usual))
    model = ScriptedModel(choice(symbols=[number]), model_reply())
    ask(bench, claim(bench, public=True), model, public=True)
    assert passages("".join(block.text for block in model.requests[1].prompt.user))[0] == last


STEP = Step("look", OFFER, lambda _: NONE, lambda _: None)
TWO_CENTS, THREE_CENTS = Decimal("0.02"), Decimal("0.03")


def offer(usd: Decimal, *steps: Decimal, model: str = "plain") -> CallOption:
    before = tuple(replace(STEP, call=replace(OFFER, worst=each)) for each in steps)
    return replace(OFFER, worst=usd, before=before, model=model)


@pytest.mark.parametrize(
    ("options", "steps", "chosen"),
    [
        pytest.param([offer(TWO_CENTS)], (), 0, id="all of it"),
        pytest.param([offer(THREE_CENTS)], (), None, id="more"),
        pytest.param([offer(THREE_CENTS), offer(TWO_CENTS)], (), 1, id="the first that is paid"),
        pytest.param([offer(TWO_CENTS, TWO_CENTS)], ("b",), 0, id="with a step"),
        pytest.param([offer(TWO_CENTS, THREE_CENTS)], ("b",), None, id="a step that costs more"),
        pytest.param([offer(THREE_CENTS, TWO_CENTS)], ("b",), None, id="an answer that does"),
        pytest.param([offer(TWO_CENTS, TWO_CENTS)], (), None, id="a step that nothing was put aside for"),
        pytest.param([offer(TWO_CENTS)], ("b",), 0, id="without a step that was paid"),
        pytest.param([offer(TWO_CENTS, model="other")], (), None, id="another model"),
    ],
)
def test_what_is_paid_for(options: list[CallOption], steps: tuple[str, ...], chosen: int | None) -> None:
    call = replace(OFFER.call, model="plain")
    reserved = {name: Reservation(call, TWO_CENTS, START, START) for name in ("a", "b")}
    held = HeldClaim(Claimant(1, 1, "n"), SEVEN, ("issue/7",), "a", steps)
    if chosen is None:
        with pytest.raises(Conflict, match="changed since it was claimed"):
            split._paid(options, held, reserved)
    else:
        assert split._paid(options, held, reserved) is options[chosen]


def test_another_model_than_the_one_that_money_was_put_aside_for_is_not_asked(bench: Bench) -> None:
    claimed = claim(bench)
    bench.configure("model: claude-haiku-5-5")
    outcome = publish(bench, claimed, ask(bench, claimed, nobody()).written)
    assert (outcome.status, spent(bench)) == ("deferred", (Decimal(0), Decimal(0), 0))


def test_the_last_job_tells_maintainers_what_the_answer_cost(bench: Bench) -> None:
    bench.configure("budget: {daily_usd: 1}\nalerts: {at: [1]}")
    outcome = all_three(bench, ScriptedModel(model_reply(usage=Usage(output=2_000))))
    assert (outcome.status, len(outcome.alerts)) == ("done", 1)
    assert bench.ledger().alerts.issue is not None


def test_nothing_to_do_is_nothing_to_hand_over(bench: Bench) -> None:
    bench.shared(ScriptedModel(model_reply())).answer(OPENED)
    again = claim(bench)
    assert (again.status, again.claim) == ("skipped", "")


def test_a_cap_is_on_record_and_told_nobody(bench: Bench) -> None:
    bench.configure("budget:\n  per_call_usd: 0.000001\n  at_cap: [skip]\n")
    claimed = claim(bench)
    assert (claimed.claim, claimed.reason.code, spent(bench)[2]) == ("", "budget", 0)


def test_an_answer_that_is_not_to_be_posted_is_skipped_and_its_labels_are_set(bench: Bench) -> None:
    model = ScriptedModel(model_reply(json.dumps(answer_data(reply=False, reason="It is settled.", comment=""))))
    outcome = all_three(bench, model)
    (record,) = bench.records().values()
    assert (outcome.status, outcome.reason.code, record.state) == ("skipped", "no-reply-needed", "skipped")
    assert (bench.bodies(), spent(bench)[2]) == ([], 0)
    assert outcome.labels == bench.github.thread(SEVEN).labels == ("bug",)


@pytest.mark.parametrize("reply", [True, False], ids=["to be posted", "not to be"])
def test_a_dry_run_posts_nothing_sets_no_label_and_leaves_nothing_to_be_posted(bench: Bench, reply: bool) -> None:
    model = ScriptedModel(model_reply(json.dumps(answer_data(reply=reply, reason="It is settled."))))
    outcome = all_three(bench, model, dry_run=True)
    (record,) = bench.records().values()
    assert (outcome.reason.code, bench.bodies(), spent(bench)[2]) == ("dry-run", [], 0)
    assert (record.state, record.reason.code, record.draft) == ("skipped", "dry-run", "")
    assert bench.github.thread(SEVEN).labels == ()


@pytest.mark.parametrize(
    ("model", "status", "code"),
    [(DECLINED, "failed", "refused"), (OVERLOADED, "deferred", "upstream")],
    ids=["for good", "for now"],
)
def test_a_failure_is_recorded_by_the_last_job_as_the_one_job_would(
    bench: Bench, tmp_path: Path, model: Any, status: str, code: str
) -> None:
    script = [model] * 9
    outcome = all_three(bench, ScriptedModel(*script))
    alone = Bench(tmp_path / "alone")
    usual = alone.shared(ScriptedModel(*script)).answer(OPENED)
    (record,), (known,) = bench.records().values(), alone.records().values()
    assert outcome.status == usual.status == status
    assert (record.state, record.reason, record.cost_usd) == (known.state, known.reason, known.cost_usd)
    assert spent(bench) == spent(alone)


def test_nobody_is_told_of_a_cap_by_a_job_that_cannot_post(bench: Bench) -> None:
    bench.configure("budget:\n  daily_usd: 0.000001\n  at_cap: [defer]\n")
    bench.issue(comments=[comment("/hls why does it end?")])
    assert claim(bench, COMMENTED).status in ("deferred", "failed")
    assert [key for key in bench.records() if key.startswith("notice/")] == []


def test_a_forced_answer_takes_the_place_of_the_one_before(bench: Bench) -> None:
    bench.shared(ScriptedModel(model_reply())).answer(OPENED)
    bench.clock.sleep(3600)
    anew = ScriptedModel(model_reply(json.dumps(answer_data(comment="Update to 2.4."))))
    outcome = all_three(bench, anew, Trigger((SEVEN,), retry=True, force=True))
    (body,) = bench.bodies()
    assert (outcome.status, "Update to 2.4." in body) == ("done", True)


@pytest.mark.parametrize("wake", [Trigger((SEVEN,), retry=True), Trigger((SEVEN,), force=True)], ids=["retry", "force"])
def test_what_a_maintainer_orders_is_posted_in_any_case(bench: Bench, wake: Trigger) -> None:
    unsure = ScriptedModel(model_reply(json.dumps(answer_data(reply=False, reason="It is settled."))))
    assert all_three(bench, unsure, wake).status == "done"


def test_what_the_second_job_cost_is_told_there(bench: Bench) -> None:
    for model in (ScriptedModel(model_reply()), ScriptedModel(DECLINED)):
        assert ask(bench, claim(bench), model).cost_usd == Decimal("0.004")
        bench.clock.sleep(CLAIM_LIFE.total_seconds())


def test_a_call_that_may_have_been_billed_is_not_made_again(bench: Bench) -> None:
    claimed = claim(bench)
    (reserved,) = bench.ledger().budget.reservations.values()
    model = ScriptedModel(UpstreamError(Fault("claude", "timeout", "slow")), model_reply())
    outcome = publish(bench, claimed, ask(bench, claimed, model).written)
    assert (len(model.requests), outcome.status, spent(bench)) == (
        1,
        "deferred",
        (Decimal(0), reserved.usd / split.ROOM, 0),
    )


def test_what_somebody_asked_for_again_is_posted_in_any_case(bench: Bench) -> None:
    all_three(bench, ScriptedModel(DECLINED))
    bench.clock.sleep(600)
    bench.issue(comments=[comment("/hls retry") | {"created_at": "2026-11-02T12:05:00+00:00"}])
    unsure = ScriptedModel(model_reply(json.dumps(answer_data(reply=False, reason="It is settled."))))
    assert all_three(bench, unsure, COMMENTED).status == "done"


# ---- killed anywhere


def finish(bench: Bench) -> None:
    """A later run, once whatever was claimed is over."""
    bench.clock.sleep(CLAIM_LIFE.total_seconds() + 1)
    answer(bench.shared(ScriptedModel(model_reply()), run=9), OPENED)


def test_an_answer_that_never_came_releases_the_claim_at_its_worst(bench: Bench) -> None:
    claimed = claim(bench)
    (reserved,) = bench.ledger().budget.reservations.values()
    outcome = publish(bench, claimed, "")
    assert (outcome.status, spent(bench)) == ("deferred", (Decimal(0), reserved.usd, 0))
    finish(bench)
    assert len(bench.bodies()) == 1


def test_nobody_but_the_first_job_ran(bench: Bench) -> None:
    claim(bench)
    finish(bench)
    assert len(bench.bodies()) == 1


@pytest.mark.parametrize("when", ["before_post", "after_post"])
def test_the_last_job_dies_while_it_posts_and_is_run_again(bench: Bench, when: str) -> None:
    claimed = claim(bench)
    written = ask(bench, claimed).written
    setattr(bench.github, when, die)
    with pytest.raises(Killed):
        publish(bench, claimed, written)
    setattr(bench.github, when, None)
    outcome = publish(bench, claimed, written, attempt=2)
    assert (outcome.green, len(bench.bodies()), spent(bench)[2]) == (True, 1, 0)
    assert bench.records()["issue/7"].state == "published"


@pytest.mark.parametrize("script", [["before"], ["after"]], ids=["before", "after"])
def test_the_answer_could_not_be_written_ahead_and_the_job_is_run_again(bench: Bench, script: list[str]) -> None:
    claimed = claim(bench)
    written = ask(bench, claimed).written
    bench.store.between = [die] if script == ["before"] else [lambda: None, die]
    with pytest.raises(Killed):
        publish(bench, claimed, written)
    bench.store.between = []
    publish(bench, claimed, written, attempt=2)
    assert (len(bench.bodies()), spent(bench)[2]) == (1, 0)


def test_the_last_job_runs_again_after_it_was_done(bench: Bench) -> None:
    claimed = claim(bench)
    written = ask(bench, claimed).written
    publish(bench, claimed, written)
    again = publish(bench, claimed, written, attempt=2)
    assert (again.status, len(bench.bodies())) == ("skipped", 1)


def test_two_publishers_of_one_answer_post_it_once(bench: Bench) -> None:
    claimed = claim(bench)
    written = ask(bench, claimed).written
    bench.store.between = [lambda: None, lambda: publish(bench, claimed, written)]
    publish(bench, claimed, written)
    assert len(bench.bodies()) == 1


def test_a_claim_that_another_run_took_over_is_not_published(bench: Bench) -> None:
    claimed = claim(bench)
    written = ask(bench, claimed).written
    finish(bench)
    late = publish(bench, claimed, written)
    assert (late.green, len(bench.bodies()), spent(bench)[2]) == (True, 1, 0)


def test_a_claim_is_asked_about_by_its_own_attempt_alone(bench: Bench) -> None:
    """Each job runs once in an attempt, so Claude is asked once for each reservation."""
    claimed = claim(bench)
    for run, attempt in ((1, 2), (2, 1)):
        outcome = ask(bench, claimed, nobody(), run=run, attempt=attempt)
        assert (outcome.status, outcome.reason.code, outcome.written) == ("skipped", "claim-lost", "")


def test_a_claim_that_was_released_is_not_asked_about(bench: Bench) -> None:
    claimed = claim(bench)
    publish(bench, claimed, "")
    assert ask(bench, claimed, nobody()).reason.code == "claim-lost"


def test_a_claim_that_is_over_is_not_asked_about(bench: Bench) -> None:
    claimed = claim(bench)
    bench.clock.sleep(CLAIM_LIFE.total_seconds())
    assert ask(bench, claimed, nobody()).reason.code == "claim-lost"


@pytest.mark.parametrize("config", ["", "knowledge: {look: on}"], ids=["alone", "after a look"])
def test_more_than_was_put_aside_is_not_asked_for(bench: Bench, config: str) -> None:
    bench.configure(config)
    claimed = claim(bench)
    bench.issue(body="So long. " * 9000)
    written = ask(bench, claimed, nobody())
    outcome = publish(bench, claimed, written.written)
    assert (outcome.status, spent(bench)) == ("deferred", (Decimal(0), Decimal(0), 0))


def test_a_comment_in_between_is_read_and_its_room_was_put_aside(bench: Bench) -> None:
    claimed = claim(bench)
    bench.issue(comments=[comment("It happens on Windows, too.", login="bob")])
    model = ScriptedModel(model_reply())
    outcome = publish(bench, claimed, ask(bench, claimed, model).written)
    assert (outcome.status, "on Windows, too" in str(model.requests[0].prompt)) == ("done", True)


def test_what_is_asked_in_between_is_left_to_a_later_run(bench: Bench) -> None:
    answered(bench, comment("/hls why?", login="bob"))
    claimed = claim(bench, COMMENTED)
    ours = json.loads((bench.root / "threads" / "7.json").read_text())["comments"][0]
    bench.issue(comments=[ours, comment("/hls why?", login="bob"), comment("/hls and where?", 6, "zoe")])
    model = ScriptedModel(model_reply())
    publish(bench, claimed, ask(bench, claimed, model, COMMENTED).written, COMMENTED)
    assert ["comment/6" in body.split("\n")[0] for body in bench.bodies() if body.startswith("<!--")] == [False] * 2
    assert [key.partition("@")[0] for key in sorted(bench.records())] == ["comment/5", "issue/7"]


@pytest.mark.parametrize(
    "now",
    [
        pytest.param([comment("/hls why not?")], id="edited"),
        pytest.param([], id="deleted"),
    ],
)
def test_what_is_not_asked_any_more_is_not_answered(bench: Bench, now: list[dict[str, Any]]) -> None:
    answered(bench, comment("/hls why?"))
    claimed = claim(bench, COMMENTED)
    ours = json.loads((bench.root / "threads" / "7.json").read_text())["comments"][0]
    bench.issue(comments=[ours, *now])
    written = ask(bench, claimed, nobody(), COMMENTED)
    assert split.MOVED_ON in str(written.reason)
    publish(bench, claimed, written.written, COMMENTED)
    assert (len(bench.bodies()), spent(bench)[2]) == (1 + len(now), 0)


# ---- what the last job believes


def changed(written: Outcome, change: Callable[[Any], object]) -> str:
    data = json.loads(written.written)
    change(data)
    return json.dumps(data)


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data["draft"].update(keys=["issue/8"]),
        lambda data: data["charges"][0].update(usd="1000"),
        lambda data: data["charges"][0].update(name="9.9.x/1"),
        lambda data: data["charges"].append(data["charges"][0]),
        lambda data: data.update(skipped={"code": "published", "detail": ""}),
        lambda data: data.update(failure={"code": "no-code", "message": ""}),
        lambda data: data.pop("draft"),
        lambda data: data["draft"].update(effects=[{"kind": "shell", "run": "true"}]),
        lambda data: data.update(more="x" * 200_000),
        lambda data: data.update(charges=7),
    ],
    ids=["items", "amount", "bill", "twice", "reason", "code", "nothing", "effect", "size", "shape"],
)
def test_what_no_second_job_writes_gives_the_claim_up(bench: Bench, change: Callable[[Any], object]) -> None:
    claimed = claim(bench)
    written = changed(ask(bench, claimed), change)
    with pytest.raises(UsageError, match="input 'answer' is not something that the command 'ask' writes"):
        publish(bench, claimed, written)
    assert (bench.bodies(), spent(bench)[2], bench.records()["issue/7"].state) == ([], 0, "deferred")


@pytest.mark.parametrize("text", ["{", "[]", "null", "nonsense", "[" * 50_000, '{"charges": NaN}'], ids=range(6))
def test_nonsense_is_named(bench: Bench, text: str) -> None:
    with pytest.raises(UsageError, match="input 'claim'"):
        split.claim_of(text)
    with pytest.raises(UsageError, match="input 'answer'"):
        publish(bench, claim(bench), text)


def test_a_persuaded_second_job_can_do_no_more_than_a_stored_answer(bench: Bench) -> None:
    """It is vetted like one: no label of its own choice, nobody mentioned, no bill of its own."""
    bench.issue(comments=[comment("Me, too.", login="bob")])
    claimed = claim(bench)

    def persuade(data: Any) -> None:
        data["draft"]["effects"] = [
            {"kind": "labels", "names": ["approved", "bug"]},
            {"kind": "comment", "text": "@everyone\n\nFixes #1", "replaces": None},
        ]
        data["draft"]["written"] = "2099-01-01T00:00:00.000Z"
        data["draft"]["cost_usd"] = "1000"

    publish(bench, claimed, changed(ask(bench, claimed), persuade))
    thread = bench.github.thread(SEVEN)
    assert thread.labels == ("bug",)
    assert "@everyone" not in bench.bodies()[-1].replace("@\u200beveryone", "")
    assert bench.records()["issue/7"].cost_usd == Decimal("0.004")


def planted_and_kept_back(bench: Bench, **draft: Any) -> tuple[Outcome, tuple[str, ...]]:
    """An answer that is not to be posted, changed on its way; and the labels that the thread has then."""
    model = ScriptedModel(model_reply(json.dumps(answer_data(reply=False, reason="It is settled."))))
    claimed = claim(bench)
    written = changed(ask(bench, claimed, model), lambda data: data["draft"].update(draft))
    return publish(bench, claimed, written), bench.github.thread(SEVEN).labels


def test_of_an_answer_that_is_not_posted_only_what_it_may_do_is_done(bench: Bench) -> None:
    effects = [{"kind": "labels", "names": ["approved", "bug"]}, {"kind": "comment", "text": "", "replaces": None}]
    assert planted_and_kept_back(bench, effects=effects)[1] == ("bug",)


def test_nothing_is_done_of_an_answer_that_is_not_ours(bench: Bench) -> None:
    outcome, labels = planted_and_kept_back(bench, model="no\nmodel")
    assert (outcome.reason.code, labels, spent(bench)) == ("no-reply-needed", (), (Decimal("0.004"), Decimal(0), 0))


def test_what_would_overwrite_a_persons_comment_is_dropped(bench: Bench) -> None:
    bench.issue(comments=[comment("Me, too.", login="bob")])
    claimed = claim(bench)
    swapped = changed(
        ask(bench, claimed),
        lambda data: data["draft"]["effects"][-1].update(replaces=5),
    )
    outcome = publish(bench, claimed, swapped)
    assert bench.bodies() == ["Me, too."]
    assert any("not one of our replies" in note for note in outcome.notes)


def test_an_answer_that_is_too_long_to_hand_over_says_so(bench: Bench) -> None:
    claimed = claim(bench)
    written = ask(bench, claimed, ScriptedModel(model_reply(json.dumps(answer_data(comment="長" * 40_000)))))
    outcome = publish(bench, claimed, written.written)
    assert (outcome.status, len(written.written) < 2_000) == ("failed", True)
    assert spent(bench) == (Decimal("0.004"), Decimal(0), 0), "and what it cost is known"
    assert "too long to be handed over" in outcome.reason.detail


def test_without_a_ledger_there_is_no_split(bench: Bench) -> None:
    held = split.claim_of(claim(bench).claim)
    assert held is not None
    for step in (
        partial(split.claim, thread=SEVEN, trigger=OPENED),
        partial(split.ask, held=held, trigger=OPENED),
        partial(split.publish, held=None, answer="", trigger=OPENED),
    ):
        with pytest.raises(UsageError, match="needs a ledger"):
            step(bench.line(nobody()))
