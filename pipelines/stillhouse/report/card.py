"""The dataset card: what is in the dataset, how it was made and from what, in the Hub's format."""

import json
from collections import Counter

from stillhouse.records import Problem, Verdict
from stillhouse.report.summary import summarise
from stillhouse.report.terminal import lines
from stillhouse.run import Run
from stillhouse.verifiers.measured import measured


def dataset_card(run: Run) -> str:
    """Markdown with the Hub's metadata block; every rate on it was computed from the run's tables."""
    recipe, summary = run.recipe, summarise(run)
    sources = sorted({(p.source, p.license or "unknown") for p in run.rows("problems", "problems", Problem)})
    facts = "\n".join(f"| {name} | {value} |" for name, value in lines(summary) if name not in ("time", "") and "pass@1" not in name)
    listed = "\n".join(f"- {source} ({licence})" for source, licence in sources)
    stages = "\n".join(f"| {stage} | {fingerprint} |" for stage, fingerprint in run.stages.items() if stage in run.committed())
    return (
        f"---\nlicense: {recipe.publish.license}\ntask_categories: [text-generation]\ntags: [reasoning, distillation, stillhouse]\n"
        f"size_categories: [{_size(summary.examples)}]\nconfigs:\n- config_name: default\n  data_files: data/*.parquet\n---\n\n"
        f"# {recipe.name}\n\n{recipe.description}\n\nMade with Stillhouse: a teacher's traces, each accepted by a verifier.\n\n"
        f"| | |\n|---|---|\n{facts}\n\n## Verification\n\n{_verifiers(run)}\n\n## Problems\n\n{listed}\n\n## Teacher\n\n```json\n{_teacher(run)}\n```\n\n"
        f"## Lineage\n\n| stage | fingerprint |\n|---|---|\n{stages}\n"
    )


def _verifiers(run: Run) -> str:
    """Who judged how many traces behind which isolation, and how often each is known to err."""
    counts = Counter((v.verifier, v.version, v.isolation) for v in run.rows("verify", "verdicts", Verdict))
    rows = [
        f"| {name} {version} | {n:,} | {isolation} | {_accuracy(name, version)} |"
        for (name, version, isolation), n in sorted(counts.items())
    ]
    return "| verifier | traces | isolation | accuracy |\n|---|---|---|---|\n" + "\n".join(rows)


def _accuracy(verifier: str, version: str) -> str:
    found = measured(verifier, version)
    if found is None:
        return "not measured on a suite"
    return (
        f"false accepts {found.false_accepts} of {found.reject}, false rejects {found.false_rejects} of {found.accept} on its mutation suite "
        f"({found.peer}: {found.peer_false_accepts} and {found.peer_false_rejects})"
    )


def _teacher(run: Run) -> str:
    return json.dumps(run.recipe.teacher.model_dump(mode="json", exclude={"engine"}), indent=1)


def _size(examples: int) -> str:
    for limit, name in ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M")):
        if examples < limit:
            return name
    return "n>1M"
