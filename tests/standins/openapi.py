"""Does a request fit GitHub's own OpenAPI description? Path, query parameters, body, no unknown field.

GraphQL has a description of its own, in `graphql_api.py`, which is asked for what goes there.

The description (13 MB) is cut down once to what requests need and kept beside it, named by its version.
"""

from __future__ import annotations

import functools
import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from jsonschema import Draft202012Validator

from tests.standins import graphql_api
from tests.standins.client import JsonObject
from tests.standins.exchange import Exchange, Request
from tests.standins.process import NODE_MODULES, node_module

_METHODS = ("get", "post", "put", "patch", "delete")
_COMBINATORS = ("allOf", "anyOf", "oneOf")
_FORMAT = 1  # raise it when the cut-down form changes

_ALSO_ALLOWED = {
    # Said in the description's prose, not in its schema: "You can also pass an `array` of labels directly".
    ("post", "/repos/{owner}/{repo}/issues/{issue_number}/labels"): {
        "type": "array",
        "items": {"type": "string"},
    },
    ("put", "/repos/{owner}/{repo}/issues/{issue_number}/labels"): {
        "type": "array",
        "items": {"type": "string"},
    },
}


@dataclass(frozen=True)
class Operation:
    """What the description says about one method of one path."""

    method: str
    template: str
    query: dict[str, JsonObject]
    required: tuple[str, ...]
    body: JsonObject | None
    body_required: bool


def problems(exchange: Exchange | Request) -> list[str]:
    """Everything that GitHub's description does not allow in the request, readable; empty when it fits."""
    request = exchange.request if isinstance(exchange, Exchange) else exchange
    if (request.method, request.path) == ("POST", graphql_api.PATH):
        return graphql_api.problems(request)
    operation = find(request.method, request.path)
    if operation is None:
        return [f"{request.method} {request.path}: GitHub has no such operation"]
    found = [*_query_problems(operation, request.query), *_body_problems(operation, request)]
    return [f"{request.method} {request.path}: {problem}" for problem in found]


def find(method: str, path: str) -> Operation | None:
    """The operation of a concrete path; fixed parts win over parameters."""
    for pattern, operations in _operations():
        if pattern.fullmatch(path) and method.lower() in operations:
            return operations[method.lower()]
    return None


def _query_problems(operation: Operation, query: Iterable[tuple[str, str]]) -> list[str]:
    given = dict(query)
    found = [f"query parameter {name!r} is required" for name in operation.required if name not in given]
    for name, value in given.items():
        schema = operation.query.get(name)
        if schema is None:
            found.append(f"unknown query parameter {name!r}")
            continue
        typed = _typed(value, schema)
        found += [f"query parameter {name!r}: {error.message}" for error in _validator(schema).iter_errors(typed)]
    return found


def _typed(value: str, schema: JsonObject) -> Any:
    kind = schema.get("type")
    if kind == "integer" and re.fullmatch(r"-?\d+", value):
        return int(value)
    if kind == "boolean" and value in ("true", "false"):
        return value == "true"
    return value.split(",") if kind == "array" else value


def _body_problems(operation: Operation, request: Request) -> list[str]:
    if not request.body:
        return ["a body is required"] if operation.body_required else []
    try:
        body = json.loads(request.body)
    except ValueError as error:
        return [f"the body is not JSON: {error}"]
    if operation.body is None:
        return [] if body == {} else ["the operation takes no body"]
    errors = _validator(operation.body).iter_errors(body)
    return sorted(f"body{_where(error.absolute_path)}: {error.message}" for error in errors)


def _where(path: Iterable[str | int]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)


def _validator(schema: JsonObject) -> Draft202012Validator:
    return Draft202012Validator(schema)


@functools.cache
def _operations() -> list[tuple[re.Pattern[str], dict[str, Operation]]]:
    table: dict[str, dict[str, Operation]] = {}
    for entry in _cut_down():
        operation = Operation(**{**entry, "required": tuple(entry["required"])})
        table.setdefault(operation.template, {})[operation.method] = operation
    ordered = sorted(table.items(), key=lambda item: [part.startswith("{") for part in item[0].split("/")])
    return [(_pattern(template), operations) for template, operations in ordered]


def _pattern(template: str) -> re.Pattern[str]:
    parts = [part for part in re.split(r"(\{[^}]+\})", template) if part]
    many = {"{path}", "{ref}", "{basehead}"}  # these may hold slashes
    return re.compile("".join((".+" if p in many else "[^/]+") if p[0] == "{" else re.escape(p) for p in parts))


def _cut_down() -> list[JsonObject]:
    version = json.loads(node_module("@octokit/openapi/package.json").read_text())["version"]
    cache = NODE_MODULES / ".cache" / f"hls-openapi-{version}-{_FORMAT}.json"
    if not cache.exists():
        text = json.dumps(
            _extract(json.loads(node_module("@octokit/openapi/generated/api.github.com.json").read_text()))
        )
        cache.parent.mkdir(exist_ok=True)
        mine = cache.with_suffix(f".{os.getpid()}")  # several workers may do this at once
        mine.write_text(text)
        mine.replace(cache)
    entries: list[JsonObject] = json.loads(cache.read_text())
    return entries


def _extract(document: JsonObject) -> list[JsonObject]:
    entries = []
    for template, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                shared = item.get("parameters", [])
                entries.append(_extract_operation(document, method, template, item[method], shared))
    return entries


def _extract_operation(
    document: JsonObject, method: str, template: str, operation: JsonObject, shared: list[JsonObject]
) -> JsonObject:
    parameters = [_resolve(document, each) for each in [*shared, *operation.get("parameters", [])]]
    query = [each for each in parameters if each["in"] == "query"]
    body = _resolve(document, operation.get("requestBody", {}))
    schema = body.get("content", {}).get("application/json", {}).get("schema")
    strict = None if schema is None else _strict(document, schema)
    extra = _ALSO_ALLOWED.get((method, template))
    return {
        "method": method,
        "template": template,
        "query": {each["name"]: _strict(document, each["schema"]) for each in query},
        "required": [each["name"] for each in query if each.get("required")],
        "body": {"anyOf": [strict, extra]} if strict and extra else strict,
        "body_required": body.get("required", False),
    }


def _resolve(document: JsonObject, node: JsonObject) -> JsonObject:
    while "$ref" in node:
        target: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[unquote(part).replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def _strict(document: JsonObject, schema: JsonObject, *, part_of_another: bool = False, depth: int = 0) -> JsonObject:
    """OpenAPI 3.0 to JSON Schema 2020-12: references resolved, `nullable` translated, unknown fields refused."""
    schema = _resolve(document, schema)
    if depth > 12:  # schemas that contain themselves
        return {}
    made: JsonObject = {}
    for key, value in schema.items():
        if key in _COMBINATORS:
            made[key] = [_strict(document, each, part_of_another=True, depth=depth + 1) for each in value]
        elif key == "properties":
            made[key] = {name: _strict(document, each, depth=depth + 1) for name, each in value.items()}
        elif key == "items" or (key == "additionalProperties" and isinstance(value, dict)):
            made[key] = _strict(document, value, depth=depth + 1)
        elif key in ("type", "enum", "required", "pattern", "additionalProperties") or re.match("m(in|ax)", key):
            made[key] = value
    if schema.get("nullable") and "type" in made:
        made["type"] = [made["type"], "null"]
        made |= {"enum": [*made["enum"], None]} if "enum" in made else {}
    has_fields = "properties" in made or any(key in made for key in _COMBINATORS)
    if has_fields and not part_of_another and "additionalProperties" not in made:
        made["unevaluatedProperties"] = False
    return made
