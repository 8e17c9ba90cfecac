"""A repository on this machine, by hand: where it is, and which commit a name stands for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from hls_action.adapters.git_process import Git, Situation
from hls_action.domain.errors import UsageError

SECONDS = 30.0


@dataclass(frozen=True)
class Located:
    """``folder``: what holds the objects, and so serves as a checkout; ``commit``: ``""`` where there is none yet."""

    folder: Path
    commit: str


def locate(start: Path, name: str = "") -> Located:
    """The repository that ``start`` is in, a working copy or a bare one, and the commit ``name``, by default its HEAD.

    git is asked there for no more than that, and may start nothing. Errors: `UsageError`.
    """
    folder = _git_folder(start)
    if folder is None:
        raise UsageError(f"{start} is not in a git repository; name one by --git.")
    if name.startswith("-"):
        raise UsageError(f"--commit is {name!r}, which no commit is called.")
    output = _ask(folder, "--git-path", "objects", f"{name or 'HEAD'}^{{commit}}")
    objects, commit = (*output.splitlines(), "", "")[:2]
    if not objects:
        raise UsageError(f"{folder} is not a repository that git can read.")
    if not re.fullmatch("[0-9a-f]{40}", commit):
        if name:
            raise UsageError(f"{start} has no commit {name!r}; fetch it, or name another by --commit.")
        commit = ""
    return Located((folder / objects).parent, commit)


def _git_folder(start: Path) -> Path | None:
    """The nearest, from ``start`` upwards. ``.git`` may be a file that says where it is, as in a worktree."""
    for each in (start.absolute(), *start.absolute().parents):
        if (each / ".git").exists():
            return each / ".git"
        if (each / "HEAD").is_file() and (each / "objects").is_dir():
            return each
    return None


def _ask(folder: Path, *arguments: str) -> str:
    git = Git(str(folder), "", _error, setting="--git")
    try:
        told = (f"--git-dir={folder}", "rev-parse", *arguments)
        with git.conversation(*told, seconds=SECONDS, variables={}) as (_, stdout):
            return stdout.read().decode(errors="surrogateescape")
    finally:
        git.close()


def _error(situation: Situation, message: str, cause: str) -> UsageError:
    del situation
    return UsageError(f"{message} ({cause})")
