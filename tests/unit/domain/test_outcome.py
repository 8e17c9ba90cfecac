"""How runs end, and how a sweep adds them up."""

from __future__ import annotations

from decimal import Decimal

import pytest

from hls_action.domain.budget.prices import Usage
from hls_action.domain.outcome import Outcome, Status, combine, failed, skipped
from hls_action.domain.reasons import Reason

CLOSED, DOWN, DONE = Reason("closed", "x"), Reason("upstream", "down"), Reason("answered", "issue/7")


@pytest.mark.parametrize(
    ("status", "green"), [("done", True), ("skipped", True), ("deferred", True), ("failed", False)]
)
def test_only_a_failure_is_red(status: Status, green: bool) -> None:
    assert Outcome(status, CLOSED).green is green


def test_details_go_with_an_outcome() -> None:
    assert skipped(CLOSED, number=7, comment_url="u") == Outcome("skipped", CLOSED, 7, "u")
    assert failed(DOWN, number=7) == Outcome("failed", DOWN, 7)
    assert (failed(DOWN).body, failed(DOWN).labels, failed(DOWN).cost_usd) == ("", (), None)


def test_a_sweep_that_found_nothing_is_skipped() -> None:
    assert combine(()) == Outcome("skipped", Reason("nothing-open", "no thread needs an answer"))


@pytest.mark.parametrize(
    ("statuses", "worst", "reason"),
    [
        (("skipped", "done"), "done", "sweep: 1 skipped, 1 done"),
        (("done", "deferred", "done"), "deferred", "sweep: 2 done, 1 deferred"),
        (("done", "failed", "skipped"), "failed", "sweep: 1 skipped, 1 done, 1 failed"),
        (("skipped", "skipped"), "skipped", "sweep: 2 skipped"),
    ],
)
def test_a_sweep_ends_as_its_worst_thread(statuses: tuple[Status, ...], worst: Status, reason: str) -> None:
    combined = combine(tuple(Outcome(status, CLOSED) for status in statuses))
    assert (combined.status, str(combined.reason)) == (worst, reason)


def test_a_sweep_sums_what_its_threads_cost() -> None:
    combined = combine(
        (
            Outcome("skipped", CLOSED),
            Outcome(
                "done",
                DONE,
                1,
                "url-1",
                ("bug",),
                model="m",
                usage=Usage(1, 2),
                cost_usd=Decimal("0.1"),
                notes=("n",),
                alerts=("80 %",),
                budget="1 of 5 USD",
            ),
            Outcome(
                "done",
                DONE,
                2,
                "url-2",
                ("bug", "ui"),
                usage=Usage(10, 20),
                cost_usd=Decimal("0.2"),
                dry_run=True,
                alerts=("100 %",),
                budget="2 of 5 USD",
            ),
            Outcome("skipped", CLOSED),
        )
    )
    assert combined.cost_usd == Decimal("0.3")
    assert combined.usage == Usage(11, 22)
    assert combined.labels == ("bug", "ui")
    assert (combined.comment_url, combined.model, combined.dry_run) == ("url-1", "m", True)
    assert combined.notes == ("n",)
    assert (combined.alerts, combined.budget) == (("80 %", "100 %"), "2 of 5 USD")


def test_a_sweep_keeps_each_of_its_threads() -> None:
    parts = (Outcome("skipped", CLOSED, 1), Outcome("done", DONE, 2))
    assert combine(parts).parts == parts


def test_a_sweep_that_asked_nothing_cost_nothing() -> None:
    combined = combine((Outcome("skipped", CLOSED),))
    assert combined.cost_usd is None
    assert (combined.comment_url, combined.model, combined.budget) == ("", "", "")
    assert (combined.dry_run, combined.synthetic, combined.unfinished) == (False, False, False)
