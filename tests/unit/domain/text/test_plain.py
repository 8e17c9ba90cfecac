"""What counts as text that a person wrote."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.text.plain import (
    is_checklist,
    may_address,
    mention_pattern,
    same_request,
    same_text,
    split_fences,
    strip_code_blocks,
    strip_html_comments,
    substance,
    text_weight,
)

PACKAGE = Path(__file__).parents[4] / "hls_action"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        pytest.param("a<!-- hidden -->b", "ab", id="inside a line"),
        pytest.param("a<!-- one\ntwo\n-->b", "ab", id="over several lines"),
        pytest.param("a<!-- 1 -->b<!-- 2 -->c", "abc", id="several"),
        pytest.param("a\n<!-- never closed\nb", "a\n", id="never closed"),
        pytest.param("a --> b", "a --> b", id="only the end"),
    ],
)
def test_html_comments_are_removed(text: str, left: str) -> None:
    assert strip_html_comments(text) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        pytest.param("a\n```\ncode\n```\nb", "a\nb", id="backticks"),
        pytest.param("a\n~~~ python\ncode\n~~~\nb", "a\nb", id="tildes with a language"),
        pytest.param("a\n```\ncode", "a", id="unclosed"),
        pytest.param("````\n```\ncode\n````\nb", "b", id="a longer fence around a shorter one"),
        pytest.param("```\ncode\n~~~\nmore\n```\nb", "b", id="the other kind does not close"),
        pytest.param("```\ncode\n``` no\nmore\n```\nb", "b", id="a closing fence has no text after it"),
        pytest.param("```\ncode\n`````\nb", "b", id="a longer fence closes"),
        pytest.param("```not`a fence\nb", "```not`a fence\nb", id="a backtick after backticks makes it inline code"),
        pytest.param("    ```\nb", "    ```\nb", id="four spaces are no fence"),
        pytest.param("   ```\ncode\n ```\nb", "b", id="up to three spaces are"),
        pytest.param("<!--\n```\n-->\nb", "<!--\n```\n-->\nb", id="a fence in an HTML comment is none"),
    ],
)
def test_code_blocks_are_removed(text: str, left: str) -> None:
    assert strip_code_blocks(text) == left


@given(st.text(alphabet=st.characters(exclude_characters="`~")))
def test_text_without_fences_stays_as_it_is(text: str) -> None:
    assert strip_code_blocks(text) == text


@pytest.mark.parametrize(
    ("title", "body", "expected"),
    [
        pytest.param("Title", "Body", "Body", id="the body counts"),
        pytest.param(" Title ", None, "Title", id="no body: the title"),
        pytest.param("Title", " \n ", "Title", id="white space is no body"),
        pytest.param("Title", "<!-- Describe the bug -->", "Title", id="an untouched template is no body"),
        pytest.param("Title", "<!-- hint -->\nIt fails", "It fails", id="hints do not count"),
    ],
)
def test_substance_is_what_there_is_to_read(title: str, body: str | None, expected: str) -> None:
    assert substance(title, body) == expected


IMAGE = '<img width="1920" height="1080" alt="Image" src="https://github.com/user-attachments/assets/0b1c" />'
PICTURE = "![image](https://github.com/user-attachments/assets/0b1c-2d3e)"
FORM = """### What happened?

{}

### Version

_No response_

### Relevant log output

```shell
{}
```

### Code of Conduct

- [X] I agree to follow this project's Code of Conduct
- [ ] I have searched the existing issues"""


@pytest.mark.parametrize(
    ("body", "written"),
    [
        pytest.param(IMAGE, "", id="one image, as GitHub pastes it"),
        pytest.param(IMAGE.replace(" height", "\nheight"), "", id="a tag over two lines"),
        pytest.param(PICTURE, "", id="one image, in Markdown"),
        pytest.param(f"[{PICTURE}](https://x.test/large)", "", id="an image with a link"),
        pytest.param("![Uploading image.png…]()", "", id="an image on its way"),
        pytest.param(f"Look: {PICTURE}", "Look:", id="words beside an image"),
        pytest.param("https://github.com/user-attachments/assets/0b1c-2d3e", "", id="a video"),
        pytest.param("[out.log](https://github.com/user-attachments/files/1/out.log)", "", id="a file"),
        pytest.param("[out.log](https://github.com/octo/repo/files/1/out.log)", "", id="a file of former days"),
        pytest.param("https://user-images.githubusercontent.com/1/2.png", "", id="an image of former days"),
        pytest.param("[the docs](https://x.test/a)", "[the docs](https://x.test/a)", id="a link to elsewhere"),
        pytest.param("https://github.com/octo/repo/issues/1", "https://github.com/octo/repo/issues/1", id="an issue"),
        pytest.param(FORM.format("_No response_", ""), "", id="a form with nothing filled in"),
        pytest.param(FORM.format("_No response_", "").replace("\n", "\r\n"), "", id="one with Windows line breaks"),
        pytest.param(FORM.format("N/A", "\n"), "", id="a form with a field that says nothing"),
        pytest.param(FORM.format("It crashes.", ""), "It crashes.", id="a form with one field filled in"),
        pytest.param(FORM.format("_No response_", "# 1\nE: no"), "# 1\nE: no", id="a form with a log only"),
        pytest.param(FORM.format("- None", "~~~"), "", id="a form with a list of nothing"),
        pytest.param("### A\n\nnone of these work", "none of these work", id="an answer that begins like no answer"),
        pytest.param("### 何が起きましたか\n\n_No response_", "", id="a form in another language"),
        pytest.param("# The export fails", "", id="a heading alone"),
        pytest.param("#1 is back", "#1 is back", id="the number of an issue is no heading"),
        pytest.param("> It crashes.\n\nHere, too.", "Here, too.", id="a quotation"),
        pytest.param("---\n***\n| | |\n|-|-|\n!!!", "", id="rules and frames"),
        pytest.param("<details>\n<summary>Log</summary>\n\nE: no\n</details>", "Log\nE: no", id="tags"),
        pytest.param("if a < b and c > d", "if a < b and c > d", id="no tags"),
        pytest.param("- [x] done\n1. [ ] open\n- [text] x", "- [text] x", id="checkboxes"),
    ],
)
def test_only_what_a_person_wrote_is_substance(body: str, written: str) -> None:
    assert substance("", body) == written


@pytest.mark.parametrize(
    ("title", "body", "left"),
    [
        pytest.param(
            "[Bug]: The export fails", FORM.format("_No response_", ""), "The export fails", id="an empty form"
        ),
        pytest.param(" [Bug] Fails", PICTURE, "Fails", id="a picture"),
        pytest.param("[Bug]: ", "### A\n\n_No response_", "", id="a title that the form began"),
        pytest.param("[Bug]: Fails", None, "[Bug]: Fails", id="no body: the title as it stands"),
    ],
)
def test_where_nothing_was_written_the_title_is_what_there_is(title: str, body: str | None, left: str) -> None:
    assert substance(title, body) == left


@pytest.mark.parametrize(
    ("text", "weighs"),
    [
        pytest.param("It crashes.", 11, id="Latin"),
        pytest.param("a  b\n\n\tc", 5, id="white space as one character"),
        pytest.param("更新之后", 12, id="Han"),
        pytest.param("カタカナ", 12, id="kana"),
        pytest.param("한국어", 9, id="Hangul"),
        pytest.param("โปร", 9, id="Thai"),
        pytest.param("Ошибка", 6, id="Cyrillic"),
        pytest.param("e\u0301t\u0301", 2, id="decomposed accents"),
        pytest.param("a" + "\u200b" * 60, 1, id="what shows nothing"),
    ],
)
def test_weight_is_about_so_many_latin_characters(text: str, weighs: int) -> None:
    assert text_weight(text) == weighs


@pytest.mark.parametrize(
    "text",
    [
        "After the update the program does not start any more.",
        "更新到最新版本之后程序无法正常启动请问是什么原因",
        "更新してからプログラムが起動しなくなりました。",
        "업데이트한 뒤로 프로그램이 시작되지 않습니다.",
        "โปรแกรมไม่ทำงานหลังจากอัปเดตครั้งล่าสุด",
    ],
)
def test_a_sentence_is_long_enough_in_any_script(text: str) -> None:
    assert text_weight(substance("", text)) >= 50


@given(st.text(), st.text())
def test_nobody_is_credited_with_more_than_there_is(title: str, body: str) -> None:
    assert 0 <= text_weight(substance(title, body)) <= 3 * max(len(title), len(body))


@given(st.text(st.characters(categories=["L", "Nd"]), min_size=1), st.integers(1, 30))
def test_empty_fields_and_images_add_nothing_to_what_was_written(answer: str, fields: int) -> None:
    padding = f"\n\n### Field\n\n_No response_\n\n{PICTURE}\n\n- [x] Yes" * fields
    assert substance("Title", f"I say {answer}{padding}") == substance("Title", f"I say {answer}")


@pytest.mark.parametrize(
    "unit", ["<", "<a", "<a ", "![", "![](", "[](", "[", "](", "https://github.com/", "https://github.com/a/", "#",
             "- [ ] ", "# \n", "```\n", "_No response_\n", "-", "> ", "汉", "\u0301", "<!--", "-->"]
)  # fmt: skip
def test_time_grows_with_the_text_and_not_faster(unit: str) -> None:
    """Sixteen times the text in at most sixty times the time; were it squared, that would be 256 times."""

    def fastest(text: str) -> float:
        times = []
        for _ in range(3):
            start = time.process_time()
            text_weight(substance("", text))
            times.append(time.process_time() - start)
        return min(times)

    fastest(unit * 10)
    assert fastest(unit * 16_000) < 60 * max(fastest(unit * 1_000), 0.000_1)


def test_a_comment_opening_quoted_as_code_hides_nothing() -> None:
    """GitHub shows code as it stands, so a person reads on after it."""
    assert "hides the rest" in substance("Title", "Writing `<!--` into a cell hides the rest of the page.")


# ---- row by row ----


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", [("", False)]),
        ("a", [("a", False)]),
        ("a\n```\nb\n```\nc", [("a", False), ("```\nb\n```", True), ("c", False)]),
        ("```\n```", [("```\n```", True)]),
        ("~~~ a`b\nc\n~~~", [("~~~ a`b\nc\n~~~", True)]),
        ("``` a`b\nc", [("``` a`b\nc", False)]),
        ("```\na\n``` b\n````\nc", [("```\na\n``` b\n````", True), ("c", False)]),
        ("<!--\n```\n-->\n```\na\n```", [("<!--\n```\n-->", False), ("```\na\n```", True)]),
        ("<!-- --> <!--\n```", [("<!-- --> <!--\n```", False)]),
        ("-->\n```\na", [("-->", False), ("```\na", True)]),
        ("<!-- a\nb --> c\n```\nd", [("<!-- a\nb --> c", False), ("```\nd", True)]),
        ("<!-- a --> b\n```\nc", [("<!-- a --> b", False), ("```\nc", True)]),
        ("a --> <!-- b\n```\n-->", [("a --> <!-- b\n```\n-->", False)]),
        ("   ```\na\n  ```  \nb", [("   ```\na\n  ```  ", True), ("b", False)]),
        ("    ```\na", [("    ```\na", False)]),
        ("--> <!-- -->\n```\na", [("--> <!-- -->", False), ("```\na", True)]),
        ("<!--\na\n```\n-->", [("<!--\na\n```\n-->", False)]),
    ],
)
def test_where_fences_are(text: str, parts: list[tuple[str, bool]]) -> None:
    assert split_fences(text) == parts


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("<!-->a", "a"),
        ("<!--->a-->b", "a-->b"),
        ("<!---->a", "a"),
        ("<!-- a", ""),
        ("a <!-- b", "a <!-- b"),
        ("```\n<!-- a -->\n```\n<!-- b -->c", "```\n<!-- a -->\n```\nc"),
        ("-->a<!-- b -->", "-->a"),
        ("<!-- a -->-->b", "-->b"),
        ("   <!-- a", ""),
        ("    <!-- a", "    <!-- a"),
    ],
)
def test_where_comments_end(text: str, left: str) -> None:
    assert strip_html_comments(text) == left


@pytest.mark.parametrize(
    ("body", "is_list"),
    [
        ("- [ ] a\n- [x] b\n- [X] c", True),
        ("- [ ] a\n- [x] b", False),
        ("- [ ] a\n- [ ] b\n- [ ] c\nd\ne", True),
        ("- [ ] a\n- [ ] b\n- [ ] c\nd\ne\nf", False),
        ("# t\r\n1. [ ] a\r\n\r\n* [ ] b\r\n+ [ ] c", True),
        ("```\n- [ ] a\n- [ ] a\n- [ ] a\n```\nb", False),
        ("<!-- x\ny\nz -->\n- [ ] a\n- [ ] b\n- [ ] c", True),
        ("- [ ] a\n- [ ] b\n- [ ] c\n \n \n  \n# d\n## e", True),
        ("X\n- [ ] a\n- [ ] b", False),
        ("a - [ ] b\na - [ ] b\na - [ ] b", False),
        ("- [ ] a\n- [ ] b\n- [ ] c\nd\n# e\n## f", True),
    ],
)
def test_what_is_a_list_of_tasks(body: str, is_list: bool) -> None:
    assert is_checklist(body) is is_list


@pytest.mark.parametrize(
    ("body", "asked"),
    [
        (None, ""),
        ("", ""),
        ("a", ""),
        ("@hls", ""),
        ("@HLS why", "why"),
        ("@hls: why?", "why?"),
        ("a @hls", ""),
        ("a\n@hls b", "b"),
        ("  @hls b\nc", "b\nc"),
        ("> @hls b", ""),
        ("> a\n@hls b", "b"),
        ("<b>@hls c", "c"),
        ("> <b>@hls c", "c"),
        ("- @hls b", "b"),
        ("1. @hls b", "b"),
        ("[^1]: @hls b", "b"),
        ("**@hls** b", "b"),
        ("@hlsx", ""),
        ("@hls、b", "b"),
        ("a\r@hls b\r\nc", "b\nc"),
        ("\u200b@hls b", "b"),
        ("- > @hls b", ""),
        ("> a\n> @hls b\n\n@hls c", "c"),
        ("é @hls b", ""),
        ("é\n@HLS b", "b"),
        ("<b> x\n> @hls c", "c"),
        ("@hls<b>", "<b>"),
        ("@hls, *a*", "*a*"),
        ("@hls\n\n b ", "b"),
        ("@hls:Xa", "Xa"),
        ("X@hls a", ""),
        ("<b> x\n> @hls c <i>", "c <i>"),
        ("a\nb\n> @hls c", ""),
    ],
)
def test_what_a_text_may_ask(body: str | None, asked: str) -> None:
    assert may_address(body, "@hls") == asked


@pytest.mark.parametrize(
    ("line", "rest"),
    [
        ("@hls", ""),
        ("@hls b", " b"),
        ("@HLS: b c", " b c"),
        (" @hls, b", " b"),
        ("**@hls** b", " b"),
        ("*@hls:* b", " b"),
        ("**@hls* b", None),
        ("@hlsx", None),
        ("a @hls", None),
        ("_@hls_: b", " b"),
        ("@hls\uff1ab", "b"),
        ("\u200b @hls b", " b"),
        ("@hls. b", None),
        ("@hls b\nc", " b"),
    ],
)
def test_how_a_line_begins_that_speaks_to_the_bot(line: str, rest: str | None) -> None:
    found = mention_pattern("@hls").match(line)
    assert (found and found["rest"]) == rest


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("a", "a", True),
        ("a", "b", False),
        ("\na \n", "a", True),
        ("- [ ] a", "- [x] a", True),
        ("- [ ] a", "- [X] a\r\n", True),
        ("- [ ] a `b`", "- [x] a `b`", False),
        ("- [ ] a", "- [x] b", False),
        ("a [ ] b", "a [x] b", False),
        ("1. [ ] a", "1. [x] a", False),
        (" a", "a", False),
        ("a\r\nb", "a\nb", True),
        ("- [ ] X", "- [x] X", True),
        ("Xa", "a", False),
    ],
)
def test_texts_that_are_the_same_but_for_ticks(before: str, after: str, same: bool) -> None:
    assert same_text(before, after) is same_text(after, before) is same


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("a\n@hls b", "c\n@hls b", True),
        ("@hls b", "@hls c", False),
        ("a\n@hls b", "c\n@hls d", False),
        ("a `\n@hls b", "c\n@hls b", False),
        ("a\n@hls b", "- c\n@hls b", False),
        ("a\n@hls b", "> c\n@hls b", False),
        ("a\n@hls b ", "c\r\n@HLS b", True),
        ("a\n@hls b", "c", False),
        ("a", "b", False),
        ("a\n@hls, b\nc", "x\n@hls, b\nc", True),
        ("a\n@hls, b\nc", "x\n@hls, b\nd", False),
        ("a\n   @hls b", "c\n@hls b", True),
        ("a\n    @hls b", "c\n@hls b", False),
        ("a\n@hlsx", "c\n@hlsx", False),
        ("c", "a\n@hls b", False),
        ("- [ ] x\n@hls b", "- [x] x\n@hls b", True),
    ],
)
def test_requests_that_are_the_same(before: str, after: str, same: bool) -> None:
    assert same_request(before, after, "@hls") is same_request(after, before, "@hls") is same


@pytest.mark.parametrize(
    ("title", "body", "left"),
    [
        ("[Bug]: [a] b", "<!-- -->", "[a] b"),
        ("[a] b", " ", "[a] b"),
        ("", "none", ""),
        ("", "Nil.", ""),
        ("", "NA", ""),
        ("", "*No response*", ""),
        ("", "n/a -", ""),
        ("", "```\nnone\n```", ""),
        ("", "```\n---\na\n```", "a"),
        ("", "```\n~~~\n```", ""),
        ("", "a\n# b\nc", "a\nc"),
        ("", "X none", "X none"),
        ("", "a\r\n# b\r\nc\r\nd", "a\nc\nd"),
    ],
)
def test_more_of_what_was_written(title: str, body: str, left: str) -> None:
    assert substance(title, body) == left


# ---- old Pythons ----

CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\\n])*\]")
POSSESSIVE_GROUP = re.compile(r"(?<!\\)\)(?:[*+?]|\{+\d*,?\d*\}+)\+")


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_group_is_possessive(path: Path) -> None:
    """Until Python 3.11.5 a group with ``*+`` behind it misses matches: https://github.com/python/cpython/issues/106052

    ``(?>(?:...)*)`` means the same, and works in every Python that HLS runs on.
    """
    assert POSSESSIVE_GROUP.findall(CLASS.sub("x", path.read_text("utf-8"))) == []


@pytest.mark.parametrize("pattern", ["(?:a|b)*+c", "(?:a){1,2}+", "(a)++", "(?:a){{2,}}+"])
def test_such_a_group_would_be_seen(pattern: str) -> None:
    assert POSSESSIVE_GROUP.search(CLASS.sub("x", pattern))
