"""The configs of a published dataset: the same run as several tables, each in the form that its readers take.

`sft` (`messages`) is the dataset itself and the Hub's default; the others are made from the run's tables when the recipe
asks for them. Nothing is held whole: rows go from DuckDB to files of bounded size.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from stillhouse.records import Example, arrow_schema
from stillhouse.tables import sql

FILE_BYTES = 96 * 2**20
MESSAGES = arrow_schema(Example).field("messages").type
_EXAMPLE = ("id", "problem_id", "trace_id", "answer", "domain", "difficulty", "num_tokens")
_TRACE = """t.id, t.problem_id, p.question, p.answer, t.model, t."index", t.reasoning, t.response, t.format, t.finish_reason,
    t.output_tokens, v.verifier, v.outcome, v.score, v.extracted, v.reason"""
_JUDGED = """
    traces t JOIN problems p ON p.id = t.problem_id
    LEFT JOIN verdicts v ON v.trace_id = t.id AND v.reading = 'plain'
"""
SHAREGPT = pa.list_(pa.struct([("from", pa.string()), ("value", pa.string())]))


@dataclass(frozen=True)
class View:
    """A config as a query over the run's tables, the fields that are its own, and what the card says of it."""

    query: str
    about: str
    fields: dict[str, str]
    schema: tuple[tuple[str, pa.DataType], ...]


def _example(*own: tuple[str, pa.DataType]) -> tuple[tuple[str, pa.DataType], ...]:
    known = arrow_schema(Example)
    kept = [(name, known.field(name).type) for name in _EXAMPLE]
    return (*kept[:3], *own, *kept[3:])


_TRACE_SCHEMA = tuple(
    (name, {"index": pa.int64(), "output_tokens": pa.int64(), "score": pa.float64()}.get(name, pa.string()))
    for name in (
        "id", "problem_id", "question", "answer", "model", "index", "reasoning", "response", "format", "finish_reason",
        "output_tokens", "verifier", "outcome", "score", "extracted", "reason",
    )
)  # fmt: skip
_ROLES = "CASE m.role WHEN 'user' THEN 'human' WHEN 'assistant' THEN 'gpt' ELSE m.role END"

VIEWS = {
    "sharegpt": View(
        f"""SELECT id, problem_id, trace_id,
            list_transform(messages, lambda m: struct_pack("from" := {_ROLES}, "value" := m.content)) AS conversations,
            answer, domain, difficulty, num_tokens FROM examples ORDER BY id""",
        "the examples as ShareGPT conversations",
        {"conversations": "the chat as turns of `from` (system, human, gpt) and `value`"},
        _example(("conversations", SHAREGPT)),
    ),
    "traces": View(
        f"SELECT {_TRACE} FROM {_JUDGED} ORDER BY t.problem_id, t.id",
        "every trace of the teacher with its verdict",
        {"outcome": "the verdict: correct, wrong, unverifiable, timeout or error", "reason": "why, in the verifier's words"},
        _TRACE_SCHEMA,
    ),
    "rejected": View(
        f"""SELECT {_TRACE}, d.step AS dropped_by, d.reason AS dropped_for, d.detail AS dropped_detail
            FROM {_JUDGED} JOIN decisions d ON d.id = t.id AND d.kind = 'trace' AND NOT d.kept ORDER BY t.problem_id, t.id""",
        "the traces that did not become examples, each with the first reason",
        {"dropped_by": "the curation step that dropped it", "dropped_for": "its reason", "dropped_detail": "what it found"},
        (*_TRACE_SCHEMA, ("dropped_by", pa.string()), ("dropped_for", pa.string()), ("dropped_detail", pa.string())),
    ),
    "preferences": View(
        """SELECT e.id, e.problem_id, e.messages[:-2] AS prompt, e.messages[-1:] AS chosen,
            [struct_pack("role" := 'assistant', "content" := '<think>' || chr(10) || w.reasoning || chr(10) || '</think>' || chr(10) || chr(10)
                || w.response)] AS rejected, e.trace_id AS chosen_trace_id, w.id AS rejected_trace_id
            FROM examples e JOIN (
                SELECT t.*, row_number() OVER (PARTITION BY t.problem_id ORDER BY t."index", t.id) AS turn
                FROM traces t JOIN verdicts v ON v.trace_id = t.id AND v.reading = 'plain'
                LEFT JOIN verdicts h ON h.trace_id = t.id AND h.reading = 'human' -- there where curation took people's labels
                WHERE coalesce(h.outcome, v.outcome) = 'wrong' AND t.format = 'think' AND t.finish_reason = 'stop'
            ) w ON w.problem_id = e.problem_id AND w.turn = 1 ORDER BY e.id""",
        "each example beside a well-formed wrong trace of the same problem, as TRL's preference trainers take it",
        {
            "prompt": "the turns before the answer",
            "chosen": "the right answer's turn",
            "rejected": "the wrong answer's turn: a finished trace with one think block that the verifier called wrong",
        },
        (
            ("id", pa.string()), ("problem_id", pa.string()), ("prompt", MESSAGES), ("chosen", MESSAGES), ("rejected", MESSAGES),
            ("chosen_trace_id", pa.string()), ("rejected_trace_id", pa.string()),
        ),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Made:
    """A config's files, under their names in the dataset, and its rows."""

    name: str
    view: View
    files: dict[str, Path]
    rows: int


def write(connection: duckdb.DuckDBPyConnection, name: str, folder: Path) -> Made:
    """Writes one config below `folder`. A config without rows gets one file without rows, so that it can be loaded."""
    view, schema = VIEWS[name], pa.schema(VIEWS[name].schema)
    paths, rows = [], 0
    for number, batches in enumerate(_files(sql.stream(connection, view.query), schema)):
        paths.append(folder / f"{name}-{number:05d}.parquet")
        with pq.ParquetWriter(paths[-1], schema, compression="zstd") as writer:
            for batch in batches:
                writer.write_batch(batch)
                rows += batch.num_rows
    files = {f"{name}/train-{n:05d}-of-{len(paths):05d}.parquet": path for n, path in enumerate(paths)}
    return Made(name, view, files, rows)


def _files(batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> Iterator[Iterator[pa.RecordBatch]]:
    """The batches of one file after the other, each cast to the schema; at least one file."""
    cast = (pa.RecordBatch.from_struct_array(batch.to_struct_array().cast(pa.struct(list(schema)))) for batch in batches)
    held = next(cast, None)

    def one() -> Iterator[pa.RecordBatch]:
        nonlocal held
        size = 0
        while held is not None and size < FILE_BYTES:
            size += held.nbytes
            yield held
            held = next(cast, None)

    yield one()
    while held is not None:
        yield one()
