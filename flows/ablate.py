"""Which curation steps pay: a proxy student trained with and without each of them, as one Prefect flow.

    python flows/ablate.py configs/quickstart.yaml --seeds 3 [--student PATH] [--run FOLDER] [--any-size]

Arms: the recipe's curation, the same without each of its steps, and a random control. All arms share the run's sampled
and verified traces; each is trained and scored once per seed with the recipe's own stages, and what is committed is
not done again. The report (ablation.json and ablation.md in the run's folder) gives, per arm, the held-out score and
the full arm's lead over it, paired by problem over the means of all seeds, with a 95% interval. A step pays where the
interval is above zero. The limit: intervals count problems, not seeds; the spread over seeds is printed beside them.
"""

import json
from dataclasses import asdict
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
from stillhouse.run import Run
from stillhouse.scoring.ablation import Arm, compare, markdown
from stillhouse.scoring.reducers import per_problem

SHARED = ("problems", "sample", "verify")
PER_ARM = ("curate", "train", "score")


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
