"""Deduplication of files: text is streamed twice, once to sketch it and once to copy what is kept."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from stillhouse.curation.dedup.deduper import Deduper
from stillhouse.curation.dedup.distributed import ByBands
from stillhouse.errors import UserError
from stillhouse.recipe.dedup import Dedup
from stillhouse.tables import Cell, Drop, Ids, Outputs, Selection, Source, Verdicts, cells, check_targets, open_source


@dataclass(frozen=True, slots=True)
class Files:
    """Inputs with their text column and, where one is named, their column with the golds; datasets published earlier; the two outputs."""

    inputs: list[str]
    field: str
    out: str
    decisions: str
    against: list[str]
    against_field: str
    gold: str | None = None


def dedup_files(files: Files, settings: Dedup, deduper: Deduper | ByBands) -> dict[str, int]:
    """Writes the kept rows and one decision per row; returns the number of rows per reason, `kept` included.

    A duplicate's detail is its representative's id; that of an earlier dataset's row is file:row. Raises UserError
    for inputs that cannot be read and outputs that cannot be written.
    """
    check_targets([files.out, files.decisions], [*files.inputs, *files.against])
    sources, earlier = [open_source(spec) for spec in files.inputs], [open_source(spec) for spec in files.against]
    ids, drops = Ids(), Verdicts()
    for batch in _batches(earlier, files.against_field, files.gold):
        good = [cell for cell in batch if not cell.bad]
        deduper.add([cell.where for cell in good], [cell.text for cell in good], True, _golds(good, files.gold))
    for batch in _batches(sources, files.field, files.gold):
        good = take(batch, ids, drops)
        deduper.add([cell.id for cell in good], [cell.text for cell in good], golds=_golds(good, files.gold))
    found = {duplicate.id: duplicate for duplicate in deduper.finish()}
    for position, name in enumerate(ids):
        if name in found and position not in drops:
            drops[position] = Drop("dedup", f"duplicate_{found[name].kind}", found[name].representative)
    with Outputs(files.out, files.decisions) as outputs:
        outputs.write(Selection(sources, list(ids), drops))
    return counts(drops, len(ids))


def take(batch: list[Cell], ids: Ids, drops: Verdicts) -> list[Cell]:
    """Registers the ids of a batch; drops the unreadable rows with their reasons and returns the others."""
    for cell in batch:
        if cell.bad:
            drops[len(ids)] = Drop("read", cell.bad.reason, cell.bad.detail)
        ids.add(cell)
    return [cell for cell in batch if not cell.bad]


def counts(drops: Verdicts, rows: int) -> dict[str, int]:
    """The number of rows per reason, `kept` first."""
    return {"kept": rows - len(drops), **Counter(drop.reason for drop in drops.values())}


def _golds(batch: list[Cell], column: str | None) -> list[str] | None:
    return [cell.gold for cell in batch] if column else None


def _batches(sources: list[Source], field: str, gold: str | None = None) -> Iterator[list[Cell]]:
    for source in sources:
        golds = 0
        for batch in cells(source, field, gold):
            golds += sum(cell.gold != "" for cell in batch)
            yield batch
        if gold and not golds:
            raise UserError(
                f"No row of {source.name} has an answer in a column {gold!r}.", "Name the column with the answers, or leave out --gold."
            )
