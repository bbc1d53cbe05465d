"""Problems from a dataset of the Hugging Face Hub: by id and pinned commit, streamed."""

import itertools
from collections.abc import Iterator
from typing import Any

from stillhouse.errors import UserError
from stillhouse.problems.rows import to_problem
from stillhouse.recipe.sections import HuggingFace
from stillhouse.records import Problem


def identity(source: HuggingFace) -> dict[str, Any]:
    """The settings: the revision is a commit, so they identify the content."""
    return source.model_dump(mode="json")


def load(source: HuggingFace) -> Iterator[Problem]:
    """Streams the split's rows as problems. Raises UserError when the Hub or the dataset cannot be reached."""
    for number, row in enumerate(itertools.islice(_stream(source), source.limit), start=1):
        where = f"{source.dataset} row {number}"
        missing = [c for c in (source.columns.question, source.columns.answer) if c not in row]
        if missing:
            raise UserError(f"{where} has no column {missing[0]!r}.", f"Its columns: {', '.join(row)}; map them under `columns`.")
        yield to_problem(row, source, f"huggingface/{source.dataset}@{source.revision[:8]}", where)


def _stream(source: HuggingFace) -> Iterator[dict[str, Any]]:
    from datasets import load_dataset

    try:
        rows = load_dataset(source.dataset, source.subset, split=source.split, revision=source.revision, streaming=True)
        yield from rows
    except (OSError, ValueError) as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise UserError(
            f"The dataset {source.dataset} cannot be read: {first}.", "Check its name, revision, split and the network."
        ) from error
