"""The README's tables are what `action.yml` says.

To bring them up to date: UPDATE_GOLDEN=1 .venv/bin/python -m pytest tests/unit/test_readme.py
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
import yaml

from hls_action.domain.labelling import MACHINE_WORDS

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())


def inputs_table() -> str:
    rows = []
    for name, entry in ACTION["inputs"].items():
        default = f"`{entry['default']}`" if entry["default"] else ""
        rows.append(f"| `{name}` | {default} | {entry['description']} |")
    return "\n".join(rows)


def outputs_table() -> str:
    return "\n".join(f"| `{name}` | {entry['description']} |" for name, entry in ACTION["outputs"].items())


def rows_of(table: str) -> str:
    """The rows under the header row that `<!-- table -->` stands above."""
    found = re.search(rf"<!-- {table} -->\n\n(?:\|.*\n){{2}}((?:\|.*\n)+)", README.read_text())
    return found[1].rstrip() if found else ""


@pytest.mark.parametrize(("table", "expected"), [("inputs", inputs_table()), ("outputs", outputs_table())])
def test_the_table_in_the_readme_is_what_the_action_says(table: str, expected: str) -> None:
    if os.environ.get("UPDATE_GOLDEN"):
        pattern = rf"(<!-- {table} -->\n\n(?:\|.*\n){{2}})(?:\|.*\n)*"
        README.write_text(re.sub(pattern, lambda m: f"{m[1]}{expected}\n", README.read_text()))
    assert rows_of(table) == expected


def test_the_words_that_keep_a_label_from_being_offered_are_all_named() -> None:
    found = re.search(r"by a word in their name. These are\n(.*?)\. Whole words", README.read_text(), re.DOTALL)
    assert found
    named = {word.replace("-", "") for word in re.findall(r"`([a-z-]+)`", found[1])}
    assert named == {words.replace(" ", "") for words in MACHINE_WORDS}


def test_every_file_the_readme_links_to_is_there() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README.read_text())
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
