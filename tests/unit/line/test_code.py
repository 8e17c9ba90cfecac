"""The code that goes with a thread: how it is read, when it is shown, and what happens where it cannot be."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hls_action.domain.events.trigger import Trigger
from hls_action.domain.identity import ThreadId
from hls_action.domain.knowledge.code import rank_files
from hls_action.domain.knowledge.code.lookup import NOTHING_FOUND
from hls_action.domain.knowledge.code.rank_files import MOST_BYTES
from hls_action.domain.knowledge.query import read_query
from hls_action.domain.knowledge.source import Contents, File, SourceUnavailable, Tree
from hls_action.domain.ledger.claims import decide
from hls_action.domain.outcome import Outcome
from hls_action.domain.settings import DEFAULT_MODEL
from hls_action.line.code import look_up, open_code
from hls_action.line.committed import read_committed
from hls_action.line.gather import gather
from hls_action.line.plan import plan_call
from hls_action.line.view import read_view
from hls_action.ports import ModelRequest, Source
from tests.fakes import ScriptedModel, answer_data, model_reply
from tests.unit.builders import BODY, SHA, trigger
from tests.unit.domain.knowledge.code.trees import SHOP
from tests.unit.line_bench import MATERIALS, OPENED, Bench

QUERY = read_query("Voucher is refused", "`apply_voucher` raises")


class Shelf:
    """A source in memory that counts how often it is asked."""

    def __init__(self, files: dict[str, bytes], *, sizes: bool = True) -> None:
        self.files, self._sizes = files, sizes
        self.asked: list[list[str]] = []

    def tree(self) -> Tree:
        sizes = {path: len(data) if self._sizes else None for path, data in self.files.items()}
        return Tree("c" * 40, {path: File(path, size) for path, size in sizes.items()})

    def read(self, paths: Iterable[str]) -> Contents:
        self.asked.append(list(paths))
        return Contents({path: self.files[path] for path in self.asked[-1]})


FILES = {f"src/file{number:02}.py": b"# filler\n" * 20_000 for number in range(30)} | {
    "src/discount.py": b"def apply_voucher(cart):\n    return cart\n",
    "README.md": b"voucher",
}


def test_all_that_counts_is_read_once_and_nothing_else() -> None:
    shelf = Shelf(FILES)
    code = open_code(shelf, QUERY)
    assert shelf.asked == []
    for _ in range(2):
        assert rank_files.rank_files(QUERY, code.tree).files[0].path == "src/discount.py"
    assert shelf.asked == [sorted(FILES.keys() - {"README.md"})]
    assert code.commit == "c" * 40


def test_where_only_names_are_known_as_many_are_read_as_are_likely_to_fit() -> None:
    many = {f"src/{number}.py": b"x = 1\n" for number in range(5_000)} | {"src/voucher.py": b"voucher = 1\n"}
    shelf = Shelf(many, sizes=False)
    code = open_code(shelf, QUERY)
    ranking = rank_files.rank_files(QUERY, code.tree)
    [asked] = shelf.asked
    assert len(asked) * 8_000 <= MOST_BYTES
    assert ranking.files[0].path == "src/voucher.py"
    assert ranking.left_out == len(many) - len(asked)


# ---- in an answer ----


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path)
    bench.by_git = True
    for path, text in SHOP.items():
        (bench.root / path).parent.mkdir(parents=True, exist_ok=True)
        (bench.root / path).write_text(text)
    bench.issue(title="Voucher is refused", body="`apply_voucher` raises a ValueError though it has not expired.")
    return bench


def answered(
    bench: Bench, wake: Trigger = OPENED, source: Source | None = None, **materials: Any
) -> tuple[ModelRequest, Outcome]:
    model = ScriptedModel(model_reply())
    run = bench.shared(model, **materials)
    outcome = (replace(run, source=source) if source else run).answer(wake)
    assert outcome.status == "done", outcome.reason
    [request] = model.requests
    return request, outcome


def whole(request: ModelRequest) -> str:
    return "".join(block.text for block in (*request.prompt.system, *request.prompt.user))


@pytest.mark.parametrize(
    ("public", "configured", "shown"),
    [(True, "", True), (False, "", False), (True, "false", False), (False, "true", True)],
)
def test_code_is_shown_in_public_repositories_and_where_it_is_switched_on(
    bench: Bench, public: bool, configured: str, shown: bool
) -> None:
    bench.configure(f"knowledge: {{code: {configured}}}" if configured else "")
    request, outcome = answered(bench, public=public)
    assert ("<code commit=" in whole(request)) == ("def apply_voucher" in whole(request)) == shown
    assert outcome.notes == ()


def test_code_comes_after_the_thread_and_before_the_task_and_can_be_quoted_by_number(bench: Bench) -> None:
    request, _ = answered(bench, public=True)
    last = request.prompt.user[-1].text
    assert last.index("</thread>") < last.index("<code commit=") < last.index("</code>") < last.index("<task>")
    assert "] src/shop/discount.py:1-4\n" in last.partition("<task>")[2]
    cached = "".join(block.text for block in (*request.prompt.system, *request.prompt.user[:-1]))
    assert "def apply_voucher" not in cached


def test_what_is_shown_is_part_of_the_worst_case_that_is_reserved(bench: Bench) -> None:
    def reserved(**materials: Any) -> tuple[Decimal, int]:
        run = bench.shared(ScriptedModel(), **materials)
        view = read_view(run, ThreadId(7), OPENED)
        material = gather(run, view, decide(view.situation, view.records), OPENED)
        [option] = plan_call(run.materials, material, view.situation.unanswered, OPENED).options
        return option.worst, option.prompt.bound

    (without, small), (with_code, large) = reserved(), reserved(public=True)
    price = MATERIALS.prices[DEFAULT_MODEL]
    assert large > small
    assert with_code - without == price.worst_case(large, 0) - price.worst_case(small, 0)


def test_a_path_and_line_of_it_becomes_a_permalink(bench: Bench) -> None:
    model = ScriptedModel(model_reply(json.dumps(answer_data(comment="`src/shop/discount.py:2` raises it."))))
    run = bench.shared(model, public=True)
    assert run.source
    commit = run.source.tree().commit
    assert run.answer(OPENED).status == "done"
    [body] = bench.bodies()
    assert f"/o/r/blob/{commit}/src/shop/discount.py#L2" in body
    assert "not checked" not in body


class Failing:
    """A source whose files cannot be read."""

    def __init__(self, source: Source | None, error: Exception) -> None:
        assert source
        self.tree = source.tree
        self._error = error

    def read(self, paths: Iterable[str]) -> Contents:
        raise self._error


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (SourceUnavailable("Cannot read the code of x.", cause="not read within 30 s"), "not read within 30 s"),
        (RecursionError("too deep"), "RecursionError"),
    ],
)
def test_an_answer_is_given_without_code_and_says_so(bench: Bench, error: Exception, says: str) -> None:
    run = bench.shared(ScriptedModel(), public=True)
    request, outcome = answered(bench, source=Failing(run.source, error), public=True)
    assert "<code commit=" not in whole(request)
    [note] = outcome.notes
    assert note.startswith("Claude was shown no code: ")
    assert says in note


def test_git_that_could_not_read_what_is_committed_is_not_asked_again(bench: Bench) -> None:
    calls: list[str] = []

    class Down:
        def tree(self) -> Tree:
            calls.append("tree")
            raise SourceUnavailable("no git")

        def read(self, paths: Iterable[str]) -> Contents:
            raise AssertionError(paths)

    run = bench.shared(ScriptedModel(), public=True)
    committed = read_committed(run.materials, run.github, Down(), run.retrier, run.start)
    assert look_up(run, committed, run.github.thread(ThreadId(7)), run.ledger) == (NOTHING_FOUND, "")  # type: ignore[arg-type]
    assert calls == ["tree"]


def test_a_repository_that_is_too_large_is_said_to_be(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rank_files, "MOST_FILES", 2)
    bench.issue(title="Voucher is refused", body="It fails in src/shop/discount.py, even though it has not expired.")
    request, outcome = answered(bench, public=True)
    assert "def apply_voucher" in whole(request)
    assert outcome.notes == ("4 source files were not looked through for this answer: the repository is too large",)


def test_a_pull_request_is_shown_with_callers_of_what_it_changes(bench: Bench) -> None:
    patch = (
        "@@ -9 +9 @@\n-        return sum(item.price * quantity for item, quantity in self.items)\n+        return 0"
    )
    files = [{"path": "src/shop/cart.py", "patch": patch, "additions": 1, "deletions": 1}]
    bench.issue(
        8, title="Faster", body="-", pull={"head_sha": SHA, "head_ref": "x", "base_ref": "main", "files": files}
    )
    request, _ = answered(bench, trigger(8, "pull_request", "opened", is_pull=True), public=True)
    assert 'path="src/shop/discount.py" lines="1-7" note="calls total"' in whole(request)


def test_code_takes_no_request_of_github(bench: Bench) -> None:
    calls = []
    for number, public in ((11, False), (12, True)):
        bench.issue(number, title="Voucher is refused", body=f"`apply_voucher` raises. {BODY}")
        bench.github.calls.clear()
        answered(bench, trigger(number, "issues", "opened", is_pull=False, opening=True), public=public)
        calls.append(sorted(bench.github.calls))
    assert calls[0] == calls[1] != []
