"""Selection: each published way to choose the few from the many, by its name in the recipe."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import polars as pl

from stillhouse.curation.base import Result
from stillhouse.curation.select import deita, limo, openthoughts, random, s1, shortest


@dataclass(frozen=True)
class Method:
    """How a method runs, and which columns it reads."""

    run: Callable[[pl.DataFrame, Any, int], Result]
    needs: Callable[[Any], list[str]]


METHODS: dict[str, Method] = {
    "s1": Method(s1.run, lambda s: ["problem_id", "source", "reasoning_tokens", *s.solved_by]),
    "limo": Method(limo.run, lambda s: ["problem_id", "reasoning", "tried", "solved"]),
    "openthoughts": Method(openthoughts.run, lambda s: ["problem_id", "output_tokens"]),
    "shortest": Method(shortest.run, lambda s: ["problem_id", "output_tokens"]),
    "deita": Method(deita.run, lambda s: ["question", s.quality, s.complexity]),
    "random": Method(random.run, lambda s: []),
}


def run(rows: pl.DataFrame, settings: Any, seed: int) -> Result:
    """Runs the method of the settings."""
    return METHODS[settings.method].run(rows, settings, seed)


def needs(settings: Any) -> list[str]:
    """The columns that the method of the settings reads."""
    return METHODS[settings.method].needs(settings)
