"""What a thread still owes an answer, as the thread is now."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from hls_action.domain.events.kinds import SETTINGS
from hls_action.domain.events.policy import EventPolicy
from hls_action.domain.events.relevance import DEFAULT_RULES, judge
from hls_action.domain.reasons import NONE
from hls_action.domain.threads import items
from hls_action.domain.threads.items import (
    MAX_ITEMS,
    MAX_OPEN,
    Item,
    OpenItems,
    digest,
    marked_keys,
    marker,
    newest,
    open_items,
    requests,
)
from hls_action.domain.threads.thread import Author, Comment, Pull, Thread
from tests.unit.builders import BODY, DASHBOARD, NOON, SHA, bot_comment, comment, issue_event, pull_thread, thread

OWN = frozenset({"github-actions[bot]"})


def unanswered(conversation: Thread, **rules: Any) -> OpenItems:
    return open_items(conversation, items.answered(conversation, OWN), DEFAULT_RULES._replace(**rules))


def keys(conversation: Thread, events: EventPolicy | None = None, **rules: Any) -> list[str]:
    return [item.key for item in unanswered(conversation, **rules).permitted(events or EventPolicy())]


def reply(number: int, *answered: Item | str) -> Comment:
    """Our reply to these items, or to everything a thread owed (by key)."""
    found = [item if isinstance(item, Item) else Item("issue", item) for item in answered]
    return bot_comment(number, f"{marker(item.key for item in found)}\nAn answer.")


def answered(conversation: Thread, number: int = 900, **rules: Any) -> Comment:
    """Our reply to everything that ``conversation`` owes, what it passes over named too."""
    return reply(number, *unanswered(conversation, **rules).items)


# ---- by force ----


@pytest.mark.parametrize(
    ("conversation", "open_again"),
    [
        pytest.param(thread(reply(1, "7")), ["issue/7"], id="the only reply"),
        pytest.param(
            thread(reply(1, "7"), question := comment(31, "/hls why?"), reply(2, asked := Item("comment", "31", "x"))),
            ["comment/31"],
            id="the newest of two",
        ),
        pytest.param(thread(reply(1, "7"), reply(2, asked)), ["issue/7"], id="the newest one's question is gone"),
        pytest.param(
            thread(reply(1, "7"), reply(2, Item("label", "another-workflow"))),
            ["issue/7"],
            id="it is another workflow's",
        ),
        pytest.param(thread(reply(2, Item("label", "other"))), ["issue/7"], id="nothing of ours was replied to"),
    ],
)
def test_what_our_newest_reply_that_counts_answers_is_answered_anew(
    conversation: Thread, open_again: list[str]
) -> None:
    replied = items.answered(conversation, OWN)
    replied = {key.replace("@x", f"@{items.digest('why?')}"): found for key, found in replied.items()}
    found = open_items(conversation, replied, DEFAULT_RULES, again=True)
    assert [item.key.split("@")[0] for item in found.items] == open_again


# ---- issues ----


def test_an_issue_is_owed_an_answer_once() -> None:
    assert keys(thread()) == ["issue/7"]
    done = unanswered(thread(ours := reply(1, "7")))
    assert (done.items, done.answered_by, set(done.wanted)) == ((), ours, {"issue/7"})
    assert str(done.reason) == "already-answered: every item of this thread has its reply"
    assert unanswered(thread(ours, other := reply(2, Item("label", "other")))).answered_by == other
    assert unanswered(thread()).wanted == {"issue/7"}


def test_a_marker_by_a_stranger_answers_nothing() -> None:
    assert keys(thread(comment(1, "<!-- hls:1 issue/7 -->\nlol"))) == ["issue/7"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        pytest.param({"state": "closed"}, "closed: the thread is closed", id="closed"),
        pytest.param({"locked": True}, "locked: the conversation is locked", id="locked"),
        pytest.param({"labels": ("bug", "HLS-ignore")}, "ignored-label", id="ignored label"),
        pytest.param({"author": Author("renovate[bot]")}, "bot-author", id="by a robot"),
        pytest.param({"body": "help"}, "too-short", id="too short"),
        pytest.param({"body": "", "title": "help"}, "too-short", id="no body and a short title"),
        pytest.param({"body": DASHBOARD}, "automated-content", id="made by an updater"),
        pytest.param(
            {"body": f"<!-- hls:1 issue/3 -->\n{BODY}"},
            "nothing-open: nothing in this thread asks for an answer",
            id="a reply of ours that was made an issue",
        ),
    ],
)
def test_an_issue_that_is_left_alone(changes: dict[str, Any], why: str) -> None:
    found = unanswered(thread(**changes))
    assert found.items == ()
    assert str(found.reason).startswith(why)
    assert found.ineligible == (found.reason if found.reason.code in ("closed", "locked", "ignored-label") else NONE)


@pytest.mark.parametrize("body", ["help", "### Log\n\n_No response_", "![image](x)", "", "更新", BODY])
def test_the_gate_and_the_line_agree_on_what_is_too_short(body: str) -> None:
    verdict = judge("issues", issue_event(title="[Bug]: Fails", body=body))
    found = unanswered(thread(title="[Bug]: Fails", body=body))
    assert verdict.work == bool(found.items)
    assert verdict.work or verdict.reason == found.reason


def test_the_title_counts_when_there_is_no_body() -> None:
    assert keys(thread(title=BODY, body="")) == ["issue/7"]


def test_a_short_issue_that_asks_is_answered() -> None:
    found = unanswered(thread(body="/hls why?"))
    assert [(item.kind, item.id) for item in found.items] == [("issue", "7")]


def test_an_updaters_issue_that_asks_is_answered() -> None:
    assert keys(thread(body=DASHBOARD)) == []
    assert len(keys(thread(body=f"{DASHBOARD}\n\n/hls why?"))) == 1


def test_a_persons_issue_about_dependencies_is_answered() -> None:
    assert keys(thread(title="Bump minimum Python from 3.9 to 3.11?")) == ["issue/7"]
    assert keys(pull_thread(title="fix(deps): pin the linters")) == [f"pull/{SHA}"]


def test_a_new_request_in_an_answered_issue_is_owed_an_answer() -> None:
    before = thread()
    ours = answered(before)
    assert keys(thread(ours, body=f"{BODY} Thanks.")) == []
    assert len(keys(thread(ours, body=f"{BODY}\n/hls and on Windows?"))) == 1


@pytest.mark.parametrize("mode", ["addressed", "all"])
def test_a_tick_below_a_request_asks_nothing_new(mode: str) -> None:
    asking, ticked = (f"Hi\n\n/hls help with\n\n- [{box}] a\n  1. [{box}] b" for box in (" ", "x"))
    first = thread(comment(31, asking), body=f"{BODY}\n{asking}")
    ours = answered(first, comments=mode)
    assert keys(thread(comment(31, ticked), ours, body=f"{BODY}\n{ticked}"), comments=mode) == []
    edited = thread(comment(31, f"{ticked}\n- [ ] c"), ours, body=f"{BODY}\n{ticked}")
    assert [key.split("@")[0] for key in keys(edited, comments=mode)] == ["comment/31"]


def test_what_is_asked_is_shown_with_its_ticks() -> None:
    question = comment(31, "/hls help with\n\n- [x] a")
    assert requests(thread(question), unanswered(thread(question)).items, DEFAULT_RULES) == {31: "help with\n\n[x] a"}


def test_taking_a_request_out_of_an_answered_issue_asks_nothing_new() -> None:
    asking = f"{BODY}\n/hls and on Windows?"
    assert keys(thread(answered(thread(body=asking)), body=BODY)) == []


# ---- comments ----


def test_a_comment_that_asks_is_owed_an_answer_once() -> None:
    question = comment(31, "/hls why?")
    conversation = thread(reply(1, "7"), question)
    assert [(item.kind, item.id) for item in unanswered(conversation).items] == [("comment", "31")]
    assert keys(thread(reply(1, "7"), question, answered(conversation))) == []


def test_an_edit_counts_when_it_asks_something_new() -> None:
    first = reply(1, "7")
    ours = answered(thread(first, comment(31, "Hello\n/hls why?")))
    assert keys(thread(first, comment(31, "Hello there\n/hls why?  "), ours)) == []
    assert len(keys(thread(first, comment(31, "Hello\n/hls how?"), ours))) == 1


@pytest.mark.parametrize(
    ("mode", "found"), [("addressed", ["comment/2"]), ("all", ["comment/1", "comment/2"]), ("none", [])]
)
def test_which_comments_are_answered(mode: str, found: list[str]) -> None:
    conversation = thread(reply(9, "7"), comment(1, "I see this too."), comment(2, "/hls why?"))
    assert [key.split("@")[0] for key in keys(conversation, comments=mode)] == found


@pytest.mark.parametrize("mode", ["addressed", "all"])
@pytest.mark.parametrize(
    "other",
    [
        pytest.param(comment(1, "/hls why?", "ci[bot]"), id="a robot's"),
        pytest.param(comment(1, "/hls why?", "eve"), id="an ignored person's"),
        pytest.param(comment(1, "  <!-- hls:1 issue/99 -->\n/hls again"), id="one with a marker"),
        pytest.param(comment(1, " \n "), id="an empty one"),
    ],
)
def test_comments_that_ask_nothing(other: Comment, mode: str) -> None:
    assert keys(thread(reply(9, "7"), other), comments=mode, ignore_actors=("eve",)) == []


def test_a_quoted_request_asks_nothing() -> None:
    assert keys(thread(reply(9, "7"), comment(1, "> /hls why?\n\nThis."))) == []


def test_one_reply_answers_the_newest_open_comments() -> None:
    questions = [comment(number, f"/hls question {number}") for number in range(1, MAX_ITEMS + 6)]
    found = newest(unanswered(thread(reply(999, "7"), *questions)).items)
    assert [item.id for item in found] == [str(question.id) for question in questions[-MAX_ITEMS:]]


def test_what_one_reply_passes_over_it_names_and_it_does_not_come_up_again() -> None:
    questions = [comment(number, f"/hls question {number}") for number in range(1, MAX_ITEMS + 6)]
    conversation = thread(reply(999, "7"), *questions)
    assert [item.id for item in unanswered(conversation).items[:-MAX_ITEMS]] == ["1", "2", "3", "4", "5"]
    assert unanswered(thread(reply(999, "7"), *questions, answered(conversation))).items == ()


def test_a_reply_can_name_all_it_passes_over() -> None:
    questions = [comment(number, f"/hls question {number}") for number in range(10**12, 10**12 + 300)]
    found = unanswered(thread(reply(999, "7"), *questions)).permitted(EventPolicy())
    assert [found[0].id, found[-1].id] == [str(10**12 + 300 - MAX_OPEN), str(10**12 + 299)], "the newest of them"
    line = marker(item.key for item in found)
    assert len(marked_keys(line)) == MAX_OPEN
    assert len(line) < 10_000


def test_what_is_asked_by_comment() -> None:
    conversation = thread(comment(30, "/hls not owed"), comment(31, "Hello.\n/hls why?\nBye."), comment(32, "Hm."))
    owing = (Item("issue", "30"), Item("comment", "31", digest("why?\nBye.")))
    assert requests(conversation, owing, DEFAULT_RULES) == {31: "why?\nBye."}


def test_who_asks() -> None:
    conversation = thread(comment(30, "Hm.", "eve"), comment(31, "/hls why?", "bob"))
    asking = [Item("comment", "31", "3:aa"), Item("comment", "99", "3:aa"), Item("issue", "31"), Item("label", "hls")]
    assert [items.requester_of(conversation, item).login for item in asking] == ["bob", "ann", "ann", "ann"]


LATER: dict[str, Any] = {"created_at": NOON + timedelta(minutes=5)}


@pytest.mark.parametrize(
    ("said", "rules", "found"),
    [
        pytest.param([], {}, None, id="nobody"),
        pytest.param([comment(1, "/hls retry")], {}, NOON, id="somebody"),
        pytest.param([comment(1, "/hls Retry")], {}, NOON, id="however it is spelt"),
        pytest.param(
            [comment(1, "/hls retry"), replace(comment(2, "/hls retry"), **LATER)],
            {},
            NOON + timedelta(minutes=5),
            id="the last time",
        ),
        pytest.param(
            [comment(1, "/hls retry"), replace(comment(2, "/hls why?"), **LATER)],
            {},
            NOON,
            id="not when somebody asked anything else",
        ),
        pytest.param([comment(1, "/hls retry, please")], {}, None, id="nor in a sentence"),
        pytest.param([comment(1, "/hls retry", "ci[bot]")], {}, None, id="nor a machine"),
        pytest.param([comment(1, "/hls retry", "eve")], {"ignore_actors": ("eve",)}, None, id="nor an ignored account"),
        pytest.param([comment(1, "/hls retry")], {"comments": "none"}, None, id="nor where comments ask nothing"),
    ],
)
def test_when_somebody_last_asked_for_another_try(
    said: list[Comment], rules: dict[str, Any], found: datetime | None
) -> None:
    retries = items.retries(thread(*said), DEFAULT_RULES._replace(**rules))
    assert (retries[-1].written_at if retries else None) == found


# ---- what is too old to wait for an answer ----


def since_noon(conversation: Thread) -> list[str]:
    found = open_items(conversation, items.answered(conversation, OWN), DEFAULT_RULES, since=NOON)
    return [item.key.split("@")[0] for item in found.items]


def test_a_new_remark_on_an_old_issue_asks_for_no_answer_to_the_issue() -> None:
    old = NOON - timedelta(seconds=1)
    assert since_noon(thread()) == ["issue/7"]
    assert since_noon(thread(comment(31, "Me too."), created_at=old)) == []
    assert since_noon(thread(comment(31, "/hls why?"), created_at=old)) == ["comment/31"]


def test_when_an_issue_came_to_ask_nobody_tells_but_its_last_update() -> None:
    old = NOON - timedelta(seconds=1)
    assert since_noon(thread(body=f"{BODY}\n/hls why?", created_at=old)) == ["issue/7"]
    assert since_noon(thread(body=f"{BODY}\n/hls why?", created_at=old, updated_at=old)) == []


def test_what_a_run_took_up_still_waits_however_old() -> None:
    old = thread(created_at=NOON - timedelta(seconds=1))
    assert open_items(old, {}, DEFAULT_RULES, since=NOON).items == ()
    assert open_items(old, {}, DEFAULT_RULES, since=NOON, known_keys={"issue/7"}).items == (Item("issue", "7"),)


def test_an_old_question_no_longer_waits() -> None:
    question = comment(31, "/hls why?")
    before = replace(question, created_at=NOON - timedelta(seconds=1))
    assert since_noon(thread(reply(1, "7"), question)) == ["comment/31"]
    assert since_noon(thread(reply(1, "7"), before)) == []


def test_an_old_pull_request_that_nobody_reviewed_still_waits() -> None:
    """Its head may be new: when it was pushed, GitHub does not say."""
    assert since_noon(pull_thread(created_at=NOON - timedelta(days=9))) == [f"pull/{SHA}"]


# ---- pull requests ----


def test_the_first_head_of_a_pull_request_is_owed_a_review_once() -> None:
    assert keys(pull_thread()) == [f"pull/{SHA}"]
    assert keys(pull_thread(reply(1, Item("pull", SHA)))) == []


@pytest.mark.parametrize(
    ("events", "pushed", "wanted"),
    [
        pytest.param(EventPolicy(), False, False, id="any other event"),
        pytest.param(EventPolicy(), True, True, id="woken by the push"),
        pytest.param(EventPolicy(SETTINGS), False, True, id="every push is configured"),
    ],
)
def test_a_head_pushed_after_a_reviewed_one(events: EventPolicy, pushed: bool, wanted: bool) -> None:
    conversation = pull_thread(reply(1, Item("pull", SHA)), pull=Pull("e" * 40, "fix", "main"))
    found = open_items(conversation, items.answered(conversation, OWN), DEFAULT_RULES, pushed=pushed)
    assert [item.key for item in found.permitted(events)] == ([f"pull/{'e' * 40}"] if wanted else [])
    again = pull_thread(*conversation.comments, reply(2, Item("pull", "e" * 40)), pull=conversation.pull)
    assert open_items(again, items.answered(again, OWN), DEFAULT_RULES, pushed=pushed).items == (), "once"


def test_only_a_head_that_nobody_told_of_is_by_a_push() -> None:
    head = Item("pull", "e" * 40)
    conversation = pull_thread(
        reply(1, Item("pull", SHA)), comment(31, "/hls why?"), pull=Pull(head.id, "fix", "main"), labels=("hls",)
    )
    replied = items.answered(conversation, OWN)
    found = open_items(conversation, replied, DEFAULT_RULES)
    assert [item.kind for item in found.items] == ["pull", "comment"]
    assert found.unannounced_heads == {head.key}
    assert open_items(conversation, replied, DEFAULT_RULES, known_keys={head.key}).unannounced_heads == frozenset()
    assert open_items(conversation, replied, DEFAULT_RULES, again=True).unannounced_heads == frozenset()


def test_without_synchronize_only_the_first_head_is_reviewed() -> None:
    once = EventPolicy({"pull_request": ("opened",)})
    ours = reply(1, Item("pull", SHA))
    assert keys(pull_thread(), once) == [f"pull/{SHA}"]
    assert keys(pull_thread(ours, pull=Pull("e" * 40, "fix", "main")), once) == []
    same = unanswered(pull_thread(ours))
    assert (same.items, same.answered_by) == ((), ours)


@pytest.mark.parametrize(
    ("conversation", "why"),
    [
        pytest.param(
            pull_thread(pull=Pull(SHA, "fix", "main", draft=True)),
            "draft: the pull request is a draft",
            id="a draft",
        ),
        pytest.param(pull_thread(body="<!-- hls:1 pull/a -->"), "nothing-open", id="by HLS, however short"),
        pytest.param(pull_thread(author=Author("dependabot[bot]")), "bot-author", id="by a robot"),
        pytest.param(pull_thread(pull=Pull(SHA, "renovate/x", "main")), "automated-content", id="an updater's branch"),
    ],
)
def test_a_pull_request_that_is_left_alone(conversation: Thread, why: str) -> None:
    found = unanswered(conversation)
    assert found.items == ()
    assert str(found.reason).startswith(why)


def test_a_question_on_a_draft_is_answered() -> None:
    conversation = pull_thread(comment(31, "/hls is this right?"), pull=Pull(SHA, "fix", "main", draft=True))
    assert [item.kind for item in unanswered(conversation).items] == ["comment"]


# ---- labels and policy ----


def test_the_trigger_label_asks_for_an_answer_once() -> None:
    by_robot = {"author": Author("ci[bot]"), "labels": ("HLS",)}
    assert keys(thread(**by_robot)) == ["label/hls"]
    assert keys(thread(reply(1, Item("label", "hls")), **by_robot)) == []
    assert keys(thread(labels=("needs answer",)), trigger_label="needs answer") == ["issue/7", "label/needs%20answer"]


def test_events_switched_off_ask_nothing() -> None:
    conversation = thread(comment(31, "/hls why?"), labels=("hls",))
    assert keys(conversation, EventPolicy({"issues": (), "issue_comment": ()})) == []
    assert keys(conversation, EventPolicy({"issues": ("labeled",), "issue_comment": ()})) == ["label/hls"]
    assert [key.split("@")[0] for key in keys(conversation, EventPolicy({"issues": ()}))] == ["comment/31"]
    assert keys(pull_thread(), EventPolicy({"pull_request": ()})) == []
