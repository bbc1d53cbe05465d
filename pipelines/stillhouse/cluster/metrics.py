"""What is going on now, as metrics of Ray: the metrics port of every node gives them to Prometheus as `ray_<name>`.

`NAMES` is the one list of them, with their tags; counters end in `_total` there. Where this process is on no Ray cluster
(recorded traces alone) nothing is told. The limit: they are for watching; what a run came to say its tables.
"""

import sys
import threading
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Named:
    """A metric: a counter or a gauge, the tags that each of its values has, and what it says."""

    counts: bool
    tags: tuple[str, ...]
    text: str


NAMES = {
    "stillhouse_traces_total": Named(True, ("step", "ended"), "Traces that have ended, by how: stop, length, error or another."),
    "stillhouse_tokens_total": Named(True, ("step", "kind"), "Tokens of these traces: prompt, output."),
    "stillhouse_engine_seconds_total": Named(True, ("step",), "What these traces took of their engines."),
    "stillhouse_verdicts_total": Named(
        True, ("step", "policy", "round", "outcome"), "Verdicts on traces as they are, by the round that drew them."
    ),
    "stillhouse_owed": Named(False, ("step",), "Traces or verdicts that a step still owes, at the most."),
    "stillhouse_in_workers": Named(False, ("worker",), "Requests or cases that are handed out and have not come back."),
    "stillhouse_slots": Named(False, ("engine", "process"), "Answers that an engine would have under way at once."),
    "stillhouse_slots_busy": Named(False, ("engine", "process"), "Answers that are under way."),
}


class _Metric(Protocol):
    def inc(self, value: float, tags: dict[str, str]) -> None: ...
    def set(self, value: float, tags: dict[str, str]) -> None: ...


_LOCK = threading.Lock()
_MADE: dict[str, _Metric] = {}


def count(name: str, value: float, **tags: str) -> None:
    """Adds to a counter of `NAMES`. Nothing is to be added where the value is 0."""
    if value and (metric := _metric(name)) is not None:
        metric.inc(value, tags)


def show(name: str, value: float, **tags: str) -> None:
    """Sets a gauge of `NAMES`."""
    if (metric := _metric(name)) is not None:
        metric.set(value, tags)


def _metric(name: str) -> _Metric | None:
    if "ray" not in sys.modules:
        return None
    import ray

    if not ray.is_initialized():
        return None
    with _LOCK:
        if name not in _MADE:
            from ray.util.metrics import Counter, Gauge

            kind = NAMES[name]
            _MADE[name] = (Counter if kind.counts else Gauge)(name, kind.text, kind.tags)
        return _MADE[name]
