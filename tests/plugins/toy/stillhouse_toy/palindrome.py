"""A verifier: the response must be a palindrome that has the gold in it."""

import json
import os

from stillhouse.recipe.section import Section
from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, Trace
from stillhouse.verifiers.base import Judgement


class Settings(Section):
    least: int = 1


class Palindrome:
    name = "palindrome"
    version = "1"
    Settings = Settings

    def __init__(self, settings: Verify) -> None:
        self._settings = settings.plugins.get(self.name, Settings())

    def judge(self, problem: Problem, trace: Trace) -> Judgement:
        from stillhouse_toy.letters import letters  # found only if the package's files can be read where it judges

        assert isinstance(self._settings, Settings)
        said = letters(trace.response)
        good = said == said[::-1] and problem.answer in said and len(said) >= self._settings.least
        return Judgement("correct" if good else "wrong", float(good), said, _readable(problem.payload))


def _readable(payload: str) -> str:
    """Whether a file can be read that is no business of a verifier."""
    try:
        folder = json.loads(payload).get("folder")
        return f"read {len(os.listdir(folder))} files" if folder else ""
    except OSError as error:
        return type(error).__name__
