"""The shape of a completion: one well-formed think block, a marked answer, the response in the right language.

The think block is judged by `Trace.format`, which was recorded when the completion was split. Limit: the language
of very short or purely mathematical responses is not judged. Nothing but punctuation, spacing or what no reader sees is
neither a think block nor an answer.
"""

import re
from functools import cache
from typing import Any

from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, Trace
from stillhouse.verifiers.base import Judgement
from stillhouse.verifiers.math.answers.final_answer import final_answer
from stillhouse.verifiers.text.seen import is_answer, says_something, seen

_MATHS = re.compile(r"\$[^$]*\$|\\\[.*?\\\]|\\\(.*?\\\)|\\[a-zA-Z]+|```.*?```|`[^`]*`|https?://\S+", re.DOTALL)
LANGUAGE_CHARS = 20_000


class Format:
    name = "format"
    version = "3"
    runs_no_text = True

    def __init__(self, settings: Verify) -> None:
        self._rules = settings.format

    def warm_up(self) -> None:
        if self._rules.language:
            language_of("warm up")

    def judge(self, problem: Problem, trace: Trace) -> Judgement:
        """Correct when every rule holds; the first broken rule is the reason."""
        found = final_answer(trace.response)
        extracted = found.text if found else ""
        for reason in (self._think(trace), self._answer(extracted), self._language(trace.response)):
            if reason:
                return Judgement("wrong", 0.0, extracted, reason)
        return Judgement("correct", 1.0, extracted, "format")

    def _think(self, trace: Trace) -> str:
        if trace.format not in self._rules.think:
            return f"think: {trace.format}"
        if trace.format in ("think", "harmony") and not says_something(seen(trace.reasoning)):
            return "think: empty"
        return ""

    def _answer(self, extracted: str) -> str:
        return "no answer" if self._rules.answer and not is_answer(extracted) else ""

    def _language(self, response: str) -> str:
        wanted = self._rules.language
        plain = _MATHS.sub(" ", response[:LANGUAGE_CHARS])
        if wanted is None or sum(c.isalpha() for c in plain) < self._rules.min_letters:
            return ""
        got = language_of(plain)
        return "" if got == wanted else f"language: {got}, not {wanted}"


def language_of(text: str) -> str:
    """The ISO 639-1 code of a text's most likely language."""
    return str(_classifier()(text)[0])


@cache
def _classifier() -> Any:
    import py3langid

    return py3langid.classify
