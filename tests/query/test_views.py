"""The tables of a run as views: its own rows alone, with the step that made them; nothing can be changed or reached from a query."""

from pathlib import Path

import pytest

import small_run
from stillhouse.errors import UserError
from stillhouse.query.ask import open_views, query, select
from stillhouse.query.committed import Committed
from stillhouse.query.views import RECORDS, connect, value
from stillhouse.storage.run import Run


@pytest.fixture
def run(tmp_path: Path) -> Committed:
    return Committed.at(small_run.make(tmp_path))


def test_every_table_is_a_view_and_each_row_knows_its_step(run: Committed) -> None:
    with open_views(run) as connection:
        assert query(connection, "SELECT DISTINCT made_by FROM decisions ORDER BY 1")[1] == [("curate",), ("problems",)]
        assert query(connection, "SELECT made_by, count(*) FROM traces GROUP BY 1 ORDER BY 1")[1] == [
            ("sample", 12), ("score/base/sample", 2), ("score/student/sample", 2),
        ]  # fmt: skip
        assert {row[0] for row in query(connection, "SHOW TABLES")[1]} == set(RECORDS)
        names, rows = query(connection, "SELECT outcome AS o, count(*) AS n FROM verdicts WHERE made_by = 'verify' GROUP BY 1 ORDER BY 1")
        assert (names, rows) == (["o", "n"], [("correct", 8), ("wrong", 4)])


def test_rows_of_other_runs_in_a_shared_table_are_not_seen(run: Committed) -> None:
    ledger = run.steps["sample"].tables["traces"]
    assert ledger.rows == 16
    with connect(run) as connection:
        assert value(connection, "SELECT count(*) FROM traces WHERE made_by = 'sample'") == 12
        assert value(connection, "SELECT count(*) FROM verdicts WHERE id = 'v-other'") == 0


def test_a_step_that_is_not_committed_has_no_rows(tmp_path: Path) -> None:
    writer = small_run.Writer(Run.at(str(tmp_path / "runs" / "tiny")))
    writer.step("problems", "problems", {"problems": small_run.TRAINING, "held_out": [], "decisions": []})
    writer.point("sample", "sample")
    with connect(Committed(writer.run.store, {})) as connection:
        assert [value(connection, f"SELECT count(*) FROM {table}") for table in RECORDS] == [0] * len(RECORDS)


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
def test_a_query_can_only_read_the_run(run: Committed, sql: str) -> None:
    shard = Path(run.store.uri) / run.steps["sample"].tables["traces"].shards[0].path
    before = shard.read_bytes()
    with open_views(run) as connection, pytest.raises(UserError):
        query(connection, sql.format(shard=shard))
    assert shard.read_bytes() == before


@pytest.mark.parametrize(
    "sql", ["EXPLAIN SELECT * FROM traces", "explain analyze\tSELECT count(*) FROM traces", "SHOW TABLES", "FROM traces"]
)
def test_a_query_may_read_and_explain_reading(run: Committed, sql: str) -> None:
    with open_views(run) as connection:
        assert query(connection, sql)[1]


HEAVY = "SELECT count(*) FROM range(100000000000) a(x) WHERE x % 7 = hash(x) % 3"


@pytest.mark.parametrize("sql", [HEAVY, "SELECT * FROM range(100000000000)"])
def test_a_query_that_takes_too_long_is_one_line(run: Committed, sql: str) -> None:
    with (
        open_views(run) as connection,
        pytest.raises(UserError, match=r"longer than 0\.2 seconds"),
        select(connection, sql, seconds=0.2) as (_, rows),
    ):
        sum(1 for _ in rows)


@pytest.mark.parametrize("sql", ["SELECT list(x) FROM range(1000000000) a(x)", "SELECT repeat('a', 1000000000) FROM range(9)"])
def test_a_query_that_needs_too_much_memory_is_one_line_and_spills_nothing(
    run: Committed, sql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with open_views(run, memory_gb=0.3) as connection:
        with pytest.raises(UserError, match="more memory"):
            query(connection, sql)
        assert query(connection, "SELECT 1")[1] == [(1,)]
    assert sorted(tmp_path.rglob("*")) == before


def test_a_cut_shard_is_refused(run: Committed) -> None:
    shard = Path(run.store.uri) / run.steps["sample"].tables["traces"].shards[0].path
    shard.write_bytes(shard.read_bytes()[:-1])
    with pytest.raises(UserError, match="gone or damaged"), connect(run):
        pass
