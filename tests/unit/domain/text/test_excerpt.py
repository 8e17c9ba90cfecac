"""What is kept of a text that is too long."""

from __future__ import annotations

import re
from functools import partial

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hls_action.domain.text.excerpt import MIN_LIMIT, clip
from tests.unit.counting import lines_run

MARK = re.compile(r"(?:^|(?<=\n))\[\.\.\. (\d+) characters cut \.\.\.\](?:\n|$)")
LINES = st.lists(
    st.one_of(
        st.sampled_from(["", "Error: no", "Traceback (most recent call last):", "  File x", "```", "ok", "0 errors"]),
        st.text("ab ", max_size=200),
        st.integers(1, 2_000).map(lambda size: "y" * size),
    ),
    max_size=60,
)


def log(lines: int, what: str = "worker step") -> list[str]:
    return [f"2026-11-25 12:{number // 60 % 60:02}:{number % 60:02} INFO {what} {number} ok" for number in range(lines)]


def parts(clipped: str) -> tuple[list[str], list[int]]:
    """What is kept, and how much is said to be cut between."""
    found = MARK.split(clipped)
    return found[::2], [int(count) for count in found[1::2]]


def kept_lines(signs: dict[int, str], limit: int) -> list[tuple[int, int]]:
    """Which of a thousand lines of four digits are kept, some of which say something else in forty characters."""
    lines = [
        f"{signs[number]} {number} ".ljust(40, ".") if number in signs else f"{number:04}" for number in range(1_000)
    ]
    places = {line: number for number, line in enumerate(lines)}
    clipped = clip("\n".join(lines), limit)
    assert limit - 50 < len(clipped) <= limit
    found: list[tuple[int, int]] = []
    for part in parts(clipped)[0]:
        inside = [places[line] for line in part.removesuffix("\n").split("\n")]
        assert inside == list(range(inside[0], inside[-1] + 1))
        found.append((inside[0], inside[-1] + 1))
    return found


@pytest.mark.parametrize(
    ("signs", "limit", "kept"),
    [
        pytest.param({}, 4_998, [(0, 662), (669, 1_000)], id="a line less than all"),
        pytest.param({}, 300, [(0, 36), (982, 1_000)], id="two thirds and one third"),
        pytest.param({500: "Error:"}, 1_500, [(0, 166), (497, 513), (902, 1_000)], id="three before and twelve after"),
        pytest.param({500: "Error:"}, 1_000, [(0, 108), (497, 505), (936, 1_000)], id="fewer after where room is less"),
        pytest.param({500: "Error:"}, 735, [(0, 78), (500, 502), (953, 1_000)], id="one more after than before"),
        pytest.param({500: "Error:"}, 500, [(0, 48), (500, 501), (969, 1_000)], id="after comes before before"),
        pytest.param({500: "Error:"}, 300, [(0, 21), (500, 501), (982, 1_000)], id="the line alone"),
        pytest.param({0: "Error:", 999: "Error:"}, 1_000, [(0, 122), (943, 1_000)], id="at both ends anyway"),
        pytest.param({20: "Error:"}, 600, [(0, 68), (962, 1_000)], id="in the beginning anyway"),
        pytest.param({70: "Error:"}, 600, [(0, 61), (70, 71), (962, 1_000)], id="just behind the beginning"),
        pytest.param(
            {400: "error", 600: "FATAL"}, 300, [(0, 21), (600, 601), (982, 1_000)], id="what is sure comes first"
        ),
        pytest.param({400: "Error: a", 600: "Error: b"}, 300, [(0, 21), (400, 401), (982, 1_000)], id="the earlier"),
        pytest.param(
            dict.fromkeys((300, 400, 500, 600, 700), "Error"),
            700,
            [(0, 46), (300, 301), (400, 401), (500, 501), (956, 1_000)],
            id="several alike",
        ),
        pytest.param(
            {400: "error a", 600: "error b", 604: "warning"},
            300,
            [(0, 21), (600, 601), (982, 1_000)],
            id="what is not alone",
        ),
        pytest.param(
            {400: "error a", 604: "error b", 600: "warning"},
            300,
            [(0, 21), (600, 601), (982, 1_000)],
            id="another before it",
        ),
        pytest.param(
            {400: "error a", 600: "error b", 611: "warning"}, 300, [(0, 21), (600, 601), (982, 1_000)], id="far below"
        ),
        pytest.param(
            {400: "error a", 600: "error b", 612: "warning"},
            300,
            [(0, 21), (400, 401), (982, 1_000)],
            id="too far below",
        ),
        pytest.param(
            {400: "Error: a", 597: "warning", 600: "Error: b"},
            300,
            [(0, 21), (600, 601), (982, 1_000)],
            id="three above",
        ),
        pytest.param(
            {400: "Error: a", 596: "warning", 600: "Error: b"},
            300,
            [(0, 21), (400, 401), (982, 1_000)],
            id="too far above",
        ),
        pytest.param(
            {2: "warning", 3: "Error", 500: "Error a"}, 300, [(0, 15), (982, 1_000)], id="at the very beginning"
        ),
        pytest.param(
            {400: "Error", 950: "Error a", 952: "warning", 953: "warn"},
            300,
            [(0, 21), (950, 951), (982, 1_000)],
            id="near the end",
        ),
        pytest.param(
            {400: "warning", 403: "error", 600: "Error: b"},
            300,
            [(0, 21), (600, 601), (982, 1_000)],
            id="one that is sure is worth three",
        ),
        pytest.param(
            {400: "error", 500: "error", 600: "warning"},
            500,
            [(0, 34), (400, 401), (600, 601), (969, 1_000)],
            id="what was not said before comes first",
        ),
        pytest.param(
            {400: "error a", 600: "error b", 601: "error b", 602: "error b"},
            300,
            [(0, 21), (400, 401), (982, 1_000)],
            id="repeats do not count",
        ),
        pytest.param({400: "0 errors", 600: "error"}, 300, [(0, 21), (600, 601), (982, 1_000)], id="no error"),
    ],
)
def test_which_lines_are_kept(signs: dict[int, str], limit: int, kept: list[tuple[int, int]]) -> None:
    assert kept_lines(signs, limit) == kept


@pytest.mark.parametrize(
    ("text", "limit", "clipped"),
    [
        ("x" * 10, 10, "x" * 10),
        ("x" * 10, 9, "x" * 8 + "…"),
        ("x" * 10, 1, "…"),
        ("x" * 10, 0, ""),
        ("x" * 10, -1, ""),
        ("x" * 200, 149, "x" * 148 + "…"),
        ("x" * 200, 150, "x" * 81 + "\n[... 81 characters cut ...]\n" + "x" * 38),
        ("\n" * 1_000, 200, "\n" * 113 + "[... 831 characters cut ...]\n" + "\n" * 56),
        ("\n" * 1_000, 201, "\n" * 114 + "[... 830 characters cut ...]\n" + "\n" * 56),
        ("\n" * 1_000, 202, "\n" * 114 + "[... 829 characters cut ...]\n" + "\n" * 57),
    ],
)
def test_exactly_so_much_is_kept(text: str, limit: int, clipped: str) -> None:
    assert clip(text, limit) == clipped


def test_near_the_end_there_is_less_to_keep_around_an_error() -> None:
    end = "Error\n" + ("y" * 9 + "\n") * 5 + "z" * 280
    assert clip("\n" * 1_000 + end, 1_000).endswith("cut ...]\n" + "\n" * 3 + end)


def test_a_line_that_is_as_long_as_its_third_stays_whole_and_a_longer_one_does_not() -> None:
    text = "b" * 400 + "\n{}\n" + "c" * 50
    assert clip(text.format("a" * 99), 450).endswith("cut ...]\n" + "c" * 50)
    assert clip(text.format("a" * 100), 450).endswith("cut ...]\n" + "a" * 82 + "\n" + "c" * 50)


@given(LINES, st.integers(MIN_LIMIT, 1_500))
@example(["x" * 5_000], MIN_LIMIT)
@example(["Error: no"] * 500, 400)
def test_what_is_kept_is_of_the_text_within_the_limit_and_the_rest_is_counted(lines: list[str], limit: int) -> None:
    text = "\n".join(lines)
    clipped = clip(text, limit)
    assert len(clipped) <= limit
    if len(text) <= limit:
        assert clipped == text
        return
    kept, cut = parts(clipped)
    assert sum(cut) >= len(text) - limit
    position = 0
    for part, gap in zip(kept, [*cut, 0], strict=True):
        exact = part if text.startswith(part, position) else part.removesuffix("\n")  # a mark begins a line of its own
        assert text.startswith(exact, position)
        position += len(exact) + gap
    assert position == len(text)


@given(st.lists(st.text("abc", max_size=80), min_size=30, max_size=80))
def test_lines_stay_whole(lines: list[str]) -> None:
    kept, _ = parts(clip("\n".join(lines), 900))
    assert {line for part in kept for line in part.split("\n")} <= {*lines, ""}


def test_a_text_without_a_sign_of_an_error_keeps_its_beginning_and_its_end() -> None:
    text = "\n".join(log(500))
    kept, cut = parts(clip(text, 3_000))
    assert len(cut) == 1
    assert text.startswith(kept[0])
    assert text.endswith(kept[1])
    assert len(kept[0]) > 1.8 * len(kept[1]) > 1_500, "about two thirds and one third"


@pytest.mark.parametrize(
    "error",
    [
        'Traceback (most recent call last):\n  File "/app/run.py", line 7, in flush\nOSError: [Errno 28] No space left',
        'Exception in thread "main" java.lang.RuntimeException\n\tat a.B.c(B.java:1)\nCaused by: java.io.IOException',
        "panic: runtime error: index out of range [3]\n\ngoroutine 1 [running]:\nmain.main()\n\t/app/main.go:9",
        "thread 'main' panicked at src/main.rs:4:5:\nindex out of bounds",
        "error[E0308]: mismatched types\n --> src/lib.rs:2:5",
        "src/app.ts(3,1): error TS2304: Cannot find name 'x'.",
        "TypeError: Cannot read properties of undefined (reading 'a')\n    at Object.<anonymous> (/app/a.js:1:1)",
        "npm ERR! code ELIFECYCLE",
        "/usr/bin/ld: a.o: undefined reference to `b'",
        "2026-11-25 FATAL: password authentication failed",
        "Segmentation fault (core dumped)",
        "a.out: a.c:3: main: Assertion `x' failed.",
        "Process completed with exit code 137.",
        "==7==ERROR: AddressSanitizer: heap-use-after-free",
        "--- FAIL: TestExport (0.00s)",
        "E   AssertionError: assert 1 == 2",
        "not ok 12 - exports",
        "Verbindung: Fehler 7",
    ],
)
def test_an_error_in_the_middle_of_a_long_log_is_kept(error: str) -> None:
    text = "\n".join(["It dies at night:", "```", *log(900), error, *log(500, "teardown"), "```", "Since 2.4."])
    clipped = clip(text, 12_000)
    assert error in clipped
    assert clipped.startswith("It dies at night:\n```\n")
    assert clipped.endswith("```\nSince 2.4.")


def test_several_errors_are_shown_rather_than_much_of_one() -> None:
    first = [f"ERROR request {number:08x} failed: connection refused" for number in range(300)]
    text = "\n".join([*log(300), *first, *log(300), "KeyError: 'name'", *log(300), "FATAL: gave up", *log(300)])
    clipped = clip(text, 9_000)
    assert "KeyError: 'name'" in clipped
    assert "FATAL: gave up" in clipped
    assert 0 < clipped.count("ERROR request") < 60


def test_a_summary_without_errors_is_no_error() -> None:
    text = "\n".join([*log(300), "0 errors, 0 warnings", *log(300), "error: real", *log(300)])
    clipped = clip(text, 2_500)
    assert "error: real" in clipped
    assert "0 errors" not in clipped


def test_in_one_giant_line_the_error_is_kept_too() -> None:
    text = "{" + "x" * 40_000 + '"exception": "NullPointerException at line 7"' + "y" * 40_000 + "}"
    clipped = clip(text, 12_000)
    assert "NullPointerException" in clipped
    assert clipped.startswith("{xxx")
    assert clipped.endswith("yyy}")


def test_marks_stand_on_lines_of_their_own_inside_code() -> None:
    clipped = clip("\n".join(["```", *log(2_000), "```"]), 4_000)
    marked = [line for line in clipped.split("\n") if "characters cut" in line]
    assert len(marked) == len(MARK.findall(clipped)) == 1


@given(st.text(), st.integers(-1, MIN_LIMIT - 1))
def test_without_room_for_a_mark_the_end_is_cut(text: str, limit: int) -> None:
    clipped = clip(text, limit)
    assert len(clipped) <= max(0, limit)
    assert clipped == text or text.startswith(clipped.removesuffix("…"))


@pytest.mark.parametrize("line", ["Error: {}\n", "Error\n", "x\n", "INFO {} ok\n", "y" * 5_000, "\n"])
def test_the_work_grows_with_the_text_and_no_faster(line: str) -> None:
    short, long = ("".join(line.format(n) for n in range(size // len(line))) for size in (10_000, 80_000))
    work = [lines_run(partial(clip, text, 1_000)) for text in (short, long)]
    assert 1 < work[1] / work[0] < 9
