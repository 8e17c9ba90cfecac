"""What an answer quotes and names, held against what was given."""

from __future__ import annotations

import pytest

from hls_action.domain.evaluation.grounding import invented, verified
from hls_action.domain.knowledge.references import Referable
from hls_action.domain.knowledge.sources import Shown, Source
from hls_action.domain.tasks.answer import Answer, Evidence
from tests.unit.builders import answer

ISSUE = 'Since 2.4.1 it ends at File "notes/export.py", line 41, in write_all.\nNo such  file or directory.'
PATCH = "  41   with open(target) as file:\n  42 +     file.write(note.text)"
SOURCES = (Source("the issue", ISSUE), Source("the patch of notes/sync.py", PATCH, "patch", "notes/sync.py"))
SHOWN = Referable(
    7,
    ("bug", "question"),
    named=frozenset({12}),
    given=frozenset({15}),
    repository="o/r",
    sources=SOURCES,
    shown=(Shown("notes/sync.py", ((41, 42),), "a" * 40),),
)
GIVEN = f"{ISSUE}\n<text of=patch path=notes/sync.py>{PATCH}</text>\nREADME.md"


def quoting(*quotations: str) -> Answer:
    return answer(evidence=tuple(Evidence(1, quotation) for quotation in quotations))


@pytest.mark.parametrize(
    ("quotation", "there"),
    [
        ("Since 2.4.1 it ends at", True),
        ("No such file or\ndirectory.", True),
        ("with open(target) as file:\nfile.write(note.text)", True),
        ("  42 +     file.write(note.text)", True),
        ("Since 2.4.2 it ends at", False),
        ("in write_al", False),  # too short to tell anything
        ("with open(target) as file: pass", False),
    ],
)
def test_a_quotation_is_in_a_source(quotation: str, there: bool) -> None:
    assert verified(quoting(quotation), SOURCES) == (there,)


def test_each_quotation_counts() -> None:
    assert verified(quoting("No such file or directory", "Nothing of the kind"), SOURCES) == (True, False)
    assert verified(quoting(), SOURCES) == ()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("See `notes/export.py`, line 41.", ()),
        ("See notes/export.py:41 and README.md.", ()),
        ("See notes/sync.py:42.", ()),
        ("See notes/sync.py:99.", ("notes/sync.py:99",)),
        ("See notes/export.py line 42.", ("notes/export.py:42",)),
        ("See `notes/import.py` and src/a.go:3.", ("notes/import.py", "src/a.go:3")),
        ("Like other/repo#3.", ("other/repo#3",)),
        ("Set it in `notes.toml`.", ("notes.toml",)),
        ("Install Node.js from https://example.com/download.html first.", ()),
        ("Like #12, #15 and this, #7.", ()),
        ("Like #13 and #14, and #13 again.", ("#13", "#14")),
        ("```\nsee #13 in notes/import.py:3\n```\nDone.", ()),
    ],
)
def test_names_in_words(text: str, names: tuple[str, ...]) -> None:
    assert invented(answer(comment=text), SHOWN, GIVEN) == names


def test_names_by_number() -> None:
    made_up = answer(comment="Hello.", labels=[1, 3, 0], possible_duplicate_of=99)
    assert invented(made_up, SHOWN, GIVEN) == ("label number 0", "label number 3", "#99")


def test_names_in_the_other_texts() -> None:
    made_up = answer(comment="Hello.", missing=["the output of `a/b.py`"], findings=["c/d.py:4 is wrong"])
    assert invented(made_up, SHOWN, GIVEN) == ("a/b.py", "c/d.py:4")
