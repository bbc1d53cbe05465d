"""Release: the gates that stand before a student is given on, and its model card. A student that fails one is not released, and the run says so."""

from stillhouse.recipe import Recipe
from stillhouse.recipe.section import Circumstance, Section
from stillhouse.recipe.training import Train
from stillhouse.records import Gate
from stillhouse.stages.base import Inputs, Output, Stage


class Config(Section):
    """What the card says, and what a student may lose on which guard."""

    name: str
    description: str
    license: str
    base: str
    train: Train
    guards: dict[str, float]
    extraction_warning: Circumstance[float]


def config(recipe: Recipe, train: Train) -> Config:
    """What of a recipe the card repeats."""
    return Config(
        name=recipe.name,
        description=recipe.description,
        license=recipe.publish.license,
        base=train.student.path,
        train=train,
        guards={guard.name: guard.allow for guard in recipe.score.guards},
        extraction_warning=recipe.verify.extraction_warning,
    )


def run(config: Config, inputs: Inputs, out: Output) -> None:
    from stillhouse.query.committed import Committed
    from stillhouse.query.views import connect
    from stillhouse.report.model_card import model_card
    from stillhouse.scoring.gates import guard_gate

    with connect(Committed.of(inputs)) as connection:
        gates = [guard_gate(connection, name, allow) for name, allow in config.guards.items()]
    out.table("gates").write(gates)
    out.add_bytes(model_card(config, inputs, gates).encode(), "README.md")
    failed = sum(not gate.passed for gate in gates)
    out.counts.update(gates=len(gates), failed=failed, released=float(not failed))


STAGE = Stage("release", "1", run, {"gates": Gate})
