"""What HLS says by itself: nothing in it acts, not even a number, which would be a mention in that issue's timeline."""

from __future__ import annotations

import re

import pytest

from hls_action.domain.drafts.fixed_texts import FIXED_TEXTS, fixed_text
from tests.unit.rendered import live, prose

VALUES = {"mention": "/hls", "when": "2026-11-03 00:00", "told": "hls-ignore", "contact": "SECURITY.md"}


@pytest.mark.parametrize("name", FIXED_TEXTS)
def test_nothing_in_it_acts(name: str) -> None:
    text = fixed_text(name, **VALUES)
    assert live(text) == []
    assert [block for block in prose(text) if re.search(r"#\d", block)] == []
