"""emulate: a stateful GitHub REST server on loopback, and the people who use it.

One server serves many tests: each takes a repository of its own (`Emulate.repo`) and tokens of its own,
because emulate has no reset and counts 5,000 requests an hour for each token.
"""

from __future__ import annotations

import functools
import itertools
import json
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.standins.client import Answer, JsonObject, send
from tests.standins.process import ServerProcess, node, node_module
from tests.standins.repo import Repo

APP_ID = 15368  # the GitHub Actions app on github.com
BOT_LOGIN = "github-actions[bot]"
_INSTALLATION_ID = 1
_TOKENS_PER_USER = 500
_PERMISSIONS = dict.fromkeys(
    ("actions", "administration", "checks", "contents", "issues", "pull_requests", "statuses"), "write"
)


@functools.cache
def _private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    ).decode()


class Emulate:
    """emulate's GitHub service with an owner, users and the app whose token the jobs get.

    A context manager; `url` is the API's root and the web root at once. `owner` owns every repository
    made by `repo`; `users` are strangers to them, who may open issues and comment. `minimized` says
    by a comment's node id why it was minimized, over GraphQL: GitHub's REST API does not show it.
    `reactions` says by a path who reacted how, as ``LOGIN CONTENT``, by the reaction's id.
    `contributors` are the users who have a commit in every repository: GitHub tells that of authors, emulate does not.
    """

    def __init__(
        self,
        *,
        owner: str = "maintainer",
        users: Sequence[str] = ("reporter", "contributor"),
        tokens: int = _TOKENS_PER_USER,
    ) -> None:
        self.owner = owner
        self.users = tuple(users)
        self._tokens_each = tokens
        self._home = Path(tempfile.mkdtemp(prefix="hls-emulate-"))
        self._numbers = itertools.count(1)
        self._tokens = {login: itertools.cycle(self._tokens_of(login)) for login in (owner, *users)}
        self._known = {token for login in (owner, *users) for token in self._tokens_of(login)}
        self._bots: set[str] = set()
        self._repos: list[str] = []
        self.minimized: dict[str, str] = {}
        self.reactions: dict[str, dict[int, str]] = {}
        self.contributors: set[str] = set()
        self._server = ServerProcess("emulate", self._command, ready=r"Ready\.")

    @property
    def url(self) -> str:
        """Origin of the server: `GITHUB_API_URL` and `GITHUB_SERVER_URL` alike."""
        return self._server.url

    @property
    def pid(self) -> int:
        """Process id, for measurements."""
        return self._server.pid

    def start(self) -> Self:
        """Start with the seed; `StandinError` with the log's end if that fails."""
        self._server.start()
        return self

    def stop(self) -> None:
        """Kill the server and forget its files, but not its log."""
        self._server.stop()
        shutil.rmtree(self._home, ignore_errors=True)

    def restart(self) -> None:
        """Back to the seed (about 0.2 s): emulate's GitHub service has no reset. The port may change."""
        self._server.stop()
        self._bots.clear()
        self._repos.clear()
        self.minimized.clear()
        self.reactions.clear()
        self.contributors.clear()
        self._server.start()

    def log(self) -> str:
        """What emulate has printed."""
        return self._server.log()

    def user_token(self, login: str | None = None) -> str:
        """A token of a user (the owner unless said), with 5,000 requests left if it was not handed out before."""
        return next(self._tokens[login or self.owner])

    def bot_token(self) -> str:
        """A new job's token: what it writes is by `github-actions[bot]`, of type `Bot`. 5,000 requests, an hour."""
        now = int(time.time())
        claims = {"iat": now - 60, "exp": now + 540, "iss": str(APP_ID)}
        assertion = jwt.encode(claims, _private_key(), algorithm="RS256")
        path = f"/app/installations/{_INSTALLATION_ID}/access_tokens"
        token: str = self.request("POST", path, {}, token=assertion).json()["token"]
        self._bots.add(token)
        return token

    def knows(self, token: str) -> Literal["user", "bot"] | None:
        """Whose token it is; None for one nobody was given (emulate itself takes any for the owner's)."""
        if token in self._bots:
            return "bot"
        return "user" if token in self._known else None

    def request(
        self, method: str, target: str, body: Any = None, *, token: str | None = None, check: bool = True
    ) -> Answer:
        """Any request, as the owner unless a token is given; `HttpError` for 400 and above unless `check` is false."""
        headers = {"authorization": f"Bearer {token or self.user_token()}"}
        return send(self.url, method, target, body, headers=headers, check=check)

    def repo(self, name: str | None = None, *, private: bool = False) -> Repo:
        """A new repository of the owner, with one commit on `main`; its name is unique in this server."""
        name = name or f"project-{next(self._numbers)}"
        self.request("POST", "/user/repos", {"name": name, "private": private, "auto_init": True})
        self._repos.append(f"{self.owner}/{name}")
        return Repo(self, self.owner, name)

    def has_comment(self, comment_id: int) -> bool:
        """Whether a repository made by `repo` has that comment on an issue or a pull request, and nobody deleted it."""
        newest_first = reversed(self._repos)
        paths = (f"/repos/{name}/issues/comments/{comment_id}" for name in newest_first)
        return any(self.request("GET", path, check=False).status == 200 for path in paths)

    def _tokens_of(self, login: str) -> list[str]:
        return [f"ghp_{login}_{number}" for number in range(self._tokens_each)]

    def _seed(self) -> JsonObject:
        people = (self.owner, *self.users)
        return {
            "tokens": {token: {"login": who, "scopes": ["repo"]} for who in people for token in self._tokens_of(who)},
            "github": {
                "users": [{"login": login} for login in people],
                "apps": [
                    {
                        "app_id": APP_ID,
                        "slug": BOT_LOGIN.removesuffix("[bot]"),
                        "name": "GitHub Actions",
                        "private_key": _private_key(),
                        "permissions": _PERMISSIONS,
                        "installations": [{"installation_id": _INSTALLATION_ID, "account": self.owner}],
                    }
                ],
            },
        }

    def _command(self, port: int) -> list[str]:
        seed = self._home / "seed.json"
        seed.write_text(json.dumps(self._seed()))
        script = str(node_module("emulate/dist/index.js"))
        base_url = f"http://127.0.0.1:{port}"
        options = ["--service", "github", "--port", str(port), "--base-url", base_url, "--seed", str(seed)]
        return [node(), script, "start", *options]

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()
