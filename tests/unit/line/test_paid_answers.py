"""A paid answer is posted, or kept until it can be: the line on GitHub over the wire, where single requests fail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from hls_action.adapters.github.rest import RestGitHub
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.ledger.model import Claimant, Record
from hls_action.domain.outcome import Outcome
from hls_action.records.store import LedgerStore
from hls_action.sweep.sweep import sweep
from tests.fakes import ScriptedModel, model_factory, model_reply
from tests.unit.adapters.loopback import Asked, Loopback, Reply, serve
from tests.unit.builders import BODY, SHA, trigger
from tests.unit.line_bench import MATERIALS, OPENED, Bench, BenchRun, bench_run

REPOSITORY = "/repos/o/r"
THREAD, PULL = f"{REPOSITORY}/issues/7", f"{REPOSITORY}/pulls/7"
COMMENTS = f"{THREAD}/comments"
AGAIN = trigger()
BY_HAND = trigger(retry=True)
PULLED = trigger(7, "pull_request", "opened", is_pull=True)
NOT_FOUND = Reply({"message": "Not Found"}, 404)
TOO_LARGE = Reply({"message": "Sorry, this diff is taking too long to generate."}, 422)
REFUSALS = [
    NOT_FOUND,
    Reply({"message": "Issues has been disabled in this repository."}, 410),
    Reply({"message": "Validation Failed"}, 422),
    Reply({"message": "Resource not accessible by integration"}, 403),
]


@dataclass
class Hub:
    """GitHub with issue or pull request 7, whose requests can be made to fail. ``posted``: the comments it took."""

    server: Loopback
    bench: Bench
    posted: list[dict[str, object]] = field(default_factory=list)
    runs: int = 0

    def stand(self) -> None:
        """All is well."""
        self.server.replies.clear()
        at = {"url": f"{self.server.url}{THREAD}", "repository_url": f"{self.server.url}{REPOSITORY}", "number": 7}
        when = {"created_at": "2026-11-02T08:00:00Z", "updated_at": "2026-11-02T08:00:00Z"}
        text = {"title": "Export crashes", "body": BODY, "user": {"login": "ann", "type": "User"}, "state": "open"}
        thread = at | when | text | {"comments": 0}
        pull = {"head": {"sha": SHA, "ref": "fix"}, "base": {"ref": "main"}, "changed_files": 312}
        self.server.on(REPOSITORY, Reply({"full_name": "o/r"}))
        self.server.on(THREAD, Reply(thread))
        self.server.on(PULL, Reply(thread | {"url": f"{self.server.url}{PULL}"} | pull))
        self.server.on(f"{REPOSITORY}/labels", Reply([{"name": "bug", "description": "It fails"}]))
        self.server.on(f"{THREAD}/labels", Reply([]))
        self.server.on(f"GET {COMMENTS}", Reply(lambda _: self.posted))
        self.server.on(f"POST {COMMENTS}", Reply(self._post, 201))
        around = {"nameWithOwner": "o/r", "thread": {"timelineItems": None}}
        self.server.on("/graphql", Reply({"data": {"repository": around}}))
        self.server.on("GET /user", Reply({"message": "Resource not accessible by integration"}, 403))

    def _post(self, asked: Asked) -> dict[str, object]:
        number = len(self.posted) + 1
        comment = {
            "id": number,
            "body": asked.json["body"],
            "node_id": f"IC_{number}",
            "html_url": f"https://c/{number}",
        }
        when = {"created_at": "2026-11-02T09:00:00Z", "updated_at": "2026-11-02T09:00:00Z"}
        self.posted.append(comment | when | {"user": {"login": "github-actions[bot]", "type": "Bot"}})
        return self.posted[-1]

    def blind(self) -> None:
        """The token sees nothing of the repository."""
        self.server.replies.clear()

    def answer(self, model: ScriptedModel, wake: Trigger = OPENED) -> Outcome:
        """What another run makes of it."""
        return self._begin(model).answer(wake)

    def sweep(self, model: ScriptedModel, *, fan_out: bool = False) -> Outcome:
        """What another sweep makes of it."""
        return sweep(self._begin(model), scheduled=True, fan_out=fan_out)

    def _begin(self, model: ScriptedModel) -> BenchRun:
        self.runs += 1
        github = RestGitHub(self.server.url, "ghs_secret", "o/r", job_token=True, is_real=False)
        ledger_store = LedgerStore(
            self.bench.store, self.bench.clock, "o/r", Claimant(self.runs, 1, f"{self.runs:08x}")
        )
        return bench_run(github, model_factory(model), self.bench.clock, MATERIALS, ledger_store)

    def record(self, key: str = "issue/7") -> Record:
        """What the ledger says."""
        return self.bench.records()[key]


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with serve() as server:
        found = Hub(server, Bench(tmp_path))
        found.stand()
        yield found


# ---- what an answer can do without ----


@pytest.mark.parametrize("failure", REFUSALS, ids=lambda reply: f"{reply.status}")
@pytest.mark.parametrize(
    ("path", "note"),
    [
        pytest.param(f"{REPOSITORY}/labels", "the repository's labels could not be read", id="list labels"),
        pytest.param(f"POST {THREAD}/labels", "the labels bug could not be set", id="add labels"),
    ],
)
def test_what_is_optional_costs_a_note_and_not_the_answer(hub: Hub, path: str, failure: Reply, note: str) -> None:
    hub.server.on(path, failure)
    outcome = hub.answer(ScriptedModel(model_reply()))
    assert (outcome.status, outcome.reason.code, hub.record().state) == ("done", "answered", "published")
    assert [str(each["body"]).startswith("<!-- hls:1 issue/7 -->") for each in hub.posted] == [True]
    (said,) = [each for each in outcome.notes if each.startswith(note)]
    assert f"GitHub answered {failure.status}" in said


@pytest.mark.parametrize("failure", REFUSALS, ids=lambda reply: f"{reply.status}")
def test_a_login_that_is_not_told_is_the_jobs_own(hub: Hub, failure: Reply) -> None:
    """Markers of others are in the thread, so that somebody has to ask whose they are."""
    stranger = {"id": 5, "body": "<!-- hls:1 issue/7 -->\nMine.", "user": {"login": "eve", "type": "User"}}
    hub.posted.append(stranger | {"created_at": "2026-11-02T09:00:00Z", "updated_at": "2026-11-02T09:00:00Z"})
    hub.server.on("GET /user", failure)
    outcome = hub.answer(ScriptedModel(model_reply()), AGAIN)
    assert (outcome.status, outcome.reason.code, len(hub.posted)) == ("done", "answered", 2)


@pytest.mark.parametrize("failure", [NOT_FOUND, TOO_LARGE], ids=lambda reply: f"{reply.status}")
def test_a_pull_request_whose_changes_are_not_listed_is_reviewed_without_them(hub: Hub, failure: Reply) -> None:
    hub.server.on(f"{PULL}/files", failure)
    model = ScriptedModel(model_reply())
    outcome = hub.answer(model, PULLED)
    assert (outcome.status, outcome.reason.code, len(hub.posted)) == ("done", "answered", 1)
    assert "GitHub does not list the changes of this pull request" in outcome.notes[0]
    (asked,) = model.requests
    prompt = f"{asked.prompt}"
    assert "You have not seen them" in prompt
    assert "[... 312 more files not listed ...]" in prompt


@pytest.mark.parametrize("sha", [None, "", 7, "2026-11-02 08:00"])
def test_a_pull_request_without_a_head_is_no_answer_of_githubs_and_costs_nothing(hub: Hub, sha: object) -> None:
    pull = {"number": 7, "url": f"{hub.server.url}{PULL}", "user": {"login": "ann"}, "state": "open", "body": BODY}
    when = {"created_at": "2026-11-02T08:00:00Z", "updated_at": "2026-11-02T08:00:00Z"}
    hub.server.on(PULL, Reply(pull | when | {"head": {"sha": sha, "ref": "fix"}, "base": {"ref": "main"}}))
    model = ScriptedModel(model_reply())
    outcome = hub.answer(model, PULLED)
    assert (outcome.status, outcome.reason.code, model.requests) == ("deferred", "upstream", [])
    assert "an answer that is not GitHub's" in outcome.reason.detail


# ---- a token that sees nothing ----


def test_a_token_that_sees_nothing_is_red_once_and_says_what_helps(hub: Hub) -> None:
    hub.blind()
    outcome = hub.answer(ScriptedModel())
    assert (outcome.status, outcome.reason.code) == ("failed", "token-refused")
    assert "give 'github-token' a token that can read this repository" in outcome.reason.detail
    later = hub.answer(ScriptedModel(), AGAIN)
    assert (later.status, later.reason.code) == ("skipped", "failed-before")
    assert "give 'github-token' a token" in later.reason.detail
    hub.stand()
    assert hub.answer(ScriptedModel(model_reply()), AGAIN).status == "done"


def test_a_token_that_loses_sight_midway_loses_no_paid_answer(hub: Hub) -> None:
    outcome = hub.answer(ScriptedModel(model_reply(), meanwhile=hub.blind))
    assert (outcome.status, outcome.reason.code) == ("deferred", "token-refused")
    assert (hub.record().state, bool(hub.record().draft), hub.posted) == ("deferred", True, [])
    assert hub.answer(ScriptedModel(), AGAIN).status == "failed", "red, for by now it is the token"
    assert hub.answer(ScriptedModel(), AGAIN).status == "skipped", "once"
    assert hub.record().draft, "and kept all the while"
    hub.stand()
    hub.bench.clock.sleep(timedelta(hours=1).total_seconds())
    assert hub.answer(ScriptedModel(), AGAIN).status == "done", "nobody is asked and paid again"
    assert (len(hub.posted), hub.record().state) == (1, "published")


def test_a_thread_that_is_deleted_while_claude_thinks_is_no_longer_open(hub: Hub) -> None:
    def delete() -> None:
        hub.blind()
        hub.server.on(REPOSITORY, Reply({"full_name": "o/r"}))

    outcome = hub.answer(ScriptedModel(model_reply(), meanwhile=delete))
    assert (outcome.status, outcome.reason.code) == ("skipped", "thread-unavailable")
    assert (hub.record().state, hub.record().reason.code) == ("skipped", "thread-unavailable")


def test_a_token_that_may_not_comment_is_red_and_the_answer_is_kept(hub: Hub) -> None:
    hub.server.on(f"POST {COMMENTS}", NOT_FOUND)
    outcome = hub.answer(ScriptedModel(model_reply()))
    assert (outcome.status, outcome.reason.code) == ("failed", "token-refused")
    assert hub.answer(ScriptedModel(), AGAIN).reason.code == "failed-before"
    hub.stand()
    assert hub.answer(ScriptedModel(), BY_HAND).status == "done"
    assert len(hub.posted) == 1


# ---- red at most once for anything ----


@pytest.mark.parametrize("status", [400, 422, 451])
@pytest.mark.parametrize("path", [THREAD, f"GET {COMMENTS}", f"{REPOSITORY}/contents/.github/hls.yml"])
def test_a_thread_that_cannot_be_read_for_good_is_red_once(hub: Hub, path: str, status: int) -> None:
    hub.server.on(path, Reply({"message": "Unavailable due to DMCA"}, status))
    first = hub.answer(ScriptedModel(), AGAIN)
    assert (first.status, first.reason.code) == ("failed", "upstream")
    for wake in (AGAIN, trigger(7, "issues", "edited", is_pull=False)):
        later = hub.answer(ScriptedModel(), wake)
        assert (later.status, later.reason.code) == ("skipped", "failed-before")
        assert f"GitHub answered {status}: Unavailable due to DMCA" in later.reason.detail
    assert hub.answer(ScriptedModel(), BY_HAND).status == "failed", "a maintainer wants to know whether it works now"
    assert hub.answer(ScriptedModel(), AGAIN).status == "skipped"
    hub.stand()
    assert hub.answer(ScriptedModel(model_reply()), AGAIN).status == "done", (
        "every run tries, and red is only told once"
    )


def test_what_passes_after_it_failed_for_good_is_tried_again(hub: Hub) -> None:
    hub.server.on(THREAD, Reply({"message": "Unavailable"}, 451))
    assert hub.answer(ScriptedModel(), AGAIN).status == "failed"
    hub.server.on(THREAD, Reply({"message": "Bad Gateway"}, 502))
    assert hub.answer(ScriptedModel(), AGAIN).status == "deferred"
    assert hub.record("thread/7").state == "deferred"


def test_who_asks_for_another_try_is_told_of_it(hub: Hub) -> None:
    settings = f"{REPOSITORY}/contents/.github/hls.yml"
    hub.server.on(settings, Reply({"message": "No"}, 451))
    assert hub.answer(ScriptedModel(), AGAIN).status == "failed"
    hub.bench.clock.sleep(600)
    when = f"{hub.bench.clock.now():%Y-%m-%dT%H:%M:%SZ}"
    retry = {"id": 8, "body": "/hls retry", "user": {"login": "ann", "type": "User"}, "created_at": when}
    hub.posted.append(retry | {"updated_at": when})
    hub.bench.clock.sleep(60)
    assert hub.answer(ScriptedModel(), AGAIN).status == "failed"
    assert hub.answer(ScriptedModel(), AGAIN).status == "skipped"


def test_what_is_asked_while_a_thread_cannot_be_read_is_found_by_a_sweep(hub: Hub) -> None:
    """Nothing else knows of it: the run that it woke could not read it, and the list of what changed has moved on."""
    hub.server.on(f"{REPOSITORY}/issues", Reply([]))
    hub.server.on(THREAD, Reply({"message": "Unavailable"}, 451))
    assert hub.answer(ScriptedModel(), AGAIN).status == "failed"
    for _ in range(20):
        hub.bench.clock.sleep(timedelta(hours=7).total_seconds())
        outcome = hub.sweep(ScriptedModel())
        assert [(part.status, part.reason.code) for part in outcome.parts] == [("skipped", "failed-before")]
        assert hub.sweep(ScriptedModel()).parts == (), "not each time"
    hub.stand()
    hub.server.on(f"{REPOSITORY}/issues", Reply([]))
    hub.bench.clock.sleep(timedelta(hours=7).total_seconds())
    assert [part.status for part in hub.sweep(ScriptedModel(model_reply())).parts] == ["done"]
    assert list(hub.bench.records()) == ["issue/7"]


def test_a_thread_that_cannot_be_read_stops_no_handing_out_of_the_others_but_once(hub: Hub) -> None:
    """A job that is red has none of those that need it started."""
    when = "2026-11-02T08:00:00Z"
    hub.server.on(f"{REPOSITORY}/issues", Reply([{"number": number, "updated_at": when} for number in (7, 9)]))
    whole = {"number": 9, "title": "Import crashes", "body": BODY, "user": {"login": "ann"}, "state": "open"}
    at = {"repository_url": f"{hub.server.url}{REPOSITORY}", "created_at": when, "updated_at": when}
    hub.server.on(f"{REPOSITORY}/issues/9", Reply(whole | at))
    hub.server.on(f"GET {REPOSITORY}/issues/9/comments", Reply([]))
    hub.server.on(THREAD, Reply({"message": "Unavailable"}, 451))
    first = hub.sweep(ScriptedModel(), fan_out=True)
    assert (first.status, first.reason.code, first.waiting) == ("failed", "upstream", (9,))
    for hours in (1, 1, 7):
        hub.bench.clock.sleep(timedelta(hours=hours).total_seconds())
        later = hub.sweep(ScriptedModel(), fan_out=True)
        assert (later.status, later.reason.code, later.waiting, later.notes) == ("skipped", "fan-out", (9,), ())
        assert later.reason.detail == "1 thread has work, see the output 'matrix'"
    hub.server.on(THREAD, Reply({"message": "Bad Gateway"}, 502))
    hub.bench.clock.sleep(timedelta(hours=7).total_seconds())
    assert hub.sweep(ScriptedModel(), fan_out=True).status == "deferred", "what may pass is left to the next one"


def test_a_thread_that_nobody_can_read_is_not_looked_at_for_ever(hub: Hub) -> None:
    hub.server.on(f"{REPOSITORY}/issues", Reply([]))
    hub.server.on(THREAD, Reply({"message": "Unavailable"}, 451))
    hub.answer(ScriptedModel(), AGAIN)
    hub.bench.clock.sleep(timedelta(days=31).total_seconds())
    assert len(hub.sweep(ScriptedModel()).parts) == 1
    hub.bench.clock.sleep(timedelta(days=1).total_seconds())
    assert hub.sweep(ScriptedModel()).parts == ()
