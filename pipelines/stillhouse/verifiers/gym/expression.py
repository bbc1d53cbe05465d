"""Reads arithmetic as reasoning-gym's questions ask for it: Python's signs, `**` for powers, `*` always written.

`read("3*x**2 + sin(x)")` gives a tree of answers.expression. Nothing is evaluated and no text becomes code; length, depth
and the size of numbers are bounded. Raises Unreadable for all else: implicit products, comparisons, attributes, strings,
unknown functions, and functions of other than one argument.
"""

import re

from stillhouse.verifiers.math.answers.expression import MAX_CHARS, MAX_DEPTH, Node, Unreadable, number

_TOKEN = re.compile(r"[ \t]*(?:((?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?(?![\w.]))|([A-Za-z_][A-Za-z_0-9]*)|(\*\*|[-+*/()]))", re.ASCII)
_FUNCTIONS = {
    "sin": "sin", "cos": "cos", "tan": "tan", "cot": "cot", "sec": "sec", "csc": "csc", "exp": "exp", "log": "ln", "ln": "ln",
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh",
}  # fmt: skip
_CONSTANTS = {"pi": "pi", "E": "e"}
_MAX_NAME = 20
ONE = number("1")


def read(text: str) -> Node:
    """The tree of a text. Raises Unreadable."""
    if len(text) > MAX_CHARS:
        raise Unreadable("too long")
    reader = _Reader(_tokens(text.strip()))
    tree = reader.sum()
    if reader.peek():
        raise Unreadable(f"unexpected {reader.peek()!r}")
    return tree


def _tokens(text: str) -> list[str]:
    found, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise Unreadable(f"unexpected {text[at : at + 10]!r}")
        found.append(match.group(match.lastindex or 0))
        at = match.end()
    return found


def _folded(kind: str, parts: list[Node]) -> Node:
    """A balanced tree: a sum of a thousand terms is ten levels deep, so that whoever walks it needs no deep stack."""
    while len(parts) > 1:
        pairs = [(kind, *parts[at : at + 2]) if at + 1 < len(parts) else parts[at] for at in range(0, len(parts), 2)]
        parts = pairs
    return parts[0]


class _Reader:
    def __init__(self, tokens: list[str]) -> None:
        self._tokens, self._at, self._depth = tokens, 0, 0

    def peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self) -> str:
        token = self.peek()
        self._at += 1
        return token

    def sum(self) -> Node:
        parts = [self._product()]
        while self.peek() in ("+", "-"):
            parts.append(self._product() if self._take() == "+" else ("neg", self._product()))
        return _folded("add", parts)

    def _product(self) -> Node:
        parts = [self._signed()]
        while self.peek() in ("*", "/"):
            parts.append(self._signed() if self._take() == "*" else ("div", ONE, self._signed()))
        return _folded("mul", parts)

    def _signed(self) -> Node:
        """Every way to nest passes here, so the depth is counted here."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise Unreadable("nested too deeply")
        sign = self._take() if self.peek() in ("+", "-") else ""
        tree = self._signed() if sign else self._power()
        self._depth -= 1
        return ("neg", tree) if sign == "-" else tree

    def _power(self) -> Node:
        base = self._atom()
        if self.peek() != "**":
            return base
        self._take()
        return ("pow", base, self._signed())

    def _atom(self) -> Node:
        token = self._take()
        if token == "(":
            return self._closed()
        if token[:1].isdigit() or token[:1] == ".":
            return number(token)
        if not token.isidentifier() or len(token) > _MAX_NAME:
            raise Unreadable(f"unexpected {token!r}")
        if self.peek() == "(":
            self._take()
            return self._called(token, self._closed())
        return ("const", _CONSTANTS[token]) if token in _CONSTANTS else ("sym", token)

    def _closed(self) -> Node:
        tree = self.sum()
        if self._take() != ")":
            raise Unreadable("')' is missing")
        return tree

    def _called(self, name: str, argument: Node) -> Node:
        if name == "sqrt":
            return ("root", number("2"), argument)
        if name not in _FUNCTIONS:
            raise Unreadable(f"unknown function {name}")
        return ("fn", _FUNCTIONS[name], argument)
