"""Shared state as one commit on a git branch. A push with a lease is the compare-and-swap: docs/adr/009.

Plain git in a private bare repository: no checkout and no REST requests.
"""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Self

from hls_action.adapters.git_objects import objects
from hls_action.adapters.git_process import Git, Result, Situation
from hls_action.domain.errors import HLSError, UsageError
from hls_action.domain.ledger.errors import (
    Conflict,
    SecretRefused,
    StateForbidden,
    StateUnavailable,
    StateUnreachable,
    StateUnreadable,
)
from hls_action.ports import Snapshot

MAX_BYTES = 16 * 2**20
"""All documents together. A state of 100,000 items takes a tenth of this."""
LINEAGE = 100
"""How many predecessors a commit names, so that a push of unknown outcome can be told from one that lost."""
SHORT = 12
DAMAGE_ADVICE = (
    "it was left untouched. Restore it, or delete the branch to start over: existing replies are still recognised."
)
"""What people are told of damage."""
NAME = r"(?!refs/)\w[\w./-]*|refs/\w[\w.-]*/\w[\w./-]*"
GITHUBS_OWN = ("refs/pull/", "refs/tags/", "refs/remotes/")
"""Refs that GitHub keeps itself, or that mean something else to whoever fetches them."""
TIP = "refs/hls/tip"
NEXT = "refs/hls/next"

RACES = (
    "stale info",
    "fetch first",
    "cannot lock ref",
    "failed to lock",
    "failed to update ref",
    "incorrect old value",
    "already exists",
)
PUSH_PROTECTION = ("push protection", "push cannot contain secrets")
"""https://docs.github.com/code-security/how-tos/secure-your-secrets/work-with-leak-prevention"""
RULES = ("hook declined", "protected branch", "rule violations", "GH006", "GH013", "(non-fast-forward)", "prohibited")


@dataclass(frozen=True)
class _Base:
    """A version whose objects are here. ``sizes``: bytes by path; ``lineage``: what came before, newest first."""

    version: str = ""
    tree: str = ""
    sizes: Mapping[str, int] = field(default_factory=dict)
    lineage: tuple[str, ...] = ()


class GitStateStore:
    """Documents on ``branch`` of ``remote``, a URL or a path. Safe to use from several threads, one at a time.

    ``branch`` may be a whole ref, which need not be a branch: ``refs/hls/state``.

    ``token`` is for http(s) remotes. ``deadline_seconds`` bounds a read, and a write on a version that is known here.
    """

    def __init__(self, remote: str, branch: str, token: str = "", *, deadline_seconds: float = 60) -> None:
        """Start nothing yet. Errors: `UsageError` for a remote or a branch that git must not see."""
        if not re.fullmatch(NAME, branch) or ".." in branch or branch.startswith(GITHUBS_OWN):
            raise UsageError(
                f"state-branch: {branch!r} is no name of a branch, nor of a ref that HLS may use; name a branch, "
                "such as hls-state, or a ref outside refs/heads/ in full, such as refs/hls/state."
            )
        self._git = Git(remote, token, _error, setting="state-remote")
        self._branch = branch
        self._ref = branch if branch.startswith("refs/") else f"refs/heads/{branch}"
        self._deadline = deadline_seconds
        self._lock = threading.Lock()
        self._base: _Base | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove the private repository; it goes with the process anyway. The store stays usable."""
        with self._lock:
            self._git.close()
            self._base = None

    def read(self) -> Snapshot:
        """Fetch the branch: one round. Errors: `StateUnavailable`; `StateUnreadable` for what is no state of ours."""
        with self._lock:
            return self._read()

    def compare_and_swap(self, version: str, changes: Mapping[str, str | None]) -> str:
        """Push a commit that replaces ``version``: one round when that was read or written by this store."""
        encoded = {path: text if text is None else text.encode() for path, text in changes.items()}
        with self._lock:
            base = self._known(version)
            sizes = _sizes_after(base.sizes, encoded)
            fresh = self._commit(base, encoded, sizes)
            self._push(base, fresh)
            self._base = fresh
            return fresh.version

    def _known(self, version: str) -> _Base:
        if not version:
            return _Base()
        if self._base is None or self._base.version != version:
            self._read()
        if self._base is None or self._base.version != version:
            raise Conflict(f"{self._branch} has changed.")
        return self._base

    def _read(self) -> Snapshot:
        if not self._fetch():
            self._base = _Base()
            return Snapshot("", {})
        entries = tuple(_entries(self._local("ls-tree", "-r", "-z", "-l", TIP)))
        sizes = {path: size for path, _, size in entries}
        if sum(sizes.values()) > MAX_BYTES:
            raise StateUnreadable(f"{self._branch} holds {sum(sizes.values()):,} bytes; {MAX_BYTES:,} is the most.")
        wanted = "\n".join([TIP, *(blob for _, blob, _ in entries), ""])
        found = objects(self._local("cat-file", "--batch", stdin=wanted.encode()))
        version, commit = next(found)
        documents = {path: _text(path, data) for (path, _, _), (_, data) in zip(entries, found, strict=True)}
        self._base = _Base(version, commit[5:45].decode(), sizes, _lineage(commit))
        return Snapshot(version, documents)

    def _fetch(self, share: float = 1.0) -> bool:
        """Bring the branch here; False when there is none. Depth 1 matters only after somebody committed by hand."""
        refspec = f"+{self._ref}:{TIP}"
        result = self._run("fetch", "--quiet", "--depth=1", "--no-tags", self._git.remote, refspec, share=share)
        if result.status == 0:
            return True
        if result.has_no_ref:
            return False
        raise self._failure("read", result)

    def _commit(self, base: _Base, changes: Mapping[str, bytes | None], sizes: Mapping[str, int]) -> _Base:
        """A commit of the changes on top of the base's tree, without parent, made by one process."""
        lineage = tuple(filter(None, (base.version[:SHORT], *base.lineage)))[:LINEAGE]
        # Without the nonce two commits of equal content in one second are the same commit, and an update is lost.
        message = f"HLS state\n\nNonce: {secrets.token_hex(16)}\nAfter: {' '.join(lineage)}\n".encode()
        stream = [b"commit %s\nmark :1\ncommitter HLS <hls@localhost> now\n" % NEXT.encode(), _data(message)]
        if base.tree:
            stream.append(b'M 040000 %s ""\n' % base.tree.encode())
        # Deletions first: a document may become a folder.
        for path, data in sorted(changes.items(), key=lambda change: change[1] is not None):
            stream.append(b"D %s\n" % _quoted(path) if data is None else b"M 100644 inline %s\n" % _quoted(path))
            stream.append(b"" if data is None else _data(data))
        stream.append(b'\nget-mark :1\nls :1 ""\ndone\n')
        options = ("--quiet", "--done", "--force", "--date-format=now")
        commit, tree = self._local("fast-import", *options, stdin=b"".join(stream)).decode().splitlines()
        return _Base(commit, tree.split()[2], sizes, lineage)

    def _push(self, base: _Base, fresh: _Base) -> None:
        lease = f"--force-with-lease={self._ref}:{base.version}"
        refspec = f"{fresh.version}:{self._ref}"
        result = self._run("push", "--porcelain", lease, self._git.remote, refspec, share=2 / 3)
        if not self._accepted(result):
            self._resolve_unknown_push(base, fresh, result)

    def _accepted(self, result: Result) -> bool:
        """Whether the push took effect; False: it cannot be told. Errors: `Conflict`, `StateForbidden`."""
        report = re.search(
            rf"^(.)\t[^\t]*:{re.escape(self._ref)}\t(.*)$", result.stdout.decode(errors="replace"), re.MULTILINE
        )
        if result.status == 0 and report:
            if report[1] == "=":
                raise Conflict(f"{self._branch} is at this very commit, which this run did not push.")
            return True
        if report and report[1] == "!":
            self._refused(report[2], result)
        elif result.is_refused:
            raise self._failure("write", result)
        return False

    def _refused(self, reason: str, result: Result) -> None:
        if "cannot create" in result.stderr:
            raise StateUnavailable(f"{self._branch} cannot be created.", cause=self._git.redacted(result.detail))
        if self._is_race(reason):
            if reason.startswith("[remote"):
                return  # git's transport repeats a request whose answer was lost, and may have lost to itself
            raise Conflict(f"{self._branch} has changed.", cause=self._git.redacted(reason))
        if any(word in result.stderr.lower() for word in PUSH_PROTECTION):  # it has the code of a ruleset
            raise SecretRefused(
                "GitHub's push protection detected a secret in this answer, so it was neither stored nor "
                "posted. Request another try, or report the kind of secret to HLS, which should have redacted it.",
                cause=self._git.redacted(result.detail),
            )
        if any(word in reason or word in result.stderr for word in RULES):
            raise StateForbidden(
                f"Exempt {self._branch} from the ruleset or branch protection that forbids the push (the branch is "
                "force-pushed), or name another branch as state-branch.",
                cause=self._git.redacted(result.detail),
            )

    @staticmethod
    def _is_race(reason: str) -> bool:
        return any(word in reason for word in RACES)

    def _resolve_unknown_push(self, base: _Base, fresh: _Base, result: Result) -> None:
        """What became of a push of which nothing is known: returns when it took effect."""
        why = self._git.redacted(result.detail)
        try:
            there = self._fetch(share=1 / 3)
        except StateUnavailable as error:
            unknown = f"It is not known whether {self._branch} was written. {error.message}"
            raise StateUnavailable(unknown, cause="; ".join(filter(None, (why, error.cause)))) from error
        # Refused for another push's sake, that other one may still be under way.
        lost = Conflict if b"[remote rejected]" in result.stdout and self._is_race(why) else StateUnavailable
        if not there:
            if not base.version:
                raise lost(f"{self._branch} was not written.", cause=why)
            raise Conflict(f"{self._branch} was deleted.")
        ((version, commit),) = objects(self._local("cat-file", "--batch", stdin=f"{TIP}\n".encode()))
        lineage = _lineage(commit)
        if version == fresh.version or fresh.version[:SHORT] in lineage:
            return
        if version == base.version:
            raise lost(f"{self._branch} was not written.", cause=why)
        complete = b"\nNonce: " in commit and len(lineage) < LINEAGE
        if complete or (base.version and base.version[:SHORT] in lineage):
            raise Conflict(f"{self._branch} has changed.", cause=why)
        raise StateUnavailable(
            f"It is not known whether {self._branch} was written: too many writes have happened since.", cause=why
        )

    def _failure(self, verb: str, result: Result) -> HLSError:
        return self._git.failure(result, verb, self._branch, "contents: write")

    def _local(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """Run a command that speaks to nobody and must not fail."""
        result = self._run(*arguments, stdin=stdin)
        if result.status != 0:
            raise StateUnavailable(f"git {arguments[0]} failed.", cause=self._git.redacted(result.detail))
        return result.stdout

    def _run(self, *arguments: str, stdin: bytes = b"", share: float = 1.0) -> Result:
        return self._git.run(*arguments, stdin=stdin, seconds=self._deadline * share)


def _error(situation: Situation, message: str, cause: str) -> StateUnavailable:
    kinds = {"missing": StateUnreachable, "untrusted": StateUnreachable, "forbidden": StateForbidden}
    return kinds.get(situation, StateUnavailable)(message, cause=cause)


def _sizes_after(before: Mapping[str, int], changes: Mapping[str, bytes | None]) -> dict[str, int]:
    """Errors: `ValueError` for paths that git has no room for; `StateUnreadable` for what no run could read back."""
    gone = {path for path, data in changes.items() if data is None}
    sizes = {path: size for path, size in before.items() if path not in gone}
    sizes |= {path: len(data) for path, data in changes.items() if data is not None}
    for path in changes:
        parts = path.split("/")
        if not path.isprintable() or "\\" in path or any(part.lower() in ("", ".", "..", ".git") for part in parts):
            raise ValueError(f"{path!r} is not a path for a document.")
    for path in sizes:
        parts = path.split("/")
        if any("/".join(parts[:end]) in sizes for end in range(1, len(parts))):
            raise ValueError(f"{path!r} is below another document.")
    if sum(sizes.values()) > MAX_BYTES:
        raise StateUnreadable(f"The state would take {sum(sizes.values()):,} bytes; {MAX_BYTES:,} is the most.")
    return sizes


def _entries(listing: bytes) -> Iterator[tuple[str, str, int]]:
    """Path, blob and size, from ``ls-tree -r -z -l``."""
    for entry in listing.split(b"\0")[:-1]:
        about, _, path = entry.partition(b"\t")
        mode, kind, blob, size = about.split()
        if kind != b"blob" or mode == b"120000":
            raise StateUnreadable(f"{path.decode(errors='replace')!r} in the state is not a file.")
        yield _text("a path", path), blob.decode(), int(size)


def _lineage(commit: bytes) -> tuple[str, ...]:
    found = re.search(rb"^After: ([0-9a-f ]+)$", commit, re.MULTILINE)
    return tuple(found[1].decode().split()) if found else ()


def _text(path: str, data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise StateUnreadable(f"{path} in the state is not UTF-8 text (byte {error.start}); {DAMAGE_ADVICE}") from error


def _quoted(path: str) -> bytes:
    """A path as ``git fast-import`` reads it."""
    return b'"%s"' % path.replace('"', '\\"').encode()


def _data(data: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(data), data)
