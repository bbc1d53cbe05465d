"""Runs a recipe's curation steps over a table of traces.

Guarantee: every input row is either in the result or has exactly one decision that drops it, with the first
step's reason; the same rows, settings and seed give the same result in every order of work. Limit: ids must
be unique, and a step that compares rows needs the columns that it compares in memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np
import polars as pl

from stillhouse.curation.base import Result, StepKind, require
from stillhouse.curation.labels import Labels
from stillhouse.curation.passrate import with_pass_rate
from stillhouse.curation.registry import kind_of
from stillhouse.curation.rows import ROW, FrameRows, Rows, cast
from stillhouse.recipe.curation import Curation
from stillhouse.recipe.steps import Step, name

DECISIONS = ["id", "kind", "step", "kept", "reason", "detail"]
COUNTED = ("tried", "solved", "difficulty")


@dataclass(frozen=True)
class Curated:
    """What curation decided.

    decisions: id, kind, step, kept, reason, detail; one row per input row, in its order; kind, step and reason categorical.
    counts: rows left after each step, by the step's place and name, in order.
    labels: id and what the steps said of the kept rows: a `domain`, a `difficulty`, a rewritten `reasoning`.
        A null means that the input's own value stands.
    """

    decisions: pl.DataFrame
    counts: dict[str, int] = field(default_factory=dict)
    labels: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema={"id": pl.String}))

    @property
    def kept(self) -> list[str]:
        """The kept ids, in the order of the input."""
        return self.decisions.filter("kept")["id"].to_list()


def curate(rows: pl.DataFrame | Rows, settings: Curation, seed: int) -> Curated:
    """Rows with an `id` column through the steps. Raises UserError for a missing column or a repeated id."""
    source = FrameRows(rows) if isinstance(rows, pl.DataFrame) else rows
    require(source.columns, "curate", ["id"])
    run = _Run(source, seed, source.ids())
    steps = [(n, s) for n, s in enumerate(settings.steps) if s.on]
    run.check([s for _, s in steps])
    for row_wise, group in groupby(steps, lambda pair: kind_of(pair[1]).row_wise):
        (run.row_wise if row_wise else run.set_wise)(list(group))
    return run.finish()


@dataclass
class _Run:
    """The state between steps: which rows are left, what was dropped, what was labelled; rows are known by their position."""

    source: Rows
    seed: int
    ids: pl.Series
    labels: Labels = field(default_factory=Labels)
    drops: list[pl.DataFrame] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.every = pl.Series(ROW, np.arange(len(self.ids), dtype=np.uint32))
        self.left = self.every
        self.counts["input"] = len(self.ids)

    def check(self, steps: list[Step]) -> None:
        """Every step's columns are there, before anything is done."""
        known = list(self.source.columns)
        needed = {c for s in steps for c in kind_of(s).needs(s)}
        if needed & set(COUNTED) and {"problem_id", "outcome"} <= set(known):
            self._count_pass_rates()
        for step in steps:
            require(known + self.labels.names(), step.step, kind_of(step).needs(step))
            known += ["domain"] * (step.step == "domains") + ["difficulty"] * (step.step == "difficulty")

    def _count_pass_rates(self) -> None:
        columns = self._stored(["problem_id", "outcome", "difficulty"])
        table = with_pass_rate(cast(self.source.take(columns, self.every)))
        self.labels.add(table.select(ROW, *COUNTED))

    def row_wise(self, group: list[tuple[int, Step]]) -> None:
        """One pass over the rows for neighbouring steps that judge each row by itself."""
        columns = sorted({c for _, s in group for c in self._columns(kind_of(s), s)})
        results: list[list[Result]] = [[] for _ in group]
        for frame in self._frames(columns):
            for (_, step), found in zip(group, results, strict=True):
                found.append(_coded(kind_of(step).run(frame, step, self.seed)))
                frame = frame.join(found[-1].dropped, on=ROW, how="anti", maintain_order="left")
        for (number, step), found in zip(group, results, strict=True):
            labelled = [r.labels for r in found if r.labels is not None]
            self._apply(number, step, Result(pl.concat([r.dropped for r in found]), pl.concat(labelled) if labelled else None))

    def set_wise(self, group: list[tuple[int, Step]]) -> None:
        """Steps that compare rows see all that are left at once."""
        for number, step in group:
            kind = kind_of(step)
            columns = self._columns(kind, step)
            frame = self._with_ids(self.source.take(self._stored(columns), self.left), columns)
            extra = [cast(self.source.take(["id", *self._stored(columns)], self.every))] if kind.reads_input else []
            self._apply(number, step, _coded(kind.run(frame, step, self.seed, *extra)))

    def _columns(self, kind: StepKind, step: Any) -> list[str]:
        known = self.source.columns + self.labels.names()
        return list(dict.fromkeys(kind.needs(step) + [c for c in kind.optional if c in known]))

    def _stored(self, columns: list[str]) -> list[str]:
        return [c for c in columns if c in self.source.columns]

    def _with_ids(self, frame: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
        named = cast(frame).with_columns(self.ids.gather(frame[ROW]))
        return self.labels.lay_over(named, columns)

    def _frames(self, columns: list[str]) -> Iterator[pl.DataFrame]:
        for frame in self.source.batches(self._stored(columns), self.left):
            yield self._with_ids(frame, columns)

    def _apply(self, number: int, step: Step, result: Result) -> None:
        self.drops.append(result.dropped.with_columns(_code(name(step)).alias("step")))
        stays = np.zeros(len(self.ids), dtype=np.bool_)
        stays[self.left.to_numpy()] = True
        stays[result.dropped[ROW].to_numpy()] = False
        self.left = self.every.filter(pl.Series(stays))
        if result.labels is not None:
            self.labels.add(result.labels)
        self.counts[f"{number}:{name(step)}"] = len(self.left)

    def finish(self) -> Curated:
        names = [n for n in self.labels.names() if n not in ("tried", "solved")]
        kept = self.left.to_frame().with_columns(self.ids.gather(self.left).alias("id"))
        return Curated(self._decisions(), self.counts, self.labels.lay_over(kept, names).drop(ROW))

    def _decisions(self) -> pl.DataFrame:
        """One decision per row, in the rows' order. Repeated strings are categoricals, to save memory."""
        kept = self.left.to_frame().with_columns(_code("kept").alias("reason"), pl.lit("").alias("detail"), _code("curate").alias("step"))
        every = pl.concat([*self.drops, kept]).sort(ROW)
        assert len(every) == len(self.ids), "a row has no decision, or more than one"
        told = every.with_columns(self.ids.alias("id"), _code("trace").alias("kind"), (pl.col("step") == "curate").alias("kept"))
        return told.select(DECISIONS)


def _coded(result: Result) -> Result:
    """The result with its few reasons as codes; row by row their texts would take memory."""
    return Result(result.dropped.with_columns(pl.col("reason").cast(pl.Categorical)), result.labels)


def _code(text: str) -> pl.Expr:
    return pl.lit(text, dtype=pl.Categorical)
