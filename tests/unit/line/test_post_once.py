"""One answer, whichever request fails: what a run leaves behind when posting meets ambiguous faults."""

from __future__ import annotations

from pathlib import Path

import pytest

from hls_action.adapters.github.folder import LOGIN, FolderGitHub
from hls_action.domain.faults.errors import UpstreamError
from hls_action.domain.faults.fault import Fault
from hls_action.domain.identity import ThreadId
from hls_action.domain.threads.thread import Comment
from hls_action.line.publish import LOOKUP_DELAYS
from tests.fakes import BAD_GATEWAY, FakeClock, FlakyGitHub, ScriptedModel, model_factory, model_reply
from tests.unit.builders import BODY
from tests.unit.line_bench import MATERIALS, OPENED, bench_run

TIMEOUT = Fault("github", "timeout", "no answer within 30 s")
LIMITED = Fault("github", "status", "secondary rate limit", 403, retry_after=60.0, rate_limited=True)
FORBIDDEN = Fault("github", "status", "Resource not accessible by integration", 403)


class Bench:
    """An issue whose answer meets faults when it is posted."""

    def __init__(self, root: Path, script: tuple[str | tuple[str, Fault], ...], fault: Fault = BAD_GATEWAY) -> None:
        self.clock = FakeClock()
        self.github = FlakyGitHub(root, self.clock, script, fault=fault)
        self.github.store_thread(7, {"title": "Export crashes", "body": BODY, "author": {"login": "ann"}})
        self.model = ScriptedModel(model_reply(), model_reply())
        self.line = bench_run(self.github, model_factory(self.model), self.clock, MATERIALS)

    def answers(self) -> int:
        return sum(comment.author.login == LOGIN for comment in FolderGitHub.comments(self.github, ThreadId(7)))


@pytest.mark.parametrize("fault", [BAD_GATEWAY, TIMEOUT], ids=["502", "timeout"])
@pytest.mark.parametrize(
    "script",
    [
        pytest.param(("before",), id="not done"),
        pytest.param(("after",), id="done"),
        pytest.param(("before", "after"), id="not done, then done"),
        pytest.param(("before",) * 5, id="not done five times"),
        pytest.param(("before",) * 5 + ("after",), id="done at the last attempt"),
    ],
)
def test_a_failed_request_leaves_exactly_one_answer(tmp_path: Path, script: tuple[str, ...], fault: Fault) -> None:
    bench = Bench(tmp_path, script, fault)
    outcome = bench.line.answer(OPENED)
    assert (outcome.status, bench.answers()) == ("done", 1)
    assert outcome.comment_url == bench.github.comments(ThreadId(7))[0].url
    assert len(bench.model.requests) == 1


def test_a_post_that_never_works_is_a_failure_with_its_cost(tmp_path: Path) -> None:
    bench = Bench(tmp_path, ("before",) * 99)
    outcome = bench.line.answer(OPENED)
    assert (outcome.status, bench.answers()) == ("failed", 0)
    assert str(outcome.reason) == "upstream: GitHub answered 502: Bad Gateway"
    assert outcome.cost_usd is not None


@pytest.mark.parametrize("lookups", [1, 2, 5, 99])
@pytest.mark.parametrize("step", ["before", "after"])
def test_while_nobody_can_look_nothing_is_posted_again(tmp_path: Path, step: str, lookups: int) -> None:
    bench = Bench(tmp_path, (step,) * 99)
    bench.github.broken_lookups = lookups
    outcome = bench.line.answer(OPENED)
    assert bench.answers() == (1 if step == "after" else 0)
    assert (outcome.status == "done") is (step == "after" and lookups < 99)
    if lookups == 99:
        assert bench.github.posts == 1


@pytest.mark.parametrize("stale", [0, 1, 2])
def test_a_list_that_lags_is_read_again_before_anything_is_repeated(tmp_path: Path, stale: int) -> None:
    bench = Bench(tmp_path, ("after",), TIMEOUT)
    bench.github.stale_looks = stale
    outcome = bench.line.answer(OPENED)
    assert (outcome.status, bench.answers(), bench.github.posts) == ("done", 1, 1)
    assert bench.clock.slept[1:] == list(LOOKUP_DELAYS[1 : stale + 1]), "after the wait before the repeat"
    assert outcome.comment_url == bench.github.comments(ThreadId(7))[0].url


def test_doubt_stays_until_the_comment_is_found(tmp_path: Path) -> None:
    """The first attempt took effect, seen late; the second was surely refused, which says nothing about the first."""
    bench = Bench(tmp_path, (("after", TIMEOUT), ("before", LIMITED)))
    bench.github.stale_looks = len(LOOKUP_DELAYS)
    outcome = bench.line.answer(OPENED)
    assert (outcome.status, bench.answers(), bench.github.posts) == ("done", 1, 2)
    assert outcome.comment_url == bench.github.comments(ThreadId(7))[0].url


def test_doubt_stays_when_the_last_word_is_a_refusal(tmp_path: Path) -> None:
    bench = Bench(tmp_path, (("after", TIMEOUT), ("before", FORBIDDEN)))
    bench.github.stale_looks = len(LOOKUP_DELAYS)
    outcome = bench.line.answer(OPENED)
    assert (outcome.status, bench.answers(), bench.github.posts) == ("done", 1, 2)


def test_a_look_that_fails_after_doubt_and_a_rate_limit_posts_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path, (("before", TIMEOUT), ("before", LIMITED)))
    looks = 0
    comments = bench.github.comments

    def failing_later(thread: ThreadId) -> tuple[Comment, ...]:
        nonlocal looks
        looks += bench.github.posts > 1
        if looks:
            raise UpstreamError(BAD_GATEWAY)
        return comments(thread)

    bench.github.comments = failing_later  # type: ignore[method-assign]
    assert bench.line.answer(OPENED).status == "failed"
    assert looks > 1
    assert (bench.answers(), bench.github.posts) == (0, 2)


def test_the_next_run_finds_what_a_failed_one_posted(tmp_path: Path) -> None:
    bench = Bench(tmp_path, ("after",))
    bench.github.broken_lookups = 99
    assert bench.line.answer(OPENED).status == "failed"
    bench.github.broken_lookups = 0
    assert bench.line.answer(OPENED).reason.code == "already-answered"
    assert (bench.answers(), len(bench.model.requests)) == (1, 1)


def test_a_copied_marker_is_not_taken_for_the_answer(tmp_path: Path) -> None:
    bench = Bench(tmp_path, ("before",))
    copied = {"id": 5, "author": {"login": "eve"}, "body": "<!-- hls:1 issue/7 -->\nlol"}
    raw = {"title": "Export crashes", "body": BODY, "author": {"login": "ann"}, "comments": [copied]}
    bench.github.store_thread(7, raw)
    assert (bench.line.answer(OPENED).status, bench.answers()) == ("done", 1)


def test_a_rate_limit_needs_no_look_up(tmp_path: Path) -> None:
    bench = Bench(tmp_path, ("before", "before"), LIMITED)
    bench.github.broken_lookups = 99
    assert (bench.line.answer(OPENED).status, bench.answers(), bench.github.posts) == ("done", 1, 3)


def test_a_refusal_is_final(tmp_path: Path) -> None:
    bench = Bench(tmp_path, ("before",) * 9, FORBIDDEN)
    outcome = bench.line.answer(OPENED)
    assert (outcome.status, bench.answers(), bench.github.posts) == ("failed", 0, 1)
    assert "Resource not accessible by integration" in outcome.reason.detail


@pytest.mark.parametrize("fault", [FORBIDDEN, BAD_GATEWAY], ids=["403", "502"])
def test_labels_that_cannot_be_set_do_not_hold_up_the_answer(tmp_path: Path, fault: Fault) -> None:
    bench = Bench(tmp_path, ())
    bench.github.store_labels(())
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github" / "hls.yml").write_text("labels: {allow: [bug]}")
    bench.github.failing["add_labels"] = fault
    outcome = bench.line.answer(OPENED)
    assert (outcome.status, outcome.labels, bench.answers()) == ("done", (), 1)
    (note,) = outcome.notes
    assert note.startswith("the labels bug could not be set: ")
    assert str(fault) in note
