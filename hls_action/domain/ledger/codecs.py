"""How each part of the ledger is stored: by its type, and what the schema has otherwise, which new fields need not."""

from __future__ import annotations

import re

from hls_action.domain import reasons
from hls_action.domain.budget.budget import Budget, Period, Reservation, Spending
from hls_action.domain.drafts.documents import DRAFT
from hls_action.domain.drafts.draft import Draft
from hls_action.domain.faults.fault import Fault
from hls_action.domain.json_codec import Codec, Codecs, Shape
from hls_action.domain.json_values import count, entries, text
from hls_action.domain.ledger import sweep_documents
from hls_action.domain.ledger.cursor import Refs, SweepProgress
from hls_action.domain.ledger.model import AlertState, Claimant, Ledger, Record, Totals
from hls_action.domain.limits.brakes import Answers
from hls_action.domain.limits.pace import CoolDowns
from hls_action.domain.reasons import Reason


def _period(value: str) -> Period:
    """Errors: ``ValueError`` for what is neither a day nor a month: it would count for no cap."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}(?:-[0-9]{2})?", value):
        raise ValueError(f"{value[:40]!r} is neither a day nor a month")
    return value


def _reason_data(reason: Reason) -> dict[str, str]:
    return {name: words for name, words in reason._asdict().items() if words or name != "cause"}


def _reason(value: object) -> Reason:
    data = entries(value) or {"code": "", "detail": ""}
    return reasons.restored(text(data["code"]), text(data["detail"]), text(data.get("cause", "")))


def _level(value: object) -> tuple[str, int]:
    data = entries(value)
    return text(data["period"]), count(data["level"])


SHAPES = {
    Record: Shape(outside=("repository", "thread", "key"), always=["tries"]),
    Totals: Shape(always=("counts", "cost_usd")),
    Budget: Shape(always=("days", "months", "reservations")),
    CoolDowns: Shape(keys={"until": ""}),
    Reservation: Shape(keys={"call": ""}),
    Spending: Shape(
        always=("usd", "unsettled", "calls", "usage", "models", "kinds", "actors", "threads"), since=["refused"]
    ),
    Answers: Shape(always=["given"]),
    AlertState: Shape(always=("levels", "issue", "is_open", "by", "until")),
    SweepProgress: Shape(since=("settled", "provisional"), keys={"provisional": "glanced"}),
    Fault: Shape(outside=("limits", "retry_after")),
    Ledger: Shape(
        outside=("shards", "budget", "alerts", "answers", "batched", "schema", "stored"),
        always=["watermarks"],
        since=["cool_downs"],
        keys={"sweep_progress": "looked"},
    ),
}
CODECS = Codecs(
    {
        Claimant: Codec(str, lambda data: Claimant.parse(text(data))),
        Draft: DRAFT,
        Period: Codec(str, _period),
        Reason: Codec(_reason_data, _reason),
        Refs: Codec(sweep_documents.encode, sweep_documents.decode),
        tuple[str, int]: Codec(lambda level: {"period": level[0], "level": level[1]}, _level),
    },
    SHAPES,
)
"""That of `Ledger` is of what has no document of its own."""
