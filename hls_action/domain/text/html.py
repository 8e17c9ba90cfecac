"""Raw HTML as a browser takes it apart, and what GitHub's sanitiser leaves of a tag."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Literal, NamedTuple

SHOWN_TAGS = frozenset(
    {
        "a",
        "abbr",
        "b",
        "bdo",
        "blockquote",
        "br",
        "caption",
        "cite",
        "code",
        "dd",
        "del",
        "details",
        "dfn",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "img",
        "ins",
        "kbd",
        "li",
        "mark",
        "ol",
        "p",
        "picture",
        "pre",
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "small",
        "source",
        "span",
        "strike",
        "strong",
        "sub",
        "summary",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "time",
        "tr",
        "tt",
        "ul",
        "var",
        "wbr",
    }
)
"""Tags that the page has as such. Of any other the page shows the content alone."""
FILTERED_TAGS = frozenset(
    {
        "iframe",
        "noembed",
        "noframes",
        "plaintext",
        "script",
        "style",
        "textarea",
        "title",
        "xmp",
    }
)
"""Tags that the page shows as text: https://github.github.com/gfm/#disallowed-raw-html-extension-"""

_MARKUP = re.compile(
    r"(?P<comment><!---?>|<!--.*?(?:--!?>|\Z)|<[!?][^>]*(?:>|\Z)|</[^A-Za-z>][^>]*(?:>|\Z)|</>)"
    r"|(?P<tag></?[A-Za-z](?:=\s*\"[^\"]*(?:\"|\Z)|=\s*'[^']*(?:'|\Z)|[^>])*(?:>|\Z))",
    re.DOTALL,
)
_COMMENT_ENDS = re.compile(r"--!?>\Z|\A<!---?>\Z")
_NAME = re.compile(r"</?([A-Za-z][^\s/>]*)")
_ATTRIBUTE = re.compile(r"([^\s\"'>/=]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'=<>`]+)))?")
_PLAIN_NAME = re.compile(r"(?=.{1,30}\Z)[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)?")

_ADDRESSES = frozenset({"href", "src"})
_HARMLESS = {
    "open": re.compile(r""),
    "checked": re.compile(r""),
    "disabled": re.compile(r""),
    "align": re.compile(r"left|right|center|justify", re.IGNORECASE),
    **dict.fromkeys(("width", "height", "colspan", "rowspan", "start"), re.compile(r"\d{1,5}(?:px|%)?")),
}
"""Attributes that can be seen on the page, with the values that can say no more than that."""
_NOTED = {"alt": "alt text", "title": "title"}

MarkupKind = Literal["comment", "tag", "broken tag"]


class Markup(NamedTuple):
    """A comment or a tag, from ``start`` to ``end``. ``left_open``: what would have to come, for it to end there."""

    kind: MarkupKind
    start: int
    end: int
    left_open: str = ""


def markup(html: str, start: int = 0) -> Iterator[Markup]:
    """What in ``html`` is no text. A comment, and a tag, ends where a browser says so and not where Markdown does."""
    for found in _MARKUP.finditer(html, start):
        written = found[0]
        if found["comment"]:
            is_open = written.startswith("<!--") and not _COMMENT_ENDS.search(written)
            yield Markup("comment", found.start(), found.end(), "-->" if is_open else "")
        elif written.endswith(">") and not _open_quote(written):
            yield Markup("tag", found.start(), found.end())
        else:
            yield Markup("broken tag", found.start(), found.end(), _open_quote(written))


def _open_quote(tag: str) -> str:
    """The quotation mark that the last value of an unfinished tag began with."""
    rest = re.sub(r"=\s*\"[^\"]*\"|=\s*'[^']*'", " ", tag)
    found = re.search(r"=\s*([\"'])", rest)
    return found[1] if found else ""


def is_unknown(tag: str) -> bool:
    """Whether the page shows nothing of a tag but what is in it."""
    return _name(tag).lower() not in SHOWN_TAGS | FILTERED_TAGS


def _name(tag: str) -> str:
    found = _NAME.match(tag)
    return found[1] if found else ""


def kept(tag: str, *, crowded: bool) -> tuple[str, list[str], Counter[str]]:
    """What Claude gets of a tag: the tag, notes on what of it is not shown, and what was dropped, by kind.

    A tag without attributes whose name is a word, as in ``List<File>``, stays: what people write without thinking of
    HTML. ``crowded``: it stands beside so many others of the kind that their names could make up a sentence.
    """
    name = _name(tag)
    if name.lower() in FILTERED_TAGS:
        return tag, [], Counter()
    bare = tag.strip("</> \t\n") == name
    if name.lower() not in SHOWN_TAGS:
        if bare and not crowded and _PLAIN_NAME.fullmatch(name):
            return tag, [], Counter()
        return "", [tag], Counter({"unknown HTML tag": 1})
    if bare:
        return tag, [], Counter()
    if tag.startswith("</"):
        return f"</{name}>", [], Counter({"HTML attribute": 1})
    return _with_attributes(tag, name)


def _with_attributes(tag: str, name: str) -> tuple[str, list[str], Counter[str]]:
    inside = tag[1 + len(name) :].removesuffix(">")
    closing = "/" if inside.rstrip().endswith("/") else ""
    shown, notes, dropped = [name], list[str](), Counter[str]()
    for found in _ATTRIBUTE.finditer(inside):
        attribute = found[1].lower()
        value = next((each for each in found.groups()[1:] if each is not None), "")
        harmless = _HARMLESS.get(attribute)
        if (attribute in _ADDRESSES and not re.search(r"\s", value)) or (harmless and harmless.fullmatch(value)):
            shown.append(found[0])
        elif attribute in _NOTED and value.strip():
            if value.lower() != "image":
                dropped[_NOTED[attribute] if attribute == "alt" else "link title"] += 1
                notes.append(f"{_NOTED[attribute]} {value!r}")
        else:
            dropped["HTML attribute"] += 1
    text = f"<{' '.join(shown)}{closing}>"
    whole = " ".join(tag.split())
    return (tag if whole.replace(" ", "") == text.replace(" ", "") else text), notes, dropped
