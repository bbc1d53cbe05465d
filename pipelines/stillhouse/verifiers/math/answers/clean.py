"""One spelling for one thing: Unicode and LaTeX dressing become a small plain vocabulary.

What remains are digits, letters, ASCII operators and a few LaTeX commands that carry meaning (`\\frac`, `\\sqrt`,
`\\pi`, `\\cup`, `\\{`, …). Nothing is evaluated here, and no meaning is dropped: units, bases and brackets stay.
"""

import re
import unicodedata

_SUPER = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ"
_SUB = "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₙ"
_PLAIN_SUPER, _PLAIN_SUB = "0123456789+-=()ni", "0123456789+-=()n"
_CIRCLED = re.compile("[①-⑳](?=[①-⑳])")
_RAISED = re.compile(f"[{_SUPER}]+")
_LOWERED = re.compile(f"[{_SUB}]+")
_UP = str.maketrans(_SUPER, _PLAIN_SUPER)
_DOWN = str.maketrans(_SUB, _PLAIN_SUB)
_SIGNS = str.maketrans(
    {
        **dict.fromkeys("−–‒﹣－", "-"),
        **dict.fromkeys("×·⋅∙∗•✕", "*"),
        **dict.fromkeys("÷⁄∕／", "/"),
        **dict.fromkeys("“”„", '"'),
        **dict.fromkeys("‘’′", "'"),
        **dict.fromkeys(
            "\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\u2061\u2062\u2063\u2064"
            "\u202a\u202b\u202c\u202d\u2066\u2067\u2068\u2069\ufe0e\ufe0f", ""
        ),
        **dict.fromkeys("\u00a0\u2009\u202f\u2002\u2003\u2005\u2006\u2007\u2008\u200a\u3000", " "),
        "√": "\\sqrt ", "π": "\\pi ", "∞": "\\infty ", "≤": "<=", "≥": ">=", "⩽": "<=", "⩾": ">=", "≠": "!=", "∪": "\\cup ",
        "∩": "\\cap ", "∈": "\\in ", "°": "^\\circ ", "±": "\\pm ", "∅": "\\emptyset ", "θ": "\\theta ", "α": "\\alpha ",
        "β": "\\beta ", "γ": "\\gamma ", "λ": "\\lambda ", "μ": "\\mu ", "φ": "\\phi ", "ω": "\\omega ", "≈": "\\approx ",
        "ℝ": "\\mathbb{R}", "∖": "\\setminus ", "⟨": "\\langle ", "⟩": "\\rangle ", "⌊": "\\lfloor ", "⌋": "\\rfloor ", "٫": ".", "٬": ",",
    }
)  # fmt: skip
_GAP = re.compile(
    r"\\q?quad(?=[a-zA-Z]_)|\\(?:left|right|middle|displaystyle|textstyle|limits|nolimits|bigl?|bigr|Bigl?|Bigr|biggl?|biggr|Biggl?|Biggr|quad|qquad|hfill|rm|bf|it|cal|"
    r"boldsymbol|strut|mathstrut|thinspace|enspace|scriptstyle|unit|noindent)(?![a-zA-Z])|(?<!\\)\\[,;!:> ]|~"
)
_DIGIT_GAP = re.compile(r"(?<=\d)(?:\\[,!; ]| ?\{\s*,\s*\}|\\,\s?|,\\!\s?)(?=\d{3}(?!\d))")
_SPACED_DIGITS = re.compile(r"([-+]?\$?\d{1,3}(?: \d{3})+)(\.\d+)?%?")
# A command escaped twice (`\\le`), as JSON in JSON makes it; in a matrix two backslashes end a row.
_TWICE_ESCAPED = re.compile(r"\\\\(?=[a-zA-Z]{2})")
_WRAP = re.compile(
    r"\\(?:text|textbf|textit|textrm|texttt|textsf|textnormal|mathrm|mathbf|mathit|mathsf|mathcal|mathnormal|mbox|hbox|operatorname\*?|bm|"
    r"underline|emph|mathop|ensuremath)\s*\{([^{}]*)\}"
)
_RENAMED = {
    "dfrac": "\\frac", "tfrac": "\\frac", "cfrac": "\\frac", "dbinom": "\\binom", "tbinom": "\\binom", "le": "<=", "leq": "<=", "leqslant": "<=",
    "ge": ">=", "geq": ">=", "geqslant": ">=", "lt": "<", "gt": ">", "ne": "!=", "neq": "!=", "cdot": "*", "times": "*", "ast": "*", "div": "/",
    "lbrace": "\\{", "rbrace": "\\}", "lbrack": "[", "rbrack": "]", "lvert": "|", "rvert": "|", "vert": "|", "mid": "|", "degree": "^\\circ ",
    "degrees": "^\\circ ", "varnothing": "\\emptyset ", "infin": "\\infty ", "colon": ":", "lparen": "(", "rparen": ")", "pounds": "£", "euro": "€",
    "varphi": "\\phi ", "varepsilon": "\\epsilon ", "vartheta": "\\theta ", "imath": "i", "land": ",", "lor": ",", "wedge": ",", "vee": ",",
    "simeq": "\\approx ", "thickapprox": "\\approx ", "cr": "\\\\", "dots": "...", "ldots": "...", "cdots": "...", "iff": "\\Rightarrow ",
    "implies": "\\Rightarrow ", "backslash": "\\setminus ", "prime": "'", "cupdot": "\\cup ", "sqcup": "\\cup ",
}  # fmt: skip
# A colour that is seen: `\color{blue}`, and the argument of `\textcolor{red}`.
_COLOUR = re.compile(r"\\(?:text)?color\s*(?:\[[^\]]*\])?\{(?!\s*(?:white|transparent|#?[fF]{3}))[^{}]*\}")
_COMMAND = re.compile(r"\\([a-zA-Z]+)")
_STOP_BEFORE_BRACKET = re.compile(r"(?<=[\d})])\.(?=\s*[\])])")
_ESCAPED = re.compile(r"\\([%#&_])")
_RAISED_ORDINAL = re.compile(r"(?<=\d)\s*\^\s*\{\s*(st|nd|rd|th)\s*\}")
_FOR_ALL_IN = re.compile(r"\bfor (?:all|any|every|each)\s+[a-zA-Z]\s*\\in\s*\\mathbb\s*\{?\s*[A-Z]\s*\}?")
_MARKDOWN = re.compile(r"^(?:\*\*|__+|`+|\"|')+|(?:\*\*|__+|`+|\"|')+$")
# Commands whose backslash was read as a string's escape: a form feed and "rac", a tab and "ext".
_LOST = re.compile(r"\x0c(?=rac)|\x08(?=inom|oxed|ar\b|egin)|\t(?=ext|imes|heta|frac|an\b|riangle)|\r(?=ight)")
_LOST_LETTER = {"\x0c": "\\f", "\x08": "\\b", "\t": "\\t", "\r": "\\r"}
# "for all positive integers n" behind an answer restricts nothing that is compared.
_FOR_ALL = re.compile(
    r"[\s,]*(?:\\(?:text|mathrm|textrm)\s*\{)?\s*(?:\bfor (?:all|any|every|each)\b|\\forall)(?P<whom>[A-Za-z\s\\{}$()^+*,]*)$"
)
# What a letter may be, behind an answer: "k \\in \\mathbb{Z}", "where n is an integer", "for some integer t".
_PARAMETER = re.compile(
    r"(?<=\S)(?:\s*[,;(]\s*|\s+)(?:(?:where|with|for|and)\s+)?(?:"
    r"(?:some|all|any|every|each)\s+(?:integers?|(?:real\s+)?constants?)\s+[a-zA-Z]"
    r"|(?<=[,;(\s])[a-zA-Z]\s*(?:\\in\s*(?:\\mathbb\s*\{?\s*Z\s*\}?|Z)|(?:is|being)\s+(?:an?|any)\s+(?:arbitrary\s+|any\s+)?(?:integer|(?:real\s+)?constant)))"
    r"\s*\)?\s*$"
)
_PARAMETER_ENDS = ("Z", "Z}", "Z)", "Z})", "constant", "integer", "constant)", "integer)")
_DOLLAR = re.compile(r"(?<!\\)\$")
_MATH_MODE = re.compile(r"\\[()]|\\\[(?!\d+(?:pt|em|ex|cm)\])|(?<!\\)\\\]")
_GLUED_OR = re.compile(r"(?<=[)\d])(or|and)(?=[(\dA-Z])")
_SPACES = re.compile(r"\s+")
_CIRC = re.compile(r"\^\s*(?:\{\s*\\circ\s*\}|\\circ(?![a-zA-Z]))")


def clean(text: str) -> str:
    """The answer in the plain vocabulary, with its outer marks (math mode, bold, quotes, a final stop) gone."""
    if not text.isascii():
        text = _fold_unicode(text)
    if not text.isprintable():
        text = _LOST.sub(lambda m: _LOST_LETTER[m.group()], text)
    text = _MARKDOWN.sub("", text.strip().replace('\\"', '"'))
    if "for" in text:
        text = _FOR_ALL.sub("", text)
    text = _dollars(text)
    if "\\" in text or "~" in text or "{," in text:
        text = _fold_latex(text)
    text = _GLUED_OR.sub(r" \1 ", text)
    text = _trim(_SPACES.sub(" ", text).strip())
    if text.endswith(_PARAMETER_ENDS) or " integer" in text:
        text = _trim(_PARAMETER.sub("", text))
    return text.replace(" ", "") if _SPACED_DIGITS.fullmatch(text) else text


def _fold_unicode(text: str) -> str:
    text = _CIRCLED.sub(r"\g<0>,", text)
    text = _RAISED.sub(lambda m: "^{" + m.group().translate(_UP) + "}", text)
    text = _LOWERED.sub(lambda m: "_{" + m.group().translate(_DOWN) + "}", text)
    text = "".join(_fraction(c) for c in text).translate(_SIGNS)
    return "".join(_digit(c) for c in unicodedata.normalize("NFKC", text)).translate(_SIGNS)


def _fraction(char: str) -> str:
    if not unicodedata.decomposition(char).startswith("<fraction>"):
        return char
    top, _, bottom = unicodedata.normalize("NFKC", char).partition("⁄")
    return f"\\frac{{{top}}}{{{bottom}}}" if bottom else char


def _digit(char: str) -> str:
    return char if char.isascii() else str(unicodedata.decimal(char, char))


def _dollars(text: str) -> str:
    """Math-mode dollars go; one that stands alone before a number is money and stays."""
    if "$" not in text:
        return text
    if len(_DOLLAR.findall(text)) % 2 == 0:
        text = _DOLLAR.sub(" ", text)
    return text.replace("\\$", "$")


def _fold_latex(text: str) -> str:
    if "\\begin" not in text:
        text = _TWICE_ESCAPED.sub(r"\\", text)
    text = _COLOUR.sub(" ", text) if "color" in text else text
    text = _DIGIT_GAP.sub("", text)
    text = _MATH_MODE.sub(" ", text)
    text = _GAP.sub(" ", text)
    for _ in range(3):
        text, changed = _WRAP.subn(r" \1 ", text)
        if not changed:
            break
    text = _ESCAPED.sub(r"\1", text)
    text = _RAISED_ORDINAL.sub(r"\1", text)
    text = _FOR_ALL_IN.sub(" ", text)
    text = _STOP_BEFORE_BRACKET.sub("", text)
    text = _COMMAND.sub(lambda m: _RENAMED.get(m.group(1), m.group()), text)
    return _CIRC.sub(" \\\\circ ", text)


def _trim(text: str) -> str:
    previous = None
    while previous != text:
        previous = text
        text = text.strip().rstrip(".,;:").removesuffix("\\\\").strip()
        if text.startswith("{") and text.endswith("}") and _closes_at_end(text):
            text = text[1:-1]
        while text.startswith("((") and text.endswith("))") and _closes_at_end(text) and _closes_at_end(text[1:-1]):
            text = text[1:-1]
    return text


def _closes_at_end(text: str) -> bool:
    depth = 0
    for at, char in enumerate(text):
        depth += (char in "{(") - (char in "})")
        if depth == 0:
            return at == len(text) - 1
    return False
