"""What an answer will need besides the thread and the ledger, begun before the thread is there."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from hls_action.domain.events.trigger import Trigger
from hls_action.domain.identity import ThreadId
from hls_action.domain.ledger.model import Ledger
from hls_action.line.run import Run


def gather_ahead(
    run: Run, thread: ThreadId, trigger: Trigger, ledger: Callable[[], Ledger], history: Callable[[], object]
) -> None:
    """Begin to read it for what is new and what the ledger knows nothing of: a repeat costs no request for it, nor does
    an issue that may have brought its answer from another repository.

    ``ledger``: waits for it; ``history``: reads what happened around the thread, which of a new issue is nothing.
    Nobody waits for this: `gather` finds what is there by then, and reads what failed again.
    """
    if not trigger.is_new:
        return
    if run.by_git:
        run.start(run.committed)
    if run.has_ledger:
        run.start(partial(_gather, run, thread, trigger, ledger, history))


def _gather(
    run: Run, thread: ThreadId, trigger: Trigger, ledger: Callable[[], Ledger], history: Callable[[], object]
) -> None:
    about = f"comment/{trigger.comment}@" if trigger.comment is not None else ""
    if any(record.key.startswith(about) for record in ledger().of(run.repository, thread)):
        return
    run.start(run.stored_issues)  # whether they are wanted or not: this costs GitHub no request
    run.start(run.labels if trigger.just_opened else history)
    run.committed()
