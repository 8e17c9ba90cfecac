"""Which events deserve a look, decided from the payload alone."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.events.relevance import (
    DEFAULT_RULES,
    EVENTS,
    Facts,
    GateRules,
    MalformedEvent,
    account_of,
    is_automated,
    is_robot,
    judge,
    label_names,
    matches,
    one_line,
    text_of,
)
from tests.unit.builders import ANN, BODY, CHECKLIST, DASHBOARD, ROBOT, comment_event, issue_event, pull_event

SCREENSHOT = '<img width="1920" alt="Image" src="https://github.com/user-attachments/assets/0b1c-2d3e" />'
EMPTY_FORM = "### What happened?\n\n_No response_\n\n### Log\n\n```shell\n\n```\n\n- [X] I have searched the issues"
MARKER = "<!-- hls:1 issue/7 -->\nAn answer."
FORK = {"sha": "f" * 40, "ref": "fix", "repo": {"full_name": "stranger/r"}}


def rules(**changes: Any) -> GateRules:
    return DEFAULT_RULES._replace(**changes)


WAITING: dict[str, Any] = {"labels": [{"name": "HLS-waiting"}]}
BOB = {"login": "bob", "type": "User"}

NOT_HEARD = "{}: to answer ann, name them in 'allow-actors' or set the trigger label: the input 'who' is '{}'"
STRANGERS = ("NONE", "FIRST_TIMER", "FIRST_TIME_CONTRIBUTOR", "MANNEQUIN", "")
WRITTEN_BY: list[tuple[str, int, Callable[..., dict[str, object]]]] = [
    ("issues", 0, lambda tie: issue_event(author_association=tie)),
    ("issue_comment", 1, lambda tie: commented_by(tie)),
    ("pull_request", 2, lambda tie: pull_event(author_association=tie)),
    ("pull_request_target", 2, lambda tie: pull_event(author_association=tie)),
]


def commented_by(tie: str, **changes: Any) -> dict[str, Any]:
    payload: dict[str, Any] = comment_event(author_association="OWNER", **changes)
    return {**payload, "comment": {**payload["comment"], "author_association": tie}}


def only(place: int, who: str) -> tuple[str, ...]:
    """A choice of who may ask in one thing alone."""
    return tuple(who if place == each else "all" for each in range(3))


@pytest.mark.parametrize("who", ["known", "members"])
@pytest.mark.parametrize(("event", "place", "payload"), WRITTEN_BY)
def test_who_may_ask(event: str, place: int, payload: Callable[[str], dict[str, object]], who: str) -> None:
    """A contributor may be a member who hides it: that is for the line to find out."""
    chosen = rules(who=only(place, who))
    for tie in ("OWNER", "MEMBER", "COLLABORATOR", "CONTRIBUTOR"):
        assert judge(event, payload(tie), chosen).work, tie
    for tie in STRANGERS:
        assert judge(event, payload(tie)).work, tie
        assert str(judge(event, payload(tie), chosen).reason) == NOT_HEARD.format("may-not-ask", who)
        assert judge(event, payload(tie), rules(who=only((place + 1) % 3, who))).work, "another choice"
        for name in ("ann", "a*", "@org/team"):
            assert judge(event, payload(tie), chosen._replace(allow_actors=(name,))).work, name
        assert not judge(event, payload(tie), chosen._replace(allow_actors=("bob",))).work


def test_a_maintainer_has_a_strangers_issue_answered_by_the_label() -> None:
    chosen = rules(who=("members",) * 3)
    assert judge("issues", issue_event("labeled", label="hls"), chosen).work
    assert not judge("issues", issue_event("reopened", sender={"login": "maya"}), chosen).work, "its author counts"


@pytest.mark.parametrize("who", ["all", "members"])
def test_bots_that_are_named_are_answered(who: str) -> None:
    bot, named = {"login": "Sentry[bot]", "type": "Bot"}, ("sentry[bot]",)
    asking = [("issues", issue_event(user=bot, sender=bot)), ("issue_comment", comment_event(user=bot))]
    for event, payload in asking:
        chosen = rules(who=(who,) * 3, allow_bots=named)
        assert judge(event, payload, chosen).work
        assert not judge(event, payload, chosen._replace(allow_bots=("other[bot]",))).work
        assert judge(event, payload, chosen._replace(ignore_actors=named)).reason.code == "bot-sender", "block wins"


WORK = [
    pytest.param("issues", issue_event(), id="a new issue"),
    pytest.param("issues", issue_event("edited"), id="an edited issue"),
    pytest.param("issues", issue_event(body="更新してからプログラムが起動しなくなりました"), id="a Japanese issue"),
    pytest.param("issues", issue_event("reopened"), id="a reopened issue"),
    pytest.param("issues", issue_event("labeled", label="HLS"), id="the trigger label, whatever its case"),
    pytest.param("issues", issue_event("labeled", label="hls", user=ROBOT), id="the trigger label on a robot's issue"),
    pytest.param("issues", issue_event(body="/hls why?"), id="a short issue that asks"),
    pytest.param(
        "issues",
        issue_event(title="build(deps): pip install fails", body="It does.\n/hls why?"),
        id="a person who asks under a title like an updater's",
    ),
    pytest.param("issues", issue_event(title="x" * 50, body=None), id="a long title and no body"),
    pytest.param("issues", issue_event(user=None), id="an issue by a deleted account"),
    pytest.param("issue_comment", comment_event(), id="a comment that asks"),
    pytest.param("issue_comment", comment_event(pull_request={"url": "x"}), id="a comment on a pull request"),
    pytest.param("issue_comment", comment_event("/hls b?", "edited", before="/hls a?"), id="an edit that asks anew"),
    pytest.param("issue_comment", comment_event("/hls b?", "edited"), id="an edit of something else than the body"),
    pytest.param(
        "issue_comment",
        comment_event("/hls b?", "edited") | {"changes": {"body": {"from": 5}}},
        id="an edit of what was no text",
    ),
    pytest.param("issue_comment", comment_event("It is 2.3.", **WAITING), id="the author's answer to our question"),
    pytest.param(
        "issue_comment",
        comment_event("It is 2.4.", "edited", before="It is 2.3.", **WAITING),
        id="and when it is edited",
    ),
    pytest.param("pull_request", pull_event(), id="a new pull request"),
    pytest.param("pull_request", pull_event("synchronize"), id="a push"),
    pytest.param("pull_request", pull_event("ready_for_review"), id="a draft made ready"),
    pytest.param(
        "pull_request",
        pull_event(head={"sha": "f", "repo": {"full_name": "o/R"}}, base={"repo": {"full_name": "O/r"}}),
        id="a branch of the same repository, whatever its case",
    ),
    pytest.param("pull_request_target", pull_event(head=FORK), id="a fork, where secrets are"),
    pytest.param("schedule", {"schedule": "0 * * * *"}, id="the clock"),
    pytest.param("workflow_dispatch", {"inputs": None}, id="the button"),
]


@pytest.mark.parametrize(("event", "payload"), WORK)
def test_work(event: str, payload: dict[str, object]) -> None:
    verdict = judge(event, payload)
    assert verdict.work, verdict.reason


SKIPS = [
    pytest.param("unsupported-event", "push", {}, {}, id="an event of another kind"),
    pytest.param("unsupported-action", "issues", issue_event("deleted"), {}, id="an action of another kind"),
    pytest.param("unsupported-action", "issues", {}, {}, id="no action"),
    pytest.param("bot-sender", "issues", issue_event(sender=ROBOT), {}, id="an issue event by a robot"),
    pytest.param("bot-author", "issues", issue_event("reopened", user=ROBOT), {}, id="a robot's issue, reopened"),
    pytest.param("bot-sender", "issues", issue_event(), {"ignore_actors": ("an*",)}, id="an ignored person"),
    pytest.param("closed", "issues", issue_event(state="closed"), {}, id="a closed issue"),
    pytest.param("locked", "issues", issue_event(locked=True), {}, id="a locked issue"),
    pytest.param("ignored-label", "issues", issue_event(labels=[{"name": "HLS-Ignore"}]), {}, id="an ignored label"),
    pytest.param("other-label", "issues", issue_event("labeled", label="bug"), {}, id="another label"),
    pytest.param("automated-content", "issues", issue_event(body=DASHBOARD), {}, id="a dashboard"),
    pytest.param("too-short", "issues", issue_event(body="help"), {}, id="a short issue"),
    pytest.param("too-short", "issues", issue_event(title="x" * 49, body=None), {}, id="not quite a long title"),
    pytest.param("too-short", "issues", issue_event(body=SCREENSHOT, title="Broken"), {}, id="a screenshot"),
    pytest.param("too-short", "issues", issue_event(body=EMPTY_FORM, title="[Bug]: "), {}, id="an empty form"),
    pytest.param("too-short", "issues", issue_event(body="<!-- " + "x" * 99 + " -->"), {}, id="a template only"),
    pytest.param("own-comment", "issue_comment", comment_event(f"\n{MARKER}"), {"comments": "all"}, id="our reply"),
    pytest.param("bot-sender", "issue_comment", comment_event(user=ROBOT), {}, id="a comment by a robot"),
    pytest.param("bot-sender", "issue_comment", comment_event(user=ROBOT, sender=ANN), {}, id="a robot's, edited"),
    pytest.param("closed", "issue_comment", comment_event(state="closed"), {}, id="a comment on a closed issue"),
    pytest.param("comments-off", "issue_comment", comment_event(), {"comments": "none"}, id="comments switched off"),
    pytest.param("not-addressed", "issue_comment", comment_event("I agree."), {}, id="a comment to others"),
    pytest.param("not-addressed", "issue_comment", comment_event(" "), {"comments": "all"}, id="an empty comment"),
    pytest.param("not-addressed", "issue_comment", comment_event("Me, too.", user=BOB, **WAITING), {}, id="another's"),
    pytest.param("not-addressed", "issue_comment", comment_event(" ", **WAITING), {}, id="an empty answer"),
    pytest.param(
        "same-request",
        "issue_comment",
        comment_event("It is 2.3.", "edited", before="It is 2.3. ", **WAITING),
        {},
        id="an answer that stays the same",
    ),
    pytest.param(
        "same-request", "issue_comment", comment_event("Hi\n/hls a", "edited", before="/hls a"), {}, id="a typo fixed"
    ),
    pytest.param(
        "same-request",
        "issue_comment",
        comment_event("/hls do\n- [x] a", "edited", before="/hls do\n- [ ] a"),
        {},
        id="a box ticked",
    ),
    pytest.param(
        "same-request",
        "issue_comment",
        comment_event("do\n- [x] a", "edited", before="do\n- [ ] a"),
        {"comments": "all"},
        id="a box ticked, all comments answered",
    ),
    pytest.param(
        "same-request",
        "issue_comment",
        comment_event("hello ", "edited", before="hello"),
        {"comments": "all"},
        id="white space edited, all comments answered",
    ),
    pytest.param("bot-sender", "pull_request", pull_event(sender=ROBOT), {}, id="a push by a robot"),
    pytest.param("bot-sender", "pull_request", pull_event(user=ROBOT), {}, id="a robot's pull request"),
    pytest.param("closed", "pull_request", pull_event(state="closed"), {}, id="a closed pull request"),
    pytest.param("draft", "pull_request", pull_event(draft=True), {}, id="a draft"),
    pytest.param(
        "automated-content", "pull_request", pull_event(body="x\n<!--renovate-debug:eyJ9-->"), {}, id="an update"
    ),
    pytest.param(
        "automated-content",
        "pull_request",
        pull_event(head={"ref": "renovate/x", "sha": "a", "repo": {"full_name": "o/r"}}),
        {},
        id="an updater's branch",
    ),
    pytest.param("fork", "pull_request", pull_event(head=FORK), {}, id="a fork"),
    pytest.param("fork", "pull_request", pull_event(head={"sha": "f", "repo": None}), {}, id="a deleted fork"),
]


@pytest.mark.parametrize(("code", "event", "payload", "changes"), SKIPS)
def test_skip(code: str, event: str, payload: dict[str, object], changes: dict[str, Any]) -> None:
    verdict = judge(event, payload, rules(**changes))
    assert not verdict.work
    assert verdict.reason.code == code


TOLD = [
    ("push", {}, {}, "unsupported-event: 'push' is not an event HLS answers"),
    ("issues", issue_event("deleted"), {}, "unsupported-action: 'issues' with action 'deleted' is not one HLS answers"),
    ("issues", issue_event(sender=ROBOT), {}, "bot-sender: dependabot[bot]"),
    ("issues", issue_event(state="closed"), {}, "closed: the thread is closed"),
    ("issues", issue_event(locked=True), {}, "locked: the conversation is locked"),
    ("issues", issue_event("labeled", label="Bug"), {}, "other-label: 'Bug' is not the trigger label 'hls'"),
    ("issues", issue_event(body="/hls why?"), {}, "addressed: in the issue"),
    ("issues", issue_event(title="Bump x", body=DASHBOARD), {}, "automated-content: Bump x"),
    (
        "issues",
        issue_event(title="Broken", body="It fails"),
        {},
        (
            "too-short: about 8 characters written; the minimum is 50; images, empty form fields and checkboxes do not"
            " count"
        ),
    ),
    (
        "issues",
        issue_event(body=CHECKLIST, author_association="OWNER"),
        {},
        "checklist: a maintainer's own task list; to get an answer, ask for it or set the trigger label",
    ),
    (
        "issues",
        issue_event("edited", created_at="2026-10-26T08:59:59Z"),
        {},
        ("old-thread: it was opened more than 7 days ago; to get an answer, ask for it or set the trigger label"),
    ),
    ("issue_comment", comment_event(MARKER), {}, "own-comment: a reply by ann"),
    ("issue_comment", comment_event(), {"comments": "none"}, "comments-off: the input 'comments' is 'none'"),
    ("issue_comment", comment_event("Yes"), {}, "not-addressed: no line starts with '/hls'"),
    (
        "issue_comment",
        comment_event("/hls a ", "edited", before="/hls a"),
        {},
        "same-request: the edit did not change the request",
    ),
    ("pull_request", pull_event(draft=True), {}, "draft: the pull request is a draft"),
    (
        "pull_request",
        pull_event(head=FORK),
        {},
        "fork: a fork's event has no secrets and a read-only token; comment '/hls review this', or wait for the sweep",
    ),
    ("schedule", {}, {}, "timed: looking for open threads"),
]


@pytest.mark.parametrize(("event", "payload", "changes", "line"), TOLD, ids=[row[3].partition(":")[0] for row in TOLD])
def test_the_log_says_why(event: str, payload: dict[str, object], changes: dict[str, Any], line: str) -> None:
    assert str(judge(event, payload, rules(**changes)).reason) == line


IGNORED = [{"name": "hls-ignore"}]
FAULTS: list[tuple[str, Callable[..., dict[str, object]], dict[str, tuple[object, str]]]] = [
    (
        "issues",
        issue_event,
        {
            "sender": (ROBOT, "bot-sender"),
            "state": ("closed", "closed"),
            "locked": (True, "locked"),
            "labels": (IGNORED, "ignored-label"),
            "user": (ROBOT, "bot-author"),
            "body": (DASHBOARD, "automated-content"),
        },
    ),
    (
        "issue_comment",
        comment_event,
        {
            "body": (MARKER, "own-comment"),
            "sender": (ROBOT, "bot-sender"),
            "user": (ROBOT, "bot-sender"),
            "state": ("closed", "closed"),
            "locked": (True, "locked"),
            "labels": (IGNORED, "ignored-label"),
        },
    ),
    (
        "pull_request",
        pull_event,
        {
            "sender": (ROBOT, "bot-sender"),
            "user": (ROBOT, "bot-sender"),
            "state": ("closed", "closed"),
            "locked": (True, "locked"),
            "labels": (IGNORED, "ignored-label"),
            "draft": (True, "draft"),
            "body": (DASHBOARD, "automated-content"),
            "head": (FORK, "fork"),
        },
    ),
]


@pytest.mark.parametrize(("event", "make", "faults"), FAULTS, ids=[row[0] for row in FAULTS])
def test_of_several_reasons_the_first_in_the_row_is_told(
    event: str, make: Callable[..., dict[str, object]], faults: dict[str, tuple[object, str]]
) -> None:
    names = list(faults)
    for first, name in enumerate(names):
        payload = make(**{left: faults[left][0] for left in names[first:]})
        assert judge(event, payload).reason.code == faults[name][1]
    assert judge(event, make()).work


def test_whether_comments_count_is_asked_before_what_they_say() -> None:
    idle = comment_event("I agree.", "edited", before="I agree.")
    assert judge("issue_comment", idle, rules(comments="none")).reason.code == "comments-off"
    assert judge("issue_comment", idle).reason.code == "not-addressed"


@pytest.mark.parametrize(
    ("code", "payload"), [(row.values[0], row.values[2]) for row in SKIPS if "pull_request" in row.values]
)
def test_a_target_is_judged_like_a_pull_request_but_for_forks(code: str, payload: dict[str, object]) -> None:
    verdict = judge("pull_request_target", payload)
    assert verdict.reason.code == ("pull-request" if code == "fork" else code)


@pytest.mark.parametrize("event", EVENTS)
def test_the_last_check_of_a_row_decides_whatever_the_payload_holds(event: str) -> None:
    facts = Facts(event, "", {}, [])
    assert EVENTS[event].checks[-1](facts, DEFAULT_RULES) is not None


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_with_actions_is_about_an_object(event: str) -> None:
    assert bool(EVENTS[event].actions) == bool(EVENTS[event].objects)


def test_the_rows_above_know_every_event() -> None:
    assert {row.values[0] for row in WORK} == EVENTS.keys()


@pytest.mark.parametrize(("event", "payload"), [row for row in WORK if EVENTS[str(row.values[0])].actions])
def test_no_other_action_gets_as_far_as_the_checks(event: str, payload: dict[str, object]) -> None:
    known = {action for row in EVENTS.values() for action in row.actions} | {"deleted", ""}
    refused = {
        a for a in known if judge(event, {"label": {}} | payload | {"action": a}).reason.code == "unsupported-action"
    }
    assert refused == known - set(EVENTS[event].actions)


@pytest.mark.parametrize("command", ["sweep", "rerun"])
def test_a_chosen_command_works_on_any_event(command: str) -> None:
    assert judge("push", {}, rules(command=command)).work


def test_all_comments_can_be_answered() -> None:
    assert judge("issue_comment", comment_event("I agree."), rules(comments="all")).work


def test_where_all_comments_are_answered_all_of_their_text_counts() -> None:
    edited = comment_event("Hi\n/hls a", "edited", before="/hls a")
    assert judge("issue_comment", edited, rules(comments="all")).work


@pytest.mark.parametrize(
    ("event", "payload", "missing"),
    [
        pytest.param("issues", {"action": "opened"}, "issue", id="no issue"),
        pytest.param("issues", {"action": "opened", "issue": []}, "issue", id="an issue that is a list"),
        pytest.param("issues", issue_event("labeled"), "label", id="no label"),
        pytest.param("issue_comment", {"action": "created"} | {"issue": {}}, "comment", id="no comment"),
        pytest.param("pull_request", {"action": "opened"}, "pull_request", id="no pull request"),
    ],
)
def test_a_payload_without_its_object_is_named(event: str, payload: dict[str, object], missing: str) -> None:
    with pytest.raises(MalformedEvent, match=f"the '{event}' event has no '{missing}' object"):
        judge(event, payload)


@given(
    st.dictionaries(
        st.sampled_from(["action", "issue", "comment", "pull_request", "sender", "label", "changes"]),
        st.one_of(
            st.none(),
            st.text(),
            st.integers(),
            st.lists(st.integers()),
            st.dictionaries(
                st.sampled_from(["state", "title", "body", "labels", "user", "head", "name", "login", "draft"]),
                st.one_of(st.none(), st.text(), st.booleans(), st.lists(st.none()), st.just({"login": 5})),
            ),
        ),
    ),
    st.sampled_from(["issues", "issue_comment", "pull_request"]),
    st.sampled_from(["opened", "created", "edited", "labeled"]),
)
def test_no_payload_breaks_the_judge(payload: dict[str, object], event: str, action: str) -> None:
    try:
        verdict = judge(event, payload | {"action": action})
    except MalformedEvent:
        return
    assert str(verdict.reason).isprintable()
    assert len(str(verdict.reason)) <= 200


@pytest.mark.parametrize(
    ("login", "kind", "deny", "robot"),
    [
        ("ann", "User", (), False),
        ("ann", "Bot", (), True),
        ("renovate[bot]", "User", (), True),
        ("Copilot", "User", (), True),
        ("github-actions", "User", (), True),
        ("copilot-swe-agent", "User", (), True),
        ("web-flow", "User", (), True),
        ("dependabot-preview", "User", (), True),
        ("ann", "User", ("ann",), True),
        ("CI-runner", "User", ("ci-*",), True),
        ("my-bot", "User", ("*-bot",), True),
        ("my-bot-fan", "User", ("*-bot",), False),
        ("ann", "User", ("*",), False),
    ],
)
def test_robots(login: str, kind: str, deny: tuple[str, ...], robot: bool) -> None:
    assert is_robot(login, kind, deny) is robot


@pytest.mark.parametrize(
    ("pattern", "hit"),
    [
        ("ci-build", True),
        ("ci-*", True),
        ("*-build", True),
        ("*d", True),
        ("ci", False),
        ("build*", False),
        ("cix*", False),
        ("*o-build", False),
    ],
)
def test_deny_list_patterns(pattern: str, hit: bool) -> None:
    assert matches("ci-build", pattern) is hit


@pytest.mark.parametrize(
    ("branch", "automated"),
    [
        ("dependabot/pip/x", True),
        ("renovate/x", True),
        ("snyk-fix-123", True),
        ("snyk-upgrade-123", True),
        ("pyup-update-x", True),
        ("greenkeeper/x", True),
        ("pre-commit-ci-update-config", True),
        ("", False),
        ("speed", False),
        ("dependabots-tale", False),
        ("dependabot", False),
        ("renovate-docs", False),
        ("snyk-fixes", False),
        ("snyk-upgrade", False),
        ("greenkeeper-badge", False),
        ("pre-commit-ci-update-config-docs", False),
        ("ann/renovate/x", False),
    ],
)
def test_a_branch_tells_an_updater(branch: str, automated: bool) -> None:
    assert is_automated(BODY, branch) is automated


@pytest.mark.parametrize(
    ("body", "automated"),
    [
        (DASHBOARD, True),
        (" - [x] <!-- unlimit-branch=deps/y -->Update y", True),
        (" - [ ] <!-- create-all-rate-limited-prs -->Create all", True),
        (" - [ ] <!-- approve-all-pending-prs -->Approve all", True),
        (" - [ ] <!-- create-config-migration-pr --> Select this", True),
        ("---\r\n\r\n - [ ] <!-- rebase-check -->If you want to rebase", True),
        ("- [ ] <!-- manual job -->Check this box", True),
        ("Updates x.\n<!--renovate-debug:eyJjcmVhdGVk-->", True),
        ("<!--renovate-config-hash:abc-->", True),
        (BODY, False),
        ("", False),
        (f"```\n{DASHBOARD}\n```\nWhy does it say so?", False),
        ("> - [ ] <!-- rebase-branch=renovate/x -->Update x\n\nWhy does it say so?", False),
        ("- [ ] <!-- tick this if you searched --> I searched", False),
        ("<!-- rebase-branch=renovate/x --> in the middle", False),
        ("- [ ] rebase-branch=renovate/x", False),
    ],
)
def test_an_updaters_own_mark_tells_it(body: str, automated: bool) -> None:
    assert is_automated(body) is automated


@pytest.mark.parametrize(
    "title",
    [
        "Bump minimum Python from 3.9 to 3.11?",
        "fix(deps): do not pull in all of scipy",
        "chore(deps): drop left-pad",
        "Update dependency injection to use factories",
        "Dependency Dashboard",
        "build(deps-dev)!: pin the linters",
    ],
)
def test_no_title_by_a_person_is_taken_for_an_updaters(title: str) -> None:
    assert judge("issues", issue_event(title=title)).work
    assert judge("pull_request", pull_event(title=title)).work


OLD, NEW = ({"created_at": f"2026-{day}T09:00:00Z"} for day in ("10-25", "10-27"))
MAYA = {"login": "maya", "type": "User"}
BY_MAINTAINER: dict[str, Any] = {"user": MAYA, "author_association": "MEMBER"}
ASKING = f"{CHECKLIST}\n/hls which comes first?"

FIRST_ANSWERS = [
    ("issues", issue_event("edited", **OLD), "old-thread"),
    ("issues", issue_event("edited", **NEW), "issue"),
    ("issues", issue_event("edited", created_at="2026-10-26T09:00:00Z"), "issue"),
    ("issues", issue_event("opened", **OLD), "issue"),
    ("issues", issue_event("reopened", **OLD), "issue"),
    ("issues", issue_event("reopened", sender=MAYA, **OLD), "old-thread"),
    ("issues", issue_event("reopened", sender=MAYA, **NEW), "issue"),
    ("issues", issue_event("edited", body=ASKING, **OLD), "addressed"),
    ("issues", issue_event("labeled", label="hls", **OLD), "labeled"),
    ("issues", issue_event("edited", created_at=None), "issue"),
    ("issues", issue_event("edited", created_at="2020-01-01"), "issue"),
    ("issues", issue_event(body=CHECKLIST, **BY_MAINTAINER), "checklist"),
    ("issues", issue_event(body=CHECKLIST), "issue"),
    ("issues", issue_event(body=CHECKLIST, author_association="OWNER"), "checklist"),
    ("issues", issue_event(body=CHECKLIST, author_association="COLLABORATOR"), "checklist"),
    ("issues", issue_event(body=CHECKLIST, author_association="CONTRIBUTOR"), "issue"),
    ("issues", issue_event(**BY_MAINTAINER), "issue"),
    ("issues", issue_event(body=ASKING, **BY_MAINTAINER), "addressed"),
    ("issues", issue_event("labeled", label="hls", body=CHECKLIST, **BY_MAINTAINER), "labeled"),
    ("pull_request", pull_event("synchronize", **OLD), "pull-request"),
    ("pull_request", pull_event("ready_for_review", **OLD), "pull-request"),
    ("pull_request", pull_event("reopened", **OLD), "pull-request"),
    ("pull_request", pull_event("reopened", sender=MAYA, **OLD), "old-thread"),
    ("pull_request", pull_event("opened", body=CHECKLIST, **BY_MAINTAINER), "pull-request"),
]


@pytest.mark.parametrize(("event", "payload", "code"), FIRST_ANSWERS)
def test_which_openings_the_gate_lets_through(event: str, payload: dict[str, object], code: str) -> None:
    assert judge(event, payload).reason.code == code


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        (f"{ASKING}", ASKING.replace("[ ] Publish", "[x] Publish"), "same-request"),
        (f"{BODY}\n/hls why?", f"{BODY}\n\n/hls why?", "same-request"),
        (f"{BODY}\n/hls why?", f"{BODY}\n/hls how?", "addressed"),
        (BODY, f"{BODY}\n/hls how?", "addressed"),
        ("?", BODY, "issue"),
        (BODY, f"{BODY} More.", "issue"),
        (BODY, f"{BODY}\n", "issue"),
    ],
)
def test_an_edit_of_an_issue_counts_when_it_can_ask_something_new(before: str, after: str, code: str) -> None:
    payload = issue_event("edited", body=after) | {"changes": {"body": {"from": before}}}
    assert judge("issues", payload).reason.code == code


@given(st.one_of(st.text(), st.text("#[:] \ufe0f\u034f\n", max_size=12)))
def test_one_line_is_one_printable_line(text: str) -> None:
    line = one_line(text)
    assert line.isprintable()
    assert min(len(text), 200) <= len(line) <= 200
    assert not is_command(line)
    assert one_line(line) == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a title ##[add-mask]x", "a title ## [add-mask]x"),
        ("####[error]x", "#### [error]x"),
        ("##[", "## ["),
        ("::error::x", ": :error::x"),
        ("\t ::error::x", "  : :error::x"),
        ("\ufe0f:\ufe0f:error::x", "\ufe0f:\ufe0f :error::x"),
        ("#\ufe0f#\u034f[error]x", "#\ufe0f# \u034f[error]x"),
        ("# [x] #[y] [##] a::b ##", "# [x] #[y] [##] a::b ##"),
        ("x" * 197 + "##[a]", "x" * 197 + "## "),
        ("half \ud800 a character", "half   a character"),
    ],
)
def test_one_line_is_no_command_to_the_runner(text: str, line: str) -> None:
    assert one_line(text) == line


def is_command(line: str) -> bool:
    """As the runner looks for commands, with its habit of not seeing characters that have no weight.

    https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
    """
    seen = "".join(c for c in line if not unicodedata.category(c).startswith("M"))
    return seen.lstrip().startswith("::") or "##[" in seen


def test_labels_that_are_no_labels_are_passed_over() -> None:
    assert label_names({"labels": [{"name": "bug"}, "odd", {"name": None}]}) == ("bug", "")
    assert label_names({"labels": "bug"}) == label_names({}) == ()


def test_the_author_stands_in_for_a_missing_sender() -> None:
    assert account_of({}, {"user": ANN}) == ("ann", "User")
    assert account_of({"sender": ROBOT}, {"user": ANN}) == ("dependabot[bot]", "Bot")
    assert account_of({}, {"user": None}) == ("ghost", "User")


def test_only_text_is_text() -> None:
    assert text_of({"a": "x", "b": 5, "c": None}, "a") == "x"
    assert text_of({"a": "x", "b": 5, "c": None}, "b") == ""
