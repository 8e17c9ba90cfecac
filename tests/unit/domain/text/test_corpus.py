"""Real files as code in an answer: whatever is in them, not a byte of it changes.

The whole checkout and a share of the installed packages are tried, the same files every time. ``CORPUS_SHARE=1`` tries
all, and every line of them: ``CORPUS_SHARE=1 script/test unit tests/unit/domain/text/test_corpus.py -rA``.
"""

from __future__ import annotations

import os
import re
import subprocess
import sysconfig
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from hls_action.domain.text import outgoing
from tests.unit.rendered import code

CHECKOUT = Path(__file__).parents[4]
PACKAGES = Path(sysconfig.get_paths()["purelib"])
SHARE = float(os.environ.get("CORPUS_SHARE", "0.004"))
"""Of the packages' files."""
LARGEST = 200_000
"""Bytes of a file."""
MOST_LINES = 20 if SHARE < 1 else 100_000
"""Lines of a file that are tried one by one."""


@cache
def files() -> tuple[Path, ...]:
    packages = sampled(PACKAGES, sorted(PACKAGES.rglob("*")), SHARE)
    return (*tracked(), *packages)


def tracked() -> list[Path]:
    """The checkout's files: by git, or when there is none, all that are no folder of tools."""
    try:
        listed = subprocess.run(["git", "-C", CHECKOUT, "ls-files", "-z"], capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return sorted(p for p in CHECKOUT.rglob("*") if not {".venv", "node_modules", ".git"} & set(p.parts))
    return sorted(CHECKOUT / name for name in listed.decode().split("\0") if name)


def sampled(root: Path, paths: list[Path], share: float) -> Iterator[Path]:
    for path in paths:
        if zlib.crc32(path.relative_to(root).as_posix().encode()) % 100_000 < share * 100_000:
            yield path


def texts() -> Iterator[tuple[Path, str]]:
    for path in files():
        content = path.read_bytes() if path.is_file() and path.stat().st_size <= LARGEST else b"\0"
        try:
            text = content.decode()
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            yield path, text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")


# ---- the same file as code in every position ----


def longest(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def fenced(text: str) -> str:
    fence = "`" * max(3, longest(text) + 1)
    return f"{fence}\n{text}\n{fence}"


def in_a_list(text: str) -> str:
    return "- " + "\n  ".join(fenced(text).split("\n"))


def in_a_quotation(text: str) -> str:
    return "> " + "\n> ".join(fenced(text).split("\n"))


def indented(text: str) -> str:
    return "Code:\n\n" + "\n".join(f"    {line}" for line in text.split("\n"))


def span(line: str) -> str:
    marks = "`" * (longest(line) + 1)
    return f"{marks} {line} {marks}" if "`" in line else f"{marks}{line}{marks}"


def lines_of(text: str) -> list[str]:
    lines = [line.strip() for line in text.split("\n")]
    return [line for line in lines if line and len(line) < 500][:MOST_LINES]


def inline(text: str) -> str:
    return "\n\n".join(f"Call {span(line)}, then." for line in lines_of(text))


def in_a_table(text: str) -> str:
    lines = [line for line in lines_of(text) if "\\|" not in line and not line.endswith("\\")]
    rows = [f"| {span(line)} | x |".replace(line, line.replace("|", "\\|")) for line in lines]
    return "\n".join(["| code | what |", "|-|-|", *rows])


FORMS = [fenced, in_a_list, in_a_quotation, indented, inline, in_a_table]


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_real_code_stays_byte_for_byte(form: Callable[[str], str]) -> None:
    tried, changed = Counter[str](), []
    for path, text in texts():
        answer = form(text)
        tried[path.suffix] += 1
        if text and outgoing(answer).rstrip() != answer.rstrip():
            changed.append(path)
    print(form.__name__, sum(tried.values()), "files", dict(tried.most_common()), len(changed), "changed")
    assert tried.total() > 20
    assert changed == []


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_the_forms_are_code_to_github(form: Callable[[str], str]) -> None:
    """Or else nothing was tried."""
    text = "@octocat a | b\n\nfixes #1 ``x`` <b>"
    assert "@octocat a | b" in "".join(code(form(text)))
