"""How often a verifier is known to err, on the project's own suite and on independent sets, for dataset cards.

`measured.json` is written by `python tests/benchmarks/bench_graded.py --write` and holds for one version of a verifier
only: another version has no figures until it is measured again. The own suite is what the verifier was developed on, so
its figures are a lower bound on errors elsewhere; the independent sets were labelled by their publishers.
"""

import json
from dataclasses import dataclass
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Errors:
    """Wrong verdicts on one set. `undecided` counts right answers and wrong ones that got neither verdict."""

    tool: str
    false_accepts: int
    false_rejects: int
    undecided: int


@dataclass(frozen=True, slots=True)
class Measured:
    """One set of `right` and `wrong` answers: the verifier's errors on it, and each peer's on the same rows, whose digest is `rows`."""

    name: str
    rows: str
    own: bool
    right: int
    wrong: int
    ours: Errors
    peers: list[Errors]


def error_rates(verifier: str, version: str) -> list[Measured]:
    """The figures of this version of a verifier, the own suite first; empty where they were not taken."""
    found = json.loads((files("stillhouse.verifiers") / "measured.json").read_text()).get(verifier)
    return [_read(entry) for entry in found["sets"]] if found and found["version"] == version else []


def _read(entry: dict[str, Any]) -> Measured:
    return Measured(**{**entry, "ours": Errors(**entry["ours"]), "peers": [Errors(**peer) for peer in entry["peers"]]})
