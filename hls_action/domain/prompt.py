"""The request to Claude, from stable to volatile, so that what repeats can be read from the prompt cache."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from string import Template

from hls_action.domain.context import Context
from hls_action.domain.items import Item
from hls_action.domain.text.excerpt import clip
from hls_action.domain.thread import Label

MAX_LABELS = 100
MAX_LABEL_DESCRIPTION = 100


@dataclass(frozen=True)
class Block:
    """A piece of text. ``cache``: everything up to here repeats, so a cache breakpoint pays."""

    text: str
    cache: bool = False


@dataclass(frozen=True)
class Prompt:
    """What is sent: ``system`` blocks are ours, ``user`` blocks hold the thread and end with the task."""

    system: tuple[Block, ...]
    user: tuple[Block, ...]

    @property
    def size(self) -> int:
        """Characters, without what the API adds."""
        return sum(len(block.text) for block in (*self.system, *self.user))

    @property
    def size_in_bytes(self) -> int:
        """Bytes of UTF-8, which no byte-level tokenizer turns into more tokens."""
        return sum(len(block.text.encode()) for block in (*self.system, *self.user))


@dataclass(frozen=True)
class Templates:
    """The prompt files of ``data/prompts``, as text."""

    system: str
    repository: str
    task: str
    precheck: str = ""


def compose(
    templates: Templates, repository: str, labels: Sequence[Label], context: Context, items: Sequence[Item]
) -> Prompt:
    """Put the request together. ``labels``: those that may be set, empty when none may.

    Each comment is a block of its own, so that a follow-up shares every block before the new comment with the request
    before it, and reads them from the cache. What differs between them, the labels included, stands in the task.
    """
    about = Template(templates.repository).substitute(repository=repository)
    task = Template(templates.task).substitute(
        labels=describe_labels(labels), items="\n".join(f"- {describe_item(item, context.since)}" for item in items)
    )
    comments = [Block(comment) for comment in context.comments]
    if comments:
        comments[-1] = replace(comments[-1], cache=True)
    left_out = f"[... {context.omitted_comments} earlier comments left out ...]\n" if context.omitted_comments else ""
    return Prompt(
        system=(Block(templates.system), Block(about, cache=True)),
        user=(
            Block(f"<thread>\n{context.opening}", cache=True),
            *comments,
            Block(f"{left_out}</thread>\n\n{task}"),
        ),
    )


def describe_labels(labels: Sequence[Label]) -> str:
    """The labels that may be set, by name, with what they mean; sorted, so that the text is the same every time.

    Of very many, those with the shortest names are shown: ``bug`` before ``area/parser/unicode``.
    """
    if not labels:
        return " none"
    lines = [""]
    shown = sorted(labels, key=lambda label: (len(label.name), label.name.lower()))[:MAX_LABELS]
    for label in sorted(shown, key=lambda label: label.name.lower()):
        meaning = clip(" ".join(label.description.split()), MAX_LABEL_DESCRIPTION)
        lines.append(f"- {label.name}: {meaning}" if meaning else f"- {label.name}")
    return "\n".join(lines)


def describe_item(item: Item, since: str = "") -> str:
    """An item in the words of the task. ``since``: the commit that an earlier review of the pull request is about."""
    match item.kind:
        case "issue":
            return "the issue itself (its title and body)"
        case "label":
            return "the issue itself: a maintainer asked for an answer by setting a label"
        case "pull":
            if not since:
                return f"the pull request at commit {item.id[:12]}: review the change"
            return (
                f"the pull request at commit {item.id[:12]}: a comment of yours in this thread reviews it at commit "
                f"{since[:12]}, and the diff shows only what changed since; review that, and say what it settles"
            )
        case "comment":
            return f"the comment with id {item.id}"
