"""What GitHub would make of a Markdown text, by parsers that HLS does not use: GitHub's own, and a browser's.

cmark-gfm turns the text into HTML, html5lib takes that apart as browsers do, and what GitHub's sanitiser removes is
removed (https://github.com/github/markup, https://github.com/gjtorikian/html-pipeline).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Comment, Element

import cmarkgfm
import html5lib
from cmarkgfm.cmark import Options

OPTIONS = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_FOOTNOTES
SHOWN_TAGS = frozenset(
    {
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "br",
        "b",
        "i",
        "strong",
        "em",
        "a",
        "pre",
        "code",
        "img",
        "tt",
        "div",
        "ins",
        "del",
        "sup",
        "sub",
        "p",
        "picture",
        "ol",
        "ul",
        "table",
        "thead",
        "tbody",
        "tfoot",
        "blockquote",
        "dl",
        "dt",
        "dd",
        "kbd",
        "q",
        "samp",
        "var",
        "hr",
        "ruby",
        "rt",
        "rp",
        "li",
        "tr",
        "td",
        "th",
        "s",
        "strike",
        "summary",
        "details",
        "caption",
        "figure",
        "figcaption",
        "abbr",
        "bdo",
        "cite",
        "dfn",
        "mark",
        "small",
        "source",
        "span",
        "time",
        "wbr",
        "section",
    }
)
"""What the sanitiser lets through; of other tags their content stays, but for ``NOT_SHOWN``."""
NOT_SHOWN = frozenset({"script", "style"})
BY_MARKDOWN = frozenset(
    {
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "br",
        "strong",
        "em",
        "a",
        "pre",
        "code",
        "p",
        "ol",
        "ul",
        "table",
        "thead",
        "tbody",
        "blockquote",
        "hr",
        "li",
        "tr",
        "td",
        "th",
        "del",
        "input",
        "sup",
    }
)
BY_US = frozenset(
    {
        "b",
        "br",
        "code",
        "del",
        "details",
        "em",
        "i",
        "ins",
        "kbd",
        "q",
        "s",
        "samp",
        "strong",
        "sub",
        "summary",
        "sup",
        "var",
    }
)
BLOCKS = frozenset(
    {
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "pre",
        "div",
        "p",
        "ol",
        "ul",
        "table",
        "thead",
        "tbody",
        "tfoot",
        "blockquote",
        "dl",
        "dt",
        "dd",
        "hr",
        "li",
        "tr",
        "td",
        "th",
        "summary",
        "details",
        "figure",
        "section",
        "br",
    }
)

MENTION = re.compile(r"(?<![A-Za-z0-9])@[A-Za-z0-9]")
ISSUE_URL = r"https?://(?:www\.)?github\.com/[\w.-]+/[\w.-]+/(?:issues|pull|discussions)/\d"
REFERENCE = rf"(?:[\w.-]+/[\w.-]+)?#\d|GH-\d|{ISSUE_URL}"
CLOSING = re.compile(
    rf"(?<![A-Za-z0-9])(?:close[sd]?|fix|fixe[sd]|resolve[sd]?)[\s:*_(\"'\[]+(?:{REFERENCE})", re.IGNORECASE
)
DUPLICATE = re.compile(rf"(?<![A-Za-z0-9])duplicate\s+of\W+(?:{REFERENCE})", re.IGNORECASE)
ELSEWHERE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,100}#\d")
COMMAND = re.compile(r"(?:^|\n)\s*/[A-Za-z]")


@dataclass
class Page:
    """What a page shows. ``code``: the text of each piece of code. ``blocks``: the text of each block but for code.

    ``links``: addresses of links, with the text in them. ``used``: what else of the source a page makes use of, the
    addresses of images and the languages of code.
    """

    code: list[str] = field(default_factory=list)
    blocks: list[str] = field(default_factory=lambda: [""])
    links: list[tuple[str, str]] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    used: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All that is shown, code included."""
        return "\n".join(self.blocks)


def page(markdown: str, *, with_code: bool = False) -> Page:
    """What GitHub shows of ``markdown``. ``with_code``: code is part of the blocks' text, too."""
    shown = Page()
    tree = html5lib.parseFragment(html(markdown), namespaceHTMLElements=False)
    _walk(tree, shown, code=False, link=False, with_code=with_code)
    return shown


def html(markdown: str) -> str:
    """``markdown`` as cmark-gfm renders it, with GitHub's extensions."""
    return str(cmarkgfm.github_flavored_markdown_to_html(markdown, options=OPTIONS))


def code(markdown: str) -> list[str]:
    """The text of every piece that Markdown calls code, in order; ``<code>`` in raw HTML is none of it."""
    safe = cmarkgfm.github_flavored_markdown_to_html(markdown, options=Options.CMARK_OPT_FOOTNOTES)
    shown = Page()
    _walk(html5lib.parseFragment(safe, namespaceHTMLElements=False), shown, code=False, link=False, with_code=False)
    return shown.code


def text_of(markdown: str) -> str:
    """Every character of it that one can see, code and links included."""
    tree = html5lib.parseFragment(html(markdown), namespaceHTMLElements=False)
    return re.sub(r"[\s\u200b]+", "", "".join(tree.itertext()))


def prose(markdown: str) -> list[str]:
    """Each text of it that is neither code nor in a link: where GitHub looks for what it makes links of."""
    tree = html5lib.parseFragment(html(markdown), namespaceHTMLElements=False)
    return [text for text in _prose(tree) if text]


def _prose(element: Element) -> Iterator[str]:
    if element.tag not in ("a", "code", "pre"):
        yield element.text or ""
        for child in element:
            yield from _prose(child)
            yield child.tail or ""


def links(markdown: str) -> list[str]:
    """The address of every link and image that Markdown makes, in order; those of raw HTML are none of them."""
    safe = cmarkgfm.github_flavored_markdown_to_html(markdown, options=Options.CMARK_OPT_FOOTNOTES)
    tree = html5lib.parseFragment(safe, namespaceHTMLElements=False)
    found = (element.get("href") or element.get("src") for element in tree.iter() if element.tag in ("a", "img"))
    return [address for address in found if address and not address.startswith("#fn")]


def live(markdown: str) -> list[str]:
    """Everything in ``markdown`` that would notify, close, refer elsewhere, command, hide or load an image."""
    shown = page(markdown)
    found = [f"tag: {tag}" for tag in shown.tags if tag not in BY_MARKDOWN | BY_US]
    found += [f"comment: {text}" for text in shown.comments]
    found += [f"reference by link: {address}" for address, _ in shown.links if re.match(ISSUE_URL, address)]
    for block in shown.blocks:
        found += [f"command: {block[:40]!r}" for _ in COMMAND.findall(block)]
        for kind, pattern in PATTERNS.items():
            found += [f"{kind}: {match[0]!r}" for match in pattern.finditer(block)]
    return found


PATTERNS = {
    "mention": MENTION,
    "closing keyword": CLOSING,
    "duplicate": DUPLICATE,
    "reference elsewhere": ELSEWHERE,
    "issue address": re.compile(ISSUE_URL),
}
INERT = "\ufffc"
"""Stands for code and for links' text, in which GitHub looks for nothing."""


def _walk(element: Element, shown: Page, *, code: bool, link: bool, with_code: bool) -> None:
    for child in _children(element, shown):
        if isinstance(child, str):
            if code and not with_code:
                continue
            shown.blocks[-1] += child if not link else "".join(INERT if c in "@#/" else c for c in child)
            continue
        tag = str(child.tag)
        shown.tags.append(tag)
        shown.used += [value for name in ("href", "src", "lang") if (value := child.get(name))]
        if tag in BLOCKS:
            shown.blocks.append("")
        if tag == "a":
            text = "".join(child.itertext())
            shown.links.append((child.get("href", ""), text))
            shown.blocks[-1] += INERT if text == child.get("href") else ""
        is_code = code or tag in ("code", "pre")
        if is_code and not code:
            shown.code.append("".join(child.itertext()))
            shown.blocks[-1] += "" if with_code else INERT
        _walk(child, shown, code=is_code, link=link or tag == "a", with_code=with_code)
        if tag in BLOCKS:
            shown.blocks.append("")


def _children(element: Element, shown: Page) -> Iterator[str | Element]:
    """Text and elements, without the tags that the sanitiser removes: what they parted is one text then."""
    if element.text:
        yield element.text
    for child in element:
        if child.tag is Comment:  # type: ignore[comparison-overlap]
            shown.comments.append(child.text or "")  # type: ignore[unreachable]
        elif str(child.tag) in SHOWN_TAGS:
            yield child
        elif str(child.tag) not in NOT_SHOWN:
            shown.tags.append(str(child.tag))
            yield from _children(child, shown)
        if child.tail:
            yield child.tail
