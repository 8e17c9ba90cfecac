"""The line's pure work on texts, remembered: the same few texts come up in every schedule, and parsing them is slow."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from typing import Any

from hls_action.domain.drafts import rendering, vetting
from hls_action.domain.knowledge import conversation, labelling, reading
from hls_action.domain.ledger import documents
from hls_action.domain.tasks import answer, table
from hls_action.domain.text import plain
from hls_action.domain.threads import items, openings
from tests.unit.line_bench import MATERIALS as PLAIN_MATERIALS

MATERIALS = replace(PLAIN_MATERIALS, parse_settings=lru_cache(PLAIN_MATERIALS.parse_settings))

Function = Callable[..., Any]

PURE: tuple[tuple[Any, str], ...] = (
    (answer, "is_blank"),
    (reading, "clean"),
    (conversation, "spell_out"),
    (conversation, "describe_changes"),
    (conversation, "enclosed"),
    (items, "addressed"),
    (items, "digest"),
    (items, "marked_keys"),
    (items, "unticked"),
    (documents, "_reading"),
    (labelling, "number_labels"),
    (plain, "may_address"),
    (plain, "substance"),
    (items, "heard"),
    (openings, "heard"),
    (table, "outgoing"),
    (rendering, "outgoing"),
    (vetting, "is_blank"),
)
"""Functions of nothing but hashable arguments, where they are called."""


def _dense(data: object) -> str:
    """The same JSON without its line breaks, which keep Python from using its fast encoder."""
    return json.dumps(data, sort_keys=True, ensure_ascii=False)


def _quick() -> list[tuple[Any, str, Function]]:
    found = [(module, name, lru_cache(maxsize=20_000)(getattr(module, name))) for module, name in PURE]
    return [*found, (documents, "_dump", _dense)]


_QUICK = _quick()


@contextmanager
def remembered_texts() -> Iterator[None]:
    """While this holds, each of these works out the same thing only once."""
    plain = [(module, name, getattr(module, name)) for module, name, _ in _QUICK]
    for module, name, function in _QUICK:
        setattr(module, name, function)
    try:
        yield
    finally:
        for module, name, function in plain:
            setattr(module, name, function)
