"""What files define, in each language, and where."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hls_action.domain.knowledge.code.symbols import (
    LONGEST_SIGNATURE,
    MOST,
    enclosing,
    enclosing_of_hunks,
    outline,
    symbols,
)

PYTHON = '''\
import os

LIMIT = 3


class Cart(Base):
    """def nothing(): in a string"""

    def __init__(self):
        self.items = []

    async def add(
        self,
        item,
    ):
        text = """
unindented
"""
        # def not_this():
        def inner(x): return x

        return inner(text)
# the end of it


def total(cart):
    return 0
'''
JAVASCRIPT = """\
"use strict";
// function notThis() {}
const text = `function norThis() { ${x} }`;
function plain(a, b = {}) {
    if (a) { return /}/; }
}
export default async function* stream({ a }) {
}
const arrow = (a) => {
    return a;
};
const short = a => a + 1;
const long = async (
    a,
    b
) => {
};
let value = (1 + 2) * 3;
class Cart extends Base {
    #secret = 1;
    static async add(item) {
        for (const x of item) {
        }
    }
    get size() { return 0; }
    handler = () => {
    };
}
exports.helper = function (x) {
};
Cart.prototype.total = function total() {
};
module.exports = {
    create(context) {
        return { Program: (node) => {
        } };
    },
    run: function () {
    },
};
"""
TYPESCRIPT = """\
export interface Item<T> {
    name: string;
}
type Kind =
    | "a"
    | "b";
enum Colour { Red }
export abstract class Cart<T> implements Base {
    private readonly add = (x: number): void => {
    };
    public total(a: number, b?: string): Promise<number> {
        return call(a);
    }
    protected abstract none(): void;
}
export const View = ({ a }: Props): JSX.Element => {
    return <div onClick={() => { a(); }}>{a}</div>;
};
namespace Shop {
    export function open<T>(a: T): T { return a; }
}
"""
GO = """\
package cart

import "fmt"

type Kind uint8

type Cart struct {
	items []string
}

type (
	Item interface {
		Price() int
	}
)

func New[T any](x interface{}) interface{} {
	return func() { fmt.Println("}") }
}

func (c *Cart) Add(item string) (int, error) {
	r := '}'
	return 0, nil
}
"""
RUST = """\
use std::io;

pub(crate) struct Unit;

#[derive(Debug)]
pub struct Cart<'a> {
    items: Vec<&'a str>,
}

impl<'a> fmt::Display for Cart<'a> {
    fn fmt(&self, f: &mut Formatter) -> Result {
        write!(f, "}}")
    }
}

pub async unsafe fn add<T>(item: T) -> Result<(), Error>
where
    T: Clone,
{
    let c = '{';
}

pub trait Total {
    fn total(&self) -> u32;
    fn zero(&self) -> u32 { 0 }
}

macro_rules! cart {
    () => { Cart::new() };
}
"""
JAVA = """\
package shop;

/** class NotThis { */
@Service
public final class Cart<T extends Item> extends Base implements Total {
    private final List<T> items = new ArrayList<>();

    public Cart(List<T> items) {
        super(items);
    }

    @Override
    public <R> Map<String, R> total(int a, List<R> b) throws IOException, Other {
        if (a > 0) {
            return new Sum() {
                int get() { return '}'; }
            };
        }
    }

    abstract int none();

    record Point(int x, int y) {
    }
}

enum Kind { A, B }
"""
CSHARP = """\
namespace Shop.Carts
{
    public sealed partial class Cart : Base
    {
        public Cart(int a) : base(a)
        {
        }

        public async Task<int> Add(Item item)
        {
            foreach (var x in item) { }
            return 1;
        }

        public int Total() => 0;
    }
}
"""
KOTLIN = """\
data class Point(val x: Int)

internal class Cart(
    val items: List<String>,
) : Base() {
    override suspend fun add(item: String): Int {
        return 1
    }

    fun String.total() = length

    companion object Factory {
    }
}

interface Total {
    fun zero(): Int
}
"""
C = """\
#include <stdio.h>
#define MAX(a, b) ((a) > (b) ? (a) : (b))

struct cart *find(int a);

typedef struct cart {
    int size;
} cart_t;

static int
add(struct cart *c, int (*f)(int))
{
    if (c) {
        return f('{');
    }
    return 0;
}

struct cart *make(void) {
    return 0;
}
"""
CPP = """\
namespace shop {

template <typename T>
class Cart : public Base<T> {
 public:
  explicit Cart(int a) : size_(a) {}
  ~Cart() override {
  }
  int total() const noexcept {
    return size_;
  }
  bool operator==(const Cart& other) const { return true; }
};

std::vector<int> Cart<int>::items(const std::string& name) const {
  for (int i : all) {
  }
}

}  // namespace shop
"""
RUBY = """\
module Shop
  class Cart < Base
    # def not_this
    def self.find(id)
      if id
        1
      end
    end

    def empty?
      true
    end

    private def secret=(x)
    end
  end
end
"""
PHP = """\
<?php
namespace Shop;
# function notThis() {}
abstract class Cart extends Base {
    public static function &find(int $id): ?Cart {
        return "}";
    }
    abstract function none();
}
function total($a) {
}
"""
SWIFT = """\
public struct Cart {
    private(set) var items: [String]

    init?(items: [String]) {
    }

    @discardableResult
    mutating func add(_ item: String) throws -> Int {
        return 1
    }
}

extension Cart: Total {
    static func zero() -> Int { 0 }
}
"""
SHELL = """\
#!/bin/sh
# not_this() {
add() {
    echo "${1#}}" # }
}
function total {
    add 1
}
"""
SCALA = """\
object Cart {
  private[shop] def add(item: String): Int = {
    1
  }
  def zero = 0
}
case class Point(x: Int)
"""
LUA = """\
local function add(item)
  if item then
    return 1
  end
end

function Cart.items:total()
end
"""
ELIXIR = """\
defmodule Shop.Cart do
  def add(item) do
    item
  end

  defp empty?(cart), do: true
end
"""
PERL = """\
package Shop::Cart {
    sub add {
        return '}';
    }
}
"""

FILES = {
    "cart.py": (PYTHON, "Cart 6-22, __init__ 9-10, add 12-22, inner 20-20, total 26-27"),
    "cart.js": (
        JAVASCRIPT,
        (
            "plain 4-6, stream 7-8, arrow 9-11, short 12-12, long 13-17, Cart 19-28, add 21-24, size 25-25, "
            "handler 26-27, helper 29-30, total 31-32, exports 33-40, create 34-37, run 38-39"
        ),
    ),
    "cart.ts": (
        TYPESCRIPT,
        "Item 1-3, Kind 4-6, Colour 7-7, Cart 8-15, total 11-13, View 16-18, Shop 19-21, open 20-20",
    ),
    "cart.go": (GO, "Kind 5-5, Cart 7-9, Item 12-14, New 17-19, Add 21-24"),
    "cart.rs": (RUST, "Unit 3-3, Cart 6-8, Cart 10-14, fmt 11-13, add 16-21, Total 23-26, zero 25-25, cart 28-30"),
    "Cart.java": (JAVA, "Cart 5-25, Cart 8-10, total 13-19, get 16-16, Point 23-24, Kind 27-27"),
    "Cart.cs": (CSHARP, "Shop.Carts 1-17, Cart 3-16, Cart 5-7, Add 9-13, Total 15-15"),
    "Cart.kt": (KOTLIN, "Point 1-1, Cart 3-14, add 6-8, total 10-10, Factory 12-13, Total 16-18, zero 17-17"),
    "cart.c": (C, "MAX 2-2, cart 6-8, add 11-17, make 19-21"),
    "cart.cc": (CPP, "shop 1-20, Cart 4-13, Cart 6-6, ~Cart 7-8, total 9-11, operator== 12-12, items 15-18"),
    "cart.rb": (RUBY, "Shop 1-17, Cart 2-16, find 4-8, empty? 10-12, secret= 14-15"),
    "cart.php": (PHP, "Cart 4-9, find 5-7, total 10-11"),
    "cart.swift": (SWIFT, "Cart 1-11, init 4-5, add 8-10, Cart 13-15, zero 14-14"),
    "cart.sh": (SHELL, "add 3-5, total 6-8"),
    "cart.scala": (SCALA, "Cart 1-6, add 2-4, zero 5-5, Point 7-7"),
    "cart.lua": (LUA, "add 1-5, total 7-8"),
    "cart.ex": (ELIXIR, "Cart 1-7, add 2-4, empty? 6-6"),
    "cart.pl": (PERL, "Cart 1-5, add 2-4"),
}


def described(path: str, text: str) -> str:
    return ", ".join(f"{one.name} {one.first}-{one.last}" for one in symbols(path, text.encode()))


@pytest.mark.parametrize("path", FILES)
def test_what_is_defined_where(path: str) -> None:
    text, expected = FILES[path]
    assert described(path, text) == expected


def test_a_language_without_rules_defines_nothing() -> None:
    assert symbols("cart.sql", b"create function total() {}") == ()
    assert symbols("Makefile", b"def x(): pass") == ()


def test_a_signature_is_how_a_definition_begins_on_one_line() -> None:
    assert [one.signature for one in symbols("cart.py", PYTHON.encode())][:3] == [
        "class Cart(Base):",
        "def __init__(self):",
        "async def add( self, item, ):",
    ]
    assert [one.signature for one in symbols("cart.rs", RUST.encode())][4:5] == [
        "pub async unsafe fn add<T>(item: T) -> Result<(), Error> where T: Clone,"
    ]
    (long,) = symbols("a.py", f"def f({'a, ' * 200}):\n    pass".encode())
    assert len(long.signature) <= LONGEST_SIGNATURE


def test_windows_line_ends_make_no_difference() -> None:
    assert symbols("cart.py", PYTHON.replace("\n", "\r\n").encode()) == symbols("cart.py", PYTHON.encode())


# ---- by line, and in outline ----

FOUND = symbols("cart.py", PYTHON.encode())


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (1, None),
        (5, None),
        (6, "Cart"),
        (8, "Cart"),
        (10, "__init__"),
        (17, "add"),
        (20, "inner"),
        (22, "add"),
        (24, None),
    ],
)
def test_what_a_line_is_in(line: int, name: str | None) -> None:
    found = enclosing(FOUND, line)
    assert (found.name if found else None) == name


@pytest.mark.parametrize(
    ("hunks", "names"),
    [
        ([(1, 4)], []),
        ([(10, 10)], ["__init__"]),
        ([(10, 13)], ["Cart", "__init__", "add"]),
        ([(19, 22)], ["add", "inner"]),
        ([(27, 27), (9, 9)], ["__init__", "total"]),
        ([(1, 10**9)], ["Cart", "__init__", "add", "inner", "total"]),
    ],
)
def test_what_the_hunks_of_a_diff_are_in(hunks: list[tuple[int, int]], names: list[str]) -> None:
    assert [one.name for one in enclosing_of_hunks(FOUND, hunks)] == names


OUTLINE = """\
cart.py
6: class Cart(Base):
9:   def __init__(self):
12:   async def add( self, item, ):
20:     def inner(x):
26: def total(cart):"""


def test_an_outline_is_indented_as_the_file_is() -> None:
    assert outline("cart.py", FOUND, 1_000) == OUTLINE.replace("def inner(x):", "def inner(x): return x")


def test_an_outline_without_room_says_what_it_leaves_out() -> None:
    assert outline("cart.py", FOUND, 65) == "cart.py\n6: class Cart(Base):\n9:   def __init__(self):\n(3 more)"
    assert outline("cart.py", FOUND, 16) == "cart.py\n(5 more)"
    assert outline("cart.py", FOUND, 4) == "cart"


@given(st.integers(0, 400))
def test_an_outline_fits_its_room(room: int) -> None:
    assert len(outline("cart.py", FOUND, room)) <= room


# ---- whatever a file has ----

PIECES = [
    "def f",
    "class A",
    "function g",
    "(",
    ")",
    "{",
    "}",
    "[",
    ";",
    "\n",
    "    ",
    '"',
    "'",
    "`",
    "/*",
    "*/",
    "#",
    "//",
    "=>",
    "=",
]
"""What files are made of by chance."""


@given(st.sampled_from(sorted(FILES)), st.lists(st.sampled_from(PIECES), max_size=60))
def test_symbols_lie_in_the_file_in_order_and_nest(path: str, pieces: list[str]) -> None:
    text = "".join(pieces)
    found = symbols(path, text.encode())
    assert [one.first for one in found] == sorted({one.first for one in found})
    for one in found:
        assert 1 <= one.first <= one.last <= text.count("\n") + 1
        assert one.name in text.split("\n")[one.first - 1]


@pytest.mark.parametrize("path", FILES)
def test_in_a_file_that_people_wrote_symbols_nest(path: str) -> None:
    found = symbols(path, FILES[path][0].encode())
    for one in found:
        assert all(other.last <= one.last for other in found if one.first < other.first <= one.last)


@given(st.sampled_from(sorted(FILES)), st.binary(max_size=200))
def test_any_bytes_can_be_read(path: str, data: bytes) -> None:
    lines = data.decode("utf-8", "replace").replace("\r\n", "\n").count("\n") + 1
    assert all(one.last <= lines for one in symbols(path, data))


@pytest.mark.parametrize("path", FILES)
@pytest.mark.parametrize(
    "unit",
    [
        "{",
        "(",
        "}",
        "def f(",
        "f(",
        "fn f<",
        "=/[",
        "r#",
        "'",
        "`",
        '"',
        "/*",
        " ",
        "a.",
        "class A",
        "a: b => ",
        "\0",
        "\n",
    ],
)
def test_a_hostile_file_is_read(path: str, unit: str) -> None:
    """Whatever is repeated, on one line or on many; a rule that looked on to the end each time would take minutes."""
    for text in (unit * (60_000 // len(unit)), f"{unit}\n" * (20_000 // len(unit))):
        assert len(symbols(path, text.encode())) <= MOST


def test_a_body_that_is_not_closed_ends_where_the_next_line_is_not_indented() -> None:
    assert described("a.js", "function f() {\n    if (a) {\n    b();\n}\nfunction g() {\n}\n") == "f 1-4, g 5-6"
    assert described("a.js", "function f() {\n  a();\n\nlet b;\n") == "f 1-2"


def test_a_header_that_does_not_end_is_none() -> None:
    assert described("a.js", "function f(a {\n}\n") == ""
    assert described("a.js", f"function f{'()' * 50} {{\n}}\n") == ""


def test_a_line_of_data_hides_nothing_else() -> None:
    assert described("a.js", f"const a = '{'{' * 5000}\nfunction f() {{\n}}\n") == "f 2-3"
