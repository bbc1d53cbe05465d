"""The dataset card: what is in the dataset, how it was made and from what, in the Hub's format."""

import json
from collections import Counter

from stillhouse.records import Problem, Verdict
from stillhouse.report.markdown import front_matter, public_name, text
from stillhouse.report.summary import summarise
from stillhouse.report.terminal import lines
from stillhouse.run import Run
from stillhouse.verifiers.measured import measured


def dataset_card(run: Run, content: str) -> str:
    """Markdown with the Hub's metadata block; every rate on it was computed from the run's tables.

    `content` identifies the rows. It stands in the metadata because `datasets` tells two local folders of one name apart by
    that alone: without it `load_dataset` gives whatever folder of that name was loaded first.
    """
    recipe, summary = run.recipe, summarise(run)
    sources = sorted({(p.source, p.license or "unknown") for p in run.rows("problems", "problems", Problem)})
    facts = "\n".join(
        f"| {text(name)} | {text(value)} |" for name, value in lines(summary) if name not in ("time", "") and "pass@1" not in name
    )
    listed = "\n".join(f"- {text(source)} ({text(licence)})" for source, licence in sources)
    stages = "\n".join(f"| {stage} | {fingerprint} |" for stage, fingerprint in run.stages.items() if stage in run.committed())
    return (
        f"{_metadata(run, summary.examples, content)}\n# {text(recipe.name)}\n\n{text(recipe.description)}\n\n"
        f"Made with Stillhouse: a teacher's traces, each accepted by a verifier.\n\n"
        f"| | |\n|---|---|\n{facts}\n\n## Verification\n\n{_verifiers(run)}\n\n## Problems\n\n{listed}\n\n## Teacher\n\n```json\n{_teacher(run)}\n```\n\n"
        f"## Lineage\n\n| stage | fingerprint |\n|---|---|\n{stages}\n"
    )


def _verifiers(run: Run) -> str:
    """Who judged how many traces behind which isolation, and how often each is known to err."""
    counts = Counter((v.verifier, v.version, v.isolation) for v in run.rows("verify", "verdicts", Verdict))
    rows = [f"| {text(name)} {text(version)} | {n:,} | {text(isolation)} |" for (name, version, isolation), n in sorted(counts.items())]
    errors = known_errors(sorted({(name, version) for name, version, _ in counts}))
    return "| verifier | traces | isolation |\n|---|---|---|\n" + "\n".join(rows) + "\n\n" + errors


def known_errors(verifiers: list[tuple[str, str]]) -> str:
    """The errors of each verifier on its own suite and on independent sets, beside the peers' on the same answers."""
    unmeasured = [f"{name} {version}" for name, version in verifiers if not measured(name, version)]
    rows = [
        f"| {found.name}{'' if found.own else ', independent'} | {found.right:,} + {found.wrong:,} | {tool.tool} "
        f"| {tool.false_accepts:,} | {tool.false_rejects:,} | {tool.undecided:,} |"
        for name, version in verifiers
        for found in measured(name, version)
        for tool in (found.ours, *found.peers)
    ]
    head = "| answers | right + wrong | tool | false accepts | false rejects | undecided |\n|---|---|---|---|---|---|\n"
    return "\n\n".join([*([head + "\n".join(rows)] if rows else []), *([f"Not measured: {', '.join(unmeasured)}."] if unmeasured else [])])


def _metadata(run: Run, examples: int, content: str) -> str:
    return front_matter(
        {
            "license": run.recipe.publish.license,
            "task_categories": ["text-generation"],
            "tags": ["reasoning", "distillation", "stillhouse"],
            "size_categories": [_size(examples)],
            "configs": [{"config_name": "default", "description": f"content {content}", "data_files": "data/*.parquet"}],
        }
    )


def _teacher(run: Run) -> str:
    teacher = run.recipe.teacher.model_dump(mode="json", exclude={"engine"})
    if "model" in teacher:
        teacher["model"]["path"] = public_name(teacher["model"]["path"])
    if "path" in teacher:
        teacher["path"] = public_name(teacher["path"])
    return json.dumps(teacher, indent=1)


def _size(examples: int) -> str:
    for limit, name in ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M")):
        if examples < limit:
            return name
    return "n>1M"
