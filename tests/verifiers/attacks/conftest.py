"""The code verifier and its jail, on every rung that this machine has: each attack runs on all of them."""

from collections.abc import Iterator

import pytest
from tests.verifiers.attacks.programs import RUNGS
from tests.verifiers.code_problems import SETTINGS

from stillhouse.verifiers.code.jail.client import Jail
from stillhouse.verifiers.code.verifier import Code


@pytest.fixture(scope="module", params=sorted(RUNGS) or ["none"])
def code(request: pytest.FixtureRequest) -> Iterator[Code]:
    assert request.param in RUNGS, "no rung works on this machine: Landlock ABI 4 is needed"
    made = Code(SETTINGS)
    made._jail = Jail(RUNGS[request.param])
    yield made
    made.close()


@pytest.fixture
def jail(code: Code) -> Jail:
    return code.jail
