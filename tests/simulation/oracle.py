"""The promises, checked by someone who knows what was asked and sees every effect, and trusts nothing that HLS says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from hls_action.domain.knowledge import issue_documents
from hls_action.domain.outcome import Outcome
from hls_action.domain.text import outgoing
from hls_action.domain.threads.thread import Comment, Thread
from tests.simulation.actions import TIMED_EVENTS
from tests.simulation.asks import LABEL_KEY, Ask, comment_key, follow_up_key, issue_key, pull_key
from tests.simulation.climate import EVERY_PUSH, GROUPS
from tests.simulation.github import LABELS, MAX_LAG, OURS
from tests.simulation.job import SECRET
from tests.simulation.scheduler import START

if TYPE_CHECKING:
    from tests.simulation.actions import Run
    from tests.simulation.github import Version
    from tests.simulation.job import Job
    from tests.simulation.people import Topic
    from tests.simulation.world import World

MAX_ROUNDS = 2
"""How often an author is asked, and heard without a mention."""
MAX_CALLS = 60
"""Eight tries of six attempts, and some that do not count."""
MAX_REQUESTS, MAX_REQUESTS_PULL, MAX_REQUESTS_NOTHING = 8, 11, 2
"""One of them for the maintainers' instructions, which git does not read in this world."""
UNREADABLE = 2
"""Requests that a look at a thread takes."""

OWN_LABELS = frozenset(("hls", "hls-ignore"))
"""By these, people tell HLS what to do."""

Key = tuple[int, str]
Entry = Mapping[str, Any]

WITHHELD = "[GitHub lists none of these changes"
"""What Claude is told where GitHub does not say what a pull request changes."""
_DIFF = re.compile(r'<diff(?: base="[^"]*")?(?: since="(\w+)")? ')
_MARKER = re.compile(r"<!-- hls:1 (.+) -->")
FINAL_SKIP_CODES = ("not-allowed", "budget", "not-relevant", "nothing-new", "no-reply-needed", "low-confidence", "loop")
"""What ends an item without an answer, as the maintainers would have it."""
STATE_CODES = ("state-unavailable", "state-forbidden", "state-unreadable", "conflict")
"""Red without a failed item: without its state, a run can promise nothing, and says so."""


UNAVAILABLE = "thread-unavailable"
CROSSING = timedelta(seconds=10)
LEAST_ROUNDS = 3
"""Nobody is taken for a machine before."""


def _is_within(version: Version, later: Version | None, job: Job) -> bool:
    """Whether a run could see a thread so, before ``later``; replicas lag."""
    return later is None or later.at >= job.began - MAX_LAG


def named(comment: Comment) -> tuple[str, ...]:
    """All that a comment's marker names."""
    match = _MARKER.match(comment.body)
    return tuple(match[1].split()) if match else ()


def marked(comment: Comment) -> tuple[str, ...]:
    """The keys that a comment claims to answer."""
    return tuple(key for key in named(comment) if not key.startswith(("notice/", "waiting/")))


def _brought(comment: Comment, number: int) -> tuple[str, ...]:
    """What a comment answered that an issue brought along from another repository, by the issue's number of now."""
    keys = marked(comment)
    is_brought = any(key.startswith("issue/") and key.partition("@")[0] != f"issue/{number}" for key in keys)
    return tuple(f"issue/{number}{key[len(key.partition('@')[0]) :]}" for key in keys) if is_brought else ()


def _shows(comment: Comment, draft: Entry | None) -> bool:
    """Whether a comment is what was written ahead: for the same items, with the same text."""
    if draft is None:
        return False
    # A text of HLS's own says what is so when it is posted, whatever was so when it was stored.
    texts = [effect["text"] for effect in draft["effects"] if effect["kind"] == "comment" and not effect.get("fixed")]
    return marked(comment) == tuple(draft["keys"]) and all(_cleaned(text) in comment.body for text in texts)


@lru_cache(maxsize=20_000)
def _cleaned(text: str) -> str:
    """As it may be posted, which is what was stored unless that was tampered with."""
    return outgoing(text)


def _code(record: Entry) -> str:
    """By what code a record ended, or waits."""
    return str(record.get("reason", {}).get("code", ""))


@dataclass
class Oracle:
    """Watches one world.

    ``broken``: what it saw that must not be; ``calls``: how often Claude was asked; ``records``: the shared state's, as
    stored; ``drafts``: as stored, by name; ``tampered``: what else
    somebody made of them; ``written``: by the address of each comment of ours, the keys it names;
    ``failed_by``: which jobs gave an item up; ``deferred_by``: which put one off; ``waited``: when an item of a thread
    was last seen to wait and waits no more; ``claimed``: what any run ever took up. ``marks``: the labels that a
    thread had of a group when we last changed them; ``choices``: when a person first made them others.
    ``paused``: whether a pause stands in the ledger.
    """

    world: World
    broken: list[str] = field(default_factory=list)
    calls: int = 0
    records: dict[Key, Entry] = field(default_factory=dict)
    drafts: dict[str, Entry] = field(default_factory=dict)
    tampered: dict[str, list[Entry]] = field(default_factory=dict)
    written: dict[str, tuple[str, ...]] = field(default_factory=dict)
    failed_by: dict[Key, list[Job]] = field(default_factory=dict)
    deferred_by: list[Job] = field(default_factory=list)
    waited: dict[int, float] = field(default_factory=dict)
    claimed: set[Key] = field(default_factory=set)
    marks: dict[Key, frozenset[str]] = field(default_factory=dict)
    choices: dict[Key, float] = field(default_factory=dict)
    paused: bool = False

    def breaks(self, promise: str, *details: object) -> None:
        """A promise is broken: the world ends."""
        text = promise % details if details else promise
        self.broken.append(text)
        self.world.note("ORACLE", "%s", text)
        self.world.scheduler.stop()

    # ---- what it is shown ----

    def commented(self, job: Job, number: int, comment: Comment) -> None:
        """A comment of ours came to say what it says."""
        keys = marked(comment)
        if number in self.world.repository.alert_issues:
            self._alerted(job, number, comment, keys)
            return
        if any(key.startswith("notice/") for key in named(comment)):
            self._noticed(job, number, comment)
            return
        if not keys:
            self.breaks("honest outcome: %s wrote a comment that names nothing in %s", job, number)
        self._asked_author(job, number)
        for key in keys:
            ask = self.world.asks.by_key.get((number, key))
            if (number, key) in self.world.asks.commands:
                if "HLS posted this by itself" not in comment.body:
                    self.breaks("honest outcome: %s had Claude answer the command %s in %s", job, key, number)
            elif ask is None:
                self.breaks("honest outcome: %s answered what nobody asked in %s: %s", job, number, key)
            elif not re.search(rf"\b{ask.token}\b", comment.body):
                self.breaks("honest outcome: %s marked %s as answered by a comment that does not answer it", job, ask)
            ours = self.world.repository.our_comments(number)
            if any(
                c.id != comment.id and key in (*marked(c), *_brought(c, number))
                for c in ours
                if not self._beside(job, c)
            ):
                self.breaks("one answer: %s wrote a second one to %s in %s", job, key, number)
        job.posts += 1
        self._written_ahead(job, number, comment)
        self.written[comment.url] = keys
        self._no_secret(comment.body)

    def _beside(self, job: Job, reply: Comment) -> bool:
        """Whether a forced run may post beside a reply instead of in its place: by the clocks of runners, which differ,
        that may have been written anew after this run had read it, and then it must not be lost.
        """
        began = START + timedelta(seconds=job.began)
        written = reply.updated_at or reply.created_at
        return job.run.force and began - written < timedelta(seconds=2 * self.world.climate.skew)

    def _noticed(self, job: Job, number: int, comment: Comment) -> None:
        """A thread is told of a cap: only where somebody asked, and of each day once."""
        others = [c for c in self.world.repository.our_comments(number) if c.id != comment.id]
        if any(other.body == comment.body for other in others):
            self.breaks("noise: %s told %s again what it had been told", job, number)
        if named(comment) == (f"notice/{number}-loop",):
            return
        here = {key: _code(entry) for (n, key), entry in self.records.items() if n == number}
        kept_back = [key for key, code in here.items() if code in ("budget", "share")]
        if not any(key.startswith(("comment/", "label/")) or "@" in key for key in kept_back):
            self.breaks("unasked: %s told %s of a cap, where nobody asked anything: %s", job, number, kept_back)

    def _asked_author(self, job: Job, number: int) -> None:
        """Where nothing keeps runs of a thread apart, two that read it at once may both ask."""
        asking = [c for c in self.world.repository.our_comments(number) if "waiting/author" in named(c)]
        if len(asking) > MAX_ROUNDS + (self.world.climate.concurrency == "none"):
            self.breaks("two rounds: %s asked the author of %s once more: %s", job, number, len(asking))

    def looked(self, job: Job, number: int, comment: int | None) -> None:
        """We reacted to something."""
        begins = f"comment/{comment}@" if comment else ("issue/", "label/")
        if not any(n == number and key.startswith(begins) for n, key in self.world.asks.by_key):
            self.breaks("honest outcome: %s reacted in %s to what nobody asked: %s", job, number, comment)

    def labelled(self, job: Job, number: int, names: tuple[str, ...]) -> None:
        """Labels were set by us."""
        if OWN_LABELS.intersection(names):
            self.breaks("own labels: %s set %s in %s", job, names, number)
        if not {*GROUPS, "hls-waiting", *(label.name for label in LABELS)}.issuperset(names):
            self.breaks("nothing planted: %s set %s in %s, which no answer may", job, names, number)

    def no_longer_waits(self, number: int) -> None:
        """We wait for the author no more: what came in these seconds crossed with that, and may go unheard."""
        now = START + timedelta(seconds=self.world.scheduler.now)
        latest = self.world.repository.latest(number).comments
        crossed = {comment.id for comment in latest if now - comment.created_at < CROSSING}
        self.world.people.topics[number].owed -= crossed

    def marked(self, job: Job, number: int, names: tuple[str, ...]) -> None:
        """Labels were set or taken off by us."""
        for group in {GROUPS[name] for name in names if name in GROUPS}:
            chosen = self.choices.get((number, group), job.began)
            if chosen < job.began - MAX_LAG:
                self.breaks("a person's choice: %s changed the %s of %s: %s", job, group, number, names)
            elif self.world.scheduler.now - chosen < CROSSING.total_seconds():
                self.choices.pop((number, group), None)  # both did the same at a time, and nothing tells whose it is
            self.marks[number, group] = self._marks_of(number, group)

    def chosen(self, number: int, name: str) -> None:
        """A label was set or taken off by a person; what is then as we left it may be taken for ours, also where that
        is only what the ledger says, as after a run that died before it could write down what it set.
        """
        key = (number, GROUPS[name])
        if self._marks_of(*key) in (self.marks.get(key, frozenset()), self._recorded(*key)):
            self.choices.pop(key, None)
        else:
            self.choices.setdefault(key, self.world.scheduler.now)

    def _recorded(self, number: int, group: str) -> frozenset[str]:
        entries = (entry for (thread, _), entry in self.records.items() if thread == number)
        return frozenset(filter(None, (entry.get("marks", {}).get(group) for entry in entries)))

    def _marks_of(self, number: int, group: str) -> frozenset[str]:
        thread = self.world.repository.latest(number).thread
        return frozenset(name for name in thread.labels if GROUPS.get(name) == group) if thread else frozenset()

    def touched(self, job: Job, comment: Comment) -> None:
        """A comment was replaced, or folded, by us."""
        if comment.author != OURS:
            self.breaks("nothing planted: %s touched a comment by %s: %s", job, comment.author.login, comment.id)

    def planted(self, number: int, name: str, draft: Entry) -> None:
        """Somebody else changed an answer that is stored: it may be posted so once it is cleaned, or asked for anew."""
        self.tampered.setdefault(name, [self.drafts[name]]).append(draft)  # its writer may post it yet, as it was
        for (of_thread, key), record in self.records.items():
            ask = self.world.asks.by_key.get((of_thread, key))
            if of_thread == number and ask is not None and record.get("draft") == name:
                ask.drafted = False

    def _alerted(self, job: Job, number: int, comment: Comment, keys: tuple[str, ...]) -> None:
        others = [c for c in self.world.repository.our_comments(number) if c.id != comment.id]
        if not keys or any(key in marked(other) for other in others for key in keys):
            self.breaks("noise: %s told again of %s", job, keys)

    def opened(self, job: Job, number: int, body: str) -> None:
        """An issue of ours was opened."""
        if len(self.world.repository.alert_issues) > 1:
            self.breaks("noise: %s opened another alert issue, %s: %s", job, number, body)

    def _written_ahead(self, job: Job, number: int, comment: Comment) -> None:
        """The answer was stored, and whoever posts it holds all it names that is still asked."""
        records = [self.records.get((number, key), {}) for key in marked(comment)]
        asked = [record for record in records if record.get("state") != "skipped"]
        if not asked or not all(self._is_stored(comment, str(record.get("draft"))) for record in asked):
            self.breaks("write-ahead: %s posted an answer in %s that was not stored: %s", job, number, marked(comment))
        elif any(r["by"] != str(job.claimant) or self._until(r) <= self.world.scheduler.now for r in asked):
            self.breaks("claim: %s posted an answer in %s without holding it: %s", job, number, marked(comment))

    def _is_stored(self, comment: Comment, name: str) -> bool:
        return any(_shows(comment, draft) for draft in (self.drafts.get(name), *self.tampered.get(name, ())))

    def indexed(self, job: Job, changes: Mapping[str, str | None]) -> None:
        """The index of issues was changed. It can be read, and no pull request is in it."""
        for text in changes.values():
            self._no_secret(text or "")
        found = issue_documents.read(self.world.index.documents).index.issues
        threads = [self.world.repository.versions[number][0].thread for number in found]
        pulls = [thread.number for thread in threads if thread is not None and thread.is_pull]
        if pulls:
            self.breaks("issues alone: %s put pull requests into the index: %s", job, pulls)

    @property
    def index_is_complete(self) -> bool:
        """Whether the index of issues is what GitHub has."""
        kept = issue_documents.read(self.world.index.documents)
        latest = (self.world.repository.latest(number).thread for number in self.world.repository.numbers)
        wanted = {t.number: (t.state, t.title) for t in latest if t is not None and not t.is_pull}
        found = {number: (issue.state, issue.title) for number, issue in kept.index.issues.items()}
        return kept.progress.stage == "done" and found == wanted

    def stored(self, job: Job, changes: Mapping[str, str | None]) -> None:
        """The shared state was changed."""
        was_paused, before = self.paused, dict(self.records)
        if meta := changes.get("meta.json"):
            last = [pauses[-1] for pauses in json.loads(meta).get("pauses", {}).values()]
            self.paused = any("until" not in pause for pause in last)
        self._stored(job, changes)
        taken = {key for key, entry in self.records.items() if self._took_up(job, before.get(key), entry)}
        if was_paused and (taken - self.world.asks.commands):
            self.breaks("paused: %s took up %s while a pause stood in the ledger", job, sorted(taken))

    def _took_up(self, job: Job, before: Entry | None, after: Entry) -> bool:
        """Whether a job holds what it did not hold before."""
        mine, holds = str(job.claimant), ("claimed", "answered")
        held = before is not None and before["by"] == mine and before["state"] in holds
        return after["by"] == mine and after["state"] in holds and not held

    def _stored(self, job: Job, changes: Mapping[str, str | None]) -> None:
        counted = {"purse.json": self.world.books.stored, "answers.json": self.world.meter.stored}
        for path, text in changes.items():
            self._no_secret(text or "")
            if path in counted:
                counted[path](job, text or "")
            if not path.startswith("items/"):
                continue
            for key in [key for key in self.records if f"items/{key[0] % 16:02x}.json" == path]:
                if self.records.pop(key).get("until"):
                    self.waited[key[0]] = self.world.scheduler.now
            data = json.loads(text or "{}")
            self.drafts.update(data.get("drafts", {}))
            names: set[str] = set()
            for name, items in data.get("threads", {}).items():
                repository, _, found = name.rpartition("#")
                number = int(found)
                names.add(repository)
                for key, entry in items.items():
                    self.records[number, key] = entry
                    if entry["by"] == str(job.claimant):
                        self._written(job, number, key, entry)
            if len(names) > 1:
                self.breaks("nothing lost: %s stored records under several names: %s", job, names)

    def _written(self, job: Job, number: int, key: str, entry: Entry) -> None:
        if (number, key) not in self.claimed and number in self.world.people.topics:
            self.claimed.add((number, key))
            self._is_wanted(job, number, key)
        ask = self.world.asks.by_key.get((number, key))
        answers = [c for c in self.world.repository.our_comments(number) if not named(c)[0].startswith("notice/")]
        if _code(entry) == "loop" and len(answers) < LEAST_ROUNDS:
            self.breaks("loop: %s cut one in %s after %s answers", job, number, len(answers))
        if _code(entry) == UNAVAILABLE:
            self._is_gone(job, number, str(entry["reason"]))
        if ask is not None and entry.get("draft") and entry["draft"] not in self.tampered:
            ask.drafted = True
        ordered = entry["state"] == "claimed" and job.run.force
        withdrawn = _code(entry) == "withdrawn"
        if withdrawn and key != LABEL_KEY and self._is_asked(number, key):  # labels may have gone and come again
            self.breaks("nothing lost: %s withdrew %s in %s, which is still asked", job, key, number)
        if ask is not None and (ordered or withdrawn):
            ask.drafted = False  # a maintainer wants another answer; or nobody did, when this was written
        if entry["state"] == "deferred" and entry.get("until"):
            self.deferred_by.append(job)
        if entry["state"] == "failed":
            by = self.failed_by.setdefault((number, key), [])
            if job not in by:
                by.append(job)

    def _is_wanted(self, job: Job, number: int, key: str) -> None:
        """Nobody gets a first answer from us after a maintainer's, unless somebody orders it, or it is about a push."""
        settled_at, run = self.world.people.topics[number].settled_at, job.run
        follow_up = next((i for i in self.world.people.topics[number].follow_ups if key.startswith(f"comment/{i}@")), 0)
        asked = [c.id for c in self.world.repository.our_comments(number) if "waiting/author" in named(c)]
        if follow_up and not any(each < follow_up for each in asked):
            self.breaks("unasked: %s took up %s in %s, which answers nothing that we asked", job, key, number)
        ordered = run.event == "workflow_dispatch" and run.number is not None and not run.matrix
        reviewed = any(k.startswith("pull/") for c in self.world.repository.our_comments(number) for k in marked(c))
        is_first = key == issue_key(number) or (key.startswith("pull/") and not reviewed)
        if settled_at is None or not is_first or ordered or run.event == "pull_request":
            return
        if job.began > settled_at + MAX_LAG:
            self.breaks("unasked: %s took up %s in %s, which a maintainer had answered", job, key, number)

    def _is_asked(self, number: int, key: str) -> bool:
        thread, topic = self.world.repository.latest(number).thread, self.world.people.topics[number]
        return thread is not None and key in _owed(topic, thread, every_push=True)

    def called(self, job: Job, asks: tuple[Ask, ...]) -> None:
        """Claude was asked, and will be paid."""
        self.calls += 1
        self.world.meter.called(job, asks)
        for ask in asks:
            ask.calls += 1
            if ask.drafted:
                self.breaks("write-ahead: %s asked Claude again about %s, whose answer was stored", job, ask)
            if ask.calls > MAX_CALLS:
                self.breaks("claim: Claude was asked %s times about %s", ask.calls, ask)
            record = self.records.get((ask.number, ask.key), {})
            if record.get("state") != "claimed" or record.get("by") != str(job.claimant):
                self.breaks("claim: %s asked Claude about %s without holding it: %s", job, ask, record)
            elif self._until(record) <= self.world.scheduler.now:
                self.breaks("claim: %s asked Claude about %s when its claim had expired", job, ask)

    def shown(self, job: Job, asks: tuple[Ask, ...], opening: str) -> None:
        """What Claude is shown of a pull request: what its author changed, and nothing else."""
        begin = _DIFF.search(opening)
        head = next((ask.key.removeprefix("pull/") for ask in asks if ask.key.startswith("pull/")), "")
        if not begin or not head:
            return
        heads, diff = self.world.repository.heads, opening[begin.start() :]
        if WITHHELD in diff and job.denied:
            return
        theirs = re.findall(r"\bm\d+\b", diff)
        if theirs:
            self.breaks("own changes: %s showed Claude what others changed: %s", job, theirs)
        before = next((each.own for sha, each in heads.items() if begin[1] and sha.startswith(begin[1])), ())
        versions = self.world.repository.versions[asks[0].number]
        seen = [v.thread for v, later in zip(versions, [*versions[1:], None], strict=True) if _is_within(v, later, job)]
        shown = [heads[thread.pull.head_sha].own for thread in seen if thread and thread.pull]
        fresh = {line for line in heads[head].own if line not in before and all(line in own for own in shown)}
        if missing := fresh - set(re.findall(r"\bw\d+\b", diff)):
            self.breaks("own changes: %s did not show Claude %s", job, sorted(missing))
        if not re.search(r"\bw\d+\b|no longer changed", diff) and before:
            self.breaks("own changes: %s asked Claude about nothing", job)

    def ended(self, job: Job) -> None:
        """A job is over."""
        process = job.process
        if process.error is not None:
            self.breaks("honest outcome: %s has a bug: %r", job, process.error)
        if job.usage_error and not self.world.config_was_broken:
            self.breaks("honest outcome: %s ended with a usage error: %s", job, job.usage_error)
        if job.outcome is None:
            return
        if job.run.by_bot and not job.outcome.green:
            self.breaks("honest outcome: %s, by a bot's event, is red: %s", job, job.outcome.reason)
        for part in job.outcome.parts or (job.outcome,):
            self._honest(job, part)
            self._no_secret("\n".join((str(part.reason), *part.notes)))
        became_failed = [key for key, jobs in self.failed_by.items() if job in jobs and self._is_failed(key)]
        if became_failed and job.outcome.green:
            self.breaks("honest outcome: %s gave up %s and is green: %s", job, became_failed, job.outcome.reason)
        if self.world.climate.calm:
            self._frugal(job, job.outcome)

    # ---- what it checks ----

    def _honest(self, job: Job, outcome: Outcome) -> None:
        match outcome.status:
            case "done":
                self._is_done(job, outcome)
            case "deferred":
                waits = any(n == outcome.number and entry.get("until") for (n, _), entry in self.records.items())
                waits = waits or self.waited.get(outcome.number or 0, -1.0) >= job.began  # it did when this run looked
                sweep = outcome.number is None  # it comes again anyway
                if not (waits or sweep or job in self.deferred_by):
                    self.breaks("honest outcome: %s said deferred, and nothing is recorded: %s", job, outcome.reason)
            case "skipped":
                if outcome.reason.code == UNAVAILABLE and outcome.number is not None:
                    self._is_gone(job, outcome.number, outcome.reason.detail)
            case "failed":
                gave_up = any(job in jobs for (n, _), jobs in self.failed_by.items() if n == outcome.number)
                # It was cut off before it could record that; or an answer stands, and another one was ordered in vain.
                excused = job.cut_off or job.run.force or outcome.reason.code in STATE_CODES
                excused = excused or (outcome.number is None and job.denied)  # a sweep that may not list threads
                if not (gave_up or excused):
                    self.breaks("honest outcome: %s is red, and no item became failed: %s", job, outcome.reason)

    def _is_gone(self, job: Job, number: int, reason: str) -> None:
        """A thread is only said to be gone, or closed to us, that was so while the run could see it."""
        versions = self.world.repository.versions[number]
        seen = [v for v, later in zip(versions, [*versions[1:], None], strict=True) if _is_within(v, later, job)]
        if all(version.thread is not None and not version.thread.locked for version in seen):
            self.breaks("gone: %s said so of %s, which stands: %s", job, number, reason)

    def _is_done(self, job: Job, outcome: Outcome) -> None:
        named = self.written.get(outcome.comment_url)
        if named is None:
            self.breaks("honest outcome: %s said done, and there is no such comment: %s", job, outcome.comment_url)
        elif not {item.key for item in outcome.items} <= set(named):
            self.breaks("honest outcome: %s said done, and its comment does not name all: %s", job, outcome.reason)

    def _is_failed(self, key: Key) -> bool:
        """Whether an item is on record as failed, and no other run took it up since, or saw that it is no more."""
        return self.records.get(key, {}).get("state") == "failed"

    def _frugal(self, job: Job, outcome: Outcome) -> None:
        if job.run.event in TIMED_EVENTS or job.alerted or not self._was_there(job.run):
            return  # a run looks three times for the comment that woke it before it believes that it was deleted
        heads = self.world.people.topics[job.run.number or 0].heads
        pushed = len(heads) > 1  # settings say whether that counts
        most = MAX_REQUESTS_PULL if heads else MAX_REQUESTS
        labelled = outcome.labels or any(item.kind in ("issue", "label") for item in outcome.items)
        extra = bool(labelled and job.listed_comments) + job.compared + job.folds  # a new issue need not list comments
        extra += job.marks + bool(labelled)  # the issues that changed, which a comment does without
        extra += job.verified  # before somebody is held back, it is asked who they are
        extra += UNREADABLE * job.lost_swaps  # another run was faster, and the thread is looked at again
        if outcome.status == "done" and job.requests > most * job.posts + extra:
            self.breaks("frugal: %s took %s requests: %s", job, job.requests, outcome.reason)
        if outcome.reason.code == "already-answered" and job.requests > MAX_REQUESTS_NOTHING and not pushed:
            self.breaks("frugal: %s took %s requests for nothing: %s", job, job.requests, outcome.reason)

    def _was_there(self, run: Run) -> bool:
        comment = run.payload.get("comment")
        there = (each.id for each in self.world.repository.latest(run.number or 0).comments)
        return not isinstance(comment, dict) or comment["id"] in there

    def _no_secret(self, text: str) -> None:
        if SECRET in text:
            self.breaks("secrets: one is in %s", text[:200])

    def _until(self, record: Entry) -> float:
        until = datetime.fromisoformat(str(record["until"]))
        return (until - START) / timedelta(seconds=1)

    # ---- at the end ----

    @property
    def next_due(self) -> float:
        """The second at which the first of the records that wait may be taken up."""
        return min((self._until(entry) for entry in self._waiting()), default=0.0)

    @property
    def settled(self) -> bool:
        """Whether no record waits for anything, be it another look at a thread that could not be read."""
        ended = all(entry["state"] in ("published", "skipped", "failed") for entry in self.records.values())
        return ended and not any(self._waiting())

    def _waiting(self) -> Iterator[Entry]:
        """What is to be done at a time that is on record; until when a notice holds is no such time."""
        yield from (
            entry for (_, key), entry in self.records.items() if entry.get("until") and not key.startswith("notice/")
        )

    def final(self) -> None:
        """Nothing changes any more: is everything as it was promised?"""
        for (number, key), entry in self.records.items():
            if entry["state"] not in ("published", "skipped", "failed"):
                self.breaks("nothing lost: the record of %s in %s stays %s", key, number, entry["state"])
            if entry["state"] == "failed" and self.world.climate.calm:
                self.breaks("nothing lost: %s in %s failed where nothing can", key, number)
            if entry["state"] in ("skipped", "failed") and not entry.get("reason"):
                self.breaks("nothing lost: %s in %s is %s without a reason", key, number, entry["state"])
        if self.world.climate.calm and (left := self.world.repository.eyes):
            self.breaks("quiet: there still are eyes at %s", sorted(left))
        self.world.books.final()
        for topic in self.world.people.topics.values():
            self._nothing_lost(topic)
            self._is_quiet(topic)

    def _is_quiet(self, topic: Topic) -> None:
        """Of our reviews of a pull request only that of its head is open, or else the last, unless maintainers want it
        otherwise; and of two in a row one says something.
        """
        version, config = self.world.repository.latest(topic.number), self.world.climate.config or ""
        keys = {c.id: marked(c) for c in self.world.repository.our_comments(topic.number)}
        reviews = [number for number, of in keys.items() if of and all(key.startswith("pull/") for key in of)]
        thread = version.thread
        if thread is None or thread.pull is None or thread.state == "closed":  # nobody looks at one that is closed
            return
        current = [number for number in reviews if f"pull/{thread.pull.head_sha}" in keys[number]] or reviews[-1:]
        earlier = frozenset(reviews) - frozenset(current)
        if "review:" not in config and not self.world.may_not_fold and not earlier <= version.folded:
            self.breaks("quiet: %s in %s are still open", sorted(earlier - version.folded), topic.number)
        if "review: new" in config and version.folded:
            self.breaks("quiet: %s in %s are folded", sorted(version.folded), topic.number)
        if "review: replace" in config and self.world.climate.calm and earlier:
            self.breaks("quiet: %s in %s were not written anew", sorted(earlier), topic.number)
        if self.world.climate.calm and "review:" not in config:
            reviewed = [(n, (topic.number, key)) for n in keys for key in keys[n] if key.startswith("pull/")]
            for (_, before), (number, after) in pairwise(reviewed):
                if number in reviews:  # what answers a question as well is posted in any case
                    self._says_something(before, after)

    def _says_something(self, before: Key, after: Key) -> None:
        """Of two reviews one does, unless they were made at the same time, as by a sweep beside an event's run."""
        found = [self.world.asks.by_key[key].findings for key in (before, after)]
        begun, known = self.records[after]["first"], self.records[before]["at"]
        if found == [0, 0] and begun > known:
            self.breaks("quiet: %s says nothing, and neither did %s before it", after, before)

    def _nothing_lost(self, topic: Topic) -> None:
        thread = self.world.repository.latest(topic.number).thread
        if thread is None:
            return
        ours = self.world.repository.our_comments(topic.number)
        brought = {key for comment in ours for key in _brought(comment, topic.number)}
        named = {key for comment in ours for key in marked(comment) if not _brought(comment, topic.number)}
        answered = {key for key in named if not key.startswith("notice/")}
        for key in answered:
            entry = self.records.get((topic.number, key), {})
            if entry.get("state") != "published":
                self.breaks(
                    "honest outcome: %s in %s is answered, and recorded as %s", key, topic.number, entry.get("state")
                )
        for (number, key), entry in self.records.items():
            if number == topic.number and entry["state"] == "published" and key not in answered | brought:
                self.breaks("honest outcome: %s in %s is recorded as published, and no comment names it", key, number)
        if thread.state == "closed" or thread.locked or "hls-ignore" in thread.labels:
            return
        given_up = {
            key
            for (number, key), entry in self.records.items()
            if number == topic.number and (entry["state"] == "failed" or _code(entry) in FINAL_SKIP_CODES)
        }
        every_push = EVERY_PUSH in (self.world.climate.config or "")
        reviewed = any(key.startswith("pull/") for key in answered)
        for owed in _owed(topic, thread, every_push=every_push, reviewed=reviewed):
            if not any(key == owed or key.startswith((f"{owed}@", f"{owed}/")) for key in answered | given_up):
                self.breaks("nothing lost: %s in %s has no answer", owed, topic.number)


def _owed(topic: Topic, thread: Thread, *, every_push: bool, reviewed: bool = False) -> list[str]:
    """Keys, or beginnings of keys, that must have an answer; a first one only if no maintainer gave one."""
    owed = [comment_key(comment_id, token) for comment_id, token in topic.comments.items()]
    if topic.settled_at is None:
        owed += [follow_up_key(number, topic.follow_ups[number]) for number in topic.owed]
    if topic.heads:
        if topic.settled_at is None or reviewed:
            owed.append(pull_key(topic.heads[-1]) if every_push else "pull")
    elif topic.request:
        owed.append(issue_key(topic.number, topic.request))
    elif topic.opening and topic.settled_at is None:
        owed.append(issue_key(topic.number))
    if "hls" in thread.labels and thread.pull is None:
        owed.append(LABEL_KEY)
    return owed
