"""What a text says about code: its words, the names that look like code, and the files that it points to."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from hls_action.domain.knowledge.words import identifiers, terms

LONGEST = 20_000
"""Characters of a text that are read."""
MOST_TERMS = 400
"""Different words, names or paths that count: a text with more is mostly what programs print."""
MOST_HYPHENATED = 20
"""Each is looked for in every file."""
TITLE = 3
"""How often a word of the title counts."""
_HALF = 2.0
"""How often a word comes that counts for half as much as one that comes for ever."""

_HIDDEN = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_PATH = re.compile(
    r"(?<![\w.@+-])(?:[A-Za-z]:)?((?:[\w.@+~-]{1,100}[/\\]|[/\\]){0,30}[\w@+-][\w.@+-]{0,99})(?:(?::|\#L)(\d{1,6}))?"
)
_PYTHON_FRAME = re.compile(r'File "([^"\n]{1,400})", line (\d{1,6})')
_DOTTED = re.compile(r"(?<![\w./\\])[A-Za-z_]\w{0,79}(?:(?:\.|::|\#)[A-Za-z_]\w{0,79}){1,9}(?![\w/\\])")
_HYPHENATED = re.compile(r"(?<![\w/.-])-{0,2}([A-Za-z]\w{0,40}(?:-\w{1,40}){1,8})(?![\w/-])")
_NAME = re.compile(r"[A-Za-z_]\w{2,79}")
_CODE = re.compile(r"`{1,2}([^`\n]{1,200})`{1,2}")
_CALLED = re.compile(r"([A-Za-z_]\w{2,79})\(")
_FRAME = re.compile(
    r", line \d{1,6}, in ([A-Za-z_]\w{2,79})$"  # Python
    r"|^[ \t]{0,20}at (?:async |new )?(?:[\w$<>]{1,80}\.){0,10}([A-Za-z_]\w{2,79}) ?\("  # JavaScript, Java, C#
    r"|^[ \t]{0,8}\d{1,4}: (?:0x\w{1,16} - )?(?:[\w<>]{1,80}::){0,10}([A-Za-z_]\w{2,79})$"  # Rust
    r"|^\#\d{1,4}[ \t]{1,4}(?:0x\w{1,16} in )?([A-Za-z_]\w{2,79}) ?\(",  # C, as gdb has it
    re.MULTILINE,
)
_LOOKS_LIKE_CODE = re.compile(r"[A-Za-z]\w*_\w|\w_\w*[A-Za-z]|[a-z0-9][A-Z]|[A-Z]{2}[a-z]{2}|[A-Za-z]\d+[A-Za-z]")


@dataclass(frozen=True)
class Named:
    """A file that a text names: the ``parts`` of its path, and the line, or 0."""

    parts: tuple[str, ...]
    line: int


@dataclass(frozen=True)
class Query:
    """``words``: terms with their weights, below 1; ``names``: identifiers that look like code, as they are written;
    ``hyphenated``: options and the like; ``modules``: dotted names, in parts.
    """

    words: Mapping[bytes, float] = field(default_factory=dict)
    names: tuple[bytes, ...] = ()
    hyphenated: tuple[bytes, ...] = ()
    paths: tuple[Named, ...] = ()
    modules: tuple[tuple[str, ...], ...] = ()

    def with_words(self, words: Iterable[str]) -> Query:
        """The same of a text whose title has these ``words``, too."""
        more = read_query(" ".join(words), "")
        weights = {term: max(weight, self.words.get(term, 0.0)) for term, weight in more.words.items()}
        return Query(
            {**self.words, **weights},
            tuple(dict.fromkeys((*more.names, *self.names))),
            tuple(dict.fromkeys((*more.hyphenated, *self.hyphenated)))[:MOST_HYPHENATED],
            tuple(dict.fromkeys((*more.paths, *self.paths))),
            tuple(dict.fromkeys((*more.modules, *self.modules))),
        )


def read_query(title: str, body: str) -> Query:
    """What an issue says about code, or a comment, whose ``title`` is empty."""
    title, body = title[:LONGEST], shown(body[:LONGEST])
    text = f"{title}\n{body}"
    hyphenated = tuple(word.encode() for word in _first(_HYPHENATED.findall(text), MOST_HYPHENATED))
    modules = tuple(tuple(re.split(r"\.|::|#", name)) for name in _first(_DOTTED.findall(text), MOST_TERMS))
    return Query(weigh(title, body), _names(text), hyphenated, _paths(text), modules)


def shown(text: str) -> str:
    """``text`` without what a page does not show of it: what the forms for new issues tell those who fill them in."""
    return _HIDDEN.sub(" ", text)


def weigh(title: str, body: str) -> dict[bytes, float]:
    """The terms of a text with their weights: the more often one comes the more it counts, but never more than 1."""
    counts: Counter[bytes] = Counter()
    for text, times in ((title, TITLE), (body, 1)):
        for identifier in identifiers(text.encode("utf-8", "replace")):
            for term in terms(identifier):
                counts[term] += times
    return {term: count / (count + _HALF) for term, count in counts.most_common(MOST_TERMS)}


def _first(found: Iterable[str], most: int) -> list[str]:
    return list(dict.fromkeys(found))[:most]


def _names(text: str) -> tuple[bytes, ...]:
    """Names with a hump, an underscore or a digit, in code spans, called, in dotted names, or in stack traces."""
    found = [name for name in _NAME.findall(text) if _LOOKS_LIKE_CODE.search(name)]
    found += [name for code in (*_CODE.findall(text), *_DOTTED.findall(text)) for name in _NAME.findall(code)]
    found += _CALLED.findall(text)
    found += [name for match in _FRAME.finditer(text) for name in match.groups() if name]
    return tuple(name.encode("utf-8", "replace") for name in _first(found, MOST_TERMS))


def _paths(text: str) -> tuple[Named, ...]:
    found = [(match[1], match[2]) for match in _PYTHON_FRAME.finditer(text)]
    found += [(match[1], match[2] or "0") for match in _PATH.finditer(text) if "." in match[1] or "/" in match[1]]
    named = (Named(_parts(path), int(line)) for path, line in found)
    return tuple(dict.fromkeys(one for one in named if one.parts))[:MOST_TERMS]


def _parts(path: str) -> tuple[str, ...]:
    return tuple(part for part in re.split(r"[/\\]+", path.rstrip(".")) if part.strip("."))
