"""What of an answer is in what Claude was given, and what it made up.

The seam to the check of what is posted: once replies are held against their sources where they are interpreted, its
counts take the place of `verified`, and its unchecked places those of `_files`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from unicodedata import normalize

from hls_action.domain.knowledge.references import Referable, numbers_named
from hls_action.domain.knowledge.sources import Source
from hls_action.domain.tasks.answer import Answer
from hls_action.domain.text.plain import strip_code_blocks

LEAST = 12
"""Characters of a quotation: what is shorter can be found nearly everywhere."""

_GUTTER = re.compile(r"^ *[0-9]* [-+ ]", re.MULTILINE)
_ENDINGS = (
    "c|cc|cfg|conf|cpp|cs|css|go|h|hpp|html|ini|java|js|json|jsx|kt|lock|lua|md|php|proto|py|pyi|rb|rs|rst|scala|sh|sql"
    "|swift|toml|ts|tsx|txt|vue|xml|ya?ml"
)
_FILE = re.compile(
    rf"(?<![\w./@:-])(?P<path>(?:[\w.-]+/)*[\w-][\w.-]*\.(?:{_ENDINGS}))(?![\w/-])"
    r"(?::(?:line )?(?P<line>[0-9]{1,7})|[`,]* \(?(?:at )?line (?P<said>[0-9]{1,7}))?"
)
"""A file as people write it, with its line where that follows at once."""


def verified(answer: Answer, sources: Sequence[Source]) -> tuple[bool, ...]:
    """Of each passage that the answer quotes, whether any source has it, whatever its number."""
    texts = [_plain(form) for source in sources for form in (source.text, _GUTTER.sub("", source.text))]
    return tuple(_is_in(each.quotation, texts) for each in answer.evidence)


def _is_in(quotation: str, texts: Sequence[str]) -> bool:
    forms = (_plain(quotation), _plain(_GUTTER.sub("", quotation)))
    return any(len(form) >= LEAST and form in text for form in forms for text in texts)


def _plain(text: str) -> str:
    return " ".join(normalize("NFC", text).split())


def invented(answer: Answer, referable: Referable, given: str, repository: str) -> tuple[str, ...]:
    """Names in an answer that were not in what Claude was given: each once, in the order of kinds.

    Labels and issues by their numbers; files, and lines of them, in whatever the answer says in words. ``given``: all
    text that Claude was given. Blocks of code are left alone: they may hold what is to be written.
    """
    said = "\n\n".join([strip_code_blocks(answer.comment), *answer.missing, *(answer.findings or ())])
    issues = referable.named | referable.given | {referable.thread}
    duplicate = () if answer.possible_duplicate_of is None else (answer.possible_duplicate_of,)
    numbers = sorted({*numbers_named([said], repository), *duplicate} - issues)
    labels = sorted({number for number in answer.labels if not 1 <= number <= len(referable.labels)})
    found = [
        *(f"label number {number}" for number in labels),
        *(f"#{number}" for number in numbers),
        *_files(said, given, referable.sources),
    ]
    return tuple(dict.fromkeys(found))


def _files(said: str, given: str, sources: Sequence[Source]) -> Iterator[str]:
    for found in _FILE.finditer(said):
        path, line = found["path"], found["line"] or found["said"]
        if not line and "/" not in path and not said[: found.start()].endswith("`"):
            continue  # Node.js is no file
        if path not in given:
            yield f"{path}:{line}" if line else path
        elif line and not _has_line(path, line, sources):
            yield f"{path}:{line}"


def _has_line(path: str, line: str, sources: Sequence[Source]) -> bool:
    """Whether a source that has to do with the file holds the number."""
    number = re.compile(rf"(?<![0-9]){line}(?![0-9])")
    return any(path in f"{each.name}\n{each.text}" and number.search(each.text) for each in sources)
