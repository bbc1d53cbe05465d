"""Rules about the form of a response: JSON schema, regular expressions, lengths, keywords (in the manner of IFEval).

`Problem.payload` is `{"rules": [{"kind": "length", "unit": "words", "max": 50}, …]}`. The score is the share of rules
that hold; correct means all. Words are compared whole, in any case and width: a plural or another form is another word;
an excluded word is found without its accents, too, and through emphasis. A JSON schema is asked of exactly one JSON value: the
whole response, or its one block beside which no other stands. Only `regex` and `json_schema` see what no reader sees.
Source of the kinds: Zhou et al. 2023, "Instruction-Following Evaluation for LLMs".
"""

import itertools
import json
import math
import re
import unicodedata
from collections.abc import Callable
from typing import Any

from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, Trace
from stillhouse.verifiers.base import Judgement
from stillhouse.verifiers.math.answers.final_answer import answer_part
from stillhouse.verifiers.text.rules import bad_rule
from stillhouse.verifiers.text.seen import says_something, seen

Rule = dict[str, Any]
_FENCE = re.compile(r"```([^\n`]*)\n(.*?)```", re.DOTALL)
_JSON_LINE = re.compile(r"^[ \t]*(?=[{\[])", re.MULTILINE)
_MOST_LINES = 50
_BULLET = re.compile(r"^[ \t]*(?:[-*+•●▪◦‣–]|\d+[.)])[ \t]+(.+)$", re.MULTILINE)
_RULE_LINE = re.compile(r"[ \t]*([-*_])[ \t]*(?:\1[ \t]*){2,}")
# Emphasis in Markdown and HTML; an underscore inside a word is none.
_EMPHASIS = re.compile(r"\*+|~~|`+|(?<![^\W_])_+|_+(?![^\W_])|</?(?:b|i|u|em|strong|mark|small|span)>")
# Accents of Latin letters; of other scripts they make other letters.
_ACCENTS = re.compile("(?<=[a-z])[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")
_AS_WRITTEN = ("json_schema", "regex")


class Structure:
    name = "structure"
    version = "4"
    runs_no_text = True

    def __init__(self, settings: Verify) -> None:
        self._settings = settings

    @staticmethod
    def lacking(payload: str) -> str | None:
        """What a payload lacks to be rules."""
        try:
            held = json.loads(payload)
        except (ValueError, RecursionError):
            return "the payload is not JSON"
        rules = held.get("rules") if isinstance(held, dict) else None
        if not rules or not isinstance(rules, list):
            return "no rules"
        return next((why for rule in rules if (why := bad_rule(rule))), None)

    def warm_up(self) -> None:
        """Loads what the rules use: their libraries build their own classes from text, which a worker refuses later."""
        _json_schema('{"a": 1}', {"schema": {"type": "object", "properties": {"a": {"type": "string"}}}})
        _language("warm up", {"language": "en"})

    def judge(self, problem: Problem, trace: Trace) -> Judgement:
        """Unverifiable without rules, or with a kind that is not known; a rule that says what no rule of its kind can is an error."""
        rules = json.loads(problem.payload).get("rules")
        if not rules or not isinstance(rules, list):
            return Judgement("unverifiable", 0.0, "", "payload: no rules")
        bad = next((why for rule in rules if (why := bad_rule(rule))), "")
        if bad:
            return Judgement("unverifiable" if bad.startswith("unknown") else "error", 0.0, "", f"payload: {bad}")
        text = answer_part(trace.response).strip()
        read = seen(text).strip()
        broken = [f"{kind}: {why}" for rule in rules if (why := RULES[kind := rule["kind"]](text if kind in _AS_WRITTEN else read, rule))]
        score = 1 - len(broken) / len(rules)
        return Judgement("wrong" if broken else "correct", score, "", "; ".join(broken) or "all rules hold")


def _json_value(text: str) -> Any:
    """JSON as RFC 8259 has it, each key once: Python would also read NaN, and the last of two values of a key."""
    blocks = [block for block in _FENCE.finditer(text) if block[1].strip().lower() in ("", "json")]
    if len(blocks) > 1 or (blocks and _holds_json(text[: blocks[0].start()] + text[blocks[0].end() :])):
        raise ValueError("several values")
    said = blocks[0][2] if blocks else text
    return json.loads(said, parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=_once)


def _holds_json(text: str) -> bool:
    """Whether an object or a list begins a line and ends one."""
    begins = [line.end() for line in itertools.islice(_JSON_LINE.finditer(text), _MOST_LINES)]
    return len(begins) == _MOST_LINES or any(_is_json(text, at) for at in begins)


def _is_json(text: str, at: int) -> bool:
    try:
        _, end = json.JSONDecoder().raw_decode(text, at)
    except (ValueError, RecursionError):
        return False
    return not text[end:].partition("\n")[0].strip()


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _finite(number: str) -> float:
    if not math.isfinite(value := float(number)):
        raise ValueError(f"{number} is out of range")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _json_schema(text: str, rule: Rule) -> str:
    import jsonschema

    try:
        value = _json_value(text)
    except (ValueError, RecursionError) as error:
        return f"not JSON ({error})"
    schema = rule["schema"]
    jsonschema.Draft202012Validator.check_schema(schema)
    problem = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(schema).iter_errors(value))
    return problem.message[:200] if problem else ""


def _regex(text: str, rule: Rule) -> str:
    pattern = re.compile(rule["pattern"], re.DOTALL if rule.get("dotall") else 0)
    found = pattern.fullmatch(text) if rule.get("full") else pattern.search(text)
    return "" if bool(found) != bool(rule.get("absent")) else f"{rule['pattern']!r} {'matches' if found else 'does not match'}"


_UNITS: dict[str, Callable[[str], int]] = {
    "characters": len,
    "words": lambda text: _telling(re.findall(r"\b[\w'’-]+\b", text)),
    "sentences": lambda text: _telling(re.split(r"(?<=[.!?。！？])\s+", text)),
    "paragraphs": lambda text: _telling(re.split(r"\n\s*\n", text)),
    "lines": lambda text: len([line for line in text.splitlines() if line.strip() and not _RULE_LINE.fullmatch(line)]),
    "bullets": lambda text: _telling(_BULLET.findall(text)),
}


def _telling(parts: list[str]) -> int:
    """How many are more than punctuation."""
    return sum(says_something(part) for part in parts)


def _length(text: str, rule: Rule) -> str:
    unit = rule.get("unit", "words")
    count = _UNITS[unit](text)
    if count < rule.get("min", 0) or count > rule.get("max", count):
        return f"{count} {unit}"
    return ""


def _keywords(text: str, rule: Rule) -> str:
    written = _folded(text)
    plain = _EMPHASIS.sub("", written)
    missing = [w for w in rule.get("include", []) if not any(_stands(_folded(seen(w)), said) for said in (written, plain))]
    present = [w for w in rule.get("exclude", []) if any(_stands(_bare(seen(w)), _bare(said)) for said in (written, plain))]
    if missing or present:
        return f"missing {missing}, forbidden {present}"
    return ""


def _stands(words: str, text: str) -> bool:
    """Whether the words stand there whole, whatever white space parts them."""
    return bool(re.search(r"(?<!\w)" + r"\s+".join(map(re.escape, words.split())) + r"(?!\w)", text))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _bare(text: str) -> str:
    return unicodedata.normalize("NFKC", _ACCENTS.sub("", unicodedata.normalize("NFKD", text).casefold()))


def _case(text: str, rule: Rule) -> str:
    if not says_something(text):
        return "nothing stands there"
    holds = {"lower": text == text.lower(), "upper": text == text.upper()}[rule["value"]]
    return "" if holds else f"not all {rule['value']}"


def _starts(text: str, rule: Rule) -> str:
    return "" if text.startswith(rule["text"]) else f"does not start with {rule['text']!r}"


def _ends(text: str, rule: Rule) -> str:
    return "" if text.endswith(rule["text"]) else f"does not end with {rule['text']!r}"


def _no_commas(text: str, rule: Rule) -> str:
    return "has a comma" if "," in text else ""


def _language(text: str, rule: Rule) -> str:
    from stillhouse.verifiers.text.format import language_of

    got = language_of(text)
    return "" if got == rule["language"] else f"{got}, not {rule['language']}"


RULES: dict[str, Callable[[str, Rule], str]] = {
    "json_schema": _json_schema,
    "regex": _regex,
    "length": _length,
    "keywords": _keywords,
    "case": _case,
    "starts_with": _starts,
    "ends_with": _ends,
    "no_commas": _no_commas,
    "language": _language,
}
