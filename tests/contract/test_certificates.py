"""Servers with a certificate of a company's own CA: every client trusts what the machine trusts, and nothing else.

The machine's store is what SSL_CERT_FILE names. Clients run in a process of their own, as the action starts it: what
they trust is decided when they are imported.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.standins.git_http import bare_repository, hosting
from tests.standins.private_ca import PrivateCa, private_ca
from tests.unit.adapters.loopback import Loopback, Reply, serve

ROOT = Path(__file__).parents[2]
REMEDY = "make the runner trust its certificate"

CLIENTS = {
    "github": """
from hls_action import head_start
from hls_action.config import environment
settings = environment.load({"HLS_GITHUB_TOKEN": "x", "GITHUB_API_URL": url, "GITHUB_REPOSITORY": "octo/example"})
labels = head_start.rest(settings, None).labels
print([label.name for label in labels()])""",
    "oidc": """
from hls_action.adapters.claude.oidc import identity_token
print(identity_token(url + "/token", "secret"))""",
    "webhook": """
from hls_action.adapters.webhook import Webhook
print(Webhook(url + "/hook")("text") or "sent")""",
    "source": """
from hls_action.adapters.source.git import GitSource
print(GitSource(url + "/state.git", "token").tree().files)""",
    "git": """
from hls_action.adapters.state.git import GitStateStore
store = GitStateStore(url + "/state.git", "hls-state", "token")
print("written" if store.compare_and_swap(store.read().version, {"a": "b"}) else "")""",
}
"""What each does first over the wire, printed."""

HARNESS = """
import json, os, sys
sys.path.insert(0, sys.argv[1])
from hls_action import head_start
from hls_action.domain.errors import HLSError
from hls_action.resilience.retry import _may_be_won, _may_pass
head_start.trust_the_machine()
for name, url, client, environ in json.loads(sys.argv[2]):
    os.environ.update(environ)
    try:
        exec(client)
    except HLSError as error:
        print(type(error).__name__, error.code, "again" if _may_be_won(error) or _may_pass(error) else "final", error)
"""


@dataclass(frozen=True)
class Company:
    """Its servers, behind certificates of its own: ``http`` is GitHub, the runner and the webhook, ``git`` is git."""

    ca: PrivateCa
    http: Loopback
    git: str

    def said(self, *clients: str | tuple[str, dict[str, str]], **trusted: str) -> list[str]:
        """The line that each client prints, on a machine that trusts what the variables ``trusted`` say.

        A client may come with variables that are set before it, and stay.
        """
        named = [client if isinstance(client, tuple) else (client, {}) for client in clients]
        asked = [
            (name, self.git if name in ("git", "source") else self.http.url, CLIENTS[name], more)
            for name, more in named
        ]
        kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
        command = [sys.executable, "-I", "-c", HARNESS, str(ROOT), json.dumps(asked)]
        done = subprocess.run(
            command, env={**kept, **trusted}, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr
        lines = done.stdout.splitlines()
        assert len(lines) == len(clients), done.stdout
        return lines


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    ca = private_ca(tmp_path)
    bare_repository(tmp_path / "state.git")
    with serve(ca.wrap) as http, hosting(tmp_path) as git:
        http.on("/repos/octo/example/labels", Reply([{"name": "bug", "description": None}]))
        http.on("/token", Reply({"value": "jwt"}))
        http.on("/hook", Reply("ok"))
        assert git._server is not None
        ca.wrap(git._server)
        yield Company(ca, http, git.url.replace("http://", "https://"))


def test_what_the_machine_trusts_every_client_trusts(company: Company) -> None:
    clients = ("github", "oidc", "webhook", "source", "git")
    said = company.said(*clients, SSL_CERT_FILE=str(company.ca.file), SSL_CERT_DIR="/no:/where")
    assert said == ["['bug']", "jwt", "sent", "{}", "written"]
    assert len(company.http.asked) == 3


def test_what_it_does_not_trust_is_a_failure_at_once_with_the_remedy(company: Company, tmp_path: Path) -> None:
    no_file = {"REQUESTS_CA_BUNDLE": str(tmp_path / "none.pem")}
    clients = ("github", "oidc", "webhook", "source", "git", ("github", no_file))
    github, oidc, webhook, source, git, bundle = company.said(*clients)
    assert github.startswith(f"UpstreamError upstream final {REMEDY}: ")
    assert "(GitHub: certificate: " in github
    assert oidc.startswith(f"UpstreamError upstream final {REMEDY}: ")
    assert "(GitHub: certificate: no OIDC token: " in oidc
    assert git.startswith("StateUnreachable state-unreachable final To read hls-state of ")
    assert source.startswith("SourceUnavailable source-unavailable final To read the code of ")
    assert bundle.startswith(f"UpstreamError upstream final {REMEDY}: ")
    assert "(GitHub: certificate: " in bundle
    assert "none.pem" in bundle
    for line in (github, oidc, webhook, source, git, bundle):
        assert REMEDY in line
    assert "/hook" not in webhook, "the address is a secret"
    assert company.http.asked == []


def test_a_machine_without_git_is_told_to_get_it(company: Company, tmp_path: Path) -> None:
    (line,) = company.said(("git", {"PATH": str(tmp_path)}))
    assert line.startswith("StateUnreachable state-unreachable final Install git on the runner")
