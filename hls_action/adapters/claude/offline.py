"""An answer without a model, for trying things out with no key and no network. It knows a few words and no meaning.

Every reply says that it is synthetic, and the pipeline refuses to post such a reply to a real repository.
"""

from __future__ import annotations

import json
import re
from typing import assert_never

from hls_action.domain.budget.prices import Usage
from hls_action.domain.tasks import look
from hls_action.domain.tasks.prompt import Block, Text
from hls_action.ports import ModelReply, ModelRequest

CHARACTERS_PER_TOKEN = 4
MODEL = "offline-sample"

_TITLE = re.compile(r'<text-(\d+) of="title">\n(.*?)\n</text-\1>', re.DOTALL)
_KINDS = (
    ("bug", re.compile(r"\b(crash|error|exception|traceback|fail|broken|bug|wrong)", re.IGNORECASE)),
    ("documentation", re.compile(r"\b(docs?|documentation|readme|typo|spelling)\b", re.IGNORECASE)),
    ("feature", re.compile(r"\b(add|support|would be (nice|great)|feature|allow)\b", re.IGNORECASE)),
)
_LOOK = {"relevant": True, "reason": "", "symbols": [], "issues": [], "words": []}
"""Without a model it chooses nothing, so that the answer is shown what is likeliest."""
_WANTED = (
    ("the version you use", re.compile(r"\bv?\d+\.\d+", re.IGNORECASE)),
    ("your operating system", re.compile(r"\b(linux|ubuntu|macos|windows|debian|fedora)\b", re.IGNORECASE)),
    ("the smallest example that shows it", re.compile(r"```|~~~")),
)


class OfflineResponder:
    """Stands in for Claude. Deterministic; token counts are estimates at four characters a token."""

    def complete(self, request: ModelRequest) -> ModelReply:
        """Make a sample answer from words in the thread."""
        written = "\n".join(map(_text, request.prompt.user))
        title = (_TITLE.search(written) or ["", "", ""])[2]
        said = _LOOK if request.schema == look.SCHEMA else _answer(title, written, _settable(request))
        text = json.dumps(said)
        return ModelReply(
            text=text,
            stop_reason="end_turn",
            usage=Usage(input=request.prompt.size // CHARACTERS_PER_TOKEN, output=len(text) // CHARACTERS_PER_TOKEN),
            model=MODEL,
            synthetic=True,
        )


def _text(block: Block) -> str:
    """What can be read of a block."""
    match block:
        case Text(text):
            return text
        case _:
            assert_never(block)


def _answer(title: str, written: str, labels: dict[str, int]) -> dict[str, object]:
    is_pull = "<diff" in written
    category = "review" if is_pull else next((kind for kind, words in _KINDS if words.search(title)), "question")
    missing = [what for what, sign in _WANTED if not sign.search(written)] if category == "bug" else []
    lines = [f"This reads as a **{category}**: {title.strip() or 'no title'}."]
    if missing:
        lines += ["", "To act on it, a maintainer would need:", *(f"- {what}" for what in missing)]
    lines += ["", "A real answer would say what to try and where in the project this belongs."]
    return {  # and no findings: it looked for none, which is not the same as none found
        "comment": "\n".join(lines),
        "labels": [labels[category]] if category in labels else [],
        "category": category,
        "priority": "medium" if category == "bug" else "low",
        "needs_info": bool(missing),
        "missing": missing,
        "possible_duplicate_of": None,
        "confidence": 0.1,
    }


def _settable(request: ModelRequest) -> dict[str, int]:
    """The labels the prompt lists, in lower case, with their numbers."""
    task = _text(request.prompt.user[-1]).partition("Reply in one comment to:")[0]
    return {match[2].lower(): int(match[1]) for match in re.finditer(r"^(\d+)\. ([^:\n]+)", task, re.MULTILINE)}
