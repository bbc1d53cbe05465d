"""The questions of the examples, for ways to train in which the student answers itself."""

import math
from pathlib import Path
from typing import Any

from stillhouse.errors import UserError


def prompts(files: list[str], work: Path, batch: int) -> Any:
    """A dataset with `prompt`, the chat up to the assistant's turn, `problem_id` and `answer`, one row per problem.

    Raises UserError where they do not fill one batch: the trainers take whole batches only, and would not take a step.
    """
    from datasets import Dataset

    examples = Dataset.from_parquet(files, cache_dir=str(work / "rows"))
    first: dict[str, int] = {}
    for number, problem in enumerate(examples["problem_id"]):
        first.setdefault(problem, number)
    if len(first) < batch:
        raise UserError(
            f"The examples have {len(first):,} questions, and a batch takes {batch:,}.",
            "Give a smaller train.batch_size, or more problems.",
        )
    asked = examples.select(first.values()).map(lambda row: {"prompt": row["messages"][:-1]})
    return asked.select_columns(["prompt", "problem_id", "answer"])


def epochs(rows: Any, count: float, seed: int) -> Any:
    """The rows in the order in which they are asked over all epochs, each epoch in an order of its own.

    TRL's sampler begins its random orders anew in a training that is resumed; an order that is part of the data stays.
    """
    import numpy as np

    draw = np.random.default_rng(seed)
    order = [int(row) for _ in range(math.ceil(count)) for row in draw.permutation(len(rows))]
    return rows.select(order[: round(count * len(rows))])
