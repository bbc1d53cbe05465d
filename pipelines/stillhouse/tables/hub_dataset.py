"""Datasets of the Hugging Face Hub as sources: `hf:ORG/NAME[/CONFIG][@REVISION][:SPLIT]`; a local dataset folder works too.

The dataset is downloaded to the cache of the Hub's client and read from there, at one commit for the whole run.
"""

from collections.abc import Iterator
from typing import Any

from stillhouse.tables.hub import download, parse_split
from stillhouse.tables.read import BATCH_ROWS, Batch


class HubDataset:
    """One split of one dataset at one revision (the newest when none is given)."""

    def __init__(self, spec: str) -> None:
        self.name, self._wanted = spec, parse_split(spec)
        self._loaded: Any = None

    def batches(self, columns: list[str] | None = None) -> Iterator[Batch]:
        if self._loaded is None:
            self._loaded = download(self._wanted)
        there = self._loaded.column_names
        names = there if columns is None else [c for c in columns if c in there]
        data = self._loaded.select_columns(names or there[:1])  # without a column it would have no rows
        done = 0
        for table in data.with_format("arrow").iter(batch_size=BATCH_ROWS):
            yield Batch(self.name, range(done + 1, done + table.num_rows + 1), table=table.select(names))
            done += table.num_rows
