"""Problems from a dataset of the Hugging Face Hub: by id and pinned commit, streamed."""

import itertools
from collections.abc import Iterator
from typing import Any

from stillhouse.problems.rows import Placed, to_problems
from stillhouse.recipe.section import identity as decisions
from stillhouse.recipe.sections import HuggingFace
from stillhouse.records import Problem
from stillhouse.storage.contents import Contents
from stillhouse.tables.hub import HubSplit, stream


def identity(source: HuggingFace, contents: Contents) -> dict[str, Any]:
    """The settings: the revision is a commit, so they identify the content."""
    found: dict[str, Any] = decisions(source)
    return found


def load(source: HuggingFace) -> Iterator[Problem]:
    """Streams the split's rows as problems. Raises UserError when the Hub or the dataset cannot be reached, and for a missing column."""
    rows = stream(HubSplit(source.dataset, source.subset, source.revision, source.split))
    placed = (Placed(f"{source.dataset} row {number}", row) for number, row in enumerate(itertools.islice(rows, source.limit), start=1))
    return to_problems(placed, source, f"huggingface/{source.dataset}@{source.revision[:8]}", source.dataset)
