"""What the load benchmark is built on: the model of the Actions queue, the recorded burst, and the check of its end."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from benchmarks import burst
from benchmarks.actions_queue import ActionsQueue, group_of, starts_job
from benchmarks.reckoning import Reply, overlooked, reckon
from benchmarks.runners import Runners
from hls_action.domain import reasons
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger.model import Claimant, Record, State

ROOT = Path(__file__).resolve().parents[2]
WORKFLOW = yaml.safe_load((ROOT / "examples" / "workflows" / "recommended.yml").read_text())


@dataclass(frozen=True, eq=False)
class Job:
    """A job known by its name."""

    name: str
    group: str = "a"


# ---- The queue


def test_one_runs_one_waits_and_the_newest_takes_the_place_of_the_waiting_one() -> None:
    queue: ActionsQueue[Job] = ActionsQueue(8)
    first, second, third = Job("first"), Job("second"), Job("third")
    assert queue.add(first) is None
    assert queue.start() is first
    assert queue.add(second) is None
    assert queue.start() is None
    assert queue.add(third) is second
    queue.end(first)
    assert queue.start() is third
    assert queue.start() is None
    queue.end(third)
    assert queue.idle


def test_groups_do_not_wait_for_each_other() -> None:
    queue: ActionsQueue[Job] = ActionsQueue(8)
    jobs = [Job("1", "a"), Job("2", "b"), Job("3", "c")]
    assert [queue.add(job) for job in jobs] == [None, None, None]
    assert [queue.start() for _ in range(4)] == [*jobs, None]


def test_without_a_free_runner_a_job_waits_in_its_turn_and_holds_its_group_all_the_same() -> None:
    queue: ActionsQueue[Job] = ActionsQueue(1)
    first, second, behind, newer = Job("first", "a"), Job("second", "b"), Job("behind", "b"), Job("newer", "b")
    queue.add(first)
    queue.add(second)
    assert queue.start() is first
    assert queue.start() is None
    assert queue.add(behind) is None
    assert queue.add(newer) is behind
    queue.end(first)
    assert queue.start() is second
    queue.end(second)
    assert queue.start() is newer


def test_a_job_that_got_its_turn_queues_behind_those_that_had_it_before() -> None:
    queue: ActionsQueue[Job] = ActionsQueue(1)
    first, follower, other = Job("first", "a"), Job("follower", "a"), Job("other", "b")
    for job in (first, follower, other):
        queue.add(job)
    queue.start()
    queue.end(first)
    assert queue.start() is other


@pytest.mark.parametrize("begun", [False, True])
def test_only_what_runs_can_end(begun: bool) -> None:
    queue: ActionsQueue[Job] = ActionsQueue(1)
    running, pending = Job("running"), Job("pending")
    queue.add(running)
    queue.add(pending)
    if begun:
        queue.start()
    with pytest.raises(ValueError, match="is not running"):
        queue.end(pending if begun else running)
    assert not queue.idle


# ---- The workflow's `if:` and its group


def test_the_model_is_of_the_workflow_as_it_stands() -> None:
    """Whoever changes these lines of the workflow changes `starts_job` and `group_of` with them."""
    job = WORKFLOW["jobs"]["hls"]
    assert " ".join(job["if"].split()) == (
        "(vars.HLS_STOP || 'false') == 'false' && (vars.HLS_STOP_ALL || 'false') == 'false' && "
        "( github.event_name == 'schedule' || github.event_name == 'workflow_dispatch' || "
        "( github.event.sender.type != 'Bot' && "
        "( github.event_name != 'issue_comment' || contains(github.event.comment.body, '/hls') || "
        "( contains(github.event.issue.labels.*.name, 'hls-waiting') && "
        "github.event.comment.user.login == github.event.issue.user.login ) ) && "
        "(github.event.action != 'labeled' || github.event.label.name == 'hls') && "
        "( github.event_name != 'pull_request' || "
        "github.event.pull_request.head.repo.full_name == github.repository ) ) )"
    )
    assert job["concurrency"] == {
        "group": "hls-${{ github.event.issue.number || github.event.pull_request.number || inputs.number || 'sweep' }}",
        "cancel-in-progress": False,
    }


def event(action: str = "created", sender: str = "User", **parts: Any) -> dict[str, Any]:
    return {"action": action, "sender": {"type": sender}, "repository": {"full_name": "o/r"}, **parts}


def said_by(login: str, label: str) -> dict[str, Any]:
    """A comment without a mention in an issue of ann's."""
    issue = {"number": 7, "user": {"login": "ann"}, "labels": [{"name": label}]}
    return event(issue=issue, comment={"body": "2.3, on Linux.", "user": {"login": login}})


def head(repository: str | None) -> dict[str, Any]:
    return {"number": 3, "head": {"repo": repository and {"full_name": repository}}}


@pytest.mark.parametrize(
    ("name", "payload", "starts"),
    [
        ("schedule", {"schedule": "17 * * * *"}, True),
        ("workflow_dispatch", {"inputs": {}}, True),
        ("issues", event("opened"), True),
        ("issues", event("opened", "Bot"), False),
        ("issues", event("labeled", label={"name": "HLS"}), True),
        ("issues", event("labeled", label={"name": "bug"}), False),
        ("issue_comment", event(comment={"body": "/hls why?"}), True),
        ("issue_comment", event(comment={"body": "Ask /HLS"}), True),
        ("issue_comment", event(comment={"body": "Thanks"}, issue={}), False),
        ("issue_comment", said_by("Ann", "HLS-waiting"), True),
        ("issue_comment", said_by("bob", "hls-waiting"), False),
        ("issue_comment", said_by("ann", "bug"), False),
        ("issue_comment", event("created", "Bot", comment={"body": "/hls why?"}), False),
        ("pull_request", event("opened", pull_request=head("o/r")), True),
        ("pull_request", event("opened", pull_request=head("fork/r")), False),
        ("pull_request", event("opened", pull_request=head(None)), False),
    ],
)
def test_what_starts_a_job(name: str, payload: dict[str, Any], starts: bool) -> None:
    assert starts_job(name, payload) is starts


@pytest.mark.parametrize(
    ("payload", "group"),
    [
        (event(issue={"number": 7}), "hls-7"),
        (event(pull_request=head("o/r")), "hls-3"),
        ({"inputs": {"number": "9"}}, "hls-9"),
        ({"inputs": {"number": ""}}, "hls-sweep"),
        ({"schedule": "17 * * * *"}, "hls-sweep"),
    ],
)
def test_which_group_a_job_claims(payload: dict[str, Any], group: str) -> None:
    assert group_of(payload) == group


# ---- Runners


def test_runners_run_what_is_not_cancelled_and_no_two_jobs_of_a_group_at_once() -> None:
    free, began = threading.Event(), threading.Event()
    ran: list[str] = []
    at_work: list[str] = []

    def work(job: Job) -> None:
        assert job.group not in at_work
        at_work.append(job.group)
        began.set()
        assert free.wait(10)
        ran.append(job.name)
        at_work.remove(job.group)

    jobs = [Job("first"), Job("pushed out"), Job("last"), Job("other", "b")]
    with Runners(2, work) as runners:
        for job in jobs:
            runners.add(job)
        assert began.wait(10)
        assert [runners.is_over(job) for job in jobs] == [False, True, False, False]
        free.set()
        runners.wait()
    assert sorted(ran) == ["first", "last", "other"]
    assert ran.index("first") < ran.index("last")
    assert runners.cancelled == [jobs[1]]
    assert {job.name for job in runners.ended} == set(ran)


def test_a_runner_that_breaks_is_no_secret() -> None:
    def work(_: Job) -> None:
        raise LookupError("broken")

    with Runners(1, work) as runners:
        runners.add(Job("first"))
        with pytest.raises(LookupError, match="broken"):
            runners.wait()


# ---- The burst


def test_the_recorded_burst_is_the_one_that_its_seed_makes() -> None:
    """To record a changed one: python -m benchmarks.burst"""
    assert burst.text_of(burst.made()) == burst.FILE.read_text()
    assert burst.recorded() == burst.made()


def test_the_burst_is_what_it_says() -> None:
    happenings = burst.recorded()
    assert len(happenings) == 500
    assert len({each.thread for each in happenings}) == 60
    assert sum(each.lost for each in happenings) == burst.LOST
    assert list(happenings) == sorted(happenings, key=lambda each: each.at)
    opened: set[int] = set()
    for position, each in enumerate(happenings):
        assert (each.thread in opened) is (each.what not in burst.OPENINGS)
        opened.add(each.thread)
        assert each.of is None or (each.of < position and happenings[each.of].thread == each.thread)
    assert burst.recorded(100) == happenings[:100]


# ---- The check of its end: it has to find what is wrong

ASKED = (7, "comment/1@aaa")
OLD = (7, "comment/1@old")


WHY = reasons.parse("why")


def record(state: State = "published", key: str = ASKED[1], comment: int | None = 50) -> Record:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    return Record("o/r", ThreadId(7), key, state, Claimant(1, 1, "n"), now, now, comment_id=comment, reason=WHY)


def reply(*keys: str, comment: int = 50) -> Reply:
    return Reply(7, comment, frozenset(keys), 0.0)


def problems(replies: list[Reply], records: list[Record]) -> tuple[str, ...]:
    return reckon({ASKED: 0.0}, {OLD}, replies, records).problems


def test_one_reply_and_its_record_are_as_it_should_be() -> None:
    assert problems([reply(ASKED[1])], [record()]) == ()


def test_what_an_edit_superseded_may_have_been_answered_or_given_up() -> None:
    fine = [reply(ASKED[1]), reply(OLD[1], comment=49)]
    assert problems(fine, [record(), record(key=OLD[1], comment=49)]) == ()
    assert problems([reply(ASKED[1])], [record(), record("skipped", OLD[1], None)]) == ()


@pytest.mark.parametrize(
    ("replies", "records", "found"),
    [
        ([], [], "lost: #7 comment/1@aaa"),
        ([], [record()], "is recorded as published and has no reply"),
        ([reply(ASKED[1])] * 2, [record()], "doubled: #7 comment/1@aaa, 2 times"),
        ([reply(ASKED[1]), reply(OLD[1]), reply(OLD[1])], [record()], "doubled: #7 comment/1@old"),
        ([reply(ASKED[1], "issue/7")], [record()], "answered without reason: #7 issue/7"),
        ([reply(ASKED[1])], [], "comment/1@aaa has no record"),
        ([reply(ASKED[1])], [record(comment=51)], "is recorded with comment 51, not 50"),
        ([reply(ASKED[1])], [record("skipped")], "is recorded as skipped: why"),
        ([reply(ASKED[1])], [record(), record("claimed", OLD[1])], "is recorded as claimed: why"),
    ],
)
def test_what_is_wrong_is_found(replies: list[Reply], records: list[Record], found: str) -> None:
    assert any(found in problem for problem in problems(replies, records))


@pytest.mark.parametrize(
    ("starts", "answered", "found"),
    [
        ([(7, 11.0)], [], ("overlooked: #7 comment/1@aaa",)),
        ([(7, 11.0), (7, 9.0)], [], ("overlooked: #7 comment/1@aaa",)),
        ([(7, 11.0)], [ASKED], ()),
        ([(7, 9.0)], [], ()),
        ([(8, 11.0)], [], ()),
        ([], [], ()),
    ],
)
def test_what_a_later_run_should_have_seen(
    starts: list[tuple[int, float]], answered: list[tuple[int, str]], found: tuple[str, ...]
) -> None:
    assert overlooked({ASKED: 10.0}, answered, starts) == found
