"""What the steps that judge have in common."""

import os

from stillhouse.recipe import Recipe
from stillhouse.recipe.section import identity
from stillhouse.recipe.sections import ReasoningGym
from stillhouse.recipe.verification import Verify
from stillhouse.records import Verdict, digest
from stillhouse.storage.ledger import Ledger
from stillhouse.storage.store import Store
from stillhouse.verifiers.registry import versions


def verifiers_used(recipe: Recipe) -> list[str]:
    """The verifiers that the recipe's problems can name, parts of compositions and the judge beside the rules included."""
    names = {"reasoning_gym" if isinstance(s, ReasoningGym) else s.verifier for s in recipe.problems.sources}
    parts = {part.verifier for name in names if name in recipe.verify.compose for part in recipe.verify.compose[name].of}
    beside = {"judge"} if recipe.verify.judge is not None and recipe.verify.judge.check else set()
    return sorted((names | parts | beside) - set(recipe.verify.compose))


def verifier_versions(recipe: Recipe, more: tuple[str, ...] = ()) -> dict[str, str]:
    """The version of each verifier in use, `more` beside the recipe's: another version gives other verdicts."""
    return versions(sorted({*verifiers_used(recipe), *more}))


def judge_revision(verify: Verify) -> str | None:
    """The weights of the judge's checkpoint, where it is one, and of its adapter. Raises UserError where they are not there."""
    from stillhouse.stages.sample import local

    judge = verify.judge
    return local(judge.local, judge.engine).weights if judge and judge.local else None


def verdict_ledger(store: Store, verify: Verify, verifiers: dict[str, str], judge: str | None, traces: str) -> Ledger:
    """The ledger of the verdicts: one for each way of judging traces that were drawn in one way. `traces` is the path of their ledger."""
    judged_by = digest(identity(verify), verifiers, judge, length=16)
    return Ledger(store, "verdicts", f"{judged_by}-{traces.rpartition('/')[2]}", Verdict)


def workers(recipe: Recipe) -> int:
    """Judgements at once."""
    return recipe.cluster.verifier_workers or max(1, os.cpu_count() or 1)
