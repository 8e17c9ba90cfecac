"""Which part of a thread Claude gets to read: all of a short one, the telling part of a long one.

Limits are in characters; about four make a token of English text, about three one of code.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate

from hls_action.domain.relevance import MARKER_PREFIX
from hls_action.domain.sanitise import disarm_delimiters, incoming, incoming_code
from hls_action.domain.thread import ChangedFile, Comment, Pull, Thread

MAX_TITLE = 400
MAX_TEXT = 12_000
MAX_COMMENTS = 24_000
MAX_DIFF = 48_000
MAX_PATCH = 12_000
MAX_LISTED_FILES = 200

NOTHING_ASKED: Mapping[int, str] = {}

TAGS = ("task", "thread", "title", "body", "comment", "diff", "file", "files")
"""The tags that set untrusted text apart; the text itself can neither open nor close them."""

_GENERATED = re.compile(
    r"(^|/)(vendor|third_party|node_modules|dist|build|generated|__snapshots__|\.yarn)/"
    r"|\.(min\.(js|css)|lock|snap|map|svg|pb\.go|g\.dart|designer\.cs)$"
    r"|_pb2(_grpc)?\.pyi?$|[._-]generated\.|(^|/)(package-lock\.json|pnpm-lock\.yaml|npm-shrinkwrap\.json|go\.sum)$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Context:
    """The thread as Claude reads it, oldest text first so that follow-ups share a prefix.

    ``opening`` is the title, the body and, for a pull request, its diff; ``comments`` one entry each. ``since``: the
    commit that the diff begins at, if that is not where the pull request does. ``prose``: of all this, what people
    wrote in words: title, body and comments, without diff and replies of ours.
    """

    opening: str
    comments: tuple[str, ...]
    omitted_comments: int = 0
    omitted_files: int = 0
    since: str = ""
    prose: tuple[str, ...] = ()


@dataclass(frozen=True)
class Limits:
    """How much of a thread is read, in characters: of a text, of all comments, of a diff, of one file's patch."""

    text: int = MAX_TEXT
    comments: int = MAX_COMMENTS
    diff: int = MAX_DIFF
    patch: int = MAX_PATCH


FULL = Limits()
SHORT = Limits(text=3_000, comments=4_000, diff=8_000, patch=3_000)
"""For when money is short."""


def build(thread: Thread, requests: Mapping[int, str] = NOTHING_ASKED, limits: Limits = FULL) -> Context:
    """Choose and clean what Claude gets to read of ``thread``.

    ``requests``: what is asked, by comment id. These comments are always in, and never cut before their request.
    """
    title, body = untrusted_code(thread.title, MAX_TITLE), untrusted(thread.body, limits.text)
    parts = [
        f"<title>{title}</title>",
        f'<body author="{_name(thread.author.login)}" role="{_name(thread.author.association)}">',
        body or "(empty)",
        "</body>",
    ]
    omitted_files = 0
    if thread.pull is not None:
        diff, omitted_files = describe_changes(thread.pull, limits)
        parts.append(diff)
    comments = newest_that_fit(thread.comments, frozenset(requests), limits)
    shown = tuple(describe_comment(comment, requests.get(comment.id, ""), limits) for comment in comments)
    ours = (comment.body.lstrip().startswith(MARKER_PREFIX) for comment in comments)
    by_people = (text for text, is_ours in zip(shown, ours, strict=True) if not is_ours)
    return Context(
        opening="\n".join(parts),
        comments=shown,
        omitted_comments=max(thread.comment_total, len(thread.comments)) - len(comments),
        omitted_files=omitted_files,
        since=thread.pull.since if thread.pull else "",
        prose=(title, body, *by_people),
    )


def untrusted(text: str, limit: int) -> str:
    """Prose by a stranger: cleaned, unable to break out of its tags, at most about ``limit`` characters."""
    return disarm_delimiters(clip(incoming(text), limit), TAGS)


def untrusted_code(text: str, limit: int) -> str:
    """Code by a stranger, likewise, with nothing hidden."""
    return disarm_delimiters(clip(incoming_code(text), limit), TAGS)


def clip(text: str, limit: int) -> str:
    """``text``, or where longer than ``limit`` its first two and last one third: errors often stand at the end."""
    if len(text) <= limit:
        return text
    head, tail = limit * 2 // 3, limit // 3
    return f"{text[:head]}\n[... {len(text) - head - tail} characters cut ...]\n{text[-tail:]}"


def newest_that_fit(
    comments: tuple[Comment, ...], wanted: frozenset[int] = frozenset(), limits: Limits = FULL
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


def describe_comment(comment: Comment, request: str = "", limits: Limits = FULL) -> str:
    """One comment in its tag, with who wrote it and when. A long one is cut to what it asks, if anything."""
    when = comment.created_at.strftime("%Y-%m-%d")
    text = comment.body
    if request and len(text) > limits.text:
        text = f"[... cut to the request ...]\n{request}"
    return (
        f'<comment id="{comment.id}" author="{_name(comment.author.login)}" '
        f'role="{_name(comment.author.association)}" date="{when}">\n{untrusted(text, limits.text)}\n</comment>'
    )


def describe_changes(pull: Pull, limits: Limits = FULL) -> tuple[str, int]:
    """A pull request's files and patches within the limit for diffs, and how many files are shown by name only.

    What people wrote comes first, generated and vendored files last, small patches before large ones.
    """
    ranked = sorted(pull.files, key=lambda file: (is_generated(file.path), len(file.patch or ""), file.path))
    shown: list[str] = []
    named: list[ChangedFile] = []
    room = limits.diff
    for file in ranked:
        patch = untrusted_code(file.patch, limits.patch) if file.patch else ""
        if not patch or len(patch) > room:
            named.append(file)
            continue
        room -= len(patch)
        shown.append(f'<file path="{_name(file.path)}" status="{_name(file.status)}">\n{patch}\n</file>')
    total = max(pull.file_total, len(pull.files))
    base = f'since="{_name(pull.since[:12])}"' if pull.since else f'base="{_name(pull.base_ref)}"'
    lines = [f'<diff {base} files="{total}">', *shown]
    if named:
        lines.append("<files>Changed, patch not shown:")
        lines.extend(
            f"{_name(f.path)} (+{f.additions} -{f.deletions}, {_name(f.status)})" for f in named[:MAX_LISTED_FILES]
        )
        lines.append("</files>")
    unnamed = total - len(shown) - min(len(named), MAX_LISTED_FILES)
    if unnamed > 0:
        lines.append(f"[... {unnamed} more files not listed ...]")
    return "\n".join([*lines, "</diff>"]), total - len(shown)


def is_generated(path: str) -> bool:
    """Whether a file was made by a machine or copied in from elsewhere, to judge by its path."""
    return bool(_GENERATED.search(path))


def _name(text: str) -> str:
    """A name inside a tag's attribute: one line, no quotes, no brackets."""
    return "".join(c for c in incoming(text) if c not in '"<>\n')[:300]
