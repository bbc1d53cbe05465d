"""A run's traces under other verifier settings: what would change, without drawing a token and without touching the run."""

from dataclasses import dataclass

from stillhouse.errors import UserError
from stillhouse.execute import Job, job, make_all
from stillhouse.query.changes import Change
from stillhouse.query.changes import changes as compared
from stillhouse.recipe import overridden
from stillhouse.records import Verdict
from stillhouse.stages import allocate
from stillhouse.stages.plan import Plan, plan
from stillhouse.storage import reading
from stillhouse.storage.contents import Contents
from stillhouse.storage.manifest import Manifest
from stillhouse.storage.run import OpenRun
from stillhouse.tables import sql


@dataclass(frozen=True)
class Changes:
    """Every change, the verdicts that stayed, and the tokens that were drawn: none, unless the settings quarantine other problems."""

    changed: list[Change]
    same: int
    total: int
    tokens: int


def changes(uri: str, overrides: list[str], unsafe: bool) -> Changes:
    """Judges again and compares. Raises UserError for a run that has not been judged."""
    before = OpenRun.at(uri)
    if "verify" not in before.steps or before.steps["verify"].manifest() is None:
        raise UserError(f"The run {uri} has not been judged yet.", "`stillhouse run-all RECIPE --until verify` does that.")
    recipe = overridden(before.recipe, overrides, f"{uri}/run.json")
    with job(recipe, uri, unsafe, keep=True) as after:
        _keep_traces(after.plan, before, unsafe)
        make_all(after, after.plan.until("verify"))
        return _compared(before, after)


def _keep_traces(after: Plan, before: OpenRun, unsafe: bool) -> None:
    """A policy draws by its verdicts: others would be other traces. So what was drawn is judged, as it was drawn."""
    step = after.steps["sample"]
    if isinstance(step.config, allocate.Config):
        after.steps["sample"] = plan(before.recipe, Contents(before.contents), unsafe).steps["sample"]
        judging = after.steps["verify"]
        after.add(judging.name, judging.stage, judging.config, judging.inputs)


def _compared(before: OpenRun, after: Job) -> Changes:
    steps = after.plan.steps
    manifests = (before.steps["verify"].manifest(), after.artifact(steps["verify"]).manifest())
    old, new = (_verdicts(before, manifest) for manifest in manifests)
    with sql.connection() as connection:
        changed, same = compared(connection, old, new)
    sample = after.artifact(steps["sample"]).manifest()
    tokens = int(sample.counts.get("bought", 0)) if sample and sample.fingerprint != before.steps["sample"].fingerprint else 0
    return Changes(changed, same, same + sum(change.verdicts for change in changed), tokens)


def _verdicts(run: OpenRun, manifest: Manifest | None) -> str:
    assert manifest is not None, "both were judged"
    return reading.selection(run.run.store, manifest, "verdicts", Verdict)
