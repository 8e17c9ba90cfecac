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


def test_modules_of_a_bare_package_are_imported_one_by_one(shop: Path) -> None:
    code = """
lazy_import.bare("shop")
from shop.heavy import Heavy
import shop
print(Heavy.__name__, shop.heavy.weight, "shop.tools" in sys.modules, hasattr(shop, "NAME"))
lazy_import.bare("shop")
print(shop is sys.modules["shop"])
lazy_import.bare("nowhere")
"""
    assert run(shop, code) == "Heavy 5 False False\nTrue\n"


def test_a_package_that_is_imported_already_does_not_become_bare(shop: Path) -> None:
    (shop / "shop" / "gone.py").write_text("Missing = 0\n")
    assert run(shop, "import shop\nlazy_import.bare('shop')\nimport shop\nprint(shop.NAME)") == "shop\n"


LEFT_OUT = """
lazy_import.enable("shop")
lazy_import.leave_out("shop.heavy", importer="shop.stock")
import shop.stock.shelf as shelf
"""


@pytest.mark.parametrize(
    ("source", "code", "printed"),
    [
        (
            "from ..heavy import Heavy, weight",
            "print(shelf.Heavy.__name__, isinstance(5, shelf.weight))",
            "Heavy False",
        ),
        ("from shop.heavy import Heavy", "print(isinstance(shelf.Heavy(), shelf.Heavy), shelf.Heavy | int)", "True"),
        ("def late():\n  from ..heavy import Heavy\n  return Heavy", "print(shelf.late().__name__)", "Heavy"),
        ("from ..tools import spade\nimport json", "print(shelf.spade, shelf.json.dumps(1))", "spade 1"),
        ("from .. import tools\nfrom . import box", "print(shelf.tools.spade, shelf.box.size)", "spade 3"),
    ],
)
def test_what_is_left_out_is_not_imported(shop: Path, source: str, code: str, printed: str) -> None:
    (shop / "shop" / "stock" / "__init__.py").write_text("")
    (shop / "shop" / "stock" / "box.py").write_text("size = 3\n")
    (shop / "shop" / "stock" / "shelf.py").write_text(source)
    found = run(shop, f"{LEFT_OUT}\n{code}\nprint('shop.heavy' in sys.modules)")
    assert found.startswith(printed)
    assert found.endswith("\nFalse\n")


def test_others_get_what_is_left_out_for_one(shop: Path) -> None:
    (shop / "shop" / "stock" / "__init__.py").write_text("from ..heavy import weight\n")
    (shop / "shop" / "stocking.py").write_text("from .heavy import weight\n")
    code = LEFT_OUT.replace("import shop.stock.shelf as shelf", "import shop.stock, shop.stocking")
    assert run(shop, f"{code}print(shop.stocking.weight, isinstance(shop.stock.weight, type))") == "5 True\n"


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


def test_the_adapter_passes_its_tests_with_as_much_of_the_sdk_as_is_imported_for_it() -> None:
    code = """
import sys
from hls_action.adapters.claude import lazy_import
lazy_import.narrow_sdk()
import pytest
status = pytest.main(["-q", "-p", "no:cacheprovider", *sys.argv[1:]])
left_out = [name for name in sys.modules if name.startswith(("anthropic.lib.streaming", "anthropic.types.beta.beta_"))]
print(f"{len(left_out)} modules that should not be there" if len(left_out) > 60 else "narrow")
sys.exit(status)
"""
    tests = [str(Path(__file__).with_name(name)) for name in ("test_claude.py", "test_oidc.py")]
    done = subprocess.run(
        [sys.executable, "-c", code, *tests], capture_output=True, text=True, timeout=240, check=False, cwd=ROOT
    )
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "narrow"), done.stdout[-3000:] + done.stderr[-1000:]


def test_an_error_is_told_by_its_status_and_its_code_as_ever() -> None:
    code = """
import httpx2, sys
from hls_action.adapters.claude import lazy_import
if "narrow" in sys.argv:
    lazy_import.narrow_sdk()
from hls_action.adapters.claude.api import Claude
Claude("http://127.0.0.1:9", api_key="sk-test")
from anthropic import APIStatusError
from anthropic._error_classes import ERROR_CLASSES, make_status_error
for status, code in sorted((status, code or "") for status, code in ERROR_CLASSES):
    body = {"type": "error", "error": {"type": "t", "message": "m", "details": {"error_code": code}}}
    response = httpx2.Response(status, request=httpx2.Request("POST", "http://127.0.0.1:9"))
    error = make_status_error("said", body=body, response=response)
    print(isinstance(error, APIStatusError), error.status_code, error.error_code, error.type, error.body == body)
"""
    told = [
        subprocess.run(
            [sys.executable, "-c", code, how], capture_output=True, text=True, timeout=120, check=True, cwd=ROOT
        ).stdout.splitlines()
        for how in ("narrow", "whole")
    ]
    assert told[0] == told[1]
    assert len(told[0]) > 50
    assert all(line.startswith("True ") for line in told[0])


def test_github_is_reached_without_most_of_pygithub() -> None:
    code = """
import sys
from hls_action.adapters.claude import lazy_import
lazy_import.bare("github")
import hls_action.adapters.github.rest
print(sorted(name for name in sys.modules if name.startswith(("github.", "jwt", "cryptography", "nacl"))))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True, cwd=ROOT
    )
    assert done.stdout == "['github.Consts', 'github.GithubException', 'github.GithubObject', 'github.Requester']\n"
