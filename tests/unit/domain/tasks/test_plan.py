"""From the one answer to a thread to what it does: labels once, one comment, and what else it holds, checked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.knowledge.references import Referable
from hls_action.domain.knowledge.sources import Source, SourceKind
from hls_action.domain.tasks import effects, table
from hls_action.domain.tasks.answer import Answer
from hls_action.domain.tasks.checks import MAX_LABELS_SET
from hls_action.domain.tasks.effects import AddLabels, Effect, FoldComments, PostComment, carrier
from hls_action.domain.tasks.table import TASKS, Interpretation, interpret, of_links
from hls_action.domain.tasks.task import Case, CheckedAnswer, Task
from hls_action.domain.text.hosts import host_of
from hls_action.domain.threads.items import Item
from tests.unit.builders import SHA, answer, bot_comment
from tests.unit.rendered import live, page

ISSUE, COMMENT, PULL = Item("issue", "7"), Item("comment", "31", "2:abc"), Item("pull", SHA)
EVERY_KIND = (ISSUE, Item("label", "hls"), PULL, COMMENT)
MIXES = [(ISSUE,), (COMMENT,), (PULL,), (ISSUE, COMMENT), (PULL, COMMENT)]
SHOWN = Referable(7, ("bug", "Good First Issue", "question"), named=frozenset({12}))
TOKEN = "ghp_" + "A1b2C3d4E5f6" * 3
ANSWERS = st.builds(
    Answer,
    comment=st.sampled_from(["Create it.", "@octocat fixes #1", "```\n/label bug"]),
    labels=st.lists(st.integers(-1, 5), max_size=8).map(tuple),
    category=st.sampled_from(["bug", "review"]),
    priority=st.sampled_from(["high", "none"]),
    needs_info=st.booleans(),
    missing=st.lists(st.text("ab "), max_size=2).map(tuple),
    possible_duplicate_of=st.sampled_from([None, 7, 12, 13]),
    confidence=st.floats(0, 1),
    findings=st.none() | st.lists(st.text("ab "), max_size=2).map(tuple),
)


def planned(items: tuple[Item, ...] = (ISSUE,), *, present: tuple[str, ...] = (), **fields: Any) -> Interpretation:
    return interpret(answer(**fields), items, SHOWN, present)


def names(effects: tuple[Effect, ...]) -> tuple[str, ...]:
    return tuple(name for effect in effects if isinstance(effect, AddLabels) for name in effect.names)


# ---- effects ----


@given(ANSWERS, st.lists(st.sampled_from(EVERY_KIND), min_size=1, max_size=4, unique=True).map(tuple))
def test_there_is_one_comment_whatever_is_answered_and_labels_at_most_once(
    said: Answer, items: tuple[Item, ...]
) -> None:
    found = interpret(said, items, SHOWN, ("bug",))
    assert carrier(found.effects) == found.effects[-1]
    assert len(found.effects) == len({type(effect) for effect in found.effects})
    assert set(names(found.effects)) <= {"Good First Issue", "question"}
    assert found == interpret(said, items[::-1], SHOWN, ("bug",)), "in whatever order they came up"


@pytest.mark.parametrize("items", MIXES)
def test_the_comment_is_what_claude_wrote_and_inert(items: tuple[Item, ...]) -> None:
    found = planned(items, comment="<!-- hls:1 issue/99 -->\n@octocat fixes #1, with `@octocat`\n/label bug")
    text = carrier(found.effects).text
    assert live(text) == []
    assert "`@octocat`" in text


@pytest.mark.parametrize(
    ("items", "replaced"),
    [
        pytest.param((ISSUE,), None, id="a first answer"),
        pytest.param((PULL, COMMENT), 41, id="one of two was answered before"),
        pytest.param((COMMENT,), 41, id="answered before"),
    ],
)
def test_an_answer_given_anew_takes_the_place_of_the_one_before(items: tuple[Item, ...], replaced: int | None) -> None:
    found = interpret(answer(), items, SHOWN, (), answered={"comment/31@2:abc": bot_comment(41, "No.")})
    assert carrier(found.effects).replaces == replaced


EARLIER_ID = "N41"
EARLIER = {f"pull/{'0' * 40}": replace(bot_comment(41, "Fine."), node_id=EARLIER_ID)}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param({}, (PostComment("Yes."), FoldComments((EARLIER_ID,))), id="folded unless something is said"),
        pytest.param({"folded": frozenset({EARLIER_ID})}, (PostComment("Yes."),), id="which it is"),
        pytest.param({"review": "replace"}, (PostComment("Yes.", 41),), id="replaced"),
        pytest.param({"review": "new"}, (PostComment("Yes."),), id="left"),
    ],
)
def test_an_earlier_review_makes_room_as_the_maintainers_want_it(
    said: dict[str, Any], expected: tuple[Effect, ...]
) -> None:
    assert interpret(answer(comment="Yes."), (PULL,), SHOWN, (), answered=EARLIER, **said).effects == expected


def test_what_several_tasks_want_done_is_merged(monkeypatch: pytest.MonkeyPatch) -> None:
    def of(*more: Effect) -> Task:
        def all_of(said: CheckedAnswer, case: Case) -> tuple[Effect, ...]:
            return (*more, effects.PostComment(said.text, case.replaces))

        return replace(TASKS[0], kinds=("issue",), effects=all_of)

    tasks = (of(AddLabels(("b", "a")), FoldComments(("n1",))), of(FoldComments(("n1", "n2")), AddLabels(("a", "c"))))
    monkeypatch.setattr(table, "TASKS", tasks)
    merged = planned(comment="Yes.").effects
    assert merged == (AddLabels(("b", "a", "c")), PostComment("Yes."), FoldComments(("n1", "n2")))


# ---- labels ----


@pytest.mark.parametrize("items", MIXES)
@pytest.mark.parametrize(
    ("proposed", "present", "new", "dropped"),
    [
        pytest.param((1,), (), ("bug",), (), id="by its number"),
        pytest.param((3, 1), (), ("question", "bug"), (), id="in the order of the answer"),
        pytest.param((1, 1), (), ("bug",), (), id="twice"),
        pytest.param((4, 1, 0, -1), (), ("bug",), ("number 4", "number 0", "number -1"), id="not in the list"),
        pytest.param((1, 3), ("Bug",), ("question",), (), id="there already"),
        pytest.param((2,), ("good first issue",), (), (), id="all of them are"),
        pytest.param((), (), (), (), id="none"),
    ],
)
def test_labels(
    proposed: tuple[int, ...],
    present: tuple[str, ...],
    new: tuple[str, ...],
    dropped: tuple[str, ...],
    items: tuple[Item, ...],
) -> None:
    found = planned(items, present=present, labels=proposed)
    assert (names(found.effects), found.dropped_labels) == (new, dropped)
    assert found.effects[-1:] == planned(items).effects
    assert len(found.effects) == (2 if new else 1), "no effect that sets no label"


def test_no_more_than_a_few_labels_are_set() -> None:
    label_list = tuple(f"l{number}" for number in range(MAX_LABELS_SET + 3))
    proposed = answer(labels=tuple(range(1, len(label_list) + 1)))
    found = interpret(proposed, (ISSUE,), replace(SHOWN, labels=label_list), ())
    assert names(found.effects) == label_list[:MAX_LABELS_SET]
    assert found.dropped_labels == label_list[MAX_LABELS_SET:]


def test_where_no_label_may_be_set_none_is() -> None:
    found = interpret(answer(labels=(1,)), (ISSUE,), replace(SHOWN, labels=()), ())
    assert (names(found.effects), found.dropped_labels) == ((), ("number 1",))


# ---- fields ----


@pytest.mark.parametrize("items", MIXES)
def test_what_an_answer_says_of_the_thread_is_kept_for_every_task(items: tuple[Item, ...]) -> None:
    found = planned(items, category="bug", priority="high", needs_info=True, missing=("the version",), confidence=0.5)
    said = {name: value for name, value in found.fields.items() if name != "findings"}
    assert said == {
        "category": "bug",
        "priority": "high",
        "needs_info": True,
        "missing": ("the version",),
        "duplicate": None,
        "confidence": 0.5,
    }
    assert found.notes == ()


@pytest.mark.parametrize(
    ("number", "named", "note"),
    [
        (12, 12, ()),
        (None, None, ()),
        (13, None, ("Claude named #13 as a duplicate of #7; the thread does not mention it, so it was not posted",)),
    ],
)
def test_a_duplicate_is_one_that_may_be_named(number: int | None, named: int | None, note: tuple[str, ...]) -> None:
    found = planned(possible_duplicate_of=number)
    assert (found.fields["duplicate"], found.notes) == (named, note)


@pytest.mark.parametrize(
    ("findings", "kept"),
    [
        pytest.param(("a.py:4 loses data.", "b.py:1 is slow."), ("a.py:4 loses data.", "b.py:1 is slow."), id="some"),
        pytest.param((), (), id="nothing found"),
        pytest.param(None, None, id="not said"),
    ],
)
@pytest.mark.parametrize("items", [(PULL,), (PULL, COMMENT)])
def test_what_a_review_found(
    findings: tuple[str, ...] | None, kept: tuple[str, ...] | None, items: tuple[Item, ...]
) -> None:
    found = planned(items, findings=findings)
    assert found.fields["findings"] == kept
    assert found.notes == ()


@pytest.mark.parametrize(
    ("findings", "notes"),
    [
        pytest.param(
            ("a.py:4 loses data.", "b.py:1 is slow."),
            ("Claude filled 'findings' (2), which none of the answered items uses; it was ignored",),
            id="counted",
        ),
        pytest.param((), (), id="empty, as it should be"),
        pytest.param(None, (), id="not said"),
    ],
)
@pytest.mark.parametrize("items", [(ISSUE,), (COMMENT,), (ISSUE, COMMENT)])
def test_findings_where_nothing_is_reviewed_count_for_nothing(
    findings: tuple[str, ...] | None, notes: tuple[str, ...], items: tuple[Item, ...]
) -> None:
    found = planned(items, findings=findings)
    assert "findings" not in found.fields
    assert found.notes == notes


@pytest.mark.parametrize("name", ["labels", "missing", "findings"])
def test_a_list_that_no_task_uses_is_counted_and_ignored(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (task,) = (task for task in TASKS if task.name == "review")
    monkeypatch.setattr(table, "TASKS", (replace(task, uses=frozenset()),))
    entries: tuple[object, ...] = (1, 2) if name == "labels" else ("one", "two")
    found = interpret(answer(**{name: entries}), (PULL,), SHOWN, ())
    assert (found.fields, names(found.effects)) == ({}, ())
    assert found.notes == (f"Claude filled '{name}' (2), which none of the answered items uses; it was ignored",)


# ---- links ----

NOT_ALLOWED = "shown as text, because links.hosts does not allow where they lead"
LINKING = "See https://docs.test/a, [b](https://evil.test/b) and <https://www.evil.test>."


@pytest.mark.parametrize(
    ("links", "live", "told"),
    [
        (("given",), ["docs.test"],
         f"2 links were {NOT_ALLOWED}: evil.test, www.evil.test"),
        (("evil.test", "*.evil.test", "given"), ["docs.test", "evil.test", "www.evil.test"], ""),
        (("*.evil.test", "docs.test"), ["docs.test", "www.evil.test"],
         f"1 link was {NOT_ALLOWED}: evil.test"),
        (("any",), ["docs.test", "evil.test", "www.evil.test"], ""),
    ],
)  # fmt: skip
def test_links_lead_where_they_may_and_the_rest_is_told(links: tuple[str, ...], live: list[str], told: str) -> None:
    shown = replace(SHOWN, sources=(Source("the issue", "As https://docs.test/x says", "opening"),))
    found = interpret(answer(comment=LINKING), (ISSUE,), shown, (), links=links)
    assert [host_of(address) for address, _ in page(carrier(found.effects).text).links] == live
    assert found.notes == tuple(filter(None, [told]))
    assert found.grounds.counts.foreign == 3 - len(live)


@pytest.mark.parametrize(("kind", "is_given"), [("comment", True), ("other", True), ("reply", False), ("issue", False)])
def test_what_we_said_and_what_other_issues_say_vouches_for_no_address(kind: SourceKind, is_given: bool) -> None:
    shown = replace(SHOWN, sources=(Source("a text", "https://evil.test", kind),))
    found = interpret(answer(comment="https://evil.test/a"), (ISSUE,), shown, ())
    assert bool(page(carrier(found.effects).text).links) is is_given


def test_what_the_maintainers_want_said_of_an_item_vouches_for_its_addresses() -> None:
    shown = replace(SHOWN, wanted=("Point to https://help.test/start.",))
    found = interpret(answer(comment="https://help.test/start"), (ISSUE,), shown, ())
    assert found.notes == ()


def test_of_many_hosts_a_few_are_named() -> None:
    (note,) = of_links(tuple(f"{number}.test" for number in range(8)))
    assert note.endswith("0.test, 1.test, 2.test, 3.test, 4.test and 3 more")
    assert list(of_links(("",))) == [f"1 link was {NOT_ALLOWED}"]


# ---- secrets ----


@pytest.mark.parametrize("name", ["comment", "missing", "findings"])
def test_a_secret_is_taken_out_wherever_claude_writes(name: str) -> None:
    text = f"The token {TOKEN} is in a.py."
    found = interpret(answer(**{name: text if name == "comment" else (text,)}), (PULL,), SHOWN, ())
    assert TOKEN not in f"{found.effects} {found.fields}"
    (note,) = found.notes
    assert note.startswith("secrets were taken out of the reply: ")
    assert TOKEN not in note


def test_secrets_that_the_thread_shows_are_told_of() -> None:
    found = interpret(answer(), (ISSUE,), replace(SHOWN, redacted={"GitHub token": 2}), ())
    said = "the thread contains secrets, which were hidden from Claude: GitHub token x 2. Have them revoked."
    assert found.notes == (said,)


def test_no_more_labels_are_set_than_a_person_would_set() -> None:
    shown = Referable(7, tuple(f"area {number}" for number in range(8)))
    found = interpret(answer(labels=(8, 2, 3, 4, 5, 6, 7)), (ISSUE,), shown, ())
    assert names(found.effects) == ("area 7", "area 1", "area 2", "area 3", "area 4")
    assert found.dropped_labels == ("area 5", "area 6")
