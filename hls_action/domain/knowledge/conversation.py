"""Choose what Claude reads of a thread: all of a short one, the most informative part of a long one.

ContextLimits are in characters; about four make a token of English text, about three one of code.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import accumulate

from hls_action.domain.events.relevance import MARKER_PREFIX
from hls_action.domain.knowledge.changes import Changes, ShownFile, describe_changes
from hls_action.domain.knowledge.reading import Read, read_markdown, total
from hls_action.domain.knowledge.sources import Source, source
from hls_action.domain.knowledge.surroundings import describe_facts
from hls_action.domain.text.characters import spell_out
from hls_action.domain.text.delimiters import enclosed
from hls_action.domain.text.excerpt import clip
from hls_action.domain.text.secrets import Redact, redact
from hls_action.domain.threads.facts import NO_FACTS, Facts
from hls_action.domain.threads.thread import Comment, Thread

MAX_TITLE = 400
MAX_TEXT = 12_000
MAX_COMMENTS = 24_000
MAX_DIFF = 48_000
MAX_PATCH = 12_000
MAX_FACTS = 16_000

NOTHING_ASKED: Mapping[int, str] = {}


@dataclass(frozen=True)
class Context:
    """The thread as Claude reads it, oldest text first so that follow-ups share a prefix.

    ``opening`` is what never changes about the thread, the title, the body and, for a pull request, its diff;
    ``comments`` one entry each; ``facts`` what may change at any time. ``since``: the commit that the diff begins at,
    if that is not where the pull request does. ``prose``: of all this, what people wrote in words: title, body and
    comments, without diff, facts and replies of ours. ``shown``: the lines that it shows. ``redacted``: how many
    secrets of each kind were taken out. ``replied``: which of ``comments`` is our newest reply; nothing but the prompt
    cache depends on it. ``sources``: every text of it, in this order: title and body as one, the patches, the comments,
    those among the facts.
    """

    opening: str
    comments: tuple[str, ...]
    facts: str = ""
    omitted_comments: int = 0
    omitted_files: int = 0
    since: str = ""
    prose: tuple[str, ...] = ()
    shown: tuple[ShownFile, ...] = ()
    redacted: Mapping[str, int] = field(default_factory=dict)
    replied: int | None = None
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True)
class ContextLimits:
    """How much of a thread is read, in characters: of a text, all comments, a diff, one file's patch, and the facts."""

    text: int = MAX_TEXT
    comments: int = MAX_COMMENTS
    diff: int = MAX_DIFF
    patch: int = MAX_PATCH
    facts: int = MAX_FACTS


FULL = ContextLimits()
SHORT = ContextLimits(text=3_000, comments=4_000, diff=8_000, patch=3_000, facts=3_000)
"""For when money is short."""


def build(
    thread: Thread,
    requests: Mapping[int, str] = NOTHING_ASKED,
    limits: ContextLimits = FULL,
    redact: Redact = redact,
    own: frozenset[str] = frozenset(),
    facts: Facts = NO_FACTS,
) -> Context:
    """Choose and clean what Claude gets to read of ``thread``.

    ``requests``: what is asked, by comment id. These comments are always in, and never cut before their request.
    ``redact``: takes the secrets out. ``own``: the logins whose markers are ours; ``facts``: what is known besides.
    """
    changes = describe_changes(thread.pull, limits.diff, limits.patch, redact) if thread.pull else Changes("")
    title, body = redact(spell_out(thread.title)), read_markdown(thread.body, redact)
    comments = newest_that_fit(thread.comments, frozenset(requests), limits)
    read = [_read_comment(comment, requests.get(comment.id, ""), limits, redact) for comment in comments]
    texts = [clip(each.text, limits.text) for each in read]
    ours = [each.author.login in own and each.body.lstrip().startswith(MARKER_PREFIX) for each in comments]
    shown = tuple(map(_enclosed, comments, texts, (each.hidden for each in read), ours))
    around = describe_facts(thread, facts, limits.facts, redact)
    by_people = (text for text, is_ours in zip(shown, ours, strict=True) if not is_ours)
    heading, opening = clip(title.text, MAX_TITLE), clip(body.text, limits.text)
    parts = [_about(thread), enclosed(heading, of="title"), _enclosed_body(thread, opening, body)]
    return Context(
        opening="\n".join([*parts, changes.text] if thread.pull else parts),
        comments=shown,
        facts=around.text,
        omitted_comments=max(thread.comment_total, len(thread.comments)) - len(comments),
        omitted_files=changes.omitted,
        since=thread.pull.since if thread.pull else "",
        prose=(heading, opening, *by_people),
        shown=changes.shown,
        replied=max((place for place, is_ours in enumerate(ours) if is_ours), default=None),
        sources=(
            Source("the pull request" if thread.pull else "the issue", f"{heading}\n\n{opening}", "opening"),
            *changes.sources,
            *(
                source(f"comment {each.id} by {each.author.login}", text, "reply" if is_ours else "comment")
                for each, text, is_ours in zip(comments, texts, ours, strict=True)
            ),
            *around.sources,
        ),
        redacted=total(
            [title.kinds, body.redacted, changes.redacted, *(each.redacted for each in read), around.redacted]
        ),
    )


def _about(thread: Thread) -> str:
    kind = "pull request" if thread.pull else "issue"
    return f'<about kind="{kind}" number="{thread.number}" opened="{thread.created_at:%Y-%m-%d}"/>'


def _enclosed_body(thread: Thread, text: str, body: Read) -> str:
    author = thread.author
    return enclosed(text or "(empty)", of="body", author=author.login, role=author.association, hidden=body.hidden)


def newest_that_fit(
    comments: tuple[Comment, ...], wanted: frozenset[int] = frozenset(), limits: ContextLimits = FULL
) -> tuple[Comment, ...]:
    """Those ``wanted`` by id, and of the rest the newest that fit in the limit for comments; oldest first.

    The oldest are left out a third of the limit at a time: were it one for every new comment, what follows would move
    each time, and nothing of it could be read from the prompt cache. At least the newest one stays.
    """
    sizes = [0 if comment.id in wanted else min(len(comment.body), limits.text) + 80 for comment in comments]
    ends = list(accumulate(sizes))
    surplus = ends[-1] - limits.comments if ends else 0
    if surplus <= 0:
        return comments
    last = bisect_left(ends, surplus)  # the last that has to go
    step = max(1, limits.comments // 3)
    border = ((ends[last] - sizes[last]) // step + 1) * step
    return tuple(
        comment
        for comment, size, end in zip(comments, sizes, ends, strict=True)
        if end - size >= border or comment.id in wanted or comment is comments[-1]
    )


def _read_comment(comment: Comment, request: str, limits: ContextLimits, redact: Redact) -> Read:
    """A comment; a long one is cut to what it asks, if anything."""
    read = read_markdown(comment.body, redact)
    if not request or len(read.text) <= limits.text:
        return read
    asked = redact(spell_out(request))
    return Read(f"[... cut to the request ...]\n{asked.text}", read.hidden, asked.kinds)


def _enclosed(comment: Comment, text: str, hidden: str, is_ours: bool) -> str:
    """A comment in its tags, with who wrote it and when; ``by`` is not for anybody else to say."""
    return enclosed(
        text,
        of="comment",
        by="HLS" if is_ours else "",
        id=str(comment.id),
        author=comment.author.login,
        role=comment.author.association,
        date=comment.created_at.strftime("%Y-%m-%d"),
        hidden=hidden,
    )
