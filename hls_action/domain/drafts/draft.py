"""An answer that is priced and checked, and not posted yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from hashlib import sha256

from hls_action.domain.budget.prices import Usage
from hls_action.domain.drafts.small_print import NO_FILES, FilesBehind
from hls_action.domain.identity import GitHubId, ThreadId
from hls_action.domain.knowledge.grounding import NOTHING, Grounds
from hls_action.domain.tasks.effects import AddLabels, Effect, PostComment, carrier
from hls_action.domain.tasks.marks import Marks
from hls_action.domain.threads.items import marker, marker_keys


@dataclass(frozen=True)
class Draft:
    """A priced, validated answer, written ahead of its posting.

    ``keys``: of the items it answers, which the marker will name. ``effects``: in the order in which they are done.
    ``fields``: what the answer says besides its text, as JSON has it. ``cost_usd``: of all calls that led to it, where
    ``usage`` is the last one's. ``synthetic``: no model wrote it. ``grounds``: what of it Claude was given;
    ``prompt``: which version of the prompts it answers. ``marks``: what its effects mark the thread with; ``written``:
    when that was decided; ``files``: what was read for it. ``proposes``: issues that it is the first to name.
    ``waits``: it asks the author something, whose answer needs no mention; ``eyes``: there may be eyes of ours under
    what it answers.
    Errors: ``ValueError``, unless one effect, and no other, carries the marker, and for keys that no marker can name.
    """

    keys: tuple[str, ...]
    effects: tuple[Effect, ...]
    fields: Mapping[str, object]
    model: str
    usage: Usage
    cost_usd: Decimal
    synthetic: bool = False
    grounds: Grounds = NOTHING
    prompt: str = ""
    marks: Marks = field(default_factory=dict)
    written: datetime | None = None
    files: FilesBehind = NO_FILES
    proposes: tuple[GitHubId, ...] = ()
    waits: bool = False
    eyes: bool = False

    def __post_init__(self) -> None:
        carrier(self.effects)
        if not self.keys or marker_keys(marker(self.keys)) != self.keys:
            raise ValueError(f"no marker can name the keys {self.keys!r}")

    @property
    def comment(self) -> PostComment:
        """The effect that carries the marker."""
        return carrier(self.effects)

    @property
    def before_comment(self) -> tuple[Effect, ...]:
        """What is done before the comment."""
        return self.effects[: self.effects.index(self.comment)]

    @property
    def after_comment(self) -> tuple[Effect, ...]:
        """What is done once the comment stands."""
        return self.effects[self.effects.index(self.comment) + 1 :]

    @property
    def labels(self) -> tuple[str, ...]:
        """All labels to add."""
        return tuple(name for effect in self.effects if isinstance(effect, AddLabels) for name in effect.names)

    @property
    def findings(self) -> int | None:
        """How many problems it names in a change; None when it does not say."""
        found = self.fields.get("findings")
        return len(found) if isinstance(found, list) else None


def draft_id(repository: str, thread: ThreadId, keys: Iterable[str]) -> str:
    """Two drafts for the same items cannot be at the same time, so their thread and their keys name them."""
    return sha256("\n".join([f"{repository}#{thread}", *sorted(keys)]).encode()).hexdigest()[:16]
