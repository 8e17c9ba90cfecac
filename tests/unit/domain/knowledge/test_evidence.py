"""What is looked up for a text, as one document."""

from __future__ import annotations

import subprocess
import sys
from itertools import count

from hls_action.domain.knowledge.evidence import document, look_up
from hls_action.domain.knowledge.issues import Issue
from tests.unit.domain.knowledge.code.trees import SHOP, tree

POOL = [Issue(3, "open", "Voucher is refused", ""), Issue(5, "closed", "Dark mode", "")]


def test_the_document_lists_files_symbols_and_issues_best_first() -> None:
    clock = count(10.0, 0.25)
    found = document(look_up("Voucher expired", "`apply_voucher` raises", tree(SHOP), POOL, lambda: next(clock)))
    assert found["seconds"] == 0.25
    files, symbols, issues = found["files"], found["symbols"], found["issues"]
    assert isinstance(files, list)
    assert isinstance(symbols, list)
    assert isinstance(issues, list)
    assert len(files) == 6
    assert files[0]["path"] == "src/shop/discount.py"
    assert files[0]["why"] == "has `apply_voucher`, rare words: voucher, expired, apply"
    assert symbols[0] == {"path": "src/shop/discount.py", "name": "apply_voucher", "line": 1}
    assert [issue["number"] for issue in issues] == [3, 5]
    assert issues[0]["score"] > issues[1]["score"]


def test_at_least_twenty_files_are_listed_where_there_are_as_many() -> None:
    many = {f"file{number}.py": "x = 1\n" for number in range(100)}
    files = document(look_up("x", "", tree(many), [], lambda: 0.0))["files"]
    assert isinstance(files, list)
    assert len(files) >= 20


PROGRAM = """
from hls_action.domain.knowledge.evidence import look_up
from tests.unit.domain.knowledge.code.trees import SHOP, tree
from tests.unit.domain.knowledge.test_evidence import POOL
print(look_up("Voucher for items of the cart", "total, basket: session cookies", tree(SHOP), POOL, lambda: 0.0))
"""


def test_the_seed_of_hashes_makes_no_difference() -> None:
    printed = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM], env={"PYTHONHASHSEED": seed}, check=True, capture_output=True
        ).stdout
        for seed in "123"
    }
    assert len(printed) == 1
