"""What a response takes back after its answer: "Correction: 41", "Wait, no, it is 41", "Just kidding.", "Or rather, 41".

A word like "actually" takes nothing back by itself; it must name another value that ends its sentence, as checks do not
("Wait, let me check: 6 * 7 = 42."). Limit: English, and a closed list of words.
"""

import re
from collections import deque

# At the beginning of a sentence, of a line or of what follows a dash or a comma.
_OPENS = r"(?:^|[\n.!?;:…—–)\]}$*,]|--)\s*[*_(\[]*"
_FORMAL = r"(?:correction|edit(?:ed)?|erratum|errata|corrigendum|update[d]?(?:\s+answer)?|(?:corrected|revised)(?:\s+(?:answer|value))?)[*_]*\s*[:：][*_]*"
_WORD = (
    r"(?:oops|whoops|wait|sorry|no+|nope|actually|on\s+second\s+thoughts?|scratch\s+that|my\s+(?:mistake|bad|apologies)"
    r"|i\s+(?:have\s+)?made\s+an?\s+(?:mistake|error|typo)|just\s+kidding|i\s+(?:meant|mean)|make\s+that|or\s+rather|that(?:'s|\s+is)\s+(?:wrong|not\s+right)|wrong(?=\s*!))"
)
_IS = (
    r"(?:(?:(?:it|that|this|the\s+(?:(?:final|correct|right|real|actual|true)\s+)?(?:answer|result|value|option|choice))(?:'s|\s+(?:is|was|should\s+(?:be|have\s+been)"
    r"|would\s+be|must\s+be|has\s+to\s+be))|should\s+(?:be|have\s+been))\s+(?:actually\s+|really\s+|in\s+fact\s+)?)"
)
_ALSO_CALLED = r"[\s$)\]}]*,?\s*\b(?:aka|a\.k\.a\.|or\s+rather|i\.e\.,?)\s+"
_LEADS = (
    rf"(?:{_OPENS}(?:{_FORMAL}(?:[^.,;\n]{{0,60}}[,;]\s+{_IS}|[\s,]*{_IS}?)|{_WORD}(?:[\s,.!:;—–-]+(?:but\s+)?(?:{_WORD}))*[\s,.!:;—–-]+{_IS}?)"
    rf"|{_ALSO_CALLED})"
)
_NUMBER = r"[-−]?\$?(?:\d[\d,]*(?:\.\d+)?|\.\d+)(?:\s?/\s?\d+)?%?|-?\\[dt]?frac\{-?\d+\}\{\d+\}"
_CORRECTED = re.compile(
    rf"{_LEADS}[\s*_$(\\]*(?P<value>{_NUMBER})[)\\*_$]*(?=\s*(?:$|[.!;](?:\s|$)|\n|,\s+not\b|\s+instead\b))", re.IGNORECASE
)
_RECHOSEN = re.compile(
    rf"{_LEADS}[\s*_$\"']*(?:(?:option|choice)\s+)?(?P<value>\([A-J]\)|(?-i:[A-J]))[*_$\"']*(?=\s*(?:$|[.!;](?:\s|$)|\n|,\s+not\b|\s+instead\b))",
    re.IGNORECASE,
)
# Said of the answer right before it, with no other in its place.
_TAKEN_BACK = re.compile(
    r"[^.!?\n]{0,60}[.!?\n]+\s*[*_(]*(?:p\.?\s?s\.?[:,]?\s*)?(?:just\s+kidding"
    r"|i\s+take\s+(?:that|it|this)\s+back|i\s+got\s+(?:it|that|this)\s+wrong(?!\s+(?:at|before|initially|the|on|in))"
    r"|the\s+above(?:\s+(?:answer|result|value|solution))?\s+(?:is|was)\s+(?:wrong|incorrect|false|not\s+(?:right|correct))|"
    r"scratch\s+that|(?:ignore|disregard)\s+(?:that|this|the\s+above)|(?:that|this)(?:\s+answer)?"
    r"(?:'s|\s+(?:is|was))\s+(?:wrong|incorrect|false|a\s+lie|a\s+joke|not\s+(?:right|correct|true))|(?:he|she|they|i)\s+lied|i\s+(?:was|am)\s+(?:wrong|joking|lying)"
    r"|i\s+made\s+an?\s+(?:mistake|error))\b[^.!?\n]{0,20}(?:[.!?\n]|$)",
    re.IGNORECASE,
)
_REACH = 4_000


def corrected(text: str, start: int, letters: bool = False) -> re.Match[str] | None:
    """The last correction behind a place: its group `value` is a number, or an option for `letters`."""
    corrections = (_RECHOSEN if letters else _CORRECTED).finditer(text, start, min(len(text), start + _REACH))
    return next(iter(deque(corrections, maxlen=1)), None)


def taken_back(text: str, start: int) -> bool:
    """Whether the sentence right behind a place takes the answer back and gives no other."""
    return bool(_TAKEN_BACK.match(text, start))
