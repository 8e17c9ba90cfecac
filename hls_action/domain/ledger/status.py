"""What became of a thread's items, and whether HLS is at work, for who asks by a comment. Nobody else's words."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import ROUND_DOWN, Decimal

from hls_action.domain.budget.budget import Budget, day_of
from hls_action.domain.ledger.claims import is_thread_record
from hls_action.domain.ledger.model import Pause, Record
from hls_action.domain.threads.items import NOTICE, Item


def lines(
    records: Iterable[Record],
    unanswered: Collection[Item],
    commands: Collection[str],
    pause: Pause | None,
    left: Decimal | None,
) -> str:
    """A list in Markdown. ``commands``: the keys of what code answers, which does not count; ``left``: how much of the
    day's budget is, from 0 to 1, None where there is no cap.
    """
    known = [r for r in records if not (r.key in commands or is_thread_record(r) or r.key.startswith(f"{NOTICE}/"))]
    new = {item.key for item in unanswered if not item.command} - {record.key for record in known}
    rows = [*_rows(known), *([f"not taken up yet: {len(new)}"] if new else [])] or [
        "nothing here asks HLS for an answer"
    ]
    if pause is not None:
        rows.append(f"HLS has been paused in this repository since {_time(pause.since)}")
    if left is not None:
        rows.append(f"left of today's budget: {(100 * left).to_integral_value(ROUND_DOWN)} %")
    return "\n".join(f"- {row}" for row in rows)


def share_left(budget: Budget, daily: Decimal | None, now: datetime) -> Decimal | None:
    """How much of the day's cap is left, from 0 to 1; None without a cap."""
    if daily is None:
        return None
    return max(Decimal(0), daily - budget.committed(day_of(now))) / daily if daily else Decimal(0)


def _rows(known: list[Record]) -> list[str]:
    counts = {
        "answered": [r for r in known if r.state == "published"],
        "being answered now": [r for r in known if r.state in ("claimed", "answered")],
        "waiting": [r for r in known if r.state == "deferred"],
        "failed": [r for r in known if r.state == "failed"],
        "left without an answer, for a reason that is on record": [r for r in known if r.state == "skipped"],
    }
    return [f"{name}: {len(found)}{_due(found)}" for name, found in counts.items() if found]


def _due(found: list[Record]) -> str:
    due = [record.until for record in found if record.state == "deferred" and record.until]
    return f", the next try is due at {_time(min(due))}" if due else ""


def _time(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC"
