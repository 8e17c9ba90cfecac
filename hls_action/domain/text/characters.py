"""Which characters of a text cannot be seen, and are not ordinary writing where they stand.

Most invisible characters have an honest use: Persian needs joiners, Hebrew direction marks, emoji variation selectors.
Out of that use they hide instructions from the people who read the same text, or make code look like other code. So
each candidate is judged by its place, by the rules of the Unicode Standard (https://www.unicode.org/versions/latest/).

A character is ordinary by what can be seen beside it, never by another one that is not ordinary. That is why a second
pass changes nothing in a text that was spelt out or blanked out.

What Unicode adds later is left alone: the tables are ranges, whole blocks where a script goes on growing, and Python's
own tables, which are older than the texts it reads, are asked only where an unknown character counts as a letter.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from itertools import groupby

ZERO_WIDTH_SPACE = "\u200b"
LONGEST_SPELT_OUT = 3
"""A longer run of one character is written once, with its length."""

_CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029"  # all but tab and line feed
_JOINERS = "\u200c\u200d"
_DIRECTION_MARKS = "\u061c\u200e\u200f"
_ISOLATES = "\u2066-\u2069"
_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_MONGOLIAN_SELECTORS = "\u180b-\u180d\u180f"
_HIEROGLYPH_CONTROLS = "\U00013430-\U00013442"  # how signs are stacked, and two blanks
_HANGUL_FILLERS = "\u115f\u1160\u3164\uffa0"
_NONCHARACTERS = "\ufdd0-\ufdef" + "".join(f"{chr(p + 0xFFFE)}{chr(p + 0xFFFF)}" for p in range(0, 0x110000, 0x10000))
_SURROGATES = "\ud800-\udfff"

# Everything with nothing to see: categories Cc, Cf (but for those with a glyph, as U+06DD), Zl and Zp, and what has the
# property Default_Ignorable_Code_Point, with its ranges kept for later. Six more have a glyph that is blank.
_CANDIDATES = (
    f"{_CONTROLS}{_JOINERS}{_DIRECTION_MARKS}{_ISOLATES}{_SELECTORS}{_MONGOLIAN_SELECTORS}{_HIEROGLYPH_CONTROLS}"
    f"{_HANGUL_FILLERS}{_NONCHARACTERS}{_SURROGATES}"
    "\u00ad\u034f\u17b4\u17b5\u180e\u200b\u202a-\u202e\u2060-\u2065\u206a-\u206f\u2800\ufeff\ufff0-\ufffb"
    "\U00016fe4\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
)


def _all_but(characters: str) -> str:
    """The inside of a character class, turned round. No two of its ranges may overlap."""
    spans = sorted((ord(a), ord(b or a)) for a, b in re.findall("(.)(?:-(.))?", characters, re.DOTALL))
    after = [0, *(last + 1 for _, last in spans)]
    before = [*(first - 1 for first, _ in spans), 0x10FFFF]
    return "".join(f"{chr(a)}-{chr(b)}" for a, b in zip(after, before, strict=True) if a <= b)


_CANDIDATE = re.compile(f"[^{_all_but(_CANDIDATES)}]")
"""Looks for everything else: `re` knows a plain character by its first test so, and takes a tenth of the time."""

# What may have an emoji and a text presentation, or be part of a longer emoji: Emoji and Extended_Pictographic in
# emoji-data.txt (https://www.unicode.org/reports/tr51/), beyond U+FFFF as the blocks that are set aside for them.
_PICTOGRAPHS = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u2199\u21a9\u21aa\u231a\u231b\u2328\u2388\u23cf\u23e9-\u23f3\u23f8-\u23fa"
    "\u24c2\u25aa\u25ab\u25b6\u25c0\u25fb-\u25fe\u2600-\u2605\u2607-\u2612\u2614-\u2685\u2690-\u2705\u2708-\u2712\u2714"
    "\u2716\u271d\u2721\u2728\u2733\u2734\u2744\u2747\u274c\u274e\u2753-\u2755\u2757\u2763-\u2767\u2795-\u2797\u27a1\u27b0"
    "\u27bf\u2934\u2935\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\u3030\u303d\u3297\u3299"
    "\U0001f000-\U0001faff\U0001fc00-\U0001fffd"
)
_KEYCAP_BASES = "0-9#*"
_IDEOGRAPHS = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fffd\U00030000-\U0003fffd"
_MONGOLIAN_LETTERS = "\u1820-\u18aa"
_HIEROGLYPHS = "\U00013000-\U0001342f\U00013443-\U000143ff"
_MYANMAR = "\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f"

# Bases in StandardizedVariants.txt that are neither emoji, ideographs, hieroglyphs nor Mongolian: operators (whole
# blocks), zero, script capitals, quotation marks, East Asian punctuation, Myanmar, Phags-pa, Manichaean.
_VARIANT_BASES = (
    f"\u2200-\u22ff\u2a00-\u2aff0\uff10\u210b\u2110\u2112\u211b\u212c\u2130\u2131\u2133\U0001d49c-\U0001d4b5"
    f"\u2018\u2019\u201c\u201d\u3001\u3002\uff01\uff0c\uff0e\uff1a\uff1b\uff1f{_MYANMAR}\ua840-\ua87f\U00010ac0-\U00010aff"
)

# Blocks of the scripts whose letters join or stack, for which joiners choose the form: Arabic, Syriac, N'Ko, Mandaic,
# the Indic scripts from Devanagari to Sinhala, Tibetan, Myanmar, those of the Philippines, Khmer, Mongolian, Limbu, Tai
# Tham, Balinese to Batak, Vedic signs, Phags-pa, and those of the same families beyond U+FFFF, up to Adlam.
_JOINING_SCRIPTS = (
    f"\u0600-\u061b\u061d-\u074f\u0750-\u077f\u07c0-\u07ff\u0840-\u08ff\u0900-\u0dff\u0f00-\u0fff{_MYANMAR}\u1700-\u17b3"
    "\u17b6-\u17ff\u1800-\u180a\u1810-\u18af\u1900-\u194f\u1a20-\u1aaf\u1b00-\u1bff\u1cd0-\u1cff\ua800-\ua82f\ua840-\ua8ff"
    "\ua980-\ua9df\uaae0-\uaaff\uabc0-\uabff\ufb50-\ufdcf\ufdf0-\ufdff\ufe70-\ufefe\U00010a00-\U00010a5f"
    "\U00010ac0-\U00010aff\U00010b80-\U00010baf\U00010d00-\U00010d3f\U00010ec0-\U00010fdf\U00011000-\U00011fff"
    "\U00016100-\U0001613f\U0001e900-\U0001e95f"
)

# Blocks of the scripts of South-East Asia that put no spaces between words.
_SPACELESS_SCRIPTS = (
    f"\u0e00-\u0eff{_MYANMAR}\u1780-\u17b3\u17b6-\u17ff\u1950-\u19ff\u1a20-\u1aaf\u1b00-\u1b7f\u1bc0-\u1bff"
    "\ua980-\ua9df\uaa00-\uaa5f\uaa80-\uaadf\U00011700-\U0001174f"
)
_FLAG_TAGS = "|".join(
    "".join(chr(0xE0000 + ord(letter)) for letter in region) for region in ("gbeng", "gbsct", "gbwls")
)
_TRAILING_JAMO = "\u11a8-\u11ff\ud7cb-\ud7fb"


_ORDINARY_SEQUENCES = (
    # A joiner at a letter that joins, as inside Persian words, after a virama, or alone at a word's end to show
    # the joined form; beside Latin letters, too, as in a Persian plural of an English word. Never two of them.
    # Core Specification 23.2, "Cursive Connection and Ligatures"; UAX #31, 2.3, rules A1, A2 and B.
    f"(?<=[{_JOINING_SCRIPTS}])[{_JOINERS}](?![{_JOINERS}])",
    f"(?<![{_JOINERS}])[{_JOINERS}](?=[{_JOINING_SCRIPTS}])",
    # Between the parts of an emoji, each of which may have a presentation selector. UTS #51, 1.4.9 and ED-16.
    f"(?<=[{_PICTOGRAPHS}])\u200d(?=[{_PICTOGRAPHS}])",
    f"(?<=[{_PICTOGRAPHS}]\ufe0f)\u200d(?=[{_PICTOGRAPHS}])",
    # Text and emoji presentation, and the digits and signs of keycaps. UTS #51, ED-8a, ED-9a, ED-14c.
    f"(?<=[{_PICTOGRAPHS}{_KEYCAP_BASES}])[\ufe0e\ufe0f](?![{_SELECTORS}])",
    # The flags of England, Scotland and Wales. Others show as a black flag, so that their tags cannot be seen.
    # UTS #51, ED-14a and Annex C; emoji-sequences.txt, RGI_Emoji_Tag_Sequence.
    f"(?<=\U0001f3f4)(?:{_FLAG_TAGS})\U000e007f",
    # Forms of ideographs, as Japanese names need. UTS #37 and StandardizedVariants.txt, "CJK compatibility".
    f"(?<=[{_IDEOGRAPHS}])[\ufe00-\ufe02\U000e0100-\U000e01ef](?![{_SELECTORS}])",
    # Other forms that are standardised. StandardizedVariants.txt.
    f"(?<=[{_VARIANT_BASES}])[\ufe00-\ufe02](?![{_SELECTORS}])",
    f"(?<=[{_HIEROGLYPHS}])[\ufe00-\ufe06](?![{_SELECTORS}])",
    # Forms of Mongolian letters, and the gap before a last A or E. Core Specification 13.5.
    f"(?<=[{_MONGOLIAN_LETTERS}])[{_MONGOLIAN_SELECTORS}](?![{_MONGOLIAN_SELECTORS}])",
    f"(?<=[{_MONGOLIAN_LETTERS}])\u180e(?=[\u1820\u1821])",
    f"(?<=[{_MONGOLIAN_LETTERS}][{_MONGOLIAN_SELECTORS}])\u180e(?=[\u1820\u1821])",
    # Where a line may break between words without spaces. Core Specification 23.2, "Zero Width Space".
    f"(?<=[{_SPACELESS_SCRIPTS}])\u200b(?![{_CANDIDATES}])",
    f"(?<![{_CANDIDATES}])\u200b(?=[{_SPACELESS_SCRIPTS}])",
    # Old Hangul syllables without a leading consonant or without a vowel. Core Specification 18.6.
    f"\u115f(?=[\u1161-\u11a7\ud7b0-\ud7c6]|\u1160[{_TRAILING_JAMO}])",
    "(?<=[\u1100-\u115e\ua960-\ua97c])\u1160",
    f"(?<=\u115f)\u1160(?=[{_TRAILING_JAMO}])",
    # How hieroglyphs are stacked, at most two signs in a row. Core Specification 11.4.
    f"(?<=[{_HIEROGLYPHS}])[{_HIEROGLYPH_CONTROLS}]",
    f"(?<=[{_HIEROGLYPHS}][{_HIEROGLYPH_CONTROLS}])[{_HIEROGLYPH_CONTROLS}]",
    f"[{_HIEROGLYPH_CONTROLS}](?=[{_HIEROGLYPH_CONTROLS}]?[{_HIEROGLYPHS}])",
    # The filler in Khitan clusters, and the notehead that is not drawn, before its stem. 18.12 and 21.2 there.
    "(?<=[\U00018b00-\U00018cff])\U00016fe4",
    "\U0001d159(?=[\U0001d165-\U0001d172])",
)
"""What is ordinary by its neighbours alone, as patterns that begin at the character."""

# What is written from right to left, or will be: Bidi_Class R and AL and their defaults in DerivedBidiClass.txt.
_RIGHT_TO_LEFT = (
    "\u0590-\u061b\u061d-\u08ff\ufb1d-\ufdcf\ufdf0-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff"
)
_LINE_CANDIDATES = frozenset("\u061c\u200e\u200f\u2066\u2067\u2068\u2069\u2800")
_ISOLATE_OR_TEXT = re.compile(f"[{_ISOLATES}]|[{_RIGHT_TO_LEFT}]+")
_LONE_MARK = re.compile(f"(?<![{_DIRECTION_MARKS}])[{_DIRECTION_MARKS}](?![{_DIRECTION_MARKS}])")
_READS_RIGHT_TO_LEFT = re.compile(f"[{_RIGHT_TO_LEFT}]")
_DOTS = re.compile("[\u2801-\u28ff]")

# The soft hyphen shows where a word may be divided (UAX #14, 5.4); the grapheme joiner keeps two combining marks in
# their order (Core Specification 23.2, "Combining Grapheme Joiner"). With the categories that must be on both sides.
_INSIDE_WORDS = {"\u00ad": "LM", "\u034f": "M"}


def unseen(text: str) -> Iterator[tuple[int, int]]:
    """Where ``text`` has characters that cannot be seen and are not ordinary writing: spans [start, end), in order.

    Spans do not touch each other. Every carriage return counts, for it is no line break to most readers: unify the line
    breaks of prose first. A zero-width space counts, but between words of scripts that have no spaces.
    """
    start = end = 0
    for at in _hidden(text):
        if at > end:
            if end > start:
                yield start, end
            start = at
        end = at + 1
    if end > start:
        yield start, end


def spell_out(text: str) -> str:
    """``text`` for Claude, prose or code, with each of them by its number: ``[U+200B]``, ``[U+0000 x 57]`` for a run.

    Everything else is kept as it is. Doing it twice changes nothing.
    """
    return _replaced(text, _marks)


def blank_out(text: str) -> str:
    """``text`` by Claude with each run of them as one zero-width space.

    What was hidden in them is gone, and Markdown means what it meant: what an invisible character kept apart stays
    apart. Doing it twice changes nothing, and a zero-width space that stands alone stays.
    """
    return _replaced(text, lambda _: ZERO_WIDTH_SPACE)


def _replaced(text: str, written: Callable[[str], str]) -> str:
    kept, done = [], 0
    for start, end in unseen(text):
        kept += [text[done:start], written(text[start:end])]
        done = end
    return "".join([*kept, text[done:]]) if kept else text


def _marks(hidden: str) -> str:
    marks = []
    for character, run in groupby(hidden):
        length, number = len(list(run)), f"U+{ord(character):04X}"
        marks.append(f"[{number} x {length}]" if length > LONGEST_SPELT_OUT else f"[{number}]" * length)
    return "".join(marks)


def _hidden(text: str) -> Iterator[int]:
    """Where each of the characters stands, in order."""
    by_line: set[int] | None = None
    done = 0
    for match in _CANDIDATE.finditer(text):
        at, character = match.start(), match[0]
        if at < done:
            continue
        if character in _LINE_CANDIDATES:
            by_line = _ordinary_by_line(text) if by_line is None else by_line
            ordinary = at in by_line
        elif character in _INSIDE_WORDS:
            ordinary = _is_inside(text, at, _INSIDE_WORDS[character])
        else:
            sequence = _ordinary().match(text, at)
            ordinary, done = sequence is not None, sequence.end() if sequence else done
        if not ordinary:
            yield at


@cache
def _ordinary() -> re.Pattern[str]:
    """Compiled for the first text that needs it: most texts never do."""
    return re.compile("|".join(_ORDINARY_SEQUENCES))


def _is_inside(text: str, at: int, kinds: str) -> bool:
    """Whether characters of these kinds can be seen on both sides; one that Python does not know is of every kind."""
    beside = text[at - 1 : at] + text[at + 1 : at + 2]
    return (
        len(beside) == 2
        and not _CANDIDATE.search(beside)
        and all(unicodedata.category(c)[0] in kinds or unicodedata.category(c) == "Cn" for c in beside)
    )


def _ordinary_by_line(text: str) -> set[int]:
    """Where the characters stand that the rest of their line makes ordinary."""
    found: set[int] = set()
    start = 0
    for line in text.split("\n"):
        found.update(start + at for at in _ordinary_on(line))
        start += len(line) + 1
    return found


def _ordinary_on(line: str) -> Iterator[int]:
    """Direction marks and isolates beside right-to-left text, and the blanks of a picture in Braille.

    A mark puts punctuation in order that may stand far from the letters it belongs to, so the line decides; but inside
    a word that is read from left to right it has nothing to do. UAX #9, 2.4 to 2.6.
    """
    if _READS_RIGHT_TO_LEFT.search(line):
        yield from (match.start() for match in _LONE_MARK.finditer(line) if not _is_inside_a_word(line, match.start()))
        yield from _ordinary_isolates(line)
    if _DOTS.search(line):
        yield from (match.start() for match in re.finditer("\u2800", line))


def _is_inside_a_word(line: str, at: int) -> bool:
    """Whether letters or digits that are read from left to right stand on both sides."""
    beside = line[at - 1 : at] + line[at + 1 : at + 2]
    return len(beside) == 2 and beside.isalnum() and not _READS_RIGHT_TO_LEFT.search(beside)


class _Level:
    """A line or an isolate. ``own``, ``any``: has it right-to-left text, outside of the isolates in it or anywhere?"""

    def __init__(self, opened: int) -> None:
        self.opened = opened
        self.own = self.any = False
        self.pairs: list[tuple[int, int, bool]] = []

    def ordinary(self) -> Iterator[int]:
        """Where the isolates in it open and close that hold right-to-left text or stand in it."""
        for opened, closed, reads in self.pairs:
            if reads or self.own:
                yield from (opened, closed)


def _ordinary_isolates(line: str) -> Iterator[int]:
    """Isolates that are closed on their line, hold something, and belong to right-to-left text. UAX #9, 2.5 and BD9."""
    levels = [_Level(-1)]
    for match in _ISOLATE_OR_TEXT.finditer(line):
        if match[0] not in "\u2066\u2067\u2068\u2069":
            levels[-1].own = levels[-1].any = True
        elif match[0] != "\u2069":
            levels.append(_Level(match.start()))
        elif len(levels) > 1:
            inner = levels.pop()
            yield from inner.ordinary()
            levels[-1].any |= inner.any
            if match.start() > inner.opened + 1:
                levels[-1].pairs.append((inner.opened, match.start(), inner.any))
    for level in levels:
        yield from level.ordinary()
