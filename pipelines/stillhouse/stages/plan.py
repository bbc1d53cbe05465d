"""From a recipe to its steps: each with its config, its inputs and its fingerprint, taken once.

Names are paths. An input is another step, and a model may be one: the student that `score/student/sample` asks is what `train` makes.
"""

from dataclasses import dataclass, field

from stillhouse.errors import UserError
from stillhouse.recipe import Recipe
from stillhouse.recipe.section import Section
from stillhouse.recipe.sections import Benchmark
from stillhouse.recipe.teacher import EndpointTeacher, VllmTeacher
from stillhouse.recipe.teachers import Taught
from stillhouse.scoring.benchmarks import verifier
from stillhouse.stages import allocate, benchmark, curate, problems, publish, release, report, review, sample, train, unsolved, verify, vote
from stillhouse.stages.base import Stage, Step
from stillhouse.storage.contents import Contents
from stillhouse.storage.fingerprint import fingerprint
from stillhouse.storage.run import within


@dataclass
class Plan:
    """The steps in an order in which they can be made: an input comes before what reads it."""

    recipe: Recipe
    steps: dict[str, Step] = field(default_factory=dict)

    def add(self, name: str, stage: Stage, config: Section, inputs: dict[str, str], follows: str | None = None) -> str:
        """Adds a step; `inputs` are roles and names of steps that are there. Returns its name."""
        found = {role: self.steps[step].fingerprint for role, step in inputs.items()}
        identity = fingerprint(stage.kind, stage.version, config, found)
        self.steps[name] = Step(name, stage, config, inputs, identity, follows)
        return name

    def until(self, name: str) -> list[Step]:
        """The steps up to the last one of that name or below it (`score/base` is two)."""
        last = max(n for n, step in enumerate(self.steps) if within(step, name))
        return list(self.steps.values())[: last + 1]


def plan(recipe: Recipe, contents: Contents | None = None, unsafe: bool = False) -> Plan:
    """The whole plan of a recipe. Raises UserError for a file or model that is not there.

    contents: the hashes of the source files, where some are known already. unsafe: judge without walls where none can be built.
    """
    contents, made = contents or Contents(), Plan(recipe)
    made.add("problems", problems.STAGE, problems.config(recipe, contents, unsafe), {})
    taught = recipe.list_teachers()
    _sampled(made, taught, contents, unsafe)
    labelled = _labelled(made, taught, unsafe)
    _unsolved(made, taught, labelled, unsafe)
    judged = {name: name for name in made.steps if name not in ("problems", "vote")}
    told = {name: name for name in ("problems", *judged, "curate")}
    if recipe.review is not None:
        made.add("review", review.STAGE, review.config(recipe, contents.labels), {"problems": labelled, **judged})
        accepted = {"review": "review"} if recipe.review.accept else {}
        judged, told = judged | accepted, told | accepted
    scored = recipe.train is not None and recipe.problems.held_out > 0
    if scored:
        _scored(made, "score/base", recipe, unsafe, trained=None)
    sets = _benchmarks(made, recipe, contents) if recipe.train is not None else []
    for wanted, problems_of in sets:
        _scored(made, f"score/{wanted.name}/base", recipe, unsafe, trained=None, of=(wanted, problems_of))
    made.add("curate", curate.STAGE, curate.config(recipe), {"problems": labelled, **judged})
    made.add("publish", publish.STAGE, publish.config(recipe), told)
    if recipe.train is not None:
        golds = {"problems": labelled} if recipe.train.method == "grpo" else {}
        made.add("train", train.STAGE, train.config(recipe, recipe.train, unsafe), {"curate": "curate", **golds})
    if scored:
        _scored(made, "score/student", recipe, unsafe, trained="train")
    for wanted, problems_of in sets:
        _scored(made, f"score/{wanted.name}/student", recipe, unsafe, trained="train", of=(wanted, problems_of))
    if recipe.train is not None:
        made.add("release", release.STAGE, release.config(recipe, recipe.train), {name: name for name in made.steps})
    made.add("report", report.STAGE, report.config(recipe), {name: name for name in made.steps})
    return made


def _sampled(made: Plan, taught: list[Taught], contents: Contents, unsafe: bool) -> None:
    """The teachers' traces, a fixed number or by a policy that judges them as they come; and their verdicts, where no vote comes before."""
    configs: list[sample.Config] = []
    for one in taught:
        if allocate.adaptive(one):
            configs.append(allocate.of_teacher(made.recipe, one, contents, unsafe))
            made.add(one.step("sample"), allocate.STAGE, configs[-1], {"problems": "problems"})
        else:
            configs.append(sample.of_teacher(made.recipe, one, contents))
            made.add(one.step("sample"), sample.STAGE, configs[-1], {"problems": "problems"})
        if not made.recipe.verify.vote.labels:
            _verified(made, one.step("sample"), one.step("verify"), "problems", unsafe, follows=not allocate.adaptive(one))
    _check_apart(taught, configs)


def _check_apart(taught: list[Taught], configs: list[sample.Config]) -> None:
    """Two teachers that put the same questions to the same model in the same way would have the very same traces."""
    found: list[tuple[Taught, set[str]]] = []
    for one, config in zip(taught, configs, strict=True):
        ways = {sample.way(asked, {}).identity for asked in allocate.each_round(config)}
        for other, theirs in found:
            if ways & theirs and (one.part is None or other.part is None):
                raise UserError(
                    f"The teachers {other.name!r} and {one.name!r} ask the same model in the same way.",
                    "Change one of them, or give each its share of the problems.",
                )
        found.append((one, ways))


def _labelled(made: Plan, taught: list[Taught], unsafe: bool) -> str:
    """The step whose problems are judged by: `problems`, or the vote over their traces, which are judged after it."""
    if not made.recipe.verify.vote.labels:
        return "problems"
    drawn = {one.step("traces"): one.step("sample") for one in taught}
    made.add("vote", vote.STAGE, vote.config(made.recipe, unsafe), {"problems": "problems", **drawn})
    for one in taught:
        _verified(made, one.step("sample"), one.step("verify"), "vote", unsafe, follows=False)
    return "vote"


def _verified(made: Plan, traces: str, name: str, problems: str, unsafe: bool, follows: bool) -> None:
    config = verify.config(made.recipe, ("plain",), "problems", unsafe)
    made.add(name, verify.STAGE, config, {"problems": problems, "traces": traces}, follows="traces" if follows else None)


def _unsolved(made: Plan, taught: list[Taught], problems: str, unsafe: bool) -> None:
    """Second tries on what no sample of a teacher solved, and their verdicts, where the recipe wants them."""
    for one in taught:
        if isinstance(one.teacher, VllmTeacher | EndpointTeacher) and one.teacher.unsolved is not None:
            again = one.step("unsolved/sample")
            read = {"problems": problems, "sample": one.step("sample"), "verify": one.step("verify")}
            made.add(again, unsolved.STAGE, unsolved.config(made.recipe, one), read)
            _verified(made, again, one.step("unsolved/verify"), problems, unsafe, follows=True)


def _benchmarks(made: Plan, recipe: Recipe, contents: Contents) -> list[tuple[Benchmark, str]]:
    """Each benchmark and guard that is scored, with the step of its problems."""
    return [
        (wanted, made.add(f"score/{wanted.name}/problems", benchmark.STAGE, benchmark.config(wanted, contents), {"problems": "problems"}))
        for wanted in recipe.score.sets
    ]


def _scored(made: Plan, name: str, recipe: Recipe, unsafe: bool, trained: str | None, of: tuple[Benchmark, str] | None = None) -> None:
    """A model's answers to the held-out problems, each read strictly and leniently. of: a benchmark and its step, in their place."""
    assert recipe.train is not None
    config = sample.of_scored(recipe, None if trained else recipe.train.student)
    model = {"model": trained} if trained else {}
    problems_of, more = (of[1], (verifier(of[0]),)) if of else ("problems", ())
    made.add(f"{name}/sample", sample.STAGE, config, {"problems": problems_of, **model})
    made.add(
        f"{name}/verify", verify.STAGE, verify.config(recipe, ("strict", "lenient"), "held_out", unsafe, more),
        {"problems": problems_of, "traces": f"{name}/sample"}, follows="traces",
    )  # fmt: skip
