"""Report: one HTML file from the committed tables."""

from stillhouse.report.page import render
from stillhouse.stages.base import Context, Stage


def run(context: Context) -> dict[str, float]:
    page = render(context.run).encode()
    context.add_bytes(page, "report.html")
    context.run.store.write("report.html", page)
    return {"bytes": len(page)}


STAGE = Stage(
    name="report",
    version="1",
    inputs=("problems", "sample", "verify", "curate", "baseline", "score"),
    settings=lambda recipe: {"name": recipe.name, "description": recipe.description},
    run=run,
)
