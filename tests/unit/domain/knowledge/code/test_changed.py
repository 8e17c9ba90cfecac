"""What a diff changes of the code it starts from, and who calls that."""

from __future__ import annotations

import pytest

from hls_action.domain.knowledge.code.changed import CALLERS, MOST_CALLS, callers, changed_symbols
from hls_action.domain.knowledge.code.passages import Lines
from tests.unit.builders import changed as change

CART = (
    b"class Cart:\n"
    b"    def add_item(self, item):\n"
    b"        self.items.append(item)\n"
    b"\n"
    b"    def total_of(self):\n"
    b"        return sum(self.items)\n"
)
PAY = b"def pay(cart):\n    return card.charge(cart.total_of())\n"


def names(patch: str, data: bytes = CART, **more: str) -> list[str]:
    return [each.symbol.name for each in changed_symbols([change("cart.py", patch, **more)], {"cart.py": data})]


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        ("@@ -5,2 +5,2 @@\n     def total_of(self):\n-        return sum(self.items)\n+        return 0", ["total_of"]),
        (
            "@@ -2,2 +2,3 @@\n     def add_item(self, item):\n         self.items.append(item)\n+        log()",
            ["add_item"],
        ),
        ("@@ -1,2 +1,3 @@\n class Cart:\n+    limit = 5\n     def add_item(self, item):", ["Cart"]),
        (
            "@@ -4,3 +4,3 @@\n \n     def total_of(self):\n-        return sum(self.items)\n+        return 1",
            ["total_of"],
        ),
        ("@@ -5,2 +5,2 @@\n     def other(self):\n-        return 5\n+        return 0", []),  # of another version
        ("@@ -1 +1,2 @@\n+import log\n class Cart:", ["Cart"]),
        ("@@ -0,0 +1 @@\n+x = 1", []),
        ("not a patch", []),
        ("", []),
    ],
)
def test_the_innermost_functions_around_what_is_changed(patch: str, expected: list[str]) -> None:
    assert names(patch) == expected


def test_lines_that_moved_meanwhile_are_found() -> None:
    patch = "@@ -5,2 +5,2 @@\n     def total_of(self):\n-        return sum(self.items)\n+        return 0"
    assert names(patch, b"# one\n# two\n" + CART) == ["total_of"]
    assert names(patch, CART + CART[12:]) == ["total_of"], "at the place that it names"
    assert names(patch, b"# one\n" + CART + CART[12:]) == [], "which of the two cannot be told"
    assert names(patch, b"    def total_of(self):\n        return 5\n" + CART) == ["total_of"], "all of its lines count"
    assert names(patch, CART.replace(b"\n", b"\r\n")) == ["total_of"]
    assert names(patch.replace("\n", "\r\n"), CART.replace(b"\n", b"\r\n")) == ["total_of"]


def test_files_without_a_patch_and_those_that_are_not_here_change_nothing_that_is_known() -> None:
    changes = [change("cart.py", None), change("gone.py"), change("caf\xe9.py", "@@ -1 +1 @@\n-x = 1\n+x = 2")]
    assert changed_symbols(changes, {"cart.py": CART, "caf\xe9.py": b"x = 1 # \xe9\n"}) == ()


def test_a_file_that_is_renamed_is_known_by_its_name_before() -> None:
    patch = "@@ -5,2 +5,2 @@\n     def total_of(self):\n-        return sum(self.items)\n+        return 0"
    files = {"cart.py": CART}
    moved = change("basket.py", patch, previous_path="cart.py", status="renamed")
    assert [(each.path, each.symbol.name) for each in changed_symbols([moved], files)] == [("cart.py", "total_of")]


def called(**files: bytes) -> list[Lines]:
    all_ = {"cart.py": CART} | {f"{name}.py": data for name, data in files.items()}
    patch = "@@ -6 +6 @@\n-        return sum(self.items)\n+        return 0"
    return list(callers(changed_symbols([change("cart.py", patch)], all_), all_))


def test_callers_are_shown_with_the_lines_around() -> None:
    assert called(pay=PAY) == [Lines("pay.py", 1, 5, "calls total_of")]


def test_definitions_of_the_same_name_and_longer_names_are_no_calls() -> None:
    assert called(a=b"def total_of(x):\n    return 1\n", b=b"subtotal_of(1)\ntotal_offset(2)\ntotal_of = 3\n") == []


def test_of_a_file_the_first_call_is_shown_and_not_that_by_the_function_itself() -> None:
    files = {
        "cart.py": CART.replace(b"sum(self.items)", b"self.total_of() + 0"),
        "a.py": b"x = 1\n" * 9 + b"total_of()\n" + b"x = 1\n" * 9 + b"total_of()\n",
    }
    patch = "@@ -6 +6 @@\n-        return self.total_of() + 0\n+        return 0"
    assert list(callers(changed_symbols([change("cart.py", patch)], files), files)) == [
        Lines("a.py", 7, 13, "calls total_of")
    ]


def test_each_of_several_names_is_looked_for_and_short_ones_are_not() -> None:
    files = {"cart.py": b"def first():\n    return 1\n\ndef second():\n    return 2\n\ndef one():\n    return 3\n"}
    files["use.py"] = b"x = second()\ny = one()\n"
    patch = "".join(f"@@ -{n} +{n} @@\n-    return {value}\n+    return 0\n" for n, value in ((2, 1), (5, 2), (8, 3)))
    found = list(callers(changed_symbols([change("cart.py", patch)], files), files))
    assert [(each.path, each.why) for each in found] == [("use.py", "calls second")]


def test_what_is_called_everywhere_is_not_shown_and_of_others_a_few_files() -> None:
    many = {f"f{number}": b"total_of()\n" for number in range(MOST_CALLS + 1)}
    assert called(**many) == []
    few = {f"f{number}": b"total_of()\ntotal_of()\n" for number in range(9)}
    found = called(**few)
    assert len(found) == CALLERS
    assert len({each.path for each in found}) == CALLERS


def test_nothing_is_searched_for_what_changes_nothing() -> None:
    assert list(callers((), {"pay.py": PAY})) == []
