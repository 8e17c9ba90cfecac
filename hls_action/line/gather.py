"""What an answer needs besides the thread and the ledger, all of it read at the same time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from hls_action.domain.events.trigger import Trigger
from hls_action.domain.faults.errors import Dispensable
from hls_action.domain.knowledge import alike, labelling
from hls_action.domain.knowledge.alike import NOTHING_RELATED, Related
from hls_action.domain.knowledge.code.lookup import NOTHING_FOUND, Found
from hls_action.domain.knowledge.globs import chooses
from hls_action.domain.knowledge.guidance import NO_GUIDANCE, Guidance
from hls_action.domain.knowledge.issue_index import IssueIndex
from hls_action.domain.knowledge.labelling import LabelList
from hls_action.domain.knowledge.references import numbers_named
from hls_action.domain.ledger import proposals
from hls_action.domain.ledger.claims import ClaimDecision
from hls_action.domain.outcome import Outcome
from hls_action.domain.settings import Settings
from hls_action.domain.threads import items, refusals
from hls_action.domain.threads.facts import NO_FACTS, Facts
from hls_action.domain.threads.items import Item
from hls_action.domain.threads.thread import Label, Thread
from hls_action.line import read
from hls_action.line.code import look_up
from hls_action.line.run import Run
from hls_action.line.view import View

TIME_FOR_ISSUES = 240.0
"""Seconds that must be left: where requests take so long, the answer itself needs what is left."""
NO_TIME = "Claude was not shown other issues: there was too little time left to read them"
WITHHELD = (
    "GitHub does not list the changes of this pull request, so Claude did not see them; the diff may be too large."
)


@dataclass(frozen=True)
class Known:
    """The repository's labels; ``note``: why they are not known."""

    labels: tuple[Label, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Material:
    """``thread`` has its files; ``label_list``: labels the answer may set; ``notes``: what is missing, for people.

    ``facts``: what is known around it; ``own``: the logins whose markers are ours; ``found``: the code that was looked
    up for it; ``related``: the issues that the thread is possibly about as well.
    """

    settings: Settings
    thread: Thread
    label_list: LabelList
    guidance: Guidance = NO_GUIDANCE
    notes: tuple[str, ...] = ()
    facts: Facts = NO_FACTS
    own: frozenset[str] = frozenset()
    found: Found = NOTHING_FOUND
    related: Related = NOTHING_RELATED

    def noted(self, outcome: Outcome) -> Outcome:
        """``outcome``, with what is missing."""
        return replace(outcome, notes=(*self.notes, *outcome.notes))


def gather(run: Run, view: View, decision: ClaimDecision, trigger: Trigger) -> Material:
    """Read it, and go on without what an answer can do without.

    Errors: `ConfigError`, the last `UpstreamError`, `ThreadUnavailable`.

    Labels only where an answer may set them: on an issue that is answered as such. Pull requests and replies to
    comments are labelled only from a configured list, which needs no request.
    """
    work = decision.to_answer
    since = "" if trigger.force else items.last_reviewed_head(work, view.situation.replies_by_key)
    ordered = trigger.retry or bool(decision.asked)
    files = run.start(partial(read.with_files, run, view.thread, since, ordered=ordered))
    labelled = trigger.event != "issue_comment" and any(item.kind in ("issue", "label") for item in work)
    labels = run.start(partial(_labels, run)) if labelled else Known
    facts = run.start(lambda: read.facts(run, view.thread, view.around()))
    committed = run.committed()
    looked_up = run.start(partial(look_up, run, committed, view.thread, files))
    indexed = run.start(partial(_issues, run, committed.settings, trigger))
    if run.asks:
        run.start(run.model)  # importing it takes the processor: not before there is something to wait for
    settings, (around, unread) = committed.settings, facts()
    known, thread, (found, not_shown) = labels(), _without(files(), settings.ignore), looked_up()
    issues, unknown = indexed()
    related = _related(run, view, work, issues, around)
    settable = labelling.settable(settings.label_allow, known.labels, run.materials.rules)
    allowed = tuple(label for label in settable if label.name.lower() not in settings.triage.all_labels)
    label_list = labelling.number_labels(allowed, alike.labels_by_use(issues))
    withheld = WITHHELD if thread.pull and thread.pull.withheld else ""
    return Material(
        settings=committed.settings,
        thread=thread,
        label_list=replace(label_list, text=run.materials.redact(label_list.text).text),
        guidance=committed.guidance,
        notes=tuple(filter(None, (withheld, known.note, unread, not_shown, *unknown, *committed.notes))),
        facts=around.without(related.refused),
        own=view.own,
        found=found,
        related=related,
    )


def _related(run: Run, view: View, work: Sequence[Item], issues: IssueIndex, around: Facts) -> Related:
    """The issues that are most alike, without those that the thread names, that are refused, or that were proposed here
    or too often elsewhere.
    """
    thread, ledger, home = view.thread, run.ledger(), run.repository
    said = refusals.refused(thread, run.materials.rules)
    refused = said | proposals.refused_by(ledger, home, thread.id)
    proposed = proposals.proposed_in(view.records, {item.key for item in work})
    barred = {thread.number, *proposed, *refused, *(each.number for each in around.relations)}
    barred |= proposals.at_bound(ledger, home, thread.id, run.now)
    barred |= numbers_named((thread.title, thread.body, *(comment.body for comment in thread.comments)), home)
    nearest = alike.nearest(issues, thread.title, thread.body, run.now, barred)
    return Related(nearest, proposed, refused, tuple(sorted(said))[: refusals.MOST])


def _without(thread: Thread, ignore: Sequence[str]) -> Thread:
    """The thread without the changed files that the maintainers have left out of reviews."""
    if thread.pull is None or not ignore:
        return thread
    is_ignored = chooses(ignore)
    ignored = tuple(file.path for file in thread.pull.files if is_ignored(file.path))
    files = tuple(file for file in thread.pull.files if not is_ignored(file.path))
    total = thread.pull.file_total - len(ignored)
    return replace(thread, pull=replace(thread.pull, files=files, file_total=total, ignored=ignored))


def _issues(run: Run, settings: Settings, trigger: Trigger) -> tuple[IssueIndex, tuple[str, ...]]:
    """What is known of other issues. For a comment without what changed since the last sweep: that is one request, and
    who comments has often had an answer already.
    """
    if not settings.issues:
        return IssueIndex(), ()
    if run.remaining < TIME_FOR_ISSUES:
        return IssueIndex(), (NO_TIME,)
    return run.issue_index(fresh=run.sweeping or trigger.event != "issue_comment")


def _labels(run: Run) -> Known:
    try:
        return Known(run.labels())
    except Dispensable as error:
        return Known(note=f"the repository's labels could not be read, so Claude could not choose any: {error}")
