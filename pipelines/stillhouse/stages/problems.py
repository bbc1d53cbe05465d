"""Problems: load the sources, send every gold through its verifier, take copies and benchmark questions out, hold some out for scoring.

Guarantee: a held-out problem is in the training problems neither by id nor by normalised text, and the stage fails
otherwise. A problem whose own gold does not verify is quarantined with the verifier's reason.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from stillhouse.errors import UserError
from stillhouse.problems import identity, load
from stillhouse.progress import say, track
from stillhouse.recipe import Recipe
from stillhouse.recipe.dedup import Decontaminate, Dedup
from stillhouse.recipe.section import Circumstance, Section
from stillhouse.recipe.sections import Source
from stillhouse.recipe.verification import Verify
from stillhouse.records import Decision, Problem, digest, normalise_question
from stillhouse.stages.base import Inputs, Output, Stage
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
    decisions: list[Decision] = []
    loaded = [problem for item in config.sources for problem in load(item.source)]
    problems = _judgeable(_distinct(loaded, decisions), config.verify, decisions)
    undecidable = tell_golds(problems)
    problems = _with_sound_gold(problems, config, decisions)
    problems = _without_copies(problems, config, decisions)
    problems, recall = _clean(problems, config, decisions)
    held_out, training = _split(problems, config)
    prove_apart(training, held_out)
    check_some(training, loaded, decisions, len(held_out))
    dropped = {p.id for p in problems} - {p.id for p in training} - {p.id for p in held_out}
    decisions += [Decision(i, "problem", "limit", False, "over_limit") for i in sorted(dropped)]
    decisions += [Decision(p.id, "problem", "held_out", False, "held_out") for p in held_out]
    for table, rows in (("problems", training), ("held_out", held_out), ("decisions", decisions)):
        out.table(table).write(list(rows))
    dropped_in_all = sum(not d.kept for d in decisions) - len(held_out)
    counts = {"loaded": len(loaded), "problems": len(training), "held_out": len(held_out), "dropped": dropped_in_all}
    out.counts.update(counts, golds_undecidable=undecidable, **recall)


def _distinct(loaded: Iterable[Problem], decisions: list[Decision]) -> list[Problem]:
    """One problem per question. A question that came with two golds is quarantined: nobody here knows which one is right."""
    drawn: dict[str, list[Problem]] = {}
    for problem in loaded:
        drawn.setdefault(problem.id, []).append(problem)
    kept = []
    for question, draws in sorted(drawn.items()):
        golds = sorted({" ".join(p.answer.split()) for p in draws if p.verifier != "reasoning_gym"})
        if len(golds) > 1:
            detail = f"{len(draws)} rows with different answers: {' / '.join(golds)}"[:500]
            decisions.append(Decision(question, "problem", "distinct", False, "two_golds", detail))
            continue
        if len(draws) > 1:
            decisions.append(Decision(question, "problem", "distinct", True, "repeated", f"{len(draws) - 1} more draws of this question"))
        kept.append(draws[0])
    return kept


def _judgeable(problems: list[Problem], settings: Verify, decisions: list[Decision]) -> list[Problem]:
    """The problems whose own data their verifier can judge by. Raises UserError for a verifier that is unknown or not configured."""
    from stillhouse.verifiers.ready import unready

    lacking = {p.id: why for p in problems if (why := unready(p, settings))}
    decisions += [Decision(i, "problem", "judgeable", False, "quarantined", why) for i, why in lacking.items()]
    return [p for p in problems if p.id not in lacking]


def check_some(training: list[Problem], loaded: list[Problem], decisions: list[Decision], held_out: int) -> None:
    """Raises UserError, with where they went, when no problem is left to sample from."""
    if training:
        return
    gone = Counter(f"{d.step} {d.reason}" for d in decisions if not d.kept)
    told = [f"{count:,} by {why}" for why, count in gone.most_common()]
    told += [f"{held_out:,} held out"] if held_out else []
    first = next((d.detail for d in decisions if not d.kept and d.detail), "")
    raise UserError(
        f"No problem is left to sample from: {len(loaded):,} loaded, {', '.join(told) or 'none dropped'}{f' (such as: {first})' if first else ''}.",
        "Give more problems, or look at problems.held_out, the golds and the verifier.",
    )


def tell_golds(problems: list[Problem]) -> int:
    """Says how many golds of each source are of which kind; returns how many no rule decides."""
    from stillhouse.verifiers.math.gold_kinds import gold_lines

    lines, undecidable = gold_lines(problems)
    for line in lines:
        say(f"  golds of {line}")
    return undecidable


def _with_sound_gold(problems: list[Problem], config: Config, decisions: list[Decision]) -> list[Problem]:
    """Keeps the problems whose gold their own verifier accepts, and those without one that a vote is to label."""
    from stillhouse.verifiers.gold import check_gold

    sound = [problem for problem in problems if _to_be_labelled(problem, config)]
    golds = [problem for problem in problems if not _to_be_labelled(problem, config)]
    with track("problems", len(golds), "golds checked") as bar:
        for problem, reason in check_gold(golds, config.verify, config.workers, config.unsafe):
            bar.advance(1)
            if reason is None:
                sound.append(problem)
            else:
                decisions.append(Decision(problem.id, "problem", "gold", False, "quarantined", reason))
    return sound


def _to_be_labelled(problem: Problem, config: Config) -> bool:
    return config.verify.vote.labels and not problem.answer and problem.verifier == "math"


def _without_copies(problems: list[Problem], config: Config, decisions: list[Decision]) -> list[Problem]:
    from stillhouse.curation.dedup import dedup

    found = dedup([p.id for p in problems], [p.question for p in problems], config.dedup, golds=[p.answer for p in problems])
    decisions += [Decision(d.id, "problem", "dedup", False, d.kind, f"of {d.representative}, {d.score:.3f}") for d in found]
    taken = {d.id for d in found}
    return [p for p in problems if p.id not in taken]


def _clean(problems: list[Problem], config: Config, decisions: list[Decision]) -> tuple[list[Problem], dict[str, float]]:
    """The problems that are in no benchmark set, and how many planted benchmark questions were caught."""
    settings = config.decontaminate
    if not settings.against:
        return problems, {}
    from stillhouse.curation.decontaminate import decontaminate
    from stillhouse.curation.decontaminate.files import read_benchmark

    benchmark = read_benchmark(settings.against, settings.field)
    found, recall = decontaminate([p.id for p in problems], [p.question for p in problems], benchmark, settings)
    for line in recall.lines():
        say(f"  decontamination: {line}")
    decisions += [Decision(c.id, "problem", "decontaminate", False, c.method, f"{c.ref} {c.score:.3f}") for c in found]
    taken = {c.id for c in found}
    counts = {"contaminated": float(len(taken)), "canaries_planted": float(recall.planted), "canaries_caught": float(recall.caught)}
    return [p for p in problems if p.id not in taken], counts


def _split(problems: list[Problem], config: Config) -> tuple[list[Problem], list[Problem]]:
    """Held-out problems first, in an order that depends on the seed and the id alone."""
    shuffled = sorted(problems, key=lambda p: digest(config.seed, "held_out", p.id))
    held_out = [p for p in shuffled if not _to_be_labelled(p, config)][: config.held_out]
    taken = {p.id for p in held_out}
    rest = [p for p in shuffled if p.id not in taken]
    training = rest[: config.limit] if config.limit else rest
    return sorted(held_out, key=lambda p: p.id), sorted(training, key=lambda p: p.id)


def prove_apart(training: list[Problem], held_out: list[Problem]) -> None:
    """Raises AssertionError when a held-out problem is among the training problems by id or by normalised text."""
    ids = {p.id for p in training} & {p.id for p in held_out}
    texts = {normalise_question(p.question) for p in training} & {normalise_question(p.question) for p in held_out}
    if ids or texts:
        raise AssertionError(f"held-out problems leaked into training: {sorted(ids)[:3]} {sorted(texts)[:3]}")


STAGE = Stage("problems", "2", run, {"problems": Problem, "held_out": Problem, "decisions": Decision})
