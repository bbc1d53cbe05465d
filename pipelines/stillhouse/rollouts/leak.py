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
    rf"\b(?:given|provided|supplied|expected|reference|target) {_RIGHT}(?:answer|solution|result|label)\b(?! is \w+ [-+*/])",
    r"\banswer key\b|\baccording to the key\b|\bground truth\b|\bmodel answer\b|\bofficial (?:answer|solution)\b|\b(?:un)?marked as (?:correct|right)\b",
    r"\b(?:answer|solution|result)\b(?: that| which)?(?: (?:we|i|you))?(?: (?:was|is|has|have|were|had|been|already|'s))* (?:been )?"
    r"(?:given|provided|supplied|told|handed|known to be)\b(?! by| in terms)",
    rf"\b{_TOLD}\b(?: (?:us|me|in advance|already|beforehand|that|to us))*,? (?:that )?{_THE}{_RIGHT}(?:answer|result|solution)\b",
    rf"\b(?:tells?|told|gave|gives?) (?:us|me)(?: that)? {_THE}{_RIGHT}(?:answer|result|solution)\b|\byou (?:told|gave|said|say)\b",
    r"\b(?:i|we)(?:'m| am|'re| are|'ve been| have been| was| were) told(?: that)? (?:it's|it is|it was)\b",
    rf"\b(?:know|knows|knowing|knew|known)(?: already)?(?: that)? {_THE}{_RIGHT}answer (?:is|was|must|should|has|will)\b|\banswer is (?:already )?known\b",
    rf"\b(?:information|fact|hint|premise) that {_THE}{_RIGHT}(?:answer|result|solution)\b|\bthe fact that \S+ is the (?:right|correct|final) answer\b",
    r"\b(?:answer|solution) (?:indicates|says|tells|suggests|implies|claims)\b",
    r"\b(?:given|using|assuming) the (?:correct |right |final )?answer\b|\balready (?:have|has|know|knew) the (?:answer|result|solution)\b",
    r"\b(?:correct|right|final) (?:answer|option|choice|result)\b[^.]{0,30}\b(?:supplied|provided|been given|was given|is given)\b",
    r"\b(?:asked|supposed|told|meant) to (?:justify|explain|show) (?:why|that|how) it is\b|\breverse[- ]engineer",
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
_NUMBERS = r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|twenty|thirty|forty|fifty|sixty|hundred|half|third|quarter|twice|double\w*"
_WORK = re.compile(
    rf"\d|\w\s*[-+*/×÷^=<>·]\s*\w|\b(?:{_NUMBERS}|times|plus|minus|divided|multipl\w+|subtract\w*|add(?:ing|ed)?)\b", re.IGNORECASE
)
_LONG = {True: 15, False: 7}  # words before an answer that are reasons enough, of one with digits and of another
_BEGINS = r"\W*(?:(?:the )?(?:correct |right |final )?(?:answer|option|choice)(?: is| must be| should be|:)? )?\W*"


_REFERS = re.compile(
    r"\b(?:previous|earlier|above|original|your|my|this|the first|the last|the given|the correct) (?:answer|solution|attempt|response|mistake|error)\b"
    r"|\bapolog|\byou(?:'re| are) (?:absolutely )?right\b|\b(?:is|was) (?:the )?(?:wrong|incorrect|not right|not correct|a mistake|mistaken)\b",
    re.IGNORECASE,
)


def refers(text: str) -> str:
    """Why a refined answer is to be rejected: it speaks of the failed one, which a student will not have before it. Empty where it does not."""
    return "speaks of the failed answer" if _REFERS.search(text) else ""


def leak(question: str, answer: str, text: str) -> str:
    """Why a rationale is to be rejected: "cites the hint", "aims at the answer", "jumps to the answer"; empty where nothing is wrong.

    A text in which the answer never occurs cannot jump to it. Where the question holds the answer, only what cites the hint is found, and a text
    that begins with the answer.
    """
    cited = _CITES.search(text)
    if cited and cited.group().casefold() not in question.casefold():
        return "cites the hint"
    found = _first(answer, text)
    if found is None:
        return ""
    if _first(answer, question) is not None:
        return "jumps to the answer" if re.match(_BEGINS + _pattern(answer) + r"(?:\W*[.,:;]|\W*$)", text, re.IGNORECASE) else ""
    if _reasoned(text[: found.start()], found.group()):
        return ""
    return "aims at the answer" if _aims(answer, text, found) else "jumps to the answer"


def _pattern(answer: str) -> str:
    return rf"(?<![\w.,/]){re.escape(answer.strip())}(?![\w/]|[.,]\d)"


def _first(answer: str, text: str) -> re.Match[str] | None:
    return re.search(_pattern(answer), text, re.IGNORECASE) if answer.strip() else None


def _reasoned(before: str, answer: str) -> bool:
    """Whether something that could lead to the answer stands before it: a number, an operation, or a sentence."""
    number = any(letter.isdigit() for letter in answer)
    return bool(number and _WORK.search(before)) or len(before.split()) > _LONG[number]


def _aims(answer: str, text: str, found: re.Match[str]) -> bool:
    """Whether the first that is said of the answer is that it is to be reached."""
    filled = (aim.replace("{answer}", f"{_THE_ANSWER}{_pattern(answer)}").replace("{the}", "") for aim in _AIMS)
    return any((aim := re.search(one, text, re.IGNORECASE)) and aim.start() <= found.start() <= aim.end() for one in filled)
