"""Render an outcome: log, summary, outputs, annotations. Values in, text out."""

from __future__ import annotations

import json
import re
from decimal import Decimal

from hls_action.domain.events.relevance import one_line
from hls_action.domain.ledger import wording
from hls_action.domain.ledger.claims import LOW_CONFIDENCE, NO_REPLY_NEEDED, NOTHING_NEW
from hls_action.domain.ledger.model import Record
from hls_action.domain.limits.brakes import Looping
from hls_action.domain.outcome import Outcome
from hls_action.domain.reasons import WHOLE, Reason
from hls_action.domain.tasks.marks import ACTING
from hls_action.domain.text import outgoing
from hls_action.domain.text.foreign_links import without_foreign_links
from hls_action.domain.text.hosts import Allowed
from hls_action.domain.threads.items import marker_keys

HEADINGS = {"done": "Answered", "skipped": "Nothing to do", "deferred": "Deferred", "failed": "Failed"}
BY_REASON = {
    NOTHING_NEW: "Nothing new",
    NO_REPLY_NEEDED: "No reply needed",
    LOW_CONFIDENCE: "Not sure enough to reply",
    Looping.code: "Stopped a loop",
    "handed-over": "Handed over to the next job",
    "sensitive": "Pointed to the private channel",
}

_MAY_LINK = re.compile(r"://|www\.|@", re.IGNORECASE)


def outputs(outcome: Outcome) -> dict[str, str]:
    """The action's outputs; every one is set, empty where it does not apply."""
    return {
        "outcome": outcome.status,
        "reason": reason_line(outcome.reason),
        "comment-url": outcome.comment_url,
        "labels": json.dumps(list(outcome.labels)),
        "cost-usd": money(outcome.cost_usd),
        "input-tokens": str(outcome.usage.total_input),
        "output-tokens": str(outcome.usage.output),
        "cached-tokens": str(outcome.usage.cache_read),
        "thinking-tokens": str(outcome.usage.thinking),
        "budget": outcome.budget,
        "model": outcome.model,
        **{name.replace("_", "-"): _field(outcome.fields.get(name)) for name in ACTING},
        "claim": outcome.claim,
        "answer": outcome.written,
        "matrix": json.dumps({"number": list(outcome.waiting)}) if outcome.waiting else "",
    }


def _field(value: object) -> str:
    """A field of an answer as an output; empty where there is no answer."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def reason_line(reason: Reason) -> str:
    """All of a reason on one line, for the log and the outputs."""
    return one_line(str(reason), WHOLE)


def money(amount: Decimal | None) -> str:
    """USD with six places; nothing spent is ``0``."""
    return f"{amount:.6f}" if amount else "0"


def line(outcome: Outcome) -> str:
    """One line for the log."""
    where = f" #{outcome.number}" if outcome.number else ""
    return f"HLS{where}: {outcome.status} ({reason_line(outcome.reason)})"


def summary(outcome: Outcome) -> str:
    """Markdown for the run's page. What Claude or strangers wrote is inert in it."""
    where = f" #{outcome.number}" if outcome.number else ""
    rows = [f"### HLS{where}: {_heading(outcome)}", "", escape(outcome.reason.without_cause), ""]
    rows += [f"> {escape(outcome.reason.cause)}", ""] if outcome.reason.cause else []
    facts = dict(_facts(outcome))
    if facts:
        rows += ["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in facts.items()), ""]
    if outcome.records:
        rows += ["| item | state | |", "|---|---|---|", *(_record(record) for record in outcome.records), ""]
    if outcome.parts:
        rows += ["| thread | outcome | |", "|---|---|---|", *(_part(part) for part in outcome.parts), ""]
    rows += [f"> [!WARNING]\n> {escape(note)}\n" for note in (*outcome.alerts, *outcome.notes)]
    for each in outcome.parts or (outcome,):
        if text := not_posted(each):
            title = f"The unposted comment for #{each.number}"
            rows += [f"<details><summary>{title}</summary>", "", outgoing(text), "", "</details>"]
    return "\n".join(rows)


def not_posted(outcome: Outcome) -> str:
    """The comment that was written and not posted, as people would read it; ``""`` where there is none."""
    if not outcome.dry_run and outcome.reason.code != LOW_CONFIDENCE:
        return ""
    return outcome.body.partition("\n")[2] if marker_keys(outcome.body) else outcome.body


def _heading(outcome: Outcome) -> str:
    if outcome.dry_run and outcome.status == "done":
        return "Dry run, nothing was posted"
    return BY_REASON.get(outcome.reason.code, HEADINGS[outcome.status])


def _part(part: Outcome) -> str:
    link = f" <{part.comment_url}>" if part.comment_url else ""
    return f"| #{part.number} | {part.status} | {escape(str(part.reason))}{link} |"


def _record(record: Record) -> str:
    """What became of one item."""
    said = [escape(str(record.reason))] if record.reason else []
    said += [f"<{record.comment_url}>"] if record.comment_url else []
    said += [f"next try {record.until:%Y-%m-%d %H:%M} UTC"] if record.state == "deferred" and record.until else []
    return f"| {escape(wording.of_record(record))} | {record.state} | {' · '.join(said)} |"


def _facts(outcome: Outcome) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if outcome.comment_url:
        found.append(("Comment", f"<{outcome.comment_url}>"))  # an address GitHub gave us
    if outcome.answer:
        answer = outcome.answer
        found.append(("Category", f"{answer.category}, priority {answer.priority}, confidence {answer.confidence:.2f}"))
        if answer.missing:
            found.append(("Missing", escape("; ".join(answer.missing))))
    if outcome.labels:
        found.append(("Labels", escape(", ".join(outcome.labels))))
    if outcome.removed_labels:
        found.append(("Labels taken off", escape(", ".join(outcome.removed_labels))))
    if outcome.issue_type:
        found.append(("Issue type", escape(outcome.issue_type)))
    if outcome.dropped_labels:
        found.append(("Labels proposed, not set", escape(", ".join(outcome.dropped_labels))))
    if outcome.cost_usd is not None:
        usage = outcome.usage
        cached = f", {usage.cache_read:,} of them cached" if usage.cache_read else ""
        found.append(("Model", escape(outcome.model)))
        thought = f", {usage.thinking:,} of them thinking" if usage.thinking else ""
        found.append(("Tokens", f"{usage.total_input:,} in{cached}, {usage.output:,} out{thought}"))
        found.append(("Cost", f"{money(outcome.cost_usd)} USD"))
    if outcome.budget:
        found.append(("Budget used", outcome.budget))
    return found


def escape(text: str) -> str:
    """Text inside a table cell or a paragraph: one line, no Markdown of its own, nobody notified, and no link."""
    shown = outgoing("".join(f"\\{c}" if c in "\\`*_[]|<>#~" else c for c in one_line(text, WHOLE).strip()))
    return without_foreign_links(shown, Allowed())[0] if _MAY_LINK.search(shown) else shown


def trial(outcome: Outcome, seconds: float) -> list[str]:
    """What ``try`` prints: the comment as it would be posted, and the figures."""
    lines = []
    if outcome.body:
        lines += [_rule("the comment, as it would be posted"), outcome.body, _rule("and")]
    lines.append(f"outcome  {outcome.status} ({reason_line(outcome.reason)})")
    if outcome.answer:
        lines.append(f"labels   {', '.join(outcome.labels) or 'none'}")
    if outcome.cost_usd is not None:
        note = " (estimated: no model was asked and nothing was spent)" if outcome.synthetic else ""
        lines.append(f"tokens   {outcome.usage.total_input:,} in, {outcome.usage.output:,} out{note}")
        lines.append(f"cost     {money(outcome.cost_usd)} USD{note}")
        lines.append(f"model    {outcome.model}")
    lines.append(f"time     {seconds:.2f} s")
    return lines


def _rule(title: str) -> str:
    return f"---- {title} ".ljust(78, "-")
