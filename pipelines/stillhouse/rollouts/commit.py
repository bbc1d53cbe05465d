"""Rows are committed by count or by seconds, whichever comes first: a kill costs what is in flight and what waits here."""

import time
from collections.abc import Callable

import pyarrow as pa

from stillhouse.storage.ledger import Ledger


class Committer:
    """Adds rows to a ledger in shards of at most `rows`, and at least every `seconds` while rows come."""

    def __init__(self, ledger: Ledger, rows: int, seconds: float, before: Callable[[], None] = lambda: None) -> None:
        """before: is called before each commit, for rows that must not be there without others."""
        self._ledger, self._rows, self._seconds, self._before = ledger, rows, seconds, before
        self._held: list[pa.Table] = []
        self._count = 0
        self._since = time.monotonic()

    def add(self, rows: pa.Table) -> None:
        """Takes finished rows and commits when it is time. With no rows it only looks at the clock."""
        if not self._held:
            self._since = time.monotonic()
        if rows.num_rows:
            self._held.append(rows)
            self._count += rows.num_rows
        while self._count >= self._rows:
            self._commit(self._rows)
        if self._held and time.monotonic() - self._since >= self._seconds:
            self._commit(self._count)

    def close(self) -> None:
        """Commits what is left."""
        if self._held:
            self._commit(self._count)

    def _commit(self, count: int) -> None:
        self._before()
        held = pa.concat_tables(self._held)
        self._ledger.append(held.slice(0, count))
        self._count -= count
        self._held = [held.slice(count)] if self._count else []
        self._since = time.monotonic()
