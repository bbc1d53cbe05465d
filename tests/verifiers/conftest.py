"""The code verifier, with one jail for all tests of a file."""

from collections.abc import Iterator

import pytest
from tests.verifiers.code_problems import SETTINGS

from stillhouse.verifiers.code.verifier import Code


@pytest.fixture(scope="module")
def verifier() -> Iterator[Code]:
    made = Code(SETTINGS)
    yield made
    made.close()
