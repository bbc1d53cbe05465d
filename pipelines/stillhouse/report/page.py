"""The report as one HTML file that opens without a network: no script, no font and no picture from elsewhere.

It is made of whatever steps the plan has: without a student it tells of the dataset alone.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import duckdb
from jinja2 import Environment, FileSystemLoader, select_autoescape

from stillhouse.printing import plain
from stillhouse.query.committed import Committed, Inputs
from stillhouse.query.views import connect, rows, value
from stillhouse.report import samples
from stillhouse.report.heading import Heading
from stillhouse.report.summary import DRAWN, Summary, summarise
from stillhouse.report.terminal import lines
from stillhouse.scoring.intervals import percent, points

BINS = 20


class PageHeading(Heading, Protocol):
    """What the page is headed with."""

    @property
    def seed(self) -> int: ...
    @property
    def extraction_warning(self) -> float: ...


def render(config: PageHeading, inputs: Inputs, more: Sequence[tuple[str, str]] = ()) -> str:
    """The whole page, with `more` lines below its numbers. Everything that a model wrote is escaped, and its control characters are shown as their codes."""
    committed = Committed.of(inputs)
    summary = summarise(committed, config.extraction_warning)
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=select_autoescape(["html"]), finalize=_harmless)
    with connect(committed) as connection:
        return environment.get_template("page.html").render(
            recipe=config,
            made=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
            models=summary.models,
            lines=[*lines(summary), *more],
            bars=_bars(summary),
            funnel=_funnel(summary),
            teachers=summary.teachers,
            domains=summary.domains,
            histogram=_histogram(connection),
            losses=_losses(committed),
            parts=_parts(connection),
            steps={name: manifest.fingerprint for name, manifest in committed.steps.items()},
            provenance=_provenance(committed),
        )


def _harmless(value: object) -> object:
    return plain(value) if type(value) is str else value


def _bars(summary: Summary) -> list[dict[str, Any]]:
    found = []
    for reading in summary.readings:
        for who, rate in (("base", reading.base), ("student", reading.student)):
            place = {"mean": 100 * rate.mean, "low": 100 * rate.low, "high": 100 * rate.high}
            found.append({"name": f"{who}, {reading.name}", "who": who, "text": percent(rate), **place})
        found.append({"name": "difference", "who": "difference", "text": points(reading.difference)})
    return found


def _funnel(summary: Summary) -> list[dict[str, Any]]:
    named = {"traces sampled": summary.traces, "correct": summary.outcomes["correct"]}
    steps = [*named.items(), *((f"after {step}", left) for step, left in summary.funnel if step != "input"), ("examples", summary.examples)]
    return [{"name": name, "count": count, "percent": 100 * count / max(summary.traces, 1)} for name, count in steps]


def _histogram(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """How many of the teacher's traces have which length, in at most BINS bins of one width."""
    longest = value(connection, f"SELECT max(output_tokens) FROM traces WHERE {DRAWN}")
    if longest is None:
        return []
    width = max(1, -(-(longest + 1) // BINS))
    counted = f"SELECT output_tokens // ?, count(*) FROM traces WHERE {DRAWN} GROUP BY 1"
    counts = dict(rows(connection, counted, width))
    tallest = max(counts.values())
    return [
        {"low": i * width, "high": (i + 1) * width - 1, "count": counts.get(i, 0), "percent": 100 * counts.get(i, 0) / tallest}
        for i in range(longest // width + 1)
    ]


def _losses(committed: Committed) -> dict[str, Any] | None:
    """The training loss by optimiser step, as the points of a line in a box of 100 by 100; None without a student."""
    files = committed.steps["train"].files if "train" in committed.steps else []
    state = next((file for file in files if file.path.endswith("/trainer_state.json")), None)
    if state is None:
        return None
    history = json.loads(committed.store.read(state.path))["log_history"]
    found = [(entry["step"], entry["loss"]) for entry in history if "loss" in entry]
    if len(found) < 2:
        return None
    last, highest = found[-1][0], max(loss for _, loss in found) or 1.0
    line = " ".join(f"{100 * step / last:.2f},{100 - 100 * loss / highest:.2f}" for step, loss in found)
    return {"line": line, "first": found[0][1], "last": found[-1][1], "steps": last, "highest": highest}


def _parts(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """What is shown in full, under its heading."""
    shown = [
        {"title": "Kept", "samples": samples.kept(connection), "css": "", "empty": "No trace was kept."},
        {
            "title": "Dropped, one of each reason",
            "samples": samples.sample_drops(connection),
            "css": "dropped",
            "empty": "No trace was dropped.",
        },
    ]
    scored = [
        {"title": "The student's answers: right", "samples": samples.answers(connection, right=True), "css": ""},
        {"title": "The student's answers: wrong", "samples": samples.answers(connection, right=False), "css": "dropped"},
    ]
    return shown + [part for part in scored if part["samples"]]


def _provenance(committed: Committed) -> dict[str, str]:
    """The versions of what made the steps; several where steps were made by several."""
    found: dict[str, dict[str, None]] = {}
    for manifest in committed.steps.values():
        for name, version in manifest.provenance.items():
            found.setdefault(name, {})[version] = None
    return {name: ", ".join(versions) for name, versions in found.items()}
