"""Wall: of every reasoning-gym task, what is made of a right answer is right only where it says the same."""

import json
import re
from decimal import Decimal

import pytest
from reasoning_gym.factory import DATASETS
from tests.verifiers.attacks.gym_answers import HONEST, Entry, entries, hostile, right
from tests.verifiers.attacks.gym_cases import CASES, Case

from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, answer_trace
from stillhouse.verifiers.gym.tasks import REFUSED
from stillhouse.verifiers.gym.verifier import ReasoningGym

TASKS = sorted(set(DATASETS) - REFUSED)
# Drawing one takes seconds.
FEW = {"sokoban": 1, "knight_swap": 1, "futoshiki": 1, "arc_agi": 1}
# The parts of an answer may stand in another order.
UNORDERED = {"cryptarithm", "polynomial_equations", "prime_factorization", "quantum_lock", "rush_hour", "shortest_path"}
# Read one by one: another way to say the same, another constant of integration, a further move that changes nothing, another solution.
SAME = {
    ("graph_color", "another figure"), ("rush_hour", "another figure"), ("power_function", "another figure"), ("power_function", "{}1"),
    ("power_function", "without the last letter"),
    ("intermediate_integration", "{}/2"), ("intermediate_integration", "{}1"), ("intermediate_integration", "1{}"), ("simple_integration", "{}/2"),
    ("simple_integration", "{}1"), ("simple_integration", "1{}"), ("jugs", "an item twice"), ("rubiks_cube", "{}1"),
    ("time_intervals", "without the last letter"), ("time_intervals", "without the last of ' '"), ("number_sequence", "{},000"),
}  # fmt: skip
NUMERAL = re.compile(r"[-–]?(?:\d+\.?\d*|\.\d+)(?:e\d+)?")
COUNTED = {
    "question": "How many minutes does it take? There are 60 minutes in an hour. Each pair costs $5.",
    "answer": "120",
    "metadata": {},
}


@pytest.fixture(scope="module")
def gym() -> ReasoningGym:
    made = ReasoningGym(Verify())
    made.warm_up()
    return made


def judged(gym: ReasoningGym, task: str, entry: Entry, response: str) -> str:
    payload = json.dumps({"task": task, "entry": entry})
    problem = Problem("p", str(entry["question"]), str(entry["answer"]), "reasoning_gym", payload=payload)
    return gym.judge(problem, answer_trace("t", "p", response)).outcome


def drawn(task: str) -> list[tuple[Entry, str]]:
    found = [(entry, right(task, entry)) for entry in entries(task, FEW.get(task, 3))]
    return [(entry, answer) for entry, answer in found if answer is not None]


def test_nearly_every_entry_has_a_right_answer() -> None:
    assert sum(bool(drawn(task)) for task in TASKS) >= len(TASKS) - 1


@pytest.mark.parametrize("task", TASKS)
def test_a_right_answer_is_right_and_so_it_is_decorated(task: str, gym: ReasoningGym) -> None:
    for entry, answer in drawn(task):
        for form in HONEST:
            if not set(form) & set(answer) & set("*`$\\"):
                said = form.replace("{}", answer)
                assert judged(gym, task, entry, f"<answer>{said}</answer>") == "correct", said


@pytest.mark.parametrize("task", TASKS)
def test_nothing_else_that_is_made_of_it_is(task: str, gym: ReasoningGym) -> None:
    for entry, answer in drawn(task):
        for done, said in hostile(entry, answer):
            other_order = done.startswith("swapped") and task in UNORDERED
            if (task, done) not in SAME and not other_order and not _same(said, answer):
                assert judged(gym, task, entry, f"<answer>{said}</answer>") != "correct", (done, said, answer)


def _same(said: str, answer: str) -> bool:
    """The same numerals by value between the same text, blanks and a last full stop aside."""
    return _numerals(said) == _numerals(answer) and _between(said) == _between(answer)


def _numerals(text: str) -> list[Decimal]:
    return [Decimal(found.replace("–", "-")) for found in NUMERAL.findall(text)]


def _between(text: str) -> str:
    return re.sub(r"\s|\.$", "", NUMERAL.sub(" 0 ", text)).replace("–", "-")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.task)
def test_single_entries(case: Case, gym: ReasoningGym) -> None:
    entry = {"question": case.question, "answer": case.gold, "metadata": case.metadata}
    said = {answer: judged(gym, case.task, entry, f"<answer>{answer}</answer>") for answer in (*case.right, *case.wrong)}
    assert [answer for answer in case.right if said[answer] != "correct"] == []
    assert [answer for answer in case.wrong if said[answer] != "wrong"] == []


# Around the number 120, inside the block.
ANOTHER_AMOUNT = [
    "120 hours", "120 pairs", "120 seconds", "€120", "120°", "120 minute hours", "120.0.0", "1,20", "12,0", "0120e0x",
    "120 in an hour", "120,", "120 minutes of nothing", "one 120", "120 minutes each", "[120", "120 60", "120..", "120/1 hour",
    "$-120$", "-$120", "$120-", "120₀", "¹120", "120\u200b0", "\u202e120", "120\n\n0", "120 minutes per pair", "120 kilo", "120 min⁻¹",
    "120$^2$", "120\\%", "120!!", "120 = 2 hours", "2 hours = 120 minutes?", "120'", '120"', "120″", "120 minutes ago",
    "120 minutes or less", "120(19)", "120[19]", "𝟏𝟐𝟎0", "ⅽxx", "120¢", "120½", "120·10", "120 E 2", "120e+2", "120 minutes (wrong)",
    "120 MINUTES NOT",
]  # fmt: skip
SAME_AMOUNT = [
    "120 minutes", "$120$", "**120**", "120.", "120 minutes.", "120.00", "1.2e2", "\\text{120}", "**120 minutes**", "(120)", "+120",
]  # fmt: skip
# Around the block, which is @.
TAKEN_BACK = [
    "@ Just kidding.", "@\nOr rather, 130.", "@\nMake that 130.", "@ Scratch that.", "<del>@</del>",
    "@ Wait, it is 130.", "@ The answer is 130.", "@\n130", "@ #### 130", "@ \\boxed{130}", "@ That is incorrect.",
    "@ Correction: 130", "@ No, 130.", "@ Edit: 130", "@ Not.", "@ is wrong", "@ × 2", "-@", "not @", "The answer is not @",
    "@ or 130", "@ million", "<!-- @ -->", "<answer>130</answer><!-- @ -->", "~~@~~", "\\phantom{@}",
    "If we were wrong it would be @ but it is 130", "Answer — @", "- - @", "less than @", "-(@)", "2 * @", "≠ @", "Maybe @", "twice @",
    "@0", "@.5", "@ (or 130)", "@, 130", "<answer>130</answer> @",
    "This is not the answer: @", "This isn't my final answer:\n@", "The following is not correct: @", "Wrong: @", "**Wrong answer:** @", "Incorrect:\n\n@",
    "Do not submit this: @", "Don't trust the following:\n@",
    "I refuse. @", "I refuse to answer this.\n@", "I will not answer that.\n@",
    "Someone else says @", "My friend claims that the answer is @",
]  # fmt: skip
LEFT_ALONE = [
    "@ I hope this helps!", "@ The answer is 120.", "@\n\nExplanation: 60 minutes times 2 hours.", "So the total is @.",
    "The final answer is: @", "@ minutes", "- @", "1. @", "> @", "<div>@</div>", "**@**", "x = @", "So we get: @",
    "It isn't 5. The answer is @", "@!", "<answer>\n120\n</answer>",
    "130 is wrong.\n@", "That is not the answer.\n\n@", "Do not use LaTeX: @", "Do not write anything else:\n@", "It is not divisible by 7:\n@",
    "I say the answer is @", "Nothing is wrong here. @", "I refuse to guess, so I calculate.\n@",
]  # fmt: skip


def test_an_amount_may_have_its_unit_and_nothing_else(gym: ReasoningGym) -> None:
    said = {answer: judged(gym, "gsm_symbolic", COUNTED, f"<answer>{answer}</answer>") for answer in (*ANOTHER_AMOUNT, *SAME_AMOUNT)}
    assert [answer for answer in ANOTHER_AMOUNT if said[answer] != "wrong"] == []
    assert [answer for answer in SAME_AMOUNT if said[answer] != "correct"] == []


def test_what_stands_around_a_block_can_take_it_back(gym: ReasoningGym) -> None:
    said = {frame: judged(gym, "gsm_symbolic", COUNTED, frame.replace("@", "<answer>120</answer>")) for frame in (*TAKEN_BACK, *LEFT_ALONE)}
    assert [frame for frame in TAKEN_BACK if said[frame] != "wrong"] == []
    assert [frame for frame in LEFT_ALONE if said[frame] != "correct"] == []
