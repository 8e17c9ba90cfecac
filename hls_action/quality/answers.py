"""Claude's answers, kept by what was asked: to score them again costs nothing, and no answer is paid for twice."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from threading import get_ident
from typing import cast

from hls_action.domain.budget.prices import Usage
from hls_action.domain.errors import UsageError
from hls_action.domain.json_values import count, entries, parsed, text, usd
from hls_action.domain.tasks.option import CallOption
from hls_action.ports import ModelReply, StopReason


@dataclass(frozen=True)
class PaidAnswer:
    """``usd``: what it cost when it was asked for, a look before it included; ``option``: the call, if it is not the
    one that was planned. It is not kept, as it follows from the plan and the look.
    """

    reply: ModelReply
    usd: Decimal
    option: CallOption | None = None


def key(option: CallOption) -> str:
    """Stands for what an answer depends on: prompt, schema, model and effort. Cache marks make no difference to it."""
    prompt = option.prompt
    asked = [[block.text for block in blocks] for blocks in (prompt.system, prompt.user)]
    whole = json.dumps([asked, option.schema, option.model, option.effort], ensure_ascii=False)
    return sha256(whole.encode(errors="surrogatepass")).hexdigest()[:32]


class KeptAnswers:
    """Files named by `key`. Each is there as a whole or not at all, whoever is killed while it is written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, option: CallOption) -> PaidAnswer | None:
        """The answer to this very call, if there is one. Errors: `UsageError` for a damaged file."""
        path = self._path(option)
        try:
            return _read(entries(parsed(path.read_text("utf-8"))))
        except FileNotFoundError:
            return None
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise UsageError(f"{path} is damaged ({error}); delete it to have its case asked again.") from error

    def keep(self, option: CallOption, answer: PaidAnswer) -> None:
        """Write an answer down. Of no model's making is none kept, or it would stand for one of Claude's."""
        if answer.reply.synthetic:
            return
        path, reply = self._path(option), answer.reply
        document = {
            "text": reply.text,
            "stop_reason": reply.stop_reason,
            "refusal": reply.refusal,
            "model": reply.model,
            "usage": asdict(reply.usage),
            "usd": str(answer.usd),
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}-{get_ident()}.new")
        fresh.write_text(json.dumps(document, indent=2, ensure_ascii=False), "utf-8")
        fresh.replace(path)

    def _path(self, option: CallOption) -> Path:
        return self._folder / f"{key(option)}.json"


def _read(document: Mapping[str, object]) -> PaidAnswer:
    usage = Usage(**{name: count(value) for name, value in entries(document["usage"]).items()})
    reply = ModelReply(
        text=text(document["text"]),
        stop_reason=cast(StopReason, text(document["stop_reason"])),
        usage=usage,
        model=text(document["model"]),
        refusal=text(document["refusal"]),
    )
    return PaidAnswer(reply, usd(document["usd"]))
