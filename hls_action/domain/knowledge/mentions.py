"""Files and lines that a text names, such as ``src/a.py:42``, and where in its Markdown they stand.

Code is never looked into; only a span that is a file's name, with its line or without, is taken as one.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import NamedTuple
from urllib.parse import unquote

from hls_action.domain.text.inline_rules import Piece
from hls_action.domain.text.markdown import CodeBlock, Document, Inline, Part, html_pieces

_ALONE = re.compile(
    r"(?:adoc|bash|bat|c|cc|cfg|clj|cmake|conf|cpp|cs|css|cxx|dart|erl|exs?|go|gradle|h|hpp|hs|html|ini|ipynb|java|jl"
    r"|jsx?|json|kts?|less|lock|lua|md|[mc]js|ml|mm|nix|php|pl|pm|proto|ps1|pyi?|r|rb|rs|rst|scala|s?css|sh|sql|svelte"
    r"|swift|tf|toml|tsx?|txt|vue|xml|ya?ml|zig|zsh)",
    re.IGNORECASE,
)
"""What the name of a file ends in where no folder stands before it: ``example.com:443`` is none."""

_PART = r"[\w.@+~$-]"
_FOLDERS = rf"(?:[A-Za-z]:(?=[\\/]))?(?:\.{{0,2}}[\\/])?(?:{_PART}+[\\/])*"
_FILE = rf"{_FOLDERS}(?:{_PART}*\.[A-Za-z][A-Za-z0-9]{{0,9}}|(?:Make|Docker|Rake|Gem|Jenkins)file)"
_ENDS = r"(?![\w/\\@-])"
_NUMBER = r"[0-9]{1,7}"
_TO = r"\s?(?:-|\u2013|to|and)\s?"
_LINES = rf"""["'`]?(?:
      :(?:line\s)?L?(?P<a>{_NUMBER})(?:[-\u2013]L?(?P<A>{_NUMBER})|:{_NUMBER})?
    | \#L(?P<b>{_NUMBER})(?:C{_NUMBER})?(?:-L?(?P<B>{_NUMBER})(?:C{_NUMBER})?)?
    | ,?\s(?:(?:at|in|on)\s)?(?P<bracket>\()?lines?\s(?P<c>{_NUMBER})(?:{_TO}(?P<C>{_NUMBER}))?(?(bracket)\))
    )(?![\w]|[.:-][0-9])"""
_BEFORE = rf"""\blines?\s(?P<d>{_NUMBER})(?:{_TO}(?P<D>{_NUMBER}))?\s(?:of|in)\s["'`]?"""
_NAME = r"[^\s/<>]{1,100}"
_COMMIT = re.compile("[0-9a-f]{7,64}", re.IGNORECASE)
_ADDRESS = rf"""https?://{_NAME}/(?P<home>{_NAME}/{_NAME})/(?:blob|blame|edit)/(?P<ref>{_NAME})/(?P<there>[^\s\#?<>()]{{1,500}})
    (?:\?[^\s\#<>()]{{0,100}})?\#L(?P<e>{_NUMBER})(?:C{_NUMBER})?(?:-L?(?P<E>{_NUMBER})(?:C{_NUMBER})?)?
    (?=[?!.,:;*_~'")\]]*(?:[\s<`\ufffc]|$))"""


class Mention(NamedTuple):
    """A file as a text names it, with ``/`` between folders, and its lines; 0, where it names none.

    ``home``: the repository whose page an address leads to; ``""`` where it is no address. ``start``, ``end``: where in
    the source something may be put around it, or where it is not ``wraps``, behind it. ``commit``: at which an address
    shows it, shortened or not; ``""`` where it does not say, as by a branch.
    """

    path: str
    first: int = 0
    last: int = 0
    home: str = ""
    start: int = 0
    end: int = 0
    wraps: bool = False
    commit: str = ""

    @property
    def is_file(self) -> bool:
        """Whether it can only be a file, by how it is written."""
        name = self.path.rpartition("/")[2]
        return "/" in self.path or "." not in name or bool(_ALONE.fullmatch(name.rpartition(".")[2]))

    @property
    def names(self) -> tuple[str, int, int]:
        """What it names, wherever it stands."""
        return self.path, self.first, self.last


def in_text(text: str) -> Iterator[Mention]:
    """What a text without Markdown names, code and all."""
    return (_mention(found) for found in _found(_pattern(()), text))


def in_markdown(document: Document, known: Iterable[str] = ()) -> Iterator[Mention]:
    """What a text names, in order. ``known``: paths that count however odd they are."""
    pattern = _pattern(
        tuple(sorted({path for path in known if not re.fullmatch(_FILE, path, re.ASCII)}, key=len, reverse=True))
    )
    for block in document.blocks:
        if isinstance(block, CodeBlock):
            continue
        is_inline = isinstance(block, Inline)
        flat = _Flat(block.pieces if isinstance(block, Inline) else html_pieces(block.content), block, pattern)
        for found in _found(pattern, flat.text):
            yield flat.placed(_mention(found), *found.span(), wraps=is_inline)
        for piece in flat.addresses:
            for found in _found(pattern, block.content[piece.start : piece.end].strip("<>")):
                if found["home"]:
                    yield _mention(found)._replace(end=block.at(piece.end - 1) + 1)


def in_definitions(document: Document) -> Iterator[Mention]:
    """What the addresses of link definitions name: nothing can be put behind these, for it would become a title."""
    for definition in document.definitions:
        yield from (each for line in range(*definition.lines) for each in in_text(document.line(line)) if each.home)


@lru_cache(maxsize=8)
def _pattern(known: tuple[str, ...]) -> re.Pattern[str]:
    files = "|".join([*map(re.escape, known), _FILE])
    return re.compile(
        rf"{_ADDRESS}|https?://[^\s<]+|(?:{_BEFORE})?(?<![\w./\\:\#@+~$%&=?-])(?P<path>{files}){_ENDS}(?:{_LINES})?",
        re.VERBOSE | re.ASCII,
    )


def _found(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """What names a file; what looks like that within another address names none."""
    return (found for found in pattern.finditer(text) if found["home"] or found["path"])


def _mention(found: re.Match[str]) -> Mention:
    first, last = (next((int(found[n]) for n in names if found[n]), 0) for names in ("abcde", "ABCDE"))
    home, path = found["home"] or "", found["path"] or unquote(found["there"])
    path = re.sub(r"\A(?:\./)+", "", path.replace("\\", "/"))
    commit = _COMMIT.fullmatch(found["ref"] or "")
    return Mention(path, first, max(first, last), home.lower(), commit=commit[0].lower() if commit else "")


class _Flat:
    """A block's text as it is searched: marks are not there, a span of code is there if it is a file's name alone.

    ``addresses``: pieces that hold the address of a link.
    """

    def __init__(self, pieces: Iterable[Piece], block: Part, pattern: re.Pattern[str]) -> None:
        self._block, self._starts, self._pieces, texts, length = block, list[int](), list[Piece](), list[str](), 0
        self._marks: list[int] = []
        self.addresses: list[Piece] = []
        for piece in pieces:
            text = _searched(piece, block.content, pattern)
            if piece.kind in ("tail", "autolink"):
                self.addresses.append(piece)
            if piece.kind not in ("text", "char", "code", "break"):
                self._marks.append(piece.start)
            if text:
                self._starts.append(length)
                self._pieces.append(piece)
                texts.append(text)
                length += len(text)
        self.text = "".join(texts)

    def placed(self, mention: Mention, start: int, end: int, *, wraps: bool) -> Mention:
        """``mention``, which was found between two offsets of the text."""
        begin, stop = self._place(start), self._place(end - 1, after=True)
        link = next(islice(self.addresses, bisect_right(self.addresses, begin, key=_text_end), None), None)
        link = link if link and link.label[0] <= begin < link.label[1] else None
        parted = link or bisect_left(self._marks, begin) < bisect_left(self._marks, stop)
        stop = link.end if link else stop
        return mention._replace(
            start=self._block.at(begin),
            end=self._block.at(stop - 1) + 1,
            wraps=wraps and not parted and not mention.home,
        )

    def _place(self, offset: int, *, after: bool = False) -> int:
        """Where in the block's content a character is, or where it ends."""
        number = bisect_right(self._starts, offset) - 1
        piece, inside = self._pieces[number], offset - self._starts[number]
        if piece.kind == "text":
            return piece.start + inside + after
        return piece.end if after else piece.start


def _text_end(piece: Piece) -> int:
    """Where the text of a link ends, or an address that has none."""
    return piece.label[1] or piece.end


def _searched(piece: Piece, content: str, pattern: re.Pattern[str]) -> str:
    if piece.kind == "code":
        inner = content[piece.start : piece.end].strip("`").strip()
        found = pattern.fullmatch(inner)
        return f"`{inner}`" if found and found["path"] else "\ufffc"
    if piece.kind in ("image", "autolink"):
        return "\ufffc"
    return piece.shown.replace("`", "\ufffd")
