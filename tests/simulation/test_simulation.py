"""The promises, under thousands of schedules; and the simulation itself, which must be repeatable and not empty."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from hls_action.domain.drafts import vetting
from tests.simulation.climate import Climate
from tests.simulation.run import campaign, command, replay
from tests.simulation.scenarios import burst, flood, loop, tampered, two_calls
from tests.simulation.text_cache import remembered_texts
from tests.simulation.world import World

ROOT = Path(__file__).parents[2]
SCHEDULES = 2_000
TAMPERED = 500


@pytest.mark.slow
def test_every_promise_is_kept() -> None:
    result = campaign(range(1, SCHEDULES + 1), jobs=2)
    print(result)
    assert not result.broken, "\n".join(
        f"seed {report.seed}: {'; '.join(report.broken)}\n    {command(report.seed)}" for report in result.broken[:10]
    )


SITUATIONS = {
    "a pending run is cancelled": "is cancelled while waiting",
    "a run is killed": "ends: killed",
    "a run is cancelled": "ends: cancelled",
    "a job runs out of time": "deadline: |too late to post",
    "an event is lost": "loses an event",
    "a run finds another at work": "in-progress: run",
    "a dead run's answer is posted": "an earlier run had written it",
    "a swap loses": "-> the state is at",
    "a post that failed took effect": "POST comment to 1.*-> done, but",
    "an item is deferred": "deferred, ",
    "an item is given up": "failed, .*(gave-up|answer-|model-)",
    "an item is not tried again by itself": "failed-before",
    "a reply is replaced": "PATCH comment",
    "a thread cannot be posted to": "thread-unavailable",
    "GitHub denies what is there": "not done, .*Not really",
    "a token sees nothing": "failed, token-refused: give 'github-token'",
    "a token loses sight of a thread whose answer is paid": "deferred, token-refused",
    "a thread that cannot be read is not red again": "failed-before: .*(upstream|token-refused)",
    "the configuration is broken": "ends: usage",
    "the sweep answers": "ends: done, sweep",
    "a sweep hands threads out": "starts: matrix on",
    "somebody asks for a retry": "says '/hls retry'",
    "a command is answered by code": "ends: done, commanded",
    "HLS is paused": "ends: skipped, paused",
    "somebody may not pause": "not-allowed",
    "a run is run again": r"run \d+\.2  starts",
}


def test_all_that_can_happen_does() -> None:
    """A simulation that is too tame keeps every promise."""
    seen: Counter[str] = Counter()
    for seed in range(1, 601):
        trace = "\n".join(replay(seed, tracing=True).trace)
        seen.update(name for name, pattern in SITUATIONS.items() if re.search(pattern, trace))
    assert not [name for name in SITUATIONS if not seen[name]], seen


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_a_seed_replays_the_same_anywhere(hash_seed: str) -> None:
    show = "from tests.simulation.run import replay\nfor s in range(1, 61): print(replay(s, tracing=True))"
    environ = {**os.environ, "PYTHONHASHSEED": hash_seed}
    elsewhere = subprocess.run(
        [sys.executable, "-c", show], cwd=ROOT, env=environ, capture_output=True, text=True, check=True
    ).stdout
    assert elsewhere == "".join(f"{replay(seed, tracing=True)}\n" for seed in range(1, 61))


def test_the_command_line_replays(capsys: pytest.CaptureFixture[str]) -> None:
    from tests.simulation.run import main

    assert main(["--seed", "1", "--trace"]) == 0
    assert "every promise was kept" in capsys.readouterr().out


@pytest.mark.parametrize("seed", range(1, 21))
def test_a_burst_of_ten_comments_costs_two_runs_and_at_most_two_calls(seed: int) -> None:
    with remembered_texts():
        world = World(seed, Climate(calm=True, thinking=200.0))
        cost = burst(world, comments=10)
    assert not world.oracle.broken
    assert cost.covered == 11, "the issue and every comment"
    assert cost.runs == 2
    assert cost.calls <= 2


@pytest.mark.parametrize("seed", range(1, 11))
def test_a_loop_ends_by_itself_with_one_notice(seed: int) -> None:
    with remembered_texts():
        world = World(seed, Climate(calm=True, thinking=20.0))
        cost = loop(world)
    assert not world.oracle.broken
    assert cost.calls <= 5
    assert cost.covered == cost.calls + 1, "the notice is one of our comments"


@pytest.mark.parametrize("seed", range(1, 6))
def test_a_flood_is_answered_as_slowly_as_the_limits_say_and_nothing_is_lost(seed: int) -> None:
    with remembered_texts():
        limits = "limits: {per_actor: {hour: 0, day: 0}, per_repository: {hour: 4, day: 100}}\n"
        world = World(seed, Climate(calm=True, concurrency="none", config=limits))
        cost = flood(world, issues=20)
    assert not world.oracle.broken
    assert (cost.calls, cost.covered) == (4, 20)


BETWEEN = {
    "both calls are made": r"(run [\d.]+)  Claude: a look -> done\n(?:.*\n)*?.*\1  Claude: q\d+ -> done",
    "a run dies after its look": r"(run [\d.]+)  Claude: a look -> done(?:\n(?!.*\1  Claude).*)*\n.*\1  ends: killed",
    "and after both": r"(run [\d.]+)  Claude: q\d+ -> done(?:\n(?!.*\1  state: swap).*)*\n.*\1  ends: killed",
    "a look ends it": "not-relevant: chance",
    "a look is lost": "Claude: a look -> done, but",
}


def test_deaths_before_between_and_after_two_calls_break_no_promise() -> None:
    seen: set[str] = set()
    for seed in range(1, 121):
        with remembered_texts():
            world = two_calls(seed)
        assert not world.oracle.broken, f"seed {seed}: {world.oracle.broken}"
        trace = "\n".join(world.trace)
        seen |= {name for name, pattern in BETWEEN.items() if re.search(pattern, trace)}
    assert seen == BETWEEN.keys()


def test_nothing_that_is_planted_reaches_people_and_damage_is_left_alone() -> None:
    """Whoever may push changes answers that wait, and spoils documents: the promises hold all the same."""
    done: Counter[str] = Counter()
    broken, damaged = list[str](), 0
    with remembered_texts():
        for seed in range(1, TAMPERED + 1):
            world, tampering = tampered(seed)
            broken += [f"seed {seed}: {promise}" for promise in world.oracle.broken]
            done.update(tampering.planted)
            damaged += tampering.damaged
    assert not broken
    assert all(done[how] > 5 for how in ("text", "labels", "replaces", "fold", "keys")), done
    assert damaged > 10


SAFEGUARDS: dict[str, tuple[object, str, Callable[..., object]]] = {
    "stored answers are not held against their thread": (vetting, "rejection", lambda draft, place, *, posted=True: ""),
    "what they may do is not limited": (vetting, "restricted", lambda draft, place, settable: draft),
}


@pytest.mark.parametrize("name", SAFEGUARDS)
def test_without_its_safeguard_something_planted_does(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*SAFEGUARDS[name])
    with remembered_texts():
        broken = [promise for seed in range(1, 201) for promise in tampered(seed)[0].oracle.broken]
    assert {"nothing planted", "own labels", "write-ahead"}.intersection(each.split(":")[0] for each in broken)
    assert not [each for each in broken if "has a bug" in each], "it is what was planted that does it"
