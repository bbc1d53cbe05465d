"""The recipe's `teachers`: several in one run, and which problems each of them answers.

A teacher with a `share` answers its part of the problems: which, a hash of the recipe's seed and the problem's id decides, so
that no order and no other problem does. A teacher without one answers every problem.
"""

from dataclasses import dataclass

from pydantic import Field

from stillhouse.recipe.section import Section
from stillhouse.recipe.sections import Prompt
from stillhouse.recipe.teacher import Teacher

PLACES = 2**32
NAME = r"^[a-z0-9][a-z0-9_-]*$"


class Mixed(Section):
    """One of several teachers."""

    teacher: Teacher
    share: float | None = Field(
        None, gt=0, description="Its weight beside the other shares: problems are divided by them. None: it answers every problem."
    )
    prompt: Prompt | None = Field(
        None, description="Its own templates, where they are not the recipe's; a student's prompt stays that one."
    )


class Part(Section):
    """The problems whose place, a hash of seed and id in [0, 2**32), lies in [low, high)."""

    seed: int
    low: int
    high: int

    def selection(self, problems: str) -> str:
        """A SELECT of these problems alone, out of a SELECT that has an `id`."""
        place = f"CAST('0x' || substr(sha256('{self.seed} teacher ' || id), 1, 8) AS BIGINT)"
        return f"SELECT * FROM ({problems}) WHERE {place} >= {self.low} AND {place} < {self.high}"


@dataclass(frozen=True)
class Taught:
    """A teacher, what it is asked with, and what it is asked. The one teacher of a recipe with `teacher` has no name."""

    name: str
    teacher: Teacher
    prompt: Prompt
    part: Part | None = None

    def step(self, kind: str) -> str:
        """The name of its step of a kind: `sample`, or `sample/NAME`."""
        return f"{kind}/{self.name}" if self.name else kind


def divide(teachers: dict[str, Mixed], prompt: Prompt, seed: int) -> list[Taught]:
    """The teachers in the recipe's order, each with its part of the problems. The parts of those with a share are all problems together."""
    total = sum(mixed.share or 0.0 for mixed in teachers.values())
    made, reached, before = [], 0, 0.0
    for name, mixed in teachers.items():
        part = None
        if mixed.share is not None:
            before += mixed.share
            low, reached = reached, round(PLACES * before / total)
            part = Part(seed=seed, low=low, high=reached)
        made.append(Taught(name, mixed.teacher, mixed.prompt or prompt, part))
    return made
