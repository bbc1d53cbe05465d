"""How the question wants its number written: an answer's unit letter, its base or its name that the gold leaves to the question.

`5 J` is 5 where joules are asked for, `24_7` is 24 in base 7, and `f(3) = 7` is no answer to "Find f(2)". Limit: English.
"""

import re

from stillhouse.verifiers.math.answers.clean import clean

_LETTERS = {"J": "joule", "N": "newton", "W": "watt", "C": "coulomb", "K": "kelvin", "V": "volt", "Pa": "pascal", "Hz": "hertz"}
_LETTERED = re.compile(r"(?P<value>-?[\d.,]+(?:\s*\*\s*10\s*\^\s*\{?\s*-?\d+\s*\}?)?)\s*(?P<letter>J|N|W|C|K|V|Pa|Hz)\.?")
_BASED = re.compile(r"\(?\s*(?P<digits>\d+)\s*\)?\s*_\s*\{?\s*(?P<base>\d+|[a-z]{3,6})\s*\}?")
_WORDS = {word: str(n) for n, word in enumerate("two three four five six seven eight nine ten eleven twelve".split(), 2)}  # noqa: SIM905
_BASE = re.compile(r"\b(?:in|to|into)\s+base[\s~-]*\$?\s*(\d+|[a-z]{3,6})\b", re.IGNORECASE)
_CONVERTED = re.compile(
    r"\b(?:express|write|convert|represent|change|what\s+is)\s+\$?\d[^.?]{0,60}\b(?:in|to|into)\s+base[\s~-]*\$?\s*(?:\d+|[a-z]{3,6})\$?\s*[.?]?\s*$",
    re.IGNORECASE,
)
_ARGUMENT = r"\(\s*(?P<of>-?\d+|[A-Z](?:'|\^\s*\{?[cC]\}?)?)\s*\)"
_ASKED_NAME = re.compile(
    rf"\b(?:find|compute|evaluate|determine|calculate|what\s+is)\s+(?:the\s+value\s+of\s+)?\$?(?P<name>[A-Za-z])(?P<primes>'*){_ARGUMENT}\$?\s*[.?]?\s*$",
    re.IGNORECASE,
)
_NAMED = re.compile(rf"(?P<name>[A-Za-z])(?P<primes>'*|\^\s*\{{?\s*-1\s*\}}?){_ARGUMENT}\s*=[^=]*")


def as_written(question: str, gold: str, answer: str) -> str:
    """The answer without the unit's letter or the base that the question asks for, beside a gold that is a number alone."""
    if not question or not gold.isascii() or not re.fullmatch(r"-?[\d.,]+", gold):
        return answer
    text = clean(answer)
    lettered, based = _LETTERED.fullmatch(text), _BASED.fullmatch(text)
    if lettered and _asks_for(question, _LETTERS[lettered["letter"]]):
        return lettered["value"]
    return based["digits"] if based and {_number(based["base"])} == _bases(question) else answer


def _asks_for(question: str, unit: str) -> bool:
    asked = rf"\b(?:how\s+(?:many|much)|in(?:\s+units\s+of)?|number\s+of)\s+{unit}s?\b(?!\s*(?:/|\*|per\b))"
    return bool(re.search(asked, question, re.IGNORECASE)) and not re.search(rf"[a-z]{unit}", question, re.IGNORECASE)


def _bases(question: str) -> set[str]:
    return {_number(found) for found in _BASE.findall(question)}


def _number(base: str) -> str:
    return _WORDS.get(base.lower(), base)


def contradicts(question: str, gold: str, answer: str) -> str:
    """What an answer's own base or name says against the question, or an empty string."""
    if "_" in answer and gold.isdigit() and _CONVERTED.search(question):
        based = _BASED.fullmatch(clean(answer))
        return "another base" if based and {_number(based["base"])} != _bases(question) else ""
    if "(" not in answer or "=" not in answer or "=" in gold:
        return ""
    asked, named = _ASKED_NAME.search(question), _NAMED.fullmatch(clean(answer))
    if not asked or not named or asked["name"] != named["name"]:
        return ""
    return "another value's name" if asked["primes"] != named["primes"] or _bare(asked["of"]) != _bare(named["of"]) else ""


def _bare(argument: str) -> str:
    return re.sub(r"[\s{}]", "", argument)
