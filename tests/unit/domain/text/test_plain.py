"""What counts as text that a person wrote."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.text.plain import strip_code_blocks, strip_html_comments, substance, text_weight

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
