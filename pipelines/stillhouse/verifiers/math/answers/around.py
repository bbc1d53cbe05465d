"""What stands around a box and belongs to its value: a sign, an operator, digits, a percent sign, a word that scales.

A box need not be the whole statement: `-\\boxed{42}`, `\\frac{1}{\\boxed{42}}`, `\\boxed{42}\\%` state what the formula says, not 42.
A box that fills a blank of an equation (`3 + \\boxed{18} = 21`) is the answer alone, and so is one beside words ("\\boxed{5} dollars").
Limit: in plain text only what touches the box, or an operator with a number, belongs to it; "- \\boxed{5}" is an item of a list.
"""

import re

from stillhouse.verifiers.math.answers.language import MEASURED_BY, SCALES_AFTER
from stillhouse.verifiers.math.answers.units import known

# Where a box begins, and where its content begins and ends.
Span = tuple[int, int, int]
_REACH, _PARAGRAPH, _GROUPS, _BEHIND_WORD, _WORDS_REACH = 160, 2_000, 6, 12, 60
_HEAD = re.compile(r"(?P<raised>[\^_])\s*$|\\(?P<command>[a-zA-Z]+)\*?(?:\s*\[[^\[\]]*\])?(?P<groups>(?:\s*\{[^{}]*\})*)\s*$")
_PLAIN_COMMANDS = frozenset(
    """text textbf textit textrm texttt textsf textnormal mathrm mathbf mathit mathsf mbox hbox bm boldsymbol underline emph ensuremath color
    textcolor colorbox fcolorbox large Large huge Huge displaystyle boxed fbox framebox underbrace overbrace mathop parbox left right""".split()  # noqa: SIM905
)
_HIDING = re.compile(r"(?:[hv]?phantom|[bx]?cancel|sout|st|xout|iffalse|footnote|sub)\Z")
_WHITE = re.compile(r"\\(?:text)?color\s*(?:\[[^\]]*\])?\{\s*(?:white|transparent|#?f{3}(?:f{3})?)\s*\}[^}]*$", re.IGNORECASE)
_SIDE = (
    r"\$|\\[()\[\]]|\\\\|[=<>&,;:\n≈≤≥→⇒∴]|\\(?:implies|[Rr]ightarrow|[Ll]ongrightarrow|to|therefore|because|iff|q?quad|approx|equiv|in|[lg]eq?|[lg]t|neq?"
    r"|(?:text|mathrm)\s*\{[^{}]*\}|(?:begin|end)\s*\{[^{}]*\}|tag\s*\{[^{}]*\}|p?mod"
    r"|(?:boxed|fbox)(?:\s*\{(?:[^{}]|\{[^{}]*\})*\})?)(?![a-zA-Z])"
)
_LEFT = re.compile(_SIDE)
_RIGHT = re.compile(rf"{_SIDE}|\.(?!\d)")
_EQUALS = re.compile(r"[\s$&]*(?:=|\\approx|≈)")
_CALCULATED = re.compile(
    r"[\d)}]\s*(?:[-+*/×·÷]|\\(?:times|cdot|div)(?![a-zA-Z]))\s*$|^\s*(?:[-+*/×·÷]|\\(?:times|cdot|div)(?![a-zA-Z]))\s*[\d(\\]"
)
_SPACING = re.compile(r"\\(?:[,;!: ]|(?:left|right|displaystyle|large|Large|bf|it|rm|big[lr]?|Big[lr]?)(?![a-zA-Z])\.?)|[\s~*`]+")
_WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{2,}|[^\x00-\x7f×·÷±−π°∞√²³]")
_LETTER = re.compile(r"(?<![\\A-Za-z])[A-Za-z](?![A-Za-z])")
# In plain text: what touches the box, or an operator with its other side.
_GLUED_LEFT = re.compile(r"(?:(?<![^\s=(])[-−–]|(?<![\w.])0\.|\d[\d,]*|[\d)}]\s*(?:[+*/×·÷^±]|\\(?:times|cdot|div|pm)(?![a-zA-Z]))\s*)$")
_RUN_LEFT = re.compile(r"[-\d.,()\s+*/×·÷^±]*(?:\\(?:times|cdot|div|pm)\s*)?$")
_GLUED_RIGHT = re.compile(
    r"\d[\d,.]*|\.\d+|[eE][-+]?\d+|\s*\\?%|\s*[\^_]\s*(?:\{[^{}]*\}|\S)"
    r"|\s*\$?\s*(?:[+*/×·÷±]|\\(?:times|cdot|div|pm)(?![a-zA-Z])|-(?=\d))\s*\$?\s*(?=[\d(\\])[^\n;,=]*"
)
_MINUS = re.compile(r"(?:\b(?:minus|negative)\s+\$?|[-−–]\s*\$\s*\$?)\s*$", re.IGNORECASE)
_SPACED_MINUS = re.compile(r"(?<=[-−])\s*\\[,;!: ]\s*$")
_PERCENT = re.compile(r"[\s$]*(?:\\text\{\s*)?per\s?cent\b(?!\s+(?:of|more|less))|\$\s?\\?%", re.IGNORECASE)
# Behind a box, in a span of its own or glued to it: the rest of a mixed number, thousands, a power of ten, a letter that scales.
_FRACTION = re.compile(r"\$?[ ]?(?P<rest>\d{1,3}/\d{1,3}|[½⅓⅔¼¾])(?![\w/])")
_THOUSANDS = re.compile(r"\$?(?P<rest>(?:,\d{3})+)(?![\d,])(?!\s*[)\]}\\])")
_POWER_OF_TEN = re.compile(r"(?:\s*x|\s*\$\s*(?:x|×|\\times))[\s$]*10\s*\^\s*\{?\s*(?P<power>-?\d+)")
_SCALE = re.compile(r"\$?(?P<letter>k|M|bn)(?![A-Za-z\d/^])")
_SCALES = {"k": "thousand", "M": "million", "bn": "billion"}
_UNIT = re.compile(r"[\s$~\\,;]*(?:\\(?:text|mathrm)\s*\{\s*(?P<set>[A-Za-z]+)\s*\}|(?P<word>[a-z]{3,})\b)")
_BOUNDS = re.compile(r"at\s+(?:least|most)|up\s+to|between|minus|plus|times|above|below|\\|[~≈≤≥<>]|:", re.IGNORECASE)
# A strict relation, which is no arrow, tag or quotation mark.
_STRICT = re.compile(r"(?:[^\s>*=-][ ]*[<>]|\\[lg]t(?![a-zA-Z])|\\(?:lnot|neg)(?![a-zA-Z]))[\s$]*$")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>[\s$]*$")


def value(text: str, span: Span) -> str:
    """The value that a box states together with what belongs to it."""
    inner = text[span[1] : span[2]].strip()
    if not inner:
        return inner
    start, end, operated = _applied(text, span[0], _close(text, span))
    before, after = text[max(0, start - _REACH) : start], text[end : end + _REACH]
    left, right, blank = _in_formula(before, after) if _in_mathematics(text, start) else _in_text(before, after)
    if blank and not (operated and not _EQUALS.match(after)):
        return inner
    core = text[start : span[0]], text[_close(text, span) : end]
    return _with_words(_put_together(left + core[0], inner, core[1] + right), before, after)


def hidden(text: str, span: Span) -> bool:
    """Whether a box stands where it is not seen, or only measures what is stated ("half of \\boxed{42}")."""
    before = text[max(0, span[0] - _REACH) : span[0]]
    if any(_HIDING.match(command) for command in _enclosing(text, span[0])[1]) or _WHITE.search(before):
        return True
    line = before.rpartition("\n")[2][-_WORDS_REACH:]
    measured = MEASURED_BY.search(line)
    return bool(measured and not _BOUNDS.search(measured.group())) or bool(_STRICT.search(line) and not _TAG.search(line))


def _close(text: str, span: Span) -> int:
    return span[2] + 1 if text[span[1] - 1] == "{" else span[2]


def _enclosing(text: str, at: int) -> tuple[list[tuple[int, int]], list[str]]:
    """The braces that are open at a place, from the inside, as (where the command in front begins, the brace); and the commands' names."""
    found: list[tuple[int, int]] = []
    names: list[str] = []
    depth, floor = 0, max(0, at - 2 * _REACH)
    for index in range(at - 1, floor - 1, -1):
        char = text[index]
        if char not in "{}" or text[index - 1 : index] == "\\":
            continue
        depth += 1 if char == "}" else -1
        if depth < 0:
            depth = 0
            head = _HEAD.search(text, max(0, index - _REACH), index)
            found.append((head.start() if head else index, index))
            names.append((head["command"] or "^") if head else "")
    return found[:_GROUPS], names[:_GROUPS]


def _applied(text: str, start: int, end: int) -> tuple[int, int, bool]:
    """The outermost command around a box that is more than dress, with its arguments; and whether there is one."""
    operated = False
    left, right = start, end
    for (head, _), name in zip(*_enclosing(text, start), strict=True):
        right = _behind_brace(text, right)
        if name in ("boxed", "fbox"):
            break
        if name and name not in _PLAIN_COMMANDS:
            while text[right : right + 1] == "{":
                right = _behind_brace(text, right + 1)
            start, end, operated = min(left, head), right, True
    return start, end, operated


def _behind_brace(text: str, at: int) -> int:
    """Behind the brace that closes the group in which a place stands; the place itself where none does."""
    depth = 0
    for index in range(at, min(len(text), at + 2 * _REACH)):
        if text[index - 1] != "\\":
            depth += (text[index] == "{") - (text[index] == "}")
        if depth < 0:
            return index + 1
    return at


def _in_mathematics(text: str, at: int) -> bool:
    """Whether a place stands between dollars or in a display, as far as its own paragraph tells."""
    paragraph = text[max(0, at - _PARAGRAPH) : at].rpartition("\n\n")[2]
    for opening, closing in (("\\(", "\\)"), ("\\[", "\\]"), ("\\begin{", "\\end{")):
        if paragraph.rfind(opening) > paragraph.rfind(closing):
            return True
    bare = paragraph.replace("\\$", "").split("$$")
    return len(bare) % 2 == 0 or bare[-1].count("$") % 2 == 1


def _in_formula(before: str, after: str) -> tuple[str, str, bool]:
    """What stands on both sides of a box up to the next relation, comma or end of the formula, and whether the box fills a blank."""
    before = _SPACED_MINUS.sub("", before)
    ends = list(_LEFT.finditer(before))
    left = before[ends[-1].end() if ends else 0 :]
    stop = _RIGHT.search(after)
    right = after[: stop.start() if stop else len(after)]
    if _WORD.search(left):
        left = ""
    if _WORD.search(right):
        right = ""
    left, right = _unwrapped(_SPACING.sub(" ", left).strip(), _SPACING.sub(" ", right).strip())
    blank = bool(stop and _EQUALS.match(after, stop.start()))
    if not blank and ends and ends[-1].group() == "=":
        formula = re.split(r"\$|\\[(\[]|\n|[:;]", before[: ends[-1].start()])[-1]
        blank = bool(re.search(r"\d", formula) and not _LETTER.search(formula) and (_CALCULATED.search(left) or _CALCULATED.search(right)))
    return left, right, blank


def _unwrapped(left: str, right: str) -> tuple[str, str]:
    """Without brackets around the box alone, and without one whose partner is beyond a comma."""
    pairs = {"(": ")", "[": "]", "{": "}", "|": "|"}
    while left and right and pairs.get(left[-1]) == right[0] and left[-1] != "|":
        if len(left) > 1 or len(right) > 1:
            return left, right
        left, right = left[:-1].strip().removesuffix("\\").strip(), right[1:].strip()
    if len(left) == 1 and left in "([{" and not right:
        left = ""
    if right.strip("\\") in (")", "]", "}") and not left:
        right = ""
    return left.lstrip("{").lstrip("\\") if left.strip("\\{") == "" else left, right.rstrip("}") if right.count("}") > right.count(
        "{"
    ) else right


def _in_text(before: str, after: str) -> tuple[str, str, bool]:
    line = before.rpartition("\n")[2]
    glued, behind = _GLUED_LEFT.search(line), _GLUED_RIGHT.match(after)
    run = _RUN_LEFT.search(line) if glued and glued.group().strip() not in ("-", "−", "–") else glued
    left, right = (run.group().strip() if run else ""), (behind.group().strip(" $.") if behind else "")
    return left, right, bool(_EQUALS.match(after, behind.end() if behind else 0))


def _put_together(left: str, inner: str, right: str) -> str:
    if not left and not right:
        return inner
    bare = inner.replace(".", "").replace(",", "").isdigit()
    return f"{left}{inner if bare or (not left and right in ('%', chr(92) + '%')) else f'({inner})'}{right}"


def _continued(value: str, rest: str) -> str:
    """A number with what continues it behind its box, or an empty string."""
    if part := _FRACTION.match(rest):
        return f"{value} {part['rest']}"
    if part := _THOUSANDS.match(rest):
        return value + part["rest"]
    if part := _POWER_OF_TEN.match(rest):
        return f"{value} \\times 10^{{{part['power']}}}"
    part = _SCALE.match(rest)
    return f"{value} {_SCALES[part['letter']]}" if part else ""


def _with_words(value: str, before: str, after: str) -> str:
    """The value with a word beside its box that changes it: "minus", "percent", "dozen", a unit."""
    line, rest = before.rpartition("\n")[2], after.split("\n", 1)[0]
    if _MINUS.search(line):
        value = f"-{value}" if value.replace(".", "").isdigit() else f"-({value})"
    if _PERCENT.match(rest):
        return f"{value}\\%"
    if re.fullmatch(r"-?[\d.,]+", value) and (continued := _continued(value, rest)):
        return continued
    scaled = SCALES_AFTER.match(rest)
    if scaled and "box" not in rest[: scaled.end() + _BEHIND_WORD]:
        return f"{value} {rest[scaled.start() : scaled.end() + _BEHIND_WORD].strip(' $*}])')}"
    unit = _UNIT.match(rest)
    name = (unit["set"] or unit["word"]) if unit else ""
    return f"{value} {name}" if name and known(name) and re.search(r"[\d}]$", value) else value
