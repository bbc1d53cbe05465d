"""Finds the final answer of a response: the one that is marked as such, never one from the think part.

Strong marks are a box, an `<answer>` block, GSM8K's `#### 18` and a JSON object's `answer`; the last one counts.
Without any, "the answer is …", and then a response that is nothing but an answer. `lenient_answer` takes the
last number or choice instead, so that format and ability can be told apart. Limit: an answer that is only
implied by prose is not found.
"""

import json
import re
from collections import deque
from dataclasses import dataclass

_CLOSE = re.compile(r"</think>|\[/THINK\]|</thinking>|</thought>", re.IGNORECASE)
_OPEN = re.compile(r"<think>|\[THINK\]|<thinking>|<thought>", re.IGNORECASE)
_BOX = re.compile(r"\\(?:boxed|fbox)\s*(?=[{\d])")
_HASHES = re.compile(r"^[ \t]*#{3,6}[ \t]*(?:Final\s+|The\s+)?(?:Answer\b[ \t]*:?)?[ \t*]*([^\n#]*[^\n#\s])", re.MULTILINE | re.IGNORECASE)
_KEY = re.compile(r"""["']?(?:final_)?answer["']?\s*:\s*""", re.IGNORECASE)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"?', re.DOTALL)
_BARE = re.compile(r"[^\n}\]]*")
_PHRASE = re.compile(
    r"\b(?:final\s+)?answer(?:\s+(?:to\s+(?:the|this)\s+(?:question|problem)|here))?\**\s*"
    # "is", "=", a colon, or nothing but the mathematics itself.
    r"(?:(?:(?:is|was|are)\b|=)\s*:?|:|(?=\s*(?:\$|\\[(\[])))\s*\**[ \t]*(?:\n\s*)?(?P<value>[^\n]+)",
    re.IGNORECASE,
)
_JOIN = re.compile(r"[\s$,;.*]*(?:and|or|,|\\quad|\\text\{\s*(?:and|or)\s*\})?[\s$,;*]*(?:[a-zA-Z](?:_\{?\w\}?)?\s*=\s*)?[\s$]*")
_NUMBER = re.compile(r"[-−]?(?:\$\s?)?(?:\d[\d,]*\.?\d*|\.\d+)(?:/\d+)?%?")
_CHOICE = re.compile(r"(?:^|[\s(*\"'{])([A-E])(?=[\s).,:*\"'}]|$)")
_WHOLE_MAX = 200
_BOX_MAX = 100_000
_LAST_BOXES = 20
_LAST_KEYS = 20
_KEY_GAP = 40


@dataclass(frozen=True, slots=True)
class Found:
    """An answer's text and the convention it was found by: box, tag, json, hashes, phrase, whole."""

    text: str
    how: str


def answer_part(response: str) -> str:
    """The response without a think part that is still in it; empty where that part never ends."""
    closes = list(_CLOSE.finditer(response))
    rest = response[closes[-1].end() :] if closes else response
    return "" if _OPEN.search(rest) else rest


def final_answer(response: str) -> Found | None:
    """The final answer by its mark, or None."""
    text = answer_part(response)
    whole_json = _json_answer(text) if text.lstrip().startswith(("{", "```json", "```\n{")) else None
    if whole_json is not None and _says_something(whole_json[1]):
        return Found(_unbox(whole_json[1]), "json")
    strong = [found for found in (_tag(text), _box(text), _hashes(text), _json_answer(text)) if found and _says_something(found[1])]
    if strong:
        _, value, how = max(strong)
        return Found(_unbox(value), how)
    return _phrase(text) or _whole(text)


def _says_something(value: str) -> bool:
    """An empty field or a placeholder (`___`) marks nothing."""
    return any(char.isalnum() or char == "\\" or not char.isascii() for char in value)


def lenient_answer(response: str) -> Found | None:
    """The marked answer's last number or choice, else the response's: what a generous reader would take."""
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


def _last_match(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    found = deque(pattern.finditer(text), maxlen=1)
    return found[0] if found else None


def _tag(text: str) -> tuple[int, str, str] | None:
    close = text.lower().rfind("</answer>")
    start = text.lower().rfind("<answer>", 0, max(close, 0))
    return (close, text[start + len("<answer>") : close].strip(), "tag") if close > 0 and start >= 0 else None


def _hashes(text: str) -> tuple[int, str, str] | None:
    last = _last_match(_HASHES, text)
    if last is None or not (re.search(r"\d", last.group(1)) or re.search(r"answer", last.group(), re.IGNORECASE)):
        return None
    return (last.end(), last.group(1).strip(" *"), "hashes")


def _box(text: str) -> tuple[int, str, str] | None:
    """The last box, joined with the boxes that stand right before it ("\\boxed{1} and \\boxed{2}" is "1, 2")."""
    marks = deque(_BOX.finditer(text), maxlen=_LAST_BOXES)
    spans = [span for span in (_box_span(text, m.end()) for m in marks) if span]
    if not spans:
        return None
    values = [text[spans[-1][0] : spans[-1][1]]]
    for before, after in zip(reversed(spans[:-1]), reversed(spans[1:]), strict=True):
        gap = text[before[1] + 1 : text.rfind("\\", 0, after[0])]
        if before[1] > after[0] or not _JOIN.fullmatch(gap) or "\n\n" in gap:
            break
        if text[before[0] : before[1]].strip() not in [v.strip() for v in values]:
            values.insert(0, text[before[0] : before[1]])
    return spans[-1][1], ", ".join(v.strip() for v in values), "box"


def _box_span(text: str, start: int) -> tuple[int, int] | None:
    """Where the content of a box begins and ends; None when its brace is never closed."""
    if text[start] != "{":
        return start, start + 1
    depth = 0
    for at in range(start, min(len(text), start + _BOX_MAX)):
        char = text[at]
        if char == "{" and text[at - 1] != "\\":
            depth += 1
        elif char == "}" and text[at - 1] != "\\":
            depth -= 1
            if depth == 0:
                return start + 1, at
    return None


def _json_answer(text: str) -> tuple[int, str, str] | None:
    """The last `"answer": …` that says something, read by hand because models write invalid JSON.

    (Raw LaTeX, raw newlines, cut ends, a quote left out.) A key that stands in an object goes before one that only
    looks like it; an empty template after the answer (`"answer": "___"`) is passed over.
    """
    brace = text.find("{")
    if brace < 0:
        return None
    marks = deque((m for m in _KEY.finditer(text, brace) if _quoted_key(m.group())), maxlen=_LAST_KEYS)
    found = [(_in_object(text, mark.start()), _json_value(text, mark.end())) for mark in marks]
    telling = [(inside, value) for inside, value in found if _says_something(value[1])]
    return max(telling or found, key=lambda f: (f[0], f[1][0]))[1] if found else None


def _in_object(text: str, at: int) -> bool:
    """Whether a key stands where an object's key does: after a brace, a comma, or the value before it."""
    return text[max(0, at - _KEY_GAP) : at].rstrip().endswith(("{", ",", '"'))


def _quoted_key(key: str) -> bool:
    return any(quote in key for quote in "\"'")


def _json_value(text: str, start: int) -> tuple[int, str, str]:
    quoted = _QUOTED.match(text, start)
    if quoted:
        return quoted.end(), _unescape(quoted.group(1)), "json"
    try:
        value, end = json.JSONDecoder().raw_decode(text, start)
    except ValueError:
        bare = _BARE.match(text, start)
        assert bare is not None
        return bare.end(), bare.group().strip(" ,"), "json"
    return end, value if isinstance(value, str) else json.dumps(value), "json"


def _unescape(text: str) -> str:
    """A JSON string's text; raw LaTeX in it (`\\frac`, where JSON wants two backslashes) stays LaTeX."""
    if re.search(r"\\\\[a-zA-Z({\[|!,;%$]", text) or not re.search(r"\\[a-zA-Z]", text):
        text = text.replace("\\\\", "\\")
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m.group(1), 16)), text)
    return text.replace('\\"', '"').replace("\\/", "/").strip()


def _unbox(text: str) -> str:
    inner = _box(text)
    return inner[1] if inner else text


def _phrase(text: str) -> Found | None:
    last = _last_match(_PHRASE, text)
    if last is None:
        return None
    value = last.group("value").strip()
    return Found(_first_clause(value), "phrase") if value else None


def _first_clause(text: str) -> str:
    """Up to the end of the sentence or the mathematics that opens it."""
    for opening, closing in (("$$", "$$"), ("$", "$"), (r"\(", r"\)"), (r"\[", r"\]"), ("**", "**")):
        if text.startswith(opening) and not re.match(r"\$\s?\d[\d,.]*(?:[^\d$]*$|\s[a-z])", text):
            end = text.find(closing, len(opening))
            if end > 0:
                return text[len(opening) : end].strip(" *")
    return re.split(r"(?<!\d)\.(?:\s|$)|(?<=\d)\.(?:\s|$)|\s+(?:because|since|so|which|I hope)\b|\n", text, maxsplit=1)[0].strip(" *.`")


def _whole(text: str) -> Found | None:
    value = text.strip().strip("`").strip()
    if not value or len(value) > _WHOLE_MAX or "\n" in value or value.startswith('{"'):
        return None
    # Prose is no answer: four plain words in a row that are not inside \text{…}.
    return None if re.search(r"(?:\b[a-zA-Z]{2,}\b[ ,]+){4}", value) else Found(value, "whole")
