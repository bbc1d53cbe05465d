"""Final answers by a mark that nothing else carries: a box, an `<answer>` block, GSM8K's `####`, a JSON object's `answer`.

Each finder gives the last statement of its kind. A box right behind a "not", or called wrong right after, states nothing.
"""

import json
import re
from collections import deque

from stillhouse.verifiers.math.answers import around
from stillhouse.verifiers.math.answers.found import Found
from stillhouse.verifiers.math.answers.language import ATTRIBUTED
from stillhouse.verifiers.math.answers.prose import leading_value

_BOX = re.compile(r"\\(?:boxed|fbox)\s*(?=[{\d])")
# GSM8K's mark; three hashes, or four before a title ("#### 2. Add up", "#### Step 3"), are a heading.
_HASHES = re.compile(r"(?P<start>^[ \t>*]*)?(?<!#)####[ \t*]*(?P<value>[^\n#]*[^\n#\s])", re.MULTILINE)
_TITLE = re.compile(r"\d+[.:)]\s+\D|[A-Za-z][a-z]+\b.*\s")
_KEY = re.compile(r"""answer["']?\s*:\s*""", re.IGNORECASE)
_BEFORE_KEY = re.compile(r"""["']?(?:final_)?\Z""", re.IGNORECASE)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"?', re.DOTALL)
_BARE = re.compile(r"[^\n}\]]*")
_NAME = r"(?:[a-zA-Z](?:_\{?\w+\}?)?\s*(?:\([^()]{0,10}\))?\s*=\s*)?"
_SPACING = r"(?:[\s$,;.*&]|\\(?:quad|qquad)(?![a-zA-Z])|\\[,;: ()\[\]])*"
_AND = r"(?i:(?:and|or)(?:\s+(?:maybe|perhaps|possibly|else))?|maybe|perhaps|possibly|\\text\{\s*,?\s*(?:and|or)\s*\})?"
_JOIN = re.compile(rf"{_SPACING}{_AND}{_SPACING}{_NAME}[\s$]*")
# "and the length is": a further part with a name; what sums up or corrects is no part.
_NAMED_JOIN = re.compile(
    rf"{_SPACING}(?:and|or){_SPACING}(?:[A-Za-z]+\s+){{1,5}}(?:is|are|=)\s*[\s$]*"
    rf"|{_SPACING}(?:[A-Za-z]+\s+){{1,3}}(?:and|or){_SPACING}|{_SPACING}\\text\{{[^{{}}]{{1,40}}\b(?:and|or)\s*\}}{_SPACING}"
)
_NO_PART = re.compile(
    r"\b(?:total|sum|so|thus|finally|answer|result|altogether|not|correct|actual|instead|then|wrong|incorrect|hence|false)\b", re.IGNORECASE
)
# Denied, or struck out, or not to be seen.
_NOT_BEFORE = re.compile(
    r"(?:\b(?:not|never|no(?=\s+(?:es|son))|cannot|can't|isn't|wasn't|won't|doesn't|nicht|kein\w*|pas|ne|não|non|niet)(?:\s+(?:be|equal(?:\s+to)?|es|est|é|ist|gleich))?"
    r"|\\n(?:eq?|ot)|≠|不是|不等于|并非|\bне|\b(?:anything|everything)\s+but|\b(?:except|ignore|disregard)(?:\s+(?:for|this|that))?|\bformat\s*(?:is|of|as)?"
    r"|(?<!is )(?<!'s )(?<!was )(?<!are )\b(?:wrong|incorrect|false|bad)(?:\s+(?:answer|result|value|solution))?\s*(?:is|was|would be)?"
    r"|\b(?:mistake|error)\s+(?:is|was|would\s+be)(?:\s+(?:to\s+\w+|saying|writing))?"
    r"|\b(?:it\s+is|it's)\s+(?:false|untrue|not\s+true|not\s+the\s+case)\s+that\s+(?:the\s+(?:final\s+)?(?:answer|result|value)|it)\s+(?:is|was|equals)"
    r"|\bI\s+(?:really\s+|seriously\s+|highly\s+)?doubt\s+(?:that\s+)?(?:the\s+(?:final\s+)?(?:answer|result|value)|it)\s+(?:is|was|equals)"
    r"|(?:do not|don't|never)\s+(?:say|write|answer))[\s$(\[{:*\\\"'“`]*$",
    re.IGNORECASE,
)
_WRONG_AFTER = re.compile(
    r"~~(?!\S)|[ \t$)\]*\\]*(?:\\text\{\s*)?(?:\(?(?:(?:is|was|are)\s+(?:wrong|incorrect|false|not)\b|(?:wrong|incorrect|false)\))|[✗✘❌]"
    r"|[.,;]?\s*(?:but\s+)?(?:that|this|which)\s+(?:is|was)\s+(?:wrong|incorrect|false)\b|\W{0,4}scratch\s+that\b"
    r"|(?:(?:is|was|would\s+be)\s+)(?:an?\s+)?(?:common\s+)?(?:mistake|error|trap|wrong|incorrect|false)\b|(?:isn't|wasn't|cannot|can't)\b"
    r"|(?:[がはで가이은는]\s*)?(?:ではあり?ません|ではない|じゃない|아닙|아니|不对|不正确|是错|是不))"
    r"|\s*\n?[ \t$*]*(?:is|was|are)\s+(?:wrong|incorrect|false|not)\b"
    r"|[ \t$)\]*\\]*\?[\s*]*(?:no|nope|wrong)[.,!]",
    re.IGNORECASE,
)
# A document that gives the mark another meaning states nothing by it.
_REDEFINED = re.compile(r"\\(?:(?:re|provide)?newcommand\*?|def|let|DeclareRobustCommand)\s*\{?\s*\\(?:boxed|fbox)(?![a-zA-Z])")
_BOX_MAX = 100_000
_GAP_MAX = 120
_LAST_BOXES = 20
_LAST_KEYS = 20
_KEY_GAP = 40
_BEFORE = 80


def says_something(value: str) -> bool:
    """An empty field or a placeholder (`___`) marks nothing."""
    return any(char.isalnum() or char == "\\" or not char.isascii() for char in value)


def tag(text: str) -> Found | None:
    lower = text.lower()
    for opening, closing in (("<answer>", "</answer>"), ("[answer]", "[/answer]")):
        close = lower.rfind(closing)
        start = lower.rfind(opening, 0, max(close, 0))
        if close > 0 and start >= 0:
            return Found(text[start + len(opening) : close].strip(), "tag", close)
    return None


def hashes(text: str) -> Found | None:
    """`#### 18`: at a line's start the rest of the line, inside a line ("makes #### 18 dollars a day") the value behind the mark."""
    if "####" not in text:
        return None
    marks = deque((m for m in _HASHES.finditer(text) if m["start"] is None or not _TITLE.match(m["value"])), maxlen=1)
    if not marks:
        return None
    value = marks[0]["value"].strip(" *")
    if marks[0]["start"] is None or value.endswith("."):
        value = leading_value(value) or value
    return Found(value, "hashes", marks[0].end())


def box(text: str) -> Found | None:
    """The last box, joined with the boxes that stand right before it ("\\boxed{1} and \\boxed{2}" is "1, 2")."""
    if ("boxed" not in text and "fbox" not in text) or _REDEFINED.search(text):
        return None
    marks = deque(_BOX.finditer(text), maxlen=_LAST_BOXES)
    spans = [span for span in (_span(text, m.start(), m.end()) for m in marks) if span and not _denied(text, span)]
    if not spans:
        return None
    values = [around.value(text, spans[-1])]
    for before, after in zip(reversed(spans[:-1]), reversed(spans[1:]), strict=True):
        if not _joined(text, before, after):
            break
        if around.value(text, before) not in values:
            values.insert(0, around.value(text, before))
    return Found(", ".join(values), "box", spans[-1][2])


def boxes(text: str) -> list[Found]:
    """Every box that is closed and not denied, in order, each for itself."""
    spans = [_span(text, m.start(), m.end()) for m in _BOX.finditer(text)] if "box" in text and not _REDEFINED.search(text) else []
    return [Found(around.value(text, span), "box", span[2]) for span in spans if span and not _denied(text, span)]


def _span(text: str, mark: int, start: int) -> tuple[int, int, int] | None:
    """Where a box begins, and where its content begins and ends; None when its brace is never closed."""
    if text[start] != "{":
        return mark, start, start + 1
    depth = 0
    for at in range(start, min(len(text), start + _BOX_MAX)):
        char = text[at]
        if char == "{" and text[at - 1] != "\\":
            depth += 1
        elif char == "}" and text[at - 1] != "\\":
            depth -= 1
            if depth == 0:
                return mark, start + 1, at
    return None


def _denied(text: str, span: tuple[int, int, int]) -> bool:
    before = text[max(0, span[0] - _BEFORE) : span[0]]
    return bool(
        _NOT_BEFORE.search(before) or ATTRIBUTED.search(before) or _WRONG_AFTER.match(text, span[2] + 1) or around.hidden(text, span)
    )


def _joined(text: str, before: tuple[int, int, int], after: tuple[int, int, int]) -> bool:
    gap = text[before[2] + 1 : after[0]]
    if before[2] > after[0] or len(gap) > _GAP_MAX or "\n\n" in gap:
        return False
    return bool(_JOIN.fullmatch(gap)) or (bool(_NAMED_JOIN.fullmatch(gap)) and not _NO_PART.search(gap))


def unboxed(text: str) -> str:
    """The content of the box in a marked answer, or the answer itself."""
    inner = box(text)
    return inner.text if inner else text


def json_answer(text: str) -> Found | None:
    """The last `"answer": …` that says something, read by hand because models write invalid JSON.

    (Raw LaTeX, raw newlines, cut ends, a quote left out.) A key that stands in an object goes before one that only
    looks like it; an empty template after the answer (`"answer": "___"`) is passed over.
    """
    brace = text.find("{")
    if brace < 0:
        return None
    keys = deque((key for m in _KEY.finditer(text, brace) if (key := _quoted_key(text, m))), maxlen=_LAST_KEYS)
    found = [(_in_object(text, start), _json_value(text, end)) for start, end in keys]
    telling = [(inside, value) for inside, value in found if says_something(value.text)]
    return max(telling or found, key=lambda f: (f[0], f[1].end))[1] if found else None


def _in_object(text: str, at: int) -> bool:
    """Whether a key stands where an object's key does: after a brace, a comma, or the value before it."""
    return text[max(0, at - _KEY_GAP) : at].rstrip().endswith(("{", ",", '"'))


def _quoted_key(text: str, found: re.Match[str]) -> tuple[int, int] | None:
    """Where a key with at least one of its quotes begins, and where its value does."""
    before = _BEFORE_KEY.search(text, max(0, found.start() - len("'final_")), found.start())
    start = before.start() if before else found.start()
    if text[start - 1 : start] == "_" or text[start - 1 : start].isalnum():
        return None  # "wrong_answer"
    return (start, found.end()) if any(quote in text[start : found.end()] for quote in "\"'") else None


def _json_value(text: str, start: int) -> Found:
    quoted = _QUOTED.match(text, start)
    if quoted:
        return Found(_unescape(quoted.group(1)), "json", quoted.end())
    try:
        value, end = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        bare = _BARE.match(text, start)
        assert bare is not None
        return Found(bare.group().strip(" ,"), "json", bare.end())
    return Found(value if isinstance(value, str) else json.dumps(value), "json", end)


def _unescape(text: str) -> str:
    """A JSON string's text; raw LaTeX in it (`\\frac`, where JSON wants two backslashes) stays LaTeX."""
    if re.search(r"\\\\[a-zA-Z({\[|!,;%$]", text) or not re.search(r"\\[a-zA-Z]", text):
        text = text.replace("\\\\", "\\")
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m.group(1), 16)), text)
    return text.replace('\\"', '"').replace("\\/", "/").strip()
