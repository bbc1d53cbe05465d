"""Rows for a person and for a program: one table in the terminal, JSON, JSON lines or CSV."""

import csv
import itertools
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from stillhouse.printing import csv_cell, json_line, one_line
from stillhouse.progress import console, say

MAX_CELL = 120
WIDEST = 100_000
Rows = Iterator[tuple[Any, ...]]


def show(names: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Prints rows as a table and returns their number. Where no terminal bounds it, the table is as wide as its cells."""
    table = Table(*map(one_line, names), show_edge=False)
    for row in rows:
        table.add_row(*map(cell, row))
    (console if console.is_terminal else _wide(table)).print(table)
    return table.row_count


def _wide(table: Table) -> Console:
    """A console in which every cell of the table is whole."""
    width = Measurement.get(console, console.options.update(max_width=WIDEST), table).maximum
    return Console(width=width, highlight=False, markup=False, emoji=False)


def cell(value: object) -> str:
    """A value on one line of bounded length."""
    text = "" if value is None else one_line(str(value))
    return text if len(text) <= MAX_CELL else text[: MAX_CELL - 1] + "…"


def as_table(names: Sequence[str], rows: Rows, limit: int) -> None:
    """At most `limit` rows, and how many there are."""
    shown = show(names, itertools.islice(rows, limit))
    total = shown + sum(1 for _ in rows)
    say(f"{total:,} rows" + (f", the first {shown:,} shown (--limit)" if total > shown else ""))


def as_json(names: Sequence[str], rows: Rows, limit: int) -> None:
    """One list of objects."""
    lines = (json_line(dict(zip(names, row, strict=True))) for row in rows)
    print("[" + next(lines, ""), end="")
    for line in lines:
        print(f",\n {line}", end="")
    print("]")


def as_jsonl(names: Sequence[str], rows: Rows, limit: int) -> None:
    """One object a line."""
    for row in rows:
        print(json_line(dict(zip(names, row, strict=True))))


def as_csv(names: Sequence[str], rows: Rows, limit: int) -> None:
    """A head and one line a row."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(map(csv_cell, names))
    writer.writerows(map(csv_cell, row) for row in rows)
