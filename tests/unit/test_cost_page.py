"""docs/cost.md is true: its figures are what `python -m benchmarks turns` composes, at HLS's own prices and limits.

Whatever on the page has a figure is put together here and looked for there; nothing else there looks like one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_CEILING, Decimal
from functools import cached_property
from pathlib import Path

import pytest

from benchmarks import turns
from benchmarks.turns import DAYS_A_MONTH, ISSUES_A_DAY, LARGE, MODELS, SMALL, THOUGHT, Turn, tokens, usd
from hls_action import data
from hls_action.domain.budget.budget import Budget, Call, Caps, Charge, Reservation
from hls_action.domain.budget.errors import CapReached, ShareReached
from hls_action.domain.budget.prices import US_SURCHARGE, Usage, token_bound
from hls_action.domain.budget.shares import DEFAULT_SHARES, Asker, check
from hls_action.domain.knowledge import alike, guidance
from hls_action.domain.knowledge.code import passages
from hls_action.domain.knowledge.conversation import FULL, SHORT
from hls_action.domain.settings import DEFAULT_CAPS, DEFAULT_MODEL, Settings
from hls_action.domain.tasks import look
from hls_action.domain.threads.thread import Thread

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "cost.md").read_text("utf-8")
RESULTS = (ROOT / "benchmarks" / "README.md").read_text("utf-8")
SETTINGS, SHORTER = Settings(), Settings(max_tokens=2_000)
CHEAP = SETTINGS.look_model
MILLION = 1_000_000
RATES = data.prices()[DEFAULT_MODEL].tiers[0]
DAILY = DEFAULT_CAPS.daily or Decimal(0)
SMALLEST_DAY = Decimal("0.20")
THINKING = RATES.output * THOUGHT / MILLION

FIGURE = re.compile(r"\d[\d,]*\.\d+|\d{1,3}(?:,\d{3})+|\d+(?= (?:%|tokens|USD|cents?\b))")
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
OTHERS = ["4.6", "4.6", "512", "5.5", "4,096", "100", "100"]
"""Figures that are of no request: names of models, what they cache at least, and when people are told."""


@dataclass(frozen=True)
class Measured:
    """A thread that is sent as a whole, and one that gets too long for that."""

    turns: list[Turn]
    longer: list[Turn]

    @property
    def issue(self) -> Turn:
        return self.turns[0]

    @property
    def cost(self) -> Decimal:
        """USD of the new issue, without thinking."""
        return usd(DEFAULT_MODEL, [self.issue.cold])

    @cached_property
    def small(self) -> Turn:
        return turns.first(turns.pull(SMALL))

    @cached_property
    def large(self) -> Turn:
        return turns.first(turns.pull(LARGE))


@pytest.fixture(scope="module")
def measured() -> Measured:
    return Measured(turns.replay(turns.COMMENTS), turns.replay(turns.MANY_COMMENTS))


def flat(text: str) -> str:
    """Wherever its lines end."""
    return " ".join(text.split())


def row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def plain(amount: Decimal) -> str:
    """Without zeros at its end."""
    whole, _, rest = f"{amount:,f}".partition(".")
    return f"{whole}.{rest.rstrip('0')}".rstrip(".")


def enough(amount: Decimal) -> Decimal:
    """In whole cents, and no less."""
    return amount.quantize(Decimal("0.01"), ROUND_CEILING)


def worst(thread: Thread, settings: Settings = SETTINGS) -> Decimal:
    return turns.ladder(thread, settings)[0].worst


# ---- What the page says, from its beginning to its end


def of_the_beginning(measured: Measured) -> Iterator[str]:
    words = ("no", "one", "two", "three", "four", "five")
    along = sum(cost for *_, cost, _ in along_with())
    new, thought, more = (words[round(usd * 100)] for usd in (measured.cost, measured.cost + THINKING, along))
    yield f"a new issue costs {new} cent with the default model, {thought} with some thinking"
    yield f"at most {more} more with all that may go along. {DAILY} USD a day"
    yield f"costs {US_SURCHARGE} times as much"
    add = f"A thousand tokens of it add {plain(THINKING * 100)} cent with the default model"
    yield f"{add}, beside {measured.cost * 100:.2f} for everything else"
    yield f"`max_tokens` ({SETTINGS.max_tokens:,}) ends it"


def of_prices(_: Measured) -> Iterator[str]:
    for model in MODELS:
        tier = data.prices()[model].tiers[0]
        note = f" (requests of up to {tier.up_to:,} tokens)" if tier.up_to else ""
        name = f"`{model}`{', the default' if model == DEFAULT_MODEL else note}"
        yield row(name, tier.input, tier.output, tier.cache_write_5m, tier.cache_read)


def of_examples(measured: Measured) -> Iterator[str]:
    issue, follow_up = measured.turns[:2]
    prompt = issue.option.prompt
    ours = sum(len(block.text) for block in prompt.system)
    read = f"{prompt.size:,} characters, {ours:,} of them instructions: {issue.cold.total_input:,} tokens"
    yield f"({turns.WRITTEN} tokens with the other fields, among them what it quotes)"
    yield f"A new issue** of 800 characters. The request has {read}."
    yield f"{_sum(issue.cold)} {THOUGHT:,} tokens of thinking"
    for used in (follow_up.warm, follow_up.cold, measured.small.cold, measured.large.cold):
        yield f"{_sum(used)} thinking"
    yield f"adds 40 lines to each of {SMALL} files, and one that does so to each of {LARGE}."
    yield f"the diff is cut at {FULL.diff:,} characters"


def _sum(used: Usage) -> str:
    """What a call is billed, in millionths of a USD."""
    parts = (
        (used.input, RATES.input),
        (used.cache_write_5m, RATES.cache_write_5m),
        (used.cache_read, RATES.cache_read),
        (used.output, RATES.output),
    )
    terms = " + ".join(f"{count:,} * {rate}" for count, rate in parts if count)
    cost = usd(DEFAULT_MODEL, [used])
    return f"{terms} = {plain(cost * MILLION)} {cost:.4f} USD; {cost + THINKING:.4f} with"


def along_with() -> Iterator[tuple[int, int, Decimal, Decimal]]:
    """What may go along with an issue: characters, tokens, USD, and USD that are reserved for it."""
    for size, rate in (
        (guidance.MAX_REFERENCES, RATES.cache_write_5m),
        (guidance.MAX_GUIDANCE, RATES.cache_write_5m),
        (passages.ROOM + passages.OUTLINES, RATES.input),
        (alike.ROOM, RATES.input),
    ):
        reserved = size * RATES.dearest_input * US_SURCHARGE / MILLION
        yield size, tokens(size), tokens(size) * rate / MILLION, reserved
    asked, price = turns.FULL_LOOK, data.prices()[CHEAP]
    used, bound = turns.looked(asked), token_bound(asked.bound + len(json.dumps(look.SCHEMA)))
    yield asked.size, used.input, price.cost(used), price.worst_case(bound, look.MAX_TOKENS)


def of_what_goes_along(_: Measured) -> Iterator[str]:
    for size, count, cost, reserved in along_with():
        yield f" | {size:,} | {count:,} | {cost:.4f} | {reserved:.4f} |"
    yield f"which writes {turns.CHOICE} tokens of a choice"


def of_a_day(measured: Measured) -> Iterator[str]:
    for model in MODELS:
        one, dearer = (usd(model, [measured.issue.cold], thought) for thought in (0, THOUGHT))
        fit = 1 + (DAILY - worst(turns.ISSUE, Settings(model=model))) // dearer
        amounts = ((each, each * ISSUES_A_DAY, each * ISSUES_A_DAY * DAYS_A_MONTH) for each in (one, dearer))
        yield row(f"`{model}`", *(f"{a:.4f} | {b:.2f} | {c:.2f}" for a, b, c in amounts), f"{fit:,}")
    spans = f"an issue | {ISSUES_A_DAY} a day | a month"
    yield row("model", spans, f"with {THOUGHT:,} tokens of thinking: {spans}", f"issues for {DAILY} USD")
    yield f"## {ISSUES_A_DAY} issues a day"
    yield f"a month has {DAYS_A_MONTH} days"
    yield f"default cap of {DAILY} USD a day"


def of_the_cache(measured: Measured) -> Iterator[str]:
    by_turn, longer = measured.turns, turns.left_out(measured.longer)
    yield f"A thread of {turns.COMMENTS} comments, in which HLS answers an issue and then {len(by_turn) - 1} questions"
    for model in MODELS:
        billed = [[getattr(turn, how) for turn in by_turn] for how in ("warm", "uncached", "cold")]
        yield row(f"`{model}`", *(f"{usd(model, each):.4f}" for each in billed))
    cold, uncached = (usd(DEFAULT_MODEL, [getattr(turn, how) for turn in by_turn]) for how in ("cold", "uncached"))
    growth = (by_turn[-1].paid - by_turn[1].paid) / (len(by_turn) - 2)
    assert len(by_turn) == 16
    yield f"{by_turn[1].paid} tokens are not read from the cache in the second turn"
    yield f"and {by_turn[-1].paid} in the sixteenth"
    yield f"{growth:.0f} tokens a turn"
    yield f"{measured.cost - usd(DEFAULT_MODEL, [measured.issue.uncached]):.4f} USD for a new issue"
    yield f"{100 * (cold / uncached - 1):.0f} % for the thread above"
    yield f"begin with the same {turns.instructions().total_input:,} tokens of instructions"
    some, all_of_them = turns.left_out_at_a_time(), FULL.comments
    fit = len(longer[0].thread.comments) - 2
    yield f"exceed {all_of_them:,} characters ({fit} of those above)"
    yield f"the oldest are left out, {some:,} characters at a time"
    new, paid = (sum(getattr(turn, what) for turn in longer) / len(longer) for what in ("new", "paid"))
    yield f"The {all_of_them - some:,} that stay"
    yield f"a turn pays for {paid:,.0f} tokens on average, {new:,.0f} of them new"


def of_caps(measured: Measured) -> Iterator[str]:
    asked, schema = measured.issue.option.prompt.bound, len(json.dumps(turns.MATERIALS.schema))
    bound, most = token_bound(asked + schema), SETTINGS.max_tokens
    around, written = bound - asked - schema, most * RATES.output * US_SURCHARGE / MILLION
    plain_worst = data.prices()[DEFAULT_MODEL].worst_case(bound, most, "global")
    terms = f"({asked:,} + {schema:,} + {around:,}) * {RATES.cache_write_1h} + {most:,} * {RATES.output}"
    reserved, large = worst(turns.ISSUE), worst(measured.large.thread)
    cost = f"for a call that costs {measured.cost + THINKING:.4f} with thinking"
    yield f"({RATES.dearest_input} USD, an hour's cache)"
    yield f"{terms} = {plain(plain_worst * MILLION)} {plain_worst:.4f} USD, {cost}"
    yield f"in the US alone, {reserved:.4f} USD. So some {enough(reserved)} USD of the default cap"
    yield f"it takes {enough(reserved)} USD for a small issue and {enough(large)} for the large pull request above"
    yield f"of which {most:,} `max_tokens` are {enough(written)}"
    yield f"{enough(sum((each for *_, each in along_with()), Decimal(0)))} more where [all goes along]"
    rungs = zip(*(turns.ladder(each, turns.LADDER) for each in (turns.ISSUE, measured.large.thread)), strict=True)
    steps = (
        "as configured",
        f"`cheaper_model: {CHEAP}`",
        f"`shorter_context` ({SHORT.diff:,} characters of a diff, {SHORT.comments:,} of comments)",
    )
    for step, options in zip(steps, rungs, strict=True):
        yield row(step, *(f"{option.worst:.4f}" for option in options))


def of_shares(measured: Measured) -> Iterator[str]:
    shares, cost = DEFAULT_SHARES, measured.cost + THINKING
    for name in ("kept_for_writers", "kept_for_issues", "per_stranger", "newcomers", "bots"):
        yield f"| `{name}` | {getattr(shares, name)} % |"
    yield f"| `answers_per_stranger` | {shares.answers_per_stranger} |"
    yield f"all others together get {100 - shares.kept_for_writers} %"
    yield f"with {100 - shares.kept_for_writers - shares.kept_for_issues} % used by people"
    first = answered(["ann"] * 100, cost)
    others = answered(["ann"] * 100 + [f"new-{number}" for number in range(100)], cost) - first
    assert first == 5
    yield f"With the default of {DAILY} USD"
    yield f"one stranger gets five answers for {first * cost:.2f} USD"
    yield f"a hundred new accounts {others} more for {others * cost:.2f} USD"
    assert answered(["ann", "bob"], cost, SMALLEST_DAY) == 1
    assert answered(["ann", "bob"], cost, SMALLEST_DAY - Decimal("0.05")) == 0
    yield f"with `daily_usd: {SMALLEST_DAY}` there is still one"


def answered(actors: list[str], cost: Decimal, daily: Decimal = DAILY) -> int:
    """How many issues get an answer in a day, one after the other, of accounts that were never met before."""
    budget, at, count, reserved = Budget(), turns.NOON, 0, worst(turns.ISSUE)
    for actor in actors:
        call = Call("octo/project#7", actor, "issue", DEFAULT_MODEL, "new", 1)
        wanted = Reservation(call, reserved, at, at + timedelta(minutes=11))
        try:
            check(budget, wanted, Asker("new"), DEFAULT_SHARES, daily)
            under_way = budget.reserve("next", wanted, Caps(daily=daily))
        except (ShareReached, CapReached):
            continue
        budget, count = under_way.settle(Charge("next", cost, Usage(1))), count + 1
    return count


def of_spending_less(measured: Measured) -> Iterator[str]:
    cost, cheap = measured.cost + THINKING, usd(CHEAP, [measured.issue.cold], THOUGHT)
    _, _, (_, code, code_cost, _), _, (*_, look_cost, _) = along_with()
    least = usd(CHEAP, [turns.looked(turns.EMPTY_LOOK)])
    yield f"a new issue with {THOUGHT:,} tokens of thinking, {cost:.4f} USD."
    yield f"| `model: {CHEAP}` | {100 * (1 - cheap / cost):.0f} %;"
    yield f"for {least:.4f} to {look_cost:.4f} USD an issue"
    yield f"the look where the ranking is unsure, {look_cost:.4f} USD"
    yield f"{code:,} tokens of input at most, {code_cost:.4f} USD"
    yield f"of the thinking, which is {100 * THINKING / cost:.0f} % here"
    yield f"| `max_tokens: {SHORTER.max_tokens}` |"
    yield f"({worst(turns.ISSUE, SHORTER):.4f} reserved instead of {worst(turns.ISSUE):.4f})"


PARTS = (
    of_the_beginning,
    of_prices,
    of_examples,
    of_what_goes_along,
    of_a_day,
    of_the_cache,
    of_caps,
    of_shares,
    of_spending_less,
)


@pytest.fixture(scope="module")
def said(measured: Measured) -> list[str]:
    return [text for part in PARTS for text in part(measured)]


def test_the_page_has_each_figure(said: list[str]) -> None:
    assert [text for text in said if text not in flat(PAGE)] == []


def test_it_has_no_others(said: list[str]) -> None:
    rest = flat(PAGE)
    for text in sorted(said, key=len, reverse=True):
        rest = rest.replace(text, " ... ")
    assert FIGURE.findall(rest) == OTHERS


def test_the_results_of_the_benchmark_are_what_it_measures(measured: Measured) -> None:
    table = {each.what: each for each in turns.told(measured.turns, measured.longer).rows}
    written = re.findall(r"^\| `turns` \| (.*?) \| (.*?) \| (.*?) \| (.*?) \|$", RESULTS, re.MULTILINE)
    assert written
    for what, found, bar, verdict in written:
        each = table[what]
        assert set(NUMBER.findall(found)) <= set(NUMBER.findall(f"{each.value:,.0f} {each.value:.2f} {each.note}")), (
            what
        )
        assert NUMBER.findall(bar) == ([] if each.bar is None else [f"{each.bar:,.0f}"]), what
        assert verdict.strip("* ") == each.verdict, what
