"""Running stages of a recipe: the run is locked, a heavy stage goes to the cluster when the recipe names one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from stillhouse import cluster
from stillhouse.jobs import run_job
from stillhouse.manifest import Manifest
from stillhouse.progress import say
from stillhouse.recipe import load
from stillhouse.recipe.endpoint import check_secret_may_go
from stillhouse.run import Run, default_uri
from stillhouse.stages import STAGES
from stillhouse.stages.base import committed, run_stage
from stillhouse.store import LocalStore, run_lock
from stillhouse.verifiers.walls import FLAG


@contextmanager
def opened(recipe: Path, overrides: list[str] | None, uri: str | None, unsafe: bool = False) -> Iterator[Run]:
    """The run of a recipe, locked for this process; Ray is left at the end. `unsafe` is for Run.unsafe."""
    loaded = load(recipe, overrides)
    if loaded.cluster.address:
        check_secret_may_go(loaded.cluster.address, "Ray's token")
    for stage in STAGES.values():  # a missing file or model is told now, not after an hour of sampling
        stage.fingerprint(loaded)
    run = Run.create(uri or default_uri(loaded), loaded)
    run.unsafe = unsafe
    with run_lock(run.store):
        try:
            yield run
        finally:
            cluster.leave()


def execute(stage: str, run: Run, log: Callable[[str], None] = say, link: Callable[[str], None] | None = None) -> Manifest:
    """Runs a stage here, or as a Ray job on the recipe's cluster when the stage is heavy.

    log: gets the job's lines. link: gets the address of the job on the dashboard once it has succeeded.
    """
    spec, address = STAGES[stage], run.recipe.cluster.address
    if address and spec.heavy and not committed(spec, run):
        folder = spec.folder(run)
        run.point(stage, folder.fingerprint)
        found = run_job(address, stage, run.store.uri, folder.fingerprint, log, [FLAG] if run.unsafe else [])
        if link:
            link(found)
    return run_stage(spec, run)


def finish(run: Run) -> None:
    """Prints the result table and where the report and the dataset are."""
    from stillhouse.report.summary import summarise
    from stillhouse.report.terminal import show

    show(summarise(run), f"{run.recipe.name}, seed {run.recipe.seed}")
    folder = f"{run.store.uri}/publish/{run.stages['publish']}/dataset"
    say(f"report:  {run.store.uri}/report.html\ndataset: {folder}")
    if isinstance(run.store, LocalStore):
        say(f"student: {run.store.uri}/train/{run.stages['train']}/student")
