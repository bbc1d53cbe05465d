"""The examples in the rooms' READMEs are short, and do what they say."""

import asyncio
import json
import types
from pathlib import Path
from typing import Any

import pytest
from tests.rollouts.echo import EchoEngine

from stillhouse.cli.new import ROOMS, examples
from stillhouse.engines.base import Reply
from stillhouse.engines.prompts import Messages
from stillhouse.execute import Job, job, make_all
from stillhouse.recipe import parse
from stillhouse.recipe.sections import Sampling
from stillhouse.records import Request, Trace

PACKAGE = Path(__file__).parents[1] / "pipelines" / "stillhouse"
WITH_README = ["curation", "engines", "problems", "rollouts", "stages", "verifiers"]


def module(room: str) -> Any:
    """A room's first example, as a module."""
    made = types.ModuleType("example")
    exec(compile(examples(room)[0], f"{room}/README.md", "exec"), made.__dict__)
    return made


@pytest.mark.parametrize("room", WITH_README)
def test_an_example_is_of_twenty_lines_at_most_and_a_contract_and_a_checklist_are_beside_it(room: str) -> None:
    text = (PACKAGE / room / "README.md").read_text()
    assert "contract" in text
    assert "## Checklist" in text
    code = examples(room)[0].split('"""', 2)[2]
    assert len([line for line in code.splitlines() if line.strip()]) <= 20


@pytest.mark.parametrize("kind", ROOMS)
def test_an_example_that_can_be_copied_has_its_test(kind: str) -> None:
    assert len(examples(ROOMS[kind][0])) == 2


def test_the_method_asks_twice_and_keeps_the_shorter_answer() -> None:
    method = module("rollouts")
    request = Request("r", "p", "m", "shorter", 100, 0, 9999)
    engine, sampling = EchoEngine(), Sampling()

    async def ask(messages: Messages, **how: Any) -> Reply:
        return await engine.ask(messages, sampling, **how)

    trace: Trace = asyncio.run(method.roll("shorter", request, [{"role": "user", "content": "hello"}], ask))
    assert method.needs("shorter") == set()
    assert (trace.calls, trace.response.split()[:3]) == (2, ["hello", "9999", "50"])


def test_the_engine_says_what_it_was_told() -> None:
    served = module("engines").Example()
    reply = asyncio.run(served.load(None).ask([{"role": "user", "content": "hello"}], Sampling(), seed=1))
    assert (reply.text, reply.finish_reason) == ("hello", "stop")


def counted(found: Job) -> dict[str, float]:
    manifest = found.committed(found.plan.steps["domains"])
    assert manifest is not None
    return manifest.counts


def test_the_stage_counts_domains_and_is_made_again_for_another_config(tmp_path: Path) -> None:
    stage = module("stages")
    rows = [{"question": f"What is {n}+1?", "answer": str(n + 1), "of": "odd" if n % 2 else "even"} for n in range(5)]
    (tmp_path / "p.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    source = {"kind": "file", "path": str(tmp_path / "p.jsonl"), "columns": {"domain": "of"}}
    recipe = parse(
        {"name": "toy", "problems": {"sources": [source], "held_out": 0}, "teacher": {"kind": "replay", "path": source["path"]}}, "t"
    )
    prints = []
    for least, wanted in ((1, {"even": 3.0, "odd": 2.0}), (3, {"even": 3.0})):
        with job(recipe, str(tmp_path / "run")) as found:
            found.plan.add("domains", stage.STAGE, stage.Config(least=least), {"problems": "problems"})
            make_all(found, [found.plan.steps[name] for name in ("problems", "domains")])
            assert counted(found) == wanted
            prints.append(found.plan.steps["domains"].fingerprint)
    assert prints[0] != prints[1]
