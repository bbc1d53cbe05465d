"""The whole job as one Prefect flow: problems → sample → verify → curate → publish → train → score → report.

    python flows/distill.py configs/quickstart.yaml

Tasks pass nothing but names: what a stage made is in the run's folder, committed by its manifest, so a flow that is
started again finds it. A heavy stage is a Ray job when the recipe's cluster has an address.
"""

from pathlib import Path

from prefect import flow, task
from prefect.artifacts import create_link_artifact, create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger

import command_line
from stillhouse.execute import execute, finish, opened
from stillhouse.run import Run
from stillhouse.stages import STAGES


def _stage(name: str, run: Run) -> dict[str, float]:
    """Runs one stage; its counts are the task's result. A Ray job's log goes into the task's log."""
    link = lambda address: create_link_artifact(address, key=f"ray-job-{name}", description=f"Ray job of the stage {name}")  # noqa: E731
    return execute(name, run, log=get_run_logger().info, link=link).counts


@flow(name="distill", log_prints=False, persist_result=False)
def distill(recipe: str, overrides: list[str] | None = None, run: str | None = None, unsafe: bool = False) -> str:
    """Runs a recipe from problems to report; returns the run's folder. Committed stages are not done again."""
    with opened(Path(recipe), overrides, run, unsafe) as target:
        for name in STAGES:
            task(_stage, name=name, cache_policy=NO_CACHE, persist_result=False)(name, target)
        finish(target)
        _summary(target)
        return target.store.uri


def _summary(run: Run) -> None:
    from stillhouse.report.summary import summarise
    from stillhouse.report.terminal import lines

    rows = "\n".join(f"| {name} | {value} |" for name, value in lines(summarise(run)))
    create_markdown_artifact(f"| | |\n|---|---|\n{rows}", key="distill-result", description=run.recipe.name)


def main() -> None:
    """The command line: one line and exit code 2 for what a user can mend."""
    arguments = command_line.parser(__doc__).parse_args()
    command_line.serve(arguments, lambda: distill(arguments.recipe, arguments.overrides, arguments.run, arguments.unsafe))


if __name__ == "__main__":
    main()
