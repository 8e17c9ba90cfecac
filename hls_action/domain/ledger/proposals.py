"""Which issues were proposed as possibly the same as others: each once a thread, and a few times a week in all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from hls_action.domain.drafts.draft import Draft
from hls_action.domain.identity import ThreadId
from hls_action.domain.knowledge.unlinking import without_issue_links
from hls_action.domain.ledger.model import Ledger, Record
from hls_action.domain.tasks.effects import PostComment

WEEK = timedelta(days=7)
MOST = 5
"""In how many threads an issue is proposed within a week: GitHub tells its followers each time."""


def proposed_in(records: Collection[Record], keys: Collection[str] = ()) -> frozenset[int]:
    """What replies to a thread proposed, but for those to ``keys``, whose place a new answer takes."""
    return frozenset(number for record in records if record.key not in keys for number in record.proposed)


def at_bound(ledger: Ledger, repository: str, thread: ThreadId, now: datetime) -> frozenset[int]:
    """The issues that are proposed in as many threads besides this one as they may be."""
    recent = {
        (record.thread, number)
        for record in _records(ledger, repository)
        if record.thread != thread and now - record.at < WEEK
        for number in record.proposed
    }
    times = Counter(number for _, number in recent)
    return frozenset(number for number, count in times.items() if count >= MOST)


def refused_by(ledger: Ledger, repository: str, thread: ThreadId) -> frozenset[int]:
    """The other threads of which people said that they are not about this one."""
    found = _records(ledger, repository)
    return frozenset(record.thread.number for record in found if thread.number in record.refused)


def _records(ledger: Ledger, repository: str) -> Iterator[Record]:
    every = (record for shard in ledger.shards for record in shard.records.values())
    return (record for record in every if record.repository == repository)


def within_bounds(draft: Draft, over: Collection[int], repository: str) -> Draft:
    """``draft`` without links to issues that are ``over`` the bound by now, as other runs proposed them meanwhile:
    they are named as text, of which GitHub tells nobody.
    """
    gone = frozenset(draft.proposes) & frozenset(over)
    if not gone:
        return draft
    text = without_issue_links(draft.comment.text, repository, gone)
    return replace(
        draft,
        effects=tuple(replace(each, text=text) if isinstance(each, PostComment) else each for each in draft.effects),
        fields={name: None if name == "duplicate" and value in gone else value for name, value in draft.fields.items()},
        proposes=tuple(number for number in draft.proposes if number not in gone),
    )
