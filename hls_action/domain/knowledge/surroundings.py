"""The facts of a thread as Claude reads them: they follow its comments, for they change while those stay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from hls_action.domain.knowledge.reading import Read, read_markdown, total
from hls_action.domain.knowledge.sources import Source, source
from hls_action.domain.text.characters import spell_out
from hls_action.domain.text.delimiters import attribute, enclosed
from hls_action.domain.text.excerpt import clip
from hls_action.domain.text.secrets import Redact
from hls_action.domain.threads.facts import Check, Facts, LineComment, Linked, Review
from hls_action.domain.threads.thread import Thread

MAX_LINKED = 5
MAX_TITLE = 200
MAX_BODY = 600
"""Characters of a linked thread's body, and of a review."""
MAX_REVIEWS = 15
MAX_LINE_COMMENTS = 20
MAX_LINE_COMMENT = 300
MAX_COMMITS = 20
MAX_CHECKS = 20
MAX_NAME = 100
"""Characters of a check's name, or of a commit's first line."""


@dataclass(frozen=True)
class Surroundings:
    """``text``: the facts as shown; ``sources``: each of the texts in it; ``redacted``: secrets taken out, by kind."""

    text: str
    sources: tuple[Source, ...] = ()
    redacted: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Block:
    source: Source
    text: str
    redacted: Mapping[str, int]


def describe_facts(thread: Thread, facts: Facts, room: int, redact: Redact) -> Surroundings:
    """The facts within ``room`` characters, the most telling first: links, checks, reviews, comments, commits."""
    shown, left_out = list[_Block](), 0
    for block in _blocks(facts, redact):
        if left_out or len(block.text) > room:
            left_out += 1
            continue
        shown.append(block)
        room -= len(block.text) + 1
    notes = [f"[... {left_out} more texts left out ...]"] if left_out else []
    opening, inside = _opening(thread), [*(block.text for block in shown), *notes]
    text = "\n".join([f"{opening}>", *inside, "</facts>"]) if inside else f"{opening}/>"
    return Surroundings(text, tuple(block.source for block in shown), total(block.redacted for block in shown))


def _opening(thread: Thread) -> str:
    values = {
        "state": "draft" if thread.pull and thread.pull.draft else thread.state,
        "updated": thread.updated_at.strftime("%Y-%m-%d"),
        "labels": ", ".join(thread.labels),
        "milestone": thread.milestone,
    }
    return "<facts" + "".join(f' {name}="{attribute(value)}"' for name, value in values.items() if value)


def _blocks(facts: Facts, redact: Redact) -> Iterator[_Block]:
    history, kinds = facts.history, {relation.number: relation.kind for relation in facts.relations}
    for linked in facts.linked[:MAX_LINKED]:
        yield _linked(linked, kinds.get(linked.number, "relates").replace("_", " "), redact)
    checks = sorted(history.checks, key=lambda check: (not check.failed, check.name, check.conclusion))
    yield from _lines("checks", "the checks", [_check(each) for each in checks[:MAX_CHECKS]], len(checks), redact)
    for review in history.reviews[-MAX_REVIEWS:]:
        yield _review(review, redact)
    for comment in sorted(history.line_comments[-MAX_LINE_COMMENTS:], key=lambda each: each.resolved is True):
        yield _line_comment(comment, redact)
    commits = [clip(each, MAX_NAME) for each in history.commits[-MAX_COMMITS:]]
    yield from _lines("commits", "the commit messages", commits, len(commits), redact)


def _linked(linked: Linked, relation: str, redact: Redact) -> _Block:
    kind = "pull request" if linked.is_pull else "issue"
    title, body = redact(spell_out(linked.title)), read_markdown(linked.body, redact)
    text = f"{clip(' '.join(title.text.split()), MAX_TITLE)}\n\n{clip(body.text, MAX_BODY) or '(empty)'}"
    known = {"number": str(linked.number), "relation": relation, "state": linked.state}
    author = {"author": linked.author.login, "role": linked.author.association}
    block = enclosed(text, of=kind, **known, **author, hidden=body.hidden)
    return _Block(source(f"{kind} #{linked.number}", text, "issue"), block, total((title.kinds, body.redacted)))


def _review(review: Review, redact: Redact) -> _Block:
    read = read_markdown(review.body, redact)
    author = {"author": review.author.login, "role": review.author.association}
    return _written(f"review by {review.author.login}", read, MAX_BODY, of="review", **author, state=review.state)


def _line_comment(comment: LineComment, redact: Redact) -> _Block:
    place = comment.path if comment.line is None else f"{comment.path}:{comment.line}"
    author = {"author": comment.author.login, "role": comment.author.association}
    state = {True: "resolved", False: "unresolved", None: ""}[comment.resolved]
    read = read_markdown(comment.body, redact)
    name = f"comment on {place} by {comment.author.login}"
    return _written(name, read, MAX_LINE_COMMENT, of="line comment", at=place, **author, state=state)


def _written(name: str, read: Read, limit: int, **attributes: str) -> _Block:
    text = clip(read.text, limit) or "(empty)"
    return _Block(source(name, text), enclosed(text, **attributes, hidden=read.hidden), read.redacted)


def _check(check: Check) -> str:
    return f"{check.conclusion}: {clip(check.name, MAX_NAME)}"


def _lines(kind: str, name: str, lines: list[str], count: int, redact: Redact) -> Iterator[_Block]:
    """A list as one text; each of its entries is on one line."""
    if not lines:
        return
    read = redact("\n".join(spell_out(" ".join(line.split())) for line in lines))
    more = f"[... {count - len(lines)} more ...]" if count > len(lines) else ""
    text = "\n".join(filter(None, (read.text, more)))
    yield _Block(source(name, text), enclosed(text, of=kind), read.kinds)
