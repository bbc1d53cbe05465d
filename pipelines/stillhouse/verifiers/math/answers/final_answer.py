"""The one reader of stated answers: finds the final answer of a response, never one from the think part.

Strong marks are a box, an `<answer>` block, GSM8K's `#### 18` and a JSON object's `answer`. Labels ("The answer is …",
"**Answer:** …", "A: 18", other languages' words) come next, then a response that is nothing but an answer, then what
the closing sentence or the last display states. Of several statements the last counts; what a sentence denies or only
supposes is no statement. `lenient_answer` takes the last number or choice instead, so that format and ability can be
told apart.
"""

import re

from stillhouse.dialects import CLOSING, OPENING, answer_part
from stillhouse.verifiers.math.answers import marks
from stillhouse.verifiers.math.answers.closing import closing
from stillhouse.verifiers.math.answers.found import Found
from stillhouse.verifiers.math.answers.labels import labelled
from stillhouse.verifiers.math.answers.language import LABEL
from stillhouse.verifiers.math.answers.prose import is_prose
from stillhouse.verifiers.math.answers.retractions import corrected, taken_back
from stillhouse.verifiers.math.answers.turns import own_turn

__all__ = ["Found", "answer_part", "final_answer", "lenient_answer", "statements", "why_none"]

_NUMBER = re.compile(r"[-−]?(?:\$\s?)?(?:\d[\d,]*\.?\d*|\.\d+)(?:/\d+)?%?")
_CHOICE = re.compile(r"(?:^|[\s(*\"'{])([A-E])(?=[\s).,:*\"'}]|$)")
# A label's value is an answer rather than an announcement ("The answer is as follows") when it has mathematics or is short.
_TELLING = re.compile(r"[\d\\$]|^\W*(?:[^\W\d_]+[\s,]*){1,5}\W*$")
_VALUE_ONLY = re.compile(r"^[\s$*(\\]*-?[\d\\$].{0,80}$|^\(?[A-J]\)?$")
_WHOLE_MAX = 200
_LAST_LABELS = 40
_PROSE = re.compile(r"(?:\b[a-zA-Z]{2,}\b[ ,]+){4}")


def final_answer(response: str) -> Found | None:
    """The final answer, or None; `why_none` tells why."""
    return _final(answer_part(response))


def why_none(response: str) -> str:
    """Why a response has no answer: empty, an unfinished think part, or nothing that is stated as one."""
    if not response.strip():
        return "empty response"
    if not answer_part(response).strip():
        unfinished = OPENING.search(response) and not CLOSING.search(response)
        return "unfinished think part" if unfinished else "nothing after the think part"
    return "no stated answer"


def statements(text: str) -> list[Found]:
    """Every explicit statement of an answer by box or label, in order: also for a think part."""
    labels = [found for found in labelled(text) if "boxed" not in found.text]
    return sorted([*marks.boxes(text), *labels], key=lambda found: found.end)


def _final(text: str) -> Found | None:
    text = own_turn(text)
    whole_json = marks.json_answer(text) if text.lstrip().startswith(("{", "```json", "```\n{")) else None
    if whole_json is not None and marks.says_something(whole_json.text):
        return _unboxed(whole_json)
    found = [
        f for f in (marks.tag(text), marks.box(text), marks.hashes(text), marks.json_answer(text)) if f and marks.says_something(f.text)
    ]
    strong = max(found, key=lambda f: f.end, default=None)
    label = _label(text, strong.end if strong else 0, strong is not None)
    stated = label or strong
    if stated is None:
        return _whole(text) or closing(text)
    correction = corrected(text, stated.end)
    if correction is not None:
        return Found(correction["value"], "correction", correction.end())
    return None if taken_back(text, stated.end) else _unboxed(stated)


def _unboxed(found: Found) -> Found:
    return Found(marks.unboxed(found.text), found.how, found.end)


def _label(text: str, start: int, only_values: bool) -> Found | None:
    """The last answer behind a label; after a mark only one that is a bare value corrects it."""
    found = [f for f in labelled(text, start, _LAST_LABELS) if marks.says_something(f.text)]
    if only_values:
        found = [f for f in found if _VALUE_ONLY.match(f.text)]
    telling = [f for f in found if _TELLING.search(f.text)]
    kept = telling or found
    return kept[-1] if kept else None


def lenient_answer(response: str) -> Found | None:
    """The stated answer's last number or choice, else the response's: what a generous reader would take."""
    marked = final_answer(response)
    for text in (marked.text if marked else "", answer_part(response)):
        last = _last(text)
        if last is not None:
            return Found(last, "last")
    return marked


def _last(text: str) -> str | None:
    numbers = list(_NUMBER.finditer(text))
    choices = list(_CHOICE.finditer(text))
    if numbers and (not choices or numbers[-1].end() > choices[-1].end(1)):
        return numbers[-1].group().rstrip(".,")
    return choices[-1].group(1) if choices else None


def _whole(text: str) -> Found | None:
    """A response of one line that is nothing but an answer: no sentence, no four plain words in a row, no empty mark."""
    value = text.strip().strip("`").strip()
    if not value or len(value) > _WHOLE_MAX or "\n" in value or value.startswith('{"') or "boxed" in value or "<answer>" in value.lower():
        return None
    label = LABEL.search(value)
    if label and not marks.says_something(value[label.end() :]):
        return None
    sentence = (is_prose(value) and value.endswith((".", "!"))) or value.endswith(("?", "。", "？"))
    return None if sentence or _PROSE.search(value) else Found(value, "whole", len(text))
