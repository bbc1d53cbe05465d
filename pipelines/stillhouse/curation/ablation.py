"""The arms of a curation ablation: the recipe as it is, without each of its steps, and a random control.

Guarantee: all arms see the same verified traces, and (unless asked otherwise) every arm trains on as many examples as
the full one, so that a difference is not one of size. The limit: a step is left out alone; what two steps do together
is not told apart.
"""

from stillhouse.recipe.curation import Curation
from stillhouse.recipe.select import Random
from stillhouse.recipe.steps import Step, name

FULL, CONTROL = "full", "random control"
TRAINABLE = ("outcome", "format")  # without these a trace may not even render


def arms(curation: Curation, size: int | None) -> dict[str, Curation]:
    """Name -> curation of every arm. `size` is the full arm's number of examples, to which the others are drawn down; None leaves them."""
    found = {FULL: curation}
    for number, step in enumerate(curation.steps):
        if step.on:
            rest = [s for n, s in enumerate(curation.steps) if n != number]
            found[f"without {number}:{name(step)}"] = drawn(rest, size)
    plain = [s for s in curation.steps if s.step in TRAINABLE]
    found[CONTROL] = drawn(plain, size)
    return found


def drawn(steps: list[Step], size: int | None) -> Curation:
    """The steps, and then a seeded draw of `size` of what they keep."""
    return Curation(steps=[*steps, *([Random(method="random", size=size)] if size else [])])
