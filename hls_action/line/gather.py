"""What an answer needs besides the thread and the ledger, all of it read at the same time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from hls_action.domain import items, labelling
from hls_action.domain.claims import Standing
from hls_action.domain.events.trigger import Trigger
from hls_action.domain.labelling import Offered
from hls_action.domain.policy import Settings
from hls_action.domain.thread import Label, Thread
from hls_action.line import read
from hls_action.line.run import Run
from hls_action.line.view import View


@dataclass(frozen=True)
class Material:
    """``thread`` has its files; ``offered``: labels the answer may set."""

    settings: Settings
    thread: Thread
    offered: Offered


def gather(run: Run, view: View, standing: Standing, trigger: Trigger) -> Material:
    """Read it. Errors: `ConfigError`, the last `UpstreamError`, `ThreadUnavailable`.

    Labels only where an answer may set them: on an issue that is answered as such. Pull requests and replies to
    comments are labelled only from a configured list, which needs no request.
    """
    work = standing.work
    since = "" if trigger.force else items.reviewed_before(work, view.seen.marked)
    ordered = trigger.retry or bool(standing.asked)
    files = run.start(partial(read.with_files, run, view.thread, since, ordered=ordered))
    labelled = trigger.event != "issue_comment" and any(item.kind in ("issue", "label") for item in work)
    labels = run.start(run.labels) if labelled else tuple[Label, ...]
    settings = run.settings()
    allowed = labelling.settable(settings.label_allow, labels(), run.materials.rules)
    return Material(settings, files(), labelling.offer(allowed))
