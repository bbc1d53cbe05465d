"""Procedural problems from reasoning-gym. Each problem carries its generator's entry, which its verifier scores against."""

import importlib.metadata
import json
import warnings
from collections.abc import Iterator
from typing import Any

from stillhouse.errors import UserError
from stillhouse.recipe.sections import ReasoningGym
from stillhouse.records import Problem, problem_id
from stillhouse.storage.contents import Contents


def identity(source: ReasoningGym, contents: Contents) -> dict[str, Any]:
    """The settings and the generator's version: another version may draw other problems."""
    return {**source.model_dump(mode="json"), "package": importlib.metadata.version("reasoning-gym")}


def load(source: ReasoningGym) -> Iterator[Problem]:
    """Draws `size` problems. Raises UserError for an unknown task or parameter."""
    for entry in _dataset(source):
        yield Problem(
            id=problem_id(entry["question"]),
            question=entry["question"],
            answer=str(entry["answer"]) if entry["answer"] is not None else "",
            verifier="reasoning_gym",
            domain=source.domain or source.task,
            source=f"reasoning-gym/{source.task}",
            license="Apache-2.0",
            payload=json.dumps({"task": source.task, "entry": entry}, default=str, sort_keys=True),
        )


def _dataset(source: ReasoningGym) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # a dependency of reasoning-gym compares with `is`
        import reasoning_gym
    try:
        return reasoning_gym.create_dataset(source.task, seed=source.seed, size=source.size, **source.params)
    except (ValueError, TypeError, AssertionError) as error:
        raise UserError(
            f"reasoning-gym cannot make {source.task!r} with {source.params}: {error}.", "Check the task's name and parameters."
        ) from error
