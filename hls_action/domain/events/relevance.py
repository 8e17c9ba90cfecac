"""Does this event deserve a run? Decided from the event file alone.

Shared with the gate, which runs before anything is installed: standard library only, and nothing that is slow to
import. Regular expressions and what reads texts are imported by those events that get so far. Payload shapes:
https://docs.github.com/webhooks/webhook-events-and-payloads
"""

from __future__ import annotations

from collections import namedtuple

from hls_action.domain.reasons import LINE, Reason

GateDecision = namedtuple("GateDecision", "work reason")
"""``work``: whether to go on. ``reason``: a `Reason` whose text is one printable line."""

TYPE_CHECKING = False
if TYPE_CHECKING:  # short names, too: a first run compiles this file, and long annotations take a tenth of that
    from collections.abc import Callable

    Payload = dict[str, object]
    CheckResult = GateDecision | None

GateRules = namedtuple(
    "GateRules",
    "mention comments min_body_chars ignore_actors ignore_labels trigger_label command who allow_actors allow_bots",
)
"""What the gate can be told, by action inputs. ``comments``: ``addressed``, ``all`` or ``none``; ``ignore_actors``,
``ignore_labels``, ``allow_actors`` and ``allow_bots``: lower-case names, all but labels may end or begin with ``*``.
Among ``allow_actors``, ``@org/team`` is a team. ``who``: for issues, comments and pull requests, see `asking`."""

DEFAULT_RULES = GateRules(
    mention="/hls",
    comments="addressed",
    min_body_chars=50,
    ignore_actors=(),
    ignore_labels=("hls-ignore",),
    trigger_label="hls",
    command="auto",
    who=("all", "all", "all"),
    allow_actors=(),
    allow_bots=(),
)

MARKER_PREFIX = "<!-- hls:"
"""How the first line of every reply starts, before its version and items."""

WAITING_LABEL = "hls-waiting"
"""Set on an issue, by HLS itself, while its author is to answer a question of HLS's."""

ROBOTS_WITHOUT_SUFFIX = ("copilot", "copilot-swe-agent", "github-actions", "web-flow", "dependabot-preview")
"""Robots whose login lacks the ``[bot]`` that no person can have."""

_DEPENDENCY_BRANCH = r"dependabot/|renovate/|snyk-(fix|upgrade)-|pyup-|greenkeeper/|pre-commit-ci-update-config\Z"
_UPDATER_MARK = (
    r"(?m)^ {0,3}[-*] \[[ xX]\] <!-- (?:[a-z]+-branch=\S+|[a-z]+(?:-[a-z]+)*-prs?|rebase-check|manual job) -->"
    r"|<!--renovate-(?:debug|config-hash):"
)
"""What Renovate writes into its issues and pull requests to find it there again, under whatever account it runs.
https://github.com/renovatebot/renovate/blob/main/lib/workers/repository/dependency-dashboard.ts"""

MAINTAINERS = ("OWNER", "MEMBER", "COLLABORATOR")
"""The author associations that count as maintainers."""
RECENT_DAYS = 7
"""How old a thread may be to get a first answer because of something that happened in it."""

_COMMAND = r"^([^!-~]*:[^ -~]*)(?=:)"
_OLD_COMMAND = r"(#[^ -~]*#)(?=[^ -~]*\[)"
"""What the runner obeys in a log: ``::error::`` at a line's start, ``##[error]`` anywhere in it. Comparing by the rules
of a language, .NET may pass over characters without weight, so anything outside of ASCII may stand in between.
https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs"""


CHECKLIST = "a maintainer's own task list; to get an answer, ask for it or set the trigger label"
OLD = f"it was opened more than {RECENT_DAYS} days ago; to get an answer, ask for it or set the trigger label"
SAME = "the edit did not change the request"
STOPPED = Reason(
    "stopped",
    "to start HLS again, delete the variables HLS_STOP and HLS_STOP_ALL or set them to false: the input 'stop' is set",
)


class MalformedEvent(ValueError):
    """The event file is JSON but not the event it is said to be. The message says what is missing."""


def skip(code: str, detail: str) -> GateDecision:
    """A verdict not to work."""
    return GateDecision(False, _reason(code, detail))


def work(code: str, detail: str) -> GateDecision:
    """A verdict to go on."""
    return GateDecision(True, _reason(code, detail))


def _reason(code: str, detail: str) -> Reason:
    """A reason whose text is one printable line, with strangers' words in its detail."""
    return Reason(code, one_line(f"{code}: {detail}")[len(f"{code}: ") :])


def one_line(text: str, most: int = LINE) -> str:
    """``text`` fit for a log line or an output.

    It has no control characters, no line breaks, nothing that the runner takes for a command, and at most ``most``
    characters.
    """
    line = "".join(c if c.isprintable() else " " for c in text[:most])
    if "#" not in line and line.count(":") < 2:
        return line
    import re

    return re.sub(_OLD_COMMAND, r"\1 ", re.sub(_COMMAND, r"\1 ", line))[:most]


def is_robot(login: str, account_type: str = "User", deny: tuple[str, ...] = (), allow: tuple[str, ...] = ()) -> bool:
    """Whether an account is a machine, by its type, by its name, or because the maintainers say so.

    ``allow``: machines that are answered like people, unless they are in ``deny``.
    """
    name = login.lower()
    if is_among(name, deny):
        return True
    if account_type == "Bot" or name.endswith("[bot]") or name in ROBOTS_WITHOUT_SUFFIX:
        return not is_among(name, allow)
    return False


def is_among(name: str, patterns: tuple[str, ...]) -> bool:
    """Whether a lower-case ``name`` is in a list of accounts."""
    return any(matches(name, pattern) for pattern in patterns)


def matches(name: str, pattern: str) -> bool:
    """``name`` against an entry of a list: equal, or a prefix (``ci-*``), or a suffix (``*-bot``)."""
    if pattern.startswith("*"):
        return len(pattern) > 1 and name.endswith(pattern[1:])
    if pattern.endswith("*"):
        return name.startswith(pattern[:-1])
    return name == pattern


def is_automated(body: str, branch: str = "") -> bool:
    """Whether a dependency updater made a thread, under a person's account. No title tells: people bump, too."""
    import re

    from hls_action.domain.text.plain import strip_code_blocks

    if re.match(_DEPENDENCY_BRANCH, branch):
        return True
    return "<!--" in body and re.search(_UPDATER_MARK, strip_code_blocks(body)) is not None


def is_about_opening(action: str, payload: Payload, thread: Payload) -> bool:
    """Whether an event is itself about what a thread begins with, so that its age does not matter: it is new, ready or
    pushed to, or its author reopened it. Whoever else may reopen it is a maintainer, who need not be answered.
    """
    if action == "reopened":
        return account_of(payload, thread)[0] == account_of({}, thread)[0]
    return action in ("opened", "synchronize", "ready_for_review")


def judge(event: str, payload: Payload, rules: GateRules = DEFAULT_RULES) -> GateDecision:
    """Decide whether ``event`` deserves work, by its row in `EVENTS`.

    Errors: `MalformedEvent` when the payload lacks what every such event has.
    """
    row = EVENTS["schedule"] if rules.command in ("sweep", "rerun") else EVENTS.get(event)
    if row is None:
        return skip("unsupported-event", f"'{event}' is not an event HLS answers")
    action = text_of(payload, "action")
    if row.actions and action not in row.actions:
        return skip("unsupported-action", f"'{event}' with action '{action}' is not one HLS answers")
    facts = Facts(event, action, payload, [object_of(payload, name, event) for name in row.objects])
    verdicts = (check(facts, rules) for check in row.checks)
    return next(verdict for verdict in verdicts if verdict is not None)


def too_short(title: str, body: str, rules: GateRules) -> str:
    """Why an issue says too little to be looked at, for people, or ``""``. The gate and the line both ask this."""
    from hls_action.domain.text.plain import substance, text_weight

    written = text_weight(substance(title, body))
    if written >= rules.min_body_chars:
        return ""
    return (
        f"about {written} characters written; the minimum is {rules.min_body_chars}; "
        "images, empty form fields and checkboxes do not count"
    )


def ignored_label(labels: tuple[str, ...], ignore: tuple[str, ...]) -> str:
    """The first of ``labels`` that is to be left alone, or ``""``."""
    return next((name for name in labels if name.lower() in ignore), "")


def label_names(thread: Payload) -> tuple[str, ...]:
    """Names of the labels in an issue or pull request payload."""
    labels = thread.get("labels")
    if not isinstance(labels, list):
        return ()
    return tuple(text_of(label, "name") for label in labels if isinstance(label, dict))


def _from_fork(pull: Payload) -> bool:
    """A deleted fork shows as a null repository: still a fork, and the token is still read-only."""
    head = _dict(_dict(pull.get("head")).get("repo"))
    base = _dict(_dict(pull.get("base")).get("repo"))
    return text_of(head, "full_name").lower() != text_of(base, "full_name").lower()


def _body_before(payload: Payload) -> str | None:
    """What an edit of the text has replaced; None where nothing was edited, or only something else."""
    before = _dict(_dict(payload.get("changes")).get("body")).get("from")
    return before if isinstance(before, str) else None


def account_of(payload: Payload, content: Payload) -> tuple[str, str]:
    """Login and type of who caused the event: the sender, or, in a hand-written payload without one, the author."""
    account = _dict(payload.get("sender")) or _dict(content.get("user"))
    return text_of(account, "login") or "ghost", text_of(account, "type") or "User"


def object_of(payload: Payload, key: str, event: str) -> Payload:
    """The object under ``key``. Errors: `MalformedEvent` when it is not there."""
    value = payload.get(key)
    if not isinstance(value, dict):
        raise MalformedEvent(f"the '{event}' event has no '{key}' object")
    return value


def text_of(source: Payload, key: str) -> str:
    """The text under ``key``; ``""`` when it is absent, null or something else."""
    value = source.get(key)
    return value if isinstance(value, str) else ""


def _dict(value: object) -> Payload:
    return value if isinstance(value, dict) else {}


# ---- the checks: each says what it knows to decide, or None ----


class Facts:
    """An event as the checks see it: what it is, and the objects of the payload that its row names.

    ``thread``: the first of them; ``written``: the last, which is a comment or the thread itself.
    """

    __slots__ = ("action", "event", "payload", "thread", "written")

    def __init__(self, event: str, action: str, payload: Payload, objects: list[Payload]) -> None:
        self.event = event
        self.action = action
        self.payload = payload
        self.thread = objects[0] if objects else {}
        self.written = objects[-1] if objects else {}


def _timed(_: Facts, __: GateRules) -> CheckResult:
    return work("timed", "looking for open threads")


def _sent_by_robot(facts: Facts, rules: GateRules) -> CheckResult:
    robot = _robot(account_of(facts.payload, facts.written), rules)
    return skip("bot-sender", robot) if robot else None


def _written_by_robot(facts: Facts, rules: GateRules) -> CheckResult:
    robot = _robot(account_of({}, facts.written), rules)
    return skip("bot-sender", robot) if robot else None


def _opened_by_robot(facts: Facts, rules: GateRules) -> CheckResult:
    robot = _robot(account_of({}, facts.thread), rules)
    return skip("bot-author", robot) if robot else None


def _robot(account: tuple[str, str], rules: GateRules) -> str:
    """The login of a machine; ``""`` for a person's account."""
    return account[0] if is_robot(*account, deny=rules.ignore_actors, allow=rules.allow_bots) else ""


def _may_not_ask(facts: Facts, rules: GateRules) -> CheckResult:
    """Whoever wrote it counts, whoever caused the event."""
    login, kind = account_of({}, facts.written)
    if rules.who == DEFAULT_RULES.who or is_robot(login, kind):  # a bot is one that is named
        return None
    from hls_action.domain.events.asking import BY_EVENT, refusal

    who = rules.who[BY_EVENT[facts.event]]
    why = refusal(login, text_of(facts.written, "author_association"), who, rules.allow_actors)
    return skip("may-not-ask", why) if why else None


def _unfit(facts: Facts, rules: GateRules) -> CheckResult:
    """What keeps everybody's threads from being answered, whatever happened in them."""
    if facts.thread.get("state") == "closed":
        return skip("closed", "the thread is closed")
    if facts.thread.get("locked") is True:
        return skip("locked", "the conversation is locked")
    ignored = ignored_label(label_names(facts.thread), rules.ignore_labels)
    return skip("ignored-label", ignored) if ignored else None


def _labeled(facts: Facts, rules: GateRules) -> CheckResult:
    """A label decides by itself: maintainers set it on a robot's issues and on short ones, too."""
    if facts.action != "labeled":
        return None
    label = text_of(object_of(facts.payload, "label", facts.event), "name")
    if label.lower() != rules.trigger_label:
        return skip("other-label", f"'{label}' is not the trigger label '{rules.trigger_label}'")
    return work("labeled", label)


def _asks(facts: Facts, rules: GateRules) -> CheckResult:
    from hls_action.domain.text.plain import may_address

    return work("addressed", "in the issue") if may_address(text_of(facts.written, "body"), rules.mention) else None


def _by_updater(facts: Facts, _: GateRules) -> CheckResult:
    body, branch = text_of(facts.thread, "body"), text_of(_dict(facts.thread.get("head")), "ref")
    return skip("automated-content", text_of(facts.thread, "title")) if is_automated(body, branch) else None


def _own_checklist(facts: Facts, _: GateRules) -> CheckResult:
    from hls_action.domain.text.plain import is_checklist

    by_maintainer = text_of(facts.thread, "author_association") in MAINTAINERS
    return skip("checklist", CHECKLIST) if by_maintainer and is_checklist(text_of(facts.thread, "body")) else None


def _old(facts: Facts, _: GateRules) -> CheckResult:
    """By the payload's own times, of which the last is the event's: the line, which has a clock, is no milder."""
    if is_about_opening(facts.action, facts.payload, facts.thread):
        return None
    from datetime import datetime, timedelta

    try:
        created, now = (datetime.fromisoformat(text_of(facts.thread, key)) for key in ("created_at", "updated_at"))
        return skip("old-thread", OLD) if now - created > timedelta(days=RECENT_DAYS) else None
    except (TypeError, ValueError):  # no times, or with and without a zone
        return None


def _says_little(facts: Facts, rules: GateRules) -> CheckResult:
    short = too_short(text_of(facts.thread, "title"), text_of(facts.thread, "body"), rules)
    return skip("too-short", short) if short else None


def _same_request_in_issue(facts: Facts, rules: GateRules) -> CheckResult:
    """Of an issue that asks nothing, an edit may still be the first that says enough."""
    from hls_action.domain.text.plain import may_address, same_request

    before, body = _body_before(facts.payload), text_of(facts.thread, "body")
    if before is None or not may_address(body, rules.mention):
        return None
    return skip("same-request", SAME) if same_request(before, body, rules.mention) else None


def _issue(facts: Facts, _: GateRules) -> CheckResult:
    return work("issue", facts.action)


def _own_comment(facts: Facts, _: GateRules) -> CheckResult:
    if not text_of(facts.written, "body").lstrip().startswith(MARKER_PREFIX):
        return None
    return skip("own-comment", f"a reply by {account_of({}, facts.written)[0]}")


def _comments_off(_: Facts, rules: GateRules) -> CheckResult:
    return skip("comments-off", "the input 'comments' is 'none'") if rules.comments == "none" else None


def _is_heard_whole(facts: Facts, rules: GateRules) -> bool:
    """Whether a comment needs no mention: none does, or an issue's author may answer what HLS asked, which is for the
    line to see.
    """
    if rules.comments == "all":
        return True
    waits = any(name.lower() == WAITING_LABEL for name in label_names(facts.thread))
    return waits and account_of({}, facts.written)[0] == account_of({}, facts.thread)[0]


def _not_addressed(facts: Facts, rules: GateRules) -> CheckResult:
    from hls_action.domain.text.plain import may_mention

    body = text_of(facts.written, "body")
    speaks = bool(body.strip()) if _is_heard_whole(facts, rules) else may_mention(body, rules.mention)
    return None if speaks else skip("not-addressed", f"no line starts with '{rules.mention}'")


def _same_request(facts: Facts, rules: GateRules) -> CheckResult:
    from hls_action.domain.text.plain import same_request, same_text

    before, body = _body_before(facts.payload), text_of(facts.written, "body")
    if before is None:
        return None
    same = same_text(before, body) if _is_heard_whole(facts, rules) else same_request(before, body, rules.mention)
    return skip("same-request", SAME) if same else None


def _comment(facts: Facts, _: GateRules) -> CheckResult:
    return work("comment", facts.action)


def _draft(facts: Facts, _: GateRules) -> CheckResult:
    return skip("draft", "the pull request is a draft") if facts.thread.get("draft") is True else None


def _fork(facts: Facts, rules: GateRules) -> CheckResult:
    if not _from_fork(facts.thread):
        return None
    now = f"comment '{rules.mention} review this', or wait for the sweep"
    return skip("fork", f"a fork's event has no secrets and a read-only token; {now}")


def _pull(facts: Facts, _: GateRules) -> CheckResult:
    return work("pull-request", facts.action)


# ---- the table ----


class Row:
    """What the gate knows of one event.

    ``actions``: those that can start work, none for an event that has no actions. ``objects``: what of the payload it
    is about, the thread first and what was written last. ``checks``: asked in this order until one of them decides,
    and the last one always does.
    """

    __slots__ = ("actions", "checks", "objects")

    def __init__(
        self,
        actions: tuple[str, ...],
        objects: tuple[str, ...],
        checks: tuple[Callable[[Facts, GateRules], CheckResult], ...],
    ) -> None:
        self.actions = actions
        self.objects = objects
        self.checks = checks


_PULL_ACTIONS = ("opened", "synchronize", "ready_for_review", "reopened")

EVENTS = {
    "issues": Row(
        actions=("opened", "edited", "reopened", "labeled"),
        objects=("issue",),
        checks=(
            _sent_by_robot,
            _unfit,
            _labeled,
            _opened_by_robot,
            _may_not_ask,
            _same_request_in_issue,
            _asks,
            _by_updater,
            _says_little,
            _own_checklist,
            _old,
            _issue,
        ),
    ),
    "issue_comment": Row(
        actions=("created", "edited"),
        objects=("issue", "comment"),
        checks=(
            _own_comment,
            _sent_by_robot,
            _written_by_robot,
            _unfit,
            _comments_off,
            _not_addressed,
            _may_not_ask,
            _same_request,
            _comment,
        ),
    ),
    "pull_request": Row(
        actions=_PULL_ACTIONS,
        objects=("pull_request",),
        checks=(
            _sent_by_robot,
            _written_by_robot,
            _unfit,
            _draft,
            _may_not_ask,
            _by_updater,
            _fork,
            _old,
            _pull,
        ),
    ),
    "pull_request_target": Row(
        actions=_PULL_ACTIONS,
        objects=("pull_request",),
        checks=(_sent_by_robot, _written_by_robot, _unfit, _draft, _may_not_ask, _by_updater, _old, _pull),
    ),
    "schedule": Row(actions=(), objects=(), checks=(_timed,)),
    "workflow_dispatch": Row(actions=(), objects=(), checks=(_timed,)),
}
"""Every event that can start work. Its name and its row are all that the gate needs to know of it."""
