"""GitHub's webhook payloads as others recorded them, and the JSON schemas that go with them."""

from __future__ import annotations

import functools
import json
from typing import NamedTuple

from jsonschema import Draft7Validator
from jsonschema.exceptions import best_match

from tests.standins.client import JsonObject
from tests.standins.process import node_module


class Example(NamedTuple):
    """One payload as GitHub delivered it, with the event's name (the X-GitHub-Event header)."""

    event: str
    payload: JsonObject

    def __str__(self) -> str:
        return f"{self.event}.{self.payload.get('action', '-')}"


def examples(*events: str) -> list[Example]:
    """The examples of these events (none named: of all), in the collection's order."""
    return [
        Example(entry["name"], payload)
        for entry in json.loads(_text("@octokit/webhooks-examples/api.github.com/index.json"))
        if not events or entry["name"] in events
        for payload in entry["examples"]
    ]


def problems(event: str, payload: JsonObject) -> list[str]:
    """What in the payload contradicts the schema of its event and action; empty when nothing does.

    The schemas know the fields of 2024 and forbid others; a field they do not know is no problem here.
    """
    definitions = _schema()["definitions"]
    names = (f"{event}${payload.get('action')}", f"{event}_event", f"{event}$event")
    name = next((each for each in names if each in definitions), None)
    if name is None:
        return [f"there is no schema of an event {event!r}"]
    validator = Draft7Validator({"definitions": definitions, "$ref": f"#/definitions/{name}"})
    found = []
    for error in validator.iter_errors(payload):
        cause = best_match([error]) or error
        found.append(f"{event}{''.join(f'.{part}' for part in cause.absolute_path)}: {cause.message[-200:]}")
    return found


@functools.cache
def _text(path: str) -> str:
    return node_module(path).read_text()


@functools.cache
def _schema() -> JsonObject:
    def open_up(node: object) -> object:
        if isinstance(node, dict):
            kept = {k: open_up(v) for k, v in node.items() if not (k == "additionalProperties" and v is False)}
            return {"anyOf" if k == "oneOf" else k: v for k, v in kept.items()}
        return [open_up(each) for each in node] if isinstance(node, list) else node

    schema = open_up(json.loads(_text("@octokit/webhooks-schemas/schema.json")))
    assert isinstance(schema, dict)
    return schema
