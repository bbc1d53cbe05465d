"""Which attempts at which problems are wanted next, from the verdicts that have come in: bookkeeping, without engine or disk.

Guarantee: when every stream has ended, each problem stands where its policy stops on its verdicts in order, whatever came in
which order and however many attempts were under way. Problems are taken in as room is there and forgotten when they stop,
so memory follows what is under way and not the table.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from stillhouse.records import Outcome, Problem, Request, Trace, Verdict
from stillhouse.rollouts.lots import Case
from stillhouse.rollouts.policies.base import Policy, Standing, stand
from stillhouse.rollouts.reviews import review

MOST_WAITING = 4_096  # requests of a round, or traces to judge, that wait here: beyond them no new problem is taken in


@dataclass(slots=True)
class Found:
    """A problem with what the ledgers have of it: verdicts, and traces without one, by round and sample."""

    problem: Problem
    known: list[dict[int, Outcome | None]]
    unjudged: dict[tuple[int, int], Trace] = field(default_factory=dict)


@dataclass(slots=True)
class _Active:
    found: Found
    at: Standing
    asked: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Requests under way, by id."""
    judging: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Reviews under way, by id."""
    tokens: dict[tuple[int, int], int] = field(default_factory=dict)
    """What this process paid for the problem's traces."""

    @property
    def busy(self) -> set[tuple[int, int]]:
        return {*self.asked.values(), *self.judging.values()}


@dataclass
class Spent:
    """What this process asked for in vain: requests cancelled before they ended, and traces beyond the stop with their tokens."""

    cancelled: int = 0
    surplus: int = 0
    surplus_tokens: int = 0


class Allocation:
    """Requests by round, cases to judge, and what becomes of both. One thread uses it.

    here: the rounds that are served now; a problem whose next round is another one is left for later. request: makes the
    request of a round, a problem's id and an index. stop: is told the ids of requests and reviews that are no longer wanted.
    """

    def __init__(
        self,
        policy: Policy,
        found: Iterator[Found],
        here: Iterable[int],
        chunk: int,
        request: Callable[[int, str, int], Request],
        stop: Callable[[set[str]], None],
    ) -> None:
        self._policy, self._found, self._chunk, self._request, self._stop = policy, found, chunk, request, stop
        self._queues: dict[int, deque[tuple[_Active, Request]]] = {number: deque() for number in here}
        self._cases: deque[tuple[_Active, Case]] = deque()
        self._owner: dict[str, _Active] = {}
        self._active = 0
        self._exhausted = False
        self.spent = Spent()
        self.stopped: Counter[str] = Counter()

    @property
    def ended(self) -> bool:
        """Whether every problem has stopped, or waits for a round that is not served here."""
        return self._exhausted and not self._active

    @property
    def judges(self) -> bool:
        """Whether a trace is waiting to be judged."""
        return bool(self._cases)

    def fill(self) -> bool:
        """Takes problems in until something is waiting; whether everything has ended."""
        while not self._cases and not any(self._queues.values()) and self._take_in():
            pass
        return self.ended

    def wants(self, number: int) -> bool:
        """Whether a request of this round is waiting."""
        return bool(self._queues[number])

    def requests(self, number: int) -> Iterator[tuple[Request, Problem] | None]:
        """The requests of a round as they come up; None while there is none."""
        queue = self._queues[number]
        while not self.ended:
            while not queue and self._take_in():
                pass
            while queue:
                active, request = queue.popleft()
                if request.id in active.asked:
                    yield request, active.found.problem
            yield None

    def cases(self) -> Iterator[Case | None]:
        """Traces to judge as they come up; None while there is none."""
        while not self.ended:
            while self._cases:
                active, case = self._cases.popleft()
                if case.review.id in active.judging:
                    yield case
            yield None

    def drawn(self, trace: Trace) -> None:
        """A request has ended as a trace."""
        active = self._owner.pop(trace.id, None)
        if active is None:
            self.spent.surplus += 1
            self.spent.surplus_tokens += trace.output_tokens
            return
        place = active.asked.pop(trace.id)
        active.tokens[place] = trace.output_tokens
        self._judge(active, place, trace)

    def judged(self, verdict: Verdict) -> int | None:
        """A trace has its verdict. Returns the round that drew it, None where the verdict is no longer wanted."""
        active = self._owner.pop(verdict.id, None)
        if active is None:
            return None
        number, index = active.judging.pop(verdict.id)
        active.found.known[number][index] = verdict.outcome
        self._advance(active)
        return number

    def _take_in(self) -> bool:
        """Takes one more problem in, unless there is none or too much waits for a verdict."""
        if self._exhausted or max(len(self._cases), *map(len, self._queues.values())) >= MOST_WAITING:
            return False
        found = next(self._found, None)
        if found is None:
            self._exhausted = True
            return False
        self._active += 1
        self._advance(_Active(found, stand(self._policy, found.known)))
        return True

    def _advance(self, active: _Active) -> None:
        """Goes on with a problem after a verdict: stops it, or asks for what its round wants next."""
        active.at = stand(self._policy, active.found.known)
        number = len(active.at.rounds) - 1
        self._cancel(active, number)
        if active.at.stop is not None or number not in self._queues:
            self._leave(active)
            return
        first = active.at.rounds[-1].tried
        for index in range(first, first + min(self._chunk, active.at.left)):
            self._want(active, (number, index))

    def _want(self, active: _Active, place: tuple[int, int]) -> None:
        number, index = place
        if place in active.busy or index in active.found.known[number]:
            return
        if (trace := active.found.unjudged.pop(place, None)) is not None:
            self._judge(active, place, trace)
            return
        request = self._request(number, active.found.problem.id, index)
        active.asked[request.id] = place
        self._owner[request.id] = active
        self._queues[number].append((active, request))

    def _judge(self, active: _Active, place: tuple[int, int], trace: Trace) -> None:
        case = Case(review(active.found.problem, trace.id, "plain"), active.found.problem, trace)
        active.judging[case.review.id] = place
        self._owner[case.review.id] = active
        self._cases.append((active, case))

    def _cancel(self, active: _Active, number: int) -> None:
        """Drops what is under way and can count no more: all of it where the problem has stopped, else that of earlier rounds."""
        over = active.at.stop is not None
        requests = {one for one, (of, _) in active.asked.items() if over or of < number}
        reviews = {one for one, (of, _) in active.judging.items() if over or of < number}
        for one in requests:
            del active.asked[one], self._owner[one]
        for one in reviews:
            del active.judging[one], self._owner[one]
        if requests or reviews:
            self.spent.cancelled += len(requests)
            self._stop(requests | reviews)

    def _leave(self, active: _Active) -> None:
        self._active -= 1
        if active.at.stop is not None:
            self.stopped[active.at.stop] += 1
        for (number, index), tokens in active.tokens.items():
            if index >= active.at.rounds[number].tried:
                self.spent.surplus += 1
                self.spent.surplus_tokens += tokens
