"""Steps labelled by rollouts: a model goes on from each step of an answer, and the verifiers say how often that comes out right.

Guarantees: one result per row, in order; a row that cannot be labelled, and a step none of whose continuations was decided,
says why. The same row, model and seed give the same continuations wherever the row stands (on a GPU: `engine.reproducible`).
The verifiers' workers are killable processes beside this one; the engine's actor judges nothing.
"""

from collections import deque
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from stillhouse.cluster.actors import Actors
from stillhouse.cluster.backlog import Failed
from stillhouse.cluster.session import Session
from stillhouse.engines.base import Ask, Served
from stillhouse.engines.prompts import Messages, student_messages
from stillhouse.recipe.sections import Prompt, Sampling
from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, Request, Trace, Verdict, digest
from stillhouse.rollouts.draw import roll_all
from stillhouse.rollouts.methods.trace import trace_of
from stillhouse.rollouts.worker import Roll
from stillhouse.verifiers.grading import BadRow, Line, as_pair
from stillhouse.verifiers.models.process import Step, rollout_scores, tagged_steps
from stillhouse.verifiers.pool.pool import Pool

Result = dict[str, Any]


@dataclass(frozen=True)
class Labelling:
    """How steps are labelled: `sampling.n` continuations of each by `served`, asked zero-shot. `verifier`: of rows that name none."""

    served: Served
    sampling: Sampling
    prompt: Prompt
    verify: Verify
    verifier: str | None
    seed: int
    workers: int
    unsafe: bool


@dataclass
class _Row:
    """A row in the making, or one that cannot be labelled."""

    id: str
    reason: str = ""
    steps: list[Step] = field(default_factory=list)
    verdicts: list[list[Verdict]] = field(default_factory=list)


async def continued(request: Request, chat: Messages, prefix: str, ask: Ask) -> Trace:
    """The model's answer to a chat, begun with `prefix`."""
    return trace_of(request, [await ask(chat, seed=request.seed, prefix=prefix)])


def labelled(how: Labelling, rows: Iterable[Line], actors: Actors, session: Session) -> Generator[Result]:
    """One result per row, lazily: its id, its steps (text, score, decided), and a reason where a step or the row has no score.

    Raises UserError when the engine cannot serve the model, or where no walls can be built and `unsafe` was not given.
    """
    run = _Labels(how)
    rolls = roll_all(how.served, run.rolls(rows), Trace, actors, session)
    with Pool(how.workers, how.verify, unsafe=how.unsafe, keep_going=True) as pool, closing(rolls):
        for verdict in pool.judge(run.pairs(rolls)):
            run.put(verdict)
            yield from run.done()
    yield from run.done()


class _Labels:
    """What is under way: the rows in order, and where each continuation belongs."""

    def __init__(self, how: Labelling) -> None:
        self._how = how
        self._rows: deque[_Row] = deque()
        self._out: dict[str, tuple[Problem, list[Verdict]]] = {}

    def rolls(self, rows: Iterable[Line]) -> Iterator[Roll]:
        """The continuations to draw, row by row as they are asked for."""
        for number, line in enumerate(rows):
            try:
                problem, text, row = _read(line, self._how)
            except BadRow as error:
                self._rows.append(_bad(line, str(error)))
                continue
            self._rows.append(row)
            yield from self._of_row(f"{number}", problem, text, row)

    def _of_row(self, name: str, problem: Problem, text: str, row: _Row) -> Iterator[Roll]:
        chat = student_messages(problem, self._how.prompt)
        for number, (step, verdicts) in enumerate(zip(row.steps, row.verdicts, strict=True)):
            prefix = text[: step.end]
            for index in range(self._how.sampling.n):
                seed = int(digest(self._how.seed, problem.id, prefix, index, length=8), 16) & 0x7FFFFFFF
                request = Request(f"{name}/{number}/{index}", problem.id, "", "continued", self._how.sampling.max_tokens, index, seed)
                self._out[request.id] = problem, verdicts
                yield Roll(request.id, partial(continued, request, chat, prefix), self._how.sampling)

    def pairs(self, rolls: Iterator[list[Trace] | Failed[Roll]]) -> Iterator[tuple[Problem, Trace] | None]:
        """What the pool is to judge; None when there is nothing at the moment. What was not drawn is an error at once."""
        for ended in rolls:
            if isinstance(ended, Failed):
                self._not_drawn(ended.item.key, ended.reason)
                continue
            for trace in ended:
                if trace.finish_reason in ("stop", "length"):
                    yield self._out[trace.id][0], trace
                else:
                    self._not_drawn(trace.id, trace.finish_reason)
            yield None

    def _not_drawn(self, key: str, reason: str) -> None:
        self.put(Verdict(key, self._out[key][0].verifier, "", "error", 0.0, "", reason, 0.0, ""))

    def put(self, verdict: Verdict) -> None:
        """Adds the verdict on a continuation to its step's."""
        self._out.pop(verdict.trace_id)[1].append(verdict)

    def done(self) -> Iterator[Result]:
        """The rows at the front that have all their verdicts."""
        while self._rows and all(len(found) == self._how.sampling.n for found in self._rows[0].verdicts):
            yield _result(self._rows.popleft())


def _read(line: Line, how: Labelling) -> tuple[Problem, str, _Row]:
    """A row's problem, its whole answer with the think part, and its steps. Raises BadRow."""
    row = _joined(line.row)
    problem, trace = as_pair(row, line.number, how.verify, how.verifier)
    if not problem.question.strip():
        raise BadRow("no question")
    text = row["response"]
    steps = tagged_steps(text)
    if not steps:
        raise BadRow("no steps")
    return problem, text, _Row(trace.id, "", steps, [[] for _ in steps])


def _joined(row: Any) -> Any:
    """The row with its `reasoning`, where it has one, as the think part of the response. Raises BadRow."""
    if not isinstance(row, dict) or not row.get("reasoning"):
        return row
    if not isinstance(row["reasoning"], str):
        raise BadRow(f"reasoning is not text but {type(row['reasoning']).__name__}")
    return {**row, "response": f"<think>\n{row['reasoning']}\n</think>\n\n{row.get('response') or ''}"}


def _bad(line: Line, why: str) -> _Row:
    known = line.row.get("id") if isinstance(line.row, dict) else None
    return _Row(str(known) if known not in (None, "") else f"line {line.number}", f"line {line.number}: {why}")


def _result(row: _Row) -> Result:
    scores = rollout_scores(row.steps, [[verdict.outcome for verdict in found] for found in row.verdicts])
    undecided = (
        f"step {number}: {found[0].outcome}: {found[0].reason}"
        for number, (score, found) in enumerate(zip(scores, row.verdicts, strict=True), 1)
        if score.score is None
    )
    return {"id": row.id, "steps": [score._asdict() for score in scores], "reason": row.reason or next(undecided, "")}
