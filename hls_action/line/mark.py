"""Marks on a thread: what an answer's fields change there, held against the repository's labels."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from hls_action.config.inputs import nearest
from hls_action.domain.errors import DeadlineExceeded
from hls_action.domain.faults.errors import ThreadUnavailable, UpstreamError
from hls_action.domain.ledger import claims
from hls_action.domain.settings import Settings
from hls_action.domain.tasks import marks
from hls_action.domain.tasks.effects import Effect
from hls_action.domain.tasks.marks import Marked, Marks, acting
from hls_action.domain.tasks.task import Fields
from hls_action.line.run import Run
from hls_action.line.view import View


@dataclass(frozen=True)
class PlannedMarks:
    """``effects``: what sets the ``marks``; ``notes``: what of them is not set, and why."""

    marks: Marks = field(default_factory=dict)
    effects: tuple[Effect, ...] = ()
    notes: tuple[str, ...] = ()


def plan_marks(run: Run, view: View, settings: Settings, fields: Fields) -> PlannedMarks:
    """The marks for an answer with these ``fields``. It is paid for by now, so that nothing here is an error.

    Where there is something to change the thread is read again: while Claude thought, a person may have chosen.
    """
    marked, said = Marked(settings.triage, view.thread, claims.marks(view.records)), acting(fields)
    wanted = marked.changes(said)
    if not wanted:
        return PlannedMarks()
    try:
        labels = run.labels() if marks.adds_labels(wanted) else ()
        thread = run.retrier.call(lambda: run.github.thread(view.thread.id, is_pull=view.thread.is_pull))
    except (UpstreamError, ThreadUnavailable, DeadlineExceeded) as error:
        return PlannedMarks(notes=(f"`triage` set nothing, as GitHub did not tell what is there: {error}",))
    marked = replace(marked, thread=thread)
    wanted = marked.changes(said)
    names = tuple(label.name for label in labels)
    absent = marks.unknown(wanted, names)
    wanted = marks.without(wanted, absent)
    notes = tuple(_note(group, name, names) for group, name in absent.items())
    return PlannedMarks(wanted, marked.effects(wanted), notes)


def _note(group: str, name: str, labels: tuple[str, ...]) -> str:
    return f"`triage.{group}` names the label '{name}', which the repository does not have.{nearest(name, labels)}"
