"""The one door to git: a private bare repository, an environment of our own, a deadline, and what failures mean.

No checkout, no hooks, and no configuration but what stands here: docs/adr/009.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import weakref
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal, cast
from urllib.parse import urlsplit

from hls_action.domain.errors import HLSError, UsageError
from hls_action.domain.faults.certificates import REMEDY

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

Situation = Literal["missing", "untrusted", "forbidden", "other"]
"""What is wrong: there is no git, a certificate is not trusted, the token is not allowed to, something else."""


@dataclass(frozen=True)
class Result:
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
    def has_no_ref(self) -> bool:
        """Whether a fetch found that the remote has no such ref."""
        return re.search(r"^fatal: couldn't find remote ref", self.stderr, re.IGNORECASE | re.MULTILINE) is not None

    @property
    def is_refused(self) -> bool:
        """Whether the server, or our distrust of it, settled the matter before anything was done."""
        return self.says("returned error: 403", *UNAUTHENTICATED, *UNTRUSTED)

    @property
    def detail(self) -> str:
        """The lines that say why, on one line, for a person."""
        if self.status is None:
            return f"no answer within {self.seconds:.3g} s"
        reasons = re.findall(r"^!\t.*\t(.*)$", self.stdout.decode(errors="replace"), re.MULTILINE)
        lines = re.findall(r"^(?!error: failed to push)(?:remote|fatal|error):.*\w.*$", self.stderr, re.MULTILINE)
        text = "; ".join([*reasons, *lines]) or self.stderr or f"exit status {self.status}"
        return "".join(c if c.isprintable() else " " for c in " ".join(text.split()))[:500]


class Git:
    """git in a temporary bare repository that goes with this object. Not safe to use from several threads at once.

    ``error`` makes the caller's own error of a situation, a message and a cause. ``token`` is for http(s) remotes;
    ``setting`` names the remote to people.
    """

    def __init__(
        self, remote: str, token: str, error: Callable[[Situation, str, str], HLSError], *, setting: str
    ) -> None:
        """Start nothing yet. Errors: `UsageError` for a remote that git must not see."""
        url = urlsplit(remote)
        if "://" in remote and url.scheme not in ("file", "http", "https"):
            raise UsageError(f"{setting}: {url.scheme} is not supported; name an https address or a path.")
        if url.username or url.password:
            raise UsageError(
                f"{setting} must not contain credentials, because they would show in process lists. "
                "Use the input github-token."
            )
        self.remote = remote if "://" in remote else str(Path(remote).absolute())
        self.config = dict(CONFIG)
        self.home: Path | None = None
        self._error = error
        self._secrets: tuple[str, ...] = ()
        if token and url.scheme in ("http", "https"):
            basic = b64encode(f"x-access-token:{token}".encode()).decode()
            self.config[f"http.{url.scheme}://{url.netloc}/.extraHeader"] = f"Authorization: Basic {basic}"
            self._secrets = (basic, token)
        self._remove: Callable[[], object] | None = None

    def close(self) -> None:
        """Remove the private repository; it goes with the process anyway. It is made again when it is needed."""
        if self._remove is not None:
            self._remove()
        self.home = self._remove = None

    def run(
        self,
        *arguments: str,
        seconds: float,
        stdin: bytes = b"",
        config: Mapping[str, str] | None = None,
        largest: int = 0,
    ) -> Result:
        """Run a command to its end. After ``seconds`` git is killed, and all that it started.

        ``config``: more of it. ``largest``: the most bytes that git may write to one file, where the system can tell.
        """
        with self._started(arguments, {**self.config, **(config or {})}, subprocess.PIPE) as process:
            if largest and sys.platform == "linux":
                import resource

                with suppress(ProcessLookupError):
                    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (largest, largest))
            try:
                stdout, stderr = process.communicate(stdin, seconds)
            except subprocess.TimeoutExpired:
                return Result(None, b"", "", seconds)
        return Result(process.returncode, stdout, stderr.decode(errors="replace"), seconds)

    @contextmanager
    def conversation(
        self, *arguments: str, seconds: float, variables: Mapping[str, str]
    ) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
        """A command to talk to as it runs: where to write, where to read. After ``seconds`` it is killed.

        It gets no token and speaks to nobody, whatever it may miss.
        """
        alone = {**variables, "GIT_ALLOW_PROTOCOL": ""}
        with self._started(arguments, CONFIG, subprocess.DEVNULL, alone) as process:
            alarm = threading.Timer(seconds, _kill, (process,))
            alarm.daemon = True
            alarm.start()
            try:
                yield cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
            finally:
                alarm.cancel()

    @contextmanager
    def _started(
        self,
        arguments: tuple[str, ...],
        config: Mapping[str, str],
        stderr: int,
        variables: Mapping[str, str] | None = None,
    ) -> Iterator[subprocess.Popen[bytes]]:
        home = self.home or self._create()
        try:
            process = subprocess.Popen(
                ["git", *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                cwd=home,
                env={**_environment(home, config), **(variables or {})},
                start_new_session=True,
            )
        except OSError as error:
            if isinstance(error, FileNotFoundError) and error.filename == "git":
                missing = "Install git on the runner: it is not on the PATH."
                raise self._error("missing", missing, str(error)) from error
            raise self._error("other", "git cannot be started.", str(error)) from error
        with process:
            try:
                yield process
            finally:
                _kill(process)

    def _create(self) -> Path:
        """What makes a folder a repository, by gitrepository-layout(5); `git init` takes as long as a local fetch."""
        try:
            self.home = home = Path(tempfile.mkdtemp(prefix="hls-git-"))
            self._remove = weakref.finalize(self, shutil.rmtree, home, ignore_errors=True)
            for name in ("objects", "refs"):
                (home / name).mkdir()
            (home / "HEAD").write_text("ref: refs/heads/none\n")
            (home / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tbare = true\n")
        except OSError as error:
            no_room = "Free disk space on the runner: there is none for a temporary repository."
            raise self._error("other", no_room, str(error)) from error
        return home

    def failure(self, result: Result, verb: str, what: str, permission: str) -> HLSError:
        """The error for a fetch or push that was to ``verb`` ``what``: what helps first, then what git said."""
        why = self.redacted(result.detail)
        if "returned error: 403" in result.own_words:
            needed = f"Give the job `permissions: {permission}`: the token may not {verb} {what}."
            return self._error("forbidden", needed, why)
        if result.says(*UNTRUSTED):
            return self._error("untrusted", f"To {verb} {what} of {self.remote}, {REMEDY}.", why)
        if result.says(*UNAUTHENTICATED):
            wrong = f"Check that 'github-token' is right and not expired: {self.remote} does not accept it (401)."
            return self._error("other", wrong, why)
        cannot = f"cannot {verb} {what} of {self.remote}."
        if "not found" in result.own_words:
            return self._error("other", f"Give the job `permissions: {permission}`, else it {cannot}", why)
        return self._error("other", cannot[0].upper() + cannot[1:], why)

    def redacted(self, text: str) -> str:
        """The text without the token."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End git and all that it started, unless it has ended."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _environment(home: Path, config: Mapping[str, str]) -> dict[str, str]:
    """The token goes by the environment, which only this user can read; argv and URLs are for all to see."""
    environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
    # git asks the machine's store unless told otherwise, by names of its own and of one place, not of a list.
    for name, ours in CERTIFICATES.items():
        path = Path(environment.get(ours, ""))
        if path.is_absolute() and path.exists():
            environment.setdefault(name, str(path))
    environment |= {"HOME": str(home), "GIT_DIR": str(home), "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}
    environment |= {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_SYSTEM": "/dev/null", "GIT_CONFIG_GLOBAL": "/dev/null"}
    environment |= {"GIT_ALLOW_PROTOCOL": "file:http:https", "GIT_CONFIG_COUNT": str(len(config))}
    for number, (key, value) in enumerate(config.items()):
        environment |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return environment
