"""An answer that an earlier run stored, before it is posted: held against the thread, and limited to what it may do."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from hls_action.domain.drafts import vetting
from hls_action.domain.drafts.draft import Draft
from hls_action.domain.drafts.fixed_texts import COMMAND_TEXTS
from hls_action.domain.drafts.vetting import DraftContext
from hls_action.domain.errors import ConfigError, HLSError
from hls_action.domain.faults.errors import UpstreamError
from hls_action.domain.faults.fault import Disposition, disposition
from hls_action.domain.knowledge import conversation, labelling
from hls_action.domain.knowledge.references import Referable
from hls_action.domain.ledger import claims
from hls_action.domain.reasons import NONE, Reason
from hls_action.domain.settings import Settings
from hls_action.domain.tasks import marks
from hls_action.domain.tasks.marks import Marks, TriageRules
from hls_action.domain.tasks.table import of_links
from hls_action.domain.text import outgoing
from hls_action.domain.text.foreign_links import without_foreign_links
from hls_action.domain.text.hosts import allowed as allowed_hosts
from hls_action.domain.threads.thread import Thread
from hls_action.line import commands, read
from hls_action.line.committed import Committed
from hls_action.line.publish import LOOKUP_DELAYS
from hls_action.line.run import Run
from hls_action.line.view import View
from hls_action.records.plans import Records


@dataclass(frozen=True)
class Vetted:
    """``draft``: as it may be posted; ``rejection``: why it may not be, or ``""``; ``overruled``: why nobody needs it
    any more; ``dropped``: labels that may not be set; ``note``: what else people should know.
    """

    draft: Draft
    rejection: str = ""
    overruled: Reason = NONE
    dropped: tuple[str, ...] = ()
    note: str = ""


def vet(run: Run, view: View, records: Records, draft: Draft, *, posted: bool = True) -> Vetted:
    """Check it; ``posted``: whether people are to read it. Errors: the last `UpstreamError` that may pass,
    `ThreadUnavailable`, where more had to be asked for.
    """
    place = DraftContext(
        _thread(run, view, draft), view.situation.replies_by_key, tuple(record.key for record in view.records)
    )
    rejection = vetting.rejection(draft, place, posted=posted)
    if draft.synthetic and run.github.is_real:
        rejection = rejection or "no model wrote it"
    if draft.comment.fixed in COMMAND_TEXTS and not rejection:
        reply = commands.rewritten(run, view, draft)
        if reply is None:
            return Vetted(draft, "nobody gave the command that it replies to")
        return Vetted(reply, overruled=commands.overruled(run, view, reply))
    if rejection:
        return Vetted(draft, rejection)
    if claims.marked_since(view.records, draft.written):
        draft = replace(draft, marks={})
    allowed = _allowed(run, records, draft)
    place = replace(place, rules=allowed.rules, made=claims.marks(view.records), base=_base(run, draft))
    limited = vetting.restricted(replace(draft, marks=allowed.marks), place, allowed.labels)
    limited, hosts = _without_foreign_links(run, view, limited)
    note = "; ".join(filter(None, (allowed.note, *of_links(hosts))))
    return Vetted(limited, dropped=tuple(name for name in draft.labels if name not in limited.labels), note=note)


def _without_foreign_links(run: Run, view: View, draft: Draft) -> tuple[Draft, tuple[str, ...]]:
    """The same, leading to none but this server, and hosts that the maintainers allow or the thread names by now; and
    where else it led. What Claude was given besides is not known any more.
    """
    comment, server = draft.comment, run.materials.server
    text = outgoing(comment.text)
    if without_foreign_links(text, allowed_hosts((), server, ()))[0] == text:
        return draft, ()
    committed = _committed(run)
    own = frozenset(reply.author.login for reply in view.situation.replies_by_key.values())
    read = conversation.build(view.thread, redact=run.materials.redact, own=own)
    given = Referable(view.thread.number, sources=(*read.sources, *committed.guidance.sources)).given_texts
    text, hosts = without_foreign_links(text, allowed_hosts(committed.settings.link_hosts, server, given))
    effects = tuple(replace(each, text=text) if each is comment else each for each in draft.effects)
    return replace(draft, effects=effects), hosts


def _committed(run: Run) -> Committed:
    """What the maintainers committed, or what holds without that, where it cannot be read."""
    try:
        return run.committed()
    except HLSError:
        return Committed(Settings())


def _base(run: Run, draft: Draft) -> str:
    """The default branch's commit, where the answer leads anywhere and it can be told."""
    if not draft.grounds.places:
        return ""
    return _committed(run).guidance.commit


def _thread(run: Run, view: View, draft: Draft) -> Thread:
    """The thread, with the comment that the draft would replace, if that is there: GitHub's lists may lag."""
    wanted, known = draft.comment.replaces, view.thread
    for wait in LOOKUP_DELAYS:
        if wanted is None or any(comment.id == wanted for comment in known.comments):
            break
        run.clock.sleep(wait)
        known = replace(known, comments=read.comments(run, known.id))
    return known


@dataclass(frozen=True)
class Allowed:
    """The ``labels`` that an answer to some items may set now, the ``rules`` of what marks the thread, and those among
    its ``marks`` that are there to be set. ``note``: why nothing may be, where that is for want of a rule.
    """

    labels: tuple[str, ...] = ()
    rules: TriageRules = field(default_factory=TriageRules)
    marks: Marks = field(default_factory=dict)
    note: str = ""


def _allowed(run: Run, records: Records, draft: Draft) -> Allowed:
    if not draft.labels and not draft.marks:
        return Allowed()
    try:
        settings = run.settings()
        allow, rules = settings.label_allow, settings.triage
        labelled = allow is None and any(record.key.startswith(("issue/", "label/")) for record in records)
        labels = run.labels() if labelled or marks.adds_labels(draft.marks) else ()
    except ConfigError as error:
        return Allowed(
            note=f"labels of a stored answer were not set, because the configuration could not be read: {error}"
        )
    except UpstreamError as error:
        if disposition(error.fault) is not Disposition.FAIL:
            raise
        return Allowed(note=f"labels of a stored answer were not set, because GitHub did not list them: {error}")
    found = labelling.settable(allow, labels if labelled else (), run.materials.rules)
    absent = marks.unknown(draft.marks, (label.name for label in labels))
    return Allowed(tuple(label.name for label in found), rules, marks.without(draft.marks, absent))
