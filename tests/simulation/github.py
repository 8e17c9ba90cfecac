"""GitHub: the repository as it is, its history for those who read a stale replica, and the port that runs use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from hls_action.domain.faults import statuses
from hls_action.domain.faults.errors import Deleted, Dispensable, ThreadGone, ThreadUnavailable, UpstreamError
from hls_action.domain.faults.fault import Fault
from hls_action.domain.faults.statuses import Endpoint
from hls_action.domain.identity import ThreadId
from hls_action.domain.knowledge.issue_index import IndexedIssue
from hls_action.domain.knowledge.issue_pages import IssuePage, IssueQuery
from hls_action.domain.threads.facts import Check, History, Linked, Relation
from hls_action.domain.threads.thread import (
    Author,
    ChangedFile,
    Comment,
    Comparison,
    Label,
    Pull,
    Thread,
    ThreadPage,
    ThreadRef,
)
from tests.simulation.climate import DENIABLE, DENIALS, GROUPS, TRIAGE
from tests.simulation.scheduler import START, Scheduler

if TYPE_CHECKING:
    from tests.simulation.job import Job

T = TypeVar("T")

REPOSITORY = "o/r"
OURS = Author("github-actions[bot]", "Bot")
MAX_LAG = 5.0
"""Seconds by which a replica is behind, at most."""
TIMEOUT = 20.0
PER_PAGE = 2
"""Few, so that lists have pages."""

LABELS = (Label("bug", "It fails"), Label("question"), Label("hls"))


@dataclass(frozen=True)
class Head:
    """What a head of a pull request holds: lines of its author's, and of others that came with the base.

    ``series``: one head builds on another in the same one; a rebase begins the next.
    """

    own: tuple[str, ...]
    others: tuple[str, ...] = ()
    series: int = 0


def changed_files(lines: tuple[str, ...], before: int = 0) -> tuple[ChangedFile, ...]:
    """Every other line changes a file of its own, and the rest one file, ``before`` lines further down."""
    odd = [line for line in lines if int(line[1:]) % 2]
    hunks = [
        f"@@ -{at},3 +{at},3 @@\n over {line}\n-old\n+{line}\n below {line}"
        for line in odd
        for at in (10 * int(line[1:]) + before,)
    ]
    shared = [ChangedFile("notes/export.py", "modified", len(odd), len(odd), "\n".join(hunks))] if odd else []
    alone = [ChangedFile(f"notes/{line}.py", "added", 1, 0, f"@@ -0,0 +1 @@\n+{line}") for line in lines]
    return (*shared, *(file for file, line in zip(alone, lines, strict=True) if line not in odd))


@dataclass(frozen=True)
class Version:
    """A thread at one time; ``thread`` is None once it is deleted. ``folded``: which of its comments are, by id."""

    at: float
    thread: Thread | None
    comments: tuple[Comment, ...] = ()
    folded: frozenset[int] = frozenset()


@dataclass
class Repository:
    """The truth. ``config``: the text of `.github/hls.yml`; ``ended_runs``: attempts that GitHub knows to be over.

    ``alert_issues``: those that HLS opened itself. ``heads``: what each head of a pull request holds, by SHA. ``name``:
    that of now; what is asked for under an earlier one is found as well, as GitHub redirects it. ``eyes``: what we
    react to, by thread and comment, 0 for the thread itself.
    """

    scheduler: Scheduler
    versions: dict[int, list[Version]] = field(default_factory=dict)
    config: str | None = None
    ended_runs: set[tuple[int, int]] = field(default_factory=set)
    last_id: int = 100
    alert_issues: list[int] = field(default_factory=list)
    heads: dict[str, Head] = field(default_factory=dict)
    name: str = REPOSITORY
    eyes: set[tuple[int, int]] = field(default_factory=set)

    @property
    def time(self) -> datetime:
        """The time of a write that happens now, in whole seconds as GitHub tells it."""
        return START + timedelta(seconds=int(self.scheduler.now))

    @property
    def numbers(self) -> tuple[int, ...]:
        """Every thread there ever was."""
        return tuple(self.versions)

    def latest(self, number: int) -> Version:
        """A thread as it is."""
        return self.versions[number][-1]

    def seen(self, number: int, lag: float) -> Version:
        """A thread as a replica shows it that is so many seconds behind; never from before it was opened."""
        versions = self.versions.get(number, [])
        for version in reversed(versions):
            if version.at <= self.scheduler.now - lag:
                return version
        if not versions:
            raise ThreadGone(f"GitHub answered 404: there is no thread {number}")
        return versions[0]

    def write(self, thread: Thread, comments: tuple[Comment, ...]) -> None:
        """Change a thread; what was folded in it stays folded."""
        changed = replace(thread, updated_at=self.time, comment_total=len(comments))
        versions = self.versions.setdefault(thread.number, [])
        folded = versions[-1].folded if versions else frozenset[int]()
        kept = folded & {comment.id for comment in comments}
        versions.append(Version(self.scheduler.now, changed, comments, kept))

    def delete(self, number: int) -> None:
        """Delete a thread, or move it away."""
        self.versions[number].append(Version(self.scheduler.now, None))

    def open(
        self, title: str, body: str, author: Author, pull: Pull | None = None, age: timedelta = timedelta()
    ) -> Thread:
        """A new thread, or one that has been there for so long."""
        number = len(self.versions) + 1
        url = f"https://github.com/{REPOSITORY}/issues/{number}"
        now = self.time
        self.write(Thread(ThreadId(number), title, body, author, "open", False, (), url, now - age, now, pull=pull), ())
        thread = self.latest(number).thread
        assert thread is not None
        return thread

    def bring(self, title: str, body: str, author: Author, reply: str) -> Thread:
        """An issue that is transferred in, with a reply of ours that it got where it was."""
        thread = self.open(title, body, author)
        self.last_id += 1
        comment = Comment(self.last_id, OURS, reply, self.time, "", self.time, f"IC_{self.last_id}")
        (opened,) = self.versions[thread.number]
        brought = replace(thread, comment_total=1)
        self.versions[thread.number] = [replace(opened, thread=brought, comments=(comment,))]
        return brought

    def add_comment(self, number: int, author: Author, body: str) -> Comment:
        """A new comment. Errors: `ThreadUnavailable` when the thread is gone or locked."""
        version = self._writable(number, author)
        self.last_id += 1
        url = f"https://github.com/{REPOSITORY}/issues/{number}#issuecomment-{self.last_id}"
        comment = Comment(self.last_id, author, body, self.time, url, self.time, f"IC_{self.last_id}")
        self.write(version, (*self.latest(number).comments, comment))
        return comment

    def edit_comment(self, number: int, comment_id: int, body: str, author: Author) -> Comment:
        """Replace a comment's body.
        Errors: `Deleted` when the comment is gone, `ThreadUnavailable` when the thread is, or locked.
        """
        thread = self._writable(number, author)
        comments = self.latest(number).comments
        found = next((comment for comment in comments if comment.id == comment_id), None)
        if found is None:
            raise Deleted(Fault("github", "status", f"there is no comment {comment_id}", 404))
        edited = replace(found, body=body, updated_at=self.time)
        self.write(thread, tuple(edited if comment is found else comment for comment in comments))
        return edited

    def fold(self, node_id: str) -> Comment:
        """Fold a comment; its thread counts as unchanged. Errors: `Deleted` when it is gone."""
        for versions in self.versions.values():
            latest = versions[-1]
            for comment in latest.comments:
                if comment.node_id == node_id:
                    versions.append(replace(latest, at=self.scheduler.now, folded=latest.folded | {comment.id}))
                    return comment
        raise Deleted(Fault("github", "status", f"could not resolve to a node with the global id of '{node_id}'", 404))

    def _writable(self, number: int, author: Author) -> Thread:
        thread = self.seen(number, 0).thread
        if thread is None:
            raise ThreadGone("GitHub answered 410: this issue was deleted")
        if thread.locked and author == OURS:
            raise ThreadUnavailable("the conversation is locked")
        return thread

    def our_comments(self, number: int) -> tuple[Comment, ...]:
        """What HLS wrote in a thread, and nobody deleted."""
        return tuple(comment for comment in self.latest(number).comments if comment.author == OURS)


# ---- events ----


@dataclass(frozen=True)
class Delivery:
    """A webhook. ``payload`` shows the thread as it was when the event happened."""

    event: str
    payload: Mapping[str, object]
    number: int


def issue_delivery(action: str, thread: Thread, sender: Author, **more: object) -> Delivery:
    """An ``issues`` event."""
    payload = {"action": action, "issue": _issue(thread), "sender": _account(sender), **more}
    return Delivery("issues", payload, thread.number)


def comment_delivery(action: str, thread: Thread, comment: Comment, sender: Author, **more: object) -> Delivery:
    """An ``issue_comment`` event."""
    shown = {"id": comment.id, "body": comment.body, "user": _account(comment.author)}
    payload = {"action": action, "issue": _issue(thread), "comment": shown, "sender": _account(sender), **more}
    return Delivery("issue_comment", payload, thread.number)


def pull_delivery(action: str, thread: Thread, sender: Author) -> Delivery:
    """A ``pull_request`` event, of a branch of the same repository."""
    assert thread.pull is not None
    repository = {"full_name": REPOSITORY}
    pull = {
        **_issue(thread),
        "draft": thread.pull.draft,
        "head": {"sha": thread.pull.head_sha, "ref": thread.pull.head_ref, "repo": repository},
        "base": {"ref": thread.pull.base_ref, "repo": repository},
    }
    return Delivery("pull_request", {"action": action, "pull_request": pull, "sender": _account(sender)}, thread.number)


def _issue(thread: Thread) -> dict[str, object]:
    issue: dict[str, object] = {
        "number": thread.number,
        "title": thread.title,
        "body": thread.body,
        "state": thread.state,
        "locked": thread.locked,
        "labels": [{"name": name} for name in thread.labels],
        "created_at": thread.created_at.isoformat(),
        "updated_at": thread.updated_at.isoformat(),
        "author_association": thread.author.association,
        "user": _account(thread.author),
    }
    return issue | ({"pull_request": {}} if thread.pull else {})


def _account(author: Author) -> dict[str, object]:
    return {"login": author.login, "type": author.type}


def _place(thread: Thread) -> str:
    return f"{thread.updated_at.isoformat()} {thread.number:09d}"


def _indexed(thread: Thread) -> IndexedIssue:
    times = thread.created_at, thread.updated_at
    return IndexedIssue(thread.number, thread.state, thread.title, thread.body, thread.labels, *times)


# ---- the port ----


class SimulatedGitHub:
    """The `GitHub` port of one job. Each request may meet a fault, before its effect or after it."""

    is_real = True

    def __init__(self, repository: Repository, job: Job) -> None:
        self._repository = repository
        self._job = job

    def is_own(self, login: str) -> bool:
        """The job's own login is known without a request."""
        return login == OURS.login

    def thread(self, thread: ThreadId, is_pull: bool | None = None) -> Thread:
        """The thread, as some replica shows it; a pull request takes two requests when nobody said that it is one."""
        number = _number(thread)
        self._job.marks += self._is_triaged  # it is read once more before it is marked
        try:
            return self._thread(number, is_pull)
        except ThreadGone:
            self._request("GET repository", lambda: None, "repository")
            return self._thread(number, is_pull)

    def _thread(self, number: int, is_pull: bool | None) -> Thread:
        def read() -> Thread:
            found = self._repository.seen(number, self._lag()).thread
            if found is None:
                raise ThreadGone("GitHub answered 410: this issue was deleted")
            if found.is_pull and is_pull is None:
                self._job.requests += 1
            return found

        return self._request(f"GET thread {number}", read, "issue")

    def comments(self, thread: ThreadId) -> tuple[Comment, ...]:
        """The comments, as some replica shows them."""
        number = _number(thread)
        self._job.listed_comments = True
        look = partial(self.thread, thread)
        return self._request(f"GET comments of {number}", lambda: self._comments(number), "comments", look)

    def _comments(self, number: int) -> tuple[Comment, ...]:
        version = self._repository.seen(number, self._lag())
        if version.thread is None:
            raise ThreadGone("GitHub answered 410: this issue was deleted")
        return version.comments

    def files(self, thread: ThreadId, limit: int) -> tuple[ChangedFile, ...]:
        """What the author changes, against the base."""
        number = _number(thread)

        def read() -> tuple[ChangedFile, ...]:
            found = self._repository.seen(number, self._lag()).thread
            if found is None or found.pull is None:
                raise ThreadUnavailable("GitHub answered 404: there is no such pull request")
            head = self._repository.heads[found.pull.head_sha]
            return changed_files(head.own, len(head.others))

        return self._request(f"GET files of {number}", read, "files")

    def history(self, thread: ThreadId) -> History:
        """Each thread refers to the one before it; the checks of a pull request fail."""
        number = _number(thread)

        def read() -> History:
            found = self._repository.seen(number, self._lag()).thread
            relations = (Relation("relates", number - 1),) if number > 1 else ()
            return History(relations, checks=(Check("unit", "failure"),) if found and found.is_pull else ())

        return self._request(f"query of the history of {number}", read, "history")

    def linked(self, numbers: tuple[int, ...]) -> tuple[Linked, ...]:
        """Those that there still are."""

        def read() -> tuple[Linked, ...]:
            seen = (
                self._repository.seen(number, self._lag()).thread
                for number in numbers
                if number in self._repository.numbers
            )
            return tuple(Linked(t.number, t.title, t.body, t.author, t.state, t.is_pull) for t in seen if t is not None)

        return self._request(f"query of {numbers}", read, "linked")

    def issues(self, query: IssueQuery) -> IssuePage:
        """A few of the issues, by an index that may lag; the end of a page names the time and the number of its last.

        A place is forgotten at times, and of what is checked the truth is told.
        """
        chance = self._repository.scheduler.random.random()
        if query.after and chance < 0.1:
            raise Dispensable(Fault("github", "status", "not a valid cursor", 422))

        def read() -> IssuePage:
            lag = self._lag()
            seen = (self._repository.seen(number, lag).thread for number in self._repository.numbers)
            found = [t for t in seen if t is not None and not t.is_pull and query.state in (None, t.state)]
            found = [t for t in found if query.since is None or t.updated_at >= query.since]
            places = sorted(((_place(t), t) for t in found), key=lambda one: one[0], reverse=query.newest_first)
            left = [one for one in places if not query.after or (one[0] > query.after) != query.newest_first]
            left = [one for one in left if one[0] != query.after]
            gone = frozenset(n for n in query.check if self._repository.latest(n).thread is None)
            end = left[:PER_PAGE][-1][0] if left else ""
            issues = tuple(_indexed(t) for _, t in left[:PER_PAGE])
            return IssuePage(issues, end, len(left) <= PER_PAGE, gone, at=self._repository.time)

        return self._request("query of issues", read, "issues")

    def changes(self, base: str, head: str) -> Comparison | None:
        """Against the merge base: of two heads, what both the author and others changed; some commits are gone."""
        self._job.compared += 1
        gone = self._repository.scheduler.random.random() < 0.1

        def read() -> Comparison | None:
            return None if gone else self._compared(base, self._repository.heads[head])

        return self._request(f"GET changes {base[:7]}...{head[:7]}", read, "compare")

    def _compared(self, base: str, head: Head) -> Comparison:
        if base == "main":
            return Comparison(changed_files(head.own, len(head.others)), is_ahead=False, has_no_merges=False)
        was = self._repository.heads[base]
        is_ahead = was.series == head.series
        known = (*was.own, *was.others) if is_ahead else was.others
        lines = tuple(line for line in (*head.own, *head.others) if line not in known)
        files = changed_files(lines, len(head.others))
        return Comparison(files, is_ahead=is_ahead, has_no_merges=is_ahead and was.others == head.others)

    def labels(self) -> tuple[Label, ...]:
        """The repository's labels."""
        more = tuple(map(Label, GROUPS)) if self._is_triaged else ()
        self._job.marks += self._is_triaged
        return self._request("GET labels", lambda: (*LABELS, *more), "labels")

    @property
    def _is_triaged(self) -> bool:
        return TRIAGE in (self._job.world.climate.config or "")

    def file(self, path: str) -> str | None:
        """The configuration."""
        return self._request(
            f"GET {path}", lambda: self._repository.config if path.endswith(".yml") else None, "contents"
        )

    def open_threads(self, since: datetime, page: int = 1) -> ThreadPage:
        """Open threads updated since, by an index that may lag, a few a page; within a second in no order of note."""

        def read() -> ThreadPage:
            lag = self._lag()
            seen = (self._repository.seen(number, lag).thread for number in self._repository.numbers)
            found = [t for t in seen if t is not None and t.state == "open" and t.updated_at >= since]
            found.sort(key=lambda thread: (thread.updated_at, -thread.number))
            shown = found[(page - 1) * PER_PAGE : page * PER_PAGE]
            refs = tuple(ThreadRef(thread.id, thread.updated_at) for thread in shown)
            return ThreadPage(refs, len(found) <= page * PER_PAGE, len(found), self._repository.time)

        return self._request(f"GET open threads, page {page}", read, "open threads")

    def labelled(self, label: str) -> tuple[ThreadRef, ...]:
        """Open threads with a label."""

        def read() -> tuple[ThreadRef, ...]:
            seen = (self._repository.seen(number, self._lag()).thread for number in self._repository.numbers)
            found = [t for t in seen if t is not None and t.state == "open" and label in t.labels]
            return tuple(ThreadRef(t.id, t.updated_at) for t in sorted(found, key=lambda t: t.updated_at))

        return self._request(f"GET threads labelled {label}", read, "labelled")

    def add_labels(self, thread: ThreadId, names: tuple[str, ...]) -> None:
        """Add labels."""
        number = _number(thread)

        def write() -> None:
            version = self._repository.latest(number)
            if version.thread is None:
                raise ThreadGone("GitHub answered 410: this issue was deleted")
            self._job.world.oracle.labelled(self._job, number, names)
            labels = tuple(dict.fromkeys((*version.thread.labels, *names)))
            self._repository.write(replace(version.thread, labels=labels), version.comments)
            self._job.world.oracle.marked(self._job, number, names)

        self._job.marks += self._is_triaged
        self._request(f"POST labels to {number}: {', '.join(names)}", write, "add labels")

    def remove_label(self, thread: ThreadId, name: str) -> None:
        """Take a label off."""
        number = _number(thread)

        def write() -> None:
            version = self._repository.seen(number, 0)
            if version.thread is not None and name in version.thread.labels:
                labels = tuple(label for label in version.thread.labels if label != name)
                self._repository.write(replace(version.thread, labels=labels), version.comments)
                self._job.world.oracle.marked(self._job, number, (name,))
                if name == "hls-waiting":
                    self._job.world.oracle.no_longer_waits(number)

        self._job.marks += 1
        self._request(f"DELETE label {name} of {number}", write, "remove label")

    def set_type(self, thread: ThreadId, name: str) -> None:
        """Set an issue's type."""
        number = _number(thread)

        def write() -> None:
            version = self._repository.seen(number, 0)
            if version.thread is not None:
                self._repository.write(replace(version.thread, issue_type=name), version.comments)

        self._job.marks += 1
        self._request(f"PATCH type of {number}: {name}", write, "set type")

    def add_eyes(self, thread: ThreadId, comment: int | None) -> int:
        """React to a comment, or to the thread itself."""
        number = _number(thread)

        def write() -> int:
            version = self._repository.seen(number, 0)
            if version.thread is None or not {comment} <= {None, *(each.id for each in version.comments)}:
                raise Dispensable(Fault("github", "status", "Not Found", 404))
            self._job.world.oracle.looked(self._job, number, comment)
            self._repository.eyes.add((number, comment or 0))
            return 1_000 * number + (comment or 0)

        self._job.marks += 1
        return self._request(f"POST eyes to {comment or 'the opening'} of {number}", write, "add eyes")

    def remove_eyes(self, thread: ThreadId, comment: int | None, reaction: int) -> None:
        """Take a reaction away."""
        number = _number(thread)

        def write() -> None:
            assert reaction == 1_000 * number + (comment or 0)
            self._repository.eyes.discard((number, comment or 0))

        self._job.marks += 1
        self._request(f"DELETE eyes at {comment or 'the opening'} of {number}", write, "remove eyes")

    def create_comment(self, thread: ThreadId, body: str) -> Comment:
        """Post a comment."""
        number = _number(thread)

        def write() -> Comment:
            comment = self._repository.add_comment(number, OURS, body)
            self._job.world.oracle.commented(self._job, number, comment)
            return comment

        look = partial(self.thread, thread)
        return self._request(f"POST comment to {number}: {_first_line(body)}", write, "post comment", look)

    def update_comment(self, thread: ThreadId, comment_id: int, body: str) -> Comment:
        """Replace a comment."""
        number = _number(thread)

        def write() -> Comment:
            comment = self._repository.edit_comment(number, comment_id, body, OURS)
            self._job.world.oracle.touched(self._job, comment)
            self._job.world.oracle.commented(self._job, number, comment)
            return comment

        return self._request(f"PATCH comment {comment_id} of {number}: {_first_line(body)}", write, "edit comment")

    def fold(self, node_id: str) -> None:
        """Fold a comment."""
        self._job.folds += 1
        self._request(
            f"POST fold of {node_id}",
            lambda: self._job.world.oracle.touched(self._job, self._repository.fold(node_id)),
            "fold",
        )

    def create_issue(self, title: str, body: str) -> int:
        """Open an issue of ours."""
        self._job.alerted = True

        def write() -> int:
            number = self._repository.open(title, body, OURS).number
            self._repository.alert_issues.append(number)
            self._job.world.oracle.opened(self._job, number, body)
            return number

        return self._request(f"POST issue: {_first_line(body)}", write, "open issue")

    def update_issue(self, number: int, body: str, *, is_open: bool) -> None:
        """Replace an issue's body and state."""
        self._job.alerted = True

        def write() -> None:
            version = self._repository.latest(number)
            if version.thread is None:
                raise ThreadGone("GitHub answered 410: this issue was deleted")
            changed = replace(version.thread, body=body, state="open" if is_open else "closed")
            self._repository.write(changed, version.comments)

        self._request(f"PATCH issue {number}: {'open' if is_open else 'closed'}", write, "edit issue")

    def own_issue(self, first_line: str) -> int | None:
        """The newest of our issues that begins so, by an index that may lag."""

        def read() -> int | None:
            before = self._repository.scheduler.now - self._lag()
            for number in reversed(self._repository.alert_issues):
                opened, latest = self._repository.versions[number][0], self._repository.latest(number).thread
                if opened.at <= before and latest is not None and _first_line(latest.body) == first_line:
                    return number
            return None

        return self._request("GET own issues", read, "own issues")

    def permission(self, login: str) -> str:
        """Maya maintains it, and everybody may read."""
        self._job.verified += 1
        return self._request("GET permission", lambda: "write" if login == "maya" else "read", "permission")

    def is_in_team(self, team: str, login: str) -> bool:
        """Nobody is in a team."""
        return self._request(f"GET membership of {login} in {team}", lambda: False, "team member")

    def run_ended(self, run: int, attempt: int) -> bool:
        """Whether that attempt is over, where the job may ask; a request that fails tells nothing."""
        known = self._job.world.climate.knows_ended_runs
        ended = self._repository.ended_runs
        try:
            return self._request(f"GET run {run} attempt {attempt}", lambda: known and (run, attempt) in ended, "run")
        except UpstreamError:
            return False

    def _lag(self) -> float:
        random, climate = self._repository.scheduler.random, self._job.world.climate
        return random.uniform(0, MAX_LAG) if climate.stale and random.random() < climate.stale else 0.0

    def _request(
        self, what: str, effect: Callable[[], T], endpoint: Endpoint, look: Callable[[], object] | None = None
    ) -> T:
        """``look``: at the thread, where a failure beside it says that it is gone."""
        job = self._job
        job.requests += 1
        fault = self._fault(what, endpoint)
        if fault is None:
            return job.exchange(what, effect)
        lost = 1.0 if fault in HARMLESS or fault.status in DENIALS else 0.5
        seconds = TIMEOUT if fault.kind == "timeout" else None
        failure = statuses.failure(endpoint, fault)
        job.denied = job.denied or fault.status in DENIALS
        job.world.may_not_fold |= endpoint == "fold" and isinstance(failure, Deleted | Dispensable)
        try:
            return job.exchange(what, effect, failure, lost=lost, seconds=seconds)
        except ThreadGone as error:
            if error is not failure or look is None:
                raise
            look()
            raise statuses.contradicted(endpoint, fault) from error

    def _fault(self, what: str, endpoint: Endpoint) -> Fault | None:
        random, climate = self._repository.scheduler.random, self._job.world.climate
        if climate.out("github", self._repository.scheduler.now):
            return OUTAGE
        if climate.is_blind(self._repository.scheduler.now) and endpoint != "contents":
            return BLIND
        if endpoint in climate.denied:
            return _denied(endpoint, climate.denied[endpoint])
        if climate.lies and endpoint in DENIABLE and random.random() < climate.lies:
            return _denied(endpoint, random.choice(DENIALS))
        if climate.forbidden and what.startswith("P") and random.random() < climate.forbidden:
            return FORBIDDEN
        if climate.github_faults and random.random() < climate.github_faults:
            return random.choice(FAULTS)
        return None


def _number(thread: ThreadId) -> int:
    """Errors: `ThreadUnavailable` for a kind of thread that this world has none of."""
    if thread.kind != "thread":
        raise ThreadUnavailable(f"GitHub answered 404: there is no {thread}")
    return thread.number


def _first_line(body: str) -> str:
    return body.split("\n", 1)[0]


def _denied(endpoint: Endpoint, status: int) -> Fault:
    """A configuration that is there is never said not to be: nothing could tell."""
    status = 422 if (endpoint, status) == ("contents", 404) else status
    return Fault("github", "status", "Not really", status)


def _limited(status: int, retry_after: float) -> Fault:
    return Fault("github", "status", "rate limit", status, retry_after=retry_after, rate_limited=True)


OUTAGE = Fault("github", "status", "No server is currently available", 503)
BLIND = Fault("github", "status", "Not Found", 404)
FORBIDDEN = Fault("github", "status", "Resource not accessible by integration", 403)
UNREACHABLE = Fault("github", "unreachable", "no connection")
LIMITS = (_limited(429, 5.0), _limited(403, 60.0), _limited(403, 1_800.0))
HARMLESS = (OUTAGE, FORBIDDEN, UNREACHABLE, *LIMITS)
"""What says that the request had no effect; of all others nobody can tell."""
FAULTS = (
    UNREACHABLE,
    *LIMITS,
    Fault("github", "status", "Bad Gateway", 502),
    Fault("github", "status", "Server Error", 500),
    Fault("github", "status", "Service Unavailable", 503),
    Fault("github", "timeout", "no answer within 20 s"),
    Fault("github", "connection", "cannot be reached (ConnectionError)"),
    Fault("github", "unreadable", "an answer that is not GitHub's"),
)
