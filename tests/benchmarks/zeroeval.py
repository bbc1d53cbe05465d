"""How ZeroEval reads and compares a final answer, so that each gap to its published accuracies is explained row by row.

Its rule: the `answer` of the first complete JSON object (else the first thing that looks like such a field, else, for
Llama 3.1, a box at the end); then the first number of that answer must equal the first number of the gold. The rule is
reproduced from how its published figures come out, to the last row for most models; nothing of it is used to verify.
"""

import json
import re

# The published summary's names where they are not the samples' own.
PUBLISHED_AS = {
    "DeepSeek-Coder-V2-0724": "deepseek-v2-coder-0724",
    "Llama-3.1-405B-Instruct-Turbo": "Llama-3.1-405B-Inst-fp8@together",
    "Meta-Llama-3.1-405B-Instruct@hyperbolic": "Llama-3.1-405B-Inst@hyperbolic",
}
_FIELDS = (r'"answer"\s*:\s*"([^"]*)"', r'"?answer"?\s*:\s*([^,\s]*)')
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_QUOTIENT = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*/\s*(-?\d+(?:\.\d+)?)\s*")


def extracted(model: str, output: str) -> str | None:
    """The answer as the publisher finds it; None counts as no answer there."""
    whole = _first_object(output)
    if isinstance(whole, dict) and "answer" in whole:
        return str(whole["answer"])
    for field in _FIELDS:
        match = re.search(field, output)
        if match:
            return match.group(1)
    box = re.search(r"\\boxed\{(\w+)\}", output) if "Llama-3.1" in model and "boxed" in output[-30:] else None
    return box.group(1) if box else None


def accepts(gold: str, answer: str | None) -> bool:
    """Whether the first numbers are equal."""
    left, right = _first_number(gold.replace("#", "")), _first_number(answer or "")
    return left is not None and left == right


def difference(answer: str | None, ours: str, correct_here: bool) -> str:
    """Why a row on which the two verdicts differ does so."""
    if correct_here:
        if answer is None:
            return "no JSON answer for them, marked otherwise"
        return "they take a working's first number" if _squeezed(answer) == _squeezed(ours) else "they take an earlier of several answers"
    if _squeezed(answer or "") == _squeezed(ours):
        return "they accept another value with the same first number"
    return "output runs on to another answer" if ours else "output runs on without an answer"


def _squeezed(text: str) -> str:
    return re.sub(r"[\s\\]", "", text)


def _first_object(text: str) -> object:
    """The first span from a brace to the one that closes it, if it is JSON once line ends are gone."""
    start = text.find("{")
    depth = 0
    for at in range(max(start, 0), len(text)):
        depth += (text[at] == "{") - (text[at] == "}")
        if depth == 0 and start >= 0:
            try:
                return json.loads(text[start : at + 1].replace("\n", ""))
            except ValueError:
                return None
    return None


def _first_number(text: str) -> float | None:
    plain = text.replace("$", "").replace(",", "")
    quotient = _QUOTIENT.fullmatch(plain)
    if quotient and float(quotient.group(2)):
        return float(quotient.group(1)) / float(quotient.group(2))
    number = _NUMBER.search(plain)
    return float(number.group()) if number else None
