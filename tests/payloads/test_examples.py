"""Every recorded issue, comment and pull request payload, through the gate and the line: each has a stated outcome.

`outcomes.txt` holds them, so that a change of the rules shows as a difference. To accept one:

    UPDATE_GOLDEN=1 .venv/bin/python -m pytest tests/payloads
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from hls_action import bootstrap, trial
from hls_action.config import environment
from hls_action.domain.events import dispatch
from hls_action.domain.outcome import Outcome, skipped
from hls_action.domain.events.relevance import judge
from hls_action.line.respond import answer
from tests.standins import webhooks

GOLDEN = Path(__file__).with_name("outcomes.txt")
REVIEWS = ("pull_request_review", "pull_request_review_comment", "pull_request_review_thread")
EVENTS = ("issues", "issue_comment", "pull_request", *REVIEWS)
EXAMPLES = [(f"{n:03} {example}", example) for n, example in enumerate(webhooks.examples(*EVENTS))]


def outcome_of(event: str, payload: dict[str, object], folder: Path) -> Outcome:
    """What the action makes of a payload, with a folder in place of GitHub and no model."""
    settings = environment.load({"GITHUB_REPOSITORY": "octo/example"})
    verdict = judge(event, payload, settings.rules)
    if not verdict.work:
        return skipped(verdict.reason)
    number, thread = trial.thread_in(payload)
    run, github = bootstrap.local_run(settings, folder)
    trial.prepare(github, folder, number, thread)
    return answer(run, dispatch.trigger_of(event, payload))


def as_a_person(payload: dict[str, object]) -> dict[str, object]:
    """The payload with an open, unlocked, long enough thread by a person, so that the line has to look at it."""
    text = "Since the last release the export stops half way, on every machine I tried it on. /hls"
    body = f"{text}\n/hls what can I do?"
    changed = json.loads(json.dumps(payload))
    changed["sender"]["type"] = "User"
    changed["sender"]["login"] = "octocat"
    for name in ("issue", "pull_request", "comment"):
        if name in changed:
            changed[name].update(body=body, state="open", locked=False, draft=False, user={"login": "octocat"})
    if "pull_request" in changed:
        changed["pull_request"]["head"]["repo"] = changed["pull_request"]["base"]["repo"]
    return dict(changed)


@pytest.mark.parametrize(("name", "example"), EXAMPLES, ids=[name for name, _ in EXAMPLES])
def test_every_payload_has_its_stated_outcome(name: str, example: webhooks.Example, tmp_path: Path) -> None:
    outcome = outcome_of(example.event, example.payload, tmp_path)
    stated = dict(line.split(" -> ") for line in GOLDEN.read_text().splitlines()) if GOLDEN.exists() else {}
    found = f"{outcome.status} {outcome.reason}"
    if os.environ.get("UPDATE_GOLDEN"):
        stated[name] = found
        GOLDEN.write_text("".join(f"{key} -> {value}\n" for key, value in sorted(stated.items())))
    assert found == stated.get(name)


@pytest.mark.parametrize(("name", "example"), EXAMPLES, ids=[name for name, _ in EXAMPLES])
def test_every_shape_of_payload_gets_through_the_line(name: str, example: webhooks.Example, tmp_path: Path) -> None:
    payload = as_a_person(example.payload)
    outcome = outcome_of(example.event, payload, tmp_path)
    code = outcome.reason.code
    if outcome.status == "skipped":
        assert code in {"unsupported-event", "unsupported-action", "other-label", "same-request"}
    else:
        assert (outcome.status, code) == ("done", "answered")
        assert outcome.body.startswith("<!-- hls:1 ")


@pytest.mark.parametrize(
    ("name", "example"),
    [(name, example) for name, example in EXAMPLES if example.event == "pull_request"],
)
def test_pull_request_target_means_the_same_save_for_forks(name: str, example: webhooks.Example) -> None:
    usual, target = (judge(event, example.payload) for event in ("pull_request", "pull_request_target"))
    if usual.reason.code == "fork":
        assert target.work
    else:
        assert replace_event(str(target.reason)) == replace_event(str(usual.reason))


def replace_event(reason: str) -> str:
    return reason.replace("pull_request_target", "pull_request")
