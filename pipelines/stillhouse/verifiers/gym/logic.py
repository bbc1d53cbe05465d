"""Formulas and roles of reasoning-gym's logic puzzles: read whole, and an inference told from a premise that is said again.

`formula` reads with the usual ranks (¬ ∧ ∨ → ↔) and refuses what they leave open: a chain of → or ↔ without brackets.

A formula is reduced to what changes nothing (brackets, order, repetition, double negation, an implication's form). A conjunct of an
answer is old where it is a premise, holds anyway, is a premise or worse (`premise ∨ Q`), or only wraps a premise: has it as a
part, or as some of its alternatives.
An answer is an inference where one of its conjuncts is not old.
"""

import itertools
import re
from collections.abc import Iterable, Iterator
from typing import Any

from stillhouse.verifiers.gym.literals import plain
from stillhouse.verifiers.gym.measures import metadata
from stillhouse.verifiers.gym.shapes import Entry, gold

Formula = tuple[str, Any]
_MAX_VARIABLES = 10
_MAX_TOKENS, _MAX_DEPTH = 400, 40
_RANKS = ("↔", "→", "∨", "∧")
_LEAD = re.compile(r"(?:so|therefore|thus|hence)\b[\s,]*", re.IGNORECASE)
_BETWEEN = re.compile(r"[,.;\n]+\s*(?:and\s+)?|\s+and\s+", re.IGNORECASE)
_ROLE = re.compile(r"(\w+) is (?:an? )?(\w+)", re.IGNORECASE)


class _Malformed(Exception):
    """The text is no formula."""


def conclusion(answer: str, entry: Entry) -> str | None:
    """An inference as a formula of the entry's variables, with all its brackets. None for a premise that is said again.

    Only an example answer of that very form makes an answer of what was given.
    """
    said = formula(plain(answer), {str(name) for name in metadata(entry, "variables") or ()})
    if said is None:
        return None
    example = metadata(entry, "example_answer")
    if example and normal(said) == normal(str(example)):
        return said
    return said if is_inference(said, [str(premise) for premise in metadata(entry, "premises")]) else None


def formula(text: str, variables: set[str]) -> str | None:
    """The formula with brackets around every part, or None where the text is no formula of these variables."""
    found = list("".join(text.split()))
    if not found or len(found) > _MAX_TOKENS or not set(found) <= variables | {*"()¬", *_RANKS}:
        return None
    tokens = iter([*found, ""])
    reader = _Reader(tokens)
    try:
        said = reader.ranked(0)
    except _Malformed:
        return None
    return said if reader.next == "" else None


class _Reader:
    def __init__(self, tokens: Iterator[str]) -> None:
        self._tokens, self.next, self._depth = tokens, next(tokens), 0

    def _step(self) -> None:
        self.next = next(self._tokens)

    def ranked(self, rank: int) -> str:
        if rank == len(_RANKS):
            return self._negated()
        sign, parts = _RANKS[rank], [self.ranked(rank + 1)]
        while self.next == sign:
            self._step()
            parts.append(self.ranked(rank + 1))
        if sign in "→↔" and len(parts) > 2:
            raise _Malformed
        said = parts[0]
        for part in parts[1:]:
            said = f"({said} {sign} {part})"
        return said

    def _negated(self) -> str:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise _Malformed
        token = self.next
        if token in ("", ")", *_RANKS):
            raise _Malformed
        self._step()
        said = f"¬{self._negated()}" if token == "¬" else self._closed() if token == "(" else token
        self._depth -= 1
        return said

    def _closed(self) -> str:
        said = self.ranked(0)
        if self.next != ")":
            raise _Malformed
        self._step()
        return said


def roles(answer: str, entry: Entry) -> str | None:
    """The gold, for one clause per person, `Name is a role`, and nothing else."""
    said, wanted = _assigned(plain(answer)), _assigned(plain(gold(entry)))
    return gold(entry) if said is not None and said == wanted else None


def _assigned(text: str) -> dict[str, str] | None:
    """Who is what; None where a part is no such clause, or a name stands twice."""
    parts = [_ROLE.fullmatch(part) for part in _BETWEEN.split(_LEAD.sub("", text, count=1).strip()) if part]
    pairs = [(part[1].casefold(), part[2].casefold()) for part in parts if part]
    return dict(pairs) if len(pairs) == len(parts) == len(dict(pairs)) else None


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
    if part in given or _always(part) or any(_parts("∧", alternative) <= given for alternative in _parts("∨", part)):
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
