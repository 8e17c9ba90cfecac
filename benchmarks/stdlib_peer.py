"""The least a program could do: the same requests as HLS for a new issue, in the same order, by the standard library.

It has no retries, no sanitising, no schema, no idempotency and no errors to speak of. It is here to show what of a
run's time is the interpreter, the stand-ins and the wire. Run by the benchmarks, in the environment of a job's step.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from base64 import b64decode
from pathlib import Path
from typing import Any, cast

SYSTEM = "You answer issues. Return JSON with 'comment' and 'labels', numbers from this list: "

ISSUES = """query Issues($owner: String!, $name: String!) { repository(owner: $owner, name: $name) {
  issues(first: 100, orderBy: { field: UPDATED_AT, direction: DESC }) { nodes { number title } } } }"""


def ask(origin: str, method: str, path: str, headers: dict[str, str], body: object = None) -> Any:  # noqa: ANN401
    """One request; None for what is not there."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        origin + path, data, {"content-type": "application/json", **headers}, method=method
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        raise


def main() -> int:
    """Answer the issue in the event file."""
    environ = os.environ
    event = json.loads(Path(environ["GITHUB_EVENT_PATH"]).read_bytes())
    repository = f"/repos/{environ['GITHUB_REPOSITORY']}"
    thread = f"{repository}/issues/{event['issue']['number']}"
    api = environ["GITHUB_API_URL"]
    github = {"authorization": f"Bearer {environ['HLS_GITHUB_TOKEN']}", "accept": "application/vnd.github+json"}
    claude = {"x-api-key": environ["HLS_ANTHROPIC_API_KEY"], "anthropic-version": "2023-06-01"}

    issue = ask(api, "GET", thread, github)
    settings = ask(api, "GET", f"{repository}/contents/{environ['HLS_CONFIG']}", github)
    guidance = ask(api, "GET", f"{repository}/contents/.github/hls.md", github)
    model = b64decode(settings["content"]).decode() if settings else "claude-sonnet-5-5"
    labels = [label["name"] for label in ask(api, "GET", f"{repository}/labels?per_page=100&page=1", github)]
    owner, _, name = environ["GITHUB_REPOSITORY"].partition("/")
    others = ask(api, "POST", "/graphql", github, {"query": ISSUES, "variables": {"owner": owner, "name": name}})
    titles = [each["title"] for each in others["data"]["repository"]["issues"]["nodes"]]
    prompt = {
        "model": model,
        "max_tokens": 1000,
        "system": SYSTEM
        + (b64decode(guidance["content"]).decode() if guidance else "")
        + ", ".join(f"{number}. {name}" for number, name in enumerate(labels, 1)),
        "messages": [{"role": "user", "content": "\n\n".join([issue["title"], issue["body"], *titles])}],
    }
    message = ask(environ["ANTHROPIC_BASE_URL"], "POST", "/v1/messages", claude, prompt)
    answer = cast(dict[str, Any], json.loads("".join(block["text"] for block in message["content"])))
    chosen = [name for number, name in enumerate(labels, 1) if number in answer["labels"]]
    ask(api, "POST", f"{thread}/labels", github, {"labels": chosen})
    ask(api, "POST", f"{thread}/comments", github, {"body": answer["comment"]})
    return 0


if __name__ == "__main__":
    sys.exit(main())
