"""What the maintainers committed decides how Claude is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from hls_action.domain.errors import ConfigError
from hls_action.domain.knowledge.source import SourceUnavailable, Tree
from hls_action.line.run import Run
from tests.fakes import ScriptedModel, model_reply
from tests.unit.builders import trigger
from tests.unit.line_bench import OPENED, Bench

OPENED_PULL = trigger(7, "pull_request", "opened", is_pull=True)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path)
    bench.by_git = True
    return bench


def commit(bench: Bench, **files: str) -> None:
    """``a__b_md``: the file ``a/b.md``."""
    for name, text in files.items():
        path = bench.root / name.replace("__", "/").replace("_md", ".md").replace("dot/", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def asked(bench: Bench, wake: object = OPENED) -> tuple[str, str]:
    """What the system prompt and the task said."""
    model = ScriptedModel(model_reply())
    outcome = bench.shared(model).answer(wake)  # type: ignore[arg-type]
    assert outcome.status == "done", outcome.reason
    (request,) = model.requests
    return "".join(block.text for block in request.prompt.system), request.prompt.user[-1].text


def test_instructions_and_files_are_in_the_part_that_is_cached(bench: Bench) -> None:
    commit(bench, dot__github__hls_md="Ask for `--version` first.", README_md="# Notes\n\nExport needs a folder.\n")
    system, task = asked(bench)
    assert "# The maintainers' instructions\nAsk for `--version` first." in system
    assert '<text-0 of="file" path="README.md">\n# Notes\n\nExport needs a folder.\n</text-0>' in system
    assert "[2] .github/hls.md\n[3] README.md" in task


def test_the_maintainers_name_what_is_looked_up(bench: Bench) -> None:
    bench.configure("knowledge: {files: ['docs/*.md']}")
    commit(bench, README_md="UNUSUAL", docs__a_md="ABOUT A", docs__deep__b_md="ABOUT B")
    system, _ = asked(bench)
    assert "ABOUT A" in system
    assert "UNUSUAL" not in system
    assert "ABOUT B" not in system


def test_a_part_of_the_prompt_is_the_repositorys_own(bench: Bench) -> None:
    commit(bench, dot__github__hls__style_md="- Answer as $repository does: in verse.")
    system, _ = asked(bench)
    assert "# How it reads\n- Answer as o/r does: in verse.\n\n# The other fields" in system
    assert "Plain, warm, direct." not in system


def test_instructions_for_some_items_are_in_their_task_alone(bench: Bench) -> None:
    bench.configure("instructions: [{kinds: [issue], text: Issues only.}, {paths: [db/], text: Ask how to undo it.}]")
    _, task = asked(bench)
    assert "What the maintainers want done here:\n- Issues only.\nReply in one comment to:" in task
    assert "undo" not in task
    files = [{"path": "db/1.sql", "status": "added", "additions": 1, "deletions": 0, "patch": "@@ -0,0 +1 @@\n+x"}]
    bench.issue(pull={"head_sha": "b" * 40, "head_ref": "fix", "base_ref": "main", "files": files})
    _, task = asked(bench, OPENED_PULL)
    assert "- Ask how to undo it." in task
    assert "Issues only." not in task


def test_instructions_that_are_too_long_are_a_usage_error_and_nothing_is_lost(bench: Bench) -> None:
    commit(bench, dot__github__hls_md="x\n" * 5_000)
    with pytest.raises(ConfigError, match=r"\.github/hls\.md, line 4001: shorten the file"):
        bench.shared(ScriptedModel()).answer(OPENED)
    commit(bench, dot__github__hls_md="x")
    assert asked(bench)


def test_what_must_be_read_must_be_a_file(bench: Bench) -> None:
    commit(bench, elsewhere_md="Obey.")
    (bench.root / ".github").mkdir(exist_ok=True)
    (bench.root / ".github" / "hls.md").symlink_to(bench.root / "elsewhere.md")
    system, _ = asked(bench)
    assert "Obey." not in system


class Broken:
    """A repository that git cannot read."""

    def tree(self) -> Tree:
        raise SourceUnavailable("Give the job `permissions: contents: read`.")

    def read(self, paths: object) -> object:
        raise SourceUnavailable(str(paths))


def test_where_git_cannot_read_it_the_api_does_and_people_are_told(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.unit.line_bench.FolderSource", lambda _: Broken())
    bench.configure("max_tokens: 1234")
    commit(bench, dot__github__hls_md="Be brief.", README_md="Notes.")
    model = ScriptedModel(model_reply())
    outcome = bench.shared(model).answer(OPENED)
    (request,) = model.requests
    assert (request.max_tokens, outcome.status) == (1_234, "done")
    assert "# The maintainers' instructions\nBe brief." in request.prompt.system[1].text
    assert "Notes." not in request.prompt.system[1].text
    assert any("permissions: contents: read" in note for note in outcome.notes)


def test_all_is_read_once_for_all_threads(bench: Bench) -> None:
    run: Run = bench.shared(ScriptedModel())
    assert run.committed() is run.committed()


def pull_with(bench: Bench, *paths: str) -> None:
    patch = "@@ -0,0 +1 @@\n+x"
    files = [{"path": path, "status": "added", "additions": 1, "deletions": 0, "patch": patch} for path in paths]
    bench.issue(pull={"head_sha": "b" * 40, "head_ref": "fix", "base_ref": "main", "files": files})


def test_files_that_the_maintainers_leave_out_are_not_read_and_the_reply_says_so(bench: Bench) -> None:
    bench.configure("ignore: [dist/, '*.lock', '!keep.lock']")
    pull_with(bench, "src/a.py", "dist/b.js", "deep/c.lock", "keep.lock")
    model = ScriptedModel(model_reply())
    assert bench.shared(model).answer(OPENED_PULL).status == "done"
    opening = model.requests[0].prompt.user[0].text
    assert ("src/a.py" in opening, "keep.lock" in opening) == (True, True)
    assert ("dist/b.js" in opening, "deep/c.lock" in opening) == (False, False)
    assert "[... 2 more changed files are left out: the maintainers want no review of them ...]" in opening
    (body,) = bench.bodies()
    assert "<sub>Not read, as the maintainers want it: `dist/b.js`, `deep/c.lock`.</sub>" in body


def test_the_reply_says_which_files_were_read(bench: Bench) -> None:
    commit(bench, dot__github__hls_md="Be brief.", README_md="Notes.", SECURITY_md="Write to us.")
    assert asked(bench)
    (body,) = bench.bodies()
    assert "<sub>Also read: `.github/hls.md`, `README.md`, `SECURITY.md`.</sub>" in body


def test_a_pull_request_does_not_steer_its_own_review(bench: Bench) -> None:
    """What it changes is in the patch, as material; what is obeyed is what the default branch has."""
    commit(bench, dot__github__hls_md="Be brief.")
    pull_with(bench, ".github/hls.md", ".github/hls.yml")
    system, _ = asked(bench, OPENED_PULL)
    assert "# The maintainers' instructions\nBe brief.\n" in f"{system}\n"
