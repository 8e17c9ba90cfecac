"""The request to Claude, from stable to volatile, so that what repeats can be read from the prompt cache."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from string import Template

from hls_action.domain.knowledge.code.passages import NO_CODE, Code
from hls_action.domain.knowledge.conversation import Context
from hls_action.domain.knowledge.guidance import NO_GUIDANCE, Guidance
from hls_action.domain.knowledge.labelling import LabelList
from hls_action.domain.knowledge.references import Referable, listed
from hls_action.domain.tasks.table import TASKS, describe
from hls_action.domain.threads.items import Item


@dataclass(frozen=True)
class Text:
    """A piece of text. ``cache``: everything up to here repeats, so a cache breakpoint pays."""

    text: str
    cache: bool = False

    @property
    def bound(self) -> int:
        """Tokens that it can take at most: its bytes of UTF-8, of which no byte-level tokenizer makes more tokens."""
        return len(self.text.encode())


Block = Text
"""What a prompt is made of. Each kind knows its own ``bound``, in tokens, by what it holds: nobody states it, so that
nobody can state too little. A kind that is added here is asked for by mypy wherever blocks are told apart."""


@dataclass(frozen=True)
class Prompt:
    """What is sent: ``system`` blocks are ours, ``user`` blocks hold the thread and end with the task."""

    system: tuple[Block, ...]
    user: tuple[Block, ...]

    @property
    def size(self) -> int:
        """Characters of text, without what the API adds."""
        return sum(len(block.text) for block in (*self.system, *self.user))

    @property
    def bound(self) -> int:
        """Tokens that it can take at most, without what the API adds."""
        return sum(block.bound for block in (*self.system, *self.user))


@dataclass(frozen=True)
class Templates:
    """The prompt files of ``data/prompts``, as text. ``parts``: what goes into ``system``, by name: what a good reply
    does, for every task there is, so that all requests begin alike, and how it reads. A repository may have its own.
    """

    system: str
    repository: str
    task: str
    parts: Mapping[str, str]
    look: str = ""

    def whole_system(self, own: Mapping[str, str]) -> str:
        """The system prompt, with ``own`` parts in place of ours."""
        parts = {name: text.strip() for name, text in {**self.parts, **own}.items()}
        tasks = "\n\n".join(parts[task.name] for task in TASKS)
        return Template(self.system).substitute(tasks=tasks, style=parts["style"])


def version(templates: Templates, schema: Mapping[str, object]) -> str:
    """A short name of what every request has in common: it is another one once a prompt or the schema changes."""
    parts = json.dumps([templates.system, dict(templates.parts), templates.repository, templates.task, schema])
    return sha256(parts.encode()).hexdigest()[:12]


def compose(
    templates: Templates,
    repository: str,
    label_list: LabelList,
    context: Context,
    items: Sequence[Item],
    referable: Referable,
    guidance: Guidance = NO_GUIDANCE,
    instructions: Sequence[str] = (),
    code: Code = NO_CODE,
    related: str = "",
    hint: Sequence[int] = (),
) -> Prompt:
    """Put the request together. ``label_list``: the labels that may be set; ``referable``: what the answer may refer
    to; ``guidance``: what the maintainers committed; ``instructions``: what they want done with these items; ``code``:
    what was looked up for the thread, and so comes after it, as do the ``related`` issues; ``hint``: numbers of the
    labels that these have.

    Each comment is a block of its own, so that a follow-up shares every block before the new comment with the request
    before it, and reads them from the cache. What differs between them, the labels included, stands in the task.

    A breakpoint finds what was cached at most 20 blocks before it, and a request has four of them. The request before
    ended just before our newest reply: there is the last one, whatever was written since.
    https://platform.claude.com/docs/en/build-with-claude/prompt-caching
    """
    about = Template(templates.repository).substitute(repository=repository)
    wanted = "".join(f"- {text}\n" for text in instructions)
    task = Template(templates.task).substitute(
        labels=f"{label_list.text}{_hint(hint)}",
        named=listed(referable),
        related=_related(referable),
        sources="".join(f"\n[{number}] {each.name}" for number, each in enumerate(referable.sources, 1)),
        instructions=f"What the maintainers want done here:\n{wanted}" if wanted else "",
        items="\n".join(f"- {describe(item, context.since)}" for item in items),
    )
    ends = (context.replied, len(context.comments) - 1)
    comments = [Text(comment, cache=place in ends) for place, comment in enumerate(context.comments)]
    facts = f"{context.facts}\n" if context.facts else ""
    left_out = f"[... {context.omitted_comments} earlier comments left out ...]\n" if context.omitted_comments else ""
    return Prompt(
        system=(Text(templates.whole_system(guidance.parts)), Text(f"{about.rstrip()}{guidance.prompt}", cache=True)),
        user=(
            Text(f"<thread>\n{context.opening}", cache=True),
            *comments,
            Text(f"{left_out}{facts}</thread>\n\n{related}{code.prompt}{task}"),
        ),
    )


def _related(referable: Referable) -> str:
    listed = ", ".join(f"#{number}" for number in sorted(referable.alike))
    return f"Issues possibly related: {listed}\n" if listed else ""


def _hint(numbers: Sequence[int]) -> str:
    listed = ", ".join(map(str, numbers))
    return f"\nThe issues in <related> have {listed}, which is a hint, no more." if numbers else ""
