"""Commands, which code answers: what each does, who may give it, and that none of them asks Claude."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hls_action.adapters.github.folder import LOGIN
from hls_action.domain.budget.prices import Usage
from hls_action.domain.drafts.draft import Draft
from hls_action.domain.events.policy import EventPolicy
from hls_action.domain.events.relevance import DEFAULT_RULES
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.faults.fault import Fault
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger import documents, transitions
from hls_action.domain.ledger.claims import Situation, decide
from hls_action.domain.ledger.model import Claimant, Ledger
from hls_action.domain.outcome import Outcome
from hls_action.domain.reasons import NONE
from hls_action.domain.tasks.effects import PostComment
from hls_action.domain.threads.items import Item, digest
from hls_action.line.respond import has_work
from hls_action.sweep.sweep import sweep
from tests.fakes import START, ScriptedModel, model_reply
from tests.unit.builders import trigger
from tests.unit.line_bench import Bench
from tests.unit.rendered import html, live

TOLD = "<sub>HLS posted this by itself; Claude did not write it.</sub>"


class Talk:
    """Issue 7 by ann, in a repository where carl may write; comments come a minute apart."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.comments: list[dict[str, Any]] = []
        self.runs = 0
        bench.issue(body="short")
        (bench.root / "collaborators.json").write_text(json.dumps({"carl": "write", "root": "admin", "dora": "read"}))

    def says(self, body: str, by: str = "carl", number: int = 7) -> int:
        self.bench.clock.sleep(60)
        raw = self.bench.github._load(number)
        comments = list(raw.get("comments", []))  # type: ignore[call-overload]
        known = 1 + max((each["id"] for each in comments), default=30)
        stamp = self.bench.clock.now().isoformat()
        comments.append({"id": known, "author": {"login": by}, "body": body, "created_at": stamp})
        self.bench.github.store_thread(number, {**raw, "comments": comments, "updated_at": stamp})
        return int(known)

    def run(self, *replies: Any, wake: Trigger | None = None, number: int = 7, **materials: Any) -> Outcome:
        """A run that a comment woke; any call that is not among the ``replies`` fails the test."""
        self.runs += 1
        model = ScriptedModel(*replies)
        event = trigger(number, "issue_comment", "created", is_pull=False)
        outcome = self.bench.shared(model, self.runs, **materials).answer(wake or event)
        assert len(model.requests) == len(replies)
        return outcome

    def dies_before_its_reply(self) -> None:
        """A run that a comment woke, killed when it was about to post."""

        def dies() -> None:
            self.bench.github.before_post = None
            raise KeyboardInterrupt

        self.bench.github.before_post = dies
        with pytest.raises(KeyboardInterrupt):
            self.run()

    def hears(self, body: str, by: str = "carl", number: int = 7) -> str:
        """What HLS replies to a comment, without the marker and what it is signed with."""
        before = len(self.replies(number))
        self.says(body, by, number)
        self.run(number=number)
        found = self.replies(number)[before:]
        assert len(found) <= 1
        return found[0].partition("\n")[2].removesuffix(f"\n\n{TOLD}") if found else ""

    def replies(self, number: int = 7) -> list[str]:
        return [c.body for c in self.bench.github.comments(ThreadId(number)) if c.author.login == LOGIN]

    def sweep(self, *replies: Any) -> Outcome:
        self.runs += 1
        self.bench.clock.sleep(1_200)
        model = ScriptedModel(*replies)
        outcome = sweep(self.bench.shared(model, self.runs), scheduled=True)
        assert len(model.requests) == len(replies)
        return outcome


@pytest.fixture
def talk(tmp_path: Path) -> Talk:
    return Talk(Bench(tmp_path))


# ---- what anybody may ask ----


@pytest.mark.parametrize("body", ["/hls", "/hls help", "**/hls**", "Hello\n\n- /hls Help.", "/hls:"])
def test_help_and_a_bare_mention_are_told_what_can_be_asked_once(talk: Talk, body: str) -> None:
    told = talk.hears(body, by="eve")
    assert "| `/hls pause`" in told
    assert talk.bench.ledger().budget.reservations == {}
    again = talk.run()
    assert (again.status, len(talk.replies())) == ("skipped", 1)
    (record,) = talk.bench.records().values()
    assert (record.state, record.cost_usd, record.tries) == ("published", Decimal(0), 1)


@pytest.mark.parametrize("body", ["> /hls", "`/hls`", "    /hls", "see /hls", "<!-- /hls -->", "```\n/hls help\n```"])
def test_what_speaks_to_nobody_is_no_call_for_help(talk: Talk, body: str) -> None:
    assert talk.hears(body) == ""


def test_a_bot_gives_no_commands(talk: Talk) -> None:
    assert talk.hears("/hls pause", by="ci[bot]") == ""
    assert talk.bench.ledger().pauses == {}


def test_where_nobody_may_ask_who_has_write_access_a_command_is_refused_and_the_rest_answered(talk: Talk) -> None:
    talk.bench.github.failing["permission"] = Fault("github", "status", "Resource not accessible by integration", 403)
    for word in ("pause", "resume", "pause", "resume catch up"):
        talk.says(f"/hls {word}", by="eve")
    talk.says("/hls why?")
    outcome = talk.run(model_reply())
    assert (outcome.status, talk.bench.ledger().pauses) == ("done", {})
    assert talk.bench.github.calls.count("permission") == 1, "who it is about is the same"
    reasons = {str(record.reason) for record in talk.bench.records().values() if record.reason.code == "not-allowed"}
    assert "not-allowed: ask somebody with write access to comment '/hls resume catch up': eve has none" in reasons


def test_help_is_given_once_in_a_while(talk: Talk) -> None:
    assert talk.hears("/hls help") != ""
    assert talk.hears("/hls", by="eve") == ""
    talk.bench.clock.sleep(600)
    assert talk.hears("/hls help", by="eve") != ""


def test_many_who_ask_at_once_get_one_reply(talk: Talk) -> None:
    for _ in range(50):
        talk.says("/hls help")
    talk.run()
    assert len(talk.replies()) == 1
    assert all(record.state == "published" for record in talk.bench.records().values())


def test_a_command_from_days_ago_is_left_alone(talk: Talk) -> None:
    talk.says("/hls")
    talk.says("/hls pause")
    talk.bench.clock.sleep(timedelta(days=2).total_seconds())
    assert talk.run().status == "skipped"
    assert (talk.replies(), talk.bench.ledger().pauses) == ([], {})


def test_status_tells_what_became_of_the_requests(talk: Talk) -> None:
    talk.bench.configure("budget: {daily_usd: 0.5}")
    assert talk.hears("/hls status") == (
        "What became of the requests in this thread:\n\n- nothing here asks HLS for an answer\n"
        "- left of today's budget: 100 %"
    )
    talk.says("/hls why?", by="eve")
    talk.run(model_reply())
    talk.bench.clock.sleep(700)
    told = talk.hears("/hls status")
    assert "- answered: 1\n- left of today's budget: 99 %" in told


def test_status_tells_when_the_next_try_is_due_and_that_hls_is_paused(talk: Talk) -> None:
    talk.bench.configure("budget: {daily_usd: 0.01}")
    talk.says("/hls why?", by="eve")
    assert talk.run().status == "failed"
    assert "- failed: 1" in talk.hears("/hls status")
    talk.hears("/hls pause")
    talk.bench.clock.sleep(700)
    assert "- HLS has been paused in this repository since 2026-11-02 09:0" in talk.hears("/hls status")


def test_a_retry_with_nothing_to_do_is_told_so_and_one_with_is_heard(talk: Talk) -> None:
    assert talk.hears("/hls retry").startswith("There is nothing to try again here")
    talk.says("/hls why?", by="eve")
    assert talk.run(model_reply("nonsense")).status == "failed"
    talk.says("/hls retry")
    assert talk.run(model_reply()).status == "done"
    talk.bench.clock.sleep(700)
    assert talk.run().status == "skipped", "what it was for is answered"
    assert len(talk.replies()) == 2


def test_status_is_told_whatever_the_configuration_says(talk: Talk) -> None:
    talk.bench.configure("budget: {daily_usd: much}")
    assert talk.hears("/hls status").endswith("- nothing here asks HLS for an answer")


def test_a_command_and_a_question_are_both_answered(talk: Talk) -> None:
    talk.says("/hls help")
    talk.says("/hls why?", by="eve")
    assert talk.run(model_reply()).status == "done"
    assert ["| `/hls pause`" in reply for reply in talk.replies()] == [True, False]


def test_a_dry_run_obeys_nothing(talk: Talk) -> None:
    talk.says("/hls pause")
    assert talk.run(dry_run=True).status == "skipped"
    assert (talk.replies(), talk.bench.ledger().pauses) == ([], {})


# ---- ignore ----


@pytest.mark.parametrize(
    ("by", "obeyed"), [("ann", True), ("carl", True), ("root", True), ("dora", False), ("eve", False)]
)
def test_its_author_and_writers_can_have_a_thread_ignored(talk: Talk, by: str, obeyed: bool) -> None:
    told = talk.hears("/hls ignore", by=by)
    assert ("`hls-ignore`" in told, "hls-ignore" in talk.bench.github.thread(ThreadId(7)).labels) == (obeyed, obeyed)
    talk.says("/hls why?", by="eve")
    talk.run(*([] if obeyed else [model_reply()]))
    assert len(talk.replies()) == 1


@pytest.mark.parametrize(
    ("labels", "set_on_it", "replies"),
    [(("no-bot", "spam"), ("no-bot",), 1), ((), (), 0)],
    ids=["the first of several", "none to set"],
)
def test_which_label_has_a_thread_ignored(
    talk: Talk, labels: tuple[str, ...], set_on_it: tuple[str, ...], replies: int
) -> None:
    talk.says("/hls ignore")
    outcome = talk.run(rules=DEFAULT_RULES._replace(ignore_labels=labels))
    assert (talk.bench.github.thread(ThreadId(7)).labels, len(talk.replies())) == (set_on_it, replies)
    if not labels:
        assert str(outcome.reason).startswith("not-allowed: name a label in the input 'ignore-labels'")


# ---- pause and resume ----


def test_a_pause_holds_everywhere_until_it_is_resumed(talk: Talk) -> None:
    talk.bench.issue(8)
    assert talk.hears("/hls pause: a flood of spam").startswith("HLS is paused in this repository")
    writes = talk.bench.store.writes
    outcome = talk.run(number=8, wake=trigger(8, "issues", "opened", is_pull=False, opening=True))
    assert (outcome.status, outcome.reason.code, outcome.green) == ("skipped", "paused", True)
    assert "comment '/hls resume' to go on: carl paused HLS at 2026-11-02 09:01 UTC" in outcome.reason.detail
    swept = talk.sweep()
    assert (swept.status, swept.reason.code, talk.bench.store.writes) == ("skipped", "paused", writes)
    assert talk.run(wake=Trigger((ThreadId(8),), retry=True, force=True)).reason.code == "paused"
    (pause,) = talk.bench.ledger().pauses["o/r"]
    assert (pause.by, pause.reason, pause.until) == ("carl", "a flood of spam", None)
    assert talk.hears("/hls resume").startswith("HLS is at work in this repository. What came")


@pytest.mark.parametrize("by", ["eve", "dora", "ann"])
def test_who_may_not_write_may_not_pause_and_nobody_reads_of_it(talk: Talk, by: str) -> None:
    talk.says("/hls pause", by=by)
    outcome = talk.run()
    assert (outcome.status, outcome.reason.code, talk.replies()) == ("skipped", "not-allowed", [])
    assert talk.bench.ledger().pauses == {}
    (talk.bench.root / "collaborators.json").write_text(json.dumps({by: "write"}))
    assert talk.run().status == "skipped"
    assert talk.bench.ledger().pauses == {}, "it is decided: whoever may by now gives the command again"


def test_whether_somebody_may_is_asked_when_it_is_done(talk: Talk) -> None:
    talk.says("/hls pause")
    (talk.bench.root / "collaborators.json").write_text("{}")
    assert talk.run().reason.code == "not-allowed"


def test_what_is_known_of_an_account_lets_it_give_no_command(talk: Talk) -> None:
    """What GitHub said is kept for a day, for those who ask. Who was let go since cannot pause anything."""
    members = DEFAULT_RULES._replace(who=("members",) * 3)
    talk.says("/hls why?", by="carl")
    assert talk.run(model_reply(), rules=members).status == "done"
    (talk.bench.root / "collaborators.json").write_text("{}")
    talk.says("/hls pause", by="carl")
    assert talk.run(rules=members).reason.code == "not-allowed"
    assert talk.bench.ledger().pauses == {}


def test_what_came_during_a_pause_stays_unanswered(talk: Talk) -> None:
    talk.hears("/hls pause")
    talk.bench.clock.sleep(60)
    talk.bench.issue(8, created_at=talk.bench.clock.now().isoformat(), updated_at=talk.bench.clock.now().isoformat())
    talk.says("/hls why?", by="eve")
    assert talk.run().reason.code == "paused"
    talk.hears("/hls resume")
    swept = talk.sweep()
    assert {part.number: part.reason.code for part in swept.parts}[8] == "paused"
    assert talk.run().status == "skipped"
    assert talk.run(number=8, wake=trigger(8, "issues", "labeled", is_pull=False)).reason.code == "paused"
    talk.says("/hls and now?", by="eve")
    assert talk.run(model_reply()).status == "done", "what is new is answered as ever"
    assert talk.run(model_reply(), wake=Trigger((ThreadId(8),), retry=True)).status == "done", "and what is ordered"


def test_catching_up_answers_what_came_during_the_pause(talk: Talk) -> None:
    talk.sweep()
    talk.hears("/hls pause")
    talk.says("/hls why?", by="eve")
    talk.run()
    talk.bench.clock.sleep(timedelta(days=3).total_seconds())
    stamp = talk.bench.clock.now().isoformat()
    talk.bench.issue(8, created_at=stamp, updated_at=stamp)
    talk.sweep()
    talk.bench.issue(9, body="short")
    assert talk.hears("/hls resume catch up", number=9).startswith("HLS is at work in this repository. The next sweep")
    assert talk.sweep(model_reply(), model_reply()).status == "done"
    assert len(talk.replies(8)) == 1


def test_a_pause_that_comes_while_a_run_gets_ready_keeps_it_from_claiming(talk: Talk) -> None:
    bench, other = talk.bench, Talk(Bench(talk.bench.root))
    bench.issue(8)
    other.says("/hls pause")
    bench.store.between.append(lambda: Bench.shared(bench, ScriptedModel(), 99).answer(trigger(7)))
    outcome = bench.shared(ScriptedModel(), 5).answer(trigger(8, "issues", "opened", is_pull=False, opening=True))
    assert (outcome.status, outcome.reason.code) == ("skipped", "paused")
    assert (bench.records(8), bench.ledger().budget.reservations) == ({}, {})


def test_a_pause_that_comes_during_a_sweep_ends_it_and_loses_nothing(talk: Talk) -> None:
    bench, other = talk.bench, Talk(Bench(talk.bench.root))
    for number in (8, 9):
        bench.issue(number)
    talk.bench.clock.sleep(1_200)
    other.says("/hls pause")
    bench.store.between.append(lambda: other.run())
    swept = sweep(bench.shared(ScriptedModel(), 50), scheduled=True)
    assert [(part.number, part.reason.code) for part in swept.parts] == [(8, "paused")]
    assert (swept.waiting, bench.records(8), bench.records(9)) == ((9, 7), {}, {})
    bench.clock.sleep(3_600)
    other.hears("/hls resume catch up")
    assert other.sweep(model_reply(), model_reply()).status == "done"
    assert [len(talk.replies(number)) for number in (8, 9)] == [1, 1]


def test_a_thread_with_a_command_and_a_question_is_not_settled_while_paused(talk: Talk) -> None:
    talk.says("/hls pause")
    talk.says("/hls why?", by="eve")
    outcome = talk.run()
    assert (outcome.status, outcome.reason.code, outcome.unfinished) == ("done", "commanded", True)


def test_a_matrix_is_told_of_commands_and_of_nothing_settled_in_a_pause(talk: Talk) -> None:
    run = talk.bench.shared(ScriptedModel(), 40)
    wake, events = Trigger((ThreadId(7),), since=START - timedelta(days=1)), EventPolicy()
    assert not has_work(run, ThreadId(7), wake, events)
    talk.says("/hls help")
    assert has_work(talk.bench.shared(ScriptedModel(), 41), ThreadId(7), wake, events)
    talk.says("/hls pause")
    assert talk.run().status == "done"
    assert has_work(talk.bench.shared(ScriptedModel(), 42), ThreadId(7), wake, events)


def plant(talk: Talk, items: tuple[Item, ...], name: str, **fields: object) -> None:
    """Somebody who may push to the state branch stores a reply to those items."""
    bench, keys = talk.bench, tuple(item.key for item in items)
    draft = Draft(keys, (PostComment("@octocat", fixed=name),), fields, "hls", Usage(), Decimal(0))
    nothing = Situation("o/r", ThreadId(7), (), (), {}, NONE, bench.clock.now(), Claimant(1, 1, "0" * 8))
    situation, until = replace(nothing, unanswered=items), bench.clock.now() + timedelta(seconds=1)
    held = transitions.claim(Ledger(), situation, decide(situation, ()), until, ())
    planted = transitions.write_ahead(held, situation, keys, draft, until)
    bench.store.compare_and_swap("", documents.changes(Ledger(), planted, first=True))
    bench.clock.sleep(590)


def item(comment: int, text: str) -> Item:
    return Item("comment", str(comment), digest(text))


@pytest.mark.parametrize("name", ["help", "status", "pause", "superseded"])
def test_a_reply_that_somebody_planted_for_no_command_is_not_posted(talk: Talk, name: str) -> None:
    plant(talk, (item(talk.says("/hls why?", by="eve"), "why?"),), name)
    outcome = talk.run(model_reply())
    assert outcome.status == "done"
    assert any("nobody gave the command" in note for note in outcome.notes)
    assert not any("octocat" in reply or "HLS posted this" in reply for reply in talk.replies())


def commanded(comment: int, word: str) -> Item:
    return Item("comment", str(comment), digest(word), command=word)


def test_a_reply_that_somebody_planted_for_a_command_answers_no_question_beside_it(talk: Talk) -> None:
    command, question = talk.says("/hls help", by="eve"), talk.says("/hls why?", by="eve")
    plant(talk, (commanded(command, "help"), item(question, "why?")), "help")
    outcome = talk.run(model_reply())
    assert any("nobody gave the command" in note for note in outcome.notes)
    assert ["| `/hls pause`" in reply for reply in talk.replies()] == [True, False]


def test_one_that_somebody_planted_for_a_command_says_nothing_to_later_steps(talk: Talk) -> None:
    command = commanded(talk.says("/hls help", by="eve"), "help")
    plant(talk, (command,), "help", category="security", priority="critical")
    outcome = talk.run()
    assert (outcome.reason.code, outcome.fields) == ("commanded", {})
    assert "octocat" not in talk.replies()[0]


def test_one_that_somebody_planted_for_two_commands_is_no_reply_to_both(talk: Talk) -> None:
    asked = [commanded(talk.says(f"/hls {word}", by="eve"), word) for word in ("help", "status")]
    plant(talk, tuple(asked), "help")
    talk.run()
    assert ["| `/hls pause`" in reply for reply in talk.replies()] == [True, False]


def test_nobody_is_told_that_a_thread_is_ignored_which_is_not(talk: Talk) -> None:
    plant(talk, (commanded(talk.says("/hls ignore", by="eve"), "ignore"),), "ignore")
    talk.run()
    assert (talk.replies(), talk.bench.github.thread(ThreadId(7)).labels) == ([], ())


def test_a_stored_reply_that_names_a_label_is_not_posted_where_there_is_none_any_more(talk: Talk) -> None:
    plant(talk, (commanded(talk.says("/hls ignore"), "ignore"),), "ignore")
    outcome = talk.run(rules=DEFAULT_RULES._replace(ignore_labels=()))
    assert (talk.replies(), str(outcome.reason)[:27]) == ([], "not-allowed: name a label i")


def test_a_stored_reply_is_posted_beside_a_command_that_came_since(talk: Talk) -> None:
    talk.says("/hls status")
    talk.dies_before_its_reply()
    talk.bench.clock.sleep(3_600)
    talk.says("/hls help")
    assert talk.run().notes == ()
    assert sorted("nothing here asks" in reply for reply in talk.replies()) == [False, True]


def test_a_stored_reply_is_made_anew_when_it_is_posted(talk: Talk) -> None:
    talk.says("/hls status")
    talk.dies_before_its_reply()
    documents_now = talk.bench.store.read()
    spoilt = {
        path: text.replace("- nothing here asks", "- @octocat asks")
        for path, text in documents_now.documents.items()
        if path.startswith("items/")
    }
    talk.bench.store.compare_and_swap(documents_now.version, spoilt)
    talk.bench.clock.sleep(3_600)
    talk.run()
    assert "- nothing here asks HLS for an answer" in talk.replies()[0]


def test_an_order_that_a_later_one_overtook_changes_nothing(talk: Talk) -> None:
    talk.bench.issue(8, body="short")
    talk.hears("/hls pause")
    talk.says("/hls pause", number=8)
    talk.hears("/hls resume")
    talk.run(number=8)
    assert "This changed nothing" in talk.replies(8)[0]
    assert talk.bench.ledger().pauses["o/r"][-1].until is not None


def test_a_resume_that_a_later_pause_overtook_says_so(talk: Talk) -> None:
    talk.bench.issue(8, body="short")
    talk.hears("/hls pause")
    talk.says("/hls resume", number=8)
    talk.hears("/hls pause")
    talk.run(number=8)
    assert "This changed nothing" in talk.replies(8)[0]
    assert talk.bench.ledger().pauses["o/r"][-1].until is None


def test_without_a_ledger_nothing_can_be_paused_and_that_is_said(talk: Talk) -> None:
    talk.says("/hls pause")
    talk.bench.answer(ScriptedModel(), trigger(7, "issue_comment", "created", is_pull=False))
    assert "set the variable `HLS_STOP`" in talk.replies()[0]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_write_whose_answer_is_lost_pauses_once_and_is_acknowledged_once(talk: Talk, when: str) -> None:
    talk.says("/hls pause")
    talk.bench.store.script = [when]
    talk.run()
    talk.run()
    assert len(talk.bench.ledger().pauses["o/r"]) == 1
    assert len(talk.replies()) == 1


def test_killed_before_the_reply_the_pause_stands_and_the_next_run_acknowledges_it(talk: Talk) -> None:
    class Killed(BaseException):
        pass

    def dies() -> None:
        talk.bench.github.before_post = None
        raise Killed

    talk.says("/hls pause")
    talk.bench.github.before_post = dies
    with pytest.raises(Killed):
        talk.run()
    assert talk.bench.ledger().pauses["o/r"][0].until is None
    assert talk.replies() == []
    talk.bench.clock.sleep(3_600)
    talk.run()
    assert talk.replies()[0].partition("\n")[2].startswith("HLS is paused in this repository")


def test_the_page_says_who_paused_and_since_when(talk: Talk) -> None:
    talk.hears("/hls pause <b>spam</b> @octocat #12 [x](https://z.test)")
    page = (talk.bench.store.read().documents)["README.md"]
    assert "**Paused** in o/r since 2026-11-02 09:01 UTC by carl" in page
    assert live(page.split("\n## ")[0]) == [] or "octocat" not in str(live(page))
    talk.hears("/hls resume")
    assert "**Paused**" not in talk.bench.store.read().documents["README.md"]


def test_who_takes_the_label_off_before_the_reply_is_posted_has_the_last_word(talk: Talk) -> None:
    """As after a run that was killed: the reply is not true any more, and the command is not obeyed once more."""

    talk.says("/hls ignore")
    talk.dies_before_its_reply()
    talk.bench.clock.sleep(3_600)
    assert talk.run().reason.code == "ignored-label"
    talk.bench.github.store_thread(7, {**talk.bench.github._load(7), "labels": []})
    for _ in range(2):
        outcome = talk.run()
        assert (talk.replies(), talk.bench.github.thread(ThreadId(7)).labels, outcome.notes) == ([], (), ())
    (record,) = talk.bench.records().values()
    assert str(record.reason) == (
        "not-allowed: set the label `hls-ignore` to have HLS ignore this thread: it was taken off after the command"
    )
    talk.says("/hls why?", by="eve")
    assert talk.run(model_reply()).status == "done"


@pytest.mark.parametrize("body", ["/hls help", "/hls status", "/hls ignore", "/hls retry", "/hls pause", "/hls resume"])
def test_github_shows_the_reply_as_it_is_meant(talk: Talk, body: str) -> None:
    talk.hears(body)
    (reply,) = talk.replies()
    shown = html(reply)
    assert TOLD in shown
    assert live(reply.partition("\n")[2]) == []
    assert ("<table>" in shown) == (body == "/hls help")
