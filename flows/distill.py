"""The whole job as one Prefect flow: problems → sample → verify → curate → publish → train → score → report.

    python flows/distill.py configs/quickstart.yaml

Tasks pass nothing but names: what a stage made is in the run's folder, committed by its manifest, so a flow that is
started again finds it. A heavy stage is a Ray job when the recipe's cluster has an address.
"""

import argparse
import os
import sys
from pathlib import Path

os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")

from prefect import flow, task
from prefect.artifacts import create_link_artifact, create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger

from stillhouse.errors import UserError
from stillhouse.execute import execute, finish, opened
from stillhouse.progress import say
from stillhouse.recipe import load
from stillhouse.run import Run
from stillhouse.stages import STAGES
from temporary_server import prefect_server


def _stage(name: str, run: Run) -> dict[str, float]:
    """Runs one stage; its counts are the task's result. A Ray job's log goes into the task's log."""
    link = lambda address: create_link_artifact(address, key=f"ray-job-{name}", description=f"Ray job of the stage {name}")  # noqa: E731
    return execute(name, run, log=get_run_logger().info, link=link).counts


@flow(name="distill", log_prints=False, persist_result=False)
def distill(recipe: str, overrides: list[str] | None = None, run: str | None = None) -> str:
    """Runs a recipe from problems to report; returns the run's folder. Committed stages are not done again."""
    with opened(Path(recipe), overrides, run) as target:
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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe", nargs="?", default="configs/quickstart.yaml")
    parser.add_argument("--set", dest="overrides", metavar="KEY=VALUE", action="append", default=[])
    parser.add_argument("--run", default=None, help="the run's folder or URI")
    arguments = parser.parse_args()
    try:
        load(arguments.recipe, arguments.overrides)  # a mistake is told before a server is started
        with prefect_server() as address:
            say(f"Prefect: {address}")
            distill(arguments.recipe, arguments.overrides, arguments.run)
    except UserError as error:
        print(f"stillhouse: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
