"""Characters that cannot be seen: left alone where they are ordinary writing, shown or blanked out elsewhere.

Rows are written with escapes, for the point of them could not be seen.
"""

# ruff: noqa: RUF001 - letters of other scripts are what this is about

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hls_action.domain.text.characters import ZERO_WIDTH_SPACE, blank_out, spell_out, unseen

MARK = re.compile(r"\[U\+([0-9A-F]{4,6})(?: x (\d+))?\]")

ENGLAND = "".join(chr(0xE0000 + ord(c)) for c in "gbeng\x7f")

ORDINARY = [
    pytest.param("a\nb\tc\n", id="line breaks and tabs"),
    pytest.param("a\u00a0b\u2003c\u202fd\u205fe\u3000f\u1680g", id="spaces of any width"),
    pytest.param("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", id="a joiner between Persian letters"),
    pytest.param("\u06f2\u06f0\u200c\u0633\u0627\u0644\u0647", id="a joiner after Persian digits"),
    pytest.param("PR\u200c\u0647\u0627", id="a Persian plural of an English word"),
    pytest.param("\u0647\u200d.\u0634", id="a Persian abbreviation in its joined form"),
    pytest.param("\u0915\u094d\u200d\u0937", id="a joiner after a virama"),
    pytest.param("\u0915\u094d\u200c\u0937", id="a non-joiner after a virama"),
    pytest.param("\u0710\u200c\u0712 \u07ca\u200d\u07cb", id="Syriac and N'Ko"),
    pytest.param("\U00011392\U000113d0\u200d\U00011393", id="a script newer than Python's tables"),
    pytest.param("\u17a2\u17c6\u200b\u1796\u17b8 a\u200b\u1796\u200ba", id="a break between Khmer words"),
    pytest.param("\U0001f468\u200d\U0001f469\u200d\U0001f467", id="an emoji of several people"),
    pytest.param("\u2764\ufe0f\u200d\U0001f525", id="a joiner after a presentation selector"),
    pytest.param("\U0001f9d4\U0001f3fb\u200d\u2642\ufe0f", id="a joiner after a skin tone"),
    pytest.param("\U0001fadf\u200d\U0001faff", id="emoji newer than Python's tables"),
    pytest.param("\u2764\ufe0f \u2764\ufe0e \u00a9\ufe0f \u2122\ufe0e \u25b6\ufe0e", id="emoji and text presentation"),
    pytest.param("1\ufe0f\u20e3 #\ufe0f\u20e3 *\ufe0f\u20e3 2\ufe0e", id="keycaps"),
    pytest.param(
        "".join("\U0001f3f4" + "".join(chr(0xE0000 + ord(c)) for c in r + "\x7f") for r in ("gbeng", "gbsct", "gbwls")),
        id="flags of England, Scotland and Wales",
    ),
    pytest.param("\u845b\U000e0100\u57ce \u8fbb\U000e0101 \u9f8d\ufe00", id="forms of ideographs"),
    pytest.param("\U00020bb7\U000e0100", id="the form of a rare ideograph"),
    pytest.param("0\ufe00 \u2229\ufe00 \u3001\ufe01 \u201c\ufe02 \U0001d49c\ufe01 \u1000\ufe00", id="other forms"),
    pytest.param("\U00013091\ufe00\U00013430\U00013437\U00013000\U00013438\U00013438", id="hieroglyphs"),
    pytest.param("\u182d\u180b\u1820 \u1828\u180e\u1820 \u1828\u180b\u180e\u1821", id="forms of Mongolian letters"),
    pytest.param("\u05d0\u05d1\u05d2 C++\u200e, \u05d3", id="a mark after punctuation in a Hebrew line"),
    pytest.param("(\u0627\u0628)\u200f \u061c1-2", id="marks in an Arabic line"),
    pytest.param("\u05d0 \u2066C++\u2069 \u05d1", id="an isolate in a Hebrew line"),
    pytest.param("see \u2068\u05d0\u05d1\u2069!", id="an isolate around a Hebrew word"),
    pytest.param("\u2067\u05d0 \u2066C++\u2069\u2069", id="an isolate inside another"),
    pytest.param("Zu\u00adsam\u00admen", id="soft hyphens in a word"),
    pytest.param(
        "cafe\u0301\u00adteria \U00011392\u00ad\U00011393", id="a soft hyphen after a mark, and in a new script"
    ),
    pytest.param("\u05dc\u05b7\u034f\u05b4\u05dd", id="a grapheme joiner between two marks"),
    pytest.param("\u115f\u1161 \u1100\u1160\u11a8 \u115f\u1160\u11a8", id="incomplete syllables of old Hangul"),
    pytest.param("\u2800\u2800\u28ff\u2800\u28c0\u2800", id="a picture in Braille"),
    pytest.param(
        "\U00018b00\U00016fe4\U00018b01 \U0001d159\U0001d165", id="a Khitan cluster; a stem without a notehead"
    ),
    pytest.param("\ue0b0 \uf113 \U000f0a0a \U0010fffd", id="private use: the symbols of a prompt"),
    pytest.param("\u0378 \U0001fb00 \U0003fffd \U000e1000", id="code points that Python does not know"),
    pytest.param("\u0600\u0661 \u06dd \u070f\u0710 \U000110bd\U00011066", id="format characters that show"),
    pytest.param("\ufffc\ufffd", id="replacement characters, which show"),
    pytest.param(
        "\u0628\u200cX\u200c\u0628 \u2764\ufe0fX \u845b\ufe00X \u2229\ufe00X \U00013091\ufe00X", id="X beside them"
    ),
    pytest.param("\u182d\u180bX \u1796\u200bX\u200b\u1796 \U00013091\U00013430X\U00013430\U00013091", id="X again"),
    pytest.param("X\u200e, \u05d0, \u200eX", id="marks of direction beside X in a Hebrew line"),
    pytest.param("\u200ea \u05d0\u200e\u05d1", id="a mark before a line's first word, and between Hebrew letters"),
    pytest.param("\u2066a \u2067\u05d0\u2069\u2069", id="an isolate around one with a single Hebrew letter"),
]

NOT_ORDINARY = [
    pytest.param("a\x00b", [1], id="NUL"),
    pytest.param("a\x1b[31mb\x07\x7f\x9f", [1, 7, 8, 9], id="an escape and other controls"),
    pytest.param("a\x0b\x0c\x85\u2028\u2029b", [1, 2, 3, 4, 5], id="line breaks of other kinds"),
    pytest.param("a\r\nb\rc", [1, 4], id="carriage returns"),
    pytest.param("\ufeffa\ufeffb", [0, 2], id="byte order marks"),
    pytest.param("a\u200bb\u2060c", [1, 3], id="a space and a joiner without width"),
    pytest.param("\u2061\u2062\u2063\u2064\u2065", [0, 1, 2, 3, 4], id="operators that show nothing"),
    pytest.param("\u206a\u206f\ufff9\ufffa\ufffb\ufff0\ufff8", range(7), id="deprecated formats, and annotations"),
    pytest.param("\U0001d173\U0001d17a\U0001bca0\U0001bca3\U0001d159a", range(5), id="formats of music and shorthand"),
    pytest.param("a\u200cb\u200dc", [1, 3], id="joiners between Latin letters"),
    pytest.param(
        "X\u200cX\u200dX\ufe0fX\ufe00X\U000e0100X\u180bX\u180eX\u200bX", range(1, 16, 2), id="after X, before X"
    ),
    pytest.param("X\U00013430X\u115fX\u1160X\U00016fe4X\U0001d159X\u2800X\u034fX", range(1, 14, 2), id="more there"),
    pytest.param("X\u180e\u1820 \u1820\u180eX \u2764X\u200d\u2764", [1, 5, 10], id="X on one side"),
    pytest.param("X\u200eX\u2066X\u2069\n\u05d0X\u200fX", [1, 3, 5, 9], id="marks of direction beside X"),
    pytest.param("X\ufe0f\u200d\U0001f525 \u2764\ufe0f\u200dX \u115f\u1160X", [1, 2, 7, 10, 11], id="X for a part"),
    pytest.param("X\u180b\u180e\u1820 \u1820X\u180e\u1820", [1, 2, 7], id="X for a part in Mongolian"),
    pytest.param(
        "X\U00013430\U00013430 \U00013091X\U00013430 \U00013430X\U00013091", [1, 2, 6, 8], id="of hieroglyphs"
    ),
    pytest.param("\u05d0 \u2067\u2066X\u2069\u2069", [3, 5], id="X in an isolate inside another"),
    pytest.param("a\u00ad\u3164", [1, 2], id="a soft hyphen before a filler"),
    pytest.param("\U0001f3f4X\U000e0067\U000e007f", [2, 3], id="a flag, X and tags"),
    pytest.param("\u0628\u200c\u200d\u0628", [1, 2], id="more than one joiner"),
    pytest.param("\u0628\u200c\u200c\u200c ", [1, 2, 3], id="more than one joiner at a word's end"),
    pytest.param(" \u200d \u200c", [1, 3], id="joiners at nothing"),
    pytest.param(
        "\U0001f468\u200d \u200d\U0001f467 \U0001f468\u200da", [1, 3, 7], id="joiners on one side of an emoji"
    ),
    pytest.param("a\ufe0f\u200d\U0001f525", [1, 2], id="a joiner after a selector that selects nothing"),
    pytest.param("1\u200d\u2764", [1], id="a joiner after a digit"),
    pytest.param("\u2764\ufe0f\u200d a", [2], id="a joiner after a selector, to nothing"),
    pytest.param("a" + ENGLAND, range(1, 7), id="a flag's tags after something else"),
    pytest.param("0\ufe00\ufe01 \U00013091\ufe00\ufe01", [1, 2, 5, 6], id="selectors in a run after other bases"),
    pytest.param("a\u180e\u1820 a\u180b\u180e\u1820 \u1820\u180b\u180ea", [1, 5, 6, 11], id="Mongolian gaps elsewhere"),
    pytest.param("a\u1160\u11a8", [1], id="a filler between other letters"),
    pytest.param("\u17a2\u200b\u200b\u1796", [1, 2], id="more than one break between Khmer words"),
    pytest.param("a\ufe0f\ufe0e", [1, 2], id="a presentation of a letter"),
    pytest.param("\u2764\ufe0f\U000e0101\U000e0142", [1, 2, 3], id="selectors after a selector"),
    pytest.param("\u2764\ufe01 \u2764\U000e0101", [1, 4], id="other selectors after an emoji"),
    pytest.param("\u845b\U000e0100\U000e0101", [1, 2], id="selectors in a run after an ideograph"),
    pytest.param("\u845b\ufe03 \u845b\ufe0f a\U000e0100 \u3042\ufe00", [1, 4, 7, 10], id="selectors of no such form"),
    pytest.param("\U000e0041\U000e0042 \U000e0001\U000e007f\U000e01f0\U000e0fff", [0, 1, 3, 4, 5, 6], id="tags"),
    pytest.param("\U0001f3f4\U000e0069\U000e006e\U000e007f", [1, 2, 3], id="tags after a flag that is none"),
    pytest.param(
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067", range(1, 6), id="a flag without its end"
    ),
    pytest.param("a\u180b \u180e \u1820\u180b\u180c \u1820\u180ea", [1, 3, 6, 7, 10], id="Mongolian forms elsewhere"),
    pytest.param("a\u202eb\u202c", [1, 3], id="an override"),
    pytest.param("\u05d0\u202bb\u202c\u202a\u202d", [1, 3, 4, 5], id="embeddings, in a Hebrew line, too"),
    pytest.param("a\u2066b\u2069", [1, 3], id="an isolate in a left-to-right line"),
    pytest.param("\u05d0 \u2066b", [2], id="an isolate that is not closed"),
    pytest.param("\u05d0 \u2066b\n\u2069", [2, 5], id="an isolate that is closed on another line"),
    pytest.param("\u05d0 b\u2069", [3], id="an isolate that was not opened"),
    pytest.param("\u05d0 \u2066\u2069", [2, 3], id="an isolate of nothing"),
    pytest.param("\u05d0 \u2067\u2066b\u2069\u2069", [3, 5], id="an isolate inside another, and nothing to isolate"),
    pytest.param("a\u200eb\u200f", [1, 3], id="marks in a left-to-right line"),
    pytest.param("\u05d0\na\u200e", [3], id="a mark beside another line's Hebrew"),
    pytest.param("\u05d0 is\u200fAdmin", [4], id="a mark inside an identifier"),
    pytest.param("\u05d0\u200e\u200f", [1, 2], id="marks in a run"),
    pytest.param("\u200f\u200e", [0, 1], id="marks alone"),
    pytest.param("a \u00ad b\u00ad\u00adc 1\u00ad2 \u00ad", [2, 5, 6, 10, 13], id="soft hyphens elsewhere"),
    pytest.param("\u00adab\u00ad", [0, 3], id="soft hyphens at a word's ends"),
    pytest.param("a\u034fb e\u0301\u034fa \u034f", [1, 6, 9], id="grapheme joiners elsewhere"),
    pytest.param("a\u115fb \u1160 \u115f\u1160a \u1100\u1160\u1160", [1, 4, 6, 7, 12], id="Hangul fillers elsewhere"),
    pytest.param("\u3164\uffa0\u17b4\u17b5", range(4), id="fillers and vowels that show nothing"),
    pytest.param("a\u2800b\n\u28ff", [1], id="a Braille blank elsewhere"),
    pytest.param("a\U00013430b \U00013441\U00016fe4", [1, 4, 5], id="blanks of old scripts elsewhere"),
    pytest.param("\ud800 \udfff", [0, 2], id="halves of characters"),
    pytest.param("\ufdd0\ufdef\ufffe\uffff\U0001fffe\U0010ffff\U0002fffe\ufe00", range(8), id="no characters at all"),
]

EDGES = [
    "\x00-\x08", "\x0b-\x1f", "\x7f-\x9f", "\xad", "\u034f", "\u061c",
    "\u115f-\u1160", "\u17b4-\u17b5", "\u180b-\u180f",
    "\u200b-\u200f", "\u2028-\u202e", "\u2060-\u206f", "\u2800", "\u3164", "\ud800-\udfff", "\ufdd0-\ufdef",
    "\ufe00-\ufe0f", "\ufeff", "\uffa0", "\ufff0-\ufffb", "\ufffe-\uffff", "\U00013430-\U00013442", "\U00016fe4",
    "\U0001bca0-\U0001bca3", "\U0001d159", "\U0001d173-\U0001d17a", "\U000dfffe-\U000e0fff",
    *(f"{chr(end - 1)}-{chr(end)}" for end in range(0x1FFFF, 0x110000, 0x10000) if end != 0xDFFFF),
]  # fmt: skip
"""What cannot be seen: first and last of each run."""

REAL = [
    pytest.param(
        "می\u200cخواهم بدانم چرا این برنامه اجرا نمی\u200cشود؛ PR\u200cهای قبلی درست بودند (۲۰\u200cساله).",
        id="Persian",
    ),
    pytest.param(
        "عند تشغيل الأمر \u200e--verbose\u200e تظهر رسالة «خطأ» في السطر \u2066main.c:42\u2069، فما السبب؟", id="Arabic"
    ),
    pytest.param("כשאני מריץ C++\u200e (גרסה 17)\u200f מופיעה השגיאה \u2066foo(bar)\u2069 בשורה 3.", id="Hebrew"),
    pytest.param("یہ ہدایات پڑھیں، پھر لکھیں کہ غلطی کیوں آئی\u06d4", id="Urdu"),
    pytest.param("यह त्रुटि क्\u200dयों आती है? श्रीमान्\u200c जी, शक्\u200dति और क्\u200cष देखें।", id="Hindi"),
    pytest.param("প্রোগ্রামটি র\u200d্যাম বেশি নেয়, কেন?", id="Bengali"),
    pytest.param("ശ്രീ പറഞ്ഞു: അവന്\u200d വന്നു.", id="Malayalam"),
    pytest.param("ශ්\u200dරී ලංකාව", id="Sinhala"),
    pytest.param("โปรแกรมไม่ทำงานหลังจากอัปเดตครั้งล่าสุด", id="Thai"),
    pytest.param("កម្មវិធី\u200bនេះ\u200bមិន\u200bដំណើរការ\u200bទេ។", id="Khmer"),
    pytest.param("ပရိုဂရမ်\u200bက အလုပ်မလုပ်ပါ။", id="Burmese"),
    pytest.param("ᠮᠣᠩᠭᠣᠯ ᠪᠢᠴᠢᠭ\u180c ᠬᠠᠮᠢᠭ\u180eᠠ ᠪᠠᠢᠨ\u180eᠠ", id="Mongolian"),
    pytest.param("업데이트한 뒤로 프로그램이 멈춥니다. 나랏말ᄊᆞ미", id="Korean"),
    pytest.param(
        "葛\U000e0100城市の辻\U000e0101さんが報告した不具合です。", id="Japanese, with names in their own forms"
    ),
    pytest.param("更新之后程序无法启动，请问是什么原因？", id="Chinese"),
    pytest.param("Sau khi cập nhật, chương trình không chạy được nữa.", id="Vietnamese, decomposed"),
    pytest.param("Ge\u00adschwin\u00addig\u00adkeits\u00adbe\u00adgren\u00adzung", id="German, divided"),
    pytest.param(
        "👨\u200d👩\u200d👧\u200d👦 👩🏽\u200d💻 🧔🏻\u200d♂\ufe0f 👩\u200d❤\ufe0f\u200d💋\u200d👨"
        " ❤\ufe0f\u200d🔥 🏳\ufe0f\u200d🌈 🏴\u200d☠\ufe0f 🐈\u200d⬛ 🙂\u200d↔\ufe0f"
        " 👁\ufe0f\u200d🗨\ufe0f ⛓\ufe0f\u200d💥",
        id="emoji of several parts",
    ),
    pytest.param(
        "1\ufe0f⃣ #\ufe0f⃣ ☑\ufe0f ✔\ufe0e ▶\ufe0f ©\ufe0f ㊗\ufe0f 🇩🇪 👍🏿 🏴" + ENGLAND,
        id="keycaps, signs and flags",
    ),
    pytest.param(
        "\ue0b6\ue0b0 \uf09b main \ue0a0 ✘ 1 \U000f0a0a ⠋ Building… ❯ make", id="a prompt with symbols of a font"
    ),
    pytest.param("⠀⠀⣀⣤⣶⠀⠀\n⠀⣿⠀⠀⣿⠀", id="a picture of two lines"),
    pytest.param("| a | b |\n|---|---|\n\n```sh\n\t$ make  # “done” – 100 %\n```\n", id="Markdown"),
]


def places(text: str) -> list[int]:
    return [at for start, end in unseen(text) for at in range(start, end)]


@pytest.mark.parametrize("text", [*ORDINARY, *REAL])
def test_ordinary_writing_stays_as_it_is(text: str) -> None:
    assert places(text) == []
    assert spell_out(text) == blank_out(text) == text


@pytest.mark.parametrize("run", EDGES, ids=ascii)
def test_what_counts_when_it_stands_alone(run: str) -> None:
    first, last = ord(run[0]), ord(run[-1])
    around = [chr(code) for code in (first - 1, last + 1) if 0 <= code < 0x110000]
    assert [places(each) for each in (run[0], run[-1])] == [[0], [0]]
    assert [each for each in around if places(each)] == []


@pytest.mark.parametrize(("text", "found"), NOT_ORDINARY)
def test_what_hides_is_found(text: str, found: list[int]) -> None:
    assert places(text) == list(found)


@pytest.mark.parametrize(
    ("text", "spelt"),
    [
        pytest.param("a\u200bb", "a[U+200B]b", id="one"),
        pytest.param("\x00\u202e\U000e0041", "[U+0000][U+202E][U+E0041]", id="four digits at least, and capitals"),
        pytest.param("a\u200b\u200b\u200bb", "a[U+200B][U+200B][U+200B]b", id="a short run"),
        pytest.param("a" + "\u200b" * 57 + "b", "a[U+200B x 57]b", id="a long run"),
        pytest.param("\u200b" * 4 + "\u2060" * 2, "[U+200B x 4][U+2060][U+2060]", id="runs side by side"),
        pytest.param("+x = 1\r\n+y\r", "+x = 1[U+000D]\n+y[U+000D]", id="line ends of a diff"),
        pytest.param("\ud83d!", "[U+D83D]!", id="half a character"),
        pytest.param("[U+200B x 57]", "[U+200B x 57]", id="what only looks like a mark"),
    ],
)
def test_spelling_out(text: str, spelt: str) -> None:
    assert spell_out(text) == spelt


@pytest.mark.parametrize(
    ("text", "blank"),
    [
        pytest.param("a\u200bb", "a\u200bb", id="a zero-width space alone"),
        pytest.param("a\u200b\u200bb", "a\u200bb", id="two"),
        pytest.param("@\u2060octocat", "@\u200boctocat", id="what keeps apart goes on keeping apart"),
        pytest.param("ok" + "\U000e0041\U000e0042" * 9 + "!", "ok\u200b!", id="a hidden message"),
        pytest.param("\u2764\ufe0f\U000e0101\U000e0142!", "\u2764\u200b!", id="one behind an emoji"),
        pytest.param("a\rb", "a\u200bb", id="a carriage return"),
    ],
)
def test_blanking_out(text: str, blank: str) -> None:
    assert blank_out(text) == blank


# ---- for any text ----

PIECES = [
    *"ab1#* \n\t\r\x00[]()-",
    *"\u0628\u05d0\u06f2\u0915\u094d\u1796",
    *"\u0e01\u1820\u182d\u1100\u1161\u11a8\u845b\u3042\u0301\u05b7\u28ff\u2764\u00a9\u2229",
    *"\U0001f3f4\U0001f468\U0001f3fb\U00013091\U00018b00\U0001d165\U00020bb7\U00011392\U000e1000\ue0b0",
    *"\u200b\u200c\u200d\u200e\u200f\u061c\u202a\u202e\u2060\u2066\u2067\u2068\u2069\u00ad\u034f\u115f\u1160\u2800\u3164",
    *"\ufe00\ufe02\ufe0e\ufe0f\U000e0100\U000e0101\u180b\u180d\u180e\ufeff\U00013430\U00013441\U00016fe4\U0001d159\ud800",
    *"\u2028\U0002fffe\uffff",
    "".join(chr(0xE0000 + ord(c)) for c in "gbeng"),
    "\U000e007f",
]
TEXTS = st.one_of(st.lists(st.sampled_from(PIECES), max_size=16).map("".join), st.text(), st.text(st.characters()))
CODE_POINTS = st.text(st.integers(0, 0x10FFFF).map(chr), max_size=8)


@given(st.one_of(TEXTS, CODE_POINTS))
@settings(max_examples=250)
def test_spans_are_in_order_apart_and_not_empty(text: str) -> None:
    ends = -1
    for start, end in unseen(text):
        assert ends < start < end <= len(text)
        ends = end


@given(st.one_of(TEXTS, CODE_POINTS))
@settings(max_examples=250)
@example("\u2764\ufe0f\ufe0f\u200d\u2764")
@example("\u1796\u200b\u2060\u1796")
@example("\u05d0 \u2066\u2067\u05d0\u2069 b \u2066c\u2069")
def test_doing_it_twice_changes_nothing(text: str) -> None:
    for clean in (spell_out, blank_out):
        once = clean(text)
        assert clean(once) == once


@given(st.one_of(TEXTS, CODE_POINTS))
@settings(max_examples=250)
def test_nothing_is_left_to_find(text: str) -> None:
    assert places(spell_out(text)) == []
    left = blank_out(text)
    assert {left[start:end] for start, end in unseen(left)} <= {ZERO_WIDTH_SPACE}


@given(st.one_of(TEXTS, CODE_POINTS).filter(lambda text: not MARK.search(text)))
def test_marks_say_exactly_what_was_there(text: str) -> None:
    """So nothing is lost and nothing else is touched."""
    assert MARK.sub(lambda mark: chr(int(mark[1], 16)) * int(mark[2] or 1), spell_out(text)) == text


@given(st.one_of(TEXTS, CODE_POINTS))
def test_what_is_seen_stays_in_order(text: str) -> None:
    hidden = set(places(text))
    seen = "".join(c for at, c in enumerate(text) if at not in hidden)
    left = blank_out(text)
    gone = set(places(left))
    assert "".join(c for at, c in enumerate(left) if at not in gone).replace(ZERO_WIDTH_SPACE, "") == seen.replace(
        ZERO_WIDTH_SPACE, ""
    )


@pytest.mark.parametrize(
    "unit",
    [
        "\u200b", "a\u200b", "\u0628\u200c", "\u05d0 \u200e", "\u2066", "\u2069", "\u2066a\u2069", "\u2066\u05d0",
        "\u05d0\u2066b\u2069\n", "\u2800", "\u28ff\u2800", "\U0001f3f4\U000e0067", "\u2764\ufe0f\u200d", "a\u00ad",
        "\r\n", "\U000e0100", "plain text ",
    ],
)  # fmt: skip
@pytest.mark.parametrize("clean", [spell_out, blank_out])
def test_time_grows_with_the_text_and_not_faster(clean: Callable[[str], str], unit: str) -> None:
    """Sixteen times the text in at most sixty times the time; were it squared, that would be 256 times."""

    def fastest(text: str) -> float:
        times = []
        for _ in range(3):
            start = time.process_time()
            clean(text)
            times.append(time.process_time() - start)
        return min(times)

    fastest(unit * 10)
    assert fastest(unit * 16_000) < 60 * max(fastest(unit * 1_000), 0.000_1)
