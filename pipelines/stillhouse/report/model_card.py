"""The student's card: what it was made of, how it was trained, what it scores, and how it is served, in the Hub's format."""

import json
from collections.abc import Sequence
from typing import Protocol

from stillhouse.printing import plain
from stillhouse.query.committed import Committed, Inputs
from stillhouse.query.views import connect
from stillhouse.recipe.section import identity
from stillhouse.recipe.training import Train
from stillhouse.records import Gate
from stillhouse.report.heading import Heading
from stillhouse.report.markdown import front_matter, public_name, table, text
from stillhouse.report.summary import summarise
from stillhouse.report.terminal import facts
from stillhouse.scoring.intervals import percent, points
from stillhouse.scoring.measures import Lead, Measured, measure_all

SERVE = "python -m vllm.entrypoints.openai.api_server --model FOLDER --served-model-name {name}"


class ModelHeading(Heading, Protocol):
    """What the card says and the tables do not know."""

    @property
    def license(self) -> str: ...
    @property
    def base(self) -> str: ...
    @property
    def train(self) -> Train: ...
    @property
    def extraction_warning(self) -> float: ...


def model_card(config: ModelHeading, inputs: Inputs, gates: Sequence[Gate]) -> str:
    """Markdown with the Hub's metadata block. Every number on it was computed from the run's tables; what others wrote is escaped."""
    committed = Committed.of(inputs)
    summary = summarise(committed, config.extraction_warning)
    with connect(committed) as connection:
        models, leads = measure_all(connection, committed)
    base = public_name(config.base)
    metadata = {
        "base_model": base,
        "library_name": "transformers",
        "license": config.license,
        "tags": ["reasoning", "distillation", "stillhouse", config.train.method],
    }
    parts = [
        f"# {text(config.name)}: student",
        text(config.description),
        f"{text(base)}, trained with Stillhouse and TRL on a teacher's traces, each accepted by a verifier.",
        "## Scores\n\n" + scores(models, leads),
        "## Guards\n\n" + guards(gates),
        "## Data\n\n" + table(("", ""), facts(summary)),
        "## Training\n\n" + _training(config.train, base, committed),
        "## Serving\n\n```\n"
        + SERVE.format(name=config.name)
        + "\n```\n\nAsk it with the prompt that it was trained with; its chat template is "
        "in the folder.",
        "## Lineage\n\n" + table(("step", "fingerprint"), [(name, found.fingerprint) for name, found in committed.steps.items()]),
    ]
    return f"{front_matter(metadata)}\n" + "\n\n".join(part for part in parts if part) + "\n"


def scores(models: Sequence[Measured], leads: Sequence[Lead]) -> str:
    """Every scored set in both readings: base, student, and the difference paired by problem."""
    rates = {(model.name, model.reading): model.pass_at_1 for model in models}
    rows = [
        (
            lead.of.removeprefix("score/").removesuffix("student").rstrip("/") or "held out", lead.reading, f"{lead.difference.n:,}",
            percent(rates[lead.over, lead.reading]), percent(rates[lead.of, lead.reading]), points(lead.difference),
        )
        for lead in leads
        if (lead.of, lead.over) == (f"{lead.of.removesuffix('/student')}/student", f"{lead.of.removesuffix('/student')}/base")
    ]  # fmt: skip
    if not rows:
        return "Not scored."
    head = ("set", "reading", "problems", "base, pass@1", "student, pass@1", "difference")
    return (
        table(head, rows) + "\n\nIntervals are 95% over problems. Strict asks for one think block; lenient takes the last number or choice."
    )


def guards(gates: Sequence[Gate]) -> str:
    """What the student may not lose, and whether it did."""
    if not gates:
        return "The recipe names none."
    return table(("gate", "passed", "why"), [(gate.name, "yes" if gate.passed else "NO", gate.reason) for gate in gates])


def _training(train: Train, base: str, committed: Committed) -> str:
    """The settings, and what the run counted of it; the render gate's verdict is that training began at all."""
    settings = json.dumps({**dict(identity(train)), "student": base}, indent=1, ensure_ascii=False)
    counts = committed.steps["train"].counts
    loss = counts.get("loss_tokens_per_epoch")
    gate = f"The render gate took every example whole; the loss covers {loss:,.0f} tokens per epoch.\n\n" if loss else ""
    counted = table(("", ""), [(name.replace("_", " "), f"{value:,.6g}") for name, value in counts.items()])
    return f"{gate}{counted}\n\n```json\n{plain(settings)}\n```"
