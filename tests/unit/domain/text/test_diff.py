"""A patch with the numbers of its lines, held against what git makes of real files."""

from __future__ import annotations

import difflib
import re
import subprocess
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hls_action.domain.text.diff import (
    MIN_LIMIT,
    Hunk,
    Line,
    Range,
    Rendering,
    looks_like_submodule,
    may_be_symlink,
    parse,
    ranges,
    render,
    written,
)
from tests.unit.counting import lines_run

AMPLE = 10**9
ROW = re.compile(r" *(\d+)? ([ +?-])(.*)")
FILES = st.lists(st.sampled_from(["a", "b", "", "    c", "+", "-x", "@@ -1 +1 @@", "\\ No", "é", "\t"]), max_size=40)


def git_patch(folder: Path, old: bytes | None, new: bytes | None, context: int = 3) -> str:
    """What git says of a file that had one content and has another, without the lines that name it."""
    for name, content in (("old", old), ("new", new)):
        if content is not None:
            (folder / name).write_bytes(content)
    command = ["git", "-c", "core.safecrlf=false", "diff", "--no-index", "--no-color", f"-U{context}"]
    sides = [name if content is not None else "/dev/null" for name, content in (("old", old), ("new", new))]
    said = subprocess.run([*command, *sides], cwd=folder, capture_output=True, check=False)
    assert said.returncode in (0, 1), said.stderr
    text = said.stdout.decode("utf-8", "replace")
    return text[text.index("\n@@ ") + 1 :].removesuffix("\n") if "\n@@ " in text else ""


def difflib_patch(old: list[str], new: list[str]) -> str:
    return "\n".join(list(difflib.unified_diff(old, new, lineterm=""))[2:])


def rows(text: str) -> list[tuple[int | None, str, str]]:
    """What a reader makes of a rendered patch: number, sign and text of each line."""
    found = []
    for line in text.split("\n") if text else ():
        if line.startswith(("@@", "[...")) or "[no line break at the end" in line:
            continue
        row = ROW.fullmatch(line)
        assert row, line
        found.append((int(row[1]) if row[1] else None, row[2], row[3]))
    return found


def numbers(shown: tuple[Range, ...]) -> set[int]:
    return {number for first, last in shown for number in range(first, last + 1)}


def assert_right(rendering: Rendering, old: list[str], new: list[str]) -> None:
    """Every number shown is that of this very line, and what is said to be shown is what can be read."""
    read = rows(rendering.text)
    for number, sign, text in read:
        assert (number is None) == (sign == "-")
        if number is not None:
            assert new[number - 1] == text
    assert {number for number, _, _ in read if number is not None} == numbers(rendering.new)
    before = [old[number - 1] for number in sorted(numbers(rendering.old))]
    assert before == [text for _, sign, text in read if sign in " -"]
    assert rendering.lines == len(read)


# ---- right numbers ----


def test_a_patch() -> None:
    patch = "@@ -8,4 +8,4 @@ def run():\n one\n-two\n+TWO\n three\n four"
    assert render(parse(patch), AMPLE) == Rendering(
        "@@ -8,4 +8,4 @@ def run():\n  8  one\n    -two\n  9 +TWO\n 10  three\n 11  four",
        new=((8, 11),),
        old=((8, 11),),
        lines=5,
    )


def test_what_is_read_of_a_patch() -> None:
    assert parse("+a\n@@ -4 +5 @@ f\n+b\n# odd\n-c\n\\ No newline at end of file") == (
        Hunk("", (Line("+", "a"),)),
        Hunk("@@ -4 +5 @@ f", (Line("+", "b", None, 5), Line("?", "# odd"), Line("-", "c", ends=False)), 4, 5),
    )
    assert parse("@@ -4 +5 @@\n+b") == (Hunk("@@ -4 +5 @@", (Line("+", "b", None, 5, True),), 4, 5, True),)
    assert parse("+a") == (Hunk("", (Line("+", "a", None, None, True),), 0, 0, False),)
    assert parse("") == ()
    assert render((), AMPLE) == Rendering("", (), (), 0, 0) == Rendering("")


@given(FILES, FILES)
def test_numbers_are_those_of_the_files(old: list[str], new: list[str]) -> None:
    assert_right(render(parse(difflib_patch(old, new)), AMPLE), old, new)


@given(FILES, FILES, st.integers(MIN_LIMIT, 700))
def test_in_little_room_the_numbers_are_right_too(old: list[str], new: list[str], limit: int) -> None:
    hunks = parse(difflib_patch(old, new))
    rendering = render(hunks, limit)
    assert len(rendering.text) <= limit
    assert_right(rendering, old, new)
    left_out = sum(int(count) for count in re.findall(r"(\d+) lines (?:left out )?\.\.\.\]", rendering.text))
    assert left_out == rendering.left_out == sum(len(hunk.lines) for hunk in hunks) - rendering.lines


@pytest.mark.parametrize("context", [0, 1, 3, 1_000])
def test_real_patches_by_git(tmp_path: Path, context: int) -> None:
    old = [f"line {number}" for number in range(1, 1_200)]
    new = list(old)
    new[700:700] = [f"new {number}" for number in range(50)]
    del new[20:25]
    new[999] = "-- changed"
    new[3] = "++ changed"
    before, after = ("".join(f"{line}\n" for line in lines).encode() for lines in (old, new))
    hunks = parse(git_patch(tmp_path, before, after, context))
    assert not any(hunk.short for hunk in hunks)
    for limit in (MIN_LIMIT, 600, 1_500, AMPLE):
        rendering = render(hunks, limit)
        assert len(rendering.text) <= limit
        assert_right(rendering, old, new)
    assert render(hunks, AMPLE).left_out == 0


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        (None, b"a\nb", "@@ -0,0 +1,2 @@\n  1 +a\n  2 +b\n    [no line break at the end of the file]"),
        (b"a\n", None, "@@ -1 +0,0 @@\n    -a"),
        (
            b"a",
            b"a\n",
            "@@ -1 +1 @@\n    -a\n    [no line break at the end of the old file]\n  1 +a",
        ),
        (b"a\r\n", b"a\n", "@@ -1 +1 @@\n    -a[U+000D]\n  1 +a"),
        (b"x\n", b"x\ry\n", "@@ -1 +1 @@\n    -x\n  1 +x[U+000D]y"),
        (b"x\n", b"x\r+y\n", "@@ -1 +1 @@\n    -x\n  1 +x[U+000D]+y"),
        (b"x\n", "x\u2028y\x0b\x85\u202e\n".encode(), "@@ -1 +1 @@\n    -x\n  1 +x[U+2028]y[U+000B][U+0085][U+202E]"),
    ],
    ids=["new file", "gone", "missing line break", "CRLF", "CR in a line", "CR and a plus", "other line breaks"],
)
def test_what_cannot_be_seen_in_a_file_is_said(tmp_path: Path, old: bytes | None, new: bytes | None, text: str) -> None:
    assert render(parse(git_patch(tmp_path, old, new)), AMPLE).text == text


# ---- patches that are not whole ----


@given(FILES, FILES, st.data())
def test_of_a_patch_that_breaks_off_what_is_there_is_right(old: list[str], new: list[str], data: st.DataObject) -> None:
    patch = difflib_patch(old, new)
    whole = parse(patch)
    part = parse(patch[: data.draw(st.integers(0, len(patch)))])
    there = [line for hunk in part for line in hunk.lines][:-1]
    assert there == [line for hunk in whole for line in hunk.lines][: len(there)]


def test_a_patch_that_breaks_off_says_so() -> None:
    text = render(parse("@@ -1,9 +1,9 @@\n a\n+b"), AMPLE).text
    assert text.endswith("\n[... the rest of this hunk is missing ...]")


@given(st.text("@-+ ,19\\\n\rab", max_size=80), st.integers(MIN_LIMIT, 400))
@example("@@ -1 +1 @@\n-a\n+b\n" * 9, MIN_LIMIT)
@example("@@ -999999999999999999999 +1 @@\n+a", MIN_LIMIT)
@example("@@ -1 +1 @@\n" * 99, MIN_LIMIT)
@example("@@ -1 +1 @@" + "x" * 999, MIN_LIMIT)
def test_no_patch_is_an_error_and_nothing_is_lost(patch: str, limit: int) -> None:
    hunks = parse(patch)
    read = sum(bool(hunk.header) + len(hunk.lines) + sum(not line.ends for line in hunk.lines) for hunk in hunks)
    assert read <= len(patch.removesuffix("\n").split("\n"))
    rendering = render(hunks, limit)
    assert len(rendering.text) <= limit
    assert rendering.lines + rendering.left_out == sum(len(hunk.lines) for hunk in hunks)
    shown = {number for number, _, _ in rows(rendering.text) if number is not None}
    assert shown == numbers(rendering.new)


@pytest.mark.parametrize(
    ("patch", "text"),
    [
        ("+a\n-b", "    +a\n    -b"),
        ("@@ -4,3 +4,3 @@\n a\n# odd\n b", "@@ -4,3 +4,3 @@\n  4  a\n    ?# odd\n     b"),
        ("@@@ -1 -1 +1 @@@\n+a", "    ?@@@ -1 -1 +1 @@@\n    +a"),
        ("\\ No newline at end of file", "    ?\\ No newline at end of file"),
        ("@@ -4,2 +4,2 @@\n a\n\n", "@@ -4,2 +4,2 @@\n  4  a\n  5  "),
    ],
    ids=["no header", "a line of no kind", "a merge", "a note on nothing", "an empty line without its space"],
)
def test_where_numbers_cannot_be_known_none_are_shown(patch: str, text: str) -> None:
    assert render(parse(patch), AMPLE).text == text


# ---- cutting ----


def hunk(start: int, size: int, text: str = "line") -> str:
    lines = "".join(f"\n+{text} {number}" for number in range(start, start + size))
    return f"@@ -{start},0 +{start},{size} @@ def f():{lines}"


OLD = "".join(f"\n-old {number} of these lines" for number in range(30))
NEW = "".join(f"\n+new {number} of these lines" for number in range(29))
LONG = "\n+" + "x" * 999


@pytest.mark.parametrize(
    ("patch", "limit", "text"),
    [
        pytest.param(
            f"@@ -1,30 +1,3 @@\n+a\n+b\n+c{OLD}", 400,
            "@@ -1,30 +1,3 @@\n  1 +a\n  2 +b\n  3 +c\n    -old 0 of these lines\n    -old 1 of these lines\n"
            "[... 26 lines left out ...]\n@@ -29,2 +3,0 @@\n    -old 28 of these lines\n    -old 29 of these lines",
            id="nothing new behind the cut",
        ),
        pytest.param(
            f"@@ -5,30 +4,0 @@{OLD}", 400,
            "@@ -5,30 +4,0 @@\n    -old 0 of these lines\n    -old 1 of these lines\n    -old 2 of these lines\n"
            "[... 25 lines left out ...]\n@@ -33,2 +4,0 @@\n    -old 28 of these lines\n    -old 29 of these lines",
            id="nothing new at all",
        ),
        pytest.param(
            OLD[1:], 400,
            "    -old 0 of these lines\n    -old 1 of these lines\n    -old 2 of these lines\n"
            "    -old 3 of these lines\n[... 24 lines left out ...]\n"
            "    -old 28 of these lines\n    -old 29 of these lines",
            id="no header",
        ),
        pytest.param(
            f"@@ -1 +1 @@ {'x' * 999}\n+b\n-a", 400,
            f"@@ -1 +1 @@ {'x' * 25}[... 961 characters cut ...]{'x' * 13}\n  1 +b\n    -a",
            id="a long header",
        ),
        pytest.param(
            f"@@ -1,0 +1,30 @@{LONG}{NEW}", 320,
            "@@ -1,0 +1,30 @@\n[... 28 lines left out ...]\n@@ -1,0 +29,2 @@\n"
            " 29 +new 27 of these lines\n 30 +new 28 of these lines",
            id="a long line first",
        ),
        pytest.param(
            f"@@ -1,0 +1,30 @@{NEW}{LONG}", 320,
            "@@ -1,0 +1,30 @@\n  1 +new 0 of these lines\n[... 29 lines left out ...]",
            id="a long line last",
        ),
        pytest.param(
            "@@ -1 +1 @@", AMPLE, "@@ -1 +1 @@\n[... the rest of this hunk is missing ...]", id="nothing but a header"
        ),
    ],
)  # fmt: skip
def test_where_a_hunk_is_cut(patch: str, limit: int, text: str) -> None:
    assert render(parse(patch), limit).text == text


@pytest.mark.parametrize(
    "patch", [f"@@ -1,0 +1,29 @@{NEW}", NEW[1:], f"@@ -1,0 +1,30 @@{NEW}", f"{hunk(1, 20)}\n{hunk(40, 20)}"]
)
def test_what_just_fits_is_shown_whole(patch: str) -> None:
    whole = render(parse(patch), AMPLE)
    assert render(parse(patch), len(whole.text)) == whole
    assert whole.left_out == 0
    assert len(render(parse(patch), len(whole.text) - 1).text) < len(whole.text)


def test_whole_hunks_are_left_out_and_counted() -> None:
    hunks = parse("\n".join([hunk(10, 5), hunk(100, 40), hunk(200, 40), hunk(300, 5)]))
    text = render(hunks, 800).text
    assert re.findall(r"^@@.*|^\[\.\.\..*", text, re.MULTILINE) == [
        "@@ -10,0 +10,5 @@ def f():",
        "[... 2 hunks left out: 80 lines ...]",
        "@@ -300,0 +300,5 @@ def f():",
    ]


def test_a_hunk_too_large_for_any_room_is_cut_between_lines_and_counted_on() -> None:
    rendering = render(parse(hunk(100, 1_000)), 2_000)
    begin, mark, end = re.split(r"\n(\[.*\])\n", rendering.text)
    assert begin.startswith("@@ -100,0 +100,1000 @@ def f():\n 100 +line 100\n")
    (first, last), (again, final) = rendering.new
    assert mark == f"[... {again - last - 1} lines left out ...]"
    assert end.startswith(f"@@ -100,0 +{again},{final - again + 1} @@\n")
    assert ((first, last), (again, final)) == ((100, 175), (1_064, 1_099))
    assert len(rendering.text) > 1_600


def test_beside_a_giant_hunk_small_ones_are_shown() -> None:
    rendering = render(parse("\n".join([hunk(100, 5_000), hunk(6_000, 3, "small"), hunk(7_000, 5_000)])), 6_000)
    assert "+small 6002" in rendering.text
    assert "+line 100\n" in rendering.text
    assert "+line 7000\n" in rendering.text


@pytest.mark.parametrize(("limit", "shown"), [(1_500, 1), (2_500, 2), (4_000, 3), (9_000, 4)])
def test_giants_share_the_room_and_each_gets_enough_to_tell_something(limit: int, shown: int) -> None:
    starts = (1, 2_001, 4_001, 6_001)
    text = render(parse("\n".join(hunk(start, 900) for start in starts)), limit).text
    assert [f"+line {start}\n" in text for start in starts] == [True] * shown + [False] * (4 - shown)
    assert limit / 2 < len(text) <= limit


def test_small_hunks_get_at_most_half_when_there_is_a_giant() -> None:
    small = [hunk(start, 5, "small") for start in range(1_000, 3_000, 100)]
    halved = render(parse("\n".join([*small, hunk(5_000, 900)])), 4_000).text
    whole = render(parse("\n".join([*small, hunk(5_000, 150)])), 4_000).text
    assert (halved.count("@@ def f()"), whole.count("@@ def f()")) == (11 + 1, 20)


def test_only_a_line_too_long_for_the_room_is_cut_inside() -> None:
    patch = "@@ -0,0 +1,3 @@\n+a\n+" + "x" * 5_000 + "\n+b"
    assert "cut" not in render(parse(patch), AMPLE).text
    rendering = render(parse(patch), 1_000)
    assert re.search(r"\+x+\[\.\.\. \d+ characters cut \.\.\.\]x+\n", rendering.text)
    assert rendering.new == ((1, 3),)
    assert f"+{'x' * 126}[... 4811 characters cut ...]{'x' * 63}\n" in rendering.text


def test_a_removed_line_has_no_number_on_either_side_of_a_cut() -> None:
    removed = "".join(f"\n-old {number} of these lines" for number in range(30))
    assert render(parse(f"@@ -1,30 +1,3 @@{removed}\n+a\n+b\n+c"), 400).text == (
        "@@ -1,30 +1,3 @@\n    -old 0 of these lines\n    -old 1 of these lines\n    -old 2 of these lines\n"
        "[... 26 lines left out ...]\n@@ -30,1 +1,3 @@\n    -old 29 of these lines\n  1 +a\n  2 +b\n  3 +c"
    )


def test_what_is_left_out_at_the_end_is_said_too() -> None:
    patch = "\n".join([hunk(10, 2), hunk(100, 60)])
    assert render(parse(patch), 300).text == (
        "@@ -10,0 +10,2 @@ def f():\n 10 +line 10\n 11 +line 11\n[... 1 hunk left out: 60 lines ...]"
    )


def test_a_header_is_kept_and_what_it_says_of_the_place_spelt_out() -> None:
    assert render(parse("@@ -8,2 +8,2 @@ a\u202eb @@ c\n a\n b"), AMPLE).text == (
        "@@ -8,2 +8,2 @@ a[U+202E]b @@ c\n  8  a\n  9  b"
    )


@pytest.mark.parametrize(
    ("patch", "short"),
    [
        ("@@ -1,2 +1,1 @@\n a", True), ("@@ -1,1 +1,2 @@\n a", True), ("@@ -1 +1 @@\n a", False),
        ("@@ -5,2 +5,2 @@\n a\n b", False),
    ],
)  # fmt: skip
def test_a_hunk_is_short_if_either_file_lacks_a_line(patch: str, short: bool) -> None:
    assert [each.short for each in parse(patch)] == [short]


@pytest.mark.parametrize("unit", ["@@ -1 +1 @@\n", "@@ -1 +1 @@\n-a\n+b\n", "+a\n", "\\ \n", "?\n", "+\u200b", "\n"])
def test_the_work_grows_with_the_patch_and_no_faster(unit: str) -> None:
    short, long = (unit * (size // len(unit)) for size in (3_000, 24_000))
    work = [lines_run(partial(render, parse(patch), 500)) + lines_run(partial(parse, patch)) for patch in (short, long)]
    assert work[1] / work[0] < 9


# ---- what git does not call a text ----


def test_a_submodule_is_known_by_what_git_writes_for_it() -> None:
    before, after = "a" * 40, "b" * 40
    assert looks_like_submodule(parse(f"@@ -1 +1 @@\n-Subproject commit {before}\n+Subproject commit {after}"))
    assert looks_like_submodule(parse(f"@@ -0,0 +1 @@\n+Subproject commit {after}"))
    assert not looks_like_submodule(parse("@@ -1 +1 @@\n-a\n+Subproject commit soon"))
    assert not looks_like_submodule(())
    assert not looks_like_submodule(parse(f"@@ -0,0 +1,3 @@{f'{chr(10)}+Subproject commit {after}' * 3}"))
    assert not looks_like_submodule(parse(f"@@ -1 +1 @@\n Subproject commit {before}\n+Subproject commit {after}"))
    assert not looks_like_submodule(parse(f"@@ -0,0 +1 @@\n+Subproject commit {after} and more"))


def test_a_symbolic_link_may_be_known_by_what_git_writes_for_it(tmp_path: Path) -> None:
    assert may_be_symlink(parse("@@ -0,0 +1 @@\n+../etc/passwd\n\\ No newline at end of file"))
    assert may_be_symlink(parse(git_patch(tmp_path, b"a/b", b"a/c")))
    assert not may_be_symlink(parse("@@ -0,0 +1 @@\n+../etc/passwd"))
    assert not may_be_symlink(parse("@@ -0,0 +1 @@\n+1.2.3\n\\ No newline at end of file"))
    assert not may_be_symlink(parse("@@ -0,0 +1 @@\n+see a/b\n\\ No newline at end of file"))
    assert not may_be_symlink(parse("@@ -1 +1 @@\n a/b\n\\ No newline at end of file"))
    assert not may_be_symlink(parse("@@ -1 +1 @@\n-a/b\n+a/c\n\\ No newline at end of file"))
    assert not may_be_symlink(())


@given(st.sets(st.integers(1, 60)))
def test_ranges_hold_what_they_were_made_of_and_no_two_of_them_touch(found: set[int]) -> None:
    made = ranges([None, *found])
    assert numbers(made) == found
    assert all(after[0] > before[1] + 1 for before, after in pairwise(made))


@given(old=FILES, new=FILES, cut=st.integers(0, 200))
def test_what_was_read_can_be_written_again(old: list[str], new: list[str], cut: int) -> None:
    whole = parse(difflib_patch(old, new))
    for hunks in (whole, whole[1:], parse(difflib_patch(old, new)[:cut])):
        assert parse(written(hunks)) == hunks


def test_a_patch_is_written_as_it_was_read() -> None:
    patch = "@@ -1,2 +1,2 @@ def f():\n a\n-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file"
    assert written(parse(patch)) == patch
