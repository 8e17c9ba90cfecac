"""The recorded burst: 500 things that people and bots do on 60 threads within two minutes.

It is kept in burst.json, the same for every measurement; `python -m benchmarks.burst` writes that file anew.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import MISSING, dataclass, fields, replace
from pathlib import Path
from typing import Literal

FILE = Path(__file__).with_name("burst.json")
SEED = 20261123
SECONDS = 120.0

What = Literal[
    "issue",  # somebody opens an issue that deserves an answer
    "short",  # ... or one with too little to read
    "robot",  # a bot opens an issue
    "pull",  # somebody opens a pull request
    "ask",  # a comment that addresses HLS
    "chat",  # a comment that does not; some mention /hls in passing
    "bot",  # a bot comments; some address HLS
    "reword",  # an edit of a comment that changes what it asks
    "touch",  # an edit of a comment that does not
    "retouch",  # an edit of an issue that asks for nothing new
    "label",  # some label
    "trigger",  # the trigger label
    "again",  # an earlier event once more: delivered twice, or its run repeated
]
OPENINGS: dict[What, int] = {"issue": 46, "short": 4, "robot": 4, "pull": 6}
SCATTERED: dict[What, int] = {"ask": 106, "chat": 110, "bot": 50, "retouch": 10, "label": 15, "trigger": 10}
FLURRIES, FLURRY = 8, 8
"""So often somebody asks that many things one after the other."""
FOLLOWING: dict[What, int] = {"reword": 15, "touch": 15, "again": 45}
LOST = 6
"""How many events, each the last of its thread that matters, never start a run."""

SILENT: tuple[What, ...] = ("chat", "bot", "label")
"""What mostly starts no run."""

VERBS = ("export", "import", "search", "rename", "archive", "sign", "merge", "print", "sync", "encrypt")
THINGS = ("a page", "all notes of a year", "drafts", "tables", "attachments", "a notebook", "links", "old versions")
PLACES = ("on macOS", "with 2.4", "behind a proxy", "in a fresh clone", "without a network", "from a script")
CHAT = (
    "Same here, it started with the update.",
    "Thanks, that helped.",
    "I could not reproduce this with the current release.",
    "Did anybody ask /hls about this already?",
)
BOT = (
    "Coverage is 87.3 %, which is 0.1 % more than before.",
    "This issue has had no activity for a while.",
    "/hls please summarise this thread",
)


@dataclass(frozen=True)
class Happening:
    """One thing that happens. ``at``: seconds from the burst's beginning; ``thread``: counted from 0, in order.

    ``of``: the position in the burst of what is edited, or delivered again. ``lost``: no run ever starts for it.
    """

    at: float
    what: What
    thread: int
    text: str = ""
    of: int | None = None
    lost: bool = False


def recorded(events: int | None = None) -> tuple[Happening, ...]:
    """The burst in burst.json, or its first ``events``."""
    return tuple(Happening(**entry) for entry in json.loads(FILE.read_text())[:events])


def made() -> tuple[Happening, ...]:
    """The burst anew, from its seed."""
    return _Author(random.Random(SEED)).burst()


def text_of(burst: Sequence[Happening]) -> str:
    """The burst as JSON, one happening a line, without what is as usual."""
    usual = {field.name: field.default for field in fields(Happening) if field.default is not MISSING}
    lines = [
        json.dumps({name: value for name, value in vars(each).items() if name not in usual or value != usual[name]})
        for each in burst
    ]
    return "[\n" + ",\n".join(lines) + "\n]\n"


class _Author:
    """Invents a burst. ``_happened``: with the happening each one refers to, as positions are not known yet."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._happened: list[tuple[Happening, Happening | None]] = []
        self._openings: list[Happening] = []
        # A few threads get most of the attention.
        size = sum(OPENINGS.values())
        self._attention = [1 / (1 + rank) ** 0.7 for rank in chance.sample(range(size), size)]

    def burst(self) -> tuple[Happening, ...]:
        """All of it, in order."""
        self._open()
        for what, count in SCATTERED.items():
            for _ in range(count):
                self._scatter(what)
        for _ in range(FLURRIES):
            self._flurry()
        for what, count in FOLLOWING.items():
            for _ in range(count):
                self._follow(what)
        self._happened.sort(key=lambda pair: pair[0].at)
        place = {id(happening): position for position, (happening, _) in enumerate(self._happened)}
        burst = [replace(each, of=None if of is None else place[id(of)]) for each, of in self._happened]
        return self._with_losses(burst)

    def _open(self) -> None:
        kinds = [what for what, count in OPENINGS.items() for _ in range(count)]
        self._chance.shuffle(kinds)
        times = sorted(self._between(0, SECONDS * 0.7) for _ in kinds)
        for thread, (what, at) in enumerate(zip(kinds, times, strict=True)):
            self._openings.append(Happening(at, what, thread, self._report(what)))
        self._happened += [(opening, None) for opening in self._openings]

    def _scatter(self, what: What) -> None:
        opening = self._thread(what)
        words = {"ask": self._question(), "chat": self._chance.choice(CHAT), "bot": self._chance.choice(BOT)}
        happening = Happening(self._after(opening), what, opening.thread, words.get(what, ""))
        self._happened.append((happening, None))

    def _flurry(self) -> None:
        opening = self._thread("ask")
        start = self._between(opening.at, SECONDS - 3)
        for _ in range(FLURRY):
            at = self._between(start + 0.1, start + 2)
            self._happened.append((Happening(at, "ask", opening.thread, self._question()), None))

    def _follow(self, what: What) -> None:
        wanted = ("ask",) if what != "again" else ("issue", "pull", "ask", "ask", "reword", "chat", "bot")
        kind = self._chance.choice(wanted)
        earlier = self._chance.choice([each for each, _ in self._happened if each.what == kind])
        text = self._question() if what == "reword" else ""
        self._happened.append((Happening(self._after(earlier), what, earlier.thread, text), earlier))

    def _with_losses(self, burst: list[Happening]) -> tuple[Happening, ...]:
        """Lost are the last events of some threads, so that no later run of the thread makes up for it."""
        last = {each.thread: position for position, each in enumerate(burst) if each.what not in SILENT}
        able = [position for position in last.values() if burst[position].what in ("issue", "ask", "reword")]
        for position in self._chance.sample(able, LOST):
            burst[position] = replace(burst[position], lost=True)
        return tuple(burst)

    def _thread(self, what: What) -> Happening:
        """Where it happens. Labels are for issues, and the trigger label is set once."""
        if what in ("ask", "chat", "bot"):
            return self._chance.choices(self._openings, self._attention)[0]
        used = {each.thread for each, _ in self._happened if each.what == what}
        wanted = ("issue",) if what == "retouch" else ("issue", "short", "robot")
        return self._chance.choice([each for each in self._openings if each.what in wanted and each.thread not in used])

    def _after(self, earlier: Happening) -> float:
        return self._between(earlier.at + 0.1, SECONDS)

    def _between(self, low: float, high: float) -> float:
        """To the millisecond, and never twice the same, so that the order is certain."""
        at = round(self._chance.uniform(low, max(low, high)), 3)
        taken = {each.at for each, _ in self._happened}
        while at in taken:
            at = round(at + 0.001, 3)
        return at

    def _question(self) -> str:
        verb, thing, place = (self._chance.choice(words) for words in (VERBS, THINGS, PLACES))
        return f"how do I {verb} {thing} {place}? (question {self._chance.randrange(10_000)})"

    def _report(self, what: What) -> str:
        verb, thing, place = (self._chance.choice(words) for words in (VERBS, THINGS, PLACES))
        if what == "short":
            return f"Cannot {verb}."
        return (
            f"When I {verb} {thing} {place}, `notes {verb}` ends in a traceback. The release before did what the "
            "manual says. I expected it to work, or to tell me what is missing. Versions: notes 2.4.1, Python 3.12."
        )


if __name__ == "__main__":
    FILE.write_text(text_of(made()))
