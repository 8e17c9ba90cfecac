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
from collections.abc import Callable, Mapping
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
            root_value={
                "viewer": {"login": login},
                "minimizeComment": self._minimize,
                "repository": lambda _info, *, owner, name, **_: self._repository(f"/repos/{owner}/{name}", token),
            },
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

    def _repository(self, path: str, token: str) -> JsonObject | None:
        """A repository, with its threads by their number."""

        def read(target: str) -> Any:
            answer = self._emulate.request("GET", f"{path}{target}", token=token, check=False)
            return answer.json() if answer.status == 200 else None

        def thread(_info: GraphQLResolveInfo[Any], *, number: int) -> JsonObject:
            issue, pull = read(f"/issues/{number}"), read(f"/pulls/{number}")
            found = issue or pull
            if found is None:
                said = f"Could not resolve to an issue or pull request with the number of {number}."
                raise GraphQLError(said, extensions={"type": "NOT_FOUND"})
            known = {**_thread(found, home), "timelineItems": _nodes([]), "stateReason": None}
            return known if pull is None else {**known, **_pull(pull, read)}

        def issue(_info: GraphQLResolveInfo[Any], *, number: int) -> JsonObject:
            found = read(f"/issues/{number}")
            if found is None:
                said = f"Could not resolve to an Issue with the number of {number}."
                raise GraphQLError(said, extensions={"type": "NOT_FOUND"})
            return _thread(found, home)

        def issues(
            _info: GraphQLResolveInfo[Any],
            *,
            first: int,
            after: str | None = None,
            states: list[str] | None = None,
            **chosen: Mapping[str, Any],
        ) -> JsonObject:
            """Those of emulate, by the time of their last change."""
            since, begins = chosen.get("filterBy", {}).get("since"), "" if after is None else _decoded(after)
            newest_first = chosen["orderBy"]["direction"] == "DESC"
            found = [raw for raw in read("/issues?state=all&per_page=100") or () if "pull_request" not in raw]
            found = [raw for raw in found if states is None or raw["state"].upper() in states]
            placed = {f"{raw['updated_at']} {raw['number']:09d}": raw for raw in found}
            if since:
                placed = {place: raw for place, raw in placed.items() if raw["updated_at"] >= since}
            order = sorted(placed, reverse=newest_first)
            left = [each for each in order if not begins or (each != begins and (each < begins) == newest_first)]
            end = base64.b64encode(left[:first][-1].encode()).decode() if left else None
            shown = [_listed(placed[place], home, read) for place in left[:first]]
            return {"pageInfo": {"hasNextPage": len(left) > first, "endCursor": end}, **_nodes(shown)}

        about = read("")
        home = {"nameWithOwner": about["full_name"]} if about else {}
        known = {**home, "hasIssuesEnabled": True, "issueOrPullRequest": thread, "issue": issue, "issues": issues}
        return known if about else None

    def _exists(self, node_id: str) -> bool:
        try:
            decoded = base64.b64decode(node_id + "=" * (-len(node_id) % 4), validate=True).decode()
        except ValueError:  # neither base64 nor text
            return False
        named = re.fullmatch(r"0:IssueComment(\d+)", decoded)  # emulate's own form
        return named is not None and self._emulate.has_comment(int(named[1]))


def _nodes(entries: list[Any]) -> JsonObject:
    return {"nodes": entries}


def _written(raw: JsonObject) -> JsonObject:
    user = raw["user"]
    author = {"__typename": user["type"], "login": user["login"].removesuffix("[bot]")}
    return {"author": author, "authorAssociation": raw.get("author_association") or "NONE", "body": raw["body"] or ""}


def _thread(raw: JsonObject, home: JsonObject) -> JsonObject:
    shown = {"__typename": "Issue", "number": raw["number"], "title": raw["title"], "state": raw["state"].upper()}
    return {**shown, **_written(raw), "repository": home, "closedByPullRequestsReferences": _nodes([])}


def _decoded(cursor: str) -> str:
    try:
        return base64.b64decode(cursor, validate=True).decode()
    except ValueError:
        said = f"`{cursor}` does not appear to be a valid cursor."
        raise GraphQLError(said, extensions={"type": "INVALID_CURSOR_ARGUMENTS"}) from None


def _listed(raw: JsonObject, home: JsonObject, read: Callable[[str], Any]) -> JsonObject:
    """An issue as a list of them has it."""
    comments = read(f"/issues/{raw['number']}/comments") or ()
    milestone = raw.get("milestone")
    return {
        **_thread(raw, home),
        "createdAt": raw["created_at"],
        "updatedAt": raw["updated_at"],
        "labels": _nodes([{"name": label["name"]} for label in raw["labels"]]),
        "assignees": {"totalCount": len(raw["assignees"])},
        "milestone": {"number": milestone["number"]} if milestone else None,
        "comments": _nodes([_written(each) for each in comments]),
        "timelineItems": _nodes([]),
    }


def _pull(raw: JsonObject, read: Callable[[str], Any]) -> JsonObject:
    """What a pull request has more: as REST tells it, but for checks, which emulate has none of."""
    below = f"/pulls/{raw['number']}"
    messages = [(each["sha"], each["commit"]["message"]) for each in read(f"{below}/commits") or ()]
    commits = [
        {"commit": {"abbreviatedOid": sha[:7], "messageHeadline": message.split("\n")[0], "statusCheckRollup": None}}
        for sha, message in messages
    ]
    reviews = [{**_written(each), "state": each["state"]} for each in read(f"{below}/reviews") or ()]
    threads = [
        {"isResolved": False, "path": each["path"], "line": each.get("line"), "comments": _nodes([_written(each)])}
        for each in read(f"{below}/comments") or ()
    ]
    merged = {"state": "MERGED"} if raw.get("merged") else {}
    return {
        "__typename": "PullRequest",
        **merged,
        "closingIssuesReferences": _nodes([]),
        "commits": lambda _info, *, last: _nodes(commits[-last:]),
        "reviews": _nodes(reviews),
        "reviewThreads": _nodes(threads),
    }


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
