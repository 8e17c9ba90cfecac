"""The index of issues as sweeps keep it: within its pages and its time, and at nobody's cost."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from hls_action.domain.faults.errors import UpstreamError
from hls_action.domain.faults.fault import Fault
from hls_action.domain.knowledge import issue_documents
from hls_action.domain.knowledge.issue_documents import META
from hls_action.domain.knowledge.issue_pages import IssuePage, IssueQuery
from hls_action.domain.knowledge.issue_upkeep import OVERLAP, KeptIndex
from hls_action.domain.ledger.errors import SecretRefused, StateForbidden
from hls_action.domain.outcome import Outcome
from hls_action.domain.threads.thread import ThreadPage
from hls_action.sweep.indexing import PAGES, SWITCHED_OFF, WITHOUT_TEXTS
from hls_action.sweep.sweep import sweep
from tests.fakes import BAD_GATEWAY, START, ScriptedModel, model_reply
from tests.unit.builders import SHA
from tests.unit.line_bench import Bench

PULL = {"head_sha": SHA, "head_ref": "fix", "base_ref": "main", "files": []}
LONG_AGO = "2026-01-01T00:00:00+00:00"
SECRET = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path)
    bench.issue(body="short")
    return bench


def swept(bench: Bench, *replies: object, **more: bool) -> Outcome:
    return sweep(bench.shared(ScriptedModel(*replies)), scheduled=True, **more)  # type: ignore[arg-type]


def kept(bench: Bench) -> KeptIndex:
    return issue_documents.read(bench.index.read().documents)


def old_issues(bench: Bench, *numbers: int) -> None:
    for number in numbers:
        bench.issue(number, updated_at=LONG_AGO, title=f"Old {number}")


def test_a_sweep_indexes_issues_and_no_pull_request(bench: Bench) -> None:
    bench.issue(8, pull=PULL, updated_at=LONG_AGO)
    bench.issue(9, state="closed", title=f"It says {SECRET}", labels=["bug"], updated_at=LONG_AGO)
    assert swept(bench).notes == ()
    assert sorted(kept(bench).index.issues) == [7, 9]
    found = kept(bench).index.issues[9]
    assert (found.state, found.labels) == ("closed", ("bug",))
    assert "ghp_" not in "".join(bench.index.read().documents.values())


def test_a_sweep_of_what_hardly_changed_asks_once_and_writes_once(bench: Bench) -> None:
    swept(bench)
    bench.github.calls.clear()
    bench.index.writes = 0
    bench.issue(8, updated_at=START.isoformat())
    assert swept(bench, model_reply()).status == "done"
    assert (bench.github.calls.count("issues"), bench.index.writes) == (1, 1)
    assert sorted(kept(bench).index.issues) == [7, 8]


def test_the_threads_of_a_sweep_share_what_is_known_of_issues(bench: Bench) -> None:
    bench.issue(8)
    bench.issue(9)
    assert len(swept(bench, model_reply(), model_reply()).parts) == 3
    assert bench.github.calls.count("issues") == 2, "the open ones and the closed ones"


def test_edits_closings_and_deletions_are_followed(bench: Bench) -> None:
    old_issues(bench, 8, 9)
    swept(bench)
    bench.clock.sleep(86_400)
    (bench.root / "threads" / "8.json").unlink()
    bench.issue(9, title="New", state="closed", updated_at=bench.clock.now().isoformat())
    swept(bench)
    found = kept(bench).index.issues
    assert (sorted(found), found[9].title, found[9].state) == ([7, 9], "New", "closed")


def test_a_large_tracker_takes_some_sweeps(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hls_action.adapters.github.folder.PER_PAGE", 2)
    old_issues(bench, *range(10, 10 + 4 * PAGES))
    bench.clock.sleep(86_400)
    seen = []
    for _ in range(4):
        bench.github.calls.clear()
        swept(bench)
        seen.append(len(kept(bench).index.issues))
        assert bench.github.calls.count("issues") <= PAGES
    assert seen == [20, 38, 41, 41]
    assert kept(bench).progress.stage == "done"


def test_without_time_a_sweep_leaves_the_index(bench: Bench) -> None:
    sweep(bench.shared(ScriptedModel(), seconds=10.0), scheduled=True)
    assert bench.index.writes == 0


def test_when_its_time_is_over_a_sweep_keeps_what_it_has_read(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hls_action.adapters.github.folder.PER_PAGE", 2)
    old_issues(bench, *range(10, 20))
    asked = bench.github.issues

    def slow(query: IssueQuery) -> IssuePage:
        bench.clock.sleep(300)
        return asked(query)

    monkeypatch.setattr(bench.github, "issues", slow)
    assert swept(bench).notes == ()
    assert 0 < bench.github.calls.count("issues") < 4
    assert len(kept(bench).index.issues) == 2 * bench.github.calls.count("issues")


def test_the_index_can_be_switched_off(bench: Bench) -> None:
    bench.configure("knowledge: {issues: false}")
    bench.issue()
    assert swept(bench, model_reply()).status == "done"
    assert ("issues" in bench.github.calls, bench.index.writes) == (False, 0)


def test_a_sweep_that_hands_its_threads_out_keeps_it_too(bench: Bench) -> None:
    swept(bench, fan_out=True)
    assert sorted(kept(bench).index.issues) == [7]


def test_without_a_store_nothing_is_kept(bench: Bench) -> None:
    assert sweep(bench.line(ScriptedModel()), scheduled=False).notes == ()
    assert "issues" not in bench.github.calls


# ---- what goes wrong ----


def test_a_page_that_fails_leaves_what_was_read_before(bench: Bench) -> None:
    bench.github.break_after_first("issues", BAD_GATEWAY)
    old_issues(bench, 8)
    assert swept(bench).notes == ()
    assert (sorted(kept(bench).index.issues), kept(bench).progress.stage) == ([7, 8], "closed")


def test_a_list_that_cannot_be_read_is_a_note(bench: Bench) -> None:
    bench.github.failing["issues"] = Fault("github", "status", "Forbidden", 403)
    outcome = swept(bench)
    assert outcome.status == "skipped"
    assert [note.split(":")[0] for note in outcome.notes] == ["The index of issues could not be brought up to date"]
    assert bench.index.writes == 0


def test_a_place_that_github_forgot_is_looked_for_anew(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hls_action.adapters.github.folder.PER_PAGE", 1)
    monkeypatch.setattr("hls_action.sweep.indexing.PAGES", 2)
    old_issues(bench, 8, 9, 10)
    bench.clock.sleep(86_400)
    swept(bench)
    assert kept(bench).progress.older
    asked = bench.github.issues

    def forgetful(query: IssueQuery) -> IssuePage:
        if query.after:
            raise UpstreamError(BAD_GATEWAY)
        return asked(query)

    monkeypatch.setattr(bench.github, "issues", forgetful)
    swept(bench)
    assert kept(bench).progress.older, "it may pass"
    bench.github.failing["issues"] = Fault("github", "status", "not a valid cursor", 422)
    monkeypatch.setattr(bench.github, "issues", lambda query: asked(query) if query.after else _listed(bench, query))
    swept(bench)
    assert kept(bench).progress.older == ""


def _listed(bench: Bench, query: IssueQuery) -> IssuePage:
    """A page, whatever fails."""
    return super(type(bench.github), bench.github).issues(query)


def test_a_sweep_that_was_overtaken_says_nothing(bench: Bench) -> None:
    bench.index.between = [lambda: bench.index.compare_and_swap("", {META: '{"schema":1}'})]
    assert swept(bench).notes == ()
    assert kept(bench) == KeptIndex()
    swept(bench)
    assert sorted(kept(bench).index.issues) == [7]


@pytest.mark.parametrize("step", ["before", "after"])
def test_a_write_that_is_lost_is_made_up_by_the_next_sweep(bench: Bench, step: str) -> None:
    bench.index.script = [step]
    (note,) = swept(bench).notes
    assert note.startswith("The index of issues could not be written")
    assert swept(bench).notes == ()
    assert sorted(kept(bench).index.issues) == [7]


def test_a_branch_that_may_not_be_written_is_a_note_and_no_failure(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> str:
        raise StateForbidden("Exempt hls-state-index from the ruleset.")

    monkeypatch.setattr(bench.index, "compare_and_swap", refuse)
    outcome = swept(bench)
    assert outcome.status == "skipped"
    assert "`knowledge: {issues: false}`" in outcome.notes[0]
    assert "Exempt hls-state-index" in outcome.notes[0]


def test_what_push_protection_takes_for_a_secret_costs_the_new_texts(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    swap = bench.index.compare_and_swap

    def protected(version: str, changes: dict[str, str | None]) -> str:
        if any("looks like one" in (text or "") for text in changes.values()):
            raise SecretRefused("a secret")
        return swap(version, changes)

    swept(bench)
    monkeypatch.setattr(bench.index, "compare_and_swap", protected)
    bench.issue(8, title="Leak", body="looks like one", updated_at=START.isoformat())
    bench.issue(9, state="closed")
    bench.clock.sleep(3_600)
    assert swept(bench, model_reply("nonsense")).notes == (WITHOUT_TEXTS,)
    found = kept(bench).index.issues
    assert (found[8].title, found[8].text, found[7].text) == ("Leak", "", "short")
    assert kept(bench).index.until == START + timedelta(hours=1) - OVERLAP, "and it is not read again for ever"


@pytest.mark.parametrize("damage", ["{", '{"schema":1,"until":"yesterday"}'])
def test_a_damaged_index_is_built_anew(bench: Bench, damage: str) -> None:
    swept(bench)
    bench.index.compare_and_swap(bench.index.read().version, {META: damage, "issues/0099.json": "{}"})
    (note,) = swept(bench).notes
    assert "index.json is damaged" in note
    assert sorted(kept(bench).index.issues) == [7]
    assert "issues/0099.json" not in bench.index.read().documents


def test_the_index_of_a_later_version_is_left_as_it_is(bench: Bench) -> None:
    bench.index.compare_and_swap("", {META: '{"schema":2}'})
    (note,) = swept(bench).notes
    assert "update HLS" in note
    assert bench.index.read().documents == {META: '{"schema":2}'}


def test_where_issues_are_switched_off_the_index_is_emptied_and_it_is_said_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    swept(bench)
    monkeypatch.setattr(bench.github, "issues", lambda _: IssuePage((), is_off=True))
    assert swept(bench).notes == (SWITCHED_OFF,)
    assert bench.index.read().documents.keys() == {META}
    assert swept(bench).notes == ()


def test_a_thread_that_fails_keeps_nothing_from_the_index(bench: Bench) -> None:
    bench.issue(8)
    assert swept(bench, model_reply("nonsense")).status == "failed"
    assert sorted(kept(bench).index.issues) == [7, 8]


def test_a_sweep_that_could_not_look_keeps_no_index(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> ThreadPage:
        raise UpstreamError(BAD_GATEWAY)

    monkeypatch.setattr(bench.github, "open_threads", fail)
    swept(bench)
    assert bench.index.writes == 0


def test_the_index_knows_until_when_it_is_complete(bench: Bench) -> None:
    swept(bench)
    bench.clock.sleep(3_600)
    swept(bench)
    assert kept(bench).index.until == START + timedelta(hours=1) - OVERLAP
