"""Every document of the project: its links lead somewhere, within the project and within a page."""

from __future__ import annotations

import ast
import re
import subprocess
from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(
    subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
)
WRITTEN = [name for name in DOCUMENTS if not name.startswith(("hls_action/data/", "tests/unit/golden/"))]
"""Without prompts and recorded output, which are no documents."""


@cache
def parsed(path: Path) -> list[Token]:
    return MarkdownIt().enable("table").parse(path.read_text())


def links(path: Path) -> list[str]:
    """Where a document's links and images lead."""
    inner = (part for token in parsed(path) for part in token.children or ())
    return [str(part.attrGet("href") or part.attrGet("src")) for part in inner if part.type in ("link_open", "image")]


def anchors(path: Path) -> set[str]:
    """The headings as GitHub names them: in lower case, without punctuation, with hyphens, numbered when repeated."""
    found: list[str] = []
    tokens = parsed(path)
    for heading, inline in pairwise(tokens):
        if heading.type == "heading_open":
            shown = "".join(part.content for part in inline.children or () if part.type in ("text", "code_inline"))
            name = re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")
            found.append(name if name not in found else f"{name}-{found.count(name)}")
    return set(found)


def broken(path: Path) -> list[str]:
    """The links within the project that lead nowhere."""
    found = []
    for link in links(path):
        parts = urlsplit(link)
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        if parts.scheme:
            continue
        if not target.exists() or (parts.fragment and parts.fragment not in anchors(target)):
            found.append(link)
    return found


@pytest.mark.parametrize("name", WRITTEN)
def test_every_link_leads_somewhere(name: str) -> None:
    assert broken(ROOT / name) == []


def test_links_that_lead_nowhere_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    (tmp_path / "other.md").write_text("# What *it* costs, and `why`\n\n## Again\n\n## Again\n")
    page.write_text(
        "[a](other.md#what-it-costs-and-why) [b](other.md#again-1) [c](https://example.com/x) [d](#here) `[e](gone)`\n"
        "\n| table |\n|---|\n| [f](gone.md) |\n\n# Here\n\n[g](other.md#gone) [h](#gone) ![i](gone.png)\n"
    )
    assert broken(page) == ["gone.md", "other.md#gone", "#gone", "gone.png"]


HOUSE = ROOT / "hls_action"
SPOKEN_OF = re.compile(
    r"`((?:hls_action|domain|line|adapters|records|reporting|resilience|config|sweep|install|data|tests)/[\w./*-]*)`"
)


def absent(page: str) -> list[str]:
    """The modules, rooms and files that a page speaks of and that are not there; ``NAME`` stands for any."""
    paths = [path.rstrip("/").replace("NAME", "*") for path in SPOKEN_OF.findall(page)]
    return [path for path in paths if not any(True for base in (ROOT, HOUSE) for _ in base.glob(path))]


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "docs/glossary.md", "docs/reliability.md"])
def test_every_module_that_is_spoken_of_is_there(name: str) -> None:
    page = (ROOT / name).read_text()
    assert SPOKEN_OF.search(page)
    assert absent(page) == []


def test_a_module_that_is_not_there_is_found() -> None:
    page = "`domain/gone.py`, `line/respond.py`, `tests/unit/domain/`, `data/prompts/tasks/NAME.md`, `sweep/gone/`"
    assert absent(page) == ["domain/gone.py", "sweep/gone"]


def test_every_room_is_on_the_map() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text()
    rooms = {
        f"{path.parent.name}/" for path in HOUSE.rglob("__init__.py") if path.parent != HOUSE and _has_modules(path)
    }
    alone = {path.name for path in HOUSE.glob("*.py") if path.name != "__init__.py"}
    assert {room for room in rooms | alone if not re.search(rf"(?<![\w/.]){re.escape(room)}", page)} == set()


def _has_modules(package: Path) -> bool:
    return any(path.name != "__init__.py" for path in package.parent.glob("*.py"))


def test_a_package_imports_nothing_but_what_it_stands_for() -> None:
    """So that the gate, which imports one module of a room, does not import the whole room."""
    allowed = {HOUSE / "data" / "__init__.py", HOUSE / "domain" / "text" / "__init__.py"}
    packages = [path for path in HOUSE.rglob("__init__.py") if path not in allowed]
    busy = [
        path for path in packages if any(not isinstance(node, ast.Expr) for node in ast.parse(path.read_text()).body)
    ]
    assert [path.parent.name for path in busy] == ["hls_action"]
