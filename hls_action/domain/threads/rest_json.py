"""What GitHub's REST answers say of threads, read into values. Nothing is taken on trust: a part of another type is as
if it were missing, and what must be there is an error.

Errors of every function: ``KeyError``, ``TypeError``, ``ValueError``: this is not GitHub's answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from hls_action.domain import json_values
from hls_action.domain.identity import ThreadId, is_commit
from hls_action.domain.threads.thread import Author, ChangedFile, Comment, Comparison, Pull, Thread, ThreadRef

Json = Mapping[str, object]
MAX_COMPARED = 300
"""A comparison lists no more files than this, and does not say that there are more."""


def read_ref(raw: Json) -> ThreadRef:
    return ThreadRef(ThreadId(whole_of(raw, "number")), time_of(raw, "updated_at"))


def read_thread(raw: Json, pull: Pull | None = None) -> Thread:
    return Thread(
        id=ThreadId(whole_of(raw, "number")),
        title=text_of(raw, "title"),
        body=text_of(raw, "body"),
        author=read_author(raw),
        state=text_of(raw, "state"),
        locked=raw.get("locked") is True,
        labels=tuple(text_of(label, "name") for label in parts(raw, "labels")),
        url=text_of(raw, "html_url"),
        created_at=time_of(raw, "created_at"),
        updated_at=time_of(raw, "updated_at"),
        comment_total=count_of(raw, "comments"),
        pull=pull,
        milestone=text_of(part(raw, "milestone"), "title"),
        issue_type=text_of(part(raw, "type"), "name"),
    )


def read_pull(raw: Json) -> Pull:
    head, base = part(raw, "head"), part(raw, "base")
    fork = part(head, "repo")
    in_fork = text_of(fork, "full_name") != text_of(part(base, "repo"), "full_name")
    if not is_commit(text_of(head, "sha")):
        raise TypeError("no head")
    return Pull(
        head_sha=text_of(head, "sha"),
        head_ref=text_of(head, "ref"),
        base_ref=text_of(base, "ref"),
        draft=raw.get("draft") is True,
        file_total=count_of(raw, "changed_files"),
        pushed_at=time_of(fork, "pushed_at") if in_fork and text_of(fork, "pushed_at") else None,
    )


def read_comment(raw: Json) -> Comment:
    return Comment(
        id=whole_of(raw, "id"),
        author=read_author(raw),
        body=text_of(raw, "body"),
        created_at=time_of(raw, "created_at"),
        url=text_of(raw, "html_url"),
        updated_at=time_of(raw, "updated_at"),
        node_id=text_of(raw, "node_id"),
    )


def read_file(raw: Json) -> ChangedFile:
    return ChangedFile(
        path=text_of(raw, "filename"),
        status=text_of(raw, "status"),
        additions=count_of(raw, "additions"),
        deletions=count_of(raw, "deletions"),
        patch=text_of(raw, "patch") or None,
        previous_path=text_of(raw, "previous_filename"),
        sha=text_of(raw, "sha"),
    )


def read_comparison(raw: Json) -> Comparison:
    """https://docs.github.com/rest/commits/commits#compare-two-commits"""
    status, files = text_of(raw, "status"), tuple(read_file(entry) for entry in parts(raw, "files"))
    if status not in ("ahead", "behind", "diverged", "identical"):
        raise TypeError("no comparison")
    is_ahead = status in ("ahead", "identical")
    commits = parts(raw, "commits")  # the first 250 of them
    all_known = count_of(raw, "total_commits") == len(commits)
    has_no_merges = is_ahead and all_known and all(len(parts(commit, "parents")) == 1 for commit in commits)
    return Comparison(files, len(files) < MAX_COMPARED, is_ahead, has_no_merges)


def read_author(raw: Json) -> Author:
    """Who wrote it; GitHub shows a deleted account as null, and calls it ghost."""
    user = part(raw, "user")
    return Author(
        text_of(user, "login") or "ghost", text_of(user, "type") or "User", text_of(raw, "author_association") or "NONE"
    )


def part(raw: Json, key: str) -> Json:
    value = raw.get(key)
    return value if isinstance(value, dict) else {}


def parts(raw: Json, key: str) -> list[Json]:
    value = raw.get(key)
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def text_of(raw: Json, key: str) -> str:
    value = raw.get(key)
    return value if isinstance(value, str) else ""


def count_of(raw: Json, key: str) -> int:
    """A count; 0 if it is missing or invalid."""
    try:
        return json_values.count(raw.get(key))
    except (TypeError, ValueError):
        return 0


def whole_of(raw: Json, key: str) -> int:
    """A number that must be there. Errors: ``KeyError``, ``TypeError``, ``ValueError``: this is not GitHub's answer."""
    return json_values.whole_number(raw[key])


def time_of(raw: Json, key: str) -> datetime:
    return json_values.when(text_of(raw, key))
