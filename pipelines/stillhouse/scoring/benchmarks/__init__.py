"""Benchmarks by name, one per file: where its problems come from, how they are judged, how many there are, and under which licence."""

from stillhouse.errors import UserError
from stillhouse.recipe.sections import Benchmark, Guard, HuggingFace, LocalFile
from stillhouse.scoring.benchmarks import aime24, aime25, amc, gpqa, gsm8k, humaneval, math500, mbpp, mmlu_pro
from stillhouse.scoring.benchmarks.base import Known

BENCHMARKS: dict[str, Known] = {
    "gsm8k": gsm8k.BENCHMARK,
    "math500": math500.BENCHMARK,
    "aime24": aime24.BENCHMARK,
    "aime25": aime25.BENCHMARK,
    "amc": amc.BENCHMARK,
    "gpqa": gpqa.BENCHMARK,
    "mmlu_pro": mmlu_pro.BENCHMARK,
    "humaneval": humaneval.BENCHMARK,
    "mbpp": mbpp.BENCHMARK,
}


def source(wanted: Benchmark) -> HuggingFace | LocalFile:
    """Where its problems are read from. Raises UserError for an unknown name, and for one without a commit."""
    if isinstance(wanted, Guard) and wanted.source is not None:
        return wanted.source
    known = find(wanted.name)
    shared = {"columns": known.columns, "verifier": known.verifier, "license": known.license, "limit": wanted.limit}
    if wanted.path is not None:
        return LocalFile(kind="file", path=wanted.path, **shared)
    commit = wanted.revision or known.revision
    if commit is None:
        raise UserError(
            f"score.benchmarks: {wanted.name} has no commit of its own.",
            f"Name one of {known.dataset}: {{name: {wanted.name}, revision: …}}.",
        )
    return HuggingFace(kind="huggingface", dataset=known.dataset, revision=commit, subset=known.subset, split=known.split, **shared)


def whole(wanted: Benchmark) -> int | None:
    """How many problems there must be; None where a part or another commit is asked for."""
    if isinstance(wanted, Guard) and wanted.source is not None:
        return None
    ours = wanted.limit is None and wanted.path is None and wanted.revision is None
    return find(wanted.name).problems if ours else None


def verifier(wanted: Benchmark) -> str:
    """What judges its answers."""
    return wanted.source.verifier if isinstance(wanted, Guard) and wanted.source is not None else find(wanted.name).verifier


def find(name: str) -> Known:
    """A benchmark by its name. Raises UserError for one that is not known."""
    if name not in BENCHMARKS:
        raise UserError(f"score.benchmarks: {name!r} is not known.", f"Known: {', '.join(BENCHMARKS)}.")
    return BENCHMARKS[name]
