"""The ledger keeps nobody's text: an answer until it is posted, and then who asked, when, and what it cost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hls_action.domain.identity import ThreadId
from hls_action.ports import ModelReply
from tests.fakes import BAD_GATEWAY, ScriptedModel, answer_data, model_reply
from tests.unit.builders import BODY, trigger
from tests.unit.line_bench import OPENED, Bench

WORD = "zyxgruff"
"""What somebody wrote, and Claude repeats."""
ANSWERS: dict[str, dict[str, Any]] = {
    "an answer": {
        "comment": f"The {WORD} is why.",
        "evidence": [{"source": 1, "quotation": f"says {WORD} again and again"}],
    },
    "no reply": {"reply": False, "reason": f"only {WORD}", "comment": ""},
    "not sure": {"comment": f"Maybe {WORD}.", "confidence": 0.1, "reason": WORD},
    "a hole": {"sensitive": True, "comment": f"A {WORD}.", "missing": [WORD], "reason": WORD},
    "what is missing": {"comment": f"Which {WORD}?", "needs_info": True, "missing": [WORD], "findings": [WORD]},
}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    found = Bench(tmp_path)
    found.configure('least_confidence: 0.5\nknowledge: {look: "on"}\n')
    said = f"{BODY} It says {WORD} again and again."
    found.issue(7, title=f"A {WORD}", body=said, author={"login": "ann"}, labels=["bug"])
    return found


def kept(bench: Bench) -> str:
    return json.dumps(dict(bench.store.read().documents), ensure_ascii=False)


def look(**fields: Any) -> ModelReply:
    nothing = {"relevant": True, "reason": "", "symbols": [], "issues": [], "words": []}
    return model_reply(json.dumps(nothing | fields))


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_nobodys_text_is_in_the_ledger_once_it_is_over(bench: Bench, answer: dict[str, Any]) -> None:
    model = ScriptedModel(look(reason=WORD, words=[WORD]), model_reply(json.dumps(answer_data(**answer))))
    outcome = bench.shared(model).answer(OPENED)
    assert outcome.status in ("done", "skipped")
    assert len(model.requests) == 2
    assert WORD not in kept(bench).lower()
    assert "ann" in kept(bench), "who asked is there"


def test_nor_why_a_look_ended_it(bench: Bench) -> None:
    outcome = bench.shared(ScriptedModel(look(relevant=False, reason=f"about a {WORD}"))).answer(OPENED)
    assert WORD in str(outcome.reason)
    assert WORD not in kept(bench).lower()


def test_an_answer_is_there_until_it_is_posted(bench: Bench) -> None:
    model = ScriptedModel(look(), model_reply(json.dumps(answer_data(comment=f"The {WORD} is why."))))
    bench.github.script_posts = [BAD_GATEWAY] * 6
    bench.shared(model).answer(OPENED)
    assert WORD in kept(bench).lower()
    bench.clock.sleep(3_600)
    later = trigger(7, "issues", "edited", is_pull=False)
    assert bench.shared(ScriptedModel(), 2).answer(later).status == "done"
    assert WORD not in kept(bench).lower()
    assert WORD in bench.bodies()[-1]
    assert bench.github.thread(ThreadId(7)).comment_total == 1
