"""GitHub's GraphQL API, as much of it as HLS uses: emulate has none.

graphql-core parses, checks and executes every request against the schema that GitHub publishes
(`@octokit/graphql-schema`), so that a field, an argument or a value unknown to GitHub is refused, as it is there. The
comments are emulate's.
"""

from __future__ import annotations

import base64
import functools
import json
import re
from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLFormattedError,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    get_variable_values,
    graphql_sync,
    parse,
    validate,
)

from tests.standins.client import Answer, JsonObject
from tests.standins.emulate import BOT_LOGIN, Emulate
from tests.standins.exchange import Forward, Request, reply
from tests.standins.process import node_module

PATH = "/graphql"


@functools.cache
def schema() -> GraphQLSchema:
    """GitHub's public schema; reading it takes a good second, once in a process."""
    text = node_module("@octokit/graphql-schema/schema.graphql").read_text()
    return build_schema(text, assume_valid=True, no_location=True)


def problems(request: Request) -> list[str]:
    """Everything that GitHub's schema does not allow in a GraphQL request, readable; empty when it fits."""
    found = [f"{each.message}" for each in _refusals(request)]
    return [f"{request.method} {request.path}: {problem}" for problem in found]


def _refusals(request: Request) -> list[GraphQLError]:
    try:
        sent = request.json()
        document = parse(sent["query"])
    except GraphQLError as error:
        return [error]
    except (ValueError, KeyError, TypeError):
        return [GraphQLError("a body like {'query': …, 'variables': …} is required")]
    if unknown := sorted(sent.keys() - {"query", "variables", "operationName"}):
        return [GraphQLError(f"the body's {', '.join(map(repr, unknown))} means nothing to GraphQL")]
    if invalid := validate(schema(), document):
        return invalid
    given = sent.get("variables") or {}
    operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    wrong: list[GraphQLError] = []
    for operation in operations:
        coerced = get_variable_values(schema(), operation.variable_definitions or (), given)
        wrong += coerced if isinstance(coerced, list) else []
    return wrong


class GraphQL:
    """Answers `POST /graphql` for one emulate, which also remembers which comments were minimized."""

    def __init__(self, emulate: Emulate) -> None:
        self._emulate = emulate

    def __call__(self, request: Request, forward: Forward) -> Answer:
        """Execute the request; like GitHub, answer 200 and name what is wrong in `errors`."""
        token = request.headers.get("authorization", "").split(" ")[-1]
        whose = self._emulate.knows(token)
        if whose is None:
            return reply(401, {"message": "This endpoint requires you to be authenticated.", "status": "401"})
        if refused := _refusals(request):
            errors = [{"extensions": {"code": "invalid"}, **_as_github(each.formatted)} for each in refused]
            return reply(200, {"errors": errors})
        sent = request.json()
        login = BOT_LOGIN if whose == "bot" else self._emulate.request("GET", "/user", token=token).json()["login"]
        done = graphql_sync(
            schema(),
            sent["query"],
            root_value={"viewer": {"login": login}, "minimizeComment": self._minimize},
            variable_values=sent.get("variables"),
            operation_name=sent.get("operationName"),
            field_resolver=_field,
        )
        failed = [_as_github(each.formatted) for each in done.errors or ()]
        return reply(200, {"data": done.data, **({"errors": failed} if failed else {})})

    def _minimize(self, info: GraphQLResolveInfo[Any], *, input: Mapping[str, str]) -> JsonObject:
        """Minimize a comment on an issue or a pull request; again, when it is minimized already."""
        node_id, reason = input["subjectId"], input["classifier"]
        if not self._exists(node_id):
            said = f"Could not resolve to a node with the global id of '{node_id}'"
            raise GraphQLError(said, extensions={"type": "NOT_FOUND"})
        self._emulate.minimized[node_id] = reason
        shown = {"__typename": "IssueComment", "id": node_id, "isMinimized": True, "minimizedReason": reason.lower()}
        return {"clientMutationId": input.get("clientMutationId"), "minimizedComment": shown}

    def _exists(self, node_id: str) -> bool:
        try:
            decoded = base64.b64decode(node_id + "=" * (-len(node_id) % 4), validate=True).decode()
        except ValueError:  # neither base64 nor text
            return False
        named = re.fullmatch(r"0:IssueComment(\d+)", decoded)  # emulate's own form
        return named is not None and self._emulate.has_comment(int(named[1]))


def _field(source: Mapping[str, Any], info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
    if info.field_name not in source:
        raise GraphQLError(f"the stand-in does not answer {info.parent_type.name}.{info.field_name}")
    value = source[info.field_name]
    return value(info, **arguments) if callable(value) else value


def _as_github(error: GraphQLFormattedError) -> JsonObject:
    """GitHub has the `type` of an error beside its message, not among its extensions."""
    plain: JsonObject = json.loads(json.dumps(error))
    extensions = plain.pop("extensions", {})
    kind = {"type": extensions.pop("type")} if "type" in extensions else {}
    return kind | plain | ({"extensions": extensions} if extensions else {})
