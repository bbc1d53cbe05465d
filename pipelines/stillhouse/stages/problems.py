"""Problems: load the sources, send every gold through its verifier, take copies and benchmark questions out, hold some out for scoring.

Guarantee: a held-out problem is in the training problems neither by id nor by normalised text, and the stage fails
otherwise. A problem whose own gold does not verify is quarantined with the verifier's reason. The problems lie on disk
(`problems/spool.py`) and go through one pass after the other in batches. The limit: deduplication keeps a sketch of each in memory.
"""

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt

from stillhouse.errors import UserError
from stillhouse.problems import identity, load
from stillhouse.problems.spool import ROWS, Spool
from stillhouse.progress import say, track
from stillhouse.recipe import Recipe
from stillhouse.recipe.dedup import Decontaminate, Dedup
from stillhouse.recipe.section import Circumstance, Section
from stillhouse.recipe.sections import Source
from stillhouse.recipe.verification import Verify
from stillhouse.records import Decision, Problem, digest, from_table, normalise_question
from stillhouse.stages.base import Appender, Inputs, Output, Stage
from stillhouse.stages.judged import verifier_versions, workers
from stillhouse.storage.contents import Contents
from stillhouse.tables.hub import COMMIT, parse_split


class SourceConfig(Section):
    """Where problems come from, and what identifies their content."""

    source: Circumstance[Source]
    identity: dict[str, Any]


class Config(Section):
    """Everything that decides which problems there are."""

    sources: tuple[SourceConfig, ...]
    held_out: int
    limit: int | None
    seed: int
    dedup: Dedup
    decontaminate: Decontaminate
    against: tuple[str, ...]
    verify: Verify
    verifiers: dict[str, str]
    workers: Circumstance[int]
    unsafe: Circumstance[bool]


def config(recipe: Recipe, contents: Contents, unsafe: bool = False) -> Config:
    """Raises UserError for a file that is not there and for a benchmark set that is not pinned."""
    return Config(
        sources=tuple(SourceConfig(source=s, identity=identity(s, contents)) for s in recipe.problems.sources),
        held_out=recipe.problems.held_out,
        limit=recipe.problems.limit,
        seed=recipe.seed,
        dedup=recipe.dedup,
        decontaminate=recipe.decontaminate,
        against=tuple(_content(spec, contents) for spec in recipe.decontaminate.against),
        verify=recipe.verify,
        verifiers=verifier_versions(recipe),
        workers=workers(recipe),
        unsafe=unsafe,
    )


def _content(spec: str, contents: Contents) -> str:
    """What identifies a benchmark set: a file's content, or the name of a Hub dataset with its commit. Raises UserError without one."""
    if not spec.startswith("hf:"):
        return contents.sha256(spec)
    if not COMMIT.fullmatch(parse_split(spec).revision or ""):
        raise UserError(f"decontaminate.against: {spec} names no commit.", "Pin it: hf:ORG/NAME@COMMIT:SPLIT, with all 40 hex digits.")
    return spec


def run(config: Config, inputs: Inputs, out: Output) -> None:
    with TemporaryDirectory(prefix="problems-", dir=out.work_folder()) as folder:
        spool, decisions = Spool(Path(folder)), Decisions(out.table("decisions"))
        loaded = spool.load(problem for item in config.sources for problem in load(item.source))
        decisions.add(spool.distinct())
        undecidable = _check_golds(spool, config, decisions)
        _drop_copies(spool, config, decisions)
        recall = _decontaminate(spool, config, decisions)
        held_out = _hold_out(spool, config, decisions)
        count = int(spool.alive.sum())
        decisions.check_some(count, loaded, int(held_out.sum()))
        _prove_apart(spool, held_out)
        for table, chosen in (("problems", spool.alive), ("held_out", held_out)):
            writer = out.table(table)
            for part in spool.parts(only=chosen):
                writer.write_table(part.table)
    out.clear_work()
    counts = {"loaded": loaded, "problems": count, "held_out": int(held_out.sum()), "dropped": decisions.dropped.total()}
    out.counts.update(counts, golds_undecidable=undecidable, **recall)


class Decisions:
    """Writes decisions as they are made, and counts what they drop. Held-out problems are not dropped."""

    def __init__(self, table: Appender) -> None:
        self._table = table
        self.dropped: Counter[str] = Counter()
        self._first = ""

    def add(self, decisions: Iterable[Decision]) -> None:
        source = iter(decisions)
        while part := list(islice(source, ROWS)):
            self._table.write(part)
            for one in part:
                if not one.kept and one.reason != "held_out":
                    self.dropped[f"{one.step} {one.reason}"] += 1
                    self._first = self._first or one.detail

    def check_some(self, training: int, loaded: int, held_out: int) -> None:
        """Raises UserError, with where they went, when no problem is left to sample from."""
        if training:
            return
        told = [f"{count:,} by {why}" for why, count in self.dropped.most_common()]
        told += [f"{held_out:,} held out"] if held_out else []
        raise UserError(
            f"No problem is left to sample from: {loaded:,} loaded, {', '.join(told) or 'none dropped'}"
            f"{f' (such as: {self._first})' if self._first else ''}.",
            "Give more problems, or look at problems.held_out, the golds and the verifier.",
        )


def _check_golds(spool: Spool, config: Config, decisions: Decisions) -> int:
    """Takes out what cannot be judged, and what its own verifier does not accept; those without a gold that a vote is to label stay.

    Says how many golds of each source are of which kind; returns how many no rule decides. Raises UserError for a verifier that is
    unknown or not configured.
    """
    from stillhouse.verifiers.gold import check_gold
    from stillhouse.verifiers.math.gold_kinds import GoldKinds
    from stillhouse.verifiers.ready import unready

    kinds, places = GoldKinds(), deque[int]()

    def drop(place: int, problem: Problem, step: str, reason: str) -> None:
        spool.alive[place] = False
        decisions.add([Decision(problem.id, "problem", step, False, "quarantined", reason)])

    def golds() -> Iterator[Problem]:
        for part in spool.parts():
            for place, problem in zip(part.places.tolist(), from_table(part.table, Problem), strict=True):
                if why := unready(problem, config.verify):
                    drop(place, problem, "judgeable", why)
                    continue
                kinds.add(problem)
                if not _to_be_labelled(config, problem.answer, problem.verifier):
                    places.append(place)
                    yield problem

    with track("problems", len(spool.alive), "golds checked") as bar:
        for problem, reason in check_gold(golds(), config.verify, config.workers, config.unsafe):
            bar.advance(1)
            place = places.popleft()
            if reason is not None:
                drop(place, problem, "gold", reason)
    for line in kinds.lines():
        say(f"  golds of {line}")
    return kinds.undecidable


def _to_be_labelled(config: Config, answer: str, verifier: str) -> bool:
    return config.verify.vote.labels and not answer and verifier == "math"


def _drop_copies(spool: Spool, config: Config, decisions: Decisions) -> None:
    from stillhouse.curation.dedup import Deduper

    deduper = Deduper(config.dedup)
    for part in spool.parts(["id", "question", "answer"]):
        deduper.add(part.texts("id"), part.texts("question"), golds=part.texts("answer"))
    found = deduper.finish()
    _take_out(spool, {d.id for d in found})
    decisions.add(Decision(d.id, "problem", "dedup", False, d.kind, f"of {d.representative}, {d.score:.3f}") for d in found)


def _decontaminate(spool: Spool, config: Config, decisions: Decisions) -> dict[str, float]:
    """Takes out the problems that are in a benchmark set; returns how many, and how many planted benchmark questions were caught."""
    settings = config.decontaminate
    if not settings.against:
        return {}
    from stillhouse.curation.decontaminate import Decontaminator, require
    from stillhouse.curation.decontaminate.files import read_benchmark

    detector = Decontaminator(read_benchmark(settings.against, settings.field), settings)
    found = [one for part in spool.parts(["id", "question"]) for one in detector.check(part.texts("id"), part.texts("question"))]
    recall = detector.recall()
    require(recall, settings.canaries)
    for line in recall.lines():
        say(f"  decontamination: {line}")
    _take_out(spool, {c.id for c in found})
    decisions.add(Decision(c.id, "problem", "decontaminate", False, c.method, f"{c.ref} {c.score:.3f}") for c in found)
    return {"contaminated": float(len(found)), "canaries_planted": float(recall.planted), "canaries_caught": float(recall.caught)}


def _take_out(spool: Spool, ids: set[str]) -> None:
    if ids:
        for part in spool.parts(["id"]):
            spool.alive[part.places] = [one not in ids for one in part.texts("id")]


def _hold_out(spool: Spool, config: Config, decisions: Decisions) -> npt.NDArray[np.bool_]:
    """Takes the held-out problems out, the first in an order that depends on the seed and the id alone, and what is over the limit."""
    held_out = np.zeros(len(spool.alive), dtype=np.bool_)
    if not config.held_out and not config.limit:
        return held_out
    ranks = np.zeros(len(spool.alive), dtype="S20")
    labelled = np.zeros(len(spool.alive), dtype=np.bool_)
    for part in spool.parts(["id", "answer", "verifier"]):
        ranks[part.places] = [digest(config.seed, "held_out", one) for one in part.texts("id")]
        labelled[part.places] = [_to_be_labelled(config, *one) for one in zip(part.texts("answer"), part.texts("verifier"), strict=True)]
    order = np.argsort(ranks, kind="stable")
    order = order[spool.alive[order]]
    held_out[order[~labelled[order]][: config.held_out]] = True
    rest = order[~held_out[order]]
    over = np.zeros(len(spool.alive), dtype=np.bool_)
    over[rest[config.limit or len(rest) :]] = True
    for chosen, step, reason in ((over, "limit", "over_limit"), (held_out, "held_out", "held_out")):
        decisions.add(Decision(one, "problem", step, False, reason) for part in spool.parts(["id"], chosen) for one in part.texts("id"))
    spool.alive &= ~(held_out | over)
    return held_out


def _prove_apart(spool: Spool, held_out: npt.NDArray[np.bool_]) -> None:
    if held_out.any():
        training, apart = (_questions(spool, chosen) for chosen in (spool.alive, held_out))
        prove_apart(training, apart)


def _questions(spool: Spool, chosen: npt.NDArray[np.bool_]) -> Iterator[tuple[str, str]]:
    for part in spool.parts(["id", "question"], chosen):
        yield from zip(part.texts("id"), part.texts("question"), strict=True)


def prove_apart(training: Iterable[tuple[str, str]], held_out: Iterable[tuple[str, str]]) -> None:
    """Takes (id, question). Raises AssertionError when a held-out problem is among the training problems by id or by normalised text."""
    apart = list(held_out)
    ids, texts = {one for one, _ in apart}, {normalise_question(question) for _, question in apart}
    leaked = [one for one, question in training if one in ids or normalise_question(question) in texts]
    if leaked:
        raise AssertionError(f"held-out problems leaked into training: {leaked[:3]}")


STAGE = Stage("problems", "2", run, {"problems": Problem, "held_out": Problem, "decisions": Decision})
