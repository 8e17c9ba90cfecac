"""Somebody who may push and writes into the state branch what HLS would not: answers that wait, and mere damage."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.simulation.github import OURS

if TYPE_CHECKING:
    from tests.simulation.world import World

EVERY = 8.0
"""Seconds between looks for something to spoil, on average."""
LASTS = 1_200.0
"""Seconds until a maintainer restores what was damaged."""
ACTS = "\n\n@octocat fixes #1 <img src=x>\n\n/label bug"
DAMAGE = ("", "{", "[]", '{"schema": 2}', '{"schema": 2, "threads": {"a": 1}}', "[" * 100_000)
Data = dict[str, Any]


@dataclass
class Tampering:
    """One such person. ``planted``: how many answers were changed, by how; ``damaged``: how many documents were."""

    world: World
    planted: dict[str, int] = field(default_factory=dict)
    damaged: int = 0
    _restored_at: float = 0.0
    _touched: set[str] = field(default_factory=set)

    def plan(self, until: float) -> None:
        """Do it now and then."""
        when = 0.0
        while when < until:
            when += self.world.random.expovariate(1 / EVERY)
            self.world.scheduler.at(when, self._act)

    def _act(self) -> None:
        documents = self.world.state.documents
        now, ends = self.world.scheduler.now, self.world.storm_ends
        if now < self._restored_at or now > ends:
            return
        drafts = [(path, name) for path, data in self._shards() for name in data["drafts"]]
        drafts = [(path, name) for path, name in drafts if name not in self._touched]  # one change hides another
        if drafts:
            self._plant(*self.world.random.choice(drafts))
        elif documents and now + LASTS < ends and self.world.random.random() < 0.02:
            self._damage(self.world.random.choice(sorted(path for path in documents if path.endswith(".json"))))

    def _shards(self) -> Iterator[tuple[str, Data]]:
        for path, text in sorted(self.world.state.documents.items()):
            if path.startswith("items/") and text.startswith('{"drafts"'):
                yield path, json.loads(text)

    def _plant(self, path: str, name: str) -> None:
        how = self.world.random.choice(("text", "labels", "replaces", "fold", "keys"))
        data: Data = json.loads(self.world.state.documents[path])
        draft = data["drafts"][name]
        number = next(
            int(thread.partition("#")[2])
            for thread, items in data["threads"].items()
            if any(entry.get("draft") == name for entry in items.values())
        )
        if not self._change(draft, how, number):
            return
        self._touched.add(name)
        self.planted[how] = self.planted.get(how, 0) + 1
        self.world.note("SOMEBODY", "plants %s in the answer to %s", how, draft["keys"])
        self.world.state.swap(self.world.state.version, {path: json.dumps(data, sort_keys=True, ensure_ascii=False)})
        self.world.oracle.planted(number, name, draft)

    def _change(self, draft: Data, how: str, number: int) -> bool:
        """Whether there was anything to change."""
        comment = next(effect for effect in draft["effects"] if effect["kind"] == "comment")
        theirs = [
            (thread, each)
            for thread in self.world.repository.numbers
            for each in self.world.repository.latest(thread).comments
            if each.author != OURS
        ]
        match how:
            case "text" if ACTS not in comment["text"]:
                comment["text"] += ACTS
            case "labels":
                draft["effects"].insert(0, {"kind": "labels", "names": ["hls", "hls-ignore", "made-up"]})
            case "replaces" if theirs:
                comment["replaces"] = self.world.random.choice(theirs)[1].id
            case "fold" if theirs:
                draft["effects"].append({"kind": "fold", "comments": [self.world.random.choice(theirs)[1].node_id]})
            case "keys":
                draft["keys"].append(f"issue/{number + 1}")
            case _:
                return False
        return True

    def _damage(self, path: str) -> None:
        """Spoil a document; a maintainer restores it, and the state as it was then, after a while."""
        state = self.world.state
        before, spoilt = dict(state.documents), self.world.random.choice(DAMAGE)
        self.damaged += 1
        self.world.note("SOMEBODY", "damages %s", path)
        state.swap(state.version, {path: spoilt})
        left = dict(state.documents)
        self._restored_at = self.world.scheduler.now + LASTS
        self.world.scheduler.after(LASTS, partial(self._restore, path, before, left))

    def _restore(self, path: str, before: dict[str, str], left: dict[str, str]) -> None:
        state = self.world.state
        if state.documents != left:
            self.world.oracle.breaks("nothing planted: something was written over %s, which was damaged", path)
            return
        self.world.note("SOMEBODY", "restores %s", path)
        state.swap(state.version, {path: before[path]})
