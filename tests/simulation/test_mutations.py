"""Can the simulation see anything at all? With any one safeguard off, it must find the promise broken, and soon."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulation.mutations import MUTATIONS, Mutation
from tests.simulation.run import command
from tests.simulation.text_cache import remembered_texts
from tests.simulation.world import World

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    with remembered_texts():
        yield


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_safeguard_that_is_off_is_missed(mutation: Mutation) -> None:
    for seed in range(mutation.begin, mutation.begin + mutation.within):
        with mutation.applied():
            broken = World(seed).run().broken
        if any(promise.startswith(mutation.breaks) for promise in broken):
            control = World(seed).run()
            assert not control.broken, f"seed {seed} breaks a promise anyway: {command(seed)}"
            print(f"{mutation.name}: seed {seed}: {broken[0]}")
            return
    pytest.fail(f"{mutation.name}: {mutation.within} schedules kept every promise that {mutation.breaks} stands for")
