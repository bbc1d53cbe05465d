"""Readings of answers that are moves, maps or colourings: every part is well formed, stands once, and keeps the rules.

Each replays the whole answer and gives it in the form that the task's own check takes, or None. Moves that cannot be made
are against the rules, but for sokoban, where walking against a wall is a move that changes nothing.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from stillhouse.verifiers.gym.literals import grid, parsed, plain, texts
from stillhouse.verifiers.gym.measures import metadata
from stillhouse.verifiers.gym.shapes import Entry, gold, text

_MAX_MOVES = 5_000
_DIGITS = re.compile(r"([A-Z])\s*=\s*(\d)", re.ASCII)
_AGENT = re.compile(r"Agent\[(\d+\.\d+), ?(\d+\.\d+)\]", re.ASCII)
_SQUARE = re.compile(r"move\((box_\w+), square\[(\d+\.\d+), ?(\d+\.\d+)\]\)", re.ASCII)
_TARGET = re.compile(r"move\((box_(\w+)), target_(\w+)\)", re.ASCII)
_JUG = re.compile(r"(?:(fill|empty) ([A-Z])|pour ([A-Z])\s*->\s*([A-Z]))")
_DISK = re.compile(r"(?:\d{1,4}\. )?Move disk (\d{1,3}) from Peg (\d{1,2}) to Peg (\d{1,2})\.?", re.ASCII)
_KNIGHT = re.compile(r"([wB]),([A-Z]\d),([A-Z]\d)", re.ASCII)
_BUTTONS = re.compile(r"\s*(?:→|->|\\(?:rightarrow|to)(?![a-z])|,)\s*|\s+")
_CAR = re.compile(r"([A-Z])([+-])(\d{1,2})", re.ASCII)
_FACE = re.compile(r"([UDLRFBMESXYZxyz]w?)(')?([1-3])?(')?")
_STEPS = {"right": (0, 1), "down": (1, 0), "left": (0, -1), "up": (-1, 0)}
_KEYS = {"R": (0, 1), "D": (1, 0), "L": (0, -1), "U": (-1, 0)}


def mapping(answer: str, entry: Entry) -> str | None:
    """A digit for every letter, each letter once."""
    parts = [_DIGITS.fullmatch(part.strip()) for part in re.split(r"[,\n]", plain(answer))]
    pairs = [(part[1], part[2]) for part in parts if part]
    if len(pairs) < len(parts) or len(dict(pairs)) < len(pairs):
        return None
    return ",".join(f"{letter}={digit}" for letter, digit in pairs)


def colouring(answer: str, entry: Entry) -> str | None:
    """A colour for every vertex and for nothing else, no two neighbours alike."""
    puzzle, said = metadata(entry, "puzzle"), parsed(plain(answer))
    if not isinstance(puzzle, dict) or not isinstance(said, dict):
        return None
    if set(said) != {str(vertex) for vertex in puzzle["vertices"]}:
        return None
    if not all(any(type(colour) is type(known) and colour == known for known in puzzle["color_options"]) for colour in said.values()):
        return None
    return plain(answer) if all(said[str(a)] != said[str(b)] for a, b in puzzle["edges"]) else None


def boxes(answer: str, entry: Entry) -> str | None:
    """Plans for the agents, step by step: an agent moves a box of its square to a neighbouring one or onto its target there.

    Of one step everything begins at once, so that a box is moved once in it. At the end no box is left.
    """
    start, said = metadata(entry, "initial_state"), parsed(plain(answer))
    if not isinstance(start, dict) or not isinstance(said, list) or len(said) > _MAX_MOVES:
        return None
    squares = {square: list(items) for square, items in start.items()}
    for step in said:
        if not isinstance(step, dict) or not _one_step(squares, step):
            return None
    left = any(item.startswith("box_") for items in squares.values() for item in items)
    return None if left else plain(answer)


def _one_step(squares: dict[str, list[str]], step: Mapping[str, Any]) -> bool:
    before = {square: list(items) for square, items in squares.items()}
    arrived: list[tuple[str, str]] = []
    agents = [_AGENT.fullmatch(agent) for agent in step]
    if None in agents or len({agent.groups() for agent in agents if agent}) < len(step):
        return False
    for agent, action in zip(agents, step.values(), strict=True):
        here = "{}_{}".format(*agent.groups()) if agent else ""
        moved = _SQUARE.fullmatch(action) if isinstance(action, str) else None
        matched = _TARGET.fullmatch(action) if isinstance(action, str) else None
        items = before.get(here, [])
        if moved and moved[1] in items and f"{moved[2]}_{moved[3]}" in squares and _neighbours(here, f"{moved[2]}_{moved[3]}"):
            taken = [moved[1]]
            arrived.append((f"{moved[2]}_{moved[3]}", moved[1]))
        elif matched and matched[2] == matched[3] and matched[1] in items and f"target_{matched[2]}" in items:
            taken = [matched[1], f"target_{matched[2]}"]
        else:
            return False
        for item in taken:
            items.remove(item)
            squares[here].remove(item)
    for square, box in arrived:
        squares[square].append(box)
    return True


def _neighbours(one: str, other: str) -> bool:
    (x, y), (u, v) = (map(float, square.split("_")) for square in (one, other))
    return abs(x - u) + abs(y - v) == 1


def jugs(answer: str, entry: Entry) -> str | None:
    """Moves with jugs that there are, a jug never into itself; at the end one of them holds the target."""
    puzzle, moves = metadata(entry, "puzzle"), texts(parsed(plain(answer)))
    if not isinstance(puzzle, dict) or moves is None or len(moves) > _MAX_MOVES:
        return None
    sizes = {chr(ord("A") + i): int(size) for i, size in enumerate(puzzle["jug_capacities"])}
    held = dict.fromkeys(sizes, 0)
    for move in moves:
        found = _JUG.fullmatch(move)
        if found is None or not {jug for jug in found.groups()[1:] if jug} <= set(sizes) or (found[3] and found[3] == found[4]):
            return None
        if found[1]:
            held[found[2]] = sizes[found[2]] if found[1] == "fill" else 0
        else:
            poured = min(held[found[3]], sizes[found[4]] - held[found[4]])
            held[found[3]] -= poured
            held[found[4]] += poured
    return plain(answer) if puzzle["target"] in held.values() else None


def tower(answer: str, entry: Entry) -> str | None:
    """A move per line, of the top disk of a peg onto a larger one; at the end all lie on the target."""
    disks, start, target = (metadata(entry, key) for key in ("num_disks", "start_peg", "target_peg"))
    lines = [line.strip() for line in plain(answer).splitlines() if line.strip()]
    moves = [_DISK.fullmatch(line) for line in lines]
    if None in moves or not moves or len(moves) > _MAX_MOVES:
        return None
    pegs: dict[int, list[int]] = {peg: [] for peg in range(1, int(metadata(entry, "num_pegs")) + 1)}
    pegs[start] = list(range(disks, 0, -1))
    for disk, source, goal in ([int(part) for part in move.groups()] for move in moves if move):
        if (
            source not in pegs
            or goal not in pegs
            or pegs[source][-1:] != [disk]
            or (pegs[goal] and pegs[goal][-1] < disk)
            or source == goal
        ):
            return None
        pegs[goal].append(pegs[source].pop())
    said = [f"Move disk {move[1]} from Peg {move[2]} to Peg {move[3]}" for move in moves if move]
    return "\n".join(said) if len(pegs[target]) == disks else None


def knights(answer: str, entry: Entry) -> str | None:
    """`No`, or moves in turn of a knight to an empty square that it reaches; at the end the colours have changed places."""
    said, moves = plain(answer), texts(parsed(plain(answer)))
    board, pieces, turn = (metadata(entry, key) for key in ("board", "pieces", "start_turn"))
    if said.casefold() == "no":
        return said
    if moves is None or not isinstance(board, dict) or not isinstance(pieces, dict) or len(moves) > _MAX_MOVES:
        return None
    now = dict(pieces)
    for move in moves:
        found = _KNIGHT.fullmatch(move)
        if found is None or found[1] != turn or now.get(found[2]) != turn or found[3] not in board.get(found[2], ()) or now.get(found[3]):
            return None
        now[found[3]], now[found[2]] = turn, None
        turn = "B" if turn == "w" else "w"
    swapped = {"w": "B", "B": "w"}
    return said if all(now[square] == swapped.get(piece) for square, piece in pieces.items()) else None


def traffic(answer: str, entry: Entry) -> str | None:
    """Cars along their own axis over empty cells only; at the end the red car is at the exit."""
    from reasoning_gym.games.rush_hour import Board

    parts = plain(answer).split()
    moves = [_CAR.fullmatch(part) for part in parts]
    if None in moves or not moves or len(moves) > _MAX_MOVES:
        return None
    rows = [list(row) for row in Board(str(metadata(entry, "board_config"))).board_str().split()]
    for car, sign, count in (move.groups() for move in moves if move):
        for _ in range(int(count)):
            if not _drive(rows, car, 1 if sign == "+" else -1):
                return None
    return " ".join(parts)


def _drive(rows: list[list[str]], car: str, by: int) -> bool:
    where = sorted((y, x) for y, row in enumerate(rows) for x, cell in enumerate(row) if cell == car)
    if len(where) < 2:
        return False
    dy, dx = (0, by) if where[0][0] == where[1][0] else (by, 0)
    moved = [(y + dy, x + dx) for y, x in where]
    if not all(0 <= y < len(rows) and 0 <= x < len(rows[0]) and rows[y][x] in (".", car) for y, x in moved):
        return False
    for y, x in where:
        rows[y][x] = "."
    for y, x in moved:
        rows[y][x] = car
    return True


def sokoban(answer: str, entry: Entry) -> str | None:
    """Letters of directions; a wall, or a box that cannot move, stops the player. At the end no box is off a goal."""
    keys = re.sub(r"[\s,]", "", plain(answer))
    rows = grid(str(metadata(entry, "gamestr")))
    if not re.fullmatch("[UDLR]+", keys) or len(keys) > _MAX_MOVES:
        return None
    at = {(y, x): cell for y, row in enumerate(rows) for x, cell in enumerate(row)}
    player = next(square for square, cell in at.items() if cell in "*%")
    boxes_at = {square for square, cell in at.items() if cell in "@$"}
    for y, x in (_KEYS[key] for key in keys):
        ahead, beyond = (player[0] + y, player[1] + x), (player[0] + 2 * y, player[1] + 2 * x)
        if at.get(ahead, "+") == "+" or (ahead in boxes_at and (at.get(beyond, "+") == "+" or beyond in boxes_at)):
            continue
        player = ahead
        if ahead in boxes_at:
            boxes_at = boxes_at - {ahead} | {beyond}
    return keys if all(at[square] in "X$%" for square in boxes_at) else None


def buttons(answer: str, entry: Entry) -> str | None:
    """Names of buttons with arrows between them, or commas, or blanks."""
    known = {str(button.get("name")) for button in _dicts(metadata(entry, "buttons"))} or set("ABC")
    parts = [part.upper() for part in _BUTTONS.split(plain(answer))]
    return " → ".join(parts) if set(parts) <= known else None


def _dicts(value: Any) -> Iterable[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list | tuple) else []


def path(answer: str, entry: Entry) -> str | None:
    """Directions through open cells to the goal, or that there is no way."""
    said, rows = plain(answer).split(), metadata(entry, "matrix")
    if gold(entry).strip() == "infeasible" or not isinstance(rows, list | tuple) or not set(said) <= set(_STEPS):
        return text(answer, entry)
    at = {(y, x): cell for y, row in enumerate(rows) for x, cell in enumerate(row)}
    here = next((square for square, cell in at.items() if cell == "*"), (-1, -1))
    for y, x in (_STEPS[step] for step in said):
        here = here[0] + y, here[1] + x
        if at.get(here, "X") == "X":
            return None
    return " ".join(said) if at.get(here) == "#" else None


def turns(answer: str, entry: Entry) -> str | None:
    """Turns of a cube in Singmaster's letters, blanks between them; a turn with a number is given as so many turns."""
    parts = [_FACE.fullmatch(part) for part in plain(answer).replace("’", "'").split()]
    if None in parts or len(parts) > _MAX_MOVES:
        return None
    return " ".join(" ".join([part[1] + (part[2] or part[4] or "")] * int(part[3] or 1)) for part in parts if part)


def board(answer: str, entry: Entry) -> str | None:
    """A grid of single figures, blanks between them."""
    rows = grid(plain(answer))
    return "\n".join(" ".join(row) for row in rows) if all(re.fullmatch(r"[0-9]{1,6}", cell) for row in rows for cell in row) else None
