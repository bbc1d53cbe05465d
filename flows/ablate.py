"""Which curation steps pay: a proxy student trained with and without each of them, as one Prefect flow.

    python flows/ablate.py configs/quickstart.yaml --seeds 3 [--student PATH] [--run FOLDER] [--any-size]

Arms: the recipe's curation, the same without each of its steps, and a random control. All arms share the run's sampled
and verified traces; each is trained and scored once per seed with the recipe's own stages, and what is committed is
not done again. The report (ablation.json and ablation.md in the run's folder) gives, per arm, the held-out score and
the full arm's lead over it, paired by problem over the means of all seeds, with a 95% interval. A step pays where the
interval is above zero. The limit: intervals count problems, not seeds; the spread over seeds is printed beside them.
"""

import json
import statistics
from dataclasses import asdict, dataclass
from pathlib import Path

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

import command_line
from stillhouse.curation.ablation import CONTROL, FULL, arms
from stillhouse.execute import execute, opened
from stillhouse.progress import say
from stillhouse.recipe import Recipe
from stillhouse.recipe.curation import Curation
from stillhouse.records import Score
from stillhouse.run import Run
from stillhouse.scoring.intervals import Rate, paired_difference

SHARED = ("problems", "sample", "verify")
PER_ARM = ("curate", "train", "score")
Shares = dict[str, float]  # problem -> share of its answers that were correct


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
        f"| {x.arm} | {x.examples:,} | {x.score:.1%} ± {x.spread:.1%} | "
        + (f"{x.lead.mean:+.1%} [{x.lead.low:+.1%}, {x.lead.high:+.1%}], n={x.lead.n}" if x.lead else "–")
        + f" | {x.verdict} |"
        for x in lines
    ]
    head = "| arm | examples | held-out score (± over seeds) | lead of the full recipe (95%) | |\n|---|---|---|---|---|\n"
    return f"# Ablation of the curation steps, {seeds} seeds\n\n{head}" + "\n".join(rows) + "\n"


def _arm(run: Run, recipe: Recipe, curation: Curation, seeds: int, name: str) -> Arm:
    """Curates, trains and scores one arm with every seed."""
    scored, examples = [], 0
    for seed in range(seeds):
        train = recipe.train.model_copy(update={"seed": recipe.seed + seed})
        arm = Run(run.store, recipe.model_copy(update={"curation": curation, "train": train}), dict(run.stages), run.unsafe)
        counts = {stage: execute(stage, arm).counts for stage in PER_ARM}
        examples = int(counts["curate"]["examples"])
        say(f"{name}, seed {seed}: {examples:,} examples, {counts['score']['strict']:.1%} strict")
        scored.append(shares(arm.rows("score", "scores", Score)))
    return Arm(name, examples, scored)


def shares(scores: list[Score]) -> Shares:
    """Problem -> share of its answers that were strictly correct."""
    found: dict[str, list[bool]] = {}
    for score in scores:
        found.setdefault(score.problem_id, []).append(score.outcome == "correct")
    return {problem: statistics.fmean(answers) for problem, answers in found.items()}


@flow(name="ablate", log_prints=False, persist_result=False)
def ablate(
    recipe: str,
    overrides: list[str] | None = None,
    run: str | None = None,
    seeds: int = 3,
    student: str | None = None,
    any_size: bool = False,
    unsafe: bool = False,
) -> str:
    """Runs every arm and writes the report; returns its path in the run's folder."""
    changes = [*(overrides or []), *([f"train.student={{path: {json.dumps(student)}}}"] if student else [])]
    with opened(Path(recipe), changes, run, unsafe) as target:
        for name in SHARED:
            task(execute, name=name, cache_policy=NO_CACHE, persist_result=False)(name, target)
        try:
            found = _arms(target, seeds, any_size)
        finally:
            _restore(target)
        lines = compare(found)
        text = markdown(lines, seeds)
        target.store.write("ablation.json", json.dumps([asdict(line) for line in lines], indent=1).encode())
        target.store.write("ablation.md", text.encode())
        create_markdown_artifact(text, key="ablation", description=target.recipe.name)
        say(text)
        return f"{target.store.uri}/ablation.md"


def _arms(target: Run, seeds: int, any_size: bool) -> list[Arm]:
    run_arm = lambda name, curation: task(_arm, name=name, cache_policy=NO_CACHE, persist_result=False)(  # noqa: E731
        target, target.recipe, curation, seeds, name
    )
    full = run_arm(FULL, target.recipe.curation)
    others = arms(target.recipe.curation, None if any_size else full.examples)
    return [full, *(run_arm(name, curation) for name, curation in others.items() if name != FULL)]


def _restore(run: Run) -> None:
    """run.json names the recipe's own stages again, as far as they are committed."""
    from stillhouse.stages import STAGES
    from stillhouse.stages.base import committed

    for name, stage in STAGES.items():
        if committed(stage, run):
            run.point(name, stage.fingerprint(run.recipe))


def main() -> None:
    """The command line: one line and exit code 2 for what a user can mend."""
    parser = command_line.parser(__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="students per arm")
    parser.add_argument("--student", default=None, help="a smaller student than the recipe's, as a proxy")
    parser.add_argument("--any-size", action="store_true", help="do not draw the arms down to the full arm's size")
    chosen = parser.parse_args()
    if chosen.seeds < 1:
        parser.error("--seeds must be at least 1; 3 show the spread")
    command_line.serve(
        chosen,
        lambda: ablate(chosen.recipe, chosen.overrides, chosen.run, chosen.seeds, chosen.student, chosen.any_size, chosen.unsafe),
    )


if __name__ == "__main__":
    main()
