"""What leaving a step out costs: a student per arm and seed, compared with the full recipe's on the same problems.

The lead of the full arm is paired by problem over the means of all seeds, with a 95% interval. A step pays where the
interval is above zero. The limit: intervals count problems, not seeds; the spread over seeds is printed beside them.
"""

import statistics
from dataclasses import dataclass

from stillhouse.curation.ablation import CONTROL, FULL
from stillhouse.scoring.intervals import Rate, paired_difference, points
from stillhouse.scoring.reducers import Shares


@dataclass(frozen=True)
class Arm:
    """What one arm came to: its examples, and one table of shares per seed."""

    name: str
    examples: int
    seeds: list[Shares]


@dataclass(frozen=True)
class Line:
    """A row of the report. `lead` is the full arm's score minus this arm's, paired by problem."""

    arm: str
    examples: int
    score: float
    spread: float
    lead: Rate | None
    verdict: str


def compare(found: list[Arm]) -> list[Line]:
    """The report's rows. Raises ValueError where the arms were not scored on the same problems."""
    full = next(arm for arm in found if arm.name == FULL)
    problems = sorted(full.seeds[0])
    for arm in found:
        if any(sorted(shares) != problems for shares in arm.seeds):
            raise ValueError(f"{arm.name} was scored on other problems than {FULL}")
    return [_line(arm, full, problems) for arm in found]


def _line(arm: Arm, full: Arm, problems: list[str]) -> Line:
    per_seed = [statistics.fmean(shares.values()) for shares in arm.seeds]
    spread = statistics.stdev(per_seed) if len(per_seed) > 1 else 0.0
    lead = None if arm.name == FULL else paired_difference(_means(arm, problems), _means(full, problems))
    return Line(arm.name, arm.examples, statistics.fmean(per_seed), spread, lead, verdict(arm.name, lead))


def _means(arm: Arm, problems: list[str]) -> list[float]:
    return [statistics.fmean(shares[p] for shares in arm.seeds) for p in problems]


def verdict(name: str, lead: Rate | None) -> str:
    """What an interval says of the step that the arm leaves out."""
    if lead is None:
        return "the recipe as it is"
    what = "curation" if name == CONTROL else "the step"
    if lead.low > 0:
        return f"{what} pays"
    return f"{what} costs" if lead.high < 0 else "no difference shown"


def markdown(lines: list[Line], seeds: int) -> str:
    """The report for a person."""
    rows = [
        f"| {line.arm} | {line.examples:,} | {line.score:.1%} ± {100 * line.spread:.1f} | {_lead(line)} | {line.verdict} |"
        for line in lines
    ]
    head = "| arm | examples | held-out score (± points over seeds) | lead of the full recipe (95%) | |\n|---|---|---|---|---|\n"
    return f"# Ablation of the curation steps, {seeds} seeds\n\n{head}" + "\n".join(rows) + "\n"


def _lead(line: Line) -> str:
    return f"{points(line.lead)}, n={line.lead.n}" if line.lead else "–"
