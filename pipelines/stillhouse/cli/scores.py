"""`stillhouse scores`: what a run's scored models come to, of one answer and of k, how they think, and every two of them compared."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from stillhouse.cli.run import JsonOption
from stillhouse.errors import UserError
from stillhouse.printing import json_line
from stillhouse.progress import say

if TYPE_CHECKING:
    from stillhouse.scoring.measures import Lead, Measured


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(short_help="Say how a run's models score, of one answer and of k, and how they think.")(scores)


def scores(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's folder or URI.")],
    within: Annotated[
        float | None, typer.Option(help="Say how many problems an interval of ± so many points needs.", min=0.1, max=49)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say how a run's scored models do, in both readings, with 95% intervals over problems.

    pass@1 is the mean over all answers; pass@k, maj@k and shortest@k are unbiased means over all sets of k of a problem's answers.
    Models are compared on the problems that both answered.

    Example: stillhouse scores data/runs/quickstart-s0 --within 3
    """
    from stillhouse.query.committed import Committed
    from stillhouse.query.views import connect
    from stillhouse.scoring.intervals import problems_needed
    from stillhouse.scoring.measures import measure_all
    from stillhouse.storage.run import OpenRun

    committed = Committed.at(OpenRun.at(run))
    with connect(committed) as connection:
        models, leads = measure_all(connection, committed)
    if not models:
        raise UserError(f"{run} has no scored model.", "Score one: a recipe with `train` and `problems.held_out`.")
    needed = {model.name: problems_needed(within / 100, model.pass_at_1.mean) for model in models} if within else {}
    if as_json:
        print(json_line({"models": [asdict(m) for m in models], "leads": [asdict(lead) for lead in leads], "problems_needed": needed}))
        return
    _tell(models, leads)
    for name, count in needed.items():
        say(f"{name}: an interval of ± {within:g} points needs {count:,} problems")


def _tell(models: "list[Measured]", leads: "list[Lead]") -> None:
    from stillhouse.cli.tables import show
    from stillhouse.report.terminal import thinking
    from stillhouse.scoring.intervals import percent, points

    show(
        ("model", "reading", "problems", "answers", "pass@1"),
        [(m.name, m.reading, m.pass_at_1.n, m.answers, percent(m.pass_at_1)) for m in models],
    )
    of_k = [(m.name, m.reading, one.k, percent(one.passed), percent(one.majority), percent(one.shortest)) for m in models for one in m.of_k]
    if of_k:
        show(("model", "reading", "k", "pass@k", "maj@k", "shortest@k"), of_k)
    show(("model", "reading", "thinking"), [(m.name, m.reading, thinking(m.thinking)) for m in models])
    if leads:
        show(("model", "against", "reading", "difference"), [(one.of, one.over, one.reading, points(one.difference)) for one in leads])
