"""The final answers that a text states, as plain strings fit for comparison.

Statements are read by the verifiers' reader (boxes and labels): what a text merely mentions is not its answer.
"""

import re
from fractions import Fraction

from stillhouse.verifiers.math.answers.final_answer import statements

_FRAC = re.compile(r"\\[dt]?frac\s*\{([^{}]+)\}\s*\{([^{}]+)\}")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:/\d+)?")


def stated_answers(text: str) -> list[tuple[int, str]]:
    """Every explicit answer with the place where its statement ends, in order."""
    found = [(statement.end, plain(statement.text)) for statement in statements(text)]
    return [(end, answer) for end, answer in found if answer]


def plain(answer: str) -> str:
    """An answer without markup; a number in lowest terms."""
    text = _FRAC.sub(r"\1/\2", answer)
    text = re.sub(r"\\(?:boxed|text|mathrm|mathbf|left|right|,|!|;|%)|[{}$*\\]|°", "", text).replace("−", "-").strip(" .,:;!?\"'")
    compact = re.sub(r"(?<=\d),(?=\d{3}\b)|\s+", "", text)
    if _NUMBER.fullmatch(compact) and not compact.endswith("/0"):
        return str(number(compact))
    return " ".join(text.casefold().split())


def number(text: str) -> Fraction:
    """A decimal or a fraction of two integers or decimals as an exact number."""
    over, _, under = text.partition("/")
    return Fraction(over) / Fraction(under) if under and int(under) else Fraction(over)


def is_number(answer: str) -> bool:
    return _NUMBER.fullmatch(answer) is not None
