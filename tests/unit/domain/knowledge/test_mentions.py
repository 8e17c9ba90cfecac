"""Which files and lines a text names, however it writes them."""

from __future__ import annotations

from time import process_time

import pytest

from hls_action.domain.knowledge.mentions import in_markdown, in_text
from hls_action.domain.text.markdown import parse

FORMS = [
    pytest.param("src/a.py:42", [("src/a.py", 42, 42)], id="a line"),
    pytest.param("src/a.py:L42", [("src/a.py", 42, 42)], id="with an L"),
    pytest.param("a.py:3-9 a.py:3\u20139", [("a.py", 3, 9), ("a.py", 3, 9)], id="a range"),
    pytest.param("file.py:12:5", [("file.py", 12, 12)], id="with a column"),
    pytest.param("path#L12 src/a.py#L12 a.py#L3-L9 a.py#L3C1-L9C2", [("src/a.py", 12, 12), *[("a.py", 3, 9)] * 2],
                 id="as an anchor"),
    pytest.param("a.py, line 12; a.py line 12; a.py at line 12; a.py on line 12", [("a.py", 12, 12)] * 4,
                 id="in words"),
    pytest.param("a.py (line 12), (a.py, line 12)", [("a.py", 12, 12)] * 2, id="in brackets"),
    pytest.param("a.py, lines 3-9; a.py lines 3 to 9", [("a.py", 3, 9)] * 2, id="a range in words"),
    pytest.param("line 12 of src/a.py and lines 3 to 9 in a.py", [("src/a.py", 12, 12), ("a.py", 3, 9)],
                 id="the line first"),
    pytest.param('File "src/a.py", line 42, in f', [("src/a.py", 42, 42)], id="Python's traceback"),
    pytest.param("at f (/app/x.js:10:5)", [("/app/x.js", 10, 10)], id="Node's"),
    pytest.param("/srv/x.rb:10:in `call'", [("/srv/x.rb", 10, 10)], id="Ruby's"),
    pytest.param("C:\\p\\A.cs:line 9, C:/p/A.cs:9, src\\a.py:3", [*[("C:/p/A.cs", 9, 9)] * 2, ("src/a.py", 3, 3)],
                 id="Windows"),
    pytest.param("./src/a.py:1 ../b.py:2 .github/w.yml:3", [("src/a.py", 1, 1), ("../b.py", 2, 2), (".github/w.yml",
                 3, 3)],
                 id="dots"),
    pytest.param("docker/Dockerfile:3 and Makefile:4", [("docker/Dockerfile", 3, 3), ("Makefile", 4, 4)],
                 id="without an ending"),
    pytest.param("\u306fsrc/a.py:42\u3067", [("src/a.py", 42, 42)], id="in a language without spaces"),
    pytest.param("It is in src/a.py.", [("src/a.py", 0, 0)], id="a file"),
    pytest.param("https://github.com/O/r/blob/main/src/a%20b.md?plain=1#L3-L9", [("src/a b.md", 3, 9)],
                 id="an address"),
    pytest.param("https://x.test/a.py:42 http://localhost:80/f?x=a.py:3", [], id="other addresses"),
    pytest.param("12:30, a:3, v1.2:3, 10.0.0.1:80, README:3", [], id="no files"),
    pytest.param("a.py:123456789 a.py:1x a.py:3.11", [("a.py", 0, 0)] * 3, id="no lines"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "named"), FORMS)
def test_what_a_plain_text_names(text: str, named: list[object]) -> None:
    assert [each.names for each in in_text(text)] == named


@pytest.mark.parametrize(("text", "named"), FORMS)
@pytest.mark.parametrize("form", ["{}", "# {}", "> - {}", "| a |\n|---|\n| {} |", "<details>\n{}\n</details>"])
def test_markdown_names_the_same_wherever_it_stands(text: str, named: list[object], form: str) -> None:
    assert [each.names for each in in_markdown(parse(form.format(text)))] == named


def test_an_address_says_whose_page_it_is() -> None:
    (found,) = in_text("https://github.com/O/r/blob/main/src/a.py#L3")
    assert (found.home, found.path) == ("o/r", "src/a.py")


@pytest.mark.parametrize(
    ("text", "around"),
    [
        pytest.param("see src/a.py:42.", "src/a.py:42", id="plain"),
        pytest.param("`src/a.py:42`", "`src/a.py:42`", id="as code"),
        pytest.param("`` src/a.py:42 ``", "`` src/a.py:42 ``", id="as code, with more marks"),
        pytest.param("`src/a.py`:42", "`src/a.py`:42", id="its line after the code"),
        pytest.param("`src/a.py` (line 42)", "`src/a.py` (line 42)", id="in words after the code"),
        pytest.param("line 42 of `src/a.py`", "line 42 of `src/a.py`", id="in words before the code"),
        pytest.param("**src/a.py:42**", "src/a.py:42", id="emphasised as a whole"),
        pytest.param("src/\\a\\.py:42", None, id="no path"),
        pytest.param("src/a\\.py:42", "src/a\\.py:42", id="with an escape"),
        pytest.param("> x\n> src/a.py, line\n> 42", "src/a.py, line\n> 42", id="over a line break"),
        pytest.param("**src/a.py**:42", "", id="emphasised in part"),
        pytest.param("[src/a.py:42](https://x.test)", "", id="in a link"),
        pytest.param("`run src/a.py:42`", None, id="in code"),
        pytest.param("    src/a.py:42", None, id="in a block of code"),
    ],
)
def test_where_something_can_be_put_around_it(text: str, around: str | None) -> None:
    found = [each for each in in_markdown(parse(text)) if each.names == ("src/a.py", 42, 42)]
    if around is None:
        assert found == []
    else:
        assert [text[each.start : each.end] if each.wraps else "" for each in found] == [around]


@pytest.mark.parametrize(
    ("text", "end"),
    [
        pytest.param("**src/a.py**:42 x", 15, id="its last character"),
        pytest.param("[src/a.py:42](https://x.test) x", 29, id="the end of the link"),
        pytest.param("[x](https://h/o/r/blob/main/a.py#L3) x", 36, id="the end of an address"),
        pytest.param("<https://h/o/r/blob/main/a.py#L3> x", 33, id="the end of an automatic link"),
    ],
)
def test_where_something_can_be_put_behind_it(text: str, end: int) -> None:
    assert [each.end for each in in_markdown(parse(text))] == [end]


def test_odd_paths_are_found_where_they_are_known() -> None:
    known = ("app/[id]/page one.tsx", "bin/run", "x#y.py", "pr\u00fcf/\u00e4.py")
    text = "app/[id]/page one.tsx:3, `bin/run`, line 4, bin/running:5 and x#y.py, pr\u00fcf/\u00e4.py:6"
    assert [each.names for each in in_markdown(parse(text), known)] == [
        ("app/[id]/page one.tsx", 3, 3),
        ("bin/run", 4, 4),
        ("x#y.py", 0, 0),
        ("pr\u00fcf/\u00e4.py", 6, 6),
    ]
    assert not any("bin" in each.path for each in in_markdown(parse(text)))


@pytest.mark.parametrize(
    ("path", "is_file"),
    [
        ("a.py", True),
        ("Dockerfile", True),
        ("x/y.odd", True),
        ("example.com", False),
        ("list.append", False),
        ("A.TSX", True),
    ],
)
def test_what_can_only_be_a_file(path: str, is_file: bool) -> None:
    assert [each.is_file for each in in_text(f"{path}:3")] == [is_file]


@pytest.mark.parametrize(
    "unit", ["a/", "a.", "a.py:1 ", "line 1 of ", "../", "https://a/b/c/blob/d/", "C:\\", "a-b.c+"]
)
def test_long_texts_take_time_by_their_length(unit: str) -> None:
    def seconds(times: int) -> float:
        begin = process_time()
        assert len(list(in_text(unit * times))) >= 0
        return process_time() - begin

    seconds(100)
    assert seconds(8_000) < 12 * max(seconds(2_000), 0.02)
