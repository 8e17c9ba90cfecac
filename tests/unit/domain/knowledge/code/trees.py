"""Small repositories of our own making, held in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hls_action.domain.knowledge.code.rank_files import Tree

SHOP = {
    "README.md": "# Shop\n\nA cart, and how it is paid.\n",
    "src/shop/__init__.py": "VERSION = '1.0'\n",
    "src/shop/cart.py": (
        "class Cart:\n"
        "    def __init__(self):\n"
        "        self.items = []\n"
        "\n"
        "    def add_item(self, item, quantity=1):\n"
        "        self.items.append((item, quantity))\n"
        "\n"
        "    def total(self):\n"
        "        return sum(item.price * quantity for item, quantity in self.items)\n"
    ),
    "src/shop/discount.py": (
        "def apply_voucher(cart, voucher):\n"
        "    if voucher.expired():\n"
        "        raise ValueError('voucher has expired')\n"
        "    return cart.total() - voucher.amount\n"
        "\n"
        "\n"
        "def round_price(price):\n"
        "    return round(price, 2)\n"
    ),
    "src/shop/mail.py": "def send_receipt(address, cart):\n    smtp.send(address, render(cart))\n",
    "web/basket.js": "export function renderBasket(items) {\n    return items.map((item) => row(item)).join('');\n}\n",
    "web/session-store.js": "class SessionStore {\n    load(id) {\n        return this.cookies[id];\n    }\n}\n",
    "tests/test_discount.py": "def test_voucher_expired():\n    assert apply_voucher(cart, voucher)\n",
    "vendor/voucher.py": "def apply_voucher(): pass\n",
    "package-lock.json": '{"voucher": "1.0.0"}\n',
}


def tree(files: Mapping[str, str]) -> Tree:
    """``files`` as a tree that holds their text."""
    blobs = {path: text.encode() for path, text in files.items()}

    def read(paths: Sequence[str]) -> dict[str, bytes]:
        return {path: blobs[path] for path in paths}

    return Tree({path: len(blob) for path, blob in blobs.items()}, read)
