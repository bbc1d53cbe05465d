"""How MMLU-Pro's published scripts read a response, so that each row on which our reading differs is classed by a rule.

Their rule: the first "answer is (X)", else the last "Answer: X", else the last letter A-J that stands alone. Where even
that finds nothing, the published file of Llama-3.1-8B carries one constant letter (G, in all of its 195 such rows),
and that of Phi-3-mini carries none; nor does the latter use the third step. Nothing of it is used to verify.
"""

import re
from typing import Any

_STATED = re.compile(r"answer is \(?[A-J]\)?")
_LABELLED = re.compile(r"[aA]nswer:\s*[A-J]")
_LONE = re.compile(r"\b[A-J]\b")
NO_READING = "the publisher read nothing: a constant letter is its answer"


def difference(row: dict[str, Any], extracted: str, reason: str) -> str:
    """Why the publisher's letter and ours differ on a row."""
    response = row["response"]
    if _STATED.search(response) or _LABELLED.search(response):
        if "several" in reason:
            return "the response states several letters, the publisher takes the first"
        return "statements with other letters: the publisher takes the first, we the last"
    if _LONE.search(response):
        return f"no statement: the publisher takes the last lone letter (a unit, a variable), we {extracted or 'nothing'}"
    return NO_READING
