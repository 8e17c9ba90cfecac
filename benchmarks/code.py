"""Looking things up in code: `evidence` on a large tree and on a small one, the same command as people run by hand."""

from __future__ import annotations

import json
import sysconfig
import tempfile
from pathlib import Path

from benchmarks.measure import Sample, in_turns, run, spread
from benchmarks.stage import installed_python
from benchmarks.table import Row, Table, row
from hls_action.domain.knowledge.code.sources import is_source
from tests.standins.git_http import bare_repository, commit

LARGE, SMALL = 16_000_000, 200_000
"""Bytes of source."""
REPEATS = 3
ISSUE = {
    "number": 1,
    "title": "Config files with a byte order mark are refused",
    "body": "`ConfigParser.read` raises `MissingSectionHeaderError` for a file that Notepad saved:\n\n```\n"
    'File "/usr/lib/python3/configparser.py", line 1110, in _read\n    raise MissingSectionHeaderError(fpname, lineno)'
    "\n```\nOther editors work. It should skip the mark, or the error should name it, when the encoding is UTF-8.",
}


def measure(python: str | None = None, large: int = LARGE, small: int = SMALL, repeats: int = REPEATS) -> Table:
    """Run everything; takes half a minute. ``python``: one that has the packages, instead of the action's own."""
    python = python or installed_python()
    with tempfile.TemporaryDirectory(prefix="hls-code-") as folder:
        commands = [_command(python, Path(folder) / name, size) for name, size in (("large", large), ("small", small))]
        nothing = [python, "-m", "hls_action", "--version"]
        samples = in_turns(repeats, *(lambda command=command: run(command) for command in (*commands, nothing)))
    rows = [
        *_rows(f"{large // 1000:,} kB of source", samples[0], samples[2], 3.0, 280.0),
        *_rows(f"{small // 1000:,} kB of source", samples[1], samples[2], 0.3, None),
    ]
    return Table("code: files, symbols and issues ranked", tuple(rows))


def _rows(what: str, found: list[Sample], nothing: list[Sample], cpu: float, peak: float | None) -> list[Row]:
    """``nothing``: the command without work, whose processor time is not the ranking's."""
    own = [sample.cpu - base.cpu for sample, base in zip(found, nothing, strict=True)]
    ranked = [json.loads(sample.output)["seconds"] for sample in found]
    return [
        row(f"{what}: processor time, beyond that of starting", spread(own), "s", cpu),
        row(f"{what}: wall time of reading and ranking", spread(ranked), "s"),
        row(f"{what}: peak memory", spread([sample.peak for sample in found]), "MB", peak),
    ]


def _command(python: str, folder: Path, size: int) -> list[str]:
    folder.mkdir()
    repository = bare_repository(folder / "code.git")
    commit(repository, _sources(size))
    (folder / "event.json").write_text(json.dumps({"action": "opened", "issue": ISSUE}))
    return [python, "-m", "hls_action", "evidence", str(folder / "event.json"), "--git", str(repository), "--json"]


def _sources(size: int) -> dict[str, bytes]:
    """Some ``size`` bytes of code that people wrote: the standard library's, and that of installed packages."""
    found: dict[str, bytes] = {}
    for root in map(Path, (sysconfig.get_path("stdlib"), sysconfig.get_path("purelib"))):
        for path in sorted(root.rglob("*.py")):
            name = f"src/{path.relative_to(root).as_posix()}"
            if size <= 0 or "site-packages" in name or not is_source(name, path.stat().st_size):
                continue
            found[name] = path.read_bytes()
            size -= len(found[name])
    return found
