"""The quickstart cut down to a handful of problems, as a command."""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SETTINGS = {
    "problems.held_out": 4,
    "problems.limit": 10,
    "teacher.sampling.n": 3,
    "teacher.shard_size": 15,
    "teacher.sampling.max_tokens": 32,
    "score.sampling.n": 1,
    "score.sampling.max_tokens": 32,
    "train.epochs": 2,
    "train.batch_size": 2,  # several steps, so that the warm-up is not all there is
    "train.micro_batch_size": 2,
}


def command(run: Path, settings: dict[str, object] | None = None) -> list[str]:
    """The flow's command line with the small settings and these over them."""
    merged = {**SETTINGS, **(settings or {})}
    overrides = [part for key, value in merged.items() for part in ("--set", f"{key}={json.dumps(value)}")]
    return [sys.executable, "flows/distill.py", "configs/quickstart.yaml", "--run", str(run), *overrides]
