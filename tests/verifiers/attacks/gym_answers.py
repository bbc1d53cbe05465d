"""A right answer for an entry of every reasoning-gym task, and what a hostile or an honest writer makes of it."""

import json
import random
from collections import deque
from collections.abc import Iterator
from functools import cache
from typing import Any

import reasoning_gym

Entry = dict[str, Any]
# Each of these denies, scales, bounds, doubts, corrects or adds to what it is put around.
AROUND = [
    "negative {}", "minus {}", "-{}", "–{}", "—{}", "√{}", "\\sqrt{{{}}}", "-\\left({}\\right)", "not {}", "¬({})", "\\neg {}", "anything but {}",
    "no more than {}", "at least {}", "more than {}", "~{}", "≈{}", "<{}", "≤ {}", "≠ {}", "half of {}", "5 of {}", "{} of 10", "{} percent", "{}%",
    "{} cents", "{} bn", "{} million", "{}k", "{}'000", "{},000", "{}!", "{}‼", "{}^2", "{}²", "{}/2", "1/{}", "{} squared", "2 × {}", "{}e1", "{}i", "{}1", "1{}",
    "{} or 12", "{} or not", "{}, and also 12", "{} aka 19", "{} (or 19)", "{}\n19", "{} is wrong", "{} none of these", "{}. Correction: 19.",
    "{}\nActually, not this.", "{} {}", "{}, {}", "{}; {}", "{}\n{}", "[{}, 19]", "{} = 19", "19 = {}", "if {} then 19", "{}?", "the opposite of {}",
    "all but {}", "{} # 19", "{} // not", "<!-- {} -->", "\\phantom{{{}}}", "~~{}~~", "{}⁻¹", "{}₂", "x{}", "{} modulo 7", "{}, 19, 20", "first {} then undo",
]  # fmt: skip
# What only sets an answer apart.
HONEST = ["{}", " {} ", "\n{}\n", "**{}**", "`{}`", "```\n{}\n```", "${}$", "\\({}\\)", "\\[{}\\]", "**`{}`**"]


# So that a way out is found by breadth.
EASY: dict[str, dict[str, Any]] = {"rush_hour": {"max_moves": 5}}


@cache
def entries(task: str, count: int = 3, seed: int = 11) -> list[Entry]:
    """Drawn entries as a data file holds them: through JSON."""
    drawn = reasoning_gym.create_dataset(task, size=count, seed=seed, **EASY.get(task, {}))
    return [json.loads(json.dumps(drawn[i], default=str)) for i in range(count)]


def right(task: str, entry: Entry) -> str | None:
    """A right answer: the gold, or one that is found where the entry has none; None where nobody has it."""
    data = entry["metadata"]
    if task == "boxnet":
        return json.dumps(list(_carried(data["initial_state"])))
    if task == "graph_color":
        return json.dumps(data["possible_answer"])
    if task == "propositional_logic":
        return str(data["example_answer"])
    if task == "rubiks_cube":
        return str(data["example_correct_answer"])
    if task == "rush_hour":
        return _driven(data["board_config"])
    return None if "Integral" in entry["answer"] else str(entry["answer"])


def _carried(squares: dict[str, list[str]]) -> Iterator[dict[str, str]]:
    """One box after the other, a square at a time, first along x."""
    for square, items in squares.items():
        for box in (item for item in items if item.startswith("box_")):
            target = box.replace("box_", "target_")
            goal = next(where for where, there in squares.items() if target in there)
            x, y = map(float, square.split("_"))
            u, v = map(float, goal.split("_"))
            while (x, y) != (u, v):
                agent, step = f"Agent[{x}, {y}]", (1 if u > x else -1, 0) if u != x else (0, 1 if v > y else -1)
                x, y = x + step[0], y + step[1]
                yield {agent: f"move({box}, square[{x}, {y}])"}
            yield {f"Agent[{x}, {y}]": f"move({box}, {target})"}


def _driven(config: str) -> str | None:
    """The first way out by breadth, given up after some thousand boards."""
    from reasoning_gym.games.rush_hour import Board

    seen, todo = {Board(config).board_str()}, deque([""])
    while todo and len(seen) < 4_000:
        moves = todo.popleft()
        for car in "ABCDEFGHIJKLM":
            for by in "+-":
                board, longer = Board(config), f"{moves} {car}{by}1".strip()
                try:
                    board.perform_moves(longer)
                except (IndexError, AssertionError):
                    continue
                if board.solved:
                    return longer
                if board.board_str() not in seen:
                    seen.add(board.board_str())
                    todo.append(longer)
    return None


def hostile(entry: Entry, answer: str) -> Iterator[tuple[str, str]]:
    """(what was done, the text) of everything that is made of a right answer."""
    for form in AROUND:
        yield form, form.replace("{{", "\0").replace("}}", "\1").replace("{}", answer).replace("\0", "{").replace("\1", "}")
    yield "empty", ""
    yield "question", str(entry["question"])
    yield "question and answer", f"{entry['question']}\n{answer}"
    yield "without the last letter", answer[:-1]
    yield "without the first letter", answer[1:]
    yield "doubled letter", answer[:1] + answer
    for split, joined in ((None, " "), (",", ","), ("\n", "\n"), ("→", "→"), ("×", "×")):
        parts = answer.split(split)
        if len(parts) > 1:
            yield f"without the last of {joined!r}", joined.join(parts[:-1])
            yield f"without the first of {joined!r}", joined.join(parts[1:])
            yield f"the last twice of {joined!r}", joined.join([*parts, parts[-1]])
            yield f"swapped of {joined!r}", joined.join([parts[1], parts[0], *parts[2:]])
            yield f"19 among {joined!r}", joined.join([*parts[:-1], "19", parts[-1]])
            yield f"not among {joined!r}", joined.join([*parts[:-1], " not ", parts[-1]])
    yield from _in_json(answer)
    dice = random.Random(answer)
    figures = [at for at, sign in enumerate(answer) if sign.isdigit()]
    for at in dice.sample(figures, min(3, len(figures))):
        yield "another figure", answer[:at] + str((int(answer[at]) + 1) % 10) + answer[at + 1 :]


def _in_json(answer: str) -> Iterator[tuple[str, str]]:
    try:
        value = json.loads(answer)
    except ValueError:
        return
    if isinstance(value, list) and value:
        yield "an item less", json.dumps(value[1:])
        yield "an item twice", json.dumps([value[0], *value])
        yield "null among them", json.dumps([*value, None])
        yield "nested", json.dumps([value])
    if isinstance(value, dict) and value:
        key, first = next(iter(value.items()))
        yield "a key less", json.dumps({k: v for k, v in value.items() if k != key})
        yield "a key more", json.dumps({**value, "no": first})
        yield "a key twice", "{" + f"{json.dumps(key)}: 0, " + json.dumps(value)[1:]
        yield "another value", json.dumps({**value, key: [first]})
        yield "a value as text", json.dumps({**value, key: f"not {first}"})
