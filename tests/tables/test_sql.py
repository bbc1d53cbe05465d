"""Queries over Parquet files: streamed, whatever else the connection is asked."""

import subprocess
import sys
from pathlib import Path

from stillhouse.tables import sql


def test_a_connection_may_be_asked_while_a_query_streams() -> None:
    with sql.connection() as connection:
        batches = sql.stream(connection, "SELECT range AS n FROM range(100000)")
        first = next(batches)
        assert connection.execute("SELECT 1").fetchone() == (1,)
        assert first.num_rows + sum(batch.num_rows for batch in batches) == 100_000


def test_a_stream_holds_no_whole_result(tmp_path: Path) -> None:
    """600 MB of text through a process whose memory must grow by less than half of that."""
    code = f"""
import resource
from stillhouse.tables import sql
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with sql.connection() as connection:
    connection.execute("COPY (SELECT range AS n, repeat('x', 2000) || range AS text FROM range(300000)) TO '{tmp_path}/t.parquet' (ROW_GROUP_SIZE 5000)")
    before = peak()
    rows = sum(batch.num_rows for batch in sql.stream(connection, "SELECT * FROM read_parquet('{tmp_path}/t.parquet')"))
print(rows, (peak() - before) // 1024)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    rows, grown = map(int, done.stdout.split())
    assert rows == 300_000
    assert grown < 300
