"""Batch files: what a step owes as OpenAI batch JSONL, and results of it, whoever ran them, as traces of the same ledger.

A request's id is its `custom_id`, so results can be taken in parts, again, and in any order: what is there already, what another
recipe asked for and what cannot be read is counted and left. A request that failed in the batch stays owed, as a provider's
errors are mostly expiry and load; a prompt that is too long is a trace that says so.
"""

import itertools
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import duckdb

from stillhouse.engines.base import Reply
from stillhouse.engines.endpoint import too_long
from stillhouse.engines.wire import Unreadable, body, reply
from stillhouse.errors import UserError
from stillhouse.recipe.endpoint import Server
from stillhouse.records import Problem, Request, Trace, arrow_schema, to_table
from stillhouse.rollouts.methods.trace import trace_of
from stillhouse.rollouts.requests import owed
from stillhouse.stages import sample
from stillhouse.stages.base import Inputs
from stillhouse.stages.owed import written
from stillhouse.storage.artifacts import Artifact
from stillhouse.storage.ledger import Ledger
from stillhouse.storage.shards import local_files
from stillhouse.tables import sql

URL = "/v1/chat/completions"
LINES = 5_000
TOO_LONG = Reply("", "", "", "none", "prompt_too_long", 0, 0, 0, 0.0)


@dataclass
class Taken:
    """What became of a file's lines."""

    new: int = 0
    there: int = 0
    foreign: int = 0
    unreadable: int = 0
    failed: Counter[str] = field(default_factory=Counter)

    def line(self) -> str:
        """All of it in one line, for people."""
        told = f"{self.new:,} traces taken, {self.there:,} were there already, {self.foreign:,} belong to no request of this recipe"
        failed = ", ".join(f"{count:,} × {reason}" for reason, count in self.failed.most_common(3))
        return f"{told}, {self.unreadable:,} cannot be read, {self.failed.total():,} failed and stay owed{f' ({failed})' if failed else ''}"


class Batches:
    """The batch files of one step that samples a server's model. Raises UserError for one that cannot be asked in batches."""

    def __init__(self, config: sample.Config, artifact: Artifact, inputs: Inputs) -> None:
        if not isinstance(config.asked, sample.Remote):
            raise UserError("Batch files are for a teacher of the kind `endpoint`.", "Name the model and its server in `teacher.server`.")
        if config.method != "plain" or config.asked.server.api != "chat":
            raise UserError("A batch file asks each question once, as a chat completion.", "Use method: plain and api: chat.")
        self._config, self._inputs = config, inputs
        self._server: Server = config.asked.server
        self._store = artifact.store
        self._ledger = Ledger(artifact.store, "traces", sample.way(config, inputs).identity, Trace)
        self._requested = sql.parquet(local_files(artifact.store, written(config, artifact, inputs)), arrow_schema(Request))

    def export(self, out: BinaryIO) -> int:
        """Writes what is owed, a line each. Returns how many."""
        count = 0
        with sql.connection() as connection:
            for request, problem in self._owed(connection, self._requested):
                out.write(json.dumps(self._line(request, problem), ensure_ascii=False).encode() + b"\n")
                count += 1
        return count

    def take(self, path: Path) -> Taken:
        """Adds the results in a file to the ledger. Raises UserError where none of them was asked for by this recipe."""
        taken = Taken()
        with self._ledger.held(), sql.connection() as connection, _opened(path) as file:
            while lines := list(itertools.islice(file, LINES)):
                self._take(connection, lines, taken)
        if taken.foreign and not (taken.new or taken.there or taken.failed):
            raise UserError(
                f"None of the {taken.foreign:,} results in {path} was asked for by this recipe.", "Import with the recipe of the export."
            )
        return taken

    def _line(self, request: Request, problem: Problem) -> dict[str, Any]:
        chat = sample.chat(self._config, problem)
        made = body(self._server, chat, self._config.sampling, seed=request.seed, max_tokens=request.effort)
        return {"custom_id": request.id, "method": "POST", "url": URL, "body": made}

    def _owed(self, connection: duckdb.DuckDBPyConnection, wanted: str) -> Iterator[tuple[Request, Problem]]:
        there = local_files(self._store, self._ledger.shards())
        return owed(connection, wanted, self._inputs["problems"].selection(self._config.table), there)

    def _take(self, connection: duckdb.DuckDBPyConnection, lines: list[bytes], taken: Taken) -> None:
        found: dict[str, Any] = {}
        for line in lines:
            name, result = _result(line)
            if name is None:
                taken.unreadable += bool(line.strip())
            else:
                found.setdefault(name, result)
        ids = ", ".join(map(sql.quoted, found))
        if not ids:
            return
        ours = f"SELECT * FROM ({self._requested}) WHERE id IN ({ids})"
        (known,) = connection.execute(f"SELECT count(*) FROM ({ours})").fetchone() or (0,)
        wanted = [request for request, _ in self._owed(connection, ours)]
        taken.foreign += len(found) - int(known)
        taken.there += int(known) - len(wanted)
        traces = [trace for request in wanted if (trace := _trace(request, found[request.id], taken)) is not None]
        taken.new += len(traces)
        if traces:
            self._ledger.append(to_table(traces, Trace))


def _opened(path: Path) -> BinaryIO:
    if path.exists() and not path.is_file():
        raise UserError(f"{path} is not a file.")
    try:
        return path.open("rb")
    except OSError as error:
        raise UserError(f"Cannot read {path}: {error.strerror}.") from error


def _result(line: bytes) -> tuple[str | None, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None, None
    name = found.get("custom_id") if isinstance(found, dict) else None
    return (name, found) if isinstance(name, str) and name.isascii() else (None, None)


def _trace(request: Request, result: dict[str, Any], taken: Taken) -> Trace | None:
    """The trace of a result, or none for one that failed or cannot be read, which is counted."""
    response = result.get("response")
    if not isinstance(response, dict) or response.get("status_code") != 200 or result.get("error"):
        reason = _reason(result)
        if too_long(reason):
            return trace_of(request, [TOO_LONG])
        taken.failed[reason] += 1
        return None
    try:
        return trace_of(request, [reply("chat", response.get("body"))])
    except Unreadable:
        taken.unreadable += 1
        return None


def _reason(result: dict[str, Any]) -> str:
    """What a failed result says: in `error`, or in the body of a refused request."""
    response = result.get("response")
    answer = response.get("body") if isinstance(response, dict) else None
    refused = answer.get("error", answer) if isinstance(answer, dict) else None
    error = result.get("error") or refused or "no response"
    told = error.get("message") or error.get("code") or error if isinstance(error, dict) else error
    return " ".join(str(told).split())[:200]
