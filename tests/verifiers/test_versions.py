"""A verifier that judges otherwise has another version: the digest of its verdicts on its suite is pinned for each version."""

from typing import Any

import pytest
from tests.verifiers.suites import digest, pinned, suites

from stillhouse.verifiers.registry import VERIFIERS

SUITES = suites()
# They ask a model, so what they say is the model's.
MODELS = {"judge", "reward", "process"}


def test_every_verifier_that_decides_by_itself_has_a_suite() -> None:
    assert set(SUITES) == set(VERIFIERS) - MODELS


@pytest.mark.parametrize("name", sorted(SUITES))
def test_verdicts_are_those_of_their_version(name: str) -> None:
    version, found = digest(SUITES[name])
    known = pinned().get(name, {})
    assert version in known, f"{name} has a new version {version}: pin its verdicts with `python -m tests.verifiers.suites`"
    assert known[version] == found, f"{name} {version} judges otherwise than when this version was pinned: raise its version, then pin it"


def test_another_verdict_is_another_digest() -> None:
    rows: list[dict[str, Any]] = SUITES["format"]
    assert digest(rows) == digest(rows)
    assert digest(rows)[1] != digest([{**rows[0], "response": "nothing"}, *rows[1:]])[1]
