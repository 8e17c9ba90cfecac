"""What the tests of adapters share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.adapters.loopback import Loopback, serve


@pytest.fixture
def server() -> Iterator[Loopback]:
    """A server on this machine, told by the test what to answer."""
    with serve() as loopback:
        yield loopback
