"""What stands between an event and its run on GitHub: the job's `if:`, its concurrency group, and the free runners.

Values only: no time passes here and nothing is started. The `if:` and the group are those of
examples/workflows/recommended.yml; the rules of groups are from
https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#concurrency
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any, Generic, Protocol, TypeVar

Payload = Mapping[str, Any]


class Grouped(Protocol):
    """A job that claims a concurrency group."""

    @property
    def group(self) -> str:
        """The group's name."""
        ...


J = TypeVar("J", bound=Grouped)


class ActionsQueue(Generic[J]):
    """Jobs of one repository: of each group one holds it and one waits behind it, and so many run at a time.

    A job holds its group from when it is its turn, with or without a free runner, until it has ended.
    """

    def __init__(self, runners: int) -> None:
        self._free = runners
        self._holding: dict[str, J] = {}
        self._pending: dict[str, J] = {}
        self._ready: deque[J] = deque()

    @property
    def idle(self) -> bool:
        """Whether no job runs or waits."""
        return not self._holding

    def add(self, job: J) -> J | None:
        """A job whose `if:` held. Returns the one that this cancels: it waited in the group before."""
        if job.group not in self._holding:
            self._claim(job)
            return None
        cancelled = self._pending.get(job.group)
        self._pending[job.group] = job
        return cancelled

    def start(self) -> J | None:
        """The job that a free runner begins now, the longest ready first; None without a job or a runner."""
        if not self._free or not self._ready:
            return None
        self._free -= 1
        return self._ready.popleft()

    def end(self, job: J) -> None:
        """A job that was started is over: its runner is free, and its group goes to the one that waits."""
        if self._holding.get(job.group) is not job or job in self._ready:
            raise ValueError(f"{job} is not running")
        self._free += 1
        del self._holding[job.group]
        waiting = self._pending.pop(job.group, None)
        if waiting is not None:
            self._claim(waiting)

    def _claim(self, job: J) -> None:
        self._holding[job.group] = job
        self._ready.append(job)


def starts_job(event: str, payload: Payload) -> bool:
    """The recommended workflow's `if:`. As in expressions, texts are compared regardless of case."""
    if event in ("schedule", "workflow_dispatch"):
        return True
    if payload["sender"]["type"].lower() == "bot":
        return False
    if event == "issue_comment" and "/hls" not in payload["comment"]["body"].lower() and not _is_awaited(payload):
        return False
    if payload["action"] == "labeled" and payload["label"]["name"].lower() != "hls":
        return False
    if event != "pull_request":
        return True
    head = payload["pull_request"]["head"]["repo"]
    return head is not None and head["full_name"].lower() == payload["repository"]["full_name"].lower()


def _is_awaited(payload: Payload) -> bool:
    """Whether the author of an issue comments while HLS waits for an answer."""
    issue, comment = payload["issue"], payload["comment"]
    waits = any(label["name"].lower() == "hls-waiting" for label in issue.get("labels", ()))
    return waits and comment["user"]["login"].lower() == issue["user"]["login"].lower()


def group_of(payload: Payload) -> str:
    """The recommended workflow's concurrency group."""
    thread = payload.get("issue") or payload.get("pull_request") or {}
    number = thread.get("number") or payload.get("inputs", {}).get("number") or "sweep"
    return f"hls-{number}"
