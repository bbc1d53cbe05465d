"""s1's selection (Muennighoff et al. 2025, arXiv:2501.19393; their notebook data/filter.ipynb), seeded.

Quality is the steps before this one. Here: difficulty (drop what a weaker model solves), then diversity: some sources
whole, the rest by drawing a domain and in it a trace with weight 2^(-rank), the longest being rank 0, each removed
once drawn. The table is decided in DuckDB on ids and token counts alone; texts are not read. Same rows, settings and
seed, same picks, whatever the order of the rows.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import polars as pl

from stillhouse.curation.base import Result, drop
from stillhouse.curation.rows import ROW
from stillhouse.recipe.select import S1

DEPTH = 64  # 2^-64: places below the last draw that could still be drawn
SQL = Path(__file__).parent.parent / "sql"


def run(rows: pl.DataFrame, settings: S1, seed: int) -> Result:
    """Reasons: solved (by a weaker model), other_trace (of the same problem), not_drawn."""
    solved = pl.any_horizontal([pl.col(c) > 0 for c in settings.solved_by]) if settings.solved_by else pl.lit(False)
    table = rows.with_columns(solved.fill_null(False).alias("solved"))
    with _candidates(table) as connection:
        picked = pick(connection, settings, seed)
        candidates = pl.Series(connection.execute("SELECT row FROM candidates").fetchnumpy()["row"], dtype=pl.UInt32)
    reason = (
        pl.when("solved")
        .then(pl.lit("solved"))
        .when(~pl.col(ROW).is_in(candidates.implode()))
        .then(pl.lit("other_trace"))
        .when(~pl.col(ROW).is_in(pl.Series(picked, dtype=pl.UInt32).implode()))
        .then(pl.lit("not_drawn"))
    )
    return Result(drop(table, reason))


@contextmanager
def _candidates(rows: pl.DataFrame) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the table `candidates`: row, id, source, domain, tokens."""
    domain = "domain" if "domain" in rows.columns else "source"
    table = rows.select(
        pl.col(ROW).alias("row"), "id", "problem_id", "source", pl.col(domain).alias("domain"), pl.col("reasoning_tokens").alias("tokens"),
        "solved",
    )  # fmt: skip
    with duckdb.connect() as connection:
        connection.register("rows", table.to_arrow(compat_level=pl.CompatLevel.newest()))
        connection.execute(_sql("s1_candidates"))
        connection.unregister("rows")
        yield connection


def pick(connection: duckdb.DuckDBPyConnection, settings: S1, seed: int) -> list[int]:
    """The picked rows of `candidates`, in the order of the draw."""
    names = {"take_all": settings.take_all, "take_long": settings.take_long, "long_tokens": settings.long_tokens, "size": settings.size}
    first = [row for (row,) in connection.execute(_sql("s1_first"), names).fetchall()]
    depth = settings.size - len(first) + DEPTH
    heads = connection.execute(_sql("s1_heads"), {"first": first, "depth": depth}).fetchall()
    mix = dict(connection.execute(_sql("s1_benchmark"), {"benchmark": settings.benchmark}).fetchall())
    domains: dict[str, list[int]] = {}
    for domain, row in heads:
        domains.setdefault(domain, []).append(row)
    return first + draw(domains, mix, settings, seed, settings.size - len(first))


def draw(domains: dict[str, list[int]], mix: dict[str, int], settings: S1, seed: int, count: int) -> list[int]:
    """`count` rows of `domains` (longest first; emptied as it goes): uniform over domains, then by `mix`."""
    source = random.Random(seed)
    uniform = settings.size if settings.uniform_until is None or not mix else settings.uniform_until
    picked: list[int] = []
    while domains and len(picked) < count:
        rest = len(picked) + settings.size - count >= uniform
        weights = [mix.get(d, 0) for d in domains] if rest and any(d in mix for d in domains) else [1] * len(domains)
        domain = source.choices(list(domains), weights)[0]
        picked.append(domains[domain].pop(rank(source, len(domains[domain]))))
        if not domains[domain]:
            del domains[domain]
    return picked


def rank(source: random.Random, size: int) -> int:
    """A rank below `size` with a chance proportional to 2^(-rank)."""
    while True:
        number = 0
        while source.random() < 0.5:
            number += 1
        if number < size:
            return number


def _sql(name: str) -> str:
    return (SQL / f"{name}.sql").read_text()
