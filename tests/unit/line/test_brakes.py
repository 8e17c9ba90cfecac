"""Floods, loops and storms: what is braked, what is answered all the same, and that nothing is lost."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hls_action.adapters.github.folder import LOGIN
from hls_action.domain.identity import ThreadId
from hls_action.domain.limits.brakes import BURST
from hls_action.domain.outcome import Outcome
from hls_action.reporting import dashboard, report
from hls_action.sweep.sweep import sweep
from tests.fakes import BAD_GATEWAY, START, ScriptedModel, model_reply
from tests.unit.builders import trigger
from tests.unit.domain.threads.test_loops import QUESTIONS
from tests.unit.line_bench import OPENED, Bench

SEVEN = ThreadId(7)
COMMENTED = trigger(7, "issue_comment", "created", is_pull=False)
BY_HAND = trigger(retry=True)
ANY_SHARE = "budget: {answers_per_stranger: 0, per_stranger: 0, newcomers: 0, kept_for_writers: 0}\n"
"""Who asks may spend all of the day."""
NOTICE = "<!-- hls:1 notice/7-loop -->\nHLS stops here, because this looks like two machines answering each other."


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def saved(bench: Bench, number: int = 7) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((bench.root / "threads" / f"{number}.json").read_text("utf-8"))
    return data


def say(bench: Bench, login: str, body: str, seconds: float = 0, *, number: int = 7, association: str = "NONE") -> str:
    """Somebody comments after so many seconds; the key of the item, up to its digest."""
    bench.clock.sleep(seconds)
    data = saved(bench, number)
    comments = data.get("comments", [])
    fresh = max([each["id"] for each in comments], default=30) + 1
    author = {"login": login, "association": association}
    now = bench.clock.now().isoformat()
    comments.append({"id": fresh, "author": author, "body": body, "created_at": now})
    bench.github.store_thread(number, data | {"comments": comments, "updated_at": now})
    return f"comment/{fresh}@"


def look(bench: Bench, number: int = 7, run: int = 1, thinking: float = 0, **changes: Any) -> tuple[Outcome, int]:
    """A run on a thread, and how often it asked Claude, which takes so many seconds."""
    model = ScriptedModel(*[model_reply()] * 5, meanwhile=lambda: bench.clock.sleep(thinking))
    outcome = bench.shared(model, run).answer(trigger(number, **changes))
    return outcome, len(model.requests)


def record(bench: Bench, key: str, number: int = 7) -> Any:
    (found,) = (each for name, each in bench.records(number).items() if name.startswith(key))
    return found


# ---- loops ----


def loop(bench: Bench, rounds: int = 8, gap: float = 2.0) -> list[tuple[Outcome, int]]:
    """The issue is answered, and a machine under a person's account answers each answer."""
    found = [look(bench, thinking=20)]
    for place in range(rounds):
        say(bench, "bot", f"/hls What about case {place * 7919} of {'x' * place}?", gap)
        found.append(look(bench, run=place + 2, thinking=20))
    return found


def test_a_loop_of_two_accounts_ends_by_itself_within_five_answers(bench: Bench) -> None:
    outcomes = loop(bench)
    assert sum(calls for _, calls in outcomes) == 3, "the issue, and two rounds"
    assert [outcome.status for outcome, _ in outcomes] == ["done"] * 3 + ["skipped"] * 6
    assert {outcome.reason.code for outcome, _ in outcomes[3:]} == {"loop"}
    ours = [body for body in bench.bodies() if body.startswith("<!-- hls:")]
    assert [body.startswith(NOTICE) for body in ours] == [False] * 3 + [True], "one polite notice, and no other"


def test_a_slower_loop_ends_within_five_answers_too(bench: Bench) -> None:
    """The machine says nothing until it is answered, as when the thread cools down."""
    outcome, calls = look(bench, thinking=20)
    for place in range(20):
        if outcome.status == "done":
            say(bench, "bot", f"/hls {QUESTIONS[place % 8]}", 25)
        else:
            bench.clock.sleep(300)
        outcome, more = look(bench, run=place + 2, thinking=20)
        calls += more
    assert (calls, outcome.reason.code) == (5, "loop")


def test_maintainers_hear_of_a_loop_in_the_summary_on_the_page_and_by_an_alert(bench: Bench) -> None:
    outcome, _ = loop(bench, rounds=3)[-1]
    assert "### HLS #7: Stopped a loop" in report.summary(outcome)
    (alert,) = outcome.alerts
    assert alert == (
        "Check who answers whom in #7: an account there answers HLS at once, repeats itself or says nothing, and gets "
        "no answer any more. A maintainer's comment `/hls retry` has it answered."
    )
    page = dashboard.render(bench.ledger(), bench.clock.now())
    assert "## Braked" in page
    assert "| o/r#7 | the comment first seen on 2 November 2026 | skipped |" in page
    assert page.count("loop: check whether bot is a machine") == 1
    later = dashboard.render(bench.ledger(), bench.clock.now() + timedelta(days=2))
    assert "## Braked" not in later, "what is over is not listed for ever"


def test_somebody_elses_question_on_that_thread_is_answered(bench: Bench) -> None:
    loop(bench, rounds=4)
    key = say(bench, "zoe", "/hls How do I set the user in the compose file?", 60)
    outcome, calls = look(bench, run=20)
    assert (outcome.status, calls, record(bench, key).state) == ("done", 1, "published")
    assert outcome.reason.detail == "the comment of 2 November 2026", "and what the machine asked is not"


def test_what_both_ask_is_told_apart_in_one_look(bench: Bench) -> None:
    loop(bench, rounds=2)
    key = say(bench, "zoe", "/hls How do I set the user in the compose file?", 60)
    by_bot = say(bench, "bot", "/hls And what about case 99?", 1)
    outcome, calls = look(bench, run=20)
    assert (outcome.status, calls, record(bench, key).state) == ("done", 1, "published")
    assert (record(bench, by_bot).state, record(bench, by_bot).reason.code) == ("skipped", "loop")
    assert any("gets no answer now: loop: check whether bot" in note for note in outcome.notes)


@pytest.mark.parametrize(
    ("login", "association", "answered"),
    [("maya", "MEMBER", True), ("zoe", "NONE", False), ("bot", "NONE", False)],
)
def test_a_retry_by_a_maintainer_alone_has_the_last_question_answered(
    bench: Bench, login: str, association: str, answered: bool
) -> None:
    loop(bench, rounds=3)
    say(bench, login, "/hls retry", 60, association=association)
    outcome, calls = look(bench, run=20)
    assert (outcome.status, calls) == (("done", 1) if answered else ("skipped", 0))


def test_a_retry_is_for_what_was_braked_before_and_for_nothing_that_comes_later(bench: Bench) -> None:
    loop(bench, rounds=3)
    calls = []
    for place in range(2):
        say(bench, "maya", "/hls retry", 60, association="MEMBER")
        calls.append(look(bench, run=20 + place)[1])
        say(bench, "bot", f"/hls What about case {99 + place}?", 2)
        calls += [look(bench, run=run + place)[1] for run in (30, 40)]
    assert calls == [1, 0, 0] * 2, "not even once it is on record"


def test_a_maintainers_label_is_heard_on_a_thread_whose_author_is_in_a_loop(bench: Bench) -> None:
    bench.issue(author={"login": "bot"})
    loop(bench, rounds=3)
    bench.github.store_thread(7, saved(bench) | {"labels": ["hls"]})
    outcome, calls = look(bench, run=20, event="issues", action="labeled", is_pull=False)
    assert (outcome.status, calls, [item.kind for item in outcome.items]) == ("done", 1, ["label"])


def test_a_maintainer_who_runs_it_with_the_number_gets_an_answer(bench: Bench) -> None:
    loop(bench, rounds=3)
    assert bench.shared(ScriptedModel(model_reply()), 20).answer(BY_HAND).status == "done"


def test_an_account_with_write_access_can_be_in_a_loop(bench: Bench) -> None:
    outcome, _ = look(bench)
    for place in range(3):
        say(bench, "machine-user", f"/hls Please check case {place * 7919}.", 2, association="COLLABORATOR")
        outcome, _ = look(bench, run=place + 2)
    assert outcome.reason.code == "loop"


def test_a_dry_run_posts_no_notice_and_no_ledger_means_no_notice_either(bench: Bench) -> None:
    loop(bench, rounds=2)
    say(bench, "bot", "/hls And what about case 99?", 2)
    before = bench.bodies()
    model = ScriptedModel()
    assert bench.shared(model, 9, dry_run=True).answer(COMMENTED).reason.code == "loop"
    assert bench.line(model).answer(COMMENTED).reason.code == "loop"
    assert bench.bodies() == before


def test_a_notice_that_could_not_be_posted_is_not_tried_again(bench: Bench) -> None:
    loop(bench, rounds=2)
    say(bench, "bot", "/hls And what about case 99?", 2)
    bench.github.script_posts = [BAD_GATEWAY] * 6
    outcome, _ = look(bench, run=9)
    assert outcome.reason.code == "loop"
    assert any("the notice in the thread could not be posted" in note for note in outcome.notes)
    say(bench, "bot", "/hls And what about case 100?", 2)
    assert look(bench, run=10)[0].notes == ()
    assert not any(NOTICE in body for body in bench.bodies())


# ---- floods ----


def flood(bench: Bench, count: int, login: str = "eve", association: str = "NONE", first: int = 100) -> list[Outcome]:
    """Issues by one account, one a second."""
    outcomes = []
    for number in range(first, first + count):
        bench.clock.sleep(1)
        now = bench.clock.now().isoformat()
        author = {"login": login, "association": association}
        bench.issue(number, author=author, created_at=now, updated_at=now)
        outcomes.append(look(bench, number, run=number)[0])
    return outcomes


def test_a_flood_by_one_account_waits_and_others_do_not(bench: Bench) -> None:
    bench.configure(ANY_SHARE)
    outcomes = flood(bench, 13)
    assert [outcome.status for outcome in outcomes] == ["done"] * 10 + ["deferred"] * 3
    assert str(outcomes[-1].reason).startswith(
        "rate-limited-actor: the next try is due at 2026-11-02 10:00 UTC; raise `limits.per_actor` unless this is a "
        "flood: eve has had 10 answers within an hour, which is the limit"
    )
    assert look(bench, 7, run=500)[0].status == "done", "ann asks once"
    page = dashboard.render(bench.ledger(), bench.clock.now())
    assert page.count("rate-limited-actor") == 3
    assert "## Braked" in page
    assert "## Not finished" not in page, "it is listed once"


def test_people_with_write_access_are_not_limited_as_accounts(bench: Bench) -> None:
    bench.configure("limits: {per_repository: {hour: 12, day: 100}}")
    outcomes = flood(bench, 13, association="MEMBER")
    assert [outcome.reason.code for outcome in outcomes] == ["answered"] * 12 + ["rate-limited-repository"]


def test_nor_are_those_who_hide_it_and_github_is_asked_only_before_a_limit_holds(bench: Bench) -> None:
    bench.configure("limits: {per_repository: {hour: 12, day: 100}}\nbudget: {answers_per_stranger: 100}")
    (bench.root / "collaborators.json").write_text('{"eve": "write"}')
    outcomes = flood(bench, 13)
    assert [outcome.reason.code for outcome in outcomes] == ["answered"] * 12 + ["rate-limited-repository"]
    assert bench.github.calls.count("permission") == 1


def test_what_waits_is_answered_by_sweeps_once_there_is_room_the_longest_waiting_first(bench: Bench) -> None:
    bench.configure(f"limits: {{per_repository: {{hour: 2, day: 100}}}}\nsweep: {{workers: 1}}\n{ANY_SHARE}")
    (bench.root / "threads" / "7.json").unlink()
    flood(bench, 7)
    for place in range(4):  # what was put off again keeps its place
        bench.clock.sleep(1_800)
        sweep(bench.shared(ScriptedModel(*[model_reply()] * 2), 600 + place), scheduled=True)
    assert [each.thread for each in bench.ledger().answers.given] == [f"o/r#{number}" for number in range(100, 106)]
    assert bench.records(106)["issue/106"].state == "deferred"


def test_who_comes_new_does_not_overtake_who_waits(bench: Bench) -> None:
    bench.configure("limits: {per_repository: {hour: 2, day: 100}}")
    flood(bench, 3)
    bench.clock.sleep(3_600)
    flood(bench, 1, "bob", first=200)
    assert bench.records(200)["issue/200"].state == "published", "one of two places is free for bob, one is eve's"
    assert flood(bench, 1, "zoe", first=300)[0].reason.code == "rate-limited-repository"
    assert look(bench, 102, run=700)[0].status == "done"


def test_without_sweeps_nobody_is_waited_for_for_long(bench: Bench) -> None:
    bench.configure("limits: {per_repository: {hour: 1, day: 100}}")
    flood(bench, 3)
    bench.clock.sleep(4 * 3_600)
    assert flood(bench, 1, "bob", first=200)[0].status == "done"


def test_a_maintainer_gets_an_answer_whatever_the_limits_say(bench: Bench) -> None:
    flood(bench, 11)
    assert look(bench, 110, run=500)[0].status == "deferred"
    say(bench, "maya", "/hls retry", 5, number=110, association="OWNER")
    assert look(bench, 110, run=501)[0].status == "done"


def test_a_retry_from_before_lifts_no_limit_when_what_waited_is_due(bench: Bench) -> None:
    bench.configure(f"limits: {{per_actor: {{hour: 1, day: 100}}}}\n{ANY_SHARE}")
    look(bench)
    say(bench, "maya", "/hls retry", 60, association="MEMBER")
    look(bench, run=2)
    flood(bench, 1)
    say(bench, "eve", "/hls And me?", 5)
    assert look(bench, run=500)[0].status == "deferred"
    bench.clock.sleep(3_600)
    assert flood(bench, 1, first=200)[0].status == "done"
    assert look(bench, run=501)[0].reason.code == "rate-limited-actor"


def test_one_account_that_asks_too_much_does_not_keep_others_in_the_thread_from_an_answer(bench: Bench) -> None:
    bench.configure("limits: {per_actor: {hour: 1, day: 100}}")
    flood(bench, 1)
    key = say(bench, "zoe", "/hls How do I set the user?")
    by_eve = say(bench, "eve", "/hls And me?")
    outcome, calls = look(bench)
    assert (outcome.status, calls) == ("done", 1)
    assert (record(bench, key).state, record(bench, by_eve).state) == ("published", "deferred")
    assert any("gets no answer now: rate-limited-actor" in note for note in outcome.notes)


def test_who_turns_out_to_have_write_access_lifts_the_limit_of_nobody_else(bench: Bench) -> None:
    bench.configure(f"limits: {{per_actor: {{hour: 1, day: 100}}}}\n{ANY_SHARE}")
    for place, login in enumerate(("eve", "zoe", "maya")):
        flood(bench, 1, login, first=100 + place)
    (bench.root / "collaborators.json").write_text('{"eve": "write"}')
    by_zoe = say(bench, "zoe", "/hls And me?")
    others = [say(bench, "eve", "/hls How?"), say(bench, "maya", "/hls Why?", association="MEMBER")]
    assert look(bench, run=500)[0].status == "done"
    assert [record(bench, key).state for key in (by_zoe, *others)] == ["deferred", "published", "published"]


def test_a_trigger_label_is_a_maintainers_wish_whoever_opened_the_thread(bench: Bench) -> None:
    bench.configure("limits: {per_actor: {hour: 1, day: 100}}")
    flood(bench, 2)
    bench.issue(101, author={"login": "eve"}, labels=["hls"])
    outcome, _ = look(bench, 101, run=500, event="issues", action="labeled", is_pull=False)
    assert (outcome.status, bench.records(101)["label/hls"].state) == ("done", "published")


def test_many_runs_at_once_keep_a_limit(bench: Bench) -> None:
    """Each has read the ledger when nothing was answered yet, and finds at its claim that others were faster."""
    bench.configure("limits: {per_repository: {hour: 3, day: 100}}")
    runs = []
    for number in range(100, 120):
        bench.issue(number, author={"login": f"user-{number}"})
        run = bench.shared(ScriptedModel(model_reply()), number)
        run.ledger()
        runs.append((number, run))
    outcomes = [run.answer(trigger(number, "issues", "opened", is_pull=False, opening=True)) for number, run in runs]
    assert [outcome.status for outcome in outcomes] == ["done"] * 3 + ["deferred"] * 17
    assert len(bench.ledger().answers.given) == 3


def test_a_claim_whose_write_is_in_doubt_counts_once(bench: Bench) -> None:
    bench.store.script = ["after"]
    outcome, calls = look(bench)
    assert (outcome.status, calls, len(bench.ledger().answers.given)) == ("done", 1, 1)


def test_an_answer_that_is_tried_again_counts_once(bench: Bench) -> None:
    bench.configure("limits: {per_actor: {hour: 1, day: 1}}")
    model = ScriptedModel(model_reply("", stop_reason="refusal"))
    assert bench.shared(model).answer(OPENED).status == "failed"
    say(bench, "ann", "/hls retry", 60)
    assert look(bench, run=2)[0].status == "done"


def test_without_a_ledger_nothing_is_counted(bench: Bench) -> None:
    bench.configure("limits: {per_actor: {hour: 1, day: 1}}")
    line = bench.line(ScriptedModel(model_reply(), model_reply()))
    bench.issue(8)
    assert [line.answer(trigger(number)).status for number in (7, 8)] == ["done", "done"]


def test_a_flood_is_no_trouble_of_ours(bench: Bench) -> None:
    """What waits by a limit has not failed: the alert about errors is for what has."""
    outcomes = flood(bench, 30)
    assert [outcome.alerts for outcome in outcomes if outcome.alerts] == []


# ---- storms ----


def edit(bench: Bench, body: str, seconds: float) -> None:
    bench.clock.sleep(seconds)
    data, now = saved(bench), bench.clock.now().isoformat()
    (comment,) = (each for each in data["comments"] if each["author"]["login"] != LOGIN)
    comment |= {"body": body, "updated_at": now}
    bench.github.store_thread(7, data | {"updated_at": now})


def test_a_storm_of_edits_is_calmed_and_the_last_edit_answered(bench: Bench) -> None:
    say(bench, "bob", "/hls What is it?")
    outcomes = []
    for place in range(12):
        edit(bench, f"/hls What is it, in the case of {place * 7919}?", 10)
        outcomes.append(look(bench, run=place + 1)[0])
    assert [outcome.status for outcome in outcomes] == ["done"] * BURST + ["deferred"] * (12 - BURST)
    assert {str(outcome.records[0].until)[11:16] for outcome in outcomes[BURST:]} == {"09:05"}
    bench.clock.sleep(300)
    outcome, calls = look(bench, run=50)
    assert (outcome.status, calls) == ("done", 1)
    states = [each.state for each in bench.records().values() if each.key.startswith("comment/")]
    assert sorted(states) == ["published"] * 5 + ["skipped"] * 7, "what was edited away is withdrawn"


def test_one_answer_serves_all_that_came_while_a_thread_cooled_down(bench: Bench) -> None:
    for place in range(8):
        say(bench, f"user-{place}", f"/hls question {place}", 10)
        look(bench, run=place + 1)
    bench.clock.sleep(300)
    outcome, calls = look(bench, run=50)
    assert (outcome.status, calls, len(outcome.items)) == ("done", 1, 8 - BURST)
    assert all(each.state == "published" for each in bench.records().values())


def test_a_label_set_and_taken_off_again_and_again_is_answered_once(bench: Bench) -> None:
    calls = 0
    for place in range(10):
        bench.clock.sleep(10)
        bench.issue(7, labels=["hls"] if place % 2 == 0 else [], comments=saved(bench).get("comments", []))
        calls += look(bench, run=place + 1, event="issues", action="labeled", is_pull=False)[1]
    assert calls == 1


def test_an_issue_that_is_closed_and_reopened_again_and_again_is_answered_once(bench: Bench) -> None:
    calls = 0
    for place in range(10):
        bench.clock.sleep(10)
        bench.issue(7, state="open" if place % 2 == 0 else "closed", comments=saved(bench).get("comments", []))
        calls += look(bench, run=place + 1, event="issues", action="reopened", is_pull=False)[1]
    assert calls == 1


def test_nothing_that_is_braked_is_lost(bench: Bench) -> None:
    """Whatever comes at once, hour after hour all of it is answered."""
    bench.configure("limits: {per_actor: {hour: 2, day: 4}, per_repository: {hour: 3, day: 30}}")
    for place, login in enumerate(("eve", "bob", "zoe")):
        flood(bench, 5, login, first=100 + 10 * place)
    for hour in range(60):
        bench.clock.sleep(3_600)
        sweep(bench.shared(ScriptedModel(*[model_reply()] * 9), 2_000 + hour), scheduled=True)
        if not any(each.is_open for each in bench.ledger().records):
            break
    states = {each.thread.number: each.state for each in bench.ledger().records}
    assert set(states.values()) == {"published"}
    assert len(states) == 16
    assert bench.clock.now() - START > timedelta(hours=20), "a day's limit was met"
