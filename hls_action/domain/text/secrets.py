"""Taking secrets out of texts: what people pasted, before it is read, and what Claude wrote, before it is posted.

Nothing here calls a secret by its value, not even in an error.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import groupby

from hls_action.domain.text.own_secrets import own_secrets
from hls_action.domain.text.private_keys import private_keys
from hls_action.domain.text.secret_rules import RULES, Rule

OWN = "secret of this job"
PRIVATE_KEY = "private key"

_ROUNDS = 4
"""One finds nearly everything. What becomes a word of its own only when its neighbour is gone takes a second."""

_LINE_BREAK = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_LAST = "_-.~=/"
_FIRST = "A"
"""Characters that most keywords end in or begin with. One search for such a character, with a look at its neighbours,
stands for dozens of searches."""

_AHEAD = dict.fromkeys("_-.", "(?=[A-Za-z0-9_+/=.-]{20})")
"""Names in programs are full of these, and no token is so short."""


@dataclass(frozen=True)
class Redacted:
    """A text without secrets; ``kinds``: how many of each kind were taken out."""

    text: str
    kinds: Mapping[str, int]


Redact = Callable[[str], Redacted]
"""`redact` as a run has it, which knows the job's own secrets."""


def in_words(kinds: Mapping[str, int]) -> str:
    """As in ``github token, private key x 2``."""
    return ", ".join(f"{kind} x {count}" if count > 1 else kind for kind, count in sorted(kinds.items()))


@dataclass(frozen=True)
class _Finding:
    start: int
    end: int
    rank: int
    """Of two that overlap, the lower one names both."""
    kind: str


def redact(text: str, own: Collection[str] = ()) -> Redacted:
    """``text`` with ``[redacted: kind]`` for each secret, and as many lines as before.

    ``own``: the job's own secrets, found in any spelling if they have 12 characters or more. Doing it again changes
    nothing. It takes time in proportion to the length of ``text``.
    """
    kinds: Counter[str] = Counter()
    for _ in range(_ROUNDS):
        findings = _merged(_outside_marks(text, list(_findings(text, own))))
        if not findings:
            break
        kinds.update(finding.kind for finding in findings)
        text = _without(text, findings)
    return Redacted(text, dict(kinds))


def mark(kind: str) -> str:
    """What stands in a secret's place."""
    return f"[redacted: {kind}]"


def _findings(text: str, own: Collection[str]) -> Iterator[_Finding]:
    if own:
        for start, end in own_secrets(frozenset(own)).spans(text):
            yield _Finding(start, end, -2, OWN)
    for start, end in private_keys(text):
        yield _Finding(start, end, -1, PRIVATE_KEY)
    yield from _shapes(text)


def _shapes(text: str) -> Iterator[_Finding]:
    """What a rule finds. No rule reads on within what it has just read, so that all attempts together are linear.

    Where a secret ends, a mark will stand, and what follows is judged as following that.
    """
    read: dict[int, int] = {}
    ends: set[int] = set()
    for place, keyword in sorted(_keywords_in(text)):
        for rank, rule in _rules_by_keyword()[keyword]:
            if place < read.get(rank, 0) or not _may_begin(rule, text, place, place in ends):
                continue
            found = _compiled(rule.rest).match(text, place + len(keyword))
            if not found:
                continue
            read[rank] = found.end()
            if rule.is_real(found) and _stands_beside(rule.beside, text, place):
                start, end = _taken(rule, found, place)
                ends.add(end)
                yield _Finding(start, end, rank, rule.kind)


def _may_begin(rule: Rule, text: str, place: int, after_secret: bool) -> bool:
    before = _compiled(rule.before)
    return bool(before.match(text, place) or (after_secret and before.match("]", 1)))


def _taken(rule: Rule, found: re.Match[str], place: int) -> tuple[int, int]:
    """What goes: what the rule calls the secret, or all from the keyword on."""
    return found.span("secret") if "secret" in found.re.groupindex else (place - rule.reach, found.end())


def _stands_beside(word: str, text: str, place: int) -> bool:
    return word in text[max(0, place - 100) : place].lower()


def _keywords_in(text: str) -> Iterator[tuple[int, str]]:
    """Where a keyword of a rule begins in ``text``, and which."""
    for keyword in _single_keywords():
        place = text.find(keyword)
        while place >= 0:
            yield place, keyword
            place = text.find(keyword, place + len(keyword))
    for pattern in _joint_searches():
        for found in pattern.finditer(text):
            for keyword in _endings()[found[found.lastindex or 0]]:
                yield found.end() - len(keyword), keyword


@cache
def _rules_by_keyword() -> dict[str, list[tuple[int, Rule]]]:
    by_keyword: dict[str, list[tuple[int, Rule]]] = {}
    for rank, rule in enumerate(RULES):
        for keyword in rule.keywords:
            by_keyword.setdefault(keyword, []).append((rank, rule))
    return by_keyword


@cache
def _endings() -> dict[str, list[str]]:
    """Of each keyword, itself and every other one it ends in."""
    return {long: [word for word in _rules_by_keyword() if long.endswith(word)] for long in _rules_by_keyword()}


@cache
def _single_keywords() -> tuple[str, ...]:
    return tuple(keyword for keyword in _rules_by_keyword() if keyword[-1] not in _LAST and keyword[0] not in _FIRST)


@cache
def _joint_searches() -> tuple[re.Pattern[str], ...]:
    """Patterns that end where a keyword ends, with the keyword as their only group that took part."""
    keywords = sorted(_rules_by_keyword(), key=len, reverse=True)
    last = (_search_back(joint, [each for each in keywords if each[-1] == joint]) for joint in _LAST)
    first = (_search_on(joint, [k for k in keywords if k[0] == joint and k[-1] not in _LAST]) for joint in _FIRST)
    return (*last, *first)


def _search_back(joint: str, keywords: list[str]) -> re.Pattern[str]:
    """From the last character back; a look-behind wants words of one length."""
    by_length = (rf"(?<=({'|'.join(map(re.escape, words))}))" for _, words in groupby(keywords, key=len))
    return re.compile(f"{re.escape(joint)}{_AHEAD.get(joint, '')}(?:{'|'.join(by_length)})")


def _search_on(joint: str, keywords: list[str]) -> re.Pattern[str]:
    """From the first character on."""
    return re.compile(f"({re.escape(joint)}(?:{'|'.join(re.escape(keyword[1:]) for keyword in keywords)}))")


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compiled when it is first needed: a run meets few of all shapes."""
    return re.compile(pattern, re.ASCII)


@cache
def _marks() -> re.Pattern[str]:
    kinds = {OWN, PRIVATE_KEY, *(rule.kind for rule in RULES)}
    return re.compile("|".join(re.escape(mark(kind)) for kind in sorted(kinds)))


def _outside_marks(text: str, findings: list[_Finding]) -> list[_Finding]:
    """Leaves out what lies within a mark: a job's secret may be a word that marks are made of."""
    if not findings or mark("")[:-1] not in text:
        return findings
    covered = {place for found in _marks().finditer(text) for place in range(*found.span())}
    return [finding for finding in findings if not {finding.start, finding.end - 1} <= covered]


def _merged(findings: list[_Finding]) -> list[_Finding]:
    """In order and without overlaps: where several claim the same characters, one of them stands for all."""
    merged: list[_Finding] = []
    for finding in sorted(findings, key=lambda each: (each.start, -each.end)):
        if not merged or finding.start >= merged[-1].end:
            merged.append(finding)
            continue
        last = merged[-1]
        best = min(last, finding, key=lambda each: each.rank)
        merged[-1] = _Finding(last.start, max(last.end, finding.end), best.rank, best.kind)
    return merged


def _without(text: str, findings: list[_Finding]) -> str:
    parts, done = [], 0
    for finding in findings:
        breaks = _LINE_BREAK.findall(text, finding.start, finding.end)
        parts += [text[done : finding.start], mark(finding.kind), *breaks]
        done = finding.end
    return "".join([*parts, text[done:]])
