"""Does this event deserve a look? Decided from the event file alone.

Shared with the gate, which runs before anything is installed: standard library only, and nothing that is slow to
import. Payload shapes: https://docs.github.com/webhooks/webhook-events-and-payloads
"""

from __future__ import annotations

import re
from collections import namedtuple

from hls_action.domain.reasons import LINE, Reason
from hls_action.domain.text.plain import may_address, same_request, substance, weight

Verdict = namedtuple("Verdict", "work reason")
"""``work``: whether to go on. ``reason``: a `Reason` whose text is one printable line."""

GateRules = namedtuple(
    "GateRules",
    "mention comments min_body_chars ignore_actors ignore_labels trigger_label command",
)
"""What the gate can be told, by action inputs. ``comments``: ``addressed``, ``all`` or ``none``;
``ignore_actors`` and ``ignore_labels``: lower-case names, actors may end or begin with ``*``."""

DEFAULT_RULES = GateRules(
    mention="/hls",
    comments="addressed",
    min_body_chars=50,
    ignore_actors=(),
    ignore_labels=("hls-ignore",),
    trigger_label="hls",
    command="auto",
)

ISSUE_ACTIONS = ("opened", "edited", "reopened", "labeled")
COMMENT_ACTIONS = ("created", "edited")
PULL_ACTIONS = ("opened", "synchronize", "ready_for_review", "reopened")
ACTIONS = {
    "issues": ISSUE_ACTIONS,
    "issue_comment": COMMENT_ACTIONS,
    "pull_request": PULL_ACTIONS,
    "pull_request_target": PULL_ACTIONS,
}
"""Every event that can start work on a thread, with the actions that do."""

TIMED_EVENTS = ("schedule", "workflow_dispatch")
MARKER_PREFIX = "<!-- hls:"
"""How the first line of every reply starts, before its version and items."""

ROBOTS_WITHOUT_SUFFIX = ("copilot", "copilot-swe-agent", "github-actions", "web-flow", "dependabot-preview")
"""Robots whose login lacks the ``[bot]`` that no person can have."""

_DEPENDENCY_BRANCH = r"dependabot/|renovate/|snyk-(fix|upgrade)-|pyup-|greenkeeper/|pre-commit-ci-update-config\Z"
_DEPENDENCY_TITLE = (
    r"(?i)(bump .+ from \S+ to \S+|dependency dashboard$"
    r"|(chore|fix|build)\(deps(-dev)?\)!?:|update dependency \S+ to )"
)

_COMMAND = r"^([^!-~]*:[^ -~]*)(?=:)"
_OLD_COMMAND = r"(#[^ -~]*#)(?=[^ -~]*\[)"
"""What the runner obeys in a log: ``::error::`` at a line's start, ``##[error]`` anywhere in it. Comparing by the rules
of a language, .NET may pass over characters without weight, so anything outside of ASCII may stand in between.
https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs"""


class MalformedEvent(ValueError):
    """The event file is JSON but not the event it is said to be. The message says what is missing."""


def skip(code: str, detail: str) -> Verdict:
    """A verdict not to work."""
    return Verdict(False, _reason(code, detail))


def work(code: str, detail: str) -> Verdict:
    """A verdict to go on."""
    return Verdict(True, _reason(code, detail))


def _reason(code: str, detail: str) -> Reason:
    """A reason whose text is one printable line, with strangers' words in its detail."""
    return Reason(code, one_line(f"{code}: {detail}")[len(f"{code}: ") :])


def one_line(text: str) -> str:
    """``text`` fit for a log line or an output.

    It has no control characters, no line breaks, nothing that the runner takes for a command, and at most `LINE`
    characters.
    """
    line = "".join(c if c.isprintable() else " " for c in text[:LINE])
    return re.sub(_OLD_COMMAND, r"\1 ", re.sub(_COMMAND, r"\1 ", line))[:LINE]


def is_robot(login: str, account_type: str = "User", deny: tuple[str, ...] = ()) -> bool:
    """Whether an account is a machine, by its type, by its name, or because the maintainers say so."""
    name = login.lower()
    if account_type == "Bot" or name.endswith("[bot]") or name in ROBOTS_WITHOUT_SUFFIX:
        return True
    return any(matches(name, pattern) for pattern in deny)


def matches(name: str, pattern: str) -> bool:
    """``name`` against a deny-list entry: equal, or a prefix (``ci-*``), or a suffix (``*-bot``)."""
    if pattern.startswith("*"):
        return len(pattern) > 1 and name.endswith(pattern[1:])
    if pattern.endswith("*"):
        return name.startswith(pattern[:-1])
    return name == pattern


def is_automated(title: str, branch: str = "") -> bool:
    """Whether a thread looks made by a dependency updater that runs under a person's account."""
    return bool(re.match(_DEPENDENCY_BRANCH, branch) or re.match(_DEPENDENCY_TITLE, title))


def judge(event: str, payload: dict[str, object], rules: GateRules = DEFAULT_RULES) -> Verdict:
    """Decide whether ``event`` deserves work.

    Errors: `MalformedEvent` when the payload lacks what every such event has.
    """
    if rules.command in ("sweep", "rerun") or event in TIMED_EVENTS:
        return work("timed", "looking for open threads")
    if event not in ACTIONS:
        return skip("unsupported-event", f"'{event}' is not an event HLS answers")
    action = text_of(payload, "action")
    if action not in ACTIONS[event]:
        return skip("unsupported-action", f"'{event}' with action '{action}' is not one HLS answers")
    return _JUDGES[event](event, action, payload, rules)


def _judge_issue(event: str, action: str, payload: dict[str, object], rules: GateRules) -> Verdict:
    issue = object_of(payload, "issue", event)
    sender = account_of(payload, issue)
    if is_robot(*sender, deny=rules.ignore_actors):
        return skip("bot-sender", sender[0])
    unfit = _unfit_thread(issue, rules)
    if unfit:
        return unfit
    if action == "labeled":
        label = text_of(object_of(payload, "label", event), "name")
        if label.lower() != rules.trigger_label:
            return skip("other-label", f"'{label}' is not the trigger label '{rules.trigger_label}'")
        return work("labeled", label)
    title, body = text_of(issue, "title"), text_of(issue, "body")
    author = account_of({}, issue)
    if is_robot(*author, deny=rules.ignore_actors):
        return skip("bot-author", author[0])
    if may_address(body, rules.mention):
        return work("addressed", "in the issue")
    if is_automated(title):
        return skip("automated-content", title)
    short = too_short(title, body, rules)
    if short:
        return skip("too-short", short)
    return work("issue", action)


def too_short(title: str, body: str, rules: GateRules) -> str:
    """Why an issue says too little to be looked at, for people, or ``""``. The gate and the line both ask this."""
    written = weight(substance(title, body))
    if written >= rules.min_body_chars:
        return ""
    return (
        f"about {written} characters written; the minimum is {rules.min_body_chars}; "
        "images, empty form fields and checkboxes do not count"
    )


def _judge_comment(event: str, action: str, payload: dict[str, object], rules: GateRules) -> Verdict:
    issue = object_of(payload, "issue", event)
    comment = object_of(payload, "comment", event)
    sender, author = account_of(payload, comment), account_of({}, comment)
    body = text_of(comment, "body")
    if body.lstrip().startswith(MARKER_PREFIX):
        return skip("own-comment", f"a reply by {author[0]}")
    for login, account_type in (sender, author):
        if is_robot(login, account_type, rules.ignore_actors):
            return skip("bot-sender", login)
    unfit = _unfit_thread(issue, rules)
    if unfit:
        return unfit
    if rules.comments == "none":
        return skip("comments-off", "the input 'comments' is 'none'")
    request = body.strip() if rules.comments == "all" else may_address(body, rules.mention)
    if not request:
        return skip("not-addressed", f"no line starts with '{rules.mention}' and a request")
    before = _body_before(payload)
    if action == "edited" and before is not None:
        asks_all = rules.comments == "all"
        if before.strip() == body.strip() if asks_all else same_request(before, body, rules.mention):
            return skip("same-request", "the edit did not change what is asked")
    return work("comment", action)


def _judge_pull(event: str, action: str, payload: dict[str, object], rules: GateRules) -> Verdict:
    pull = object_of(payload, "pull_request", event)
    sender, author = account_of(payload, pull), account_of({}, pull)
    for login, account_type in (sender, author):
        if is_robot(login, account_type, rules.ignore_actors):
            return skip("bot-sender", login)
    unfit = _unfit_thread(pull, rules)
    if unfit:
        return unfit
    if pull.get("draft") is True:
        return skip("draft", "the pull request is a draft")
    if is_automated(text_of(pull, "title"), text_of(_dict(pull.get("head")), "ref")):
        return skip("automated-content", text_of(pull, "title"))
    if event == "pull_request" and _from_fork(pull):
        return skip("fork", "no secrets and a read-only token here; a '/hls' comment or the sweep serves forks")
    return work("pull-request", action)


_JUDGES = {
    "issues": _judge_issue,
    "issue_comment": _judge_comment,
    "pull_request": _judge_pull,
    "pull_request_target": _judge_pull,
}


def _unfit_thread(thread: dict[str, object], rules: GateRules) -> Verdict | None:
    if thread.get("state") == "closed":
        return skip("closed", "the thread is closed")
    if thread.get("locked") is True:
        return skip("locked", "the conversation is locked")
    ignored = ignored_label(label_names(thread), rules.ignore_labels)
    if ignored:
        return skip("ignored-label", ignored)
    return None


def ignored_label(labels: tuple[str, ...], ignore: tuple[str, ...]) -> str:
    """The first of ``labels`` that is to be left alone, or ``""``."""
    return next((name for name in labels if name.lower() in ignore), "")


def label_names(thread: dict[str, object]) -> tuple[str, ...]:
    """Names of the labels in an issue or pull request payload."""
    labels = thread.get("labels")
    if not isinstance(labels, list):
        return ()
    return tuple(text_of(label, "name") for label in labels if isinstance(label, dict))


def _from_fork(pull: dict[str, object]) -> bool:
    """A deleted fork shows as a null repository: still a fork, and the token is still read-only."""
    head = _dict(_dict(pull.get("head")).get("repo"))
    base = _dict(_dict(pull.get("base")).get("repo"))
    return text_of(head, "full_name").lower() != text_of(base, "full_name").lower()


def _body_before(payload: dict[str, object]) -> str | None:
    before = _dict(_dict(payload.get("changes")).get("body")).get("from")
    return before if isinstance(before, str) else None


def account_of(payload: dict[str, object], content: dict[str, object]) -> tuple[str, str]:
    """Login and type of who caused the event: the sender, or, in a hand-written payload without one, the author."""
    account = _dict(payload.get("sender")) or _dict(content.get("user"))
    return text_of(account, "login") or "ghost", text_of(account, "type") or "User"


def object_of(payload: dict[str, object], key: str, event: str) -> dict[str, object]:
    """The object under ``key``. Errors: `MalformedEvent` when it is not there."""
    value = payload.get(key)
    if not isinstance(value, dict):
        raise MalformedEvent(f"the '{event}' event has no '{key}' object")
    return value


def text_of(source: dict[str, object], key: str) -> str:
    """The text under ``key``; ``""`` when it is absent, null or something else."""
    value = source.get(key)
    return value if isinstance(value, str) else ""


def _dict(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
