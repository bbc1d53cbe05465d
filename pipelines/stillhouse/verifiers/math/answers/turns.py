"""Where a model's own turn ends: what it writes behind that is another turn, and no answer to this question.

A token of a chat template ends the turn wherever it stands. Words that open a turn (`Question:`, `User:`, the few-shot
prompt's `Answer: The answer is`) end it only on a line of their own, below a line that states an answer: before that
they are how the model restates the problem. These are the stop sequences of the published harnesses (lm-evaluation-harness
for GSM8K and MMLU-Pro, simple-evals) and what Phi-3 was seen to write.
"""

import re

from stillhouse.verifiers.math.answers.labels import labelled

_NO_WIDTH = "\u00ad\u200b-\u200f\u202a-\u202d\u2060-\u2064\u2066-\u2069\ufeff"
_TOKENS = re.compile(
    r"<\|(?:im_end|im_start|endoftext|eot_id|end_of_text|end|return|assistant|user|system|start_header_id)\|>|</s>|<(?:end|start)_of_turn>|<eoa>|\[/?INST\]"
)
_OPENERS = re.compile(
    r"^(?:\*\*|#+ |== ?)?(?:(?:(?:question|problem|q|human|user|assistant|instruction|exercise)\b(?: \d+)?(?:\*\*)?[:：])"
    r"|(?:instruction|response|question|problem|user|assistant) ?(?:==|:?$)|-? ?answer: the answer is\b)",
    re.IGNORECASE | re.MULTILINE,
)
_STATES = re.compile(r"\\boxed|####|</answer>")
_OBJECT_WITH_ANSWER = re.compile(r"answer[\"']\s*:[^{}]*[^{}\s_\"][^{}]*\}\s*(?:```)?\Z")
_OBJECT_END = 400
# Comments, of HTML and of LaTeX. A `%` is left alone: between words it is a percent sign more often.
_COMMENTS = (("<!--", "-->"), ("\\iffalse", "\\fi"), ("\\begin{comment}", "\\end{comment}"))
# Struck out or not shown, in HTML; LaTeX that is printed as it is written.
_UNSHOWN = re.compile(
    r"<s>[^\n]{0,200}?</s>|<(del|strike)>.{0,2000}?</\1>|\\begin\{verbatim\}.{0,2000}?\\end\{verbatim\}|\\verb\*?([|!+@]).{0,200}?\2"
    r"|<(\w+)\s[^<>]{0,200}?(?:\bhidden\b|(?:display\s*:\s*none|font-size\s*:\s*0|color\s*:\s*(?:white|transparent|#f{3}(?:f{3})?))\b)[^<>]{0,200}>.{0,2000}?</\3>",
    re.DOTALL | re.IGNORECASE,
)
# Characters of no width beside a number: the value is what is seen.
_INVISIBLE = re.compile(f"(?<=[\\d.,$-])[{_NO_WIDTH}]+|[{_NO_WIDTH}]+(?=[\\d$-])")
_BLANK_LINE = re.compile(r"\n[ \t]*\n\Z")


def own_turn(text: str) -> str:
    """The text up to the first other turn, or the whole text where there is none; without what no reader of it sees."""
    text = shown(text)
    if "<" in text or "INST]" in text:
        text = _TOKENS.split(text.lstrip(), maxsplit=1)[0]
    for opener in _OPENERS.finditer(text) if "\n" in text else ():
        before = text[: opener.start()]
        if _BLANK_LINE.search(before) and _states_answer(before):
            return before
    return text


def _states_answer(text: str) -> bool:
    """Whether the last line with something on it states an answer, or closes an object that does."""
    text = text.rstrip()
    line = text.rpartition("\n")[2]
    return (
        bool(_STATES.search(line) or _OBJECT_WITH_ANSWER.search(text, max(0, len(text) - _OBJECT_END)))
        or next(labelled(line), None) is not None
    )


def shown(text: str) -> str:
    """The text without what no reader of it sees: comments, what is struck out or hidden, characters of no width."""
    text = text if text.isascii() else _INVISIBLE.sub("", text)
    if "</" in text or "\\verb" in text or "{verbatim}" in text:
        text = _UNSHOWN.sub(" ", text)
    for opening, closing in _COMMENTS:
        kept, at = list[str](), 0
        while (start := text.find(opening, at)) >= 0 and (end := text.find(closing, start + len(opening))) >= 0:
            kept.append(text[at:start])
            at = end + len(closing)
        text = "".join(kept) + text[at:]
    return text
