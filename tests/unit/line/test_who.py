"""Who may ask, and how much of the day is theirs: the whole line, on a repository in a folder."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hls_action.adapters.github.folder import LOGIN
from hls_action.domain.budget.prices import Usage
from hls_action.domain.errors import ConfigError
from hls_action.domain.events.relevance import DEFAULT_RULES, GateRules
from hls_action.domain.faults.errors import UpstreamError
from hls_action.domain.faults.fault import Fault
from hls_action.domain.outcome import Outcome
from hls_action.sweep.sweep import sweep
from tests.fakes import ScriptedModel, model_reply
from tests.unit.builders import trigger
from tests.unit.line_bench import OPENED, Bench

DAY = 24 * 3_600.0
FORBIDDEN = Fault("github", "status", "Resource not accessible by integration", 403)
BOT = {"login": "sentry[bot]", "type": "Bot"}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def rules(**changes: Any) -> GateRules:
    return DEFAULT_RULES._replace(**changes)


NAMED = rules(allow_bots=("sentry[bot]",))


def opened(number: int) -> Any:
    return trigger(number, "issues", "opened", is_pull=False)


def ask(bench: Bench, number: int, login: str, association: str = "NONE", usd: str = "0.11", **more: Any) -> Outcome:
    """Somebody opens an issue, the answer to which costs so much."""
    bench.issue(number, author={"login": login, "association": association})
    reply = model_reply(usage=Usage(output=int(Decimal(usd) * 100_000)))
    return bench.shared(ScriptedModel(reply), number, **more).answer(opened(number))


def people(bench: Bench, **known: list[str]) -> None:
    """Say who has write access, or is in a team."""
    writing = {login: "write" for login, given in known.items() if "write" in given}
    (bench.root / "collaborators.json").write_text(json.dumps(writing))
    (bench.root / "teams.json").write_text(json.dumps(known))


def said(number: int, login: str, body: str = "/hls why?", **more: Any) -> dict[str, Any]:
    stamp = f"2026-11-02T08:{number % 60:02}:00+00:00"
    return {"id": number, "author": {"login": login} | more, "body": body, "created_at": stamp}


# ---- what of the day is whose ----


def test_neither_one_account_nor_many_new_ones_take_the_day_from_those_who_came_before(bench: Bench) -> None:
    """With the settings that hold without a configuration file."""
    greedy = [ask(bench, number, "greta").status for number in range(101, 131)]
    crowd = [ask(bench, number, f"new-{number}").status for number in range(201, 231)]
    earlier = [ask(bench, number, f"known-{number}", "CONTRIBUTOR").status for number in range(301, 306)]
    assert greedy.count("done") == 4, "10 % of 5 USD"
    assert crowd.count("done") == 13, "40 % with hers"
    assert set(greedy + crowd) == {"done", "deferred"}
    assert earlier == ["done"] * 5
    day = bench.ledger().budget.days["2026-11-02"]
    assert (day.usd, day.calls) == (Decimal("0.11") * 22, 22)
    assert ask(bench, 400, "maya", "MEMBER").status == "done"


def test_what_waits_is_answered_the_next_day(bench: Bench) -> None:
    for number in range(101, 106):
        ask(bench, number, "greta", usd="0.02")
    outcome = ask(bench, 106, "greta", usd="0.02")
    assert (outcome.status, outcome.reason.code) == ("deferred", "share")
    assert "the next try is due at 2026-11-03 00:00 UTC; wait until 2026-11-03 00:00 UTC, or have" in str(
        outcome.reason
    )
    assert "greta has had 5 answers today" in str(outcome.reason)
    bench.clock.sleep(DAY)
    run = bench.shared(ScriptedModel(model_reply()), 300)
    assert sweep(run, scheduled=True).status == "done"
    assert bench.records(106)["issue/106"].state == "published"


def test_who_asked_is_told_once_until_when_their_share_is_used_up(bench: Bench) -> None:
    for number in range(101, 106):
        ask(bench, number, "greta", usd="0.02")
    bench.issue(106, author={"login": "ann"}, comments=[said(31, "greta")])
    wake = trigger(106, "issue_comment", "created", is_pull=False, comment=31)
    for run in (300, 301):
        assert bench.shared(ScriptedModel(), run).answer(wake).status == "deferred"
    (told,) = bench.bodies(106)[1:]
    assert "used up for now, so there is no answer here yet. HLS will try again after 2026-11-03 00:00 UTC." in told


def test_whom_hls_answered_on_an_earlier_day_is_no_newcomer(bench: Bench) -> None:
    ask(bench, 101, "ida")
    bench.clock.sleep(DAY)
    for number in range(200, 220):
        ask(bench, number, f"new-{number}")
    assert [ask(bench, 300, "ida").status, ask(bench, 301, "eve").status] == ["done", "deferred"]


def test_a_cap_below_ten_answers_still_answers_everybody_once(bench: Bench) -> None:
    bench.configure("budget: {daily_usd: 0.50, newcomers: 0}")
    assert [ask(bench, 100 + at, f"new-{at}", usd="0.02").status for at in range(8)] == ["done"] * 8


def test_first_answers_come_before_follow_ups_when_money_is_short(bench: Bench) -> None:
    bench.configure("budget: {newcomers: 0, daily_usd: 1}")
    for at in range(6):
        ask(bench, 100 + at, f"new-{at}", usd="0.10")
    ours = said(1, LOGIN, "<!-- hls:1 issue/7 -->\nAn answer.", type="Bot")
    bench.issue(comments=[ours, said(31, "bob")])
    woken = trigger(7, "issue_comment", "created", comment=31)
    assert "`budget.kept_for_issues`" in str(bench.shared(ScriptedModel(), 1).answer(woken).reason)
    assert ask(bench, 300, "ida", usd="0.01").status == "done"


def test_a_call_that_is_made_again_stays_on_the_same_account(bench: Bench) -> None:
    lost = UpstreamError(Fault("claude", "timeout", "slow"))
    seen: list[tuple[str, int]] = []

    def look() -> None:
        seen.extend((each.call.standing, each.call.answers) for each in bench.ledger().budget.reservations.values())

    bench.shared(ScriptedModel(lost, model_reply(), meanwhile=look)).answer(OPENED)
    assert seen == [("new", 1), ("new", 0)]
    day = bench.ledger().budget.days["2026-11-02"]
    assert (day.standings, day.answers) == ({"new": day.total}, {"ann": 1})


def test_without_a_ledger_there_is_no_day_to_share(bench: Bench) -> None:
    bench.issue(comments=[said(at, "eve", f"/hls {at}?") for at in range(1, 9)])
    assert bench.answer(ScriptedModel(model_reply())).status == "done"
    run = bench.line(ScriptedModel(*[model_reply()] * 6))
    for number in range(101, 107):
        bench.issue(number, author={"login": "eve"})
        assert run.answer(opened(number)).status == "done"


@pytest.mark.parametrize(
    "bound", ["budget: {answers_per_stranger: 1}", "limits: {per_actor: {hour: 1, day: 1}}"], ids=["a share", "a limit"]
)
def test_a_sweep_goes_on_past_what_has_to_wait(bench: Bench, bound: str) -> None:
    bench.configure(f"sweep: {{threads: 2, workers: 1}}\n{bound}")
    for number in (101, 102, 103):
        bench.issue(number, author={"login": "greta"}, created_at="2026-11-02T07:00:00+00:00")
    bench.issue(7, author={"login": "ida"}, updated_at="2026-11-02T08:30:00+00:00")
    model = ScriptedModel(model_reply(), model_reply())
    sweep(bench.shared(model), scheduled=True)
    assert (len(model.requests), bench.records()["issue/7"].state) == (2, "published")


def test_an_issue_with_a_comment_beside_it_has_no_answer_yet(bench: Bench) -> None:
    bench.configure("budget: {newcomers: 0, daily_usd: 1}")
    for at in range(6):
        ask(bench, 100 + at, f"new-{at}", usd="0.10")
    bench.issue(301, author={"login": "ida"}, comments=[said(31, "ida")])
    reply = model_reply(usage=Usage(output=1_000))
    assert bench.shared(ScriptedModel(reply), 9).answer(trigger(301)).status == "done"


def test_a_bot_that_follows_up_leaves_to_first_answers_what_is_kept_for_them(bench: Bench) -> None:
    bench.configure("budget: {newcomers: 0, bots: 0, daily_usd: 1}")
    for at in range(6):
        ask(bench, 100 + at, f"new-{at}", usd="0.10")
    ours = said(1, LOGIN, "<!-- hls:1 issue/7 -->\nAn answer.", type="Bot")
    bench.issue(comments=[ours, said(31, "sentry[bot]", type="Bot")])
    woken = trigger(7, "issue_comment", "created", comment=31)
    assert "`budget.kept_for_issues`" in str(bench.shared(ScriptedModel(), 9, rules=NAMED).answer(woken).reason)


def test_an_answer_goes_on_the_account_of_who_asked_last(bench: Bench) -> None:
    seen: list[tuple[str, str]] = []

    def look() -> None:
        seen.extend((each.call.actor, each.call.standing) for each in bench.ledger().budget.reservations.values())

    bench.issue(102, author={"login": "eve"}, comments=[said(31, "kim", association="CONTRIBUTOR")])
    bench.shared(ScriptedModel(model_reply(), meanwhile=look), 9).answer(trigger(102))
    assert seen == [("kim", "known")]


# ---- who turns out to have write access ----


def used_up(bench: Bench, *logins: str) -> None:
    """Those have had the one answer that they get in a day."""
    bench.configure("budget: {answers_per_stranger: 1}")
    for place, login in enumerate(logins or ("ann",)):
        assert ask(bench, 901 + place, login).status == "done"


def test_a_member_who_hides_it_is_asked_about_before_a_bound_holds(bench: Bench) -> None:
    used_up(bench)
    people(bench, ann=["write"])
    bench.github.calls.clear()
    assert ask(bench, 102, "ann").status == "done"
    assert bench.github.calls.count("permission") == 1
    assert ask(bench, 103, "ann").status == "done"
    assert bench.github.calls.count("permission") == 1, "it is on record"
    bench.clock.sleep(DAY + 1)
    ask(bench, 104, "ann")
    assert ask(bench, 105, "ann").status == "done"
    assert bench.github.calls.count("permission") == 2, "for a day"


@pytest.mark.parametrize(("fault", "asked"), [(None, 1), (FORBIDDEN, 2)], ids=["no write access", "not told"])
def test_a_stranger_is_asked_about_once(bench: Bench, fault: Fault | None, asked: int) -> None:
    used_up(bench)
    if fault:
        bench.github.failing["permission"] = fault
    bench.github.calls.clear()
    outcomes = [ask(bench, number, "ann") for number in (102, 103)]
    assert [(outcome.status, outcome.reason.code) for outcome in outcomes] == [("deferred", "share")] * 2
    assert bench.github.calls.count("permission") == asked


def test_nothing_is_taken_while_it_cannot_be_told(bench: Bench) -> None:
    used_up(bench)
    bench.github.failing["permission"] = Fault("github", "status", "Bad Gateway", 502)
    assert ask(bench, 102, "ann").status == "deferred"
    assert list(bench.records(102)) == ["thread/102"], "as a thread that could not be read, and is again in minutes"
    assert not bench.ledger().budget.reservations


def test_the_usual_event_asks_nothing(bench: Bench) -> None:
    bench.shared(ScriptedModel(model_reply())).answer(OPENED)
    assert {"permission", "is_in_team"}.isdisjoint(bench.github.calls)
    assert bench.store.writes == 3


@pytest.mark.parametrize(
    ("backing", "status"),
    [
        pytest.param({"comments": [said(31, "maya", association="MEMBER")]}, "done", id="a maintainer asks there"),
        pytest.param({"comments": [said(31, "bob")]}, "deferred", id="or somebody else asks"),
        pytest.param(
            {"comments": [said(31, "maya", association="MEMBER"), said(32, "ann")]}, "done", id="before or after"
        ),
        pytest.param({"labels": ["hls"]}, "done", id="or sets the trigger label"),
    ],
)
def test_a_maintainer_lifts_the_bounds_for_a_thread(bench: Bench, backing: dict[str, Any], status: str) -> None:
    used_up(bench, "ann", "bob")
    bench.issue(102, author={"login": "ann"}, **backing)
    assert bench.shared(ScriptedModel(model_reply()), 5).answer(trigger(102)).status == status


def test_what_a_maintainer_had_answered_is_not_taken_from_the_author(bench: Bench) -> None:
    bench.configure("budget: {answers_per_stranger: 1}\nlimits: {per_actor: {hour: 1, day: 1}}")
    for number in (101, 102):
        bench.issue(number, author={"login": "ann"}, labels=["hls"])
        assert bench.shared(ScriptedModel(model_reply()), number).answer(trigger(number)).status == "done"
    assert ask(bench, 103, "ann").status == "done"
    assert ask(bench, 104, "ann").status == "deferred"


def test_what_a_maintainer_asked_before_lifts_nothing_for_what_comes_after(bench: Bench) -> None:
    used_up(bench, "bob")
    asked, later = said(31, "maya", association="MEMBER"), said(33, "bob", "/hls and now?")
    bench.issue(102, comments=[asked])
    bench.shared(ScriptedModel(model_reply()), 5).answer(trigger(102))
    (ours,) = (said(32, LOGIN, body, type="Bot") for body in bench.bodies(102)[1:])
    bench.issue(102, comments=[asked, ours, later])
    assert bench.shared(ScriptedModel(), 6).answer(trigger(102)).reason.code == "share"


def test_a_maintainer_who_names_the_thread_wants_it_answered(bench: Bench) -> None:
    used_up(bench)
    assert ask(bench, 102, "ann").status == "deferred"
    assert bench.shared(ScriptedModel(model_reply()), 9).answer(trigger(102, retry=True)).status == "done"


def test_a_maintainers_retry_takes_up_at_once_what_waits_for_its_share(bench: Bench) -> None:
    used_up(bench)
    assert ask(bench, 102, "ann").status == "deferred"
    later = said(59, "maya", "/hls retry", association="MEMBER") | {"created_at": "2026-11-02T09:01:00+00:00"}
    bench.issue(102, author={"login": "ann"}, comments=[later])
    outcome = bench.shared(ScriptedModel(model_reply()), 9).answer(trigger(102))
    assert (outcome.status, [item.key for item in outcome.items]) == ("done", ["issue/102"])


def test_of_those_who_ask_together_the_last_is_asked_about(bench: Bench) -> None:
    used_up(bench, "ann", "bob")
    people(bench, bob=["write"])
    bench.issue(102, author={"login": "ann"}, comments=[said(31, "bob")])
    assert bench.shared(ScriptedModel(model_reply()), 9).answer(trigger(102)).status == "done"


def test_who_is_known_to_hide_it_lifts_the_bounds_of_others(bench: Bench) -> None:
    used_up(bench, "ann", "eve")
    people(bench, ann=["write"])
    assert ask(bench, 103, "ann").status == "done"
    bench.issue(102, author={"login": "ann"}, comments=[said(31, "eve")])
    assert bench.shared(ScriptedModel(model_reply()), 9).answer(trigger(102)).status == "done"


def test_the_allow_list_counts_as_write_access(bench: Bench) -> None:
    used_up(bench)
    assert ask(bench, 102, "ann", rules=rules(allow_actors=("an*",))).status == "done"
    assert "permission" not in bench.github.calls


# ---- who may ask ----

MEMBERS, KNOWN = rules(who=("members",) * 3), rules(who=("known",) * 3)


@pytest.mark.parametrize(
    ("who", "association", "status", "asked"),
    [
        (MEMBERS, "COLLABORATOR", "done", 0),
        (MEMBERS, "CONTRIBUTOR", "skipped", 1),
        (MEMBERS, "NONE", "skipped", 1),
        (KNOWN, "CONTRIBUTOR", "done", 0),
        (KNOWN, "NONE", "skipped", 1),
        (rules(who=("all", "members", "members")), "NONE", "done", 0),
    ],
)
def test_the_line_hears_whom_the_gate_hears(
    bench: Bench, who: GateRules, association: str, status: str, asked: int
) -> None:
    assert ask(bench, 101, "eve", association, rules=who).status == status
    assert bench.github.calls.count("permission") == asked
    assert ask(bench, 101, "eve", association, rules=who).status == "skipped"
    assert bench.github.calls.count("permission") == asked, "it is on record"


@pytest.mark.parametrize("association", ["CONTRIBUTOR", "NONE"])
def test_a_member_who_hides_it_is_heard_by_the_sweep(bench: Bench, association: str) -> None:
    people(bench, ann=["write"])
    bench.issue(author={"login": "ann", "association": association})
    assert sweep(bench.shared(ScriptedModel(model_reply()), rules=MEMBERS), scheduled=True).status == "done"


def test_why_somebody_is_not_heard(bench: Bench) -> None:
    outcome = ask(bench, 101, "eve", rules=MEMBERS)
    assert str(outcome.reason) == (
        "may-not-ask: to answer eve, name them in 'allow-actors' or set the trigger label: the input 'who' is 'members'"
    )
    assert ask(bench, 101, "eve", rules=rules(who=("members",) * 3, allow_actors=("eve",))).status == "done"
    bench.issue(102, author={"login": "eve"}, labels=["hls"])
    assert bench.shared(ScriptedModel(model_reply()), 9, rules=MEMBERS).answer(trigger(102)).status == "done"


def test_of_a_thread_only_what_may_be_asked_is_answered(bench: Bench) -> None:
    ours = said(1, LOGIN, "<!-- hls:1 issue/7 -->\nAn answer.", type="Bot")
    bench.issue(comments=[ours, said(31, "eve", "/hls mine?"), said(32, "maya", "/hls ours?", association="MEMBER")])
    outcome = bench.shared(ScriptedModel(model_reply()), rules=MEMBERS).answer(trigger())
    assert [item.id for item in outcome.items] == ["32"]
    assert bench.github.calls.count("permission") == 1


def test_a_strangers_comment_does_not_keep_a_hidden_member_from_being_heard(bench: Bench) -> None:
    people(bench, ann=["write"])
    hidden, stranger = said(31, "ann", "/hls why?", association="CONTRIBUTOR"), said(32, "bob", "/hls me too")
    ours = said(1, LOGIN, "<!-- hls:1 issue/7 -->\nAn answer.", type="Bot")
    bench.issue(comments=[ours, hidden, stranger])
    assert bench.shared(ScriptedModel(), 1, rules=MEMBERS).answer(trigger()).status == "skipped"
    outcome = bench.shared(ScriptedModel(model_reply()), 2, rules=MEMBERS).answer(trigger())
    assert [item.id for item in outcome.items] == ["31"]
    assert bench.github.calls.count("permission") == 2, "one in each run"


@pytest.mark.parametrize(
    ("author", "access", "status"),
    [
        ({"login": "maya", "association": "MEMBER"}, (), "done"),
        ({"login": "ann", "association": "CONTRIBUTOR"}, ("ann",), "done"),
        ({"login": "bob"}, (), "failed"),
    ],
    ids=["a member", "one who hides it", "a stranger"],
)
def test_another_try_is_for_those_to_ask_for_who_may_ask_by_a_comment(
    bench: Bench, author: dict[str, str], access: tuple[str, ...], status: str
) -> None:
    people(bench, **{login: ["write"] for login in access})
    declined = ScriptedModel(model_reply(stop_reason="refusal"))
    bench.issue(author={"login": "maya", "association": "MEMBER"})
    assert bench.shared(declined, 1, rules=MEMBERS).answer(OPENED).status == "failed"
    retry = said(1, "", "/hls retry") | {"author": author, "created_at": "2026-11-02T09:01:00+00:00"}
    bench.issue(author={"login": "maya", "association": "MEMBER"}, comments=[retry])
    run = bench.shared(ScriptedModel(model_reply()), 2, rules=MEMBERS)
    run.answer(trigger())
    states = {record.state for key, record in bench.records().items() if key.startswith("issue/")}
    assert states == {"published" if status == "done" else status}


def retries(*logins: str, minute: int = 1) -> list[dict[str, Any]]:
    return [
        said(50 + minute + place, login, "/hls retry") | {"created_at": f"2026-11-02T09:{minute + place:02}:00+00:00"}
        for place, login in enumerate(logins)
    ]


def test_the_last_retry_counts(bench: Bench) -> None:
    declined = model_reply(stop_reason="refusal")
    bench.issue(author={"login": "maya"})
    bench.shared(ScriptedModel(declined), 1).answer(OPENED)
    bench.issue(author={"login": "maya"}, comments=retries("ann"))
    bench.clock.sleep(120)
    assert bench.shared(ScriptedModel(declined), 2).answer(trigger()).status == "failed"
    bench.issue(author={"login": "maya"}, comments=[*retries("ann"), *retries("ann", minute=9)])
    assert bench.shared(ScriptedModel(model_reply()), 3).answer(trigger()).status == "done"


def test_many_strangers_who_ask_for_another_try_cost_one_request(bench: Bench) -> None:
    maya = {"login": "maya", "association": "MEMBER"}
    bench.issue(author=maya)
    bench.shared(ScriptedModel(model_reply(stop_reason="refusal")), 1, rules=MEMBERS).answer(OPENED)
    bench.issue(author=maya, comments=retries("eve", "bob", "zoe"))
    bench.shared(ScriptedModel(), 2, rules=MEMBERS).answer(trigger())
    assert bench.github.calls.count("permission") == 1


def test_a_name_on_the_allow_list_is_no_place_to_ask_about(bench: Bench) -> None:
    ask(bench, 101, "eve", rules=rules(who=("members",) * 3, allow_actors=("zoe", "b*")))
    assert (bench.github.calls.count("permission"), bench.github.calls.count("is_in_team")) == (1, 0)


def test_who_is_known_to_have_no_write_access_is_asked_about_for_a_team_that_is_new(bench: Bench) -> None:
    assert ask(bench, 101, "eve", rules=MEMBERS).status == "skipped"
    people(bench, eve=["org/triage"])
    chosen = rules(who=("members",) * 3, allow_actors=("@org/triage",))
    assert ask(bench, 102, "eve", rules=chosen).status == "done"


def test_a_team_may_ask(bench: Bench) -> None:
    people(bench, ann=["org/triage"])
    chosen = rules(who=("members",) * 3, allow_actors=("@org/triage",))
    assert [ask(bench, 101, name, rules=chosen).status for name in ("eve", "ann")] == ["skipped", "done"]
    bench.github.calls.clear()
    assert ask(bench, 102, "ann", rules=chosen).status == "done"
    assert {"permission", "is_in_team"}.isdisjoint(bench.github.calls)


def test_a_team_that_cannot_be_read_is_a_configuration_error(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(team: str, login: str) -> bool:
        raise ConfigError(f"give 'github-token' a token that may read the members of @{team} ({login})")

    monkeypatch.setattr(bench.github, "is_in_team", refused)
    with pytest.raises(ConfigError, match="may read the members of @org/triage"):
        ask(bench, 101, "eve", rules=rules(who=("members",) * 3, allow_actors=("@org/triage",)))
    assert bench.records(101) == {}


# ---- bots ----


def test_a_bot_that_is_named_is_answered_and_not_in_answer_to_its_answer(bench: Bench) -> None:
    bench.issue(author=BOT)
    assert bench.shared(ScriptedModel(), 1).answer(OPENED).reason.code == "bot-author"
    assert bench.shared(ScriptedModel(model_reply()), 2, rules=NAMED).answer(OPENED).status == "done"
    ours = said(31, LOGIN, bench.bodies()[0], type="Bot")
    theirs = said(32, "sentry[bot]", "/hls are you sure?", type="Bot")
    bench.issue(author=BOT, comments=[ours, theirs])
    outcome = bench.shared(ScriptedModel(), 3, rules=NAMED).answer(trigger())
    assert (outcome.status, outcome.reason.code) == ("skipped", "bot-answered")
    bench.issue(author=BOT, comments=[ours, theirs, said(33, "ann", "/hls look again")])
    assert bench.shared(ScriptedModel(model_reply()), 4, rules=NAMED).answer(trigger()).status == "done"
    ours_again = said(34, LOGIN, bench.bodies()[-1], type="Bot")
    more = said(35, "sentry[bot]", "/hls done, what now?", type="Bot")
    bench.issue(author=BOT, comments=[ours, said(33, "ann", "/hls look again"), ours_again, more])
    assert bench.shared(ScriptedModel(model_reply()), 5, rules=NAMED).answer(trigger()).status == "done", (
        "a person asked"
    )


def test_bots_have_a_bound_of_their_own(bench: Bench) -> None:
    bench.configure("budget: {daily_usd: 3, answers_per_stranger: 1}")
    statuses = []
    for number in range(101, 105):
        bench.issue(number, author=BOT)
        reply = model_reply(usage=Usage(output=7_000))
        statuses.append(bench.shared(ScriptedModel(reply), number, rules=NAMED).answer(opened(number)).status)
    assert statuses == ["done", "done", "done", "deferred"], "10 % of 3 USD"
    assert "permission" not in bench.github.calls, "what would a machine have it for?"
    assert ask(bench, 200, "ann").status == "done"
