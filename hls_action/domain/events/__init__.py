"""Events as a typed union: past this boundary nobody digs in dictionaries.

Payload shapes: https://docs.github.com/webhooks/webhook-events-and-payloads
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hls_action.domain.relevance import object_of, text_of


@dataclass(frozen=True)
class IssueEvent:
    """An issue was opened, edited, reopened or given a label. ``edited``: when its text was, if that woke us."""

    number: int
    action: str
    edited: datetime | None = None


@dataclass(frozen=True)
class CommentEvent:
    """Somebody wrote or edited a comment on an issue or a pull request."""

    number: int
    action: str
    comment_id: int
    on_pull: bool


@dataclass(frozen=True)
class PullEvent:
    """A pull request was opened, reopened, pushed to or marked ready. ``head_sha`` is what was pushed."""

    number: int
    action: str
    head_sha: str


@dataclass(frozen=True)
class ScheduleEvent:
    """The clock: time for a sweep."""


@dataclass(frozen=True)
class DispatchEvent:
    """Somebody pressed the button. ``number`` names one thread; without it, a sweep."""

    number: int | None


Event = IssueEvent | CommentEvent | PullEvent | ScheduleEvent | DispatchEvent


class EventUnreadable(ValueError):
    """The payload passed the gate but lacks something that GitHub always sends."""


def parse(event: str, payload: dict[str, object], number: int | None = None) -> Event:
    """Read ``payload`` as the event it is said to be; ``number`` is the action's input of that name.

    Errors: `EventUnreadable` naming what is missing; ``MalformedEvent`` when a whole object is.
    """
    if event == "schedule":
        return ScheduleEvent()
    if event == "workflow_dispatch":
        return DispatchEvent(number)
    action = text_of(payload, "action")
    if event == "issues":
        issue = object_of(payload, "issue", event)
        changes = payload.get("changes")
        text_edited = action == "edited" and isinstance(changes, dict) and "body" in changes
        return IssueEvent(_whole(issue, "number"), action, _time(issue, "updated_at") if text_edited else None)
    if event == "issue_comment":
        issue, comment = object_of(payload, "issue", event), object_of(payload, "comment", event)
        return CommentEvent(
            number=_whole(issue, "number"),
            action=action,
            comment_id=_whole(comment, "id"),
            on_pull=isinstance(issue.get("pull_request"), dict),
        )
    if event in ("pull_request", "pull_request_target"):
        pull = object_of(payload, "pull_request", event)
        sha = text_of(object_of(pull, "head", event), "sha")
        if not sha:
            raise EventUnreadable("the pull request's head has no 'sha'")
        return PullEvent(_whole(pull, "number"), action, sha)
    raise EventUnreadable(f"'{event}' is not an event HLS answers")


def _time(source: dict[str, object], key: str) -> datetime | None:
    """None when it is none: what is odd there must not keep the issue from being answered."""
    try:
        when = datetime.fromisoformat(text_of(source, key))
    except ValueError:
        return None
    return when if when.tzinfo else None


def _whole(source: dict[str, object], key: str) -> int:
    value = source.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise EventUnreadable(f"'{key}' is {value!r}, not a positive whole number")
    return value
