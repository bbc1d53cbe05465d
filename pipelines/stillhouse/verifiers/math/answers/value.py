"""What an answer is: a number with a unit, an expression, a list, a set, an interval, a matrix, a relation, or words.

`read_value` decides by brackets and separators at the top level, and reads the parts with `expression.read`.
Raises Unreadable for mathematics beyond the grammar. Words are words: they are never multiplied out as symbols.
"""

import re
from itertools import product

from stillhouse.verifiers.math.answers.evaluate import TooBig, Undefined, exact
from stillhouse.verifiers.math.answers.expression import FUNCTIONS, GREEK, Unreadable, read
from stillhouse.verifiers.math.answers.kinds import FLIPPED, Based, Difference, Group, Matrix, Quantity, Relation, Union, Value, Words
from stillhouse.verifiers.math.answers.numerals import numeral
from stillhouse.verifiers.math.answers.quantity import read_quantity

_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?")
_BASED = re.compile(
    r"(?:\(\s*)?(-?[0-9A-Fa-f]+(?:\.[0-9A-Fa-f]+)?)(?:\s*\))?\s*_\s*(?:\{\s*(\w+)\s*\}|(\d+|b|two|three|four|five|six|seven|eight|nine|ten))"
)
_BASES = {word: n for n, word in enumerate("zero one two three four five six seven eight nine ten eleven twelve".split())}  # noqa: SIM905
_MATRIX = re.compile(r"\\begin\s*\{\s*([pbvBV]?matrix|array)\s*\}(?:\s*\{[lcr| ]*\})?(.*)\\end\s*\{\s*\1\s*\}", re.DOTALL)
_BRACKETED_ARRAY = re.compile(r"[\[(]\s*(\\begin\s*\{\s*array\s*\}.*\\end\s*\{\s*array\s*\})\s*[\])]", re.DOTALL)
_WORD = re.compile(r"\\?[A-Za-z]+")
_NO_SOLUTION = re.compile(r"(?:there (?:is|are) |(?:this )?(?:equation|system|inequality) has )?no solutions?(?: exists?)?")
_ARTICLES = re.compile(r"\b(?:the|a|an)\b")
_NAMED = re.compile(
    rf"^(?:[A-Za-z]|\\(?:{'|'.join(sorted(GREEK))}|angle|triangle)(?![a-z])\s*[A-Z]{{0,3}})(?:_\{{?\w+\}}?)?'*"
    r"(?:\s*\(\s*(?:[A-Za-z]|\d+)(?:\s*,\s*(?:[A-Za-z]|\d+))*\s*\))?$"
    r"|^[A-Za-z]\^\{?-1\}?\s*\(\s*(?:[A-Za-z]|\d+)\s*\)$"
    r"|^(?:[A-Za-z]{2,}[ :]+)*[A-Za-z]{2,}[ :]*$|^\|?[A-Z]{2,3}\|?$|^P\(.*\)$"
    r"|^[A-Z](?:_\{?\w+\}?)?\s*:\s*[A-Z](?:_\{?\w+\}?)?$"
    # Several unknowns at once, and what geometry names: (p, q), AB/CD, \frac{NO}{BO}.
    r"|^\(\s*[A-Za-z]\(\s*[A-Za-z]\s*\)(?:\s*,\s*[A-Za-z]\(\s*[A-Za-z]\s*\))+\s*\)$"
    r"|^\(\s*[A-Za-z](?:_\{?\w+\}?)?(?:\s*,\s*[A-Za-z](?:_\{?\w+\}?)?)+\s*\)$|^\\frac\s*\{\s*[A-Z]{2}\s*\}\s*\{\s*[A-Z]{2}\s*\}$|^[A-Z]{2}\s*/\s*[A-Z]{2}$"
)
_RELATION = re.compile(r"(<=|>=|!=|=|<|>|\\approx(?![a-zA-Z])|\\in(?![a-zA-Z]))")
_PAIRS = {"(": ")", "[": "]", "\\{": "\\}", "\\langle": "\\rangle"}
MAX_ITEMS = 60
DIFFERENT = "a chain of different numbers"


def words(text: str) -> str:
    """Text for comparison as words."""
    text = re.sub(r"\\[a-zA-Z]+|[{}$\\\"'`*()]", " ", text).casefold()
    text = _ARTICLES.sub(" ", re.sub(r"(?<=[a-z])\.(?=\s|$|[a-z]\b)", "", text))
    return " ".join(re.sub(r"[.,;!?_\-]+", " ", text).split())


def read_value(text: str, depth: int = 0) -> Value:
    """The value of a cleaned text. Raises Unreadable."""
    text = text.strip()
    if not text or depth > 4:
        raise Unreadable("empty" if not text else "nested too deeply")
    for reader in (
        _matrix,
        _based,
        _reals,
        _whole_words,
        _difference,
        _set_builder,
        _or_relation,
        _union,
        _labelled,
        _bare_list,
        _bracketed,
    ):
        value = reader(text, depth)
        if value is not None:
            return value
    return read_quantity(text)


_FIGURE = re.compile(r"\\(overline|overrightarrow|angle|triangle|widehat)\s*\{?\s*([A-Z]{1,4})\s*\}?")
_REALS = re.compile(r"\\(?:mathbb|mathbf|bf)\s*\{?\s*R\s*\}?|R")
_BUILDER = re.compile(r"\\\{\s*\(?[A-Za-z](?:\s*\\in\s*(?:\\mathbb\s*\{?\s*R\s*\}?|R))?\)?\s*[|:]\s*(?P<condition>.+)\\\}", re.DOTALL)
_PART_LABEL = re.compile(r"(?P<name>[A-Z][A-Za-z]*(?:\s+[A-Za-z\d]+){0,3})\s*:\s*(?P<value>[^:]+)", re.DOTALL)
_NEXT_LABEL = re.compile(r"\s*(?:,|;|\sand\b)\s*(?:and\s+)?(?=[A-Z][A-Za-z]*(?:\s+[A-Za-z\d]+){0,3}\s*:)")


def _reals(text: str, depth: int) -> Value | None:
    return Words("R") if _REALS.fullmatch(text) and len(text) > 1 else None


def _set_builder(text: str, depth: int) -> Value | None:
    """`\\{x | x < 3\\}`: the set of its condition."""
    match = _BUILDER.fullmatch(text)
    return read_value(match["condition"], depth + 1) if match else None


def _labelled(text: str, depth: int) -> Value | None:
    """`Paolo: 18, Qing: 14`: named parts."""
    if ":" not in text:
        return None
    parts = [_PART_LABEL.fullmatch(part.strip()) for part in _NEXT_LABEL.split(text)]
    if not 2 <= len(parts) <= MAX_ITEMS or not all(parts):
        return None
    return Group("", "", tuple(_named_part(part["name"], part["value"], depth) for part in parts if part))


def _named_part(name: str, value: str, depth: int) -> Value:
    return Relation("=", Words(words(name)), read_value(value, depth + 1), words(name))


def _difference(text: str, depth: int) -> Value | None:
    """A set without another: with a set minus, or a minus between two sets in brackets."""
    parts = split_top(text, _SET_MINUS)
    if len(parts) != 3:
        return None
    left, right = read_value(parts[0], depth + 1), read_value(parts[2], depth + 1)
    return Difference(left, right)


def _figure(text: str, depth: int) -> Value | None:
    """`\\overline{CD}`, `\\angle ABC`: a figure's name."""
    match = _FIGURE.fullmatch(text)
    return Words(f"{match.group(1)} {match.group(2)}") if match else None


def _whole_words(text: str, depth: int) -> Value | None:
    """Words where nothing mathematical is left: no digit, no operator, at least one word of two letters."""
    if text in ("\\emptyset", "\\{ \\}", "\\{\\}"):
        return Words("empty set")
    if re.search(r"[\d=<>+/^|]|\\(?!text)", text) or (text.startswith(("(", "[")) and "," in text):
        return None
    found = _WORD.findall(text)
    if not any(len(w) >= 2 and w not in FUNCTIONS and w not in GREEK and w != "pi" for w in found):
        return None
    if len(found) > 1 and all(len(w) == 1 or w in ("and", "or") for w in found) and "*" in text:
        return None
    folded = words(text)
    number = numeral(folded)
    if number is not None:
        return Quantity(read(str(number)))
    return Words("empty set" if _NO_SOLUTION.fullmatch(folded) else folded)


def _based(text: str, depth: int) -> Value | None:
    match = _BASED.fullmatch(text)
    if not match or not any(c.isdigit() for c in match.group(1)) or (text[0].isalpha() and len(match.group(1)) == 1):
        return None
    base = match.group(2) or match.group(3)
    number = _BASES.get(base.lower(), int(base) if base.isdigit() else 0)
    return Based(match.group(1).upper().lstrip("0") or "0", number) if number or base == "b" else None


def _matrix(text: str, depth: int) -> Value | None:
    bracketed = _BRACKETED_ARRAY.fullmatch(text)
    match = _MATRIX.fullmatch(bracketed.group(1) if bracketed else text)
    if not match:
        return None
    if match.group(1) in ("vmatrix", "Vmatrix"):
        raise Unreadable("a determinant")
    lines = [line for line in re.split(r"\\\\(?:\s*\[[^\]]*\])?", match.group(2).replace("\\hline", " ")) if line.strip()]
    return Matrix(tuple(tuple(read_value(cell, depth + 1) for cell in line.split("&")) for line in lines))


def split_top(text: str, separators: re.Pattern[str]) -> list[str]:
    """Splits at separators outside every bracket; the separators stand between the parts."""
    parts, start, at, level = [], 0, 0, 0
    while at < len(text):
        char = text[at]
        if text.startswith(("\\{", "\\langle"), at):
            level += 1
            at += 2
            continue
        if text.startswith(("\\}", "\\rangle"), at):
            level -= 1
            at += 2
            continue
        level += (char in "([{") - (char in ")]}")
        match = separators.match(text, at) if level == 0 else None
        if match and match.end() > at:
            parts += [text[start:at], match.group()]
            start = at = match.end()
            continue
        at += 1
    return [*parts, text[start:]]


def _or_relation(text: str, depth: int) -> Value | None:
    parts = split_top(text, _RELATION)
    if len(parts) == 1:
        return None
    if len(parts) > 9:
        raise Unreadable("a long chain")
    if _LIST_MARK.search(text):
        several = _bare_list(text, depth)
        if several is not None:
            return several
    if "=" in parts and set(parts[1::2]) <= {"=", "\\approx"}:
        return _equation([p.strip() for p in parts], depth)
    if parts[1] == "\\in" and len(parts) == 3:
        return read_value(parts[2], depth + 1)
    if parts[1] == "\\approx":
        return read_value(parts[2], depth + 1) if _NAMED.match(parts[0].strip()) else _about(read_value(parts[0], depth + 1))
    return _inequality([p.strip() for p in parts], depth)


def _equation(parts: list[str], depth: int) -> Value:
    """`x = 5`, `x = 2+3 = 5`, `Total = 18`; a chain of equal constants is its last side."""
    sides = parts[0::2]
    if parts[-2] == "\\approx" and len(sides) > 2:
        sides = sides[:-1]
    if not sides[0] or not sides[-1]:
        raise Unreadable("half an equation")
    last = read_value(sides[-1], depth + 1)
    _checked_chain(sides[1:], depth)
    if _NAMED.match(sides[0]):
        name = re.sub(r"[\s\\{}]", "", sides[0])
        return _several_names(name, last) or Relation("=", Words(name), last, name if len(name) <= 12 else "")
    first = read_value(sides[0], depth + 1)
    return Relation("=", first, last)


def _about(value: Value) -> Value:
    return Quantity(value.tree, value.unit, value.percent, about=True) if isinstance(value, Quantity) else value


def _checked_chain(sides: list[str], depth: int) -> None:
    """`x = 7 = 3` is no chain: sides without letters must be equal."""
    values = [side for side in sides if re.fullmatch(r"-?\s*[\d,]*\.?\d+", side)]
    numbers = {read_quantity(side).tree[-2] if side[0] != "-" else side for side in values}
    if len(numbers) > 1 and sides[-1] in values and sides[-2] in values:
        raise Unreadable(DIFFERENT)


def _several_names(name: str, last: Value) -> Value | None:
    """`(f(n), g(n)) = (n, 1)` is f(n) = n and g(n) = 1."""
    match = re.fullmatch(r"\((\w\(\w\)(?:,\w\(\w\))+)\)", name)
    if not match or not isinstance(last, Group) or len(last.items) != match.group(1).count(",") + 1:
        return None
    names = match.group(1).split(",")
    return Group("", "", tuple(Relation("=", Words(n), item, n) for n, item in zip(names, last.items, strict=True)))


def _inequality(parts: list[str], depth: int) -> Value:
    """An interval where one variable is bounded by constants; otherwise the relation itself."""
    ops, sides = parts[1::2], parts[0::2]
    if len(ops) == 2 and _NAMED.match(sides[1]) and {ops[0][0], ops[1][0]} in ({"<"}, {">"}):
        low, high = read_value(sides[0], depth + 1), read_value(sides[2], depth + 1)
        closed = ["=" in op for op in ops]
        if ops[0][0] == ">":
            low, high, closed = high, low, closed[::-1]
        return Group("[" if closed[0] else "(", "]" if closed[1] else ")", (low, high))
    if len(ops) > 1:
        return _long_chain(ops, sides, depth)
    return _half_line(ops[0], sides[0], sides[1], depth)


def _long_chain(ops: list[str], sides: list[str], depth: int) -> Value:
    """`1 <= |z| <= 2`, `b < a < d`: the chain's rest is the right side."""
    if {op[0] for op in ops} not in ({"<"}, {">"}):
        raise Unreadable("a chain of relations")
    value = read_value(sides[-1], depth + 1)
    for op, side in zip(reversed(ops), reversed(sides[:-1]), strict=True):
        value = Relation(op, read_value(side, depth + 1), value)
    return value


def _half_line(op: str, left: str, right: str, depth: int) -> Value:
    if left[:1] == "-" and _NAMED.match(left[1:].strip()):
        left, right, op = left[1:].strip(), f"-({right})", FLIPPED[op]
    if _NAMED.match(right) and not _NAMED.match(left):
        left, right, op = right, left, FLIPPED[op]
    if op == "!=" or not _NAMED.match(left):
        return Relation(op, read_value(left, depth + 1), read_value(right, depth + 1))
    bound = read_value(right, depth + 1)
    infinite: Value = Quantity(("const", "infty") if op[0] == ">" else ("neg", ("const", "infty")))
    if op[0] == ">":
        return Group("[" if "=" in op else "(", ")", (bound, infinite))
    return Group("(", "]" if "=" in op else ")", (infinite, bound))


_SET_MINUS = re.compile(r"\\setminus(?![a-zA-Z])|(?<=\})\s*-\s*(?=\\\{)")
_CUP = re.compile(r"\\cup(?![a-zA-Z])")
_OR = re.compile(r"\s(?:or)\s")


def _union(text: str, depth: int) -> Value | None:
    parts = split_top(text, _CUP)
    return Union(tuple(read_value(p, depth + 1) for p in parts[0::2])) if len(parts) > 1 else None


_COMMA = re.compile(
    r"(?<!\d),\s*(?:(?:and|or)\b)?\s*|,(?!\d{3}(?!\d))\s*(?:(?:and|or)\b)?\s*|,\s+(?:(?:and|or)\b)?\s*|;\s*(?:(?:and|or)\b)?|\s(?:and|or)\b\s*"
)
# Pairs joined by "or" are points, unless a bracket, a bound or an infinite end shows intervals.
_SET_LIKE = re.compile(r"[\[\]<>]|\\infty|\\in\b")
_SEMICOLON = re.compile(r";")
_ANY_COMMA = re.compile(r",\s*(?:(?:and|or)\b)?\s*|;\s*|\s(?:and|or)\b\s*")
_LIST_MARK = re.compile(r"[,;]|\s(?:and|or)\b")


def _bare_list(text: str, depth: int) -> Value | None:
    if not _LIST_MARK.search(text) or _THOUSANDS.fullmatch(text):
        return _plus_minus(text, depth)
    alternatives = [p.strip() for p in split_top(text, _SEMICOLON)[0::2]]
    if len(alternatives) > 1 and all("=" in p and "," in p for p in alternatives):
        return Group("", "", tuple(_as_tuple(read_value(p, depth + 1)) for p in alternatives))
    parts = [p.strip() for p in split_top(text, _COMMA)[0::2]]
    if len(parts) == 1:
        return _plus_minus(text, depth)
    if len(parts) > MAX_ITEMS:
        raise Unreadable("a long list")
    items = [read_value(p, depth + 1) for p in parts if p]
    if " and " in text and " or " not in text and (both := _both(parts, items)) is not None:
        return both
    if (
        " or " in text
        and all(isinstance(i, Group) and i.left in ("(", "[") and len(i.items) == 2 for i in items)
        and _SET_LIKE.search(text)
    ):
        return Union(tuple(items))
    return Group("", "", tuple(_flat(items)))


def _both(parts: list[str], items: list[Value]) -> Value | None:
    """`x > 1 and x < 3` bounds one letter on both sides: an interval. None for anything else, as for bounds that leave nothing between."""
    names = [set(re.findall(r"(?<![\\A-Za-z])[A-Za-z](?![A-Za-z])", part)) for part in parts]
    if len(items) != 2 or names[0] != names[1] or len(names[0]) != 1 or not all(re.search("[<>]", part) for part in parts):
        return None
    lines = [item for item in items if isinstance(item, Group) and item.right and len(item.items) == 2]
    above = [line for line in lines if line.items[1] == Quantity(("const", "infty"))]
    below = [line for line in lines if line.items[0] == Quantity(("neg", ("const", "infty")))]
    if len(above) != 1 or len(below) != 1 or not _before(above[0].items[0], below[0].items[1]):
        return None
    return Group(above[0].left, below[0].right, (above[0].items[0], below[0].items[1]))


def _before(low: Value, high: Value) -> bool:
    """Whether one rational number is smaller than another."""
    try:
        ends = [exact(end.tree) if isinstance(end, Quantity) else None for end in (low, high)]
    except (TooBig, Undefined):
        return False
    return ends[0] is not None and ends[1] is not None and ends[0] < ends[1]


def _as_tuple(value: Value) -> Value:
    """`p=5, q=2` as one of several solutions."""
    return Group("(", ")", value.items) if isinstance(value, Group) and value.left == "" else value


def _flat(items: list[Value]) -> list[Value]:
    out: list[Value] = []
    for item in items:
        inner = item.rhs if isinstance(item, Relation) and item.name and isinstance(item.rhs, Group) else item
        out += inner.items if isinstance(inner, Group) and inner.left == "" else (item,)
    return out


def _plus_minus(text: str, depth: int) -> Value | None:
    """`\\pm` stands for two values; each sign is taken in the whole text at once."""
    if "\\pm" not in text or split_top(text, _RELATION)[1:]:
        return None
    if text[0] == "(" and text[-1] == ")" and "," in text and _balanced(text[1:-1]):
        return _signed_tuples(text[1:-1], depth)
    if text.startswith(("\\{", "[")) and _balanced(text[2:-2]):
        return None
    up, down = text.replace("\\pm", "+"), text.replace("\\pm", "-")
    return Group("", "", (read_value(up, depth + 1), read_value(down, depth + 1)))


def _signed_tuples(inner: str, depth: int) -> Value:
    """`(\\pm 2, \\pm 3)`: every choice of signs is a tuple."""
    parts = [part.strip() for part in split_top(inner, _ANY_COMMA)[0::2]]
    choices = [(part.replace("\\pm", "+"), part.replace("\\pm", "-")) if "\\pm" in part else (part,) for part in parts]
    if sum(len(choice) - 1 for choice in choices) > 5:
        raise Unreadable("too many signs")
    tuples = [Group("(", ")", tuple(read_value(part, depth + 1) for part in chosen)) for chosen in product(*choices)]
    return Group("", "", tuple(tuples))


def _bracketed(text: str, depth: int) -> Value | None:
    for opening, closing in _PAIRS.items():
        if text.startswith(opening):
            return _inside(text, opening, closing, depth)
    return _inside(text, "]", "[", depth) if text.startswith("]") and text.endswith("[") else None


def _inside(text: str, opening: str, closing: str, depth: int) -> Value | None:
    ends = [closing] if opening not in ("(", "[") else [")", "]"]
    end = next((e for e in ends if text.endswith(e)), None)
    inner = text[len(opening) : -len(end)] if end else ""
    if end is None or not _balanced(inner):
        return None
    # A comma without a space that cannot group digits shows that none here does: (1,7,103, 105).
    comma = _COMMA if re.search(r",\s", inner) and not re.search(r",(?=\S)(?!\d{3}(?!\d))", inner) else _ANY_COMMA
    parts = [p.strip() for p in split_top(inner, comma)[0::2] if p.strip()]
    if len(parts) > MAX_ITEMS:
        raise Unreadable("a long list")
    if len(parts) == 1 and opening != "\\{":
        return read_value(inner, depth + 1) if opening == "(" and end == ")" and not _is_expression(inner) else None
    if not parts:
        return Words("empty set")
    left = {"\\langle": "("}.get(opening, opening).lstrip("\\")
    right = {"\\rangle": ")"}.get(end, end).lstrip("\\")
    items = [read_value(p, depth + 1) for p in parts]
    return Group(left, right, tuple(_flat(items) if left == "{" else items))


def _is_expression(text: str) -> bool:
    try:
        read(text)
    except Unreadable:
        return False
    return True


def _balanced(text: str) -> bool:
    level = 0
    for char in text.replace("\\langle", "(").replace("\\rangle", ")"):
        level += (char in "([{") - (char in ")]}")
        if level < 0:
            return False
    return level == 0
