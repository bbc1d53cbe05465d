"""Plain tables in and out: JSONL (also .gz, .zst), Parquet and Hub datasets, for the tools that work without a run.

The guarantee: every row is either read or gets a `Bad` with its reason, errors name the file and the row, and
an output appears whole under its name or not at all. The limit: one row must fit in memory, and a line or a
field over `MAX_BYTES` is not read.
"""

from stillhouse.tables.columns import Cell, Ids, cells
from stillhouse.tables.frames import read_frame
from stillhouse.tables.read import MAX_BYTES, Bad, Batch, Source
from stillhouse.tables.source import open_source
from stillhouse.tables.write import Drop, Outputs, Selection, Verdicts, check_targets

__all__ = [
    "MAX_BYTES",
    "Bad",
    "Batch",
    "Cell",
    "Drop",
    "Ids",
    "Outputs",
    "Selection",
    "Source",
    "Verdicts",
    "cells",
    "check_targets",
    "open_source",
    "read_frame",
]
