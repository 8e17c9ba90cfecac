"""GitHub's answers about a real git history: comparisons, and the files of a pull request, worked out by git itself.

    history = GitHistory(tmp_path / "repository")
    history.commit("main", {"a.py": "one\\n"})
    history.branch("topic")
    reviewed = history.commit("topic", {"a.py": "one\\ntwo\\n"})
    with history.hosting() as proxy:  # proxy.url answers `compare/BASE...HEAD` and `pulls/N/files`
        ...

What is told, and its limits, are those of https://docs.github.com/rest/commits/commits#compare-two-commits and
https://docs.github.com/rest/pulls/pulls#list-pull-requests-files: both show the head against the merge base.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

from tests.standins.client import Answer, JsonObject
from tests.standins.exchange import Forward, Request, page_of, reply
from tests.standins.process import program
from tests.standins.proxy import Proxy

MAX_COMPARED = 300
MAX_COMMITS = 250
MAX_PATCH = 20_000
"""Characters of a patch that is told; GitHub's own limits are in lines and bytes, and less simple."""

STATUS = {"A": "added", "M": "modified", "D": "removed", "R": "renamed", "C": "copied", "T": "changed"}
_RAW = re.compile(r":\d+ \d+ (\w+) (\w+) ([A-Z])\d*\t(.+)")
_COMPARE = re.compile(r"/repos/[^/]+/[^/]+/compare/(.+)")
_FILES = re.compile(r"/repos/[^/]+/[^/]+/pulls/\d+/files")

Files = Mapping[str, str | bytes | None]
"""What is to be in files, by path; None: no such file."""


class GitHistory:
    """A repository with branches that people work on. ``base``, ``head``: what its one pull request is from and to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.base, self.head = "main", "topic"
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main")

    # ---- what people do ----

    def commit(self, branch: str, files: Files, *, amend: bool = False) -> str:
        """A commit on a branch, and its SHA; ``amend``: in place of the last one."""
        self.git("checkout", "--quiet", "-B" if not self.git("branch", "--list") else "-q", branch)
        self._write(files)
        self.git("commit", "--quiet", "--allow-empty", "--message=Change", *(["--amend"] if amend else []))
        return self.tip()

    def branch(self, name: str, at: str = "main") -> None:
        """A new branch, or an old one elsewhere."""
        self.git("checkout", "--quiet", "-B", name, at)

    def merge(self, branch: str, other: str = "main", files: Files | None = None) -> str:
        """Merge another branch; ``files``: what the merge holds whatever git makes of them, as after conflicts."""
        self.git("checkout", "--quiet", branch)
        self.git("merge", "--quiet", "--no-ff", "--no-commit", other, check=files is None)
        self._write(files or {})
        self.git("commit", "--quiet", "--allow-empty", "--message=Merge")
        return self.tip()

    def rebase(self, branch: str, onto: str = "main") -> str:
        """Put the branch's own commits on top of another one."""
        self.git("checkout", "--quiet", branch)
        self.git("rebase", "--quiet", "--force-rebase", onto)
        return self.tip()

    def undo(self, branch: str) -> str:
        """Revert the branch's last commit."""
        self.git("checkout", "--quiet", branch)
        self.git("revert", "--no-edit", "HEAD")
        return self.tip()

    def drop(self, branch: str) -> str:
        """Take the branch's last commit off it."""
        self.git("checkout", "--quiet", branch)
        self.git("reset", "--quiet", "--hard", "HEAD~1")
        return self.tip()

    def tip(self, ref: str = "HEAD") -> str:
        """Its SHA."""
        return self.git("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")

    def text(self, ref: str, path: str) -> str:
        """What a file holds there; ``""`` when there is none."""
        return self.git("show", f"{ref}:{path}", check=False)

    def _write(self, files: Files) -> None:
        for path, content in files.items():
            target = self._folder / path
            if content is None:
                target.unlink()
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.encode() if isinstance(content, str) else content)
        self.git("add", "--all")

    # ---- what GitHub tells ----

    def hosting(self) -> Proxy:
        """A proxy (not started yet) that answers, to everybody and with any token."""
        return Proxy("http://127.0.0.1:9", fallback=self._answer)  # nothing is behind it

    def compare(self, base: str, head: str) -> JsonObject | None:
        """A comparison's first page; None where GitHub answers 404."""
        old, new = self._found(base), self._found(head)
        merge_base = self.git("merge-base", old, new, check=False) if old and new else ""
        if not merge_base:
            return None
        behind, ahead = map(int, self.git("rev-list", "--left-right", "--count", f"{old}...{new}").split())
        rows = self.git("rev-list", "--reverse", "--parents", f"{old}..{new}").splitlines()
        commits = [
            {"sha": sha, "parents": [{"sha": each} for each in parents]} for sha, *parents in map(str.split, rows)
        ]
        status = "diverged" if ahead and behind else "ahead" if ahead else "behind" if behind else "identical"
        return {
            "status": status,
            "ahead_by": ahead,
            "behind_by": behind,
            "total_commits": ahead,
            "merge_base_commit": {"sha": merge_base},
            "commits": commits[:MAX_COMMITS],
            "files": self.changed(merge_base, new)[:MAX_COMPARED],
        }

    def pull_files(self) -> list[JsonObject]:
        """All files of the pull request."""
        return self.changed(self.git("merge-base", self.base, self.head), self.head)

    def changed(self, old: str, new: str) -> list[JsonObject]:
        """What differs between two commits, file by file."""
        told = self.git("diff", "--raw", "--abbrev=40", "--patch", "--find-renames", old, new)
        raws, _, patches = told.partition("\n\ndiff --git ")
        texts = patches.split("\ndiff --git ") if patches else []
        entries = [match for match in map(_RAW.fullmatch, raws.splitlines()) if match]
        return [_file(entry, text) for entry, text in zip(entries, texts, strict=True)]

    def _answer(self, request: Request, forward: Forward) -> Answer:
        if match := _COMPARE.fullmatch(request.path):
            base, _, head = unquote(match[1]).partition("...")
            found = self.compare(base, head)
            return reply(200, found) if found else reply(404, {"message": "Not Found", "status": "404"})
        if _FILES.fullmatch(request.path):
            return page_of(request, self.pull_files())
        return reply(404, {"message": "Not Found", "status": "404"})

    def _found(self, ref: str) -> str:
        return self.git("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}", check=False)

    def git(self, *arguments: str, check: bool = True) -> str:
        """Run git, and return what it prints."""
        command = [program("git"), "-C", str(self._folder), "-c", "core.quotePath=false", *arguments]
        done = subprocess.run(command, env=_environment(), capture_output=True, check=False)
        if check and done.returncode:
            raise AssertionError(f"git {' '.join(arguments)}: {done.stderr.decode()}{done.stdout.decode()}")
        return done.stdout.decode(errors="replace").removesuffix("\n")


def _file(entry: re.Match[str], text: str) -> JsonObject:
    old, new, kind, paths = entry.groups()
    *before, path = paths.split("\t")
    at = text.find("\n@@ ")
    patch = text[at + 1 :] if at >= 0 else ""
    lines = patch.split("\n")
    counts = {"additions": _count(lines, "+"), "deletions": _count(lines, "-")}
    told: JsonObject = {"sha": old if kind == "D" else new, "filename": path, "status": STATUS[kind], **counts}
    if before:
        told["previous_filename"] = before[0]
    if patch and len(patch) <= MAX_PATCH:
        told["patch"] = patch
    return told


def _count(lines: list[str], sign: str) -> int:
    return sum(line.startswith(sign) for line in lines)


def _environment() -> dict[str, str]:
    """No configuration of this machine's, and the same SHA for the same commit."""
    who = {f"GIT_{role}_{what}": "ann@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    when = {f"GIT_{role}_DATE": "2026-11-02T09:00:00Z" for role in ("AUTHOR", "COMMITTER")}
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.devnull,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_EDITOR": "true",
        **who,
        **when,
    }
