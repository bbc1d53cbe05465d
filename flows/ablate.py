"""Which curation steps pay: a proxy student trained with and without each of them, as one Prefect flow.

    python flows/ablate.py configs/quickstart.yaml --seeds 3 [--student PATH] [--run FOLDER] [--any-size]

Arms: the recipe's curation, the same without each of its steps, and a random control. The report (ablation.json and
ablation.md in the run's folder) says what each arm scored and how far the full recipe leads; see scoring/ablation.py.
"""

import json
from pathlib import Path

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

import command_line
from stillhouse.ablate import make_arm, run_arms, write_report
from stillhouse.execute import make_all, open_job
from stillhouse.progress import say


@flow(name="ablate", log_prints=False, persist_result=False)
def ablate(
    recipe: str, overrides: list[str] | None = None, run: str | None = None,
    seeds: int = 3, student: str | None = None, any_size: bool = False, unsafe: bool = False,
) -> str:  # fmt: skip
    """Runs every arm and writes the report; returns its path."""
    changes = [*(overrides or []), *([f"train.student={{path: {json.dumps(student)}}}"] if student else [])]
    with open_job(Path(recipe), changes, run, unsafe) as job:
        make_all(job, job.plan.until("verify"))
        arm = lambda name, curation: task(make_arm, name=name, cache_policy=NO_CACHE, persist_result=False)(job, name, curation, seeds)  # noqa: E731
        text = write_report(job, run_arms(job, any_size, arm), seeds)
        create_markdown_artifact(text, key="ablation", description=job.plan.recipe.name)
        say(text)
        return f"{job.run.uri}/ablation.md"


def main() -> None:
    """The command line: one line and exit code 2 for what a user can mend."""
    parser = command_line.parser(__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="students per arm")
    parser.add_argument("--student", default=None, help="a smaller student than the recipe's, as a proxy")
    parser.add_argument("--any-size", action="store_true", help="do not draw the arms down to the full arm's size")
    chosen = parser.parse_args()
    if chosen.seeds < 1:
        parser.error("--seeds must be at least 1; 3 show the spread")
    named = (chosen.recipe, chosen.overrides, chosen.run, chosen.seeds, chosen.student, chosen.any_size, chosen.unsafe)
    command_line.serve(chosen, lambda: ablate(*named))


if __name__ == "__main__":
    main()
