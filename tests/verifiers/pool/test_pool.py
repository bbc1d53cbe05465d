"""The pool with real workers: order, limits, blame, and recovery from workers that are lost."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.verifiers.hazards import HAZARDS

from stillhouse.errors import UserError
from stillhouse.recipe.verification import Verify
from stillhouse.records import Problem, Trace, answer_trace
from stillhouse.verifiers.pool.handle import Handle
from stillhouse.verifiers.pool.pool import Pool


def pair(gold: str, response: str, name: str = "t", verifier: str = "math") -> tuple[Problem, Trace]:
    return Problem("p", "q", gold, verifier), answer_trace(name, "p", response)


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(2, Verify(cpu_seconds=1, memory_mb=512)) as made:
        yield made


def test_verdicts_come_in_order_and_name_the_isolation(pool: Pool) -> None:
    verdicts = list(pool.judge(pair("42", f"\\boxed{{{n}}}", str(n)) for n in range(600)))
    assert [v.trace_id for v in verdicts] == [str(n) for n in range(600)]
    assert [v.trace_id for v in verdicts if v.outcome == "correct"] == ["42"]
    assert all(v.isolation and v.version for v in verdicts)


def test_it_reads_only_a_window_ahead(pool: Pool) -> None:
    taken = 0

    def endless() -> Iterator[tuple[Problem, Trace]]:
        nonlocal taken
        while True:
            taken += 1
            yield pair("1", "\\boxed{1}")

    verdicts = pool.judge(endless())
    assert next(verdicts).outcome == "correct"
    verdicts.close()
    assert taken < 1_000


def test_hazards_end_with_a_reason_and_harm_no_neighbour(pool: Pool) -> None:
    pairs = [p for name, gold, text in HAZARDS for p in (pair(gold, text, name), pair("1", "\\boxed{1}", "neighbour"))]
    verdicts = list(pool.judge(pairs))
    assert all(v.outcome == "correct" for v in verdicts[1::2])
    assert all(v.outcome != "correct" and v.reason and v.seconds <= 1.5 for v in verdicts[0::2])
    assert not Path("/tmp/stillhouse-was-here").exists()


def test_a_timeout_is_the_culprits_alone(pool: Pool) -> None:
    slow = '{"rules": [{"kind": "regex", "pattern": "^(a+)+$"}]}'
    problem = Problem("p", "q", "", "structure", payload=slow)
    traces = [pair("", text, text)[1] for text in ("a", "a" * 64 + "b", "aa")]
    verdicts = list(pool.judge((problem, t) for t in traces))
    assert [v.outcome for v in verdicts] == ["correct", "timeout", "correct"]
    assert verdicts[1].reason.startswith("cpu")


def test_out_of_memory_is_an_error_and_never_wrong(pool: Pool) -> None:
    big = '{"rules": [{"kind": "regex", "pattern": "(?:a{0,60000}){0,60000}b|' + "(x{0,9}){0,9}" * 60_000 + '"}]}'
    verdicts = list(pool.judge([(Problem("p", "q", "", "structure", payload=big), pair("", "a")[1]), pair("1", "\\boxed{1}")]))
    assert verdicts[0].outcome in ("error", "timeout")
    assert verdicts[1].outcome == "correct"


def test_a_killed_worker_is_replaced_and_its_chunk_judged_again() -> None:
    with Pool(1, Verify()) as pool:
        verdicts = pool.judge(pair("42", f"\\boxed{{{n}}}", str(n)) for n in range(2_000))
        first = next(verdicts)
        victim = next(iter([*pool._busy.values(), *(h for hs in pool._idle.values() for h in hs)]))
        os.killpg(victim.process.pid, signal.SIGKILL)
        rest = list(verdicts)
    assert [v.trace_id for v in [first, *rest]] == [str(n) for n in range(2_000)]
    assert sum(v.outcome == "correct" for v in rest) == 1
    assert all(v.outcome in ("correct", "wrong") for v in rest)


class Killing(Pool):
    """Kills its next workers as it starts them, `left` in all."""

    left = 5

    def _worker(self, name: str) -> Handle:
        handle = super()._worker(name)
        if self.left:
            self.left -= 1
            os.killpg(handle.process.pid, signal.SIGKILL)
        return handle


def test_workers_that_are_killed_before_they_judge_are_no_rows_fault() -> None:
    with Killing(1, Verify()) as pool:
        verdicts = list(pool.judge(pair("42", f"\\boxed{{{n}}}", str(n)) for n in range(40, 44)))
    assert [v.outcome for v in verdicts] == ["wrong", "wrong", "correct", "wrong"]
    assert pool.left == 0


def test_a_worker_that_was_killed_while_it_was_idle_costs_no_row_a_try() -> None:
    with Pool(1, Verify()) as pool:
        list(pool.judge([pair("1", "\\boxed{1}")]))
        (handle,) = pool._idle["math"]
        os.killpg(handle.process.pid, signal.SIGKILL)
        handle.process.wait()
        assert [v.outcome for v in pool.judge([pair("1", "\\boxed{1}")])] == ["correct"]


def test_a_verifier_whose_workers_never_live_long_enough_is_told_in_one_line() -> None:
    with Killing(1, Verify()) as pool:
        pool.left = 100
        with pytest.raises(UserError, match="'math' were lost 10 times before one could judge"):
            list(pool.judge([pair("1", "\\boxed{1}")]))


def test_closing_leaves_no_process() -> None:
    with Pool(2, Verify()) as pool:
        list(pool.judge([pair("1", "\\boxed{1}")] * 50))
        pids = [h.process.pid for handles in pool._idle.values() for h in handles]
    assert pids
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.killpg(pid, 0)


def test_nothing_of_the_environment_reaches_a_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    with Pool(1, Verify()) as pool:
        list(pool.judge([pair("1", "\\boxed{1}")]))
        handle = next(h for handles in pool._idle.values() for h in handles)
        assert b"hf_secret" not in Path(f"/proc/{handle.process.pid}/environ").read_bytes()


def test_over_long_traces_are_unverifiable_without_being_sent(pool: Pool) -> None:
    verdict = next(iter(pool.judge([pair("1", "1" * 4_000_001)])))
    assert (verdict.outcome, verdict.reason) == ("unverifiable", "longer than 4,000,000 characters")


def test_an_unknown_verifier_is_a_user_error_with_a_hint(pool: Pool) -> None:
    with pytest.raises(UserError, match="Did you mean 'math'"):
        list(pool.judge([pair("1", "1", verifier="maths")]))


def test_no_workers_is_a_user_error() -> None:
    with pytest.raises(UserError):
        Pool(0, Verify())


def test_judging_twice_at_once_is_refused(pool: Pool) -> None:
    running = pool.judge(pair("1", "\\boxed{1}") for _ in range(5_000))
    next(running)
    with pytest.raises(RuntimeError, match="judging already"):
        list(pool.judge([pair("1", "\\boxed{1}")]))
    running.close()


def test_a_composition_may_be_larger_than_any_command_line() -> None:
    large = {"mode": "any", "of": [{"verifier": "math"}] * 8_000}
    settings = Verify.model_validate({"compose": {"one": {"mode": "first", "of": [{"verifier": "math"}]}, "large": large}})
    assert len(settings.model_dump_json()) > 1 << 18
    with Pool(1, settings) as made:
        assert next(made.judge([pair("42", "\\boxed{42}", verifier="one")])).outcome == "correct"
