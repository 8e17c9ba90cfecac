"""Loops, told from people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.events.relevance import DEFAULT_RULES
from hls_action.domain.threads.loops import looping, similarity
from hls_action.domain.threads.thread import Author, Comment, Pull, Thread
from tests.unit.builders import NOON, thread

OURS = "github-actions[bot]"
OWN = frozenset([OURS])
SECOND, MINUTE, HOUR = 1.0, 60.0, 3_600.0

ANSWERS = (
    (
        "The traceback comes from `write_report`, which opens the file before it creates the folder. Create the folder "
        "first, or pass `--make-folders`, which does so since version 2.4."
    ),
    (
        "No: `--make-folders` only looks at the last part of the path. For several levels, use `os.makedirs` "
        "in a hook; the documentation of hooks has an example."
    ),
    "Yes, the hook runs once for each report, so that a check for the folder costs next to nothing.",
    "That is a permission of the mounted volume: in the container the user is 1000, and the folder belongs to root.",
)
QUESTIONS = (
    "/hls Does that flag also create the folders above it, if none of them exist yet?",
    "/hls Is the hook called for every report or once for the whole run? I have some 300 of them.",
    "/hls In the container I get 'permission denied' instead. What is different there?",
    "/hls Could I set the user in the compose file, or do I have to build my own image?",
    "/hls How would I test such a hook without running the whole export?",
    "/hls Which version do I need for the hooks? We are still on 2.2.",
    "/hls Is there a way to skip reports that already exist?",
    "/hls And can the file names have the date in them?",
)


def conversation(
    *said: tuple[str, str, float], rounds: Sequence[str] = ANSWERS, thinking: float = 25.0, login: str = OURS
) -> Thread:
    """Texts, by whom, and so many seconds after what came before; each is answered, but the last, and the opening was.

    ``thinking``: seconds that our reply takes.
    """
    now, comments = NOON, list[Comment]()

    def say(who: str, text: str, seconds: float) -> None:
        nonlocal now
        now += timedelta(seconds=seconds)
        kind = "Bot" if who.endswith("[bot]") else "User"
        comments.append(Comment(len(comments) + 1, Author(who, kind), text, now))

    for place, (who, text, seconds) in enumerate(said):
        say(login, f"<!-- hls:1 comment/{place} -->\n{rounds[place % len(rounds)]}", thinking)
        say(who, text, seconds)
    return thread(*comments)


def loops(found: Thread) -> frozenset[str]:
    return looping(found, OWN, DEFAULT_RULES)


# ---- loops ----

CHATTY = (
    (
        "/hls Thank you for the detailed explanation! I have reviewed the suggestion about creating the "
        "folder first and will update the implementation accordingly. Could you confirm whether "
        "`write_report` has other callers that rely on the present order? I will prepare a change and ask "
        "for a review once the tests pass on all platforms."
    ),
    (
        "/hls Understood. Based on your answer I have analysed the hook mechanism and concluded that several "
        "levels need `os.makedirs` with `exist_ok`. I am going to add a regression test for nested folders. "
        "Please let me know if there is anything else that should be considered before I continue with the "
        "implementation of this feature."
    ),
    (
        "/hls Great point about the cost of the check. I have measured it in the benchmark suite and see no "
        "difference that is beyond the noise. I will document the behaviour in the reference and link to it "
        "from the changelog. Is there a preferred wording for the entry, and which section would you like it "
        "to be in for the next release?"
    ),
    (
        "/hls Acknowledged. The container setup is now described in the installation guide, with an example "
        "for compose and for plain images. I would like to double check the user id that you mentioned "
        "before I finalise the text, since the base image was changed recently. Could you verify this "
        "against the present state of the repository?"
    ),
)
LOOPS = {
    "a bot that copies our answer": [("bot", f"/hls {ANSWERS[n]}", 5 * MINUTE) for n in range(3)],
    "a bot that says thanks, each time in other words": [
        ("bot", text, 10 * MINUTE) for text in ("/hls thanks!", "/hls Great, thank you so much", "/hls ok, got it 👍")
    ],
    "a bot that repeats itself": [("bot", "/hls Is there any news about this problem?", HOUR)] * 4,
    "a bot that numbers its requests": [
        ("bot", f"/hls This is an automated message: the check of the export failed again, attempt {n}.", HOUR)
        for n in range(4)
    ],
    "a bot that alternates between two texts": [
        ("bot", f"/hls {text}", HOUR) for text in ("Is the export fixed by now?", "Any workaround until then?") * 3
    ],
    "a bot that answers at once": [("bot", text, 2.0) for text in QUESTIONS[:3]],
    "a bot that writes more than anybody can in the time": [("bot", text, 25.0) for text in CHATTY[:3]],
    "two bots that take turns": [("bot" if n % 2 else "bob", text, 2.0) for n, text in enumerate(QUESTIONS[:4])],
    "a bot that puts the same words before each log": [
        ("bot", f"/hls The nightly export failed again, see the log.\n```\n{text * 3}\n```", HOUR)
        for text in QUESTIONS[:5]
    ],
    "a bot that is loud every other time": [
        ("bot", f"/hls {'Is the export fixed by now?'.upper() if n % 2 else 'Is the export fixed by now?'}", HOUR)
        for n in range(4)
    ],
}


@pytest.mark.parametrize("name", LOOPS)
def test_a_loop_is_cut_after_the_third_round(name: str) -> None:
    said = LOOPS[name]
    cut = [n for n in range(1, len(said) + 1) if loops(conversation(*said[:n]))]
    assert cut, "it is noticed"
    assert cut[0] in (3, 4, 5), "and not before the third round; what repeats itself has said it once before"
    assert cut == list(range(cut[0], len(said) + 1)), "it stays so while nothing changes"


def test_two_bots_and_ours_with_two_seconds_between() -> None:
    """Each answers what was said last: ours, one, the other."""
    said = [("one", QUESTIONS[0], 2.0), ("two", QUESTIONS[1], 2.0), ("one", QUESTIONS[2], 2.0)]
    assert loops(conversation(*said)) == {"one"}
    assert loops(conversation(*said, ("two", QUESTIONS[3], 2.0))) == {"two"}


def test_another_installation_of_ours_under_a_persons_account() -> None:
    """Its replies have a marker, and are no requests; but where it asks, it is a bot like any other."""
    said = [("maya", text, 20.0) for text in CHATTY]
    assert loops(conversation(*said)) == {"maya"}


def test_a_bot_is_told_by_its_last_four_texts() -> None:
    four, five = ([("bot", text, HOUR) for text in QUESTIONS[:n]] * 3 for n in (4, 5))
    assert [n for n in range(1, 13) if loops(conversation(*four[:n]))] == list(range(7, 13))
    assert [n for n in range(1, 16) if loops(conversation(*five[:n]))] == []


LONG = "If the folder of one report lies below another one that nobody made, where does it end up since 2.2?"
MARKER = len("<!-- hls:1 comment/2 -->\n")


@pytest.mark.parametrize(
    ("text", "reply", "seconds"),
    [
        pytest.param("why now?", 30, 5.0, id="nobody reads and writes anything sooner"),
        pytest.param(LONG, 500, 15.0, id="to skim 500 characters and to type 100"),
        pytest.param(LONG, 1_000, 20.0, id="to skim 1,000"),
        pytest.param(LONG, 3_000, 20.0, id="and no more of a longer reply"),
    ],
)
def test_how_quick_is_too_quick(text: str, reply: int, seconds: float) -> None:
    rounds = (*ANSWERS[:2], "~" * (reply - MARKER))
    for taken, expected in ((seconds - 0.1, {"bot"}), (seconds, set())):
        assert loops(conversation(*CUT[:2], ("bot", f"/hls {text}", taken), rounds=rounds)) == expected


def test_who_goes_on_has_read_the_reply_already() -> None:
    for taken, expected in ((9.9, {"bot"}), (10.0, set())):
        assert loops(after(conversation(*CUT), ("bot", f"/hls {LONG}", taken))) == expected


def test_what_other_robots_say_in_between_changes_nothing() -> None:
    found = conversation(*[("bot", text, 2.0) for text in QUESTIONS[:3]])
    report = Comment(90, Author("codecov[bot]", "Bot"), "Coverage is 81 %.", found.comments[2].created_at)
    assert loops(replace(found, comments=(*found.comments, report))) == {"bot"}


@pytest.mark.parametrize(
    ("author", "text"),
    [
        pytest.param(Author("codecov[bot]", "Bot"), "Coverage is 81 %.", id="a report"),
        pytest.param(Author("zoe"), "/hls retry", id="another try"),
    ],
)
def test_what_is_no_part_of_the_talk_does_not_break_a_loop(author: Author, text: str) -> None:
    found = conversation(*LOOPS["a bot that says thanks, each time in other words"])
    late = found.comments[2].created_at + timedelta(minutes=5)
    assert loops(replace(found, comments=(*found.comments, Comment(90, author, text, late)))) == {"bot"}


# ---- people ----


@pytest.mark.parametrize("gap", [MINUTE, 2 * MINUTE, 7.5 * MINUTE])
def test_a_person_who_asks_eight_different_questions_in_a_row_is_none(gap: float) -> None:
    said = [("bob", text, gap) for text in QUESTIONS]
    assert [n for n in range(1, 9) if loops(conversation(*said[:n]))] == []


def test_a_quick_person_has_four_rounds_and_may_go_on_when_the_next_is_slower() -> None:
    said = [("bob", text, 20.0) for text in QUESTIONS]
    assert [n for n in range(1, 9) if loops(conversation(*said[:n]))] == [5, 6, 7, 8]
    assert loops(conversation(*said[:5], ("bob", QUESTIONS[5], 90.0))) == frozenset()


def test_people_who_talk_to_each_other_may_be_quick() -> None:
    said = [(("bob", "zoe")[n % 2], text, 20.0) for n, text in enumerate(QUESTIONS)]
    assert [n for n in range(1, 9) if loops(conversation(*said[:n]))] == []


@pytest.mark.parametrize("slow", range(5))
def test_one_slow_round_of_five_makes_a_person(slow: int) -> None:
    said = [("bob", text, 90.0 if n == slow else 20.0) for n, text in enumerate(QUESTIONS[:5])]
    assert loops(conversation(*said)) == frozenset()


def test_who_was_quick_at_first_and_added_something_later_is_none() -> None:
    said = [("bob", text, 20.0) for text in QUESTIONS[:5]]
    assert loops(after(conversation(*said), ("bob", QUESTIONS[5], 90.0))) == frozenset()


def test_a_quick_account_is_noticed_after_a_talk_of_others() -> None:
    others = [("zoe", text, HOUR) for text in QUESTIONS[:2]]
    assert loops(conversation(*others, *[("bob", text, 20.0) for text in QUESTIONS[2:7]])) == {"bob"}


PEOPLE = {
    "the same question about several versions": [
        ("bob", f"/hls Does it work on Python 3.{n}?", 3 * MINUTE) for n in range(8, 14)
    ],
    "quotes the answer and asks on": [("bob", f"> {ANSWERS[n % 4]}\n\n{QUESTIONS[n]}", 4 * MINUTE) for n in range(6)],
    "pastes what it was told to run": [
        (
            "bob",
            f"/hls here it is\n```\n$ export --report {n}\n" + f"line {n * 37}: cannot open {n}\n" * 40 + "```",
            40.0,
        )
        for n in range(4)
    ],
    "says thanks at the end": [("bob", QUESTIONS[0], HOUR), ("bob", QUESTIONS[1], HOUR), ("bob", "/hls thanks!", 20.0)],
    "is too quick twice": [("bob", QUESTIONS[0], HOUR), ("bob", QUESTIONS[1], 2.0), ("bob", QUESTIONS[2], 2.0)],
    "asks back in a few words of the answer": [
        ("bob", f"/hls {text}", HOUR)
        for text in ("create the folder first?", "the documentation of hooks?", "the hook runs once for each report?")
    ],
    "asks in Japanese": [
        ("bob", f"/hls {text}", 2 * MINUTE)
        for text in (
            "フォルダがない場合はどうなりますか。",
            "権限のエラーが出ます。なぜですか。",
            "日付をファイル名に入れられますか。",
        )
    ],
}


@pytest.mark.parametrize("name", PEOPLE)
def test_a_person_is_none(name: str) -> None:
    said = PEOPLE[name]
    assert [n for n in range(1, len(said) + 1) if loops(conversation(*said[:n]))] == []


def test_who_asks_for_the_same_after_each_push_is_none() -> None:
    said = [("bob", "/hls Please look at the whole change again.", 10 * MINUTE)] * 5
    found = conversation(*said)
    pull = Pull("b" * 40, "fix-export", "main")
    assert (loops(found), loops(replace(found, pull=pull))) == (frozenset({"bob"}), frozenset())


# ---- how it ends ----

CUT = [("bot", text, 2.0) for text in QUESTIONS[:3]]


def after(found: Thread, *said: tuple[str, str, float]) -> Thread:
    """What is said without an answer in between."""
    for who, text, seconds in said:
        last = found.comments[-1]
        late = last.created_at + timedelta(seconds=seconds)
        found = replace(found, comments=(*found.comments, Comment(last.id + 1, Author(who), text, late)))
    return found


def test_somebody_else_is_heard_in_a_thread_with_a_loop() -> None:
    assert loops(after(conversation(*CUT), ("zoe", "/hls How do I set the user?", MINUTE))) == {"bot"}


def test_somebody_else_who_is_answered_ends_it() -> None:
    said = [*CUT[:2], ("zoe", "/hls How do I set the user in the compose file?", MINUTE), *CUT[2:]]
    assert loops(conversation(*said)) == frozenset()


def test_who_was_taken_for_one_is_heard_with_the_next_question() -> None:
    assert loops(after(conversation(*CUT), ("bot", QUESTIONS[5], 5 * MINUTE))) == frozenset()


def test_a_reply_to_the_notice_is_part_of_it() -> None:
    cut = conversation(*CUT)
    at = cut.comments[-1].created_at + timedelta(seconds=20)
    told = Comment(91, Author(OURS, "Bot"), "<!-- hls:1 notice/7 -->\nHLS stops here.", at)
    assert loops(after(replace(cut, comments=(*cut.comments, told)), ("bot", "/hls Sure, thanks.", MINUTE))) == {"bot"}


def ours(found: Thread, text: str) -> Thread:
    """We say something more, right after what came last."""
    last = found.comments[-1]
    return replace(found, comments=(*found.comments, Comment(last.id + 1, Author(OURS, "Bot"), text, last.created_at)))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("<!-- hls:1 notice/7-cap -->\nHLS will try again tomorrow.", id="a notice is no reply"),
        pytest.param("<!-- hls:1 issue/7 -->\nCreate the folder first.", id="two replies in a row are one"),
    ],
)
def test_what_makes_no_round(text: str) -> None:
    two = ours(conversation(CUT[0], CUT[1]), text)
    if "issue/7" in text:
        two = ours(two, text.replace("issue/7", "comment/9"))
        assert loops(after(two, CUT[2])) == {"bot"}
        two = ours(ours(conversation(CUT[0]), text), text.replace("issue/7", "comment/9"))
    assert loops(after(two, CUT[1])) == frozenset()


def test_without_a_reply_of_ours_there_is_none() -> None:
    forged = conversation(*LOOPS["a bot that answers at once"], login="mallory")
    assert loops(forged) == frozenset()


# ---- similarity ----


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        ("", "", 1, 1),
        ("abc", "abc", 1, 1),
        ("abc", "xyz", 0, 0),
        ("does it work on 3.10?", "does it work on 3.11?", 0.8, 0.9),
        ("the check failed again, attempt 3", "the check failed again, attempt 4", 0.9, 1),
        (QUESTIONS[0], QUESTIONS[1], 0, 0.3),
    ],
)
def test_how_alike_texts_are(one: str, other: str, least: float, most: float) -> None:
    assert least <= similarity(one, other) <= most


@given(st.text(max_size=60), st.text(max_size=60))
def test_it_is_a_share_and_the_same_both_ways(one: str, other: str) -> None:
    assert 0 <= similarity(one, other) == similarity(other, one) <= 1
    assert similarity(one, one) == 1
