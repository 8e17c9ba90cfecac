"""The threat model names the tests that show its defences: they are there, and no threat is without one."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "threat-model.md"
NAME = re.compile(r"`(test_\w+)`")


def threats() -> list[tuple[str, str]]:
    """The rows of the tables of threats: what could happen, and by what it is shown."""
    rows = [line.strip("| ").split(" | ") for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    start = next(at for at, row in enumerate(rows) if row[0] == "threat")
    return [(row[0], row[2]) for row in rows[start:] if len(row) == 3 and row[2] != "shown by" and "HLS" not in row[2:]]


def test_every_named_test_is_there() -> None:
    there = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)\(", path.read_text())
    }
    named = set(NAME.findall(PAGE.read_text()))
    assert len(named) > 60
    assert named - there == set()


def test_every_threat_is_shown_by_a_test() -> None:
    found = threats()
    assert len(found) > 35
    assert [threat for threat, shown in found if not NAME.search(shown)] == []
