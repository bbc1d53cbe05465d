"""The report as one HTML file that opens without a network: no script, no font and no picture from elsewhere."""

import itertools
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape

from stillhouse.printing import plain
from stillhouse.records import Decision, Problem, Trace, Verdict
from stillhouse.report.summary import Summary, summarise
from stillhouse.report.terminal import interval, lines
from stillhouse.run import Run

SAMPLES = 5
BINS = 20


def render(run: Run) -> str:
    """The whole page. Everything that a model wrote is escaped, and its control characters are shown as their codes."""
    summary = summarise(run)
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=select_autoescape(["html"]), finalize=_harmless)
    traces = run.rows("sample", "traces", Trace)
    kept, dropped = _samples(run, traces)
    return environment.get_template("page.html").render(
        recipe=run.recipe, lines=lines(summary), funnel=_funnel(summary), readings=_bars(summary),
        histogram=_histogram([t.output_tokens for t in traces]), kept=kept, dropped=dropped,
        provenance=run.manifest("score").provenance if summary.readings else {}, stages=run.stages,
    )  # fmt: skip


def _harmless(value: object) -> object:
    return plain(value) if type(value) is str else value


def _funnel(summary: Summary) -> list[dict[str, Any]]:
    steps = [("traces sampled", summary.traces), ("correct", summary.outcomes["correct"])]
    steps += [(f"after {step.partition(':')[2]}", left) for step, left in summary.curation if ":" in step]
    steps.append(("examples", summary.examples))
    return [{"name": name, "count": count, "percent": 100 * count / max(summary.traces, 1)} for name, count in steps]


def _bars(summary: Summary) -> list[dict[str, Any]]:
    rows = []
    for reading in summary.readings:
        for who, rate in (("base", reading.base), ("student", reading.student)):
            rows.append({"name": f"{who}, {reading.name}", "who": who, "mean": 100 * rate.mean, "low": 100 * rate.low,
                         "high": 100 * rate.high, "text": interval(rate)})  # fmt: skip
        rows.append({"name": "difference", "who": "difference", "text": interval(reading.difference, signed=True)})
    return rows


def _histogram(lengths: list[int]) -> list[dict[str, Any]]:
    if not lengths:
        return []
    width = max(1, -(-(max(lengths) + 1) // BINS))
    counts = [sum(1 for n in lengths if i * width <= n < (i + 1) * width) for i in range(BINS)]
    tallest = max(counts)
    return [{"low": i * width, "high": (i + 1) * width - 1, "count": c, "percent": 100 * c / tallest} for i, c in enumerate(counts)]


def _samples(run: Run, traces: list[Trace]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The first kept traces, and the first dropped trace of each reason."""
    problems = {p.id: p for p in run.rows("problems", "problems", Problem)}
    verdicts = {v.trace_id: v for v in run.rows("verify", "verdicts", Verdict)}
    decisions = {d.id: d for d in run.rows("curate", "decisions", Decision)}
    shown = [{"trace": t, "problem": problems[t.problem_id], "verdict": verdicts[t.id], "decision": decisions[t.id]} for t in traces]
    kept = list(itertools.islice((s for s in shown if _kept(s)), SAMPLES))
    by_reason: dict[tuple[str, str], dict[str, Any]] = {}
    for sample in shown:
        if not _kept(sample):
            by_reason.setdefault((sample["decision"].step, sample["decision"].reason), sample)  # type: ignore[attr-defined]
    return kept, list(by_reason.values())


def _kept(sample: dict[str, Any]) -> bool:
    return bool(sample["decision"].kept)
