"""A hosting service for git in small: bare repositories over smart HTTP, by git's own `http-backend`.

    with hosting(folder) as proxy:  # folder holds state.git
        ...  # proxy.url + "/state.git" is the remote; proxy.fault(...) breaks fetches and pushes

A fetch is `GET info/refs` and one or two `POST git-upload-pack`, a push `GET info/refs` and `POST git-receive-pack`.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.standins.client import Answer
from tests.standins.exchange import Forward, Request
from tests.standins.process import program
from tests.standins.proxy import Proxy


def bare_repository(path: Path) -> Path:
    """A new, empty repository to push to. It never tidies itself up in the background."""
    git = [program("git"), "-C", str(path.parent)]
    subprocess.run([*git, "init", "--quiet", "--bare", path.name], env=_environment(), check=True)
    subprocess.run([*git, f"--git-dir={path}", "config", "receive.autogc", "false"], env=_environment(), check=True)
    return path


def commit(repository: Path, files: Mapping[str, bytes], branch: str = "main") -> None:
    """Make ``files`` all that is in a bare repository, on its default branch; like GitHub, it serves parts of it."""
    git = [program("git"), f"--git-dir={repository}"]
    stream = [f"commit refs/heads/{branch}\ncommitter A <a@b.c> 0 +0000\ndata 1\nx\ndeleteall\n".encode()]
    stream += [b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(text), text) for path, text in files.items()]
    subprocess.run([*git, "fast-import", "--quiet", "--force"], input=b"".join(stream), env=_environment(), check=True)
    subprocess.run([*git, "symbolic-ref", "HEAD", f"refs/heads/{branch}"], env=_environment(), check=True)
    for name in ("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
        subprocess.run([*git, "config", name, "true"], env=_environment(), check=True)


def hosting(folder: Path) -> Proxy:
    """A proxy (not started yet) that serves the bare repositories in `folder`, to everybody and with any token."""
    return Proxy("http://127.0.0.1:9", fallback=_Backend(folder))  # nothing is behind it: the backend answers


class _Backend:
    """The responder that runs `git http-backend`, a CGI program."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, request: Request, forward: Forward) -> Answer:
        path, _, query = request.target.partition("?")
        variables = {
            "GIT_PROJECT_ROOT": str(self._folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
            "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
            "REQUEST_METHOD": request.method,
            "REMOTE_USER": "x-access-token",  # without a user there is no pushing
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": request.headers.get("content-type", ""),
            "CONTENT_LENGTH": str(len(request.body)),
        }
        command = [program("git"), "http-backend"]
        environment = {**_environment(), **variables}
        # What upload-pack refuses it says in the answer, too, before it fails.
        done = subprocess.run(command, input=request.body, env=environment, capture_output=True, check=False)
        if not done.stdout:
            raise RuntimeError(done.stderr.decode())
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        headers = {name.lower(): value for name, _, value in (x.partition(": ") for x in head.decode().split("\r\n"))}
        return Answer(int(headers.pop("status", "200").split()[0]), headers, body)


def _environment() -> dict[str, str]:
    """No configuration of this machine's."""
    return {"PATH": os.environ.get("PATH", os.defpath), "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
