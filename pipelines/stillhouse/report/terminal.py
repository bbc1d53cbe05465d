"""The result of a run as a table that a person can read."""

from rich.table import Table

from stillhouse.printing import plain
from stillhouse.progress import console
from stillhouse.report.summary import Summary
from stillhouse.scoring.intervals import Rate


def show(summary: Summary, title: str) -> None:
    """Prints the run's numbers; rates carry their 95% interval and the number of problems."""
    table = Table(title=plain(title), title_justify="left", show_header=False, min_width=72)
    table.add_column(style="bold")
    table.add_column()
    for name, value in lines(summary):
        table.add_row(plain(name), plain(value))
    console.print(table)


def lines(summary: Summary) -> list[tuple[str, str]]:
    """(what, value) pairs in the order of the funnel."""
    verified = ", ".join(f"{name} {count:,}" for name, count in summary.outcomes.items() if count)
    rows = [
        ("problems", f"{summary.problems:,} to train on, {summary.held_out:,} held out ({summary.overlap} in both, by id or text)"),
        *_decontamination(summary),
        ("traces sampled", f"{summary.traces:,}"),
        ("verified", verified),
        *_extraction(summary),
    ]
    rows += [(f"left after {step.partition(':')[2]}", f"{left:,}") for step, left in summary.curation if ":" in step]
    rows += [
        ("examples", f"{summary.examples:,}"),
        ("cost of an example", f"{summary.cost.tokens_per_example:,.0f} tokens, {summary.cost.seconds_per_example:.1f} s of the engine"),
    ]
    for reading in summary.readings:
        rows.append((f"pass@1, {reading.name}", f"base {interval(reading.base)}  →  student {interval(reading.student)}"))
        rows.append(("", f"paired difference {interval(reading.difference, signed=True)} over {reading.difference.n} problems"))
    rows.append(("time", ", ".join(f"{stage} {seconds:,.0f} s" for stage, seconds in summary.seconds.items())))
    return rows


def _extraction(summary: Summary) -> list[tuple[str, str]]:
    if not summary.extraction.read:
        return []
    rows = [("answers not found", summary.extraction.line())]
    return [*rows, ("WARNING", summary.extraction_warning)] if summary.extraction_warning else rows


def _decontamination(summary: Summary) -> list[tuple[str, str]]:
    if summary.canaries is None:
        return []
    caught, planted = summary.canaries
    return [("decontamination", f"{summary.contaminated:,} problems taken out; {caught} of {planted} planted benchmark questions caught")]


def interval(rate: Rate, signed: bool = False) -> str:
    """`12.5% [8.0, 19.1]`, in points; with a sign for differences."""
    sign = "+" if signed else ""
    return f"{rate.mean * 100:{sign}.1f}% [{rate.low * 100:{sign}.1f}, {rate.high * 100:{sign}.1f}]"
