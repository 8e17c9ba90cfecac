"""What a look may choose from: by numbers, within bounds, the likeliest of what does not fit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.knowledge.code.listing import FILES, NOTHING_LISTED, ROOM, listing
from hls_action.domain.knowledge.code.passages import Lines
from hls_action.domain.knowledge.code.rank_symbols import RankedSymbol
from hls_action.domain.knowledge.code.symbols import symbols
from tests.unit.domain.knowledge.code.trees import SHOP

SOURCES = {path: text.encode() for path, text in SHOP.items() if path.startswith("src/")}
CART, DISCOUNT = "src/shop/cart.py", "src/shop/discount.py"


def many(count: int, width: int = 1) -> bytes:
    return "".join(f"def step_{number}_{'x' * width}(): pass\n" for number in range(count)).encode()


def test_each_definition_has_a_number_below_its_file_the_likeliest_file_first() -> None:
    found = listing([DISCOUNT, CART], [], SOURCES)
    assert found.text == (
        f"{DISCOUNT}\n"
        "1. line 1: def apply_voucher(cart, voucher):\n"
        "2. line 7: def round_price(price):\n"
        f"{CART}\n"
        "3. line 1: class Cart:\n"
        "4. line 2: def __init__(self):\n"
        "5. line 5: def add_item(self, item, quantity=1):\n"
        "6. line 8: def total(self):"
    )
    assert found.lines[4] == Lines(CART, 5, 6)


def test_of_a_file_with_too_many_the_likeliest_are_listed_in_the_order_of_its_lines() -> None:
    files = {"a.py": many(400, 60)}
    last = symbols("a.py", files["a.py"])[-2:]
    found = listing(["a.py"], [RankedSymbol("a.py", symbol, 1.0) for symbol in reversed(last)], files, room=400)
    assert [lines.first for lines in found.lines] == [1, 2, 399, 400]


def test_a_file_that_needs_less_than_its_share_leaves_the_rest_to_the_next() -> None:
    files = {"a.py": many(1), "b.py": many(400)}
    shared = sum(lines.path == "b.py" for lines in listing(["a.py", "b.py"], [], files, room=2_000).lines)
    alone = sum(lines.path == "b.py" for lines in listing(["b.py"], [], files, room=2_000).lines)
    assert alone - 3 < shared < alone


def test_what_defines_nothing_or_is_not_there_is_left_out() -> None:
    assert listing(["gone.py", "notes.txt"], [], {"notes.txt": b"x"}) == NOTHING_LISTED


def test_the_name_of_a_file_stays_on_its_line() -> None:
    found = listing(["a\n9. line 1: def f():.py"], [], {"a\n9. line 1: def f():.py": b"def g(): pass"})
    assert found.text.splitlines() == ["a[U+000A]9. line 1: def f():.py", "1. line 1: def g(): pass"]


@given(
    st.dictionaries(
        st.text("abß", min_size=1, max_size=120).map("{}.py".format), st.integers(0, 300), min_size=1, max_size=13
    ),
    st.integers(0, 90),
)
def test_it_keeps_within_its_bounds_whatever_there_is(counts: dict[str, int], width: int) -> None:
    files = {path: many(count, width) for path, count in counts.items()}
    found = listing(list(files), [], files)
    assert len(found.text) <= ROOM
    assert len({lines.path for lines in found.lines}) <= FILES
    rows = [row for row in found.text.splitlines() if ". line " in row]
    assert [row.partition(".")[0] for row in rows] == [str(number) for number in range(1, len(found.lines) + 1)]
