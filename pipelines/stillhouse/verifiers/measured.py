"""What the mutation suite measured of a verifier's accuracy, for dataset cards.

`measured.json` is written by `python tests/benchmarks/bench_math.py --record` and holds for one version of a verifier
only: another version has no figures until it is measured again. The suite is the project's own, and the verifier was
developed on it, so its figures are a lower bound on errors elsewhere.
"""

import json
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Measured:
    """Errors on a suite of `accept` answers that are right and `reject` that are wrong, and a peer's on the same."""

    version: str
    accept: int
    reject: int
    false_accepts: int
    false_rejects: int
    peer: str
    peer_false_accepts: int
    peer_false_rejects: int


def measured(verifier: str, version: str) -> Measured | None:
    """The figures of this version of a verifier, or None where they were not taken."""
    found = json.loads((files("stillhouse.verifiers") / "measured.json").read_text()).get(verifier)
    return Measured(**found) if found and found["version"] == version else None
