"""Problems on disk between loading and the split: one per question, in the order of their ids, read batch by batch.

Memory does not grow with them but for a byte per problem, which says whether it is still in. DuckDB sorts and spills.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from stillhouse.records import Decision, Problem, arrow_schema, to_table
from stillhouse.tables import sql

ROWS = 8_192
_LOADED = arrow_schema(Problem).append(pa.field("place", pa.int64())).append(pa.field("gold", pa.string()))
_DETAIL = 500


class Part(NamedTuple):
    """Some of the problems that are still in: their rows, and their places in the spool."""

    places: npt.NDArray[np.int64]
    table: pa.Table

    def texts(self, column: str) -> list[str]:
        """The values of a column of texts."""
        found: list[str] = self.table[column].to_pylist()
        return found


class Spool:
    """The distinct problems below a folder. `alive` says of each, in the order of the ids, whether it is still in."""

    def __init__(self, folder: Path) -> None:
        self._loaded, self._distinct = folder / "loaded.parquet", folder / "distinct.parquet"
        self.alive: npt.NDArray[np.bool_] = np.ones(0, dtype=np.bool_)

    def load(self, problems: Iterable[Problem]) -> int:
        """Takes in what the sources give; how many that are."""
        count, source = 0, iter(problems)
        with pq.ParquetWriter(self._loaded, _LOADED, compression="lz4") as writer:
            while part := list(islice(source, ROWS)):
                places = pa.array(range(count, count + len(part)), pa.int64())
                golds = pa.array([_gold(problem) for problem in part], pa.string())
                columns = [*to_table(part, Problem).columns, places, golds]
                writer.write_table(pa.Table.from_arrays(columns, schema=_LOADED))
                count += len(part)
        return count

    def distinct(self) -> Iterator[Decision]:
        """Keeps one problem per question. A question that came with two golds is quarantined: nobody here knows which one is right."""
        names = ", ".join(f'l."{name}"' for name in arrow_schema(Problem).names)
        loaded = f"SELECT * FROM read_parquet({sql.quoted(str(self._loaded))})"
        with sql.connection() as connection:
            connection.execute(f"""
                CREATE TABLE draws AS
                SELECT id, min(place) AS place, count(*) AS draws, coalesce(min(gold) <> max(gold), false) AS differ FROM ({loaded}) GROUP BY id
            """)
            repeated = f"""
                SELECT d.id, any_value(d.draws), any_value(d.differ), list_sort(list(DISTINCT l.gold))
                FROM ({loaded}) l JOIN draws d ON d.id = l.id WHERE d.draws > 1 GROUP BY d.id ORDER BY d.id
            """
            for batch in sql.stream(connection, repeated):
                for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    yield _repeated(*row)
            connection.execute(
                f"COPY (SELECT {names} FROM ({loaded}) l JOIN draws d ON d.place = l.place WHERE NOT d.differ ORDER BY l.id) "
                f"TO {sql.quoted(str(self._distinct))} (FORMAT parquet, COMPRESSION lz4_raw, ROW_GROUP_SIZE 20480)"
            )
        self._loaded.unlink()
        self.alive = np.ones(pq.read_metadata(self._distinct).num_rows, dtype=np.bool_)

    def parts(self, columns: list[str] | None = None, only: npt.NDArray[np.bool_] | None = None) -> Iterator[Part]:
        """The problems that are in (or `only` those), in the order of the ids. What is taken out meanwhile has come already."""
        chosen, start = self.alive if only is None else only, 0
        with pq.ParquetFile(self._distinct, pre_buffer=False) as file:
            for batch in file.iter_batches(batch_size=ROWS, columns=columns):
                places = np.flatnonzero(chosen[start : start + batch.num_rows])
                if len(places):
                    yield Part(places + start, pa.Table.from_batches([batch]).take(pa.array(places)))
                start += batch.num_rows


def _gold(problem: Problem) -> str | None:
    """What two draws of a question must agree on; a generated task scores answers by itself, and what it names is one of many."""
    return None if problem.verifier == "reasoning_gym" else " ".join(problem.answer.split())


def _repeated(question: str, draws: int, differ: bool, golds: list[str]) -> Decision:
    if differ:
        detail = f"{draws} rows with different answers: {' / '.join(gold for gold in golds if gold is not None)}"[:_DETAIL]
        return Decision(question, "problem", "distinct", False, "two_golds", detail)
    return Decision(question, "problem", "distinct", True, "repeated", f"{draws - 1} more draws of this question")
