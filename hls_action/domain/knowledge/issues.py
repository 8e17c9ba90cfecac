"""Rank issues by how alike they are to another. It only proposes: whether two are the same, somebody has to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hls_action.domain.knowledge.counts import Counted, Tally, added_up, bm25, z_scores
from hls_action.domain.knowledge.query import shown, weigh

TITLE = 256
"""Characters of a title that count, which is as long as GitHub allows."""
TEXT = 1_000
"""Characters of an issue's text that count."""
BEGINNING = 200
"""Characters of which the spelling is compared."""
COMPARED = 300
"""How many of the issues nearest by their words are compared by spelling."""
MOST = 20
"""Issues."""
LENGTH = 1.0
"""BM25's b: an issue gains nothing by having many words in it."""
_GRAMS = (3, 4, 5)


@dataclass(frozen=True)
class Issue:
    """An issue of the pool. ``state``: ``open`` or ``closed``; ``text``: at least its first `TEXT` characters."""

    number: int
    state: str
    title: str
    text: str


@dataclass(frozen=True)
class RankedIssue:
    """``score``: the larger, the more alike."""

    number: int
    score: float


def rank_issues(title: str, text: str, pool: Sequence[Issue]) -> tuple[RankedIssue, ...]:
    """The `MOST` issues of the ``pool`` that are most alike to the one with this title and text, best first.

    What is known of an issue besides, its state for one, is for the caller to consider.
    """
    words = weigh(title[:TITLE], _beginning(text, TEXT))
    tally = Tally(words)
    fits = bm25([tally.count(_content(issue)) for issue in pool], words, length=LENGTH)
    near = sorted(zip(fits, pool, strict=True), key=lambda one: (-one[0], -one[1].number))[:COMPARED]
    kinds = ([fit for fit, _ in near], _spelling(_spelt(title, text), [issue for _, issue in near]))
    scores = added_up(map(z_scores, kinds))
    ranked = [RankedIssue(issue.number, round(score, 4)) for (_, issue), score in zip(near, scores, strict=True)]
    return tuple(sorted(ranked, key=lambda one: (-one.score, -one.number))[:MOST])


def _content(issue: Issue) -> bytes:
    return f"{issue.title[:TITLE]}\n{_beginning(issue.text, TEXT)}".encode("utf-8", "replace")


def _beginning(text: str, length: int) -> str:
    return shown(text[: 4 * length])[:length]


def _spelt(title: str, text: str) -> str:
    return f" {' '.join(f'{title[:TITLE]} {_beginning(text, BEGINNING)}'.lower().split())} "


def _spelling(own: str, issues: Sequence[Issue]) -> list[float]:
    """How much of the spelling of ``own`` each of the ``issues`` has."""
    grams = _grams(own)
    counted = []
    for issue in issues:
        all_ = _grams(_spelt(issue.title, issue.text))
        counted.append(Counted(dict.fromkeys(grams & all_, 1), frozenset(), len(all_)))
    return bm25(counted, dict.fromkeys(sorted(grams), 1.0), length=LENGTH)


def _grams(text: str) -> frozenset[bytes]:
    """Each run of three to five characters."""
    runs = {text[at : at + size] for size in _GRAMS for at in range(len(text) - size + 1)}
    return frozenset(run.encode("utf-8", "replace") for run in runs)
