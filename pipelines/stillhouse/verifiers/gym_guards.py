"""Where a reasoning-gym task gives full marks that its own rule cannot mean, a stricter reading decides.

Found by putting the same nonsense ("", "nan", "0", "True", words) to every task of reasoning-gym 0.1.x: one compares
`bool(text)`, so that any word is right; one takes a matching prefix ("0" of "0.17") for the whole; one clips a distance
that is not a number to full marks.
"""

from collections.abc import Callable
from fractions import Fraction

_PROBABILITY_TOLERANCE = Fraction(1, 10_000)


def forged(task: str, answer: str, gold: str) -> bool:
    """Whether full marks of this task for this answer must not count."""
    guard = _GUARDS.get(task)
    return guard is not None and not guard(answer, gold)


def _same_word(answer: str, gold: str) -> bool:
    return answer.strip().strip(".`'\"").casefold() == gold.strip().casefold()


def _close(answer: str, gold: str) -> bool:
    try:
        return abs(Fraction(answer.replace(",", "")) - Fraction(gold.replace(",", ""))) <= _PROBABILITY_TOLERANCE
    except (ValueError, ZeroDivisionError):
        return False


def _is_number(answer: str, gold: str) -> bool:
    return "nan" not in answer.casefold()


_GUARDS: dict[str, Callable[[str, str], bool]] = {
    "game_of_life_halting": _same_word,
    "coin_flip": _close,
    "complex_arithmetic": _is_number,
}
