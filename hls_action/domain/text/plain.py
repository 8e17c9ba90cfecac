"""What counts as text a person wrote, before anybody decides anything about it.

Shared with the gate, which runs before anything is installed: standard library only, and nothing that is slow to
import.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# Patterns are compiled when first used: most events that deserve nothing need none of them.
_UNCLOSED = r"(?m)^ {0,3}<!--"
"""An opening that hides everything after it. One in the middle of a line that is never closed is plain text."""

_FENCE = r" {0,3}(`{3,}|~{3,})(.*)"

_ATTACHMENT = (
    r"https://(?:github\.com/(?:user-attachments|[\w.-]+/[\w.-]+/(?:assets|files))|(?:private-)?user-images\.github"
    r"usercontent\.com)/"
)
_NOT_WRITTEN = (
    r"!\[[^\[\]\n]*\]\([^()\n]*\)"  # an image
    rf"|\[[^\[\]\n]*\]\({_ATTACHMENT}[^()\s]*\)|{_ATTACHMENT}[^\s()<>]*"  # a file, which GitHub names
    r"|</?[A-Za-z][\w-]*(?=[\s/>])[^<>]*>"  # a tag
)
_EMPTY_LINK = r"\[\s*\]\([^()\n]*\)"
"""What is left of an image with a link."""

_HEADING = r" {0,3}#{1,6}(?:\s|$)"
_TASK = r"\s*(?:[-*+]|\d{1,9}[.)])\s+\[[ xX]\](?:\s|$)"
_NO_ANSWER = (
    r" {0,3}>"  # a quotation
    rf"|{_TASK}"  # a checkbox with its label
    r"|\s*_No response_\s*$"  # a field that was left empty, in GitHub's English whatever the form's language
    r"|\W*$"  # rules, the frame of a table
)
_EMPTY_ANSWERS = frozenset(("none", "n/a", "na", "nil", "no response"))
_FORM_PREFIX = r"\s*\[[^\[\]]{1,40}\]\s*:?"

MIN_TASKS = 3
"""Fewer are no list of tasks, but the boxes of a form."""

_DENSE = (
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai and Lao, Burmese, Khmer
    "\u3005-\u3007\u3040-\u312f\u31a0-\u31ff"  # kana and bopomofo
    "\u3400-\u4dbf\u4e00-\ua4cf\uf900-\ufaff\U00020000-\U0003ffff"  # Han and Yi
    "\uac00-\ud7a3\uff66-\uff9d]"  # Hangul syllables, narrow kana
)
_WEIGHTLESS = "[\u00ad\u0300-\u036f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]"
"""Accents that are characters of their own, and what shows nothing."""


def strip_html_comments(text: str) -> str:
    """Remove what GitHub renders as nothing: issue-template hints, and instructions meant for machines alone.

    Anything that could be a comment counts as one, in code too, except in fenced blocks.
    """
    return "\n".join(part if fenced else _without_comments(part) for part, fenced in split_fences(text))


def _without_comments(text: str) -> str:
    """One pass from opening to closing, so that no text takes longer than it is long."""
    kept, done = [], 0
    while (start := text.find("<!--", done)) >= 0 and (end := text.find("-->", start + 2)) >= 0:  # `<!-->` is one, too
        kept.append(text[done:start])
        done = end + len("-->")
    rest = text[done:]
    unclosed = re.search(_UNCLOSED, rest)
    return "".join([*kept, rest[: unclosed.start()] if unclosed else rest])


def strip_code_blocks(text: str) -> str:
    """Remove fenced code blocks, so that a quoted example of a command is not taken for the command."""
    return "\n".join(part for part, fenced in split_fences(text) if not fenced)


def split_fences(text: str) -> list[tuple[str, bool]]:
    """``text`` as (lines, whether they are a fenced code block), in order; joined by line breaks they are ``text``.

    An unclosed fence runs to the end of the text, as CommonMark has it
    (https://spec.commonmark.org/0.31.2/#fenced-code-blocks); a fence inside a comment is no fence.
    """
    parts: list[tuple[str, bool]] = []
    lines: list[str] = []
    fence = ""
    hidden = False
    for line in text.split("\n"):
        match = None if hidden else re.match(_FENCE, line)
        if fence:
            lines.append(line)
            if match and match[1].startswith(fence) and not match[2].strip():
                parts.append(("\n".join(lines), True))
                lines, fence = [], ""
        elif match and not (match[1][0] == "`" and "`" in match[2]):
            if lines:
                parts.append(("\n".join(lines), False))
            lines, fence = [line], match[1]
        else:
            lines.append(line)
            opened, closed = line.rfind("<!--"), line.rfind("-->")
            hidden = opened > closed if opened >= 0 else hidden and closed < 0
    if lines:
        parts.append(("\n".join(lines), bool(fence)))
    return parts


def substance(title: str, body: str | None) -> str:
    """What a person wrote in an issue: its body, or the title when nothing in the body was written.

    Not written are hidden parts and tags, headings, fields of a form that were left empty, checkboxes with their
    labels, images and attached files, and quotations. What was pasted into a code block was written.
    """
    if not body or not body.strip():
        return title.strip()
    answers = _answers(strip_html_comments(body.replace("\r\n", "\n")))
    return "\n".join(answer for answer in answers if answer) or re.sub(_FORM_PREFIX, "", title, count=1).strip()


def _answers(text: str) -> Iterator[str]:
    """What was written under each heading, and before the first."""
    lines: list[str] = []
    for part, fenced in split_fences(text):
        if fenced:
            lines += (line for line in part.split("\n") if not re.match(_FENCE, line) and not re.match(r"\W*$", line))
            continue
        for line in re.sub(_EMPTY_LINK, "", re.sub(_NOT_WRITTEN, "", part)).split("\n"):
            if re.match(_HEADING, line):
                yield _answer(lines)
                lines = []
            elif not re.match(_NO_ANSWER, line):
                lines.append(line)
    yield _answer(lines)


def _answer(lines: list[str]) -> str:
    answer = "\n".join(lines).strip()
    return "" if answer.strip("-*_. ").lower() in _EMPTY_ANSWERS else answer


def is_checklist(body: str) -> bool:
    """Whether most of what stands in ``body``, besides headings, is a list of tasks."""
    text = strip_code_blocks(strip_html_comments(body.replace("\r\n", "\n")))
    lines = [line for line in text.split("\n") if line.strip() and not re.match(_HEADING, line)]
    tasks = sum(re.match(_TASK, line) is not None for line in lines)
    return tasks >= MIN_TASKS and 2 * tasks > len(lines)


def text_weight(text: str) -> int:
    """How much ``text`` says, as about so many Latin characters, white space as one each.

    A character counts as three in scripts that write a syllable or more with it, or put no spaces between words: two to
    four of them are a word, which takes about six Latin letters with its space.
    """
    plain = " ".join(text.split())
    return len(plain) + 2 * re.subn(_DENSE, "", plain)[1] - re.subn(_WEIGHTLESS, "", plain)[1]


_INVISIBLE = "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
_BLANK = rf"[^\S\n{_INVISIBLE}]|[{_INVISIBLE}]"
_MARKER = r"(?:(?:[-*+]|\d{1,9}[.)])[ \t]++|\[\^[^\]\s]{1,100}\]:[ \t]*+)"  # of a list or a footnote
_QUOTED = rf"(?>(?:[ \t]|{_MARKER})*)>[>\s\d.)*+-]*"
_PAUSE = "[:,\uff1a\uff0c\u3001]"
"""A colon or a comma, of East Asian scripts as well."""
_ENDS = rf"(?=\s|{_PAUSE}|$)"
_TICKED = r"(?m)^( {0,3}[-+*] {1,3}\[)[xX](?=\]\s)"


def mention_pattern(mention: str) -> re.Pattern[str]:
    """How a line begins that speaks to the bot; ``rest`` is the rest of the line. The mention may be emphasised."""
    name = re.escape(mention)
    begin = rf"(?:{name}{_ENDS}{_PAUSE}?|(?P<mark>[*_]{{1,3}}){name}{_PAUSE}?(?P=mark){_ENDS}{_PAUSE}?)"
    return re.compile(rf"(?>(?:{_BLANK})*){begin}(?P<rest>.*)", re.IGNORECASE)


def may_address(body: str | None, mention: str) -> str:
    """What a text may ask of the bot, from its first mention on, or ``""`` when it surely asks nothing.

    Any line that begins with the mention counts, or that does so after a tag, be it in a list, in code or in a comment.
    Whether it is text, and shown, is for the parser to say (`request.heard`), which hears nothing where this does not.
    """
    found = _first_mention(body, mention)
    return found.string[found.end() :].lstrip(":,*_\uff1a\uff0c\u3001").strip() if found else ""


def may_mention(body: str | None, mention: str) -> bool:
    """Whether a text may speak to the bot, were it by the mention alone."""
    return _first_mention(body, mention) is not None


def _first_mention(body: str | None, mention: str) -> re.Match[str] | None:
    """A line that begins as a quotation does not count, unless a tag before it could say otherwise."""
    if not body or (body.isascii() and mention.lower() not in body.lower()):  # else a letter may have other capitals
        return None
    body = body.replace("\r\n", "\n").replace("\r", "\n")
    first_tag = body.find("<")
    begins = rf"(?:^|(?<=>))(?>(?:{_BLANK})*)(?>(?:{_MARKER})*)(?>(?:{_BLANK})*)[*_]{{0,3}}"
    for found in re.finditer(
        rf"{begins}{re.escape(mention)}(?=[\s*_<]|{_PAUSE}|$)", body, re.IGNORECASE | re.MULTILINE
    ):
        begin = body.rfind("\n", 0, found.start()) + 1
        if 0 <= first_tag < found.start() or not re.fullmatch(_QUOTED, body[begin : found.start()]):
            return found
    return None


def same_text(before: str, after: str) -> bool:
    """Whether an edit surely changed nothing but ticks in the boxes of a task list, and blank lines at both ends."""
    was, now = (_unticked(text).rstrip().lstrip("\n") for text in (before, after))
    return was == now


def same_request(before: str, after: str, mention: str) -> bool:
    """Whether an edit surely asks nothing new: it is the same text, or what comes before the request is plain prose, in
    which nothing could make code, a list or a quotation of it.
    """
    if same_text(before, after):
        return True
    name = re.escape(mention)
    prose = rf"(?>(?:(?!{name})[^\W\d_][^`~<>|\[\t\n]*\n|\n)*)"
    asks = re.compile(rf"{prose} {{0,3}}{name}(?=[\s:,])(.*)", re.IGNORECASE | re.DOTALL)
    was, now = (asks.match(text.replace("\r\n", "\n")) for text in (before, after))
    return was is not None and now is not None and was[1].strip() == now[1].strip()


def _unticked(text: str) -> str:
    """Without ticks, where neither code nor anything else could hold what only looks like a box."""
    text = text.replace("\r\n", "\n")
    return text if re.search(r"[`<\t\r|]|~~~|\]:", text) else re.sub(_TICKED, r"\1 ", text)
