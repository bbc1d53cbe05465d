"""A source: problems from a list of words."""

from collections.abc import Iterator

from stillhouse.recipe.sections import PluggedSource
from stillhouse.records import Problem, problem_id


class Words(PluggedSource):
    words: list[str]
    verifier: str = "palindrome"

    def load(self) -> Iterator[Problem]:
        for word in self.words:
            question = f"A palindrome with {word}?"
            yield Problem(problem_id(question), question, word, self.verifier, source="toy/words")
