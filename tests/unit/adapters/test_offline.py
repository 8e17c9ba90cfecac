"""The offline sample: an answer by fixed rules, always marked as such."""

from __future__ import annotations

import json

import jsonschema
import pytest

from hls_action import data
from hls_action.adapters.claude.offline import OfflineResponder
from hls_action.domain.knowledge import conversation as context
from hls_action.domain.knowledge.labelling import number_labels
from hls_action.domain.knowledge.references import Referable
from hls_action.domain.tasks import look
from hls_action.domain.tasks.answer import SCHEMA, Answer, parse_answer
from hls_action.domain.tasks.prompt import compose
from hls_action.domain.text.secrets import redact
from hls_action.domain.threads.items import Item
from hls_action.domain.threads.thread import Label, Thread
from hls_action.ports import ModelReply, ModelRequest
from tests.unit.builders import pull_thread, thread

LABELS = number_labels([Label("bug", "It fails"), Label("Documentation"), Label("question")])


def reply_to(conversation: Thread) -> ModelReply:
    read = context.build(conversation)
    prompt = compose(data.templates(), "o/r", LABELS, read, (Item("issue", "7"),), Referable(7, LABELS.names))
    return OfflineResponder().complete(ModelRequest("m", prompt, SCHEMA, 500, 20.0))


def answer_to(conversation: Thread) -> Answer:
    return parse_answer(json.loads(reply_to(conversation).text))


def test_a_look_chooses_nothing_and_doubts_nothing() -> None:
    prompt = look.compose("Choose.", context.build(thread(title="Buy pills")), "a.py\n1. line 1: def f():", (), redact)
    reply = OfflineResponder().complete(ModelRequest("m", prompt, look.SCHEMA, 500, 20.0))
    jsonschema.validate(json.loads(reply.text), look.SCHEMA)
    assert (look.parse(reply.text), reply.synthetic) == (look.NOTHING, True)


@pytest.mark.parametrize(
    ("title", "category", "labels"),
    [
        ("Export crashes", "bug", (1,)),
        ("Typo in the README", "documentation", (2,)),
        ("Please add a dark theme", "feature", ()),
        ("How do I sort?", "question", (3,)),
    ],
)
def test_the_title_decides(title: str, category: str, labels: tuple[int, ...]) -> None:
    answer = answer_to(thread(title=title))
    assert (answer.category, answer.labels) == (category, labels)
    assert title in answer.comment


def test_a_bug_report_is_asked_for_what_it_lacks() -> None:
    vague = answer_to(thread(title="It crashes", body="It just does, every single time I try to start it up again."))
    assert (vague.needs_info, len(vague.missing)) == (True, 3)
    assert "- the version you use" in vague.comment
    precise = answer_to(thread(title="It crashes", body="Version 2.4 on Linux:\n```\nboom\n```"))
    assert (precise.needs_info, precise.missing) == (False, ())


def test_a_pull_request_is_a_review() -> None:
    assert answer_to(pull_thread(title="Fix the crash")).category == "review"


def test_it_never_says_that_a_review_found_nothing() -> None:
    assert answer_to(pull_thread(title="Fix the crash")).findings is None


def test_every_reply_is_marked_as_a_sample() -> None:
    reply = reply_to(thread())
    assert reply.synthetic
    assert (reply.model, reply.stop_reason) == ("offline-sample", "end_turn")
    assert reply.usage.input > 100
    assert reply.usage.output > 10
    assert reply == reply_to(thread())


def test_a_thread_without_a_title_is_answered_all_the_same() -> None:
    assert "no title" in answer_to(thread(title="")).comment
