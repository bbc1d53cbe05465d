"""Rows are committed by count or by seconds, whichever comes first: a kill costs what is in flight and what waits here."""

import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from stillhouse.records import to_table
from stillhouse.storage.ledger import Ledger

Row = TypeVar("Row")


class Committer(Generic[Row]):
    """Adds rows to a ledger in shards of at most `rows`, and at least every `seconds` while rows come."""

    def __init__(
        self,
        ledger: Ledger,
        record: type[Any],
        rows: int,
        seconds: float,
        before: Callable[[], None] = lambda: None,
    ) -> None:
        """before: is called before each commit, for rows that must not be there without others."""
        self._ledger, self._record, self._rows, self._seconds, self._before = ledger, record, rows, seconds, before
        self._held: list[Row] = []
        self._since = time.monotonic()

    def add(self, rows: list[Row]) -> None:
        """Takes finished rows and commits when it is time. With no rows it only looks at the clock."""
        if not self._held:
            self._since = time.monotonic()
        self._held += rows
        while len(self._held) >= self._rows:
            self._commit(self._held[: self._rows])
        if self._held and time.monotonic() - self._since >= self._seconds:
            self._commit(self._held)

    def close(self) -> None:
        """Commits what is left."""
        if self._held:
            self._commit(self._held)

    def _commit(self, rows: list[Row]) -> None:
        self._before()
        self._ledger.append(to_table(rows, self._record))
        self._held = self._held[len(rows) :]
        self._since = time.monotonic()
