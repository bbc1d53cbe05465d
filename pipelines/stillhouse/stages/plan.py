"""From a recipe to its steps: each with its config, its inputs and its fingerprint, taken once.

Names are paths. An input is another step, and a model may be one: the student that `score/student/sample` asks is what `train` makes.
"""

from dataclasses import dataclass, field

from stillhouse.recipe import Recipe
from stillhouse.recipe.section import Section
from stillhouse.recipe.teacher import VllmTeacher
from stillhouse.scoring.benchmarks import find
from stillhouse.stages import allocate, benchmark, curate, problems, publish, report, sample, train, unsolved, verify, vote
from stillhouse.stages.base import Stage, Step
from stillhouse.storage.contents import Contents
from stillhouse.storage.fingerprint import fingerprint


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


def within(step: str, name: str) -> bool:
    """Whether a step has that name, or lies below it."""
    return step == name or step.startswith(f"{name}/")


def plan(recipe: Recipe, contents: Contents | None = None, unsafe: bool = False) -> Plan:
    """The whole plan of a recipe. Raises UserError for a file or model that is not there.

    contents: the hashes of the source files, where some are known already. unsafe: judge without walls where none can be built.
    """
    contents, made = contents or Contents(), Plan(recipe)
    made.add("problems", problems.STAGE, problems.config(recipe, contents, unsafe), {})
    _sampled(made, recipe, contents, unsafe)
    labelled = _labelled(made, recipe, unsafe)
    made.add(
        "verify", verify.STAGE, verify.config(recipe, ("plain",), "problems", unsafe),
        {"problems": labelled, "traces": "sample"}, follows="traces" if labelled == "problems" and not allocate.adaptive(recipe) else None,
    )  # fmt: skip
    tried = _unsolved(made, recipe, labelled, unsafe)
    scored = recipe.train is not None and recipe.problems.held_out > 0
    if scored:
        _scored(made, "score/base", recipe, unsafe, trained=None)
    sets = _benchmarks(made, recipe, contents) if recipe.train is not None else {}
    for of in sets.items():
        _scored(made, f"score/{of[0]}/base", recipe, unsafe, trained=None, of=of)
    made.add("curate", curate.STAGE, curate.config(recipe), {"problems": labelled, "sample": "sample", "verify": "verify", **tried})
    told = {name: name for name in ("problems", "sample", "verify", "curate")}
    made.add("publish", publish.STAGE, publish.config(recipe), told)
    if recipe.train is not None:
        made.add("train", train.STAGE, train.config(recipe, recipe.train), {"curate": "curate"})
    if scored:
        _scored(made, "score/student", recipe, unsafe, trained="train")
    for of in sets.items():
        _scored(made, f"score/{of[0]}/student", recipe, unsafe, trained="train", of=of)
    made.add("report", report.STAGE, report.config(recipe), {name: name for name in made.steps})
    return made


def _sampled(made: Plan, recipe: Recipe, contents: Contents, unsafe: bool) -> None:
    """The teacher's traces: a fixed number, or by a policy that judges them as they come."""
    if allocate.adaptive(recipe):
        made.add("sample", allocate.STAGE, allocate.of_teacher(recipe, contents, unsafe), {"problems": "problems"})
    else:
        made.add("sample", sample.STAGE, sample.of_teacher(recipe, contents), {"problems": "problems"})


def _labelled(made: Plan, recipe: Recipe, unsafe: bool) -> str:
    """The step whose problems are judged by: `problems`, or the vote over their traces."""
    if not recipe.verify.vote.labels:
        return "problems"
    return made.add("vote", vote.STAGE, vote.config(recipe, unsafe), {"problems": "problems", "traces": "sample"})


def _unsolved(made: Plan, recipe: Recipe, problems: str, unsafe: bool) -> dict[str, str]:
    """Second tries on what no sample solved, and their verdicts: the roles and names of these steps, where the recipe wants them."""
    if not isinstance(recipe.teacher, VllmTeacher) or recipe.teacher.unsolved is None:
        return {}
    made.add("unsolved/sample", unsolved.STAGE, unsolved.config(recipe), {"problems": problems, "sample": "sample", "verify": "verify"})
    made.add(
        "unsolved/verify", verify.STAGE, verify.config(recipe, ("plain",), "problems", unsafe),
        {"problems": problems, "traces": "unsolved/sample"}, follows="traces",
    )  # fmt: skip
    return {"unsolved/sample": "unsolved/sample", "unsolved/verify": "unsolved/verify"}


def _benchmarks(made: Plan, recipe: Recipe, contents: Contents) -> dict[str, str]:
    """A step for each benchmark that is scored, by the benchmark's name."""
    return {
        wanted.name: made.add(
            f"score/{wanted.name}/problems", benchmark.STAGE, benchmark.config(wanted, contents), {"problems": "problems"}
        )
        for wanted in recipe.score.benchmarks
    }


def _scored(made: Plan, name: str, recipe: Recipe, unsafe: bool, trained: str | None, of: tuple[str, str] | None = None) -> None:
    """A model's answers to the held-out problems, each read strictly and leniently. of: a benchmark and its step, in their place."""
    assert recipe.train is not None
    config = sample.of_scored(recipe, None if trained else recipe.train.student)
    model = {"model": trained} if trained else {}
    problems_of, more = (of[1], (find(of[0]).verifier,)) if of else ("problems", ())
    made.add(f"{name}/sample", sample.STAGE, config, {"problems": problems_of, **model})
    made.add(
        f"{name}/verify", verify.STAGE, verify.config(recipe, ("strict", "lenient"), "held_out", unsafe, more),
        {"problems": problems_of, "traces": f"{name}/sample"}, follows="traces",
    )  # fmt: skip
