"""A conversation turn by turn, as a prompt cache bills it; and what usual events cost, by model.

Requests are composed as for Claude, and not sent. Their tokens are those that the stand-in for the prompt cache counts,
at three characters each: on the dear side, for models differ by a third in how many tokens they make of a text. What
Claude thinks before it writes is not known here, and told apart.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal

from benchmarks.stage import BUG, LABELS
from benchmarks.table import Row, Table
from hls_action import bootstrap, data
from hls_action.config import environment
from hls_action.domain.budget.prices import Usage
from hls_action.domain.drafts import rendering
from hls_action.domain.drafts.draft import Draft
from hls_action.domain.identity import ThreadId
from hls_action.domain.knowledge import conversation, labelling
from hls_action.domain.knowledge.code import listing
from hls_action.domain.knowledge.labelling import LabelList
from hls_action.domain.settings import DEFAULT_MODEL, Settings
from hls_action.domain.tasks import effects, look
from hls_action.domain.tasks.answer import Answer, Evidence
from hls_action.domain.tasks.option import CallOption
from hls_action.domain.tasks.prompt import Block, Prompt
from hls_action.domain.threads import items
from hls_action.domain.threads.thread import Author, ChangedFile, Comment, Label, Pull, Thread
from hls_action.line.plan import Question, options
from tests.standins.prompt_cache import PromptCache

CHARACTERS_PER_TOKEN = 3
COMMENTS, MANY_COMMENTS = 30, 90
SMALL, LARGE = 5, 100
"""Files of a pull request."""
LEFT_OUT = re.compile(r"\[\.\.\. \d+ earlier comments left out \.\.\.\]")
A_SOURCE = re.compile(r"\[\d+\] .*\n")
"""A line of the task's list of what an answer may quote."""
CHOICE = 150
"""Tokens that a look writes, what it thinks included: an example, too."""
ISSUES_A_DAY, DAYS_A_MONTH = 100, 30
THOUGHT = 1_000
"""Tokens of thinking, where that is shown: an example, for nothing here can measure it."""
LADDER = Settings(at_cap=("cheaper_model", "shorter_context", "defer"), cheaper_model="claude-haiku-5-5")
MODELS = ("claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5", "claude-fable-5-2")

BOT, REPORTER = Author("github-actions[bot]", "Bot"), Author("reporter")
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
QUESTION = (
    "/hls I tried that, and it works until the folder is a symbolic link: then it ends in the same traceback. Why?"
)
ANSWER = Answer(
    evidence=(
        Evidence(1, "With 2.3 the folder was created."),
        Evidence(1, "FileNotFoundError: [Errno 2] No such file or directory: 'out/html/index.html'"),
    ),
    sensitive=False,
    reply=True,
    reason="",
    comment="""\
This is a regression in `notes export`: since 2.4 it no longer creates the output folder.

Until that is settled, create the folder first:

```sh
mkdir -p out && notes export --to out/
```

To act on this, a maintainer still needs to know:
- whether `--to out` without the slash fails in the same way
- the exact 2.3 release in which the folder was still created

By the traceback it belongs to `write_all` in `notes/export.py`, line 41.""",
    labels=(1,),
    category="bug",
    priority="medium",
    needs_info=True,
    missing=("the exact 2.3 release in which the folder was still created",),
    possible_duplicate_of=None,
    confidence=0.8,
    findings=(),
)
"""The README's example with what it rests on, for every turn."""
WRITTEN = -(-len(json.dumps(asdict(ANSWER))) // CHARACTERS_PER_TOKEN)

ISSUE = Thread(
    id=ThreadId(7),
    title=BUG.title,
    body=BUG.body,
    author=REPORTER,
    state="open",
    locked=False,
    labels=(),
    url="https://github.com/octo/project/issues/7",
    created_at=NOON,
    updated_at=NOON,
)
PATCH = "@@ -1,12 +1,52 @@\n" + "".join(
    f"+    write_page({number}, folder, encoding='utf-8')\n" for number in range(40)
)

MATERIALS = bootstrap.materials(environment.load({"GITHUB_REPOSITORY": "octo/project"}))


@dataclass(frozen=True)
class Turn:
    """One request, and how its input is billed.

    ``warm``: when everything sent before is still cached; ``cold``: when nothing is any more. ``new``: tokens of what
    the turn before did not have: all of a first one, later HLS's reply, the question and the task.
    """

    thread: Thread
    option: CallOption
    warm: Usage
    cold: Usage
    new: int

    @property
    def paid(self) -> int:
        """Input tokens that were not read from the cache."""
        return self.warm.total_input - self.warm.cache_read

    @property
    def listed(self) -> int:
        """Characters of the task's list of what an answer may quote: a line for each text of the thread."""
        return sum(map(len, A_SOURCE.findall(self.option.prompt.user[-1].text)))

    @property
    def left_out(self) -> str:
        """What says that the oldest comments no longer fit, and how many; ``""`` where all do."""
        found = LEFT_OUT.search(self.option.prompt.user[-1].text)
        return found[0] if found else ""

    @property
    def uncached(self) -> Usage:
        """As if nothing were ever written to a cache."""
        return Usage(input=self.warm.total_input, output=self.warm.output)


def measure(comments: int = COMMENTS, many: int = MANY_COMMENTS) -> Table:
    """Compose everything; takes 2 s. ``many`` comments are so many that the oldest are left out."""
    return told(replay(comments), replay(many))


def told(turns: list[Turn], longer: list[Turn]) -> Table:
    """The results of a thread that is sent as a whole, and of one that is not."""
    rows = (
        *_by_turn(turns),
        *_whole(turns),
        *_when_long(longer),
        *_by_event(turns),
        *_by_rung(),
        *_by_look(),
        *_by_day(turns[0]),
    )
    return Table("turns: a conversation as a prompt cache bills it, and what events cost", rows)


def replay(comments: int) -> list[Turn]:
    """An issue and then, turn by turn, HLS's reply and the next question, until the thread has so many comments."""
    cache, thread = _cache(), ISSUE
    turns = [_turn(thread, cache)]
    while len(thread.comments) < comments:
        body = rendering.render(
            _draft(_owed(thread)), footer=MATERIALS.footer, mention=MATERIALS.rules.mention, site=MATERIALS.site
        )
        thread = _commented(_commented(thread, BOT, body), REPORTER, QUESTION)
        turns.append(_turn(thread, cache, new_blocks=3))
    return turns


def left_out(turns: list[Turn]) -> list[Turn]:
    """The turns from where on the oldest comments no longer fit."""
    return [turn for turn in turns if turn.left_out]


def paid_again(longer: list[Turn]) -> float:
    """What each turn of a longer thread pays on average for comments that have moved, by the limits: what is kept of
    them, each time that the oldest are left out.
    """
    kept = conversation.MAX_COMMENTS - left_out_at_a_time()
    return len({turn.left_out for turn in longer}) * tokens(kept) / len(longer)


def left_out_at_a_time() -> int:
    """Characters of comments."""
    return conversation.MAX_COMMENTS // 3


def composed(thread: Thread, model: str = DEFAULT_MODEL) -> CallOption:
    """The call that the line would make."""
    return ladder(thread, Settings(model=model))[0]


def ladder(thread: Thread, settings: Settings) -> tuple[CallOption, ...]:
    """The same, and then what may be tried at a cap."""
    owed = _owed(thread)
    label_list = (
        labelling.number_labels(Label(*each) for each in LABELS.items()) if owed[-1].kind == "issue" else LabelList()
    )
    return options(MATERIALS, Question(thread, owed, label_list, settings, own=frozenset({BOT.login})))


def usd(model: str, calls: Iterable[Usage], thought: int = 0) -> Decimal:
    """What these calls cost together, if in each of them Claude thought for so many tokens."""
    price = data.prices()[model]
    return sum((price.cost(replace(used, output=used.output + thought)) for used in calls), Decimal(0))


# ---- rows ----


def _by_turn(turns: list[Turn]) -> Iterator[Row]:
    """What is new in a follow-up is as long each time, but for the list of what may be quoted, which gets longer: no
    follow-up should pay for anything else that the first one does not pay.
    """
    for number, turn in enumerate(turns, 1):
        like = turns[min(number, 2) - 1]
        bar = like.new + tokens(turn.listed - like.listed)
        note = f"{turn.warm.cache_read:,} read from the cache; {turn.warm.total_input:,} without one"
        yield Row(f"turn {number}: input at full price", turn.paid, "tokens", bar, note=note)


def _whole(turns: list[Turn]) -> Iterator[Row]:
    whole = sum(turn.warm.total_input for turn in turns)
    paid = sum(turn.paid for turn in turns)
    comments = len(turns[-1].thread.comments)
    yield Row(f"{comments} comments: input at full price", paid, "tokens", note=f"{whole:,} without a cache")
    for model in MODELS:
        warm = usd(model, (turn.warm for turn in turns))
        cold = usd(model, (turn.cold for turn in turns))
        uncached = usd(model, (turn.uncached for turn in turns))
        note = f"{warm:.4f} USD; {uncached:.4f} without a cache; {cold:.4f} if it expires before each turn"
        yield Row(f"{comments} comments, {model}, vs without a cache", float(warm / uncached), "x", note=note)


def _when_long(turns: list[Turn]) -> Iterator[Row]:
    later = left_out(turns)
    read = len(turns[-len(later) - 1].thread.comments)
    yield Row("a longer thread: comments that all fit", read, "comments", note="then the oldest are left out")
    yield Row(
        "a longer thread, after that: input at full price",
        sum(turn.paid for turn in later) / len(later),
        "tokens",
        sum(turn.new for turn in later) / len(later) + paid_again(later),
        note=f"mean of {len(later)} turns; {later[-1].warm.total_input:,} without a cache",
    )


def _by_event(turns: list[Turn]) -> Iterator[Row]:
    issue, follow_up = turns[:2]
    small, large = first(pull(SMALL)), first(pull(LARGE))
    yield from _event("new issue", issue, issue.cold)
    yield from _event("follow-up within 5 minutes", follow_up, follow_up.warm)
    yield from _event("follow-up later", follow_up, follow_up.cold)
    yield from _event(f"pull request of {SMALL} files", small, small.cold)
    yield from _event(f"pull request of {LARGE} files", large, large.cold)


def _event(name: str, turn: Turn, used: Usage) -> Iterator[Row]:
    note = f"{used.input:,} plain, {used.cache_write_5m:,} written, {used.cache_read:,} read; {used.output:,} out"
    yield Row(f"{name}: text sent", turn.option.prompt.size, "characters", note=note)
    for model in MODELS:
        cost, thought = usd(model, [used]), usd(model, [used], THOUGHT)
        reserved = composed(turn.thread, model).worst
        note = f"{cost:.4f} USD; {thought:.4f} with {THOUGHT:,} tokens of thinking; reserved {reserved:.4f}"
        yield Row(f"{name}, {model}", float(cost * 1_000_000), "millionths of a USD", note=note)


def _by_rung() -> Iterator[Row]:
    for name, thread in (("new issue", ISSUE), (f"pull request of {LARGE} files", pull(LARGE))):
        for step, option in zip(("as configured", *LADDER.at_cap), ladder(thread, LADDER), strict=False):
            worst, note = float(option.worst * 1_000_000), f"{option.worst:.4f} USD"
            yield Row(f"{name}, {step}: reserved", worst, "millionths of a USD", note=note)


def _by_look() -> Iterator[Row]:
    for name, prompt in (("where its lists are full", FULL_LOOK), ("with nothing to choose from", EMPTY_LOOK)):
        used = looked(prompt)
        cost = usd(LADDER.look_model, [used])
        note = f"{cost:.4f} USD; {used.input:,} tokens, {used.output} of a choice"
        yield Row(f"a look, {name}", float(cost * 1_000_000), "millionths of a USD", note=note)


def _by_day(issue: Turn) -> Iterator[Row]:
    for model in MODELS:
        day = ISSUES_A_DAY * usd(model, [issue.cold])
        thought = ISSUES_A_DAY * usd(model, [issue.cold], THOUGHT)
        month, dearer = day * DAYS_A_MONTH, thought * DAYS_A_MONTH
        note = f"{day:.2f} USD, {month:.2f} a month; with thinking {thought:.2f}, {dearer:.2f} a month"
        yield Row(f"{ISSUES_A_DAY} new issues a day, {model}", float(day * 100), "US cents", note=note)


# ---- threads ----


def first(thread: Thread) -> Turn:
    """A thread's first request, with nothing cached."""
    return _turn(thread, _cache())


def looked(prompt: Prompt) -> Usage:
    """What a look takes."""
    return replace(_billed(_cache(), prompt), output=CHOICE)


def instructions() -> Usage:
    """What all requests begin with."""
    return _billed(_cache(), replace(composed(ISSUE).prompt, user=()))


def _look(characters: int, issues: int) -> Prompt:
    """A look at the issue, with so many characters of definitions to choose from, and so many issues like this one."""
    read = conversation.build(ISSUE, limits=conversation.SHORT)
    return look.compose(MATERIALS.templates.look, read, "x" * characters, [ISSUE.title] * issues, MATERIALS.redact)


FULL_LOOK, EMPTY_LOOK = _look(listing.ROOM, look.MOST_LISTED), _look(0, 0)


def _turn(thread: Thread, cache: PromptCache, new_blocks: int = 0) -> Turn:
    """The next turn; all its blocks are new, or so many."""
    option = composed(thread)
    warm, cold = _billed(cache, option.prompt), _billed(_cache(), option.prompt)
    known = replace(option.prompt, user=option.prompt.user[:-new_blocks]) if new_blocks else Prompt((), ())
    return Turn(thread, option, warm, cold, warm.total_input - _billed(_cache(), known).total_input)


def tokens(characters: int) -> int:
    """How many a text of this length counts for."""
    return -(-characters // CHARACTERS_PER_TOKEN)


def _cache() -> PromptCache:
    return PromptCache(characters_per_token=CHARACTERS_PER_TOKEN)


def _billed(cache: PromptCache, prompt: Prompt) -> Usage:
    counted = cache.usage(
        {
            "system": [_block(block) for block in prompt.system],
            "messages": [{"role": "user", "content": [_block(block) for block in prompt.user]}],
        }
    )
    return Usage(
        input=counted["input_tokens"],
        output=WRITTEN,
        cache_write_5m=counted["cache_creation_input_tokens"],
        cache_read=counted["cache_read_input_tokens"],
    )


def _block(block: Block) -> dict[str, object]:
    mark: dict[str, object] = {"cache_control": {"type": "ephemeral"}} if block.cache else {}
    return {"type": "text", "text": block.text, **mark}


def _owed(thread: Thread) -> tuple[items.Item, ...]:
    return items.open_items(thread, items.answered(thread, frozenset({BOT.login})), MATERIALS.rules).items


def _draft(owed: tuple[items.Item, ...]) -> Draft:
    said = (effects.PostComment(ANSWER.comment),)
    return Draft(tuple(item.key for item in owed), said, {}, DEFAULT_MODEL, Usage(), Decimal(0))


def _commented(thread: Thread, author: Author, body: str) -> Thread:
    comment = Comment(31 + len(thread.comments), author, body, NOON)
    return replace(thread, comments=(*thread.comments, comment), comment_total=len(thread.comments) + 1)


def pull(files: int) -> Thread:
    """A new pull request that adds 40 lines to each of so many files."""
    changed = tuple(ChangedFile(f"notes/page_{number}.py", "modified", 40, 0, PATCH) for number in range(files))
    head = Pull("6f1c0a9d2b7e4f5a8c3d1e0b9a8f7c6d5e4f3a2b", "export-folder", "main", file_total=files, files=changed)
    return replace(ISSUE, title="Make the export folder", pull=head)
