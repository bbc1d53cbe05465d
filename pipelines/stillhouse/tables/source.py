"""The source behind a name: a file by its ending, or a dataset of the Hub."""

from pathlib import Path

from stillhouse.errors import UserError
from stillhouse.tables.hub_dataset import HubDataset
from stillhouse.tables.read import JSON_SUFFIXES, JsonLines, Parquet, Source


def open_source(spec: str) -> Source:
    """The source behind a path or `hf:NAME[@REVISION][:SPLIT]`.

    Raises UserError for a missing file, a folder, or a format that is not read.
    """
    if spec.startswith("hf:"):
        return HubDataset(spec)
    path = Path(spec)
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise UserError(f"{spec} {what}.", "Give JSONL or Parquet files, or a Hub dataset as hf:ORG/NAME@REVISION:SPLIT.")
    if path.stat().st_size == 0:
        raise UserError(f"{spec} is empty (0 bytes).", "Leave it out, or make it again.")
    plain = path.name.lower().removesuffix(".gz").removesuffix(".zst")
    if plain.endswith(".parquet"):
        return Parquet(spec)
    if plain.endswith(JSON_SUFFIXES):
        return JsonLines(spec)
    raise UserError(f"{spec}: the format is not known from the name.", "Name it .jsonl, .jsonl.gz, .jsonl.zst or .parquet.")
