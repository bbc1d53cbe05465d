"""What a step has drawn and judged, told as metrics while it goes on."""

from collections import Counter
from collections.abc import Iterable

from stillhouse.cluster.metrics import count, show
from stillhouse.records import Trace


class Meter:
    """Of one step. `policy` is what decides how often a problem is asked."""

    def __init__(self, step: str, policy: str = "fixed_n") -> None:
        self._step, self._policy = step, policy

    def drawn(self, traces: list[Trace], owed: int) -> None:
        """Traces have ended; so many are owed now."""
        for ended, n in Counter(trace.finish_reason.split(":")[0] for trace in traces).items():
            count("stillhouse_traces_total", n, step=self._step, ended=ended)
        count("stillhouse_tokens_total", sum(trace.prompt_tokens for trace in traces), step=self._step, kind="prompt")
        count("stillhouse_tokens_total", sum(trace.output_tokens for trace in traces), step=self._step, kind="output")
        count("stillhouse_engine_seconds_total", sum(trace.seconds for trace in traces), step=self._step)
        self.owes(owed)

    def judged(self, outcomes: Iterable[tuple[int, str]]) -> None:
        """Traces have verdicts on them as they are: the round that drew each, from 1 on, and the outcome."""
        for (number, outcome), n in Counter(outcomes).items():
            count("stillhouse_verdicts_total", n, step=self._step, policy=self._policy, round=str(number), outcome=outcome)

    def owes(self, owed: int) -> None:
        """So many traces or verdicts are owed now."""
        show("stillhouse_owed", owed, step=self._step)
