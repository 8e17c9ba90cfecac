"""Safeguards, each with a way to switch it off: the smallest patch on the real code, or on the store's comparison."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from unittest.mock import patch

from hls_action.domain import verdicts
from hls_action.domain.budget.budget import Budget
from hls_action.domain.faults import statuses
from hls_action.domain.faults.errors import ThreadGone, UpstreamError
from hls_action.domain.faults.fault import Fault
from hls_action.domain.knowledge import labelling
from hls_action.domain.ledger import claims, pause, transitions
from hls_action.domain.limits import brakes
from hls_action.domain.limits.brakes import Answers
from hls_action.domain.reasons import NONE
from hls_action.domain.tasks import follow_up
from hls_action.domain.threads import items, openings
from hls_action.line import publish, read, respond
from hls_action.records import store as ledger_store
from hls_action.records.leases import Leases
from tests.simulation.github import SimulatedGitHub
from tests.simulation.state import SharedState


@dataclass(frozen=True)
class Mutation:
    """A safeguard, switched off by putting ``instead`` where ``attribute`` of ``target`` was.

    ``breaks``: how the promises begin that it must break, one of them. ``within``: how many schedules it may take, from
    the seed ``begin`` on.
    """

    name: str
    target: object
    attribute: str
    instead: object
    breaks: tuple[str, ...]
    within: int = 500
    begin: int = 1

    def applied(self) -> AbstractContextManager[object]:
        """While this holds, the safeguard is off."""
        return patch.object(self.target, self.attribute, self.instead)


MUTATIONS = (
    Mutation(
        "no search for the marker after a failed post",
        publish,
        "_once",
        lambda run, thread, wanted: None,
        ("one answer",),
    ),
    Mutation(
        "a failed post is never taken for one that happened",
        Fault,
        "may_have_taken_effect",
        property(lambda self: False),
        ("one answer",),
    ),
    Mutation(
        "a marker counts, whoever wrote it",
        read,
        "own",
        lambda run, known: frozenset(items.marker_authors(known)),
        ("nothing lost",),
    ),
    Mutation(
        "whatever is not found means that the thread is gone",
        statuses,
        "failure",
        lambda endpoint, fault: ThreadGone(str(fault)) if fault.status in (404, 410) else UpstreamError(fault),
        ("gone",),
    ),
    Mutation(
        "what a token does not see is gone",
        SimulatedGitHub,
        "thread",
        lambda self, thread, is_pull=None: self._thread(thread.number, is_pull),
        ("gone",),
    ),
    Mutation(
        "no write-ahead",
        transitions,
        "write_ahead",
        lambda ledger, situation, keys, draft, until: ledger,
        ("write-ahead",),
    ),
    Mutation(
        "claims are not written",
        transitions,
        "claim",
        lambda ledger, situation, decision, until, relations=(), refused=(): ledger,
        ("claim",),
    ),
    Mutation(
        "claims of others are not respected",
        claims,
        "is_held",
        lambda record, situation: False,
        ("one answer", "claim", "write-ahead", "honest outcome"),
    ),
    Mutation(
        "no comparison before the swap",
        SharedState,
        "compares",
        False,
        ("one answer", "claim", "write-ahead", "nothing lost", "budget"),
    ),
    Mutation(
        "no reservation before a call",
        Budget,
        "reserve",
        lambda self, name, wanted, caps, *, item=None: self,
        ("budget",),
    ),
    Mutation(
        "caps are not looked at",
        Budget,
        "_check",
        lambda self, wanted, caps, item: None,
        ("budget",),
        begin=1_000,  # shares of a day alone keep most schedules below its cap
    ),
    Mutation(
        "limits are not looked at",
        brakes,
        "_refusal",
        lambda kind, who, bounds, given, now, waiting=0: None,
        ("limits",),
    ),
    Mutation(
        "answers are not counted",
        Answers,
        "plus",
        lambda self, one: self,
        ("limits",),
    ),
    Mutation(
        "a call in doubt costs nothing",
        Leases,
        "reserve_again",
        lambda self, situation, option, charge, caps: "none",
        ("budget",),
    ),
    Mutation(
        "claims never expire",
        claims,
        "has_expired",
        lambda record, now: False,
        ("nothing lost",),
    ),
    Mutation(
        "claims expire at once",
        claims,
        "has_expired",
        lambda record, now: True,
        ("one answer", "claim", "write-ahead", "honest outcome"),
    ),
    Mutation(
        "what could not be folded counts as folded",
        transitions,
        "_with_folded",
        lambda record, folded, unfolded: replace(record, folded=(*record.folded, *folded, *unfolded)),
        ("quiet",),
        begin=1_570,  # the last fold of all has to fail, which is rare: one in some thousand schedules
        within=50,
    ),
    Mutation(
        "nobody folds what a killed run left",
        claims,
        "outdated",
        lambda situation, records, head: (),
        ("quiet",),
        begin=1_200,
    ),
    Mutation(
        "what a comparison shows is taken for the author's change",
        read,
        "changed_since",
        lambda now, since, then, between: replace(now, files=between.files, since=since),
        ("own changes",),
    ),
    Mutation(
        "Claude is asked though nothing changed",
        respond,
        "is_as_reviewed",
        lambda thread: False,
        ("own changes",),
    ),
    Mutation(
        "every review is posted",
        verdicts,
        "is_nothing_new",
        lambda decision, draft, records, *, ordered: False,
        ("quiet",),
    ),
    Mutation(
        "a repository that is renamed begins anew",
        ledger_store,
        "follow_rename",
        lambda ledger, here: ledger,
        ("nothing lost",),
    ),
    Mutation(
        "a reply under an issue's old number answers nothing",
        items,
        "_is_issue",
        lambda key: False,
        ("one answer", "honest outcome"),
    ),
    Mutation(
        "labels of HLS's own are offered",
        labelling,
        "settable",
        lambda allow, repository_labels, rules: tuple(repository_labels),
        ("own labels",),
    ),
    Mutation(
        "a ticked box makes another request",
        items,
        "unticked",
        lambda markdown: markdown,
        ("claim", "honest outcome"),
    ),
    Mutation(
        "a pause is not looked for",
        pause,
        "reason",
        lambda ledger, repository, mention: NONE,
        ("paused",),
    ),
    Mutation(
        "what maintainers say answers nobody",
        openings,
        "answers_author",
        lambda comment, thread, rules: False,
        ("unasked",),
    ),
    Mutation(
        "every thread is new",
        openings,
        "_is_new",
        lambda thread, since: True,
        ("claim", "honest outcome"),
    ),
    Mutation(
        "an author who answers our question is not heard",
        follow_up,
        "with_heard",
        lambda thread, replies, rules, unfinished, withheld=None: thread,
        ("nothing lost",),
        begin=1_200,
    ),
    Mutation(
        "we ask as often as we like",
        follow_up,
        "MAX_ROUNDS",
        9,
        ("two rounds",),
    ),
)
