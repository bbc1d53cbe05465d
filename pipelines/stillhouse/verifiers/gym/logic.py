"""Tells an inference from a premise that is said again, for reasoning-gym's propositional_logic.

A formula is reduced to what changes nothing (brackets, order, repetition, double negation, an implication's form). A conjunct of an
answer is old where it is a premise, holds anyway, or only wraps a premise: has it as a part, or as some of its alternatives.
An answer is an inference where one of its conjuncts is not old.
"""

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

Formula = tuple[str, Any]
_MAX_VARIABLES = 10


def is_inference(answer: str, premises: Iterable[str]) -> bool:
    """Whether an answer that follows from the premises says more than them."""
    given = {normal(premise) for premise in premises}
    parts = _parts("∧", normal(answer))
    repeated = given.union(*(whole for whole in (_parts("∧", premise) for premise in given) if whole <= parts))
    return any(not _old(part, repeated) for part in parts)


def normal(text: str) -> Formula:
    """The reduced formula of a text, as reasoning-gym's own reader takes it."""
    from reasoning_gym.logic.propositional_logic import Expression

    return _reduced(Expression.from_string(text))


def _reduced(node: Any) -> Formula:
    sign = str(node.operator.value) if node.operator is not None else ""
    if not sign:
        return ("", str(node.left).strip())
    left = _reduced(node.left)
    if sign == "¬":
        return _negated(left)
    right = _reduced(node.right)
    if sign == "→":
        sign, left = "∨", _negated(left)
    if sign == "↔":
        return (sign, frozenset((left, right)))
    parts = _parts(sign, left) | _parts(sign, right)
    return (sign, parts) if len(parts) > 1 else next(iter(parts))


def _negated(formula: Formula) -> Formula:
    return formula[1] if formula[0] == "¬" else ("¬", formula)


def _parts(sign: str, formula: Formula) -> frozenset[Formula]:
    return frozenset(formula[1]) if formula[0] == sign else frozenset((formula,))


def _old(part: Formula, given: set[Formula]) -> bool:
    if part in given or _always(part):
        return True
    compound = {premise for premise in given if premise[0] not in ("", "¬")}
    return any(inner in compound or any(_parts("∨", p) <= _parts("∨", inner) for p in compound) for inner in _subformulas(part))


def _subformulas(formula: Formula) -> Iterator[Formula]:
    yield formula
    if formula[0]:
        for inner in [formula[1]] if formula[0] == "¬" else formula[1]:
            yield from _subformulas(inner)


def _always(formula: Formula) -> bool:
    """Whether it holds whatever its variables are; not asked of more than ten variables."""
    names = sorted({inner[1] for inner in _subformulas(formula) if not inner[0]})
    values = itertools.product((False, True), repeat=len(names))
    return len(names) <= _MAX_VARIABLES and all(_holds(formula, dict(zip(names, row, strict=True))) for row in values)


def _holds(formula: Formula, values: dict[str, bool]) -> bool:
    sign, inner = formula
    if not sign:
        return values[inner]
    if sign == "¬":
        return not _holds(inner, values)
    found = [_holds(part, values) for part in inner]
    return {"∧": all(found), "∨": any(found), "↔": len(set(found)) == 1}[sign]
