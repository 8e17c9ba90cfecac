"""The ledger for people: the state branch's README.md, as GitHub shows it, and all of it as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal

from hls_action.domain.budget.budget import MONTH_LENGTH, Budget, Spending, day_of
from hls_action.domain.ledger import wording
from hls_action.domain.ledger.model import Ledger, Record, State
from hls_action.domain.ledger.pause import present
from hls_action.domain.limits.brakes import DAY, RATE_LIMITED, Looping
from hls_action.reporting.report import escape

PATH = "README.md"
LISTED = 50
SCHEMA = 1
"""Of what is printed for programs; what is stored has a schema of its own."""
MEANINGS: dict[State, str] = {
    "published": "the reply is in the thread",
    "skipped": "no reply is needed, for the recorded reason",
    "deferred": "it will be retried automatically",
    "claimed": "a run is working on it",
    "answered": "the reply is written and about to be posted",
    "failed": "it needs a person",
}
"""The states, by the words that programs read, in order, and what they mean to people."""


def totals(ledger: Ledger) -> tuple[dict[State, int], Decimal]:
    """The number of items in each state, and their cost in USD, including items no longer kept."""
    counts: Counter[State] = Counter(record.state for record in ledger.records)
    cost = sum((record.cost_usd for record in ledger.records), Decimal(0))
    for shard in ledger.shards:
        counts.update(shard.totals.counts)
        cost += shard.totals.cost_usd
    return dict(counts), cost


def pages(ledger: Ledger, now: datetime) -> dict[str, str]:
    """What goes along with a change of the ledger that people are to see, by path: what GitHub shows for the branch."""
    return {PATH: render(ledger, now)}


def render(ledger: Ledger, now: datetime) -> str:
    """The page, in Markdown. ``now``: when it is written."""
    counts, cost = totals(ledger)
    rows = [
        "# HLS: how every item ended",
        "",
        f"Updated {now:%Y-%m-%d %H:%M} UTC, as after each reply and each sweep; the files beside it hold the records.",
        "",
        *_paused(ledger),
        "| state | items | |",
        "|---|---|---|",
        *(f"| {state} | {counts.get(state, 0):,} | {meaning} |" for state, meaning in MEANINGS.items()),
        "",
        f"Total cost: {cost:.4f} USD.",
        "",
        *_grounding(ledger),
        *_money(ledger.budget, now),
        *_cooling(ledger, now),
    ]
    braked = [record for record in ledger.records if _is_braked(record, now)]
    open_records = [record for record in ledger.records if record.is_open and record not in braked]
    failed = [record for record in reversed(ledger.records) if record.state == "failed"]
    rows += _table(
        "Failed", failed, "To try again, run the workflow manually with the number, or comment `/hls retry`."
    )
    rows += _table(
        "Braked", braked, "Limits and loops keep these from an answer; a maintainer's comment `/hls retry` lifts that."
    )
    rows += _table("Not finished", open_records, "HLS will continue these on its own.")
    return "\n".join(rows)


def _paused(ledger: Ledger) -> list[str]:
    rows = []
    for name in sorted(ledger.pauses):
        if pause := present(ledger, name):
            why = f" ({escape(pause.reason)})" if pause.reason else ""
            who = f"**Paused** in {escape(name)} since {pause.since:%Y-%m-%d %H:%M} UTC by {escape(pause.by)}{why}."
            rows += [f"{who} Comment `/hls resume` to go on.", ""]
    return rows


def _grounding(ledger: Ledger) -> list[str]:
    """One line on the prompts that were answered last."""
    newest = max(ledger.grounding.values(), key=lambda tally: tally.at, default=None)
    if newest is None:
        return []
    counts, quotations = newest.counts, newest.counts.verified + newest.counts.made_up
    said = (
        f"Grounding of answers to the present prompts ({newest.answers:,} so far): {counts.verified:,} of "
        f"{quotations:,} quotations verified, {counts.marked:,} lines marked as not checked, {counts.unlinked:,} issue "
        f"links removed, {counts.foreign:,} links to other hosts shown as text."
    )
    return [said, ""]


def _money(budget: Budget, now: datetime) -> list[str]:
    day, month = day_of(now), day_of(now)[:MONTH_LENGTH]
    if day not in budget.days and month not in budget.months and not budget.reservations:
        return []
    rows = ["## Spending", "", "| | calls | spent | not settled | reserved now |", "|---|---|---|---|---|"]
    for name, period, spending in (
        ("today", day, budget.days.get(day)),
        ("this month", month, budget.months.get(month)),
    ):
        known = spending or Spending()
        reserved = budget.committed(period) - known.total
        rows.append(
            f"| {name} | {known.calls} | {known.usd:.4f} USD | {known.unsettled:.4f} USD | {reserved:.4f} USD |"
        )
    return [*rows, ""]


def _cooling(ledger: Ledger, now: datetime) -> list[str]:
    waits = ledger.cool_downs.pruned(now).until
    rows = [f"- {name}: no requests before {until:%Y-%m-%d %H:%M} UTC" for name, until in sorted(waits.items())]
    return ["## Rate limits", "", *rows, ""] if rows else []


def as_data(ledger: Ledger) -> Mapping[str, object]:
    """Every record kept and the totals of all, as JSON has it. Money is text and so stays exact; times are UTC."""
    counts, cost = totals(ledger)
    return {
        "schema": SCHEMA,
        "items": [_data(record) for record in ledger.records],
        "totals": {
            "items": {state: counts.get(state, 0) for state in MEANINGS},
            "cost_usd": str(cost),
            **_spending(ledger.budget),
        },
        "grounding": {
            version: {"answers": tally.answers, "last": _stamp(tally.at), **asdict(tally.counts)}
            for version, tally in sorted(ledger.grounding.items())
        },
        "cooling_until": {name: _stamp(when) for name, when in sorted(ledger.cool_downs.until.items())},
        "swept_until": {name: _stamp(when) for name, when in sorted(ledger.watermarks.items())},
    }


def _spending(budget: Budget) -> dict[str, object]:
    """By day and month; by model, kind of event and actor over the months that are kept; by thread over the days."""
    months = budget.months.values()
    return {
        "by_day": {day: _period(spending) for day, spending in sorted(budget.days.items())},
        "by_month": {month: _period(spending) for month, spending in sorted(budget.months.items())},
        "by_model": _summed(spending.models for spending in months),
        "by_event": _summed(spending.kinds for spending in months),
        "by_actor": _summed(spending.actors for spending in months),
        "by_thread": _summed(spending.threads for spending in budget.days.values()),
        "reserved_usd": str(sum((r.usd for r in budget.reservations.values()), Decimal(0))),
    }


def _period(spending: Spending) -> dict[str, object]:
    return {
        "cost_usd": str(spending.usd),
        "unsettled_usd": str(spending.unsettled),
        "calls": spending.calls,
        "refused_calls": spending.refused,
        "input_tokens": spending.usage.total_input,
        "cached_tokens": spending.usage.cache_read,
        "output_tokens": spending.usage.output,
        "thinking_tokens": spending.usage.thinking,
    }


def _summed(breakdowns: Iterable[Mapping[str, Decimal]]) -> dict[str, str]:
    total: dict[str, Decimal] = {}
    for breakdown in breakdowns:
        for name, usd in breakdown.items():
            total[name] = total.get(name, Decimal(0)) + usd
    return {name: str(usd) for name, usd in sorted(total.items(), key=lambda entry: (-entry[1], entry[0]))}


def _data(record: Record) -> dict[str, object]:
    kind, _, rest = record.key.partition("/")
    identifier, _, digest = rest.partition("@")
    return {
        "repository": record.repository,
        "number": record.thread.number,
        "key": record.key,
        "kind": kind,
        "id": identifier,
        "digest": digest,
        "state": record.state,
        "run_id": record.by.run,
        "run_attempt": record.by.attempt,
        "tries": record.tries,
        "first_seen": _stamp(record.first),
        "updated": _stamp(record.at),
        "claimed_until": _stamp(record.until) if record.until and record.state != "deferred" else None,
        "retry_at": _stamp(record.until) if record.until and record.state == "deferred" else None,
        "comment_id": record.comment_id,
        "comment_url": record.comment_url,
        "cost_usd": str(record.cost_usd),
        "reason": str(record.reason),
        "reason_code": record.reason.code,
    }


def _stamp(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _table(title: str, records: list[Record], hint: str) -> list[str]:
    if not records:
        return []
    rows = [f"## {title}", "", hint, ""]
    rows += ["| thread | item | state | since | next try | why |", "|---|---|---|---|---|---|"]
    rows += [_row(record) for record in records[:LISTED]]
    if len(records) > LISTED:
        rows.append(f"| … | {len(records) - LISTED:,} more | | | | |")
    return [*rows, ""]


def _is_braked(record: Record, now: datetime) -> bool:
    """Whether it waits by a limit, or kept a loop going in the last day."""
    if record.state == "deferred":
        return record.reason.code in RATE_LIMITED
    return record.state == "skipped" and record.reason.code == Looping.code and now - record.at < DAY


def _row(record: Record) -> str:
    until = f"{record.until:%Y-%m-%d %H:%M}" if record.until and record.state == "deferred" else ""
    where = f"{record.repository}#{record.thread}"
    since = f"{record.first:%Y-%m-%d %H:%M}"
    item = escape(wording.of_record(record))
    return f"| {where} | {item} | {record.state} | {since} | {until} | {escape(str(record.reason))} |"
