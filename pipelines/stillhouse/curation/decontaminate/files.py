"""Decontamination of files: rows are checked batch by batch, then what is kept is copied."""

from stillhouse.curation.decontaminate.detector import Decontaminator
from stillhouse.curation.decontaminate.recall import Recall, require
from stillhouse.curation.dedup.files import Files, counts, take
from stillhouse.errors import UserError
from stillhouse.recipe.dedup import Decontaminate
from stillhouse.tables import Drop, Ids, Outputs, Selection, Verdicts, cells, check_targets, open_source


def decontaminate_files(files: Files, settings: Decontaminate) -> tuple[dict[str, int], Recall]:
    """Writes the kept rows and one decision per row; returns the rows per reason and the recall on canaries.

    A contaminated row's detail is the benchmark's file:row and the score. Raises UserError where a benchmark row cannot
    be read, and where too few canaries are caught: nothing is written then.
    """
    check_targets([files.out, files.decisions], [*files.inputs, *files.against])
    sources = [open_source(spec) for spec in files.inputs]
    detector = Decontaminator(read_benchmark(files.against, files.against_field), settings)
    ids, drops = Ids(), Verdicts()
    for source in sources:
        for batch in cells(source, files.field):
            start, good = len(ids), take(batch, ids, drops)
            places = {cell.id: start + i for i, cell in enumerate(batch)}
            for hit in detector.check([cell.id for cell in good], [cell.text for cell in good]):
                drops[places[hit.id]] = Drop("decontaminate", f"contaminated_{hit.method}", f"{hit.ref} {hit.score:.3f}")
    recall = detector.recall()
    require(recall, settings.canaries)
    with Outputs(files.out, files.decisions) as outputs:
        outputs.write(Selection(sources, list(ids), drops))
    return counts(drops, len(ids)), recall


def read_benchmark(specs: list[str], field: str) -> list[tuple[str, str]]:
    """(file:row, question) of every benchmark row. Raises UserError for a row that cannot be read: it would go unchecked."""
    rows = [cell for spec in specs for batch in cells(open_source(spec), field) for cell in batch]
    for cell in rows:
        if cell.bad:
            raise UserError(f"A benchmark row cannot be read: {cell.bad.detail}.", "Repair or remove it: it would go unchecked.")
    return [(cell.where, cell.text) for cell in rows]
