"""The result of a run as a table that a person can read."""

from collections.abc import Sequence

from rich.table import Table

from stillhouse.printing import plain
from stillhouse.progress import console
from stillhouse.report.summary import Summary
from stillhouse.scoring.intervals import percent, points
from stillhouse.scoring.measures import Thinking


def show(summary: Summary, title: str, more: Sequence[tuple[str, str]] = ()) -> None:
    """Prints the run's numbers, and `more` below them; rates carry their 95% interval and the number of problems."""
    table = Table(title=plain(title), title_justify="left", show_header=False, min_width=72)
    table.add_column(style="bold")
    table.add_column()
    for name, value in [*lines(summary), *more]:
        table.add_row(plain(name), plain(value))
    console.print(table, markup=False)


def lines(summary: Summary) -> list[tuple[str, str]]:
    """(what, value) pairs in the order of the funnel, then the scores and the times."""
    return [
        *facts(summary),
        *_scores(summary),
        *((gate.name, f"{'passed' if gate.passed else 'FAILED, the student is not released'}: {gate.reason}") for gate in summary.gates),
        ("time", ", ".join(f"{step} {seconds:,.0f} s" for step, seconds in summary.seconds.items())),
    ]


def facts(summary: Summary) -> list[tuple[str, str]]:
    """What the dataset is made of: the lines that its card repeats."""
    verified = ", ".join(f"{name} {count:,}" for name, count in summary.outcomes.items() if count)
    return [
        ("problems", f"{summary.problems:,} to train on, {summary.held_out:,} held out ({summary.overlap:,} in both, by id or text)"),
        *_decontamination(summary),
        ("teacher", summary.models.get("teacher", "none")),
        ("traces sampled", f"{summary.traces:,}"),
        *((f"of teacher {one.name}", one.line()) for one in summary.teachers),
        ("verified", verified or "none"),
        *_allocation(summary),
        *_extraction(summary),
        *((f"left after {step}", f"{left:,}") for step, left in summary.funnel if step != "input"),
        ("examples", f"{summary.examples:,}"),
        *_cost(summary),
    ]


def _cost(summary: Summary) -> list[tuple[str, str]]:
    tokens, seconds = summary.cost.tokens_per_example, summary.cost.seconds_per_example
    return [] if tokens is None else [("cost of an example", f"{tokens:,.0f} tokens, {seconds:.1f} s of the engine")]


def _allocation(summary: Summary) -> list[tuple[str, str]]:
    found = summary.allocation
    if found is None:
        return []
    said = [("problems stopped", ", ".join(f"{stop}: {count:,}" for stop, count in found.stops.items()))]
    if found.pass_rate is not None:
        said.append(("pass rate", f"{percent(found.pass_rate)} over {found.pass_rate.n:,} problems, not biased by the stops"))
    if len(found.rounds) > 1:
        said.append(("correct by round", ", ".join(f"{correct:,} of {tried:,}" for tried, correct in found.rounds)))
    if found.cancelled or found.surplus:
        lost = f"{found.cancelled:,} requests cancelled, {found.surplus:,} traces beyond a stop ({found.surplus_tokens:,} tokens)"
        said.append(("asked in vain", lost))
    return said


def _extraction(summary: Summary) -> list[tuple[str, str]]:
    if not summary.extraction.read:
        return []
    rows = [("answers not found", summary.extraction.line())]
    return [*rows, ("WARNING", summary.extraction_warning)] if summary.extraction_warning else rows


def _decontamination(summary: Summary) -> list[tuple[str, str]]:
    if summary.canaries is None:
        return []
    caught, planted = summary.canaries
    return [
        ("decontamination", f"{summary.contaminated:,} problems taken out; {caught:,} of {planted:,} planted benchmark questions caught")
    ]


def _scores(summary: Summary) -> list[tuple[str, str]]:
    found = []
    for reading in summary.readings:
        found.append((f"pass@1, {reading.name}", f"base {percent(reading.base)}  →  student {percent(reading.student)}"))
        found.append(("", f"paired difference {points(reading.difference)} over {reading.difference.n:,} problems"))
    return [*found, *_of_k(summary), *_thinking(summary)]


def _of_k(summary: Summary) -> list[tuple[str, str]]:
    """What the answers to a problem come to together, where it has several."""
    last = [(model, model.of_k[-1]) for model in summary.measured if model.of_k]
    return [
        (f"{model.name}, {model.reading}", f"pass@{of.k} {percent(of.passed)}, maj@{of.k} {percent(of.majority)}") for model, of in last
    ]


def _thinking(summary: Summary) -> list[tuple[str, str]]:
    return [(f"{model.name} thinks", thinking(model.thinking)) for model in summary.measured if model.reading == "strict"]


def thinking(found: Thinking) -> str:
    """For a person: `212 tokens an answer, 410 a correct one; …`."""
    tokens = f"{found.tokens_per_answer:,.0f} tokens an answer"
    tokens += f", {found.tokens_per_correct:,.0f} a correct one" if found.tokens_per_correct is not None else ""
    tokens += f", {found.tokens_after:,.0f} after the answer was first there" if found.tokens_after is not None else ""
    return f"{tokens}; {found.truncated:.1%} cut off, {found.unclosed:.1%} never end their thinking, {found.loops:.1%} loop"
