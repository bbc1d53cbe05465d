"""What a reader sees of a response that is shown as Markdown with LaTeX: what is hidden is no word, no bullet and no answer.

Closed lists: comments of HTML, `\\phantom`, characters of no width, and for an answer the commands that only make space.
"""

import html
import re
import unicodedata

_COMMENT_OR_FENCE = re.compile("<!--|```")
_PHANTOM = re.compile(r"\\[hv]?phantom\s*\{(?:[^{}]|\{[^{}]*\})*+\}")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")
# Of no width, or blank though they are no white space for Python.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\U000e0000-\U000e007f]"
)
_MAKES_SPACE = re.compile(
    r"\\(?:[,;:! \\]|(?:q?quad|enspace|thinspace|medspace|thickspace|negthinspace|strut|mathstrut|null|relax|newline|hfill|[lc]?dots|[vd]dots"
    r"|dots[cbmio]|ldotp|textellipsis)(?![a-zA-Z])|[hv]space\*?\s*\{[^{}]*\}|_)"
)
_SETS_TEXT = re.compile(r"\\(?:text(?:bf|it|rm|tt|sf|normal)?|math(?:rm|bf|it|sf|tt)|mbox|hbox|displaystyle|left|right)(?![a-zA-Z])")
_LATEX_COMMENT = re.compile(r"^[ \t]*%.*$", re.MULTILINE)
_EMPTY_VALUE = re.compile(r"\\\{\s*\\\}|\[\s*\]|\(\s*\)")
_COMMAND = re.compile(r"\\[a-zA-Z]+")
_OPERATOR = re.compile(r"\s*\$?\s*(?:[-+*/=<>]|[<>=!]=)\s*\$?\s*")
# Lines, boxes, squares and dots: what lists and frames are drawn with.
_DRAWN = re.compile("[\u2500-\u25ff]")


def seen(text: str) -> str:
    """The text without comments, phantoms and characters of no width; entities (`&nbsp;`) as what they stand for. Code keeps its own."""
    kept, at = list[str](), 0
    while found := _COMMENT_OR_FENCE.search(text, at):
        closing = "-->" if found.group() == "<!--" else "```"
        end = text.find(closing, found.end())
        if end < 0:
            break
        kept.append(_rendered(text[at : found.start()]))
        if closing == "```":
            kept.append(text[found.start() : end + len(closing)])
        at = end + len(closing)
    return _UNSEEN.sub("", "".join([*kept, _rendered(text[at:])]))


def _rendered(text: str) -> str:
    text = _PHANTOM.sub("", text) if "phantom" in text else text
    return _ENTITY.sub(lambda entity: html.unescape(entity.group()), text)


def says_something(text: str) -> bool:
    """Whether there is more than punctuation: a letter, a figure, or a sign that no list, frame or mark of Markdown is made of."""
    return any(sign.isalnum() or (not sign.isascii() and unicodedata.category(sign)[0] == "S") for sign in _DRAWN.sub("", text))


def is_answer(text: str) -> bool:
    """Whether a letter, a figure, a sign or an empty value (`[]`) is left of an answer without its spacing."""
    text = _LATEX_COMMENT.sub("", seen(text))
    text = _SETS_TEXT.sub("", _MAKES_SPACE.sub("", text))
    return bool(says_something(text) or _COMMAND.search(text) or _EMPTY_VALUE.search(text) or _OPERATOR.fullmatch(text))
