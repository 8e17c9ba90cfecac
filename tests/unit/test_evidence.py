"""`evidence`, by hand: what would be looked up for an event, in a repository on this machine."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from hls_action import cli
from tests.standins.process import program
from tests.unit.builders import comment_event, issue_event, pull_event

GIT = program("git")
SHOP = {
    "src/shop/discount.py": b"def apply_voucher(cart):\n    return cart\n",
    "src/shop/mail.py": b"def send_receipt(cart):\n    pass\n",
    "src/shop/caf\xe9.py".encode("latin-1"): b"def brew_coffee():\n    pass\n",
}


def git(place: Path, *arguments: str) -> str:
    environment = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    identity = ("-c", "user.name=A Maintainer", "-c", "user.email=maintainer@example.com")
    done = subprocess.run(
        [GIT, "-C", str(place), *identity, *arguments], env=environment, check=True, capture_output=True
    )
    return done.stdout.decode().strip()


def commit(folder: Path, files: Mapping[Any, bytes]) -> str:
    for name, data in files.items():
        path = folder / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "x")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    git(folder, "init", "--quiet")
    return folder


@pytest.fixture
def evidence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, Any]]:
    def run(payload: object, *arguments: object) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(shown(tmp_path, capsys, payload, *arguments, "--json"))
        return found

    return run


def shown(tmp_path: Path, capsys: pytest.CaptureFixture[str], payload: object, *arguments: object) -> str:
    status, out, err = call(tmp_path, capsys, payload, *arguments)
    assert (status, err) == (0, "")
    return out


def call(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], payload: object, *arguments: object
) -> tuple[int, str, str]:
    event = tmp_path / "event.json"
    event.write_text(payload if isinstance(payload, str) else json.dumps(payload))
    status = cli.main(["evidence", str(event), *map(str, arguments)], {})
    out, err = capsys.readouterr()
    return status, out, err


def first(found: dict[str, Any]) -> str:
    path: str = found["files"][0]["path"]
    return path


def test_files_and_symbols_of_a_working_copy_a_bare_repository_and_a_worktree(
    shop: Path, tmp_path: Path, evidence: Callable[..., dict[str, Any]]
) -> None:
    commit(shop, SHOP)
    git(tmp_path, "clone", "--quiet", "--bare", str(shop), "bare.git")
    git(shop, "worktree", "add", "--quiet", str(tmp_path / "tree"))
    about = issue_event(title="Voucher is refused", body="`apply_voucher` raises")
    found = [evidence(about, "--git", each) for each in (shop, shop / "src", tmp_path / "bare.git", tmp_path / "tree")]
    for each in found:
        assert each.pop("seconds") >= 0
    assert found[1:] == found[:1] * 3
    assert first(found[0]) == "src/shop/discount.py"
    assert found[0]["symbols"][0] == {"path": "src/shop/discount.py", "name": "apply_voucher", "line": 1}
    assert found[0]["issues"] == []


def test_the_current_directory_s_repository_unless_another_is_named(
    shop: Path, evidence: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(shop, SHOP)
    monkeypatch.chdir(shop / "src")
    assert first(evidence(issue_event(title="Voucher", body=""))) == "src/shop/discount.py"


def test_a_commit_by_its_id_or_a_part_of_it(shop: Path, evidence: Callable[..., dict[str, Any]]) -> None:
    old = commit(shop, {"old.py": b"def apply_voucher(): pass\n"})
    git(shop, "rm", "--quiet", "old.py")
    commit(shop, SHOP)
    for name in (old, old[:10], "HEAD~1"):
        found = evidence(issue_event(title="Voucher", body=""), "--git", shop, "--commit", name)
        assert [file["path"] for file in found["files"]] == ["old.py"]


def test_what_is_not_committed_is_not_read(shop: Path, evidence: Callable[..., dict[str, Any]]) -> None:
    commit(shop, SHOP)
    (shop / "voucher.py").write_text("voucher = 1\n")
    (shop / "src/shop/discount.py").write_text("")
    assert first(evidence(issue_event(title="Voucher", body=""), "--git", shop)) == "src/shop/discount.py"


def test_a_repository_runs_nothing(shop: Path, tmp_path: Path, evidence: Callable[..., dict[str, Any]]) -> None:
    commit(shop, SHOP)
    ran = tmp_path / "ran"
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\ntouch {ran}\n")
    script.chmod(0o755)
    for key in (
        "core.fsmonitor",
        "core.sshCommand",
        "core.pager",
        "remote.origin.uploadpack",
        "uploadpack.packObjectsHook",
    ):
        git(shop, "config", key, str(script))
    git(shop, "config", "remote.origin.url", str(shop))
    git(shop, "config", "remote.origin.promisor", "true")
    git(shop, "config", "extensions.partialClone", "origin")
    assert first(evidence(issue_event(title="Voucher", body=""), "--git", shop)) == "src/shop/discount.py"
    call_of_missing = cli.main(["evidence", str(tmp_path / "event.json"), "--git", str(shop), "--commit", "1" * 40], {})
    assert (call_of_missing, ran.exists()) == (2, False)


@pytest.mark.parametrize(
    "payload",
    [
        comment_event("/hls does `apply_voucher` do this?", title="Coffee"),
        pull_event(title="Fix vouchers", body="`apply_voucher`"),
    ],
)
def test_comments_and_pull_requests(
    shop: Path, evidence: Callable[..., dict[str, Any]], payload: dict[str, object]
) -> None:
    commit(shop, SHOP)
    assert evidence(payload, "--git", shop)["symbols"][0]["name"] == "apply_voucher"


def test_issues_that_are_alike_but_not_the_thread_s_own(
    shop: Path, tmp_path: Path, evidence: Callable[..., dict[str, Any]]
) -> None:
    rows = [
        {"number": 7, "state": "open", "title": "Voucher is refused", "body": "x"},
        {"number": 3, "state": "closed", "title": "Voucher is not taken", "body": None, "labels": []},
        {"number": 5, "state": "open", "title": "Half an emoji \ud83d", "body": "y"},
    ]
    (tmp_path / "issues.jsonl").write_text("\n".join([*map(json.dumps, rows), "", ""]))
    found = evidence(
        issue_event(title="Voucher is refused", body="x"), "--git", shop, "--issues", tmp_path / "issues.jsonl"
    )
    assert [issue["number"] for issue in found["issues"]] == [3, 5]
    assert found["files"] == found["symbols"] == []  # there is no commit yet


def test_a_table_for_people_with_nothing_that_a_terminal_would_obey(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    commit(shop, {**SHOP, "odd.py": "voucher = 'z\x9bz'  # z\x9bz\n".encode()})
    text = shown(tmp_path, capsys, issue_event(title="Voucher z\x9bz", body="`apply_voucher`"), "--git", shop)
    assert "src/shop/discount.py" in text
    assert "src/shop/discount.py:1  apply_voucher" in text
    assert "Issues\n  none" in text
    assert "\x9b" not in text


@pytest.mark.parametrize(
    ("payload", "arguments", "says"),
    [
        ("", (), "not valid JSON"),
        ({"ref": "main"}, (), "neither an 'issue'"),
        (issue_event(), ("--git", "{tmp}/nowhere"), "is not in a git repository"),
        (issue_event(), ("--git", "{shop}", "--commit", "1" * 40), "has no commit"),
        (issue_event(), ("--git", "{shop}", "--commit=-x"), "which no commit is called"),
        (issue_event(), ("--git", "{shop}", "--issues", "{tmp}/none.jsonl"), "cannot read the issues file"),
        (issue_event(), ("--git", "{shop}", "--issues", "{tmp}/text.jsonl"), "text.jsonl, line 2 is not JSON"),
        (issue_event(), ("--git", "{shop}", "--issues", "{tmp}/list.jsonl"), "list.jsonl, line 1 must be an object"),
        (issue_event(), ("--git", "{shop}", "--issues", "{tmp}/latin.jsonl"), "latin.jsonl, line 1 is not UTF-8"),
    ],
)
def test_bad_input_is_told_and_ends_with_2(
    shop: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    payload: object,
    arguments: tuple[str, ...],
    says: str,
) -> None:
    commit(shop, SHOP)
    (tmp_path / "text.jsonl").write_text('{"number": 1}\nnumber 2\n')
    (tmp_path / "list.jsonl").write_text("[]\n")
    (tmp_path / "latin.jsonl").write_bytes(b'{"number": 1, "title": "\xe9"}\n')
    filled = [argument.format(tmp=tmp_path, shop=shop) for argument in arguments]
    status, out, err = call(tmp_path, capsys, payload, *filled)
    assert (status, out) == (2, "")
    assert says in err
