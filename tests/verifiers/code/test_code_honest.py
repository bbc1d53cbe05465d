"""Honest programs under honest tests of many forms are `correct`, and with one wrong token `wrong`."""

import pytest
from tests.verifiers.code.honest_programs import HONEST, SCRIPTS
from tests.verifiers.code_problems import problem, trace

from stillhouse.verifiers.base import Judgement
from stillhouse.verifiers.code.verifier import Code


def judged(code: Code, name: str, mutant: bool) -> Judgement:
    if name in SCRIPTS:
        program, cases, token, other = SCRIPTS[name]
        tests = problem(kind="stdio", cases=[{"input": given, "output": wanted} for given, wanted in cases])
    else:
        program, code_of_tests, token, other, more = HONEST[name]
        tests = problem(**{"kind": "asserts", "code": code_of_tests, **more})
    assert token in program
    return code.judge(tests, trace(program.replace(token, other) if mutant else program))


@pytest.mark.parametrize("name", [*HONEST, *SCRIPTS])
def test_an_honest_program_is_correct_and_with_a_wrong_token_wrong(verifier: Code, name: str) -> None:
    right, mutant = judged(verifier, name, False), judged(verifier, name, True)
    assert (right.outcome, mutant.outcome) == ("correct", "wrong"), (right.reason, mutant.reason)
