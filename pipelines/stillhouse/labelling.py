"""People as the last step of an escalation: what a run asks them, and what they said taken back into it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from stillhouse.errors import UserError
from stillhouse.execute import job, make
from stillhouse.query.committed import Committed
from stillhouse.query.queue import list_queue
from stillhouse.query.views import connect, rows
from stillhouse.records import Label, Said
from stillhouse.storage import labels
from stillhouse.storage.lock import hold
from stillhouse.storage.run import OpenRun

NAMES: tuple[Said, ...] = get_args(Said)


@dataclass(frozen=True)
class Taken:
    """What became of a file of labels: those that say something new, those that were there, and the traces that nobody labelled."""

    new: int
    there: int
    open: int


def export(uri: str, labelled: bool) -> Iterator[dict[str, Any]]:
    """What people are asked, a row per problem. Raises UserError for a run that asks nobody or has not come so far."""
    run = _reviewed(uri)
    with connect(Committed.at(run)) as connection:
        yield from list_queue(connection, labelled)


def take(uri: str, path: Path) -> Taken:
    """Takes the labels of a file, all of them or, where a line cannot be read or names no trace of the run, none. Raises UserError."""
    run = _reviewed(uri)
    given, left = _read(path, _traces(run))
    place = run.run
    with hold(place.store, place.path("labels"), wait=True):
        state = place.state()
        assert state is not None
        before = labels.read(place.store, state.labels)
        after = labels.add(before, given)
        if len(after) > len(before):
            place.set_pointers(run.recipe, state.steps, state.contents, labels.write(place.store, after))
    with job(run.recipe, uri) as found:  # at once, so that `why` and `sql` know of them
        make(found, found.plan.steps["review"])
    return Taken(len(after) - len(before), len(given) - (len(after) - len(before)), left)


def _reviewed(uri: str) -> OpenRun:
    run = OpenRun.at(uri)
    if "review" not in run.steps:
        raise UserError(f"The recipe of {uri} has no `review`, so nobody is asked.", "`review: {}` in it is the usual rules.")
    run.manifest("review")
    return run


def _traces(run: OpenRun) -> set[str]:
    with connect(Committed.at(run)) as connection:
        return {one for (one,) in rows(connection, "SELECT id FROM traces WHERE NOT starts_with(made_by, 'score/')")}


def _read(path: Path, known: set[str]) -> tuple[list[Label], int]:
    """The labels of a file and how many were left open. A line is a problem as it was exported, or a trace_id with its label."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"Cannot read {path}: {getattr(error, 'strerror', None) or 'it is not UTF-8'}.") from error
    found, left = list[Label](), 0
    for number, line in enumerate(lines, 1):
        for one in _said(line, f"{path}, line {number}") if line.strip() else ():
            if not one.get("label"):
                left += 1
                continue
            found.append(_label(one, known, f"{path}, line {number}"))
    return found, left


def _said(line: str, where: str) -> list[dict[str, Any]]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{where} is no JSON.") from error
    several = row.get("traces", [row]) if isinstance(row, dict) else None
    if not isinstance(several, list) or not all(isinstance(one, dict) for one in several):
        raise UserError(f"{where} is neither a problem with `traces` nor a trace with its `label`.")
    return several


def _label(one: dict[str, Any], known: set[str], where: str) -> Label:
    trace, said, note = one.get("trace_id"), one["label"], one.get("note") or ""
    if not isinstance(trace, str) or trace not in known:
        raise UserError(f"{where}: {trace!r} is no trace of this run.", "Nothing was taken.")
    if said not in NAMES:
        raise UserError(f"{where}: the label {said!r} is none of {', '.join(NAMES)}.", "Nothing was taken.")
    if not isinstance(note, str):
        raise UserError(f"{where}: the note is not text.", "Nothing was taken.")
    return Label(trace, said, note, 0)
