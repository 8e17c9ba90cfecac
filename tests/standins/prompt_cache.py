"""Claude's prompt cache, which aimock does not model: which input tokens are read, written or full price.

A prompt is tools, then system, then messages, block by block. A block with `cache_control` ends a prefix that
is cached; the longest prefix already cached is read, what follows up to the last such block is written, and
the rest is billed at full price. https://platform.claude.com/docs/en/build-with-claude/prompt-caching
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from typing import Any

from tests.standins.client import Answer, JsonObject
from tests.standins.exchange import Forward, Request, merged

LOOKBACK = 20  # blocks before a breakpoint in which an earlier prefix is looked for


class PromptCache:
    """A responder for the proxy in front of aimock. It replaces the input counts of successful answers.

    Tokens are `characters / characters_per_token`, rounded up for each block; a prefix shorter than `minimum`
    tokens is not cached. Nothing expires; `forget` empties the cache. Streamed answers are left alone.
    """

    def __init__(self, *, minimum: int = 512, characters_per_token: float = 4.0) -> None:
        self._minimum = minimum
        self._characters = characters_per_token
        self._known: set[str] = set()
        self._lock = threading.Lock()

    def forget(self) -> None:
        """All that was cached has expired."""
        with self._lock:
            self._known.clear()

    def __call__(self, request: Request, forward: Forward) -> Answer:
        if request.method != "POST" or request.path != "/v1/messages":
            return forward(request)
        answer = forward(request)
        if answer.status != 200:
            return answer
        return merged({"usage": self.usage(request.json())})(request, lambda _: answer)

    def usage(self, prompt: JsonObject) -> dict[str, int]:
        """The input counts of a prompt, which is cached by asking."""
        digest, total, last, read = hashlib.sha256(), 0, 0, 0
        prefixes: list[tuple[str, int, bool]] = []
        for text, breakpoint_ in _blocks(prompt):
            digest.update(text.encode() + b"\0")
            total += -int(-len(text) // self._characters)
            prefixes.append((digest.hexdigest(), total, breakpoint_ and total >= self._minimum))
        with self._lock:
            for at, (_, tokens, ends) in enumerate(prefixes):
                if not ends:
                    continue
                last = tokens
                near = prefixes[max(0, at - LOOKBACK + 1) : at + 1]
                read = max([read, *(size for key, size, _ in near if key in self._known)])
            self._known.update(key for key, _, ends in prefixes if ends)
        return {
            "input_tokens": total - max(last, read),
            "cache_read_input_tokens": read,
            "cache_creation_input_tokens": max(0, last - read),
        }


def _blocks(prompt: JsonObject) -> Iterator[tuple[str, bool]]:
    """Every block's text, and whether a cached prefix ends with it."""
    found = [_block("tool", each) for each in _listed(prompt.get("tools"))]
    found += [_block("system", each) for each in _listed(prompt.get("system"))]
    for message in prompt["messages"]:
        found += [_block(message["role"], each) for each in _listed(message["content"])]
    if prompt.get("cache_control") and found:  # on the top level: the last block
        found[-1] = (found[-1][0], True)
    yield from found


def _listed(content: Any) -> list[Any]:
    return content if isinstance(content, list) else [content] if content else []


def _block(where: str, block: Any) -> tuple[str, bool]:
    if isinstance(block, str):
        block = {"type": "text", "text": block}
    plain = {key: value for key, value in block.items() if key != "cache_control"}
    text = plain["text"] if set(plain) == {"type", "text"} else json.dumps(plain, sort_keys=True)
    return f"{where}:{text}", "cache_control" in block
