"""Which labels Claude is offered, and as what list."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.events.relevance import DEFAULT_RULES
from hls_action.domain.knowledge.labelling import (
    MACHINE_WORDS,
    OWN_LABELS,
    ROOM,
    moves_machines,
    number_labels,
    settable,
)
from hls_action.domain.threads.thread import Label

RULES = DEFAULT_RULES._replace(trigger_label="ask hls", ignore_labels=("wip", "no bots"))
OWN = ("ask hls", "wip", "no bots", *OWN_LABELS)
NAMES = st.text("ab:/ -_é", min_size=1, max_size=50).map(str.strip).filter(bool)
MEANINGS = st.text("xyz\n ", max_size=150)
LABELS = st.lists(st.builds(Label, NAMES, MEANINGS), max_size=30, unique_by=lambda label: label.name.lower())


def names(labels: tuple[Label, ...]) -> list[str]:
    return [label.name for label in labels]


# ---- which ----


def test_any_label_of_the_repository_may_be_set() -> None:
    repository = (Label("bug", "It fails"), Label("ui"))
    assert settable(None, repository, RULES) == repository


def test_a_configured_list_wins_with_what_the_repository_says_of_it() -> None:
    repository = (Label("bug", "It fails"), Label("ui"))
    assert settable((), repository, RULES) == ()
    assert settable(("BUG", "new", "New"), repository, RULES) == (Label("bug", "It fails"), Label("New"))
    assert settable(("bug",), (Label("BUG", "It fails"),), RULES) == (Label("BUG", "It fails"),)


@pytest.mark.parametrize("own", OWN)
def test_a_label_by_which_people_and_hls_speak_to_each_other_is_never_offered(own: str) -> None:
    for spelt in (own, own.upper()):
        repository = (Label("bug"), Label(spelt))
        assert names(settable(None, repository, RULES)) == ["bug"]
        assert names(settable(("bug", spelt), repository, RULES)) == ["bug"]
        assert names(settable((spelt,), (), RULES)) == []


def test_a_label_that_machines_act_on_is_offered_only_where_the_maintainers_name_it() -> None:
    repository = (Label("bug"), Label("ok-to-test"), Label("deploy: staging"))
    assert names(settable(None, repository, RULES)) == ["bug"]
    assert names(settable(("bug", "ok-to-test"), repository, RULES)) == ["bug", "ok-to-test"]


ACTED_ON = {
    "approve": ("auto-approve", "approve: bot"),
    "approved": ("Approved", "do-not-merge/not-approved"),
    "auto merge": ("automerge", "auto-merge", "AutoMerge", "automerge: squash", "bot/auto_merge"),
    "backport": ("needs-backport", "back-port", "backport release/1.2"),
    "cherry pick": ("cherry-pick", "cherrypick", "cherryPick-2.x"),
    "deploy": ("deploy: staging", "auto-deploy"),
    "lgtm": ("LGTM", "lgtm/size-s"),
    "ok to test": ("ok-to-test", "okToTest"),
    "preview": ("env:preview", "Preview 🚀"),
    "release": ("pre-release-notes", "release-1.2"),
    "run ci": ("run-ci", "RunCI", "run ci (full)"),
    "safe to test": ("safe-to-test :rocket:", "ci: safe_to_test"),
    "security": ("type/security", "Security!"),
}


@pytest.mark.parametrize("words", MACHINE_WORDS)
def test_labels_that_machines_act_on(words: str) -> None:
    for name in (words, words.upper(), *ACTED_ON[words]):
        assert moves_machines(name), name


NOT_ACTED_ON = {
    "approve": ("approval", "approver", "approves"),
    "approved": ("unapproved",),
    "auto merge": ("auto", "merge conflict", "automerged", "merge-auto"),
    "backport": ("backports", "backported", "port back"),
    "cherry pick": ("cherry", "cherry picks", "cherry-picked", "pick a cherry"),
    "deploy": ("deploys", "deployed", "deploying", "deployment", "redeploy"),
    "lgtm": ("lgtms", "l g t m"),
    "ok to test": ("ok", "to test", "test ok to", "ok-to-testing", "not ok to be tested"),
    "preview": ("previews", "previewed", "previewer"),
    "release": ("releases", "released", "releasing", "prerelease"),
    "run ci": ("ci", "run", "ci-run", "run the ci", "running-ci"),
    "safe to test": ("safe", "safe for you to test", "unsafe to test"),
    "security": ("securityholes", "insecurity", "insecure"),
}


def test_a_hump_begins_a_word() -> None:
    assert moves_machines("autoMergeNow")
    assert not moves_machines("automergenow")


@pytest.mark.parametrize("words", MACHINE_WORDS)
def test_other_words_are_no_order_to_a_machine(words: str) -> None:
    """The topic, what was done, longer words, and the words of an order torn apart or turned around."""
    for name in NOT_ACTED_ON[words]:
        assert not moves_machines(name), name


@pytest.mark.parametrize("name", ["bug", "good first issue", "area: export", "Übersetzung", "", "-", "🚀"])
def test_the_usual_labels_are_offered(name: str) -> None:
    assert not moves_machines(name)


@given(
    st.sampled_from(MACHINE_WORDS),
    st.sampled_from(["", "a-", "x: ", "1/", "Ä "]),
    st.sampled_from(["", "-b", " 2", ":c", " ö"]),
    st.text("-_ /:.", max_size=2),
)
def test_words_count_wherever_they_stand_and_however_they_are_joined(words: str, head: str, tail: str, by: str) -> None:
    assert moves_machines(f"{head}{by.join(words.split())}{tail}")


# ---- as what list ----


def test_a_list_by_name_with_meanings_on_one_line_each() -> None:
    labels = [Label("ui"), Label("question", "Further information\nis requested"), Label("Area: export", "Writing")]
    label_list = number_labels(labels)
    assert label_list.text == "\n1. Area: export: Writing\n2. question: Further information is requested\n3. ui"
    assert label_list.names == ("Area: export", "question", "ui")


def test_capitals_do_not_count_in_the_order() -> None:
    assert number_labels([Label("b"), Label("C"), Label("A")]).names == ("A", "b", "C")


@pytest.mark.parametrize(
    ("description", "shown"),
    [
        pytest.param("d" * 100, "d" * 100, id="what just fits"),
        pytest.param("d" * 101, "d" * 99 + "…", id="what does not"),
        pytest.param("d" * 98 + " and", "d" * 98 + "…", id="a space before the cut"),
    ],
)
def test_a_description_has_its_bounds(description: str, shown: str) -> None:
    assert number_labels([Label("bug", description)]).text == f"\n1. bug: {shown}"


def test_no_labels_are_none() -> None:
    assert (number_labels(()).names, number_labels(()).text) == ((), " none")


@given(LABELS.flatmap(lambda labels: st.tuples(st.just(labels), st.permutations(labels))))
def test_every_number_is_that_of_its_label_in_any_order(orders: tuple[list[Label], list[Label]]) -> None:
    labels, shuffled = orders
    label_list = number_labels(labels)
    assert number_labels(shuffled) == label_list
    assert sorted(label_list.names) == sorted(label.name for label in labels)
    lines = label_list.text.split("\n")[1:]
    for number, (line, name) in enumerate(zip(lines, label_list.names, strict=True), 1):
        assert line.startswith(f"{number}. {' '.join(name.split())}")


def many(count: int, name: int = 20, meaning: int = 100) -> list[Label]:
    """So many labels, with names and descriptions of that length."""
    return [Label(f"{number:05}".ljust(name, "n"), "d" * meaning) for number in range(count)]


@pytest.mark.parametrize(
    ("labels", "described"),
    [
        pytest.param(many(100), 100, id="all with all they mean"),
        pytest.param(many(214), 33, id="descriptions cut"),
        pytest.param(many(450), 0, id="names alone"),
    ],
)
def test_descriptions_give_way_before_names_do(labels: list[Label], described: int) -> None:
    label_list = number_labels(labels)
    assert len(label_list.text) <= ROOM
    assert list(label_list.names) == [label.name for label in labels]
    assert "do not fit" not in label_list.text
    assert {line.count("d") + line.count("…") for line in label_list.text.split("\n")[1:]} == {described}


def test_what_is_cut_shows_it() -> None:
    assert number_labels(many(214)).text.split("\n")[1] == f"1. {many(1)[0].name}: {'d' * 32}…"


def filling(room: int) -> list[Label]:
    """Labels without descriptions whose lines take just so many characters."""
    labels = many(room // 26, meaning=0)
    taken = len(number_labels(labels).text)
    return [*labels[:-1], Label(labels[-1].name + "n" * (room - taken))]


def test_what_fills_the_room_is_not_too_much() -> None:
    labels = filling(ROOM)
    assert len(number_labels(labels).text) == ROOM
    assert len(number_labels(labels).names) == len(labels)


def test_labels_without_a_description_take_nothing_from_those_with_one() -> None:
    first, *others = filling(ROOM - 102)
    label_list = number_labels([Label(first.name, "d" * 100), *others])
    assert (len(label_list.text), label_list.text.count("d")) == (ROOM, 100)


def test_the_note_of_what_is_left_out_takes_its_room_from_the_descriptions() -> None:
    first, *others = many(1_000, meaning=0)
    label_list = number_labels([Label(first.name, "d" * 50), *others])
    assert len(label_list.text) <= ROOM
    assert "do not fit" in label_list.text


def test_how_many_labels_are_left_out_is_said() -> None:
    labels = many(1_000)
    label_list = number_labels(labels)
    *_, last, note = label_list.text.split("\n")
    left = len(labels) - len(label_list.names)
    assert (last, note) == (
        f"{len(label_list.names)}. {label_list.names[-1]}",
        f"({left} more labels do not fit here; they cannot be set.)",
    )
    assert ROOM - 100 < len(label_list.text) <= ROOM
    assert list(label_list.names) == [label.name for label in labels[: len(label_list.names)]]


@given(st.integers(0, 700), st.integers(6, 50), st.integers(0, 120))
def test_the_list_never_takes_more_than_its_room(count: int, name: int, meaning: int) -> None:
    label_list = number_labels(many(count, name, meaning))
    assert len(label_list.text) <= ROOM
    assert len(label_list.names) == count or "more labels do not fit" in label_list.text


def test_a_name_that_is_longer_than_the_list_leaves_nothing() -> None:
    label_list = number_labels([Label("x" * ROOM)])
    assert (label_list.names, label_list.text) == ((), "\n(1 more labels do not fit here; they cannot be set.)")


def test_of_more_labels_than_fit_those_in_use_are_offered_by_name() -> None:
    labels = [Label(f"area {number:03} {'x' * 80}") for number in range(300)]
    by_use = tuple(label.name for label in reversed(labels))
    names = number_labels(labels, by_use).names
    assert len(names) < 300
    assert list(names) == sorted(names)
    assert set(names) == {label.name for label in labels[-len(names) :]}
    assert number_labels(labels).names == tuple(label.name for label in labels[: len(names)]), (
        "by name, if none is used"
    )
    assert number_labels(labels[:9], by_use).names == tuple(label.name for label in labels[:9]), "all, if they fit"
