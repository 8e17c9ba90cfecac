"""What a reply says of the files behind it."""

from __future__ import annotations

from hls_action.domain.drafts.small_print import NAMED, FilesBehind, files_behind


def test_nothing_read_is_nothing_said() -> None:
    assert files_behind((), ()).shown == ""


def test_a_few_are_named_and_the_rest_counted() -> None:
    paths = [f"docs/{number}.md" for number in range(NAMED + 1_000)]
    shown = files_behind(paths, ["a.lock"]).shown
    assert shown.startswith("<sub>Also read: `docs/0.md`, `docs/1.md`, ")
    assert shown.endswith("`docs/3.md` and 1,000 more. Not read, as the maintainers want it: `a.lock`.</sub>")


def test_a_path_is_only_shown() -> None:
    hostile = FilesBehind(read=("a`@ann #1 <img src=x>\n.md",), more_read=-3)
    assert hostile.shown == "<sub>Also read: ``a`@ann #1 <img src=x> .md``.</sub>"


def test_whatever_is_stored_names_a_few_alone() -> None:
    assert FilesBehind(read=tuple("abcdefghijkl")).shown.count("`") == 2 * NAMED
