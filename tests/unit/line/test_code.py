"""The repository's files as the ranking wants them."""

from __future__ import annotations

from collections.abc import Iterable

from hls_action.domain.knowledge.code.rank_files import MOST_BYTES, rank_files
from hls_action.domain.knowledge.query import read_query
from hls_action.domain.knowledge.source import Contents, File, Tree
from hls_action.line.code import open_code

QUERY = read_query("Voucher is refused", "`apply_voucher` raises")


class Shelf:
    """A source in memory that counts how often it is asked."""

    def __init__(self, files: dict[str, bytes], *, sizes: bool = True) -> None:
        self.files, self._sizes = files, sizes
        self.asked: list[list[str]] = []

    def tree(self) -> Tree:
        sizes = {path: len(data) if self._sizes else None for path, data in self.files.items()}
        return Tree("c" * 40, {path: File(path, size) for path, size in sizes.items()})

    def read(self, paths: Iterable[str]) -> Contents:
        self.asked.append(list(paths))
        return Contents({path: self.files[path] for path in self.asked[-1]})


FILES = {f"src/file{number:02}.py": b"# filler\n" * 20_000 for number in range(30)} | {
    "src/discount.py": b"def apply_voucher(cart):\n    return cart\n",
    "README.md": b"voucher",
}


def test_all_that_counts_is_read_once_and_nothing_else() -> None:
    shelf = Shelf(FILES)
    code = open_code(shelf, QUERY)
    assert shelf.asked == []
    for _ in range(2):
        assert rank_files(QUERY, code.tree).files[0].path == "src/discount.py"
    assert shelf.asked == [sorted(FILES.keys() - {"README.md"})]
    assert code.commit == "c" * 40


def test_where_only_names_are_known_as_many_are_read_as_are_likely_to_fit() -> None:
    many = {f"src/{number}.py": b"x = 1\n" for number in range(5_000)} | {"src/voucher.py": b"voucher = 1\n"}
    shelf = Shelf(many, sizes=False)
    code = open_code(shelf, QUERY)
    ranking = rank_files(QUERY, code.tree)
    [asked] = shelf.asked
    assert len(asked) * 8_000 <= MOST_BYTES
    assert ranking.files[0].path == "src/voucher.py"
    assert ranking.left_out == len(many) - len(asked)
