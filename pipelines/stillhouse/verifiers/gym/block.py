"""The `<answer>` block of a response, and what stands around it: a frame can deny, scale or replace an answer as well.

What stands on the block's own line belongs to its statement: before it nothing that denies, bounds or negates, or says that it
is somebody else's; behind it what goes on is read with the answer. A label on the line above belongs to it, too. Further behind,
words that take it back and other answers count. All of 6,254 right answers of three models had nothing on the line behind the block.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from stillhouse.verifiers.gym.literals import number, plain
from stillhouse.verifiers.math.answers.final_answer import final_answer
from stillhouse.verifiers.math.answers.found import Found
from stillhouse.verifiers.math.answers.language import ATTRIBUTED, DENIED, DENIES_NEXT, MEASURED_BY, SUPPOSED
from stillhouse.verifiers.math.answers.retractions import corrected
from stillhouse.verifiers.math.answers.retractions import taken_back as retracted
from stillhouse.verifiers.math.answers.turns import shown

_OPEN, _CLOSE = "<answer>", "</answer>"
_DECORATION = "*_`$"
_LOOK_BACK = 200
# They turn the direction of what is read, so that another number is seen than stands there.
_TURNED = re.compile("[\u202a-\u202e\u2066-\u2069]")
_CLAUSE_END = re.compile(r"[.,;:!?]\s")
_TAGS = re.compile(r"(?:\s*</?[a-zA-Z]\w*>)+\s*$")
# A sign that touches the block, an operator behind a number, a comparison, or what makes it invisible; a bullet has a blank behind it.
_SIGNED = re.compile(r"(?:[-−–—√+/^×÷{]|[\d)\]]\s*[-−–—+/^×÷]|[\d)\]]\s+\*\s|[≤≥≠≈¬~√<>]|[-−√]\s*\()\s*$")
_BULLET = re.compile(r"\s*(?:[-+>•–—]|\d{1,3}[.)])?\s+|\s*")
_TAKEN_BACK = re.compile(
    r"\b(?:wait|correction|corrected|actually|sorry|oops|scratch that|just kidding|joking|on second thought|i made (?:a|an) (?:mistake|error)|edit\s*:|no\s*[,:.]"
    r"|but (?:it|that|this|the (?:\w+ )?answer) is|(?:that|this|it|the (?:above|answer)) (?:is|was) (?:wrong|incorrect|not (?:right|correct)))(?!\w)"
    r"|^\W*(?:not|false|wrong|incorrect)\b",
    re.IGNORECASE,
)
_STATED = ("box", "tag", "hashes", "json", "label")


@dataclass(frozen=True)
class Block:
    """What an `<answer>` block holds, what stands before it, the rest of its line, and everything behind it."""

    text: str
    before: str
    line_after: str
    after: str

    def taken_back(self, is_right: Callable[[str], bool]) -> bool:
        """Whether its frame makes another answer of a right one."""
        return self._negated() or self._goes_on(is_right) or bool(_TAKEN_BACK.search(self.after)) or self._replaced(is_right)

    def _negated(self) -> bool:
        if DENIES_NEXT.search(_TAGS.sub("", self.before[-_LOOK_BACK:]).rstrip(f"{_DECORATION} \t\n")):
            return True
        line_before = self.before.rpartition("\n")[2]
        before = _TAGS.sub("", line_before).rstrip(_DECORATION)
        if _BULLET.fullmatch(before):
            return False
        clause = _CLAUSE_END.split(before)[-1]
        glued = before[-1:].isdigit() and self.text[:1].isdigit()
        return bool(
            glued
            or _SIGNED.search(before)
            or _SIGNED.search(line_before)
            or ATTRIBUTED.search(before)
            or DENIED.search(clause)
            or SUPPOSED.search(clause)
            or MEASURED_BY.search(clause)
        )

    def _goes_on(self, is_right: Callable[[str], bool]) -> bool:
        """Behind it nothing, decoration, a sentence of its own, or a unit."""
        rest = _TAGS.sub("", self.line_after).strip(f"{_DECORATION} \t.!)")
        return bool(rest) and not rest[0].isupper() and not is_right(f"{self.text} {rest}")

    def _replaced(self, is_right: Callable[[str], bool]) -> bool:
        """Another answer is stated behind it: by a mark or label, as a number that stands alone, or as a correction."""
        if retracted(self.after, 0) or ((other := corrected(self.after, 0)) and not is_right(other["value"])):
            return True
        later = final_answer(self.after) if self.after.strip() else None
        counts = later is not None and (later.how in _STATED or number(plain(later.text)) is not None)
        return later is not None and counts and not is_right(later.text)


def answer_block(text: str) -> Block | None:
    """The last block that is closed, up to its first closing tag; comments hold none."""
    text = shown(_TURNED.sub("\ufffd", text))
    start = text.rfind(_OPEN, 0, max(text.rfind(_CLOSE), 0))
    if start < 0:
        return None
    end = text.index(_CLOSE, start)
    after = text[end + len(_CLOSE) :]
    return Block(text[start + len(_OPEN) : end].strip(), text[:start], after.partition("\n")[0], after)


def unframed(found: Found) -> Block:
    """An answer by another mark, whose finder has looked at what stands around it."""
    return Block(found.text, "", "", "")
