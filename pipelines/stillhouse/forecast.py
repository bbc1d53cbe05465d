"""What a recipe's teacher will cost: a pilot of some problems through the real steps, and from it the whole, with intervals.

The pilot's traces and verdicts lie in the tables that all runs share, so the run finds them and buys the rest. The limit: it
tells of the teacher's traces; second tries at unsolved problems, curation, training and scores are not in it.
"""

from stillhouse.errors import UserError
from stillhouse.execute import Job, make_all
from stillhouse.query.committed import Committed
from stillhouse.recipe.endpoint import Prices
from stillhouse.recipe.teacher import EndpointTeacher, Teacher
from stillhouse.report.forecast import Forecast, forecast, keep
from stillhouse.stages import pilot
from stillhouse.stages.base import Step

PILOT = "pilot"
FEWEST = 8


def forecasted(job: Job, problems: int) -> Forecast:
    """Makes the pilot and keeps the forecast in the run's folder. Raises UserError for fewer problems than a forecast needs."""
    recipe = job.plan.recipe
    if recipe.cluster.address:
        raise UserError(
            "A forecast is made in this process, and the recipe names a cluster.", "Run it there: ray job submit … -- stillhouse forecast …"
        )
    if recipe.teacher is None:
        raise UserError(
            "A forecast is made of one teacher, and the recipe has several.",
            "Forecast each with a recipe of its own: the traces are shared.",
        )
    make_all(job, [job.plan.steps["problems"]])
    whole = job.inputs(job.plan.steps["sample"])["problems"].manifest().tables["problems"].rows
    steps = _steps(job, min(problems, whole))
    if min(problems, whole) < FEWEST:
        raise UserError(f"{min(problems, whole)} problems tell too little of what {whole:,} will cost.", f"Use at least {FEWEST}.")
    make_all(job, steps)
    manifests = {step.name: found for step in steps if (found := job.committed(step)) is not None}
    made = forecast(Committed(job.run.store, manifests), PILOT, whole, prices(recipe.teacher), recipe.seed)
    keep(job.run, made)
    return made


def _steps(job: Job, problems: int) -> list[Step]:
    """The teacher's steps as they are planned, on the pilot's problems."""
    plan = job.plan
    drawn = plan.add(f"{PILOT}/problems", pilot.STAGE, pilot.Config(problems=problems, seed=plan.recipe.seed), {"problems": "problems"})
    sample, verify = plan.steps["sample"], plan.steps["verify"]
    traces = plan.add(f"{PILOT}/sample", sample.stage, sample.config, {"problems": drawn})
    plan.add(f"{PILOT}/verify", verify.stage, verify.config, {"problems": drawn, "traces": traces}, verify.follows)
    return [plan.steps[f"{PILOT}/{name}"] for name in ("problems", "sample", "verify")]


def prices(teacher: Teacher) -> Prices | None:
    """What the teacher's tokens cost, where the recipe says so."""
    return teacher.server.prices if isinstance(teacher, EndpointTeacher) else None
