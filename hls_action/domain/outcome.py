"""How a run ended, as one value that the log, the summary, the outputs and the exit status are all made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from hls_action.domain.budget.prices import Usage
from hls_action.domain.reasons import Reason

if TYPE_CHECKING:  # a run has an outcome even where these cannot be imported
    from hls_action.domain.ledger.model import Record
    from hls_action.domain.tasks.answer import Answer
    from hls_action.domain.threads.items import Item

Status = Literal["done", "skipped", "deferred", "failed"]


@dataclass(frozen=True)
class Outcome:
    """The end of one thread's run.

    ``cost_usd`` is None when nothing was asked; ``records``: what became of
    each item; ``budget``: how much of it is used, in words; ``alerts``: what people were told of; ``parts`` are a
    sweep's threads, and ``waiting`` those it had to leave for another run. ``unfinished``: more is open in the thread
    than this run came to. ``fields``: what an answer says besides its comment. ``removed_labels``, ``issue_type``: what
    else is changed beside ``labels``. ``claim`` and ``written``: what a job of a split workflow hands to the next.
    """

    status: Status
    reason: Reason
    number: int | None = None
    comment_url: str = ""
    labels: tuple[str, ...] = ()
    dropped_labels: tuple[str, ...] = ()
    model: str = ""
    usage: Usage = field(default_factory=Usage)
    cost_usd: Decimal | None = None
    items: tuple[Item, ...] = ()
    answer: Answer | None = None
    body: str = ""
    notes: tuple[str, ...] = ()
    dry_run: bool = False
    synthetic: bool = False
    records: tuple[Record, ...] = ()
    budget: str = ""
    alerts: tuple[str, ...] = ()
    parts: tuple[Outcome, ...] = ()
    waiting: tuple[int, ...] = ()
    unfinished: bool = False
    fields: Mapping[str, object] = field(default_factory=dict)
    removed_labels: tuple[str, ...] = ()
    issue_type: str = ""
    claim: str = ""
    written: str = ""

    @property
    def is_calm(self) -> bool:
        """Whether nothing went wrong, so that a run may go on in the thread."""
        return self.status in ("done", "skipped")

    @property
    def green(self) -> bool:
        """Whether the job may show a green check."""
        return self.status != "failed"


def skipped(reason: Reason, **details: object) -> Outcome:
    """Nothing to do, and why."""
    return replace(Outcome("skipped", reason), **details)  # type: ignore[arg-type]


def deferred(reason: Reason, **details: object) -> Outcome:
    """Postponed, and until when."""
    return replace(Outcome("deferred", reason), **details)  # type: ignore[arg-type]


def failed(reason: Reason, **details: object) -> Outcome:
    """It failed, and why."""
    return replace(Outcome("failed", reason), **details)  # type: ignore[arg-type]


def combine(outcomes: tuple[Outcome, ...]) -> Outcome:
    """One outcome for a sweep: the worst status of its threads, and the sums of what they cost."""
    if not outcomes:
        return skipped(Reason("nothing-open", "no thread needs an answer"))
    order: tuple[Status, ...] = ("failed", "deferred", "done", "skipped")
    status = min((o.status for o in outcomes), key=order.index)
    counts = [f"{n} {s}" for s in reversed(order) if (n := sum(o.status == s for o in outcomes))]
    costs = [o.cost_usd for o in outcomes if o.cost_usd is not None]
    return Outcome(
        status=status,
        reason=Reason("sweep", ", ".join(counts)),
        comment_url=next((o.comment_url for o in outcomes if o.status == "done"), ""),
        labels=tuple(dict.fromkeys(label for o in outcomes for label in o.labels)),
        model=next((o.model for o in outcomes if o.model), ""),
        usage=sum((o.usage for o in outcomes), Usage()),
        cost_usd=sum(costs, Decimal(0)) if costs else None,
        notes=tuple(note for o in outcomes for note in o.notes),
        alerts=tuple(alert for o in outcomes for alert in o.alerts),
        budget=next((o.budget for o in reversed(outcomes) if o.budget), ""),
        dry_run=any(o.dry_run for o in outcomes),
        parts=outcomes,
    )
