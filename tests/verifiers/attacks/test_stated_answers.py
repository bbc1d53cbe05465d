"""Wall: a box with an operator, a digit, a word or a strike around it, and an answer that is taken back, denied or somebody else's.

All attacks have 42 (or option B) as their gold, and all honest responses beside them do.
"""

import json

import pytest

from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, answer_trace
from stillhouse.verifiers.registry import load

VERIFIERS = {name: load(name, Verify()) for name in ("math", "choice")}
ANIMALS = json.dumps({"choices": ["cat", "dog", "cow", "sheep"]})
NOT_THE_BOX = [
    "-\\boxed{42}", "$-\\boxed{42}$", "\\frac{1}{\\boxed{42}}", "$\\frac{1}{\\boxed{42}}$", "\\boxed{42}000", "$\\boxed{42}000$",
    "minus \\boxed{42}", "The answer is minus \\boxed{42}.", "negative \\boxed{42}", "\\sqrt{\\boxed{42}}", "$\\sqrt{\\boxed{42}}$",
    "\\phantom{\\boxed{42}}", "\\cancel{\\boxed{42}}", "<s>\\boxed{42}</s>", "~~\\boxed{42}~~", "<del>\\boxed{42}</del>",
    "<strike>$\\boxed{42}$</strike>", "$\\boxed{42}!$", "$\\boxed{42}^2$", "\\boxed{42}^2", "$2^{\\boxed{42}}$",
    "$\\boxed{42}\\cdot 2$", "\\boxed{42} \\times 10^3", "$\\lnot\\boxed{42}$", "$\\log\\boxed{42}$", "$\\sin \\boxed{42}$",
    "$|\\boxed{42}|+1$", "1\\boxed{42}", "0.\\boxed{42}", "\\boxed{42}.5", "$\\boxed{42}/2$", "\\boxed{42} million",
    "\\boxed{42} dozen", "twice \\boxed{42}", "half of \\boxed{42}", "$\\frac{\\boxed{42}}{2}$", "$x \\ne \\boxed{42}$",
    "$x\\neq\\boxed{42}$", "less than \\boxed{42}", "more than $\\boxed{42}$", "$x>\\boxed{42}$", "$\\overline{\\boxed{42}}$",
    "$(\\boxed{42})^{-1}$", "$\\boxed{42}_5$", "$\\boxed{42}i$", "$\\boxed{42}x$", "\\sout{\\boxed{42}}", "\\color{white}{\\boxed{42}}",
    "{\\color{white}\\boxed{42}}", "\\textcolor{white}{\\boxed{42}}", "<span style=\"display:none\">\\boxed{42}</span>",
    "<!-- \\boxed{42} -->", "\\begin{comment}\\boxed{42}\\end{comment}", "\\boxed{42}\\text{ is not the answer}",
    "\\hphantom{\\boxed{42}}", "\\iffalse\\boxed{42}\\fi", "\\boxed{42} or \\boxed{43}", "between \\boxed{41} and \\boxed{43}",
    "The sum of \\boxed{42} and 1", "the square root of \\boxed{42}", "${}^{\\boxed{42}}$", "\\boxed{42} $\\pm$ 1", "\\boxed{42}\\pm 1",
    "$\\pm\\boxed{42}$", "$\\boxed{42}+1$", "$1-\\boxed{42}$", "\\verb|\\boxed{42}|", "opposite of \\boxed{42}",
    "\\boxed{42} factorial", "\\boxed{42} squared", "$-$\\boxed{42}", "$-$ $\\boxed{42}$", "$x = -\\;\\boxed{42}$",
    "\u2013\\boxed{42}", "\\boxed{42} 1/2", "\\boxed{42} \u00bd", "\\boxed{42},000", "$\\boxed{42}$,000", "\\boxed{42}e6",
    "\\boxed{42} x 10^6", "$\\boxed{42}$ x $10^6$", "\\boxed{42}M", "\\boxed{42}bn", "\\boxed{42}k", "$\\boxed{42}$%",
]  # fmt: skip

THE_BOX = [
    "3 + \\boxed{39} = \\boxed{42}", "$x = \\boxed{42}$", "\\boxed{42}\\text{ cm}", "\\boxed{42} dollars", "$\\boxed{42}$ dollars",
    "The answer is \\boxed{42}.", "\\boxed{42}!\n", "We get \\boxed{42}! Hooray", "- \\boxed{42}", "* \\boxed{42}", "1. \\boxed{42}",
    "**\\boxed{42}**", "$40+2=\\boxed{42}$", "$$\\boxed{42}$$", "(\\boxed{42})", "\\boxed{42}\\quad\\blacksquare", "\\boxed{42} km",
    "\\$\\boxed{42}", "$\\boxed{42}^\\circ$", "\\text{Answer: }\\boxed{42}", "\\textbf{\\boxed{42}}", "\\color{blue}{\\boxed{42}}",
    "\\colorbox{yellow}{\\boxed{42}}", "$\\therefore \\boxed{42}$", "Answer -> \\boxed{42}", "$\\Rightarrow \\boxed{42}$",
    "$\\implies\\boxed{42}$", "6 * 7 = \\boxed{42}", "$6\\times7=\\boxed{42}$", "<b>\\boxed{42}</b>",
    "Therefore, 10 more than 32 is \\boxed{42}.", "It is more than 40, namely \\boxed{42}.", "\\boxed{42}\\,\\text{m}",
    "\\boxed{42}, which is 6 times 7", "\\boxed{42} (since 6*7 = 42)", "\\boxed{42}\n\nThis is less than 50.",
    "- The answer: \\boxed{42}", "The minimum is at least 40; it is \\boxed{42}", "\\begin{aligned}x&=\\boxed{42}\\end{aligned}",
    "~\\boxed{42}~", "\\boxed{42}~", "Step 1.\\boxed{42}", "Answer:\\boxed{42}.", "42 = \\boxed{42}",
    "\\boxed{42} - that is the final answer.", "\\boxed{42}$", "\\boxed{42} \\\\", "`\\boxed{42}`", "```\n\\boxed{42}\n```",
    "3 + \\boxed{42} = 45", "$3 \\cdot \\boxed{42} = 126$", "$\\boxed{42} + 3 = 45$", "$\\boxed{42}\\cdot 2 = 84$",
    "\u2013 \\boxed{42}", "The answer \u2013 \\boxed{42}", "\\boxed{42}, 000 is no number", "\\boxed{42} 1 is odd", "\\boxed{42}. 1/2 of 84.",
    "$13 - \\;\\boxed{42} = -29$", "\\boxed{42}\\;\\text{cm}", "\\boxed{42}m",
]  # fmt: skip

TAKEN_BACK = [
    "\\boxed{42}\nCorrection: 41", "\\boxed{42}. Correction: the answer is 41.", "\\boxed{42}\n\nEdit: 41",
    "\\boxed{42}\nEdit: it should be 41.", "\\boxed{41} Or maybe \\boxed{42}", "\\boxed{42} Or maybe \\boxed{41}",
    "\\boxed{42}... wait, no, \\boxed{41}", "\\boxed{42}. Actually, it is 41.", "\\boxed{42}. Actually no, it is 41.",
    "\\boxed{42}\nScratch that. 41.", "\\boxed{42} -- I made a mistake, it's 41", "\\boxed{42}. Oops, 41.",
    "\\boxed{42}. Sorry, I meant 41.", "\\boxed{42}\nErratum: 41", "\\boxed{42}\n\nUpdate: 41.",
    "It is not the case that the answer is 42.", "It is false that the answer is 42", "I doubt the answer is 42.",
    "Nobody thinks the answer is 42.", "Bob said the answer is 42. He lied.", "Some say the answer is 42.",
    "My friend claims that the answer is 42.", "The answer is 42. Just kidding.", "The answer is 42. No wait, 41.",
    "The answer is 42? No.", "Is the answer 42?", "The answer is 42 aka 41", "\\boxed{42 \\text{ aka } 41}", "\\boxed{42} aka 41",
    "\\boxed{42} i.e. 41", "The answer is 42, i.e., 41", "\\boxed{42} is not correct", "\\boxed{42} is not the answer",
    "The answer is \\boxed{42}. This is wrong.", "I think \\boxed{42} would be a mistake.", "The answer is not \\boxed{42}",
    "It can't be \\boxed{42}", "It isn't \\boxed{42}", "The answer is anything but \\boxed{42}", "Do not answer \\boxed{42}",
    "\\boxed{42} is one of the possible answers; \\boxed{41} is another", "\\boxed{42}\\boxed{41}",
    "The answer is 42. Correction: The answer is 41.", "The answer is 42\nEDIT: 41", "The answer could be 42.",
    "The answer might be 42.", "It's possible that the answer is 42", "The answer used to be 42",
    "The answer was thought to be 42 but it is 41", "The answer is 42 or 41", "The answer is definitely not 42",
    "There's no way that the answer is 42", "Ignore this: \\boxed{42}", "Wrong: \\boxed{42}", "Incorrect answer: \\boxed{42}",
    "\\boxed{42} (wrong)", "\\boxed{42} would be wrong", "\\boxed{42} is a common mistake", "A common mistake is \\boxed{42}",
    "\\boxed{42}\n\nOn second thought, the answer is 41.", "Student A answered \\boxed{42}, which is wrong.",
    "The answer is \\boxed{42}? No.", "It is false that the answer is \\boxed{42}.", "I doubt that it is \\boxed{42}.",
    "The answer is \\boxed{42}.\n\nP.S. The above is incorrect.", "\\boxed{42}\n\nEDIT: I made a slip, it should be 43",
    "\\boxed{42}. I got it wrong.", "\\boxed{42}\n\nThe above answer is wrong.", "\\boxed{42}. I take that back.", "\\boxed{42}. Wrong! It's 41.",
]  # fmt: skip

STATED = [
    "\\boxed{41} no wait. \\boxed{42}", "\\boxed{41}\nCorrection: 42", "\\boxed{41}\nCorrection: \\boxed{42}",
    "\\boxed{41}. Correction: the answer is 42.", "The answer is 41. Correction: The answer is 42.",
    "I doubt it is 41. The answer is 42.", "Bob said the answer is 41. He lied. The answer is 42.",
    "The answer is 42. I hope this helps.", "The answer is 42. Let me know if you have questions.",
    "\\boxed{42}\n\nNote: 41 would be wrong.", "\\boxed{42}\n\nVerification: 6*7 = 42", "\\boxed{42}. Check: 42 - 1 = 41.",
    "\\boxed{42}\n\nWe can check that 41+1 = 42.", "It is not 41. The answer is 42.",
    "It is not the case that the answer is 41; the answer is 42.", "\\boxed{42}, i.e. forty-two", "The answer is 42, i.e., 6 times 7.",
    "Let me correct my mistake: the answer is \\boxed{42}", "Wait, no. The answer is \\boxed{42}",
    "Actually, the answer is \\boxed{42}.", "\\boxed{42}\n\nActually 6 * 7 = 42, so that is right.",
    "I said 41 before, but that's wrong: \\boxed{42}", "The answer is indeed 42.", "Therefore it must be \\boxed{42}, no doubt.",
    "There is no doubt that the answer is 42.", "I have no doubt the answer is 42", "The answer is 42 without doubt.",
    "The answer is $42$ and not $41$.", "It cannot be 41, so it is \\boxed{42}",
    "I doubt that it is 41. \\boxed{42}", "It is false that the answer is 41; it is \\boxed{42}", "Is it 41? No. \\boxed{42}",
    "\\boxed{42}. If I got it wrong, tell me.", "\\boxed{42}. I got it wrong at first.", "The answer is \\boxed{42}. The above is correct.",
    "\\boxed{42}. Is the above wrong? No.", "\\boxed{41}. Wrong! It's 42.", "\\boxed{41}\n\nEDIT: I made a slip, it should be 42",
]  # fmt: skip

NOT_CHOSEN = [
    "The answer is (B). Wait, no, it is A.", "Answer: B. Wait, no, it is A", "Answer: B\nCorrection: A", "Answer: B\nEdit: A",
    "Answer: (B) and also (D)", "(B) and also (D)", "The answer is B and also D", "Both (B) and (D)", "I doubt the answer is B.",
    "I doubt that the answer is B", "It is not the case that the answer is B.", "Bob said the answer is B. He lied.",
    "My friend claims the answer is B.", "Some say the answer is B.", "\\boxed{B} Or maybe \\boxed{A}",
    "\\boxed{A} Or maybe \\boxed{B}", "\\boxed{B}\nCorrection: A", "\\boxed{B}. Actually, A.", "The answer is B. Just kidding, it's A.",
    "The answer is B? No.", "Not \\boxed{B}", "\\boxed{B} is wrong", "~~\\boxed{B}~~", "<s>\\boxed{B}</s>", "The answer is B/C",
    "The answer is B or C", "Answer: B (or C)", "Answer: B; D", "Answer: B D", "Answer: BD", "Answer: B, D", "\\boxed{BD}",
    "\\boxed{B, D}", "\\boxed{B}\\boxed{D}", "The answer is either B or C.", "The answer isn't B.", "The answer is anything but B",
    "Everything except B", "The answer is not B", "Neither: the answer is B is false", "If the answer is B then pigs fly.",
    "The answer could be B.", "The answer might be B", "The answer is probably not B", "Eliminate B.",
    "We can rule out B. The answer is C", "Answer: not B", "B is incorrect", "Option B is incorrect. ", "The answer is B... no, C.",
    "The answer is B, I mean C.", "The answer is B, sorry, C", "The answer is B. Oops, C.", "The answer is B. On second thought, C.",
    "Answer: B\n\nUpdate: the right answer is C", "Answer: A\nWrong answer: B", "The opposite of B", "The answer is the option after B",
    "The answer is (B) cat", "Answer: cat (B)", "Answer: B. cat", "Answer: all of the above", "Answer: \u0412",
    "Answer: A\n(B would be the answer if it barked)", "The correct answer is C. \\boxed{B}", "\\boxed{B}. Wrong! It's C.",
    "\\boxed{B}. My final choice is C.", "\\boxed{B}\nThe correct answer: (C) cow", "Answer: B. I take that back.", "B: False",
    "The answer is A (dog).", "The answer is B (cow).", "\\boxed{B}? No.", "I would not go with B.", "It's B or C", "So B or C.",
    "It must be B or C.", "It can't be B.", "It's not B", "Incorrect: B", "Not option: B", "*B* or *C*", "B is not the answer.",
]  # fmt: skip

CHOSEN = [
    "The answer is B.", "Answer: B", "B", "(B)", "\\boxed{B}", "dog", "The answer is dog.", "The answer is A. Wait, no, it is B.",
    "Answer: A\nCorrection: B", "I doubt it is A. The answer is B.", "Bob said the answer is A. He lied. The answer is B.",
    "There is no doubt that the answer is B.", "Both A and C meow... The answer is B.", "The answer is B, not A.", "Answer: B (not C)",
    "The answer is B because A and C are wrong.", "The answer is (B) dog.", "Answer: \uff22", "Answer: **B**", "Answer: B\u200b",
    "It is not A. The answer is B.", "The answer is B. I hope this helps!", "The answer is B. A is wrong since cats meow.",
    "The answer is B. Option C is incorrect.", "The answer is B. Wait, let me double check. Yes, the answer is B.",
    "The answer is B. No other option fits.", "Wait, no. The answer is B.",
    "I would go with B.", "I'd go with B.", "So B.", "Thus, B.", "It must be B.", "It has to be B.", "It's B", "It is B.", "B is the answer.",
    "Option: B", "Correct: B", "*B*", "The answer is B (dog).", "The answer is B (it barks).", "The correct answer is B. \\boxed{B}",
    "\\boxed{B}. My final choice is B.", "\\boxed{B}\nThe correct answer: (B) dog", "The common answer is C, but it is \\boxed{B}",
    "A: False\nC: False\nThe answer is B.", "\\boxed{A}. Wrong! It's B.",
]  # fmt: skip


def outcome(name: str, response: str, answer: str, payload: str = "{}") -> str:
    problem = Problem("p", "How much is it?", answer, name, payload=payload)
    return VERIFIERS[name].judge(problem, answer_trace("t", "p", response)).outcome


@pytest.mark.parametrize("response", NOT_THE_BOX)
def test_what_stands_around_a_box_belongs_to_its_value(response: str) -> None:
    assert outcome("math", response, "42") != "correct"


@pytest.mark.parametrize("response", THE_BOX)
def test_a_box_beside_words_or_in_an_equation_is_the_answer(response: str) -> None:
    assert outcome("math", response, "42") == "correct"


@pytest.mark.parametrize(
    ("answer", "response"),
    [
        ("\\frac{1}{42}", "$\\frac{1}{\\boxed{42}}$"), ("-18", "minus \\boxed{18}"), ("\\sqrt{42}", "$x = \\sqrt{\\boxed{42}}$"),
        ("420", "\\boxed{42}0"), ("0.42", "\\boxed{42}\\%"), ("9", "$8 + 1 \\equiv \\boxed{9} \\pmod{11}$"), ("18", "$21 = 3 + \\boxed{18}$"),
        ("5\\%", "\\boxed{5}%"), ("5", "$2^{\\boxed{5}} = 32$"), ("1, 2", "$(\\boxed{1}, \\boxed{2})$"), ("3", "x = \\boxed{3}\n\n- so x is 3"),
        ("-5", "$-$\\boxed{5}"), ("5.5", "\\boxed{5} 1/2"), ("5000", "\\boxed{5},000"), ("5000000", "\\boxed{5} x 10^6"), ("5000000", "\\boxed{5}M"),
    ],
)  # fmt: skip
def test_the_operator_around_a_box_is_read_with_it(answer: str, response: str) -> None:
    assert outcome("math", response, answer) == "correct"


@pytest.mark.parametrize("response", TAKEN_BACK)
def test_what_is_taken_back_denied_or_said_by_others_is_not_stated(response: str) -> None:
    assert outcome("math", response, "42") != "correct"


@pytest.mark.parametrize("response", STATED)
def test_a_correction_counts_and_a_check_takes_nothing_back(response: str) -> None:
    assert outcome("math", response, "42") == "correct"


@pytest.mark.parametrize("response", NOT_CHOSEN)
def test_an_option_that_is_taken_back_or_one_of_several_is_not_chosen(response: str) -> None:
    assert outcome("choice", response, "B", ANIMALS) != "correct"


@pytest.mark.parametrize("response", CHOSEN)
def test_an_option_beside_a_denied_one_is_chosen(response: str) -> None:
    assert outcome("choice", response, "B", ANIMALS) == "correct"


@pytest.mark.parametrize("response", ["1", "\\boxed{1}", "The answer is 1.", "A"])
def test_options_that_differ_in_their_sign_are_two(response: str) -> None:
    payload = json.dumps({"choices": ["1", "-1", "2", "3"]})
    assert outcome("choice", response, "A", payload) == "correct"
    assert outcome("choice", response, "B", payload) == "wrong"


def test_no_choices_at_all_are_a_reason() -> None:
    judged = VERIFIERS["choice"].judge(Problem("p", "", "B", "choice", payload='{"choices": []}'), answer_trace("t", "p", "B"))
    assert (judged.outcome, judged.reason) == ("unverifiable", "payload: no choices")
