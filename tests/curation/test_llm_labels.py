"""Difficulty and domain by a model, over a real endpoint: one answer of those asked for, or unknown with the reason."""

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import polars as pl
import pytest
from pydantic import ValidationError

from stillhouse.curation.decontaminate import decontaminate
from stillhouse.curation.pipeline import Curated, curate
from stillhouse.recipe.curation import Curation
from stillhouse.recipe.dedup import Decontaminate

REPLIES: dict[str, str | None] = {
    "easy": '{"answer": 1}',
    "hard": 'It takes a while.\n{"answer": 10}',
    "off the scale": '{"answer": 11}',
    "chatty": "I would say seven.",
    "truth": '{"answer": true}',
    "sums": '{"answer": "algebra"}',
    "a poem": '{"answer": "poetry"}',
}
EGGS = "Janet's ducks lay 16 eggs per day. She eats three for breakfast and sells the remainder for $2 per egg. How much does she make?"
REWRITTEN = "Every day 16 eggs are laid by Janet's ducks. 3 are her breakfast and the others she sells at $2 each. What does she make?"


class Handler(BaseHTTPRequestHandler):
    """Answers by the question between the fences; a question without a reply is a server error."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["messages"]
        fenced = re.fullmatch(r"<data (\w+)>\n(.*)\n</data \1>", asked[1]["content"], re.DOTALL)
        assert fenced
        assert f"<data {fenced[1]}>" in asked[0]["content"]
        about = re.sub(rf"\n</data {fenced[1]}>\n<data {fenced[1]}>\n", " / ", fenced[2])
        self.server.asked.append(about)  # type: ignore[attr-defined]
        reply = REPLIES.get(about)
        body = json.dumps({"choices": [{"message": {"content": reply}, "finish_reason": "stop"}]}).encode() if reply else b"{}"
        self.send_response(200 if reply else 500)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on stderr."""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked = []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def run(server: ThreadingHTTPServer, questions: list[str], **step: object) -> Curated:
    judge = {"base_url": f"http://127.0.0.1:{server.server_port}/v1", "model": "m", "attempts": 1}
    rows = pl.DataFrame({"id": [f"t{i}" for i in range(len(questions))], "question": questions})
    return curate(rows, Curation.model_validate({"steps": [{"by": "model", "judge": judge, **step}]}), 0)


def test_a_rating_becomes_a_difficulty_and_anything_else_is_unknown(server: ThreadingHTTPServer) -> None:
    questions = ["easy", "hard", "off the scale", "chatty", "truth", "broken", "hard"]
    found = run(server, questions, step="difficulty")
    assert found.labels["difficulty"].to_list() == [0.0, 1.0, None, None, None, None, 1.0]
    outside = "not one of the answers"
    notes = ["" if note is None else note.split(":")[0] for note in found.labels["difficulty_note"]]
    assert notes == ["", "", outside, "unreadable", outside, "infrastructure", ""]
    assert sorted(server.asked) == sorted(set(questions))  # type: ignore[attr-defined]


def test_an_unknown_difficulty_is_dropped_with_what_the_model_said(server: ThreadingHTTPServer) -> None:
    found = run(server, ["easy", "hard", "chatty"], step="difficulty", min=0.5, unknown="drop")
    assert found.decisions["reason"].to_list() == ["too_easy", "kept", "difficulty_unknown"]
    assert found.decisions["detail"].to_list() == ["model = 0.0", "", "unreadable: 'I would say seven.'"]


def test_a_domain_is_one_of_the_names_or_unknown(server: ThreadingHTTPServer) -> None:
    found = run(server, ["sums", "a poem"], step="domains", names=["algebra", "geometry"])
    assert found.labels["domain"].to_list() == ["algebra", "unknown"]
    assert found.labels["domain_note"].to_list() == [None, "not one of the answers: 'poetry'"]


@pytest.mark.parametrize("step", [{"step": "difficulty", "by": "model"}, {"step": "domains", "by": "model", "names": ["a", "b"]}])
def test_a_model_needs_an_endpoint(step: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="judge"):
        Curation.model_validate({"steps": [step]})


@pytest.mark.parametrize(
    ("reply", "caught"),
    [('{"answer": "yes"}', True), ('It is another one.\n{"answer": "no"}', False), ("I cannot say.", True), (None, True)],
)
def test_a_model_decides_what_is_near_a_benchmark_and_the_rule_where_it_does_not(
    server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch, reply: str | None, caught: bool
) -> None:
    monkeypatch.setitem(REPLIES, f"{REWRITTEN} / {EGGS}", reply)
    judge = {"base_url": f"http://127.0.0.1:{server.server_port}/v1", "model": "m", "attempts": 1}
    settings = Decontaminate.model_validate({"methods": ["embedding"], "judge": judge, "canaries": {"count": 0}})
    found, _ = decontaminate(["a"], [REWRITTEN], [("q", EGGS)], settings)
    assert bool(found) == caught
    assert server.asked == [f"{REWRITTEN} / {EGGS}"]  # type: ignore[attr-defined]


def test_a_judge_without_embeddings_has_nothing_to_decide() -> None:
    with pytest.raises(ValidationError, match="name that method too"):
        Decontaminate.model_validate({"methods": ["ngram"], "judge": {"base_url": "http://x/v1", "model": "m"}})
