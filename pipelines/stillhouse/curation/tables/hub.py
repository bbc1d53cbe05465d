"""Datasets of the Hugging Face Hub as sources: `hf:ORG/NAME[/CONFIG][@REVISION][:SPLIT]`; a local dataset folder works too.

The dataset is downloaded to the `datasets` cache and read from there; credentials are those of `hf auth login`.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stillhouse.curation.tables.read import BATCH_ROWS, Batch
from stillhouse.errors import UserError

_SPEC = re.compile(r"hf:(?P<name>[^@:]+)(?:@(?P<revision>[^:]+))?(?::(?P<split>.+))?")


class HubDataset:
    """One split of one dataset at one revision (the newest when none is given)."""

    def __init__(self, spec: str) -> None:
        found = _SPEC.fullmatch(spec)
        if not found:
            raise UserError(
                f"{spec} does not name a Hub dataset.", "Write hf:ORG/NAME@REVISION:SPLIT, for example hf:openai/gsm8k/main:test."
            )
        self.name = spec
        self.revision, self.split = found["revision"], found["split"] or "train"
        self.dataset, self.config = _name_and_config(found["name"])
        self._loaded: Any = None

    def batches(self, columns: list[str] | None = None) -> Iterator[Batch]:
        data = self._load()
        if columns is not None:
            data = data.select_columns([c for c in columns if c in data.column_names])
        done = 0
        for table in data.with_format("arrow").iter(batch_size=BATCH_ROWS):
            yield Batch(self.name, range(done + 1, done + table.num_rows + 1), table=table)
            done += table.num_rows

    def _load(self) -> Any:
        if self._loaded is None:
            import datasets

            try:
                self._loaded = datasets.load_dataset(self.dataset, self.config, split=self.split, revision=self.revision)
            except (OSError, ValueError, datasets.exceptions.DatasetsError) as error:
                reason = " ".join(str(error).split())[:300]
                raise UserError(
                    f"{self.name} cannot be loaded: {reason}.", "Check the name, split and revision, and the network."
                ) from error
        return self._loaded


def _name_and_config(name: str) -> tuple[str, str | None]:
    if Path(name).is_dir():
        return name, None
    parts = name.split("/")
    return "/".join(parts[:2]), "/".join(parts[2:]) or None
