"""The gates before a push: each opens and shuts by what the run's tables hold."""

from collections.abc import Iterator
from dataclasses import replace

import duckdb
import pytest

from stillhouse.errors import UserError
from stillhouse.publishing.gates import check, require
from stillhouse.publishing.terms import terms_of
from stillhouse.records import Example, Gate, Problem, Trace, answer_trace, to_table

PROBLEM = Problem("p1", "2 + 2?", "4", "math", source="sums", license="MIT")
TRACE = replace(answer_trace("t1", "p1", "4"), model="deepseek-ai/DeepSeek-R1@00")
EXAMPLE = Example("e1", "p1", "t1", [{"role": "user", "content": "2 + 2?"}, {"role": "assistant", "content": "4"}], "4", "", None, 1)


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


def gates(
    opened: duckdb.DuckDBPyConnection, problem: Problem = PROBLEM, trace: Trace = TRACE, example: Example = EXAMPLE,
    held_out: tuple[Problem, ...] = (), counts: dict[str, float] | None = None, waived: dict[str, str] | None = None,
    licence: str = "apache-2.0",
) -> dict[str, Gate]:  # fmt: skip
    tables = {
        "problems": to_table([problem], Problem),
        "traces": to_table([trace], Trace),
        "examples": to_table([example], Example),
        "held_out": to_table(held_out, Problem),
    }
    for name, data in tables.items():  # noqa: B007 - DuckDB reads it by its name
        opened.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM data")
    return {gate.name: gate for gate in check(opened, licence, counts or {}, waived or {})}


def test_a_run_with_known_terms_and_nothing_personal_may_go(connection: duckdb.DuckDBPyConnection) -> None:
    found = gates(connection)
    assert {name: gate.passed for name, gate in found.items()} == dict.fromkeys(
        ("personal_data", "teacher_terms", "problem_licences", "leaks"), True
    )
    require(list(found.values()), "team/sums")
    assert "MIT (huggingface.co/deepseek-ai/DeepSeek-R1, 2025-01-20)" in found["teacher_terms"].reason


def test_personal_data_is_counted_and_not_repeated(connection: duckdb.DuckDBPyConnection) -> None:
    told = replace(EXAMPLE, messages=[{"role": "user", "content": "Write to ann@mail.test or hf_" + "a" * 34}])
    gate = gates(connection, example=told)["personal_data"]
    assert (gate.passed, gate.value, gate.reason) == (False, 1.0, "email in 1 examples, key in 1 examples")


@pytest.mark.parametrize(
    ("model", "allowed"),
    [
        ("deepseek-ai/DeepSeek-R1", True), ("DeepSeek-R1-Distill-Llama-8B", True), ("Qwen/Qwen2.5-7B-Instruct", True), ("QwQ-32B", True),
        ("meta-llama/Llama-3.1-8B-Instruct", True), ("meta-llama/Llama-2-7b", False), ("gpt-4o", False), ("o3-mini", False),
        ("openai/gpt-oss-120b", True), ("claude-sonnet-4", False), ("gemini-2.5-pro", False), ("smollm2-135m-instruct", True),
    ],
)  # fmt: skip
def test_terms_are_known_by_name(connection: duckdb.DuckDBPyConnection, model: str, allowed: bool) -> None:
    terms = terms_of(model)
    assert terms is not None
    assert terms.allowed is allowed
    assert gates(connection, trace=replace(TRACE, model=f"{model}@00"))["teacher_terms"].passed is allowed


def test_the_licence_of_a_distilled_llama_is_llamas() -> None:
    terms = terms_of("deepseek-ai/DeepSeek-R1-Distill-Llama-8B")
    assert terms is not None
    assert "Llama" in terms.licence


def test_a_teacher_that_nobody_knows_is_refused_by_name(connection: duckdb.DuckDBPyConnection) -> None:
    found = list(gates(connection, trace=replace(TRACE, model="acme-9@00")).values())
    with pytest.raises(UserError, match="Nothing was pushed to team/sums: teacher_terms: acme-9: its terms are not known here"):
        require(found, "team/sums")


@pytest.mark.parametrize(
    ("given", "own", "passed"),
    [
        ("MIT", "unknown", True), ("", "mit", False), ("cc-by-nc-4.0", "mit", False), ("cc-by-nc-4.0", "cc-by-nc-4.0", True),
        ("cc-by-nc-4.0", "cc-by-nc-sa-4.0", True), ("cc-by-sa-4.0", "mit", False), ("cc-by-sa-4.0", "cc-by-sa-4.0", True),
        ("cc-by-nd-4.0", "mit", False), ("acme", "mit", False),
    ],
)  # fmt: skip
def test_problem_licences(connection: duckdb.DuckDBPyConnection, given: str, own: str, passed: bool) -> None:
    assert gates(connection, problem=replace(PROBLEM, license=given), licence=own)["problem_licences"].passed is passed


def test_a_held_out_problem_among_the_examples_is_a_leak(connection: duckdb.DuckDBPyConnection) -> None:
    assert gates(connection, held_out=(PROBLEM,))["leaks"].value == 1


@pytest.mark.parametrize(
    ("counts", "passed", "value"),
    [
        ({"contaminated": 1.0, "canaries_planted": 10.0, "canaries_caught": 9.0}, True, 0.9),
        ({"contaminated": 0.0, "canaries_planted": 0.0, "canaries_caught": 0.0}, False, 0.0),
    ],
)
def test_a_recall_that_nobody_measured_shuts_the_gate(
    connection: duckdb.DuckDBPyConnection, counts: dict[str, float], passed: bool, value: float
) -> None:
    gate = gates(connection, counts=counts)["decontamination_recall"]
    assert (gate.passed, gate.value) == (passed, value)


def test_a_waived_gate_holds_and_says_why(connection: duckdb.DuckDBPyConnection) -> None:
    unknown = replace(TRACE, model="acme-9@00")
    gate = gates(connection, trace=unknown, waived={"teacher_terms": "written permission", "leaks": "unused"})["teacher_terms"]
    assert gate.passed
    assert gate.reason.startswith("waived (written permission): acme-9")
