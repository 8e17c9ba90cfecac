"""What is made from the table of keys: the example, the schema for editors, and the README's table.

To bring all three up to date: UPDATE_GOLDEN=1 .venv/bin/python -m pytest tests/unit/config/test_keys.py
"""

from __future__ import annotations

import json
import os
import re
import textwrap
from operator import attrgetter
from pathlib import Path

import jsonschema
import pytest
import yaml

from hls_action import data
from hls_action.config.hls_yml import parse
from hls_action.config.keys import KEYS, REMOVED, Key
from hls_action.domain.errors import ConfigError
from hls_action.domain.settings import Settings
from tests.unit.config.test_hls_yml import WHOLE, WRONG

ROOT = Path(__file__).parents[3]
README = ROOT / "README.md"
EXAMPLE = ROOT / "examples" / "hls.yml"
SCHEMA = ROOT / "docs" / "hls.schema.json"
SCHEMA_URL = "https://raw.githubusercontent.com/hook-line-sinker/hls-action/main/docs/hls.schema.json"
HEAD = f"""\
# yaml-language-server: $schema={SCHEMA_URL}

# What HLS does in this repository. Copy to .github/hls.yml on the default branch and keep the lines you want to
# change. As it stands, this file changes nothing: keys with a default show it, the others are commented out. A key or
# value that HLS does not know is an error that names the line, so that a typing mistake cannot go unnoticed.
"""


def value_in(settings: Settings, key: Key) -> object:
    return attrgetter(key.field)(settings)


def default(key: Key) -> object:
    """What holds without the key; None where nothing does."""
    value = value_in(Settings(), key)
    return None if value in ("", (), {}) else value


def doc(key: Key) -> str:
    """What a key means, with the words that it may be."""
    choices = key.reader.schema.get("enum") if key.reader else None
    names = [f"`{choice}`" for choice in choices] if isinstance(choices, list) else []
    return key.doc if all(name in key.doc for name in names) else f"{key.doc} One of {', '.join(names)}."


def as_yaml(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(as_yaml, value))}]"
    return json.dumps(value) if isinstance(value, bool) else str(value)


# ---- The example


def example() -> str:
    return HEAD + "".join(f"{gap(key)}{comment(key)}{line(key)}\n" for key in KEYS)


def gap(key: Key) -> str:
    return "" if key.section else "\n"


def comment(key: Key) -> str:
    mark = "  # " if key.section else "# "
    return textwrap.fill(doc(key), 118, initial_indent=mark, subsequent_indent=mark) + "\n"


def line(key: Key) -> str:
    indent = "  " if key.section else ""
    if key.reader is None:
        return f"{indent}{key.name}:"
    value = default(key)
    return f"{indent}{key.name}: {as_yaml(value)}" if value is not None else f"{indent}# {key.name}: {key.example}"


# ---- The schema


def schema() -> dict[str, object]:
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": SCHEMA_URL,
        "title": "The configuration of HLS, .github/hls.yml",
        **of_section(""),
    }


def of_section(path: str) -> dict[str, object]:
    properties = {key.name: of_key(key) for key in KEYS if key.section == path}
    return {"type": ["object", "null"], "properties": properties, "additionalProperties": False}


def of_key(key: Key) -> dict[str, object]:
    if key.reader is None:
        return {"description": key.doc, **of_section(key.path)}
    value = default(key)
    name, shown = ("examples", f"[{key.example}]") if value is None else ("default", as_yaml(value))
    return {"description": key.doc, **key.reader.schema, name: yaml.safe_load(shown)}


# ---- The README's table


def table() -> str:
    return "\n".join(f"| `{key.path}` | {shown(key)} | {doc(key)} |" for key in KEYS)


def shown(key: Key) -> str:
    value = None if key.reader is None else default(key)
    return "" if value is None else f"`{as_yaml(value)}`"


ROWS = re.compile(r"(<!-- configuration -->\n\n(?:\|.*\n){2})((?:\|.*\n)*)")


def test_the_example_is_what_the_table_says() -> None:
    if os.environ.get("UPDATE_GOLDEN"):
        EXAMPLE.write_text(example())
    assert EXAMPLE.read_text() == example()


def test_the_schema_is_what_the_table_says() -> None:
    text = json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        SCHEMA.write_text(text)
    assert SCHEMA.read_text() == text


def test_the_table_in_the_readme_is_what_the_table_says() -> None:
    if os.environ.get("UPDATE_GOLDEN"):
        README.write_text(ROWS.sub(lambda found: f"{found[1]}{table()}\n", README.read_text()))
    found = ROWS.search(README.read_text())
    assert found
    assert found[2].rstrip() == table()


# ---- And each is true


def read(text: str) -> Settings:
    return parse(text, "hls.yml", data.prices())


def checked(text: str) -> None:
    """Errors: ``ValidationError``, as an editor would show it."""
    jsonschema.validate(yaml.safe_load(text), schema(), jsonschema.Draft7Validator)


def nested(path: str, value: str) -> str:
    """A file that sets one key. ``value``: YAML on one line."""
    section, _, name = path.rpartition(".")
    return f"{section}: {{{name}: {value}}}" if section else f"{name}: {value}"


def test_the_example_changes_nothing_as_it_stands() -> None:
    assert read(example()) == Settings()
    checked(example())


def test_every_line_of_the_example_may_be_uncommented() -> None:
    text = example()
    for key in KEYS:
        text = text.replace(f"# {key.name}: {key.example}\n", f"{key.name}: {key.example}\n")
    checked(text)
    settings = read(text)
    unset = [key.path for key in KEYS if key.example and value_in(settings, key) == value_in(Settings(), key)]
    assert unset == []


@pytest.mark.parametrize("text", [WHOLE, "", "labels:\nbudget:\n", "kinds: {issue: {effort: low}, label: }", "prices:"])
def test_what_is_right_is_not_marked_in_an_editor(text: str) -> None:
    read(text)
    checked(text)


BEYOND_A_SCHEMA = {
    "effort: low\neffort: high",  # a key twice: any YAML editor marks it
    "budget:\n  daily_usd: .nan",  # a number to YAML, and to JSON schema
    "budget:\n  at_cap: [shorter_context]",  # what a list must end with
    "budget:\n  at_cap: [skip, defer]",
    "budget:\n  at_cap: []",
    "budget:\n  at_cap: [cheaper_model, skip]",  # two keys that depend on each other
    "effort: low\nmodel: claude-sonet-5-5",  # the prices decide
    "triage:\n  needs_info: HLS",  # the workflow's inputs decide
    "triage:\n  priority: {urgent: X}\n  category: {bug: x}",
}


@pytest.mark.parametrize("text", dict.fromkeys(row.values[0] for row in WRONG if row.values[0] not in BEYOND_A_SCHEMA))
def test_what_is_refused_is_marked_in_an_editor(text: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        checked(text)


@pytest.mark.parametrize("value", ["{zzz: [1]}", "[[]]"])
@pytest.mark.parametrize("key", [key for key in KEYS if key.reader], ids=lambda key: key.path)
def test_what_no_key_can_be_is_refused_and_marked(key: Key, value: str) -> None:
    text = nested(key.path, value)
    with pytest.raises(ConfigError, match=rf"^hls.yml, line 1: `{re.escape(key.path)}"):
        read(text)
    with pytest.raises(jsonschema.ValidationError):
        checked(text)


SECTIONS = ["", *(f"{key.path}." for key in KEYS if key.reader is None)]


@pytest.mark.parametrize("path", [*(f"{section}zzz" for section in SECTIONS), *REMOVED])
def test_an_unknown_key_is_refused_and_marked_in_every_section(path: str) -> None:
    text = nested(path, "1")
    with pytest.raises(ConfigError, match=rf"`{path}` is not a known key\.{re.escape(REMOVED.get(path, ''))}"):
        read(text)
    with pytest.raises(jsonschema.ValidationError):
        checked(text)


def test_a_key_stands_below_its_section_and_once() -> None:
    seen: list[str] = []
    for key in KEYS:
        assert not key.section or key.section == seen[-1].partition(".")[0], key.path
        seen.append(key.path)
    assert len(set(seen)) == len(seen)
    assert not set(REMOVED) & set(seen)


def test_a_key_with_a_default_has_no_example_and_every_other_has_one() -> None:
    assert [key.path for key in KEYS if bool(key.example) != (key.reader is not None and default(key) is None)] == []
