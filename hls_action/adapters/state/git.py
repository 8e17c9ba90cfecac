"""Shared state as one commit on a git branch. A push with a lease is the compare-and-swap: docs/adr/009.

Plain git in a private bare repository: no checkout, no REST requests, and no configuration but what stands here.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import threading
import weakref
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from hls_action.domain.errors import UsageError
from hls_action.domain.faults.certificates import REMEDY
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
TIP = "refs/hls/tip"
NEXT = "refs/hls/next"

INHERITED = (
    "PATH",
    "TMPDIR",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "DEVELOPER_DIR",  # Apple's git finds itself by it
    "RUNNER_TRACKING_ID",  # by it the runner finds the processes that a cancelled job left behind
    "GIT_EXEC_PATH",
    *("GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "GIT_PROXY_SSL_CAINFO", "GIT_HTTP_PROXY_AUTHMETHOD"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "NIX_SSL_CERT_FILE"),
    *("http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
)
"""All that git gets of this process's environment: no GIT_DIR of a checkout, no trace that shows headers, no secret."""

CERTIFICATES = {"GIT_SSL_CAINFO": "SSL_CERT_FILE", "GIT_SSL_CAPATH": "SSL_CERT_DIR"}
"""Where git is told what Python and uv are told by the other name."""

CONFIG = {
    "core.hooksPath": "/dev/null",
    "core.fsync": "none",  # the repository lives as long as the process
    "credential.helper": "",
    "fastimport.unpackLimit": "1",
    "fetch.unpackLimit": "1",  # one pack, not a file an object
    "gc.auto": "0",
    "http.followRedirects": "false",  # a header with a token goes to one host
    "maintenance.auto": "false",
    "protocol.version": "2",
}

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
UNTRUSTED = (
    "SSL certificate problem",
    "certificate verification failed",
    "certificate verify failed",
    "server verification failed",
    "peer certificate",
    "certificate subject name",
    "certificate verify locations",
    "CA cert",
)
"""What git says of certificates, by OpenSSL and by GnuTLS."""
UNAUTHENTICATED = ("Authentication failed", "could not read Username", "could not read Password", "returned error: 401")


@dataclass(frozen=True)
class _Base:
    """A version whose objects are here. ``sizes``: bytes by path; ``lineage``: what came before, newest first."""

    version: str = ""
    tree: str = ""
    sizes: Mapping[str, int] = field(default_factory=dict)
    lineage: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Result:
    """How git ended. ``status`` is None when it was stopped after ``seconds``."""

    status: int | None
    stdout: bytes
    stderr: str
    seconds: float

    @property
    def own_words(self) -> str:
        """What git itself said, without what it relayed from the server."""
        return "\n".join(line for line in self.stderr.splitlines() if not line.startswith("remote:"))

    def says(self, *words: str) -> bool:
        """Whether git itself said one of these."""
        return any(word in self.own_words for word in words)

    @property
    def detail(self) -> str:
        """The lines that say why, on one line, for a person."""
        if self.status is None:
            return f"no answer within {self.seconds:g} s"
        reasons = re.findall(r"^!\t.*\t(.*)$", self.stdout.decode(errors="replace"), re.MULTILINE)
        lines = re.findall(r"^(?!error: failed to push)(?:remote|fatal|error):.*\w.*$", self.stderr, re.MULTILINE)
        text = "; ".join([*reasons, *lines]) or self.stderr or f"exit status {self.status}"
        return "".join(c if c.isprintable() else " " for c in " ".join(text.split()))[:500]


class GitStateStore:
    """Documents on ``branch`` of ``remote``, a URL or a path. Safe to use from several threads, one at a time.

    ``token`` is for http(s) remotes. ``deadline_seconds`` bounds a read, and a write on a version that is known here.
    """

    def __init__(self, remote: str, branch: str, token: str = "", *, deadline_seconds: float = 60) -> None:
        """Start nothing yet. Errors: `UsageError` for a remote or a branch that git must not see."""
        url = urlsplit(remote)
        if "://" in remote and url.scheme not in ("file", "http", "https"):
            raise UsageError(f"state-remote: {url.scheme} is not supported; name an https address or a path.")
        if url.username or url.password:
            raise UsageError(
                "state-remote must not contain credentials, because they would show in process lists. "
                "Use the input github-token."
            )
        if not re.fullmatch(r"\w[\w./-]*", branch) or ".." in branch:
            raise UsageError(f"state-branch: {branch!r} is not a valid branch name.")
        self._remote = remote if "://" in remote else str(Path(remote).absolute())
        self._branch = branch
        self._ref = f"refs/heads/{branch}"
        self._deadline = deadline_seconds
        self._config = dict(CONFIG)
        self._secrets: tuple[str, ...] = ()
        if token and url.scheme in ("http", "https"):
            basic = b64encode(f"x-access-token:{token}".encode()).decode()
            origin = f"{url.scheme}://{url.netloc}/"
            self._config[f"http.{origin}.extraHeader"] = f"Authorization: Basic {basic}"
            self._secrets = (basic, token)
        self._lock = threading.Lock()
        self._base: _Base | None = None
        self._home: Path | None = None
        self._remove: Callable[[], object] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove the private repository; it goes with the process anyway. The store stays usable."""
        with self._lock:
            if self._remove is not None:
                self._remove()
            self._home = self._base = self._remove = None

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
        objects = _objects(self._local("cat-file", "--batch", stdin=wanted.encode()))
        version, commit = next(objects)
        documents = {path: _text(path, data) for (path, _, _), (_, data) in zip(entries, objects, strict=True)}
        self._base = _Base(version, commit[5:45].decode(), sizes, _lineage(commit))
        return Snapshot(version, documents)

    def _fetch(self, share: float = 1.0) -> bool:
        """Bring the branch here; False when there is none. Depth 1 matters only after somebody committed by hand."""
        refspec = f"+{self._ref}:{TIP}"
        result = self._git("fetch", "--quiet", "--depth=1", "--no-tags", self._remote, refspec, share=share)
        if result.status == 0:
            return True
        if re.search(r"^fatal: couldn't find remote ref", result.stderr, re.IGNORECASE | re.MULTILINE):
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
        result = self._git("push", "--porcelain", lease, self._remote, refspec, share=2 / 3)
        if not self._accepted(result):
            self._resolve_unknown_push(base, fresh, result)

    def _accepted(self, result: _Result) -> bool:
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
        elif result.says("returned error: 403", *UNAUTHENTICATED, *UNTRUSTED):
            raise self._failure("write", result)
        return False

    def _refused(self, reason: str, result: _Result) -> None:
        if "cannot create" in result.stderr:
            raise StateUnavailable(f"{self._branch} cannot be created.", cause=self._redacted(result.detail))
        if self._is_race(reason):
            if reason.startswith("[remote"):
                return  # git's transport repeats a request whose answer was lost, and may have lost to itself
            raise Conflict(f"{self._branch} has changed.", cause=self._redacted(reason))
        if any(word in result.stderr.lower() for word in PUSH_PROTECTION):  # it has the code of a ruleset
            raise SecretRefused(
                "GitHub's push protection detected a secret in this answer, so it was neither stored nor "
                "posted. Request another try, or report the kind of secret to HLS, which should have redacted it.",
                cause=self._redacted(result.detail),
            )
        if any(word in reason or word in result.stderr for word in RULES):
            raise StateForbidden(
                f"Exempt {self._branch} from the ruleset or branch protection that forbids the push (the branch is "
                "force-pushed), or name another branch as state-branch.",
                cause=self._redacted(result.detail),
            )

    @staticmethod
    def _is_race(reason: str) -> bool:
        return any(word in reason for word in RACES)

    def _resolve_unknown_push(self, base: _Base, fresh: _Base, result: _Result) -> None:
        """What became of a push of which nothing is known: returns when it took effect."""
        why = self._redacted(result.detail)
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
        ((version, commit),) = _objects(self._local("cat-file", "--batch", stdin=f"{TIP}\n".encode()))
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

    def _failure(self, verb: str, result: _Result) -> StateUnavailable:
        why = self._redacted(result.detail)
        if "returned error: 403" in result.own_words:
            needed = f"Give the job `permissions: contents: write`: the token may not {verb} {self._branch}."
            return StateForbidden(needed, cause=why)
        if result.says(*UNTRUSTED):
            return StateUnreachable(f"To {verb} {self._branch} of {self._remote}, {REMEDY}.", cause=why)
        if result.says(*UNAUTHENTICATED):
            wrong = f"Check that 'github-token' is right and not expired: {self._remote} does not accept it (401)."
            return StateUnavailable(wrong, cause=why)
        cannot = f"cannot {verb} {self._branch} of {self._remote}."
        if "not found" in result.own_words:
            return StateUnavailable(f"Give the job `permissions: contents: write`, else it {cannot}", cause=why)
        return StateUnavailable(cannot[0].upper() + cannot[1:], cause=why)

    def _local(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """Run a command that speaks to nobody and must not fail."""
        result = self._git(*arguments, stdin=stdin)
        if result.status != 0:
            raise StateUnavailable(f"git {arguments[0]} failed.", cause=self._redacted(result.detail))
        return result.stdout

    def _git(self, *arguments: str, stdin: bytes = b"", share: float = 1.0) -> _Result:
        """The one door to git. After its ``share`` of the deadline git is killed, and all that it started."""
        seconds = self._deadline * share
        home = self._home or self._create()
        try:
            process = subprocess.Popen(
                ["git", *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=home,
                env=self._environment(home),
                start_new_session=True,
            )
        except OSError as error:
            if isinstance(error, FileNotFoundError) and error.filename == "git":
                missing = "Install git on the runner: it is not on the PATH."
                raise StateUnreachable(missing, cause=str(error)) from error
            raise StateUnavailable("git cannot be started.", cause=str(error)) from error
        with process:
            try:
                stdout, stderr = process.communicate(stdin, seconds)
            except subprocess.TimeoutExpired:
                return _Result(None, b"", "", seconds)
            finally:
                if process.returncode is None:
                    with suppress(ProcessLookupError):
                        os.killpg(process.pid, signal.SIGKILL)
        return _Result(process.returncode, stdout, stderr.decode(errors="replace"), seconds)

    def _create(self) -> Path:
        """What makes a folder a repository, by gitrepository-layout(5); `git init` takes as long as a local fetch."""
        try:
            self._home = home = Path(tempfile.mkdtemp(prefix="hls-state-"))
            self._remove = weakref.finalize(self, shutil.rmtree, home, ignore_errors=True)
            for name in ("objects", "refs"):
                (home / name).mkdir()
            (home / "HEAD").write_text("ref: refs/heads/none\n")
            (home / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tbare = true\n")
        except OSError as error:
            raise StateUnavailable(
                "Free disk space on the runner: there is none for a temporary repository.", cause=str(error)
            ) from error
        return home

    def _environment(self, home: Path) -> dict[str, str]:
        """The token goes by the environment, which only this user can read; argv and URLs are for all to see."""
        environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
        # git asks the machine's store unless told otherwise, by names of its own and of one place, not of a list.
        for name, ours in CERTIFICATES.items():
            path = Path(environment.get(ours, ""))
            if path.is_absolute() and path.exists():
                environment.setdefault(name, str(path))
        environment |= {"HOME": str(home), "GIT_DIR": str(home), "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}
        environment |= {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_SYSTEM": "/dev/null", "GIT_CONFIG_GLOBAL": "/dev/null"}
        environment |= {"GIT_ALLOW_PROTOCOL": "file:http:https", "GIT_CONFIG_COUNT": str(len(self._config))}
        for number, (key, value) in enumerate(self._config.items()):
            environment |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        return environment

    def _redacted(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text


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


def _objects(output: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and content of each object, from ``cat-file --batch``."""
    position = 0
    while position < len(output):
        end = output.index(b"\n", position)
        name, _, size = output[position:end].split()
        position = end + 1 + int(size) + 1
        yield name.decode(), output[end + 1 : position - 1]


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
