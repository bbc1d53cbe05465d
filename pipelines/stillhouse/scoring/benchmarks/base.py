"""What a benchmark says of itself."""

from dataclasses import dataclass

from stillhouse.recipe.sections import Columns


@dataclass(frozen=True)
class Known:
    """A dataset of the Hub. `revision` is a commit that others published results with; None where a recipe has to name one."""

    dataset: str
    split: str
    columns: Columns
    verifier: str
    license: str
    problems: int
    revision: str | None
    subset: str | None = None
