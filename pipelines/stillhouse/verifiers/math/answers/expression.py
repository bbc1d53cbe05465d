"""A small recursive-descent reader for the expressions that stand in answers.

`read("\\\\frac{1}{2}x^2")` gives a tree of tuples: ("num", Fraction, places), ("sym", name), ("const", name), ("neg", a),
("add", a, b), ("mul", a, b), ("div", a, b), ("pow", a, b), ("fn", name, a), ("root", n, a), ("fact", a), ("binom", a, b).
It never evaluates, and raises Unreadable for whatever it does not know (integrals, sums, limits, prose):
those are another reader's business. Depth and length are bounded.
"""

import re
from fractions import Fraction
from typing import Any

Node = tuple[Any, ...]
MAX_CHARS, MAX_DEPTH, MAX_DIGITS = 2_000, 40, 1_000

_FUNCTIONS = """sin cos tan cot sec csc arcsin arccos arctan arccot arcsec arccsc sinh cosh tanh log ln lg exp sqrt abs asin acos atan"""
_GREEK = """alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi rho sigma tau upsilon phi chi psi omega
Gamma Delta Theta Lambda Xi Sigma Phi Psi Omega ell"""
FUNCTIONS = frozenset(_FUNCTIONS.split())
GREEK = frozenset(_GREEK.split())
_TOKEN = re.compile(
    r"\s*(?:"
    r"(?P<rep>\d*\.\d*\\(?:overline|bar|dot)\s*\{\s*\d+\s*\}|\d*\.\d*\(\d+\))"
    r"|(?P<sci>(?:\d+\.?\d*|\.\d+)[eE][-+]?\d+(?![\d.a-zA-Z]))"
    r"|(?P<num>[1-9]\d{0,2}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"|(?P<cmd>\\[a-zA-Z]+|\\[{}|])"
    r"|(?P<word>[A-Za-z]+)"
    r"|(?P<op>\*\*|[-+*/^_(){}\[\]!|%'])"
    r")"
)
_CLOSING = {"(": ")", "[": "]", "{": "}", "\\{": "\\}", "\\lfloor": "\\rfloor", "\\lceil": "\\rceil", "\\langle": "\\rangle"}
_REPEATING = re.compile(r"(\d*)\.(\d*)(?:\\[a-z]+\s*\{\s*(\d+)\s*\}|\((\d+)\))")


class Unreadable(Exception):
    """The text is not an expression of this grammar; the message says where it stops to be one."""


def read(text: str) -> Node:
    """The tree of a cleaned text. Raises Unreadable."""
    if len(text) > MAX_CHARS:
        raise Unreadable("too long")
    reader = _Reader(_tokens(text))
    tree = reader.sum()
    if reader.at < len(reader.tokens):
        raise Unreadable(f"unexpected {reader.tokens[reader.at][1]!r}")
    return tree


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise Unreadable(f"unexpected {text[at : at + 10]!r}")
        kind = str(match.lastgroup)
        value = match.group(kind)
        if kind == "word" and value not in FUNCTIONS and value not in ("pi",):
            found += _letters(value)
        else:
            found.append((kind, value))
        at = match.end()
    return found


def _letters(word: str) -> list[tuple[str, str]]:
    """A run of letters: a function's name glued to its argument, or a product of one-letter symbols."""
    for name in ("sqrt", "pi"):
        if word.startswith(name) and len(word) - len(name) <= 2:
            return [("word", name), *(("word", c) for c in word[len(name) :])]
    if len(word) > 3:
        raise Unreadable(f"a word: {word[:20]!r}")
    return [("word", c) for c in word]


class _Reader:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens, self.at, self.depth = tokens, 0, 0
        self.bars = 0

    def peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def kind(self) -> str:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        if self.at >= len(self.tokens):
            raise Unreadable("ends too early")
        self.at += 1
        return self.tokens[self.at - 1][1]

    def expect(self, value: str) -> None:
        if self.peek() != value:
            raise Unreadable(f"{value!r} is missing")
        self.at += 1

    def sum(self) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Unreadable("nested too deeply")
        tree = self.signed()
        while self.peek() in ("+", "-"):
            sign = self.take()
            right = self.product()
            tree = ("add", tree, right if sign == "+" else ("neg", right))
        self.depth -= 1
        return tree

    def signed(self) -> Node:
        negative = False
        while self.peek() in ("+", "-"):
            negative ^= self.take() == "-"
        tree = self.product()
        return ("neg", tree) if negative else tree

    def product(self) -> Node:
        tree = self.mixed()
        while True:
            if self.peek() in ("*", "/"):
                sign = self.take()
                right = self.signed_factor()
                tree = ("mul", tree, right) if sign == "*" else ("div", tree, right)
            elif self._starts_factor():
                tree = ("mul", tree, self.power())
            else:
                return tree

    def signed_factor(self) -> Node:
        if self.peek() in ("+", "-"):
            sign = self.take()
            return ("neg", self.power()) if sign == "-" else self.power()
        return self.power()

    def mixed(self) -> Node:
        """`1\\frac{1}{2}` and `1 1/2` are mixed numbers, not products."""
        if self.kind() == "num" and self.peek().isdigit() and self.at + 1 < len(self.tokens):
            whole = Fraction(int(self.peek()[:MAX_DIGITS]))
            if self.tokens[self.at + 1][1] == "\\frac":
                return self._mixed_latex(whole)
            ahead = [t[1] for t in self.tokens[self.at + 1 : self.at + 4]]
            if len(ahead) == 3 and ahead[1] == "/" and ahead[0].isdigit() and ahead[2].isdigit() and int(ahead[2]) > int(ahead[0]):
                self.at += 4
                return ("num", whole + Fraction(int(ahead[0]), int(ahead[2])), -1)
        return self.power()

    def _mixed_latex(self, whole: Fraction) -> Node:
        start = self.at
        self.at += 1
        part = self.power()
        if part[0] == "div" and part[1][0] == "num" and part[2][0] == "num" and 0 < part[1][1] < part[2][1]:
            return ("num", whole + part[1][1] / part[2][1], -1)
        self.at = start
        return self.power()

    def power(self) -> Node:
        tree = self.postfix(self.atom())
        if self.peek() in ("^", "**"):
            self.take()
            return ("pow", tree, self.argument())
        return tree

    def postfix(self, tree: Node) -> Node:
        while True:
            if self.peek() == "!":
                self.take()
                tree = ("fact", tree)
            elif self.peek() == "%":
                self.take()
                tree = ("div", tree, ("num", Fraction(100), -1))
            else:
                return tree

    def argument(self) -> Node:
        """What follows `^`: a group, a signed atom, or one token."""
        if self.peek() in ("+", "-"):
            return self.signed_factor()
        if self.kind() == "num":
            return self.power()
        tree = self.atom()
        if self.peek() in ("^", "**"):
            self.take()
            return ("pow", tree, self.argument())
        return tree

    def _starts_factor(self) -> bool:
        kind, value = self.kind(), self.peek()
        if kind in ("num", "rep", "word"):
            return True
        if kind == "cmd":
            return value not in ("\\}", "\\rfloor", "\\rceil", "\\rangle", "\\|")
        return value in ("(", "[", "{") or (value == "|" and not self.bars)

    def atom(self) -> Node:
        kind, value = self.kind(), self.take()
        if kind in ("num", "rep", "sci"):
            return number(value)
        if kind == "word":
            return self.name(value)
        if value == "|":
            return self._bars()
        if value in _CLOSING:
            tree = self.sum()
            self.expect(_CLOSING[value])
            return ("fn", value[2:], tree) if value in ("\\lfloor", "\\lceil") else tree
        if kind == "cmd":
            return self.command(value[1:])
        raise Unreadable(f"unexpected {value!r}")

    def _bars(self) -> Node:
        self.bars += 1
        tree = self.sum()
        self.bars -= 1
        self.expect("|")
        return ("fn", "abs", tree)

    def name(self, word: str) -> Node:
        if word in FUNCTIONS:
            return self.function(word)
        if word == "pi":
            return ("const", "pi")
        if word in ("e", "i"):
            return ("const", word)
        return ("sym", word + self.subscript())

    def subscript(self) -> str:
        if self.peek() != "_":
            return ""
        self.take()
        if self.peek() != "{":
            return "_" + self.take()
        parts = []
        self.take()
        while self.peek() != "}":
            parts.append(self.take())
        self.take()
        return "_" + "".join(parts)

    def command(self, name: str) -> Node:
        if name == "frac":
            return ("div", self.group(), self.group())
        if name == "sqrt":
            return self.root()
        if name == "binom":
            return ("binom", self.group(), self.group())
        if name in ("pi", "infty"):
            return ("const", name)
        if name in FUNCTIONS:
            return self.function(name)
        if name in GREEK:
            return ("sym", name + self.subscript())
        raise Unreadable(f"unknown command \\{name}")

    def group(self) -> Node:
        """A LaTeX argument: a brace group, or one token (`\\frac12` is 1/2)."""
        if self.kind() == "num" and self.peek().isdigit() and len(self.peek()) > 1:
            kind, digits = self.tokens[self.at]
            self.tokens[self.at] = (kind, digits[1:])
            return number(digits[0])
        return self.atom()

    def root(self) -> Node:
        index: Node = ("num", Fraction(2), -1)
        if self.peek() == "[":
            self.take()
            index = self.sum()
            self.expect("]")
        return ("root", index, self.group())

    def function(self, name: str) -> Node:
        """`\\sin^2 x`, `\\sin^{-1} x`, `\\log_2 8`, `\\ln x`, `sqrt(2)`."""
        if name == "sqrt":
            return ("root", ("num", Fraction(2), -1), self.group())
        base = power = None
        if self.peek() == "_":
            self.take()
            base = self.group()
        if self.peek() in ("^", "**"):
            self.take()
            power = self.argument()
        inner = self._function_argument()
        tree = self._applied(name, base, inner, power)
        return tree if power is None or (tree[0] == "fn" and tree[1].startswith("arc") and _is_minus_one(power)) else ("pow", tree, power)

    def _applied(self, name: str, base: Node | None, inner: Node, power: Node | None) -> Node:
        if base is not None:
            return ("div", ("fn", "ln", inner), ("fn", "ln", base))
        if power is not None and _is_minus_one(power):
            return ("fn", "arc" + name, inner)
        return ("fn", {"asin": "arcsin", "acos": "arccos", "atan": "arctan"}.get(name, name), inner)

    def _function_argument(self) -> Node:
        if self.peek() in _CLOSING or self.peek() == "|":
            return self.power()
        tree = self.signed_factor()
        while self._starts_factor() and self.peek() not in ("(", "[", "|") and self.peek().lstrip("\\") not in FUNCTIONS:
            tree = ("mul", tree, self.power())
        return tree


def _is_minus_one(node: Node) -> bool:
    return bool(node[0] == "neg" and node[1][0] == "num" and node[1][1] == 1)


def number(text: str) -> Node:
    """A literal as an exact fraction and its decimal places (-1 for an integer or a repeating decimal)."""
    if len(text) > MAX_DIGITS:
        raise Unreadable("too many digits")
    repeating = _REPEATING.fullmatch(text)
    if repeating:
        return ("num", _repeating(repeating), -1)
    plain = text.replace(",", "")
    mantissa, _, exponent = plain.lower().partition("e")
    if exponent and abs(int(exponent)) > MAX_DIGITS:
        raise Unreadable("too large an exponent")
    whole, point, decimals = mantissa.partition(".")
    value = Fraction(int((whole + decimals) or "0"), 10 ** len(decimals)) * Fraction(10) ** int(exponent or 0)
    return ("num", value, len(decimals) - int(exponent or 0) if point else -1)


def _repeating(match: re.Match[str]) -> Fraction:
    whole, fixed, cycle = match.group(1) or "0", match.group(2), match.group(3) or match.group(4)
    base = Fraction(int(whole + fixed), 10 ** len(fixed))
    return base + Fraction(int(cycle), (10 ** len(cycle) - 1) * 10 ** len(fixed))
