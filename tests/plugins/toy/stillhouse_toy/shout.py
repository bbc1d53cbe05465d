"""A curation step: drops what is written in capitals."""

import polars as pl

from stillhouse.curation.base import Result, drop
from stillhouse.recipe.steps import PluggedStep


class Shout(PluggedStep):
    row_wise = True
    share: float = 0.5

    def needs(self) -> list[str]:
        return ["response"]

    def run(self, rows: pl.DataFrame, seed: int) -> Result:
        capitals = pl.col("response").str.count_matches("[A-Z]") > self.share * pl.col("response").str.len_chars()
        return Result(drop(rows, pl.when(capitals).then(pl.lit("shouted"))))
