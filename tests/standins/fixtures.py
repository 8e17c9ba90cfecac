"""pytest fixtures of the stand-ins; `tests/conftest.py` loads them by `pytest_plugins`.

Servers live as long as the session (of each xdist worker); what a test writes to is its own.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.standins.aimock import Aimock
from tests.standins.emulate import Emulate
from tests.standins.gaps import github as github_proxy
from tests.standins.prompt_cache import PromptCache
from tests.standins.proxy import Proxy
from tests.standins.repo import Repo


@pytest.fixture(scope="session")
def emulate() -> Iterator[Emulate]:
    """The GitHub REST server."""
    with Emulate() as server:
        yield server


@pytest.fixture(scope="session")
def aimock_server() -> Iterator[Aimock]:
    """The server behind `aimock`."""
    with Aimock() as server:
        yield server


@pytest.fixture
def aimock(aimock_server: Aimock) -> Aimock:
    """Claude, answering every request with `ANSWER` until told otherwise by `use`; the journal is empty."""
    aimock_server.use()
    return aimock_server


@pytest.fixture
def repo(emulate: Emulate) -> Repo:
    """A repository of this test's own."""
    return emulate.repo()


@pytest.fixture
def bot_token(emulate: Emulate) -> str:
    """A job's token of this test's own: `github-actions[bot]`."""
    return emulate.bot_token()


@pytest.fixture
def github(emulate: Emulate) -> Iterator[Proxy]:
    """GitHub as the product sees it: emulate behind a proxy that fills its gaps; its `url` is GITHUB_API_URL."""
    with github_proxy(emulate) as proxy:
        yield proxy


@pytest.fixture
def claude(aimock: Aimock) -> Iterator[Proxy]:
    """Claude as the product sees it: aimock behind a proxy; its `url` is ANTHROPIC_BASE_URL."""
    with Proxy(aimock.url) as proxy:
        yield proxy


@pytest.fixture
def prompt_cache(claude: Proxy) -> PromptCache:
    """Lets `claude` count input tokens, cached and not, from the prompt instead of the fixture's `usage`."""
    cache = PromptCache()
    claude.overlay("POST", r"^/v1/messages$", cache)
    return cache
