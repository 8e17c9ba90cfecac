"""Can the simulation see anything at all? With any one safeguard off, it must find the promise broken, and soon."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import pytest

from tests.simulation.mutations import MUTATIONS, Mutation
from tests.simulation.run import command
from tests.simulation.test_simulation import SAFEGUARDS
from tests.simulation.text_cache import remembered_texts
from tests.simulation.world import World

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    with remembered_texts():
        yield


def shape(value: object) -> object:
    """How something is called, or what it is; not what it says or does."""
    if isinstance(value, property):
        return property, shape(value.fget)
    if not callable(value):
        return type(value)
    parameters = inspect.signature(value).parameters.values()
    return [(each.name, each.kind, each.default is each.empty) for each in parameters]


STAND_INS = {each.name: (each.target, each.attribute, each.instead) for each in MUTATIONS} | SAFEGUARDS


@pytest.mark.parametrize("name", STAND_INS)
def test_what_stands_in_for_a_safeguard_is_called_as_it_is(name: str) -> None:
    """Else it breaks a promise by raising an error, and nothing is learnt of the safeguard."""
    target, attribute, instead = STAND_INS[name]
    assert shape(instead) == shape(inspect.getattr_static(target, attribute))


def test_what_is_called_otherwise_is_told_from_it() -> None:
    def safeguard(one: int, *, two: int = 2) -> None: ...

    others = (lambda one: None, lambda one, two=2: None, lambda one, *, two: None, lambda one, *, other=2: None)
    assert [shape(each) == shape(safeguard) for each in (lambda one, *, two=3: 4, *others)] == [True] + [False] * 4
    assert [shape(each) == shape(True) for each in (False, 1, safeguard)] == [True, False, False]


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
