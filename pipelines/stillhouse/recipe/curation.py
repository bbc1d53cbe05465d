"""The recipe's `decontaminate` and `curation` sections."""

from pydantic import Field

from stillhouse.recipe.base import Section


class Decontaminate(Section):
    """Which benchmark sets the problems are checked against, before anything is sampled."""

    against: list[str] = Field([], description="Files (JSONL, Parquet) with benchmark questions.")
    field: str = "question"


class Curation(Section):
    """Which traces become examples."""

    per_problem: int = Field(1, ge=1, description="Examples kept per problem at the most.")
    size: int | None = Field(None, ge=1, description="Examples in all at the most (None = all).")
