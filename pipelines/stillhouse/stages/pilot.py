"""Pilot: some of the training problems, drawn by the seed, for a forecast. What is drawn of them the whole run finds."""

from typing import Literal

from stillhouse.recipe.section import Section
from stillhouse.records import Problem
from stillhouse.stages.base import Inputs, Output, Stage
from stillhouse.tables import sql


class Config(Section):
    """How many, and by which seed."""

    table: Literal["problems"] = "problems"
    problems: int
    seed: int


def run(config: Config, inputs: Inputs, out: Output) -> None:
    writer = out.table("problems")
    order = f"sha256('{config.seed} pilot ' || id)"
    with sql.connection() as connection:
        drawn = connection.sql(f"SELECT * FROM ({inputs['problems'].selection(config.table)}) ORDER BY {order} LIMIT {config.problems}")
        writer.write_table(drawn.to_arrow_table())
    writer.flush()
    out.counts["problems"] = sum(shard.rows for shard in writer.shards)


STAGE = Stage("pilot", "1", run, {"problems": Problem})
