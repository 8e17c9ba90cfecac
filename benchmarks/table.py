"""Results as a table for people and as JSON for machines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from benchmarks.measure import Spread


@dataclass(frozen=True)
class Row:
    """One measured value. With a ``bar`` it should be no more than that; without one it explains the others."""

    what: str
    value: float
    unit: str
    bar: float | None = None
    low: float | None = None
    high: float | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        """``pass``, ``over``, or nothing where there is no bar."""
        if self.bar is None:
            return ""
        return "pass" if self.value <= self.bar else "over"


@dataclass(frozen=True)
class Table:
    """What one benchmark found."""

    title: str
    rows: tuple[Row, ...]


def row(what: str, found: Spread, unit: str, bar: float | None = None, note: str = "") -> Row:
    """A row of repeated measurements: the median, with the quartiles."""
    return Row(what, found.median, unit, bar, found.low, found.high, note)


def render(table: Table) -> str:
    """The table in Markdown, aligned to be read as it is, too."""
    lines: list[tuple[str, ...]] = [("", "measured", "quartiles", "bar", "verdict", "note")]
    for each in table.rows:
        between = "" if each.low is None or each.high is None else f"{_text(each.low, each)}-{_text(each.high, each)}"
        bar = "" if each.bar is None else f"<= {_text(each.bar, each)} {each.unit}"
        measured = f"{_text(each.value, each)} {each.unit}"
        lines.append((each.what, measured, between, bar, each.verdict, each.note))
    widths = [max(len(line[at]) for line in lines) for at in range(len(lines[0]))]
    lines.insert(1, tuple("-" * max(3, width) for width in widths))
    shown = (
        "| " + " | ".join(cell.ljust(max(3, size)) for cell, size in zip(line, widths, strict=True)) + " |"
        for line in lines
    )
    return f"## {table.title}\n" + "\n".join(shown)


def as_json(tables: Sequence[Table]) -> list[dict[str, object]]:
    """Everything, with each row's verdict."""
    return [
        {"title": table.title, "rows": [{**asdict(each), "verdict": each.verdict} for each in table.rows]}
        for table in tables
    ]


def _text(value: float, row: Row) -> str:
    if row.unit in ("x", "s"):
        return f"{value:.2f}"
    if row.unit == "ms" and value < 100:
        return f"{value:.1f}"
    return f"{value:,.0f}"
