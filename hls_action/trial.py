"""An event file as a thread in a folder, so that the whole line can run on it without GitHub."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hls_action.domain.errors import UsageError
from hls_action.domain.events import dispatch
from hls_action.domain.events.delivery import EventUnreadable
from hls_action.domain.events.relevance import EVENTS, account_of, label_names, object_of, text_of
from hls_action.domain.identity import is_commit
from hls_action.domain.threads.thread import Label

if TYPE_CHECKING:
    from hls_action.adapters.github.folder import FolderGitHub

SAMPLE_LABELS = (
    Label("bug", "Something isn't working"),
    Label("documentation", "Improvements or additions to documentation"),
    Label("enhancement", "New feature or request"),
    Label("question", "Further information is requested"),
)
"""Some of the labels GitHub gives every new repository."""


def event_name(payload: dict[str, object]) -> str:
    """Which event a payload belongs to, by its shape. Errors: `UsageError` when it is none that HLS answers."""
    found = [name for name, row in EVENTS.items() if row.objects and _holds(payload, row.objects)]
    if not found:
        raise UsageError(
            "this is not an issue, comment or pull request event: it has neither an 'issue' nor a "
            "'pull_request' object."
        )
    return max(found, key=lambda name: len(EVENTS[name].objects))


def _holds(payload: dict[str, object], objects: tuple[str, ...]) -> bool:
    return all(isinstance(payload.get(key), dict) for key in objects)


def thread_in(payload: dict[str, object]) -> tuple[int, dict[str, object]]:
    """The number of the event's thread, and that thread as a folder holds it. Errors: ``ValueError``."""
    name = event_name(payload)
    trigger = dispatch.trigger_of(name, payload)
    objects = EVENTS[name].objects
    source, written = (object_of(payload, key, name) for key in (objects[0], objects[-1]))
    is_pull = objects == ("pull_request",)
    thread: dict[str, object] = {
        "title": text_of(source, "title"),
        "body": text_of(source, "body"),
        "author": _author(source),
        "state": text_of(source, "state") or "open",
        "locked": source.get("locked") is True,
        "labels": list(label_names(source)),
        "created_at": _time(source, "created_at"),
        "updated_at": _time(source, "updated_at"),
        "comments": [] if trigger.comment is None else [_comment(trigger.comment, written)],
    }
    if is_pull:
        thread["pull"] = _pull(source, name)
    return trigger.threads[0].number, thread


def _comment(number: int, source: dict[str, object]) -> dict[str, object]:
    return {
        "id": number,
        "author": _author(source),
        "body": text_of(source, "body"),
        "created_at": _time(source, "created_at"),
    }


def _pull(source: dict[str, object], event: str) -> dict[str, object]:
    head, base = object_of(source, "head", event), object_of(source, "base", event)
    if not is_commit(text_of(head, "sha")):
        raise EventUnreadable(f"the head's 'sha' is '{text_of(head, 'sha')}', not a commit")
    return {
        "head_sha": text_of(head, "sha"),
        "head_ref": text_of(head, "ref"),
        "base_ref": text_of(base, "ref"),
        "draft": source.get("draft") is True,
        "files": source.get("hls_files") or [],
    }


def _time(source: dict[str, object], key: str) -> str:
    """A time as GitHub writes it, or ``""``. Errors: `EventUnreadable` for any other text."""
    value = text_of(source, key)
    try:
        return datetime.fromisoformat(value).isoformat() if value else ""
    except ValueError as error:
        raise EventUnreadable(f"'{key}' is '{value}', not a time like 2026-01-31T09:00:00Z") from error


def _author(source: dict[str, object]) -> dict[str, str]:
    login, kind = account_of({}, source)
    return {"login": login, "type": kind, "association": text_of(source, "author_association") or "NONE"}


def prepare(github: FolderGitHub, folder: Path, number: int, thread: dict[str, object]) -> None:
    """Store the event's thread in the folder, unless it is already there, perhaps with an answer."""
    if not (folder / "labels.json").exists():
        github.store_labels(SAMPLE_LABELS)
    if not (folder / "threads" / f"{number}.json").exists():
        github.store_thread(number, thread)
