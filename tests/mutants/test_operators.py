"""The mistakes that script/mutants tries."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.mutants.modules import chosen
from tests.mutants.operators import mutants

IN_A_FUNCTION = [
    ("return a < b", {"return None", "return a <= b", "return a >= b"}),
    ("return a and b", {"return None", "return a or b", "return a", "return b"}),
    ("return a if b else c", {"return None", "return a", "return c"}),
    ("return a[:b]", {"return None", "return a[:]"}),
    ("return not a", {"return None", "return a"}),
    ("return f(a, b, c=d)", {"return None", "return f(b, a, c=d)", "return f(a, b)"}),
    ("return f(a, a)", {"return None"}),
    ("return a.strip()", {"return None", "return a"}),
    ("return min(a)", {"return None", "return max(a)"}),
    ("return [a for a in b if a]", {"return None", "return [a for a in b]"}),
    ("return 'a'", {"return 'XXaXX'"}),
    ("return True", {"return False"}),
    ("f()", {"pass"}),
    ("a = f(a)", {"pass"}),
    ("a = f(b)", set()),
    ("a += b", {"pass"}),
    ("raise a", {"pass"}),
    ("assert a < b", set()),
    ("a: list[1] = b", set()),
    ("return cast('a', b)", {"return None"}),
]


@pytest.mark.parametrize(("body", "expected"), IN_A_FUNCTION)
def test_each_mistake_is_one_change(body: str, expected: set[str]) -> None:
    tree = ast.parse(f'def g():\n    """What it says."""\n    {body}\n')
    found = []
    for mutant in mutants(tree):
        with mutant.applied():
            found.append(ast.unparse(tree).splitlines()[-1].strip())
        assert mutant.function == ("g", 1)
        assert mutant.line == 3
    assert set(found) == expected
    assert len(found) == len(expected)
    assert ast.unparse(tree).endswith(body)


def test_what_runs_at_the_import_belongs_to_no_function() -> None:
    tree = ast.parse(
        "A = 1\n@d(2)\ndef f(a=3):\n    return 4\nclass B:\n    c = 5\n    @d\n    def g(self):\n        return 6\n"
    )
    found = {(mutant.line, mutant.function) for mutant in mutants(tree)}
    assert found == {(1, None), (3, None), (4, ("f", 2)), (6, None), (9, ("B.g", 7))}


def test_a_change_is_shown_with_what_is_around_it() -> None:
    (mutant,) = mutants(ast.parse("def f():\n    a = b + c\n"))
    assert mutant.shown() == "b [-+-]{+-+} c"


@pytest.mark.parametrize("path", chosen([]), ids=str)
def test_every_mutant_can_be_compiled(path: Path) -> None:
    tree = ast.parse(path.read_text())
    before = ast.dump(tree)
    for mutant in list(mutants(tree))[::40]:  # all would take a minute
        with mutant.applied():
            compile(tree, str(path), "exec")
    assert ast.dump(tree) == before
