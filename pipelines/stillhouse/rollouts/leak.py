"""Whether a rationale leaks the hint that it was written with: it cites the hint, aims at the answer, or jumps to it.

STaR (Zelikman et al. 2022) lets a model explain an answer that it is shown. A student that learns from such a text must
not learn to speak of an answer that nobody will give it, nor to state one before there is a reason for it. English only.
The limit: a derivation that is made to fit, and says nothing of it, is not seen. How often the check errs is measured on
rationales that were labelled by hand (tests/rollouts/rationales).
"""

import re

_THE = r"(?:the |this |that |your |my |our )?"
_TOLD = r"(?:told|informed|given|shown|provided with|supplied with|assured)"
_RIGHT = r"(?:final |correct |right |true |actual )?"
CITES = (
    r"\b(?:the|this|that|your|a|per|with|using) hint\b|\bhinted\b|\bhint (?:says|tells|gives|states)",
    rf"\b(?:given|provided|supplied|expected|reference|desired|intended|target) {_RIGHT}(?:answer|solution|result)\b(?! is \w+ [-+*/])",
    r"\banswer key\b|\bground truth\b|\bmodel answer\b|\bofficial (?:answer|solution)\b",
    r"\b(?:answer|solution|result)\b(?: that| which)?(?: (?:we|i|you))?(?: (?:was|is|has|have|were|had|been|already|'s))* (?:been )?"
    r"(?:given|provided|supplied|told|known to be)\b",
    rf"\b{_TOLD}\b(?: (?:us|me|in advance|already|beforehand|that|to us))*,? (?:that )?{_THE}{_RIGHT}(?:answer|result|solution)\b",
    rf"\b(?:tells?|told|gave|gives?) (?:us|me)(?: that)? {_THE}{_RIGHT}(?:answer|result|solution)\b|\byou (?:told|gave|said|say)\b",
    rf"\b(?:know|knows|knowing|knew|known)(?: already)?(?: that)? {_THE}{_RIGHT}answer (?:is|was|must|should|has|will)\b|\banswer is (?:already )?known\b",
    r"\banswer (?:indicates|says|tells|suggests|implies)\b|\b(?:given|with|from|using|assuming|as) the (?:correct |right |final )?answer\b",
    r"\b(?:correct|right|final) (?:answer|option|choice|result)\b[^.]{0,30}\b(?:supplied|provided|been given|was given|is given)\b",
)
_CITES = re.compile("|".join(f"(?:{pattern})" for pattern in CITES), re.IGNORECASE)
_AIMS = (
    r"(?:get|reach|obtain|arrive at|end up (?:with|at)|end (?:with|in|at)|come out (?:as|at|to)|come to|match|matches|produce|yield|land on) {answer}",
    r"(?:answer|result|solution|total|it|value) (?:should|must|has to|needs to|ought to|is supposed to|is meant to) (?:be|equal|come to) {answer}",
    r"(?:work|working|worked|go|going|reason|reasoning) back(?:wards?)? from {answer}",
    r"(?:target|goal|aim)(?: here)?(?: is| of|:)? {answer}",
    r"(?:given|since|knowing|because|if) (?:that )?{the}{answer}",
    r"(?:verify|confirm|check|show|prove|explain|justify|see)(?: why| that| how)* {the}{answer}",
    r"{answer},? (?:as|which) (?:was |is |has been )?(?:given|stated|provided|told|supplied|noted above)",
)
_THE_ANSWER = r"(?:it is |this is |the answer is |the answer |the result is |the number |x = |\$)?"
_WORK = re.compile(
    r"[\w)%°]\s*[-+*/×÷^=<>!·]\s*[\w($!]|\d!|\b(?:times|plus|minus|divided|multipl\w+|subtract\w*|add(?:ing|ed)?|half|twice|double\w*)\b",
    re.I,
)
_CLAIM = re.compile(r"\b(?:is|are|was|be|equals?|has|have|gets?|makes?|earns?|answer|result|becomes?|comes?)\b", re.IGNORECASE)
_OPTION = re.compile(r"\W*(?:the )?(?:correct |right )?(?:answer|option|choice) (?:is|must be|should be) \(?[A-J]\b", re.IGNORECASE)
_SHORT = 7  # words


def leak(question: str, answer: str, text: str) -> str:
    """Why a rationale is to be rejected: "cites the hint", "aims at the answer", "jumps to the answer"; empty where nothing is wrong.

    A text in which the answer never occurs cannot jump to it. Where the question holds the answer, only what cites the hint is found, and a text
    that begins with an option's letter.
    """
    cited = _CITES.search(text)
    if cited and cited.group().casefold() not in question.casefold():
        return "cites the hint"
    found = _first(answer, text)
    if found is None:
        return ""
    if _first(answer, question) is not None:
        return "jumps to the answer" if _OPTION.match(text) else ""
    if not _WORK.search(text[: found.start()]) and _aims(answer, text, found):
        return "aims at the answer"
    return "jumps to the answer" if _jumps(text, found) else ""


def _pattern(answer: str) -> str:
    return rf"(?<![\w.,/]){re.escape(answer.strip())}(?![\w/]|[.,]\d)"


def _first(answer: str, text: str) -> re.Match[str] | None:
    return re.search(_pattern(answer), text, re.IGNORECASE) if answer.strip() else None


def _aims(answer: str, text: str, found: re.Match[str]) -> bool:
    """Whether the first that is said of the answer is that it is to be reached."""
    filled = (aim.replace("{answer}", f"{_THE_ANSWER}{_pattern(answer)}").replace("{the}", "") for aim in _AIMS)
    return any((aim := re.search(one, text, re.IGNORECASE)) and aim.start() <= found.start() <= aim.end() for one in filled)


def _jumps(text: str, found: re.Match[str]) -> bool:
    """Whether the answer is stated at the beginning, before anything that could lead to it."""
    before, after = text[: found.start()].rstrip("$(*_ \n\\"), text[found.end() :]
    words = before.split()
    if _WORK.search(before) or re.search(r"\d", before) or len(words) > _SHORT or re.search(r"[.;?!:]\s", before):
        return False
    if words:
        return bool(_CLAIM.search(before))
    named = not any(letter.isdigit() for letter in found.group())
    return named or bool(re.match(r"\W*(?:[\w%°]+\W*)?(?:[.,;:]|\b(?:is|are|because|since|as)\b|$)", after))
