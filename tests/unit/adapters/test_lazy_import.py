"""Packages that are imported only as far as they are used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder with a package ``shop`` that only re-exports, and its sub-package ``stock`` that computes."""
    package = tmp_path / "shop"
    (package / "stock").mkdir(parents=True)
    (package / "__init__.py").write_text(
        "from . import tools\nfrom .heavy import Heavy, weight as mass\nfrom .gone import Missing\nNAME = 'shop'\n"
    )
    (package / "heavy.py").write_text("class Heavy: pass\nweight = 5\n")
    (package / "tools.py").write_text("spade = 'spade'\n")
    (package / "stock" / "__init__.py").write_text("from ..heavy import weight\ndef count(): return weight\n")
    return tmp_path


def run(shop: Path, code: str) -> str:
    """What a fresh Python prints that can import the shop."""
    start = (
        f"import sys; sys.path[:0] = [{str(shop)!r}, {str(ROOT)!r}]\n"
        "from hls_action.adapters.claude import lazy_import\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", start + code], capture_output=True, text=True, timeout=60, check=False, cwd=shop
    )
    return done.stdout + (done.stderr.strip().split("\n")[-1] if done.returncode else "")


def test_names_are_imported_when_first_asked_for(shop: Path) -> None:
    code = """
lazy_import.enable("shop")
import shop
print("shop.heavy" in sys.modules, "shop.tools" in sys.modules)
from shop import Heavy, mass
print(Heavy.__name__, mass, "shop.tools" in sys.modules, "Heavy" in vars(shop))
print(shop.tools.spade)
"""
    assert run(shop, code) == "False False\nHeavy 5 False True\nspade\n"


def test_a_package_that_does_more_than_re_export_is_left_alone(shop: Path) -> None:
    code = "lazy_import.enable('shop')\nimport shop.stock\nprint(shop.stock.count(), 'shop.heavy' in sys.modules)"
    assert run(shop, code) == "5 True\n"


def test_an_unknown_name_is_an_attribute_error(shop: Path) -> None:
    code = "lazy_import.enable('shop')\nimport shop\nprint(hasattr(shop, 'nothing'))\nshop.nothing"
    assert run(shop, code) == "False\nAttributeError: module 'shop' has no attribute 'nothing'"


def test_what_is_imported_already_stays_as_it_is(shop: Path) -> None:
    code = """
sys.modules["shop"] = ready = type(sys)("shop")
lazy_import.enable("shop")
import shop
print(shop is ready, len(sys.meta_path) == before)
"""
    assert run(shop, "before = len(sys.meta_path)" + code) == "True True\n"


def test_other_packages_are_not_touched(shop: Path) -> None:
    code = "lazy_import.enable('shop')\nimport json, shopping"
    assert run(shop, code) == "ModuleNotFoundError: No module named 'shopping'"


def test_the_sdk_works_the_same_and_loads_less() -> None:
    code = """
import sys
if sys.argv[1] == "lazy":
    from hls_action.adapters.claude import lazy_import
    lazy_import.enable("anthropic")
import anthropic
from anthropic import APIStatusError, Anthropic
from anthropic.types import Message, TextBlock
print(Anthropic.__name__, APIStatusError.__name__, Message.__name__, TextBlock.__name__)
print(sum(name.startswith("anthropic.") for name in sys.modules))
"""
    results = []
    for mode in ("lazy", "eager"):
        done = subprocess.run(
            [sys.executable, "-c", code, mode], capture_output=True, text=True, timeout=120, check=True, cwd=ROOT
        )
        names, count = done.stdout.splitlines()
        results.append((names, int(count)))
    assert results[0][0] == results[1][0]
    assert results[0][1] < results[1][1] / 2
