"""The whole job as one Prefect flow, a task per step of the recipe's plan.

    python flows/distill.py configs/quickstart.yaml

Tasks pass nothing on: what a step made is in the store, committed by its manifest, so a flow that is started again finds
it. A step that follows another (judging beside sampling) is a task beside the other's. A heavy step is a Ray job when the
recipe's cluster has an address.
"""

from pathlib import Path

from prefect import flow, task
from prefect.artifacts import create_link_artifact, create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger

import command_line
from stillhouse.execute import Job, finish, groups, make, open_job
from stillhouse.stages.base import Step


def _make(step: Step, job: Job) -> dict[str, float]:
    """Makes one step; its counts are the task's result. A Ray job's log goes into the task's log."""
    key = f"ray-job-{step.name.replace('/', '-')}"
    link = lambda address: create_link_artifact(address, key=key, description=f"Ray job of the step {step.name}")  # noqa: E731
    return make(job, step, log=get_run_logger().info, link=link).counts


def _make_group(group: list[Step], job: Job) -> None:
    """Makes steps at once: the first here, what follows it as tasks beside it."""
    tasks = [task(_make, name=step.name, cache_policy=NO_CACHE, persist_result=False) for step in group]
    with job.working(group):
        beside = [made.submit(step, job) for made, step in list(zip(tasks, group, strict=True))[1:]]
        tasks[0](group[0], job)
        for future in beside:
            future.result()


@flow(name="distill", log_prints=False, persist_result=False)
def distill(recipe: str, overrides: list[str] | None = None, run: str | None = None, unsafe: bool = False) -> str:
    """Makes every step of a recipe; returns the run's folder. What is committed is not done again."""
    with open_job(Path(recipe), overrides, run, unsafe) as job:
        for group in groups(list(job.plan.steps.values())):
            _make_group(group, job)
        rows = "\n".join(f"| {name} | {value} |" for name, value in finish(job))
        create_markdown_artifact(f"| | |\n|---|---|\n{rows}", key="distill-result", description=job.plan.recipe.name)
        return job.run.uri


def main() -> None:
    """The command line: one line and exit code 2 for what a user can mend."""
    arguments = command_line.parser(__doc__).parse_args()
    command_line.serve(arguments, lambda: distill(arguments.recipe, arguments.overrides, arguments.run, arguments.unsafe))


if __name__ == "__main__":
    main()
