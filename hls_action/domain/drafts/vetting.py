"""What of a stored answer may be done: whoever may push may have written it.

The state branch is trusted for bookkeeping, and for nothing that people get to see. So an answer from there is held
against the thread as it is: see `docs/adr/032-nothing-planted.md`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from hls_action.domain.drafts.draft import Draft
from hls_action.domain.drafts.fixed_texts import COMMAND_TEXTS, SENSITIVE
from hls_action.domain.json_values import is_name
from hls_action.domain.knowledge.references import NUMBERS
from hls_action.domain.tasks import follow_up
from hls_action.domain.tasks.checks import MAX_LABELS_SET
from hls_action.domain.tasks.effects import (
    AddLabels,
    Effect,
    FoldComments,
    PostComment,
    RemoveLabels,
    SetType,
    merged,
)
from hls_action.domain.tasks.marks import Marked, Marks, TriageRules
from hls_action.domain.text.blank import is_blank
from hls_action.domain.threads.items import marked_keys
from hls_action.domain.threads.keys import stem
from hls_action.domain.threads.thread import Comment, Thread

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


@dataclass(frozen=True)
class DraftContext:
    """The thread that an answer is stored for, as it was just read. ``replies_by_key``: which reply of ours names each
    key, as `claims.Situation` has it; ``recorded``: the keys on record. ``rules``: what fields of an
    answer mark a thread with; ``made``: what HLS did mark this one with; ``base``: the default branch's commit, if it
    is known.
    """

    thread: Thread
    replies_by_key: Mapping[str, Comment]
    recorded: Collection[str]
    rules: TriageRules = field(default_factory=TriageRules)
    made: Marks = field(default_factory=dict)
    base: str = ""

    @property
    def commits(self) -> frozenset[str]:
        """Those that a permalink may lead to: by a commit's id, GitHub shows what is in a fork as if it were here."""
        head = self.thread.pull.head_sha if self.thread.pull else ""
        return frozenset(filter(None, (head, self.base)))

    @property
    def ours(self) -> tuple[Comment, ...]:
        """Our replies: comments by our account that have a marker."""
        logins = {reply.author.login for reply in self.replies_by_key.values()}
        return tuple(c for c in self.thread.comments if c.author.login in logins and marked_keys(c.body))

    def is_absent(self, comment: int) -> bool:
        """Whether a comment is not in this thread, as far as one can see."""
        return all(each.id != comment for each in self.thread.comments)


def rejection(draft: Draft, place: DraftContext, *, posted: bool = True) -> str:
    """Why a stored answer must not be posted, in words; ``""`` when it may be, once it is `restricted`. ``posted``: it
    is to be, and so needs a text.
    """
    strange = [key for key in draft.keys if not _belongs(key, place)]
    if strange:
        return f"it names keys that are not items of this thread ({', '.join(strange)[:100]})"
    ours, replaces = place.ours, draft.comment.replaces
    if replaces is not None and not place.is_absent(replaces) and all(each.id != replaces for each in ours):
        return f"it would replace comment {replaces}, which is not one of our replies"
    others = {c.node_id for c in place.thread.comments} - {c.node_id for c in ours}
    if any(node in others for node in _folds(draft.effects)):
        return "it would fold a comment that is not one of our replies"
    if draft.comment.fixed not in ("", SENSITIVE, *COMMAND_TEXTS):
        return "it names a text that is not for replies"
    if posted and is_blank(draft.comment.text) and not draft.comment.fixed:
        return "it renders as nothing"
    if not is_name(draft.model):
        return "its model name is not valid"
    if not _may_be_duplicate(draft.fields.get("duplicate"), place.thread):
        return "its possible duplicate is not an issue number"
    return ""


def restricted(draft: Draft, place: DraftContext, settable: Iterable[str]) -> Draft:
    """The same, with the labels among its own that may be set, with folds of our replies alone, and as a comment of its
    own where the one that it would replace is not in the thread: GitHub would change it wherever it is. Permalinks are
    left to the present head alone. What marks the thread, and the label by which HLS waits, are made anew, from the
    rules, the fields and the thread: of what is stored, the names of the groups count.
    """
    marked = Marked(place.rules, place.thread, place.made)
    allowed, nodes = {name.lower() for name in settable}, {c.node_id for c in place.ours if c.node_id}
    effects = [_limited(effect, place, allowed - place.rules.all_labels, nodes) for effect in draft.effects]
    untouched = draft.written is not None and place.thread.updated_at <= draft.written
    due = marked.unfinished(draft.marks, draft.fields, untouched=untouched)
    kept = (effect for effect in effects if effect not in (AddLabels(()), FoldComments(())))
    waits = draft.waits and follow_up.may_ask(place.thread, place.replies_by_key, draft.fields, draft.comment.replaces)
    return replace(
        draft,
        effects=merged((*kept, *marked.effects(due), *follow_up.effects(place.thread, draft.keys, waits=waits))),
        waits=waits,
        marks=marked.valid(draft.marks, draft.fields),
        grounds=draft.grounds.limited_to(place.commits),
    )


def _limited(effect: Effect, place: DraftContext, allowed: Collection[str], nodes: Collection[str]) -> Effect:
    """What may be done of it by itself: of marks nothing."""
    match effect:
        case AddLabels(names):
            return AddLabels(tuple(name for name in names if name.lower() in allowed)[:MAX_LABELS_SET])
        case RemoveLabels() | SetType():
            return AddLabels(())
        case FoldComments(comments):
            return FoldComments(tuple(node for node in comments if node in nodes))
        case PostComment(_, int(replaces)) if place.is_absent(replaces):
            return replace(effect, replaces=None)
        case _:
            return effect


def _belongs(key: str, place: DraftContext) -> bool:
    kind, _, identifier = stem(key).partition("/")
    match kind:
        case "issue":
            return not place.thread.is_pull and identifier == str(place.thread.number)
        case "pull":
            return place.thread.is_pull and _COMMIT.fullmatch(identifier) is not None
        case "label":
            return not place.thread.is_pull
        case "comment":  # one that is on record may have been deleted
            there = any(str(comment.id) == identifier for comment in place.thread.comments)
            return there or any(stem(recorded) == stem(key) for recorded in place.recorded)
        case _:
            return False


def _folds(effects: Iterable[Effect]) -> Iterable[str]:
    return (node for effect in effects if isinstance(effect, FoldComments) for node in effect.comments)


def _may_be_duplicate(number: object, thread: Thread) -> bool:
    if number is None:
        return True
    return type(number) is int and number in NUMBERS and number != thread.number
