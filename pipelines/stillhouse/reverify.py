"""A run's traces under other verifier settings: what would change, without drawing a token and without touching the run."""

from collections.abc import Mapping
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
from stillhouse.storage.run import OpenRun, within
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
    judged = _verifying(before.steps)
    if not judged or any(before.steps[name].manifest() is None for name in judged):
        raise UserError(f"The run {uri} has not been judged yet.", "`stillhouse run-all RECIPE --until verify` does that.")
    recipe = overridden(before.recipe, overrides, f"{uri}/run.json")
    with job(recipe, uri, unsafe, keep=True) as after:
        _keep_traces(after.plan, before, unsafe)
        make_all(after, after.plan.until("verify"))
        return _compared(before, after)


def _keep_traces(after: Plan, before: OpenRun, unsafe: bool) -> None:
    """A policy draws by its verdicts: others would be other traces. So what was drawn is judged, as it was drawn."""
    drawn = [name for name, step in after.steps.items() if within(name, "sample") and isinstance(step.config, allocate.Config)]
    if drawn:
        was = plan(before.recipe, Contents(before.contents, before.labels), unsafe)
        after.steps.update({name: was.steps[name] for name in drawn})
        for judging in [after.steps[name] for name in _verifying(after.steps)]:
            after.add(judging.name, judging.stage, judging.config, judging.inputs, judging.follows)


def _verifying(steps: Mapping[str, object]) -> list[str]:
    """The steps that judge the teachers' traces."""
    return [name for name in steps if within(name, "verify")]


def _compared(before: OpenRun, after: Job) -> Changes:
    judged = _verifying(after.plan.steps)
    old = [_verdicts(before, before.steps[name].manifest()) for name in judged]
    new = [_verdicts(before, after.artifact(after.plan.steps[name]).manifest()) for name in judged]
    with sql.connection() as connection:
        changed, same = compared(connection, " UNION ALL BY NAME ".join(old), " UNION ALL BY NAME ".join(new))
    tokens = sum(_bought(before, after, name) for name in after.plan.steps if within(name, "sample"))
    return Changes(changed, same, same + sum(change.verdicts for change in changed), tokens)


def _bought(before: OpenRun, after: Job, name: str) -> int:
    """Tokens that a sampling step drew anew, because its problems are others now."""
    found = after.artifact(after.plan.steps[name]).manifest()
    return int(found.counts.get("bought", 0)) if found and found.fingerprint != before.steps[name].fingerprint else 0


def _verdicts(run: OpenRun, manifest: Manifest | None) -> str:
    assert manifest is not None, "both were judged"
    return reading.selection(run.run.store, manifest, "verdicts", Verdict)
