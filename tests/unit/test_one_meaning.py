"""Each field that acts means one thing: schema, system prompt, outputs and document say the same words of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from hls_action import data
from hls_action.domain.tasks.answer import SCHEMA
from hls_action.domain.tasks.marks import ACTING

ROOT = Path(__file__).resolve().parents[2]
PROPERTIES = cast("dict[str, dict[str, Any]]", SCHEMA["properties"])
OUTPUTS = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))["outputs"]
DOCUMENT = (ROOT / "docs" / "triage.md").read_text("utf-8")

SAME = {
    "category": "what the thread mainly is",
    "priority": "data loss, a security hole or a release that is broken for most",
    "needs_info": "a maintainer lacks something without which no work can start",
    "confidence": "the share of such replies that a maintainer would post unchanged",
}
"""What each place says of a field, in the same words."""


def entry(text: str, name: str) -> str:
    """What the system prompt says of a field, on one line."""
    found = re.search(rf"^- [a-z_, ]*\b{name}\b[a-z_, ]*: (.*?)(?=^- |^#|\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, name
    return " ".join(found[1].split())


def row(name: str) -> str:
    return next(line for line in DOCUMENT.splitlines() if line.startswith(f"| `{name}` "))


def places(name: str) -> dict[str, str]:
    fields = data.text("prompts/system.md").partition("# The other fields")[2]
    return {
        "prompt": entry(fields, name),
        "document": row(name),
        "output": OUTPUTS[name.replace("_", "-")]["description"],
        "schema": f"{PROPERTIES[name]['description']} {PROPERTIES[name].get('enum', '')}",
    }


@pytest.mark.parametrize("name", ACTING)
def test_every_place_says_the_same_of_it(name: str) -> None:
    said = places(name)
    if name == "priority":
        del said["output"]  # a list of the values
    assert {place for place, text in said.items() if SAME[name] not in text.lower()} == set()


@pytest.mark.parametrize("name", ACTING)
def test_every_place_names_all_its_values(name: str) -> None:
    values = {*PROPERTIES[name].get("enum", ())}
    for place, text in places(name).items():
        quoted = set(re.findall(r"[\"'`]([a-z]+)[\"'`]", text)) - {name}
        if values:
            assert quoted == values, place


def test_these_are_the_fields_that_act() -> None:
    assert set(SAME) == set(ACTING) <= PROPERTIES.keys()
