"""Allocate: draw a model's traces by a policy that looks at their verdicts. Drawing and judging are one loop of one step.

The step's own tables are `requests`, the attempts that count, and `allocated`, a row per problem with why it stopped and its
pass rate. Both are a function of the ledgers and the policy: problems are walked in order once everything has its verdict, so
neither timing nor a kill changes a row. A verdict is committed after its trace. What a stop cancelled, and traces beyond a
stop, are in no table of the step; they are counted, and such traces stay in the ledger.
"""

import time
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from itertools import groupby

import pyarrow as pa

from stillhouse.cluster.session import join
from stillhouse.cluster.stops import Stops
from stillhouse.engines.meter import Spent
from stillhouse.engines.replay import Recorded as Recordings
from stillhouse.errors import UserError
from stillhouse.progress import Bar, track
from stillhouse.recipe import Recipe
from stillhouse.recipe.policies import Escalate, FixedN, Looking, Round
from stillhouse.recipe.section import Circumstance, Section, identity
from stillhouse.recipe.sections import Engine, Sampling
from stillhouse.recipe.teacher import EndpointTeacher, PluggedTeacher, ReplayTeacher, Teacher, VllmTeacher
from stillhouse.recipe.teachers import Taught
from stillhouse.recipe.verification import Verify
from stillhouse.records import Allocated, Request, Trace, Verdict, arrow_schema, from_table, to_table
from stillhouse.rollouts.allocation import Allocation, Found
from stillhouse.rollouts.commit import Committer
from stillhouse.rollouts.draw import Asked, Drawing, draw
from stillhouse.rollouts.found import Files, found
from stillhouse.rollouts.judging import NONE
from stillhouse.rollouts.lots import lot_of
from stillhouse.rollouts.metering import Meter
from stillhouse.rollouts.policies import policy
from stillhouse.rollouts.policies.base import Policy, Standing, most_left, stand
from stillhouse.rollouts.requests import Way, request
from stillhouse.scoring.sequential import estimate
from stillhouse.stages import sample
from stillhouse.stages.base import Inputs, Output, Stage
from stillhouse.stages.judged import judge_revision, verdict_ledger, verifier_versions, workers
from stillhouse.stages.judging import Judging, verdicts
from stillhouse.stages.lengths import check_prompts
from stillhouse.storage.contents import Contents
from stillhouse.storage.ledger import Ledger
from stillhouse.storage.shards import local_files
from stillhouse.storage.store import Store
from stillhouse.tables import sql

WRITTEN = 4_096


class Asking(Section):
    """Who is asked in a round, and with which sampling."""

    asked: sample.Local | sample.Remote | sample.Recorded | sample.Packaged
    sampling: Sampling


class Config(sample.Config):
    """Everything that decides which traces a step has: the policy and what gives the verdicts that it looks at belong to it."""

    policy: Looking
    rounds: tuple[Asking, ...]
    verify: Verify
    verifiers: dict[str, str]
    judge: str | None
    workers: Circumstance[int]
    unsafe: Circumstance[bool]


def adaptive(taught: Taught) -> bool:
    """Whether the teacher's policy looks at verdicts."""
    return not isinstance(taught.teacher.policy, FixedN)


def of_teacher(recipe: Recipe, taught: Taught, contents: Contents, unsafe: bool) -> Config:
    """A teacher on its training problems. Raises UserError where a checkpoint or file is not there, or the policy cannot be followed."""
    chosen = taught.teacher.policy
    assert not isinstance(chosen, FixedN)
    if recipe.verify.vote.labels:
        raise UserError(
            f"The policy {chosen.kind} needs the golds that `verify.vote.labels` makes of its traces.", "Use fixed_n to label by votes."
        )
    base = sample.of_teacher(recipe, taught, contents)
    plain = base.sampling.model_copy(update={"n": 1})
    rounds = chosen.rounds if isinstance(chosen, Escalate) else [Round()]
    askings = tuple(_asking(taught.teacher, one, base, plain, contents) for one in rounds)
    _check_distinct(askings)
    return Config(
        **{**{name: getattr(base, name) for name in sample.Config.model_fields}, "sampling": plain},
        policy=chosen,
        rounds=askings,
        verify=recipe.verify,
        verifiers=verifier_versions(recipe),
        judge=judge_revision(recipe.verify),
        workers=workers(recipe),
        unsafe=unsafe,
    )


def each_round(config: sample.Config) -> list[sample.Config]:
    """How a step asks: a config for each round of its policy, or its own."""
    if not isinstance(config, Config):
        return [config]
    return [config.model_copy(update={"asked": one.asked, "sampling": one.sampling}) for one in config.rounds]


def _asking(teacher: Teacher, one: Round, base: sample.Config, plain: Sampling, contents: Contents) -> Asking:
    asked = base.asked
    changed = {name: value for name in ("max_tokens", "temperature") if (value := getattr(one, name)) is not None}
    if one.path is not None:
        if not isinstance(teacher, ReplayTeacher):
            raise UserError("A round of the policy names a file of recorded traces, and the teacher is a model.", "Name a `model` there.")
        asked = sample.recorded(teacher.model_copy(update={"path": one.path}), contents)
    elif one.model is not None or one.engine is not None:
        if isinstance(teacher, ReplayTeacher):
            raise UserError("A round of the policy names a model, and the teacher is a file of recorded traces.", "Name a `path` there.")
        asked = _other_model(teacher, one)
    return Asking(asked=asked, sampling=plain.model_copy(update=changed))


def _other_model(teacher: VllmTeacher | EndpointTeacher | PluggedTeacher, one: Round) -> sample.Local:
    if isinstance(teacher, VllmTeacher):
        return sample.local(one.model or teacher.model, one.engine or teacher.engine)
    if one.model is None:
        raise UserError("A round of the policy names an engine, and the teacher has none of ours.", "Name a `model` as well.")
    return sample.local(one.model, one.engine or Engine())


def _check_distinct(rounds: tuple[Asking, ...]) -> None:
    """Two rounds that ask alike would get the very same traces; recorded ones do not depend on the sampling."""
    seen = []
    for one in rounds:
        asks = one.asked.content if isinstance(one.asked, sample.Recorded) else identity(one)
        if asks in seen:
            raise UserError(
                "Two rounds of the policy ask in the same way.", "Change the tokens, temperature or model, or make one round of them."
            )
        seen.append(asks)


@dataclass(frozen=True)
class Served:
    """A round as it is drawn: its requests' way, its ledger, and the recorded traces where it has such."""

    config: sample.Config
    way: Way
    name: str
    traces: Ledger
    cap: int
    recorded: Recordings | None

    def request(self, problem: str, index: int) -> Request:
        return request(self.way, self.name, problem, index)


def served(config: Config, inputs: Inputs, store: Store, recorded: bool = True) -> list[Served]:
    """The rounds of a step. recorded: with the recorded traces, which are read for it."""
    chosen = policy(config.policy)
    made = []
    for number, part in enumerate(each_round(config)):
        way = sample.way(part, inputs)
        plan = chosen.plan(number, 0)
        assert plan is not None
        there = Recordings(part.asked.teacher) if recorded and isinstance(part.asked, sample.Recorded) else None
        made.append(Served(part, way, way.identity, Ledger(store, "traces", way.identity, Trace), plan.cap, there))
    return made


def given(config: Config, rounds: list[Served], store: Store) -> Ledger:
    """The ledger of the verdicts: the one that `verify` uses for the first round's traces."""
    return verdict_ledger(store, config.verify, config.verifiers, config.judge, rounds[0].traces.path)


def walk(config: Config, inputs: Inputs, rounds: list[Served], ledger: Ledger, unjudged: bool) -> Iterator[Found]:
    """Every problem with what the ledgers have of it now. What was never recorded is known to be missing."""
    files = Files([local_files(ledger.store, one.traces.shards()) for one in rounds], local_files(ledger.store, ledger.shards()))
    with sql.connection() as connection:
        problems = sample.problems(config, inputs)
        for one in found(connection, problems, files, [each.cap for each in rounds], unjudged):
            for known, each in zip(one.known, rounds, strict=True):
                if each.recorded is not None:
                    known[each.recorded.count(one.problem.question)] = None
            yield one


def run(config: Config, inputs: Inputs, out: Output) -> None:
    rounds = served(config, inputs, out.store)
    ledger = given(config, rounds, out.store)
    with ExitStack() as held:
        # The verdicts' lock comes first everywhere, so that nobody waits in a circle with `verify`, which holds it beside a `sample`.
        for each in (ledger, *sorted({one.traces.path: one.traces for one in rounds}.values(), key=lambda one: one.path)):
            held.enter_context(each.held())
        _draw(config, inputs, out, rounds, ledger)
        _write(config, inputs, out, rounds, ledger)


def _draw(config: Config, inputs: Inputs, out: Output, rounds: list[Served], ledger: Ledger) -> None:
    chosen = policy(config.policy)
    left, total = most(chosen, walk(config, inputs, rounds, ledger, unjudged=False))
    out.counts.update(bought=0, cancelled=0, surplus=0, surplus_tokens=0)
    with track(out.name, total, "traces at the most") as bar:
        bar.skip(total - left)
        note = partial(_note, out, total)
        note(left)
        for here in _legs(rounds) if left else ():
            loop = _Loop(config, inputs, out, rounds, ledger, here, bar, note)
            loop.run()


def most(chosen: Policy, problems: Iterator[Found]) -> tuple[int, int]:
    """(still to be drawn, wanted in all) at the most: problems that have stopped count what they took, the others what they may take."""
    left = taken = 0
    for one in problems:
        at = stand(chosen, one.known)
        left += most_left(chosen, at)
        taken += at.tried
    return left, left + taken


def _note(out: Output, total: int, left: int) -> None:
    """Tells readers how far the step is: `opened` has no requests yet, and so no number of them."""
    before = dict(out.counts)
    out.counts.update(most_requests=total, most_owed=left)
    out.open()
    out.counts = before


def _legs(rounds: list[Served]) -> list[list[int]]:
    """Rounds in a row that ask the same model are served together; another model has the machine to itself."""
    key = lambda number: identity(rounds[number].config.asked)  # noqa: E731
    return [list(group) for _, group in groupby(range(len(rounds)), key)]


class _Loop:
    """Some rounds on one model: requests out, traces to the judge, verdicts back to the policy."""

    def __init__(
        self,
        config: Config,
        inputs: Inputs,
        out: Output,
        rounds: list[Served],
        ledger: Ledger,
        here: list[int],
        bar: Bar,
        note: "partial[None]",
    ) -> None:
        self._config, self._inputs, self._out, self._rounds, self._bar, self._note = config, inputs, out, rounds, bar, note
        self._stops = Stops()
        known = walk(config, inputs, rounds, ledger, unjudged=True)
        ask = lambda number, problem, index: rounds[number].request(problem, index)  # noqa: E731
        self._books = Allocation(policy(config.policy), known, here, config.policy.chunk, ask, self._stops.stop)
        self._here = here
        self._traces = {number: Committer(rounds[number].traces, config.shard_size, config.commit_seconds) for number in here}
        self._verdicts = Committer(ledger, config.verify.commit_rows, config.verify.commit_seconds, before=self._flush_traces)
        self._noted = time.monotonic()
        self._meter = Meter(out.name, config.policy.kind)

    def run(self) -> None:
        with ExitStack() as stack:
            stack.callback(self._flush_traces)  # also where the engine stops: what was bought is kept
            drawing: dict[int, Generator[list[Trace]]] = {}
            judging: Generator[pa.Table] | None = None
            while not self._books.fill():
                for number in self._here:
                    if number not in drawing and self._books.wants(number):
                        drawing[number] = stack.enter_context(closing(self._draw(number)))
                if judging is None and self._books.judges:
                    judging = stack.enter_context(closing(self._judge()))
                for number, traces in drawing.items():
                    self._drawn(number, next(traces, []))
                if judging is not None:
                    self._judged(next(judging, NONE))
                self._tell()
        self._verdicts.close()
        spent = self._books.spent
        for name, value in (("cancelled", spent.cancelled), ("surplus", spent.surplus), ("surplus_tokens", spent.surplus_tokens)):
            self._out.counts[name] += value

    def _draw(self, number: int) -> Generator[list[Trace]]:
        one = self._rounds[number]
        problems = sample.problems(self._config, self._inputs)
        engine = one.recorded or sample.engine(one.config, self._inputs, problems, self._spent(one, problems))
        session = None if one.recorded else join(self._config.cluster)
        chats: Iterator[Asked | None] = (asked and (asked[0], sample.chat(one.config, asked[1])) for asked in self._books.requests(number))
        return draw(Drawing(engine, one.config.sampling, one.config.method), chats, self._out.actors, session, self._stops.listen())

    def _spent(self, one: Served, problems: str) -> Spent:
        """What the ledger's traces of these problems have cost so far: a server's budget counts them."""
        there = local_files(self._out.store, one.traces.shards())
        mine = f"SELECT id FROM ({sql.parquet(there, arrow_schema(Trace))}) WHERE problem_id IN (SELECT id FROM ({problems}))"
        with sql.connection() as connection:
            return sample.spent_on(connection, mine, there)

    def _judge(self) -> Generator[pa.Table]:
        how = Judging(self._config.verify, self._config.workers, self._config.unsafe, self._config.cluster)
        lots = (lot_of(case) if case else None for case in self._books.cases())  # one by one, since each may be stopped
        return verdicts(how, lots, self._out.actors, self._stops, rows=1)

    def _drawn(self, number: int, traces: list[Trace]) -> None:
        self._traces[number].add(to_table(traces, Trace))
        for trace in traces:
            self._books.drawn(trace)
        if traces:
            tokens = sum(trace.output_tokens for trace in traces)
            self._out.counts["bought"] += tokens
            self._bar.advance(len(traces), tokens)
            self._meter.drawn(traces, self._bar.total - self._bar.done)

    def _judged(self, given: pa.Table) -> None:
        self._verdicts.add(given)
        rounds = [(self._books.judged(verdict), verdict) for verdict in from_table(given, Verdict)]
        self._meter.judged((number + 1, verdict.outcome) for number, verdict in rounds if number is not None)

    def _flush_traces(self) -> None:
        for committer in self._traces.values():
            committer.close()

    def _tell(self) -> None:
        """Now and then: what was saved leaves the bar, and readers hear how much is owed at the most."""
        if time.monotonic() - self._noted >= self._config.commit_seconds:
            self._noted = time.monotonic()
            self._note(self._bar.total - self._bar.done)


def _write(config: Config, inputs: Inputs, out: Output, rounds: list[Served], ledger: Ledger) -> None:
    """The step's tables: each problem's attempts up to its stop."""
    chosen, counts = policy(config.policy), Counter[str]()
    requests, allocated = out.table("requests"), out.table("allocated")
    held: tuple[list[Request], list[Allocated]] = ([], [])
    for one in walk(config, inputs, rounds, ledger, unjudged=False):
        at = stand(chosen, one.known)
        if at.stop is None:
            raise RuntimeError(f"the problem {one.problem.id} has not stopped")
        held[0].extend(
            rounds[number].request(one.problem.id, index) for number, taken in enumerate(at.rounds) for index in range(taken.tried)
        )
        held[1].append(allocation(one.problem.id, at))
        counts[f"stopped: {at.stop}"] += 1
        for number, taken in enumerate(at.rounds, 1):
            counts.update({f"round {number} tried": taken.tried, f"round {number} correct": taken.correct})
        if len(held[0]) >= WRITTEN:
            requests.write(held[0])
            allocated.write(held[1])
            held = ([], [])
    requests.write(held[0])
    allocated.write(held[1])
    requests.flush()
    parts = [sample.ours(out.store, each.traces, requests.shards) for each in rounds]
    shards = [shard for part in parts for shard in part[0]]
    check_prompts(sample.reasons(out.store, shards, requests.shards))
    out.share("traces", rounds[0].traces.path, shards, keys="requests")
    out.counts.update(traces=sum(part[1] for part in parts), output_tokens=sum(part[2] for part in parts), **dict(sorted(counts.items())))


def allocation(problem: str, at: Standing) -> Allocated:
    """A problem's row. The pass rate is the first round's: what the teacher solves as the recipe asks it first."""
    first = at.rounds[0]
    rate = estimate(first.plan, first.tried, first.correct) if first.tried else None
    bounds = (rate.mean, rate.low, rate.high) if rate else (None, None, None)
    return Allocated(problem, at.stop or "", len(at.rounds), at.tried, at.correct, first.tried, first.correct, *bounds)


STAGE = Stage("sample", "2", run, sample.TABLES, heavy=True)
