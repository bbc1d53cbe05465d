"""A forecast as it is kept beside a run, and what the run came to since."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

import duckdb

from stillhouse.query.committed import Committed
from stillhouse.query.views import connect, rows
from stillhouse.recipe.endpoint import Prices
from stillhouse.scoring.totals import Total, total
from stillhouse.storage.run import Run

FILE = "forecast.json"
TITLES = {
    "prompt_tokens": "prompt tokens",
    "output_tokens": "output tokens",
    "engine_hours": "engine hours",
    "money": "money",
    "accepted": "traces judged correct",
    "solved": "problems with such a trace",
}


@dataclass(frozen=True)
class Forecast:
    """What the teacher's traces will come to over all `problems`, from `pilot` of them; `bought` is what the pilot itself drew in output tokens."""

    problems: int
    pilot: int
    bought: int
    prices: Prices | None
    totals: dict[str, Total]


def forecast(committed: Committed, step: str, problems: int, prices: Prices | None, seed: int) -> Forecast:
    """From the pilot's steps `<step>/problems`, `<step>/sample` and `<step>/verify`. Traces beyond a policy's stop were paid for as well."""
    counts = committed.steps[f"{step}/sample"].counts
    with connect(committed) as connection:
        found = _per_problem(connection, step + "/", prices)
    own = sum(found["output_tokens"])
    beyond = 1 + counts.get("surplus_tokens", 0) / own if own else 1.0
    for name in ("prompt_tokens", "output_tokens", "engine_hours", "money"):
        found[name] = [beyond * value for value in found[name]]
    if prices is None:
        del found["money"]
    pilot = len(found["accepted"])
    return Forecast(
        problems, pilot, int(counts.get("bought", 0)), prices, {name: total(each, problems, seed) for name, each in found.items()}
    )


def _per_problem(connection: duckdb.DuckDBPyConnection, prefix: str, prices: Prices | None) -> dict[str, list[float]]:
    """What each problem cost and gave, by quantity."""
    query = """
        WITH spent AS (
            SELECT problem_id, sum(prompt_tokens) AS prompt, sum(output_tokens) AS output, sum(seconds) AS seconds
            FROM traces WHERE made_by = ? GROUP BY 1
        ), good AS (
            SELECT t.problem_id, count(*) AS n FROM (SELECT id, problem_id FROM traces WHERE made_by = ?) t
            JOIN verdicts v ON v.trace_id = t.id AND v.made_by = ? AND v.reading = 'plain' AND v.outcome = 'correct' GROUP BY 1
        )
        SELECT coalesce(prompt, 0), coalesce(output, 0), coalesce(seconds, 0), coalesce(n, 0) FROM problems p
        LEFT JOIN spent ON spent.problem_id = p.id LEFT JOIN good ON good.problem_id = p.id WHERE p.made_by = ? ORDER BY p.id
    """
    sample, verify = f"{prefix}sample", f"{prefix}verify"
    given = rows(connection, query, sample, sample, verify, f"{prefix}problems")
    per_token = (prices.prompt / 1e6, prices.output / 1e6) if prices else (0.0, 0.0)
    return {
        "prompt_tokens": [float(row[0]) for row in given],
        "output_tokens": [float(row[1]) for row in given],
        "engine_hours": [row[2] / 3600 for row in given],
        "money": [row[0] * per_token[0] + row[1] * per_token[1] for row in given],
        "accepted": [float(row[3]) for row in given],
        "solved": [float(row[3] > 0) for row in given],
    }


def actual(committed: Committed, prices: Prices | None) -> dict[str, float]:
    """The same sums of what a run has drawn and judged: traces beyond a policy's stop, counted in tokens, add to all that is paid for alike."""
    with connect(committed) as connection:
        found = {name: sum(each) for name, each in _per_problem(connection, "", prices).items()}
    surplus = committed.steps["sample"].counts.get("surplus_tokens", 0)
    beyond = 1 + surplus / found["output_tokens"] if found["output_tokens"] else 1.0
    return {name: value * (beyond if name not in ("accepted", "solved") else 1) for name, value in found.items()}


def told(made: Forecast) -> str:
    """As JSON."""
    return json.dumps({**asdict(made), "prices": made.prices.model_dump() if made.prices else None}, indent=1)


def keep(run: Run, made: Forecast) -> None:
    """Puts it into the run's folder."""
    run.store.write(run.path(FILE), (told(made) + "\n").encode())


def kept(run: Run) -> Forecast | None:
    """The run's forecast, where one was made."""
    if run.store.size(run.path(FILE)) is None:
        return None
    tree = json.loads(run.store.read(run.path(FILE)))
    totals = {name: Total(**each) for name, each in tree["totals"].items()}
    return Forecast(**{**tree, "prices": tree["prices"] and Prices(**tree["prices"]), "totals": totals})


def compared(run: Run, committed: Committed) -> list[tuple[str, str]]:
    """The run's forecast beside what came, at the prices of the forecast; nothing where none was made or the run is not judged yet."""
    made = kept(run)
    if made is None or not {"sample", "verify"} <= set(committed.steps):
        return []
    return lines(made, actual(committed, made.prices))


def lines(made: Forecast, came: Mapping[str, float] | None = None) -> list[tuple[str, str]]:
    """(what, value) pairs: forecast, and beside it what the run came to."""
    return list(_lines(made, came))


def _lines(made: Forecast, came: Mapping[str, float] | None) -> Iterator[tuple[str, str]]:
    yield "forecast from", f"{made.pilot:,} of {made.problems:,} problems"
    for name, one in made.totals.items():
        shown = f"{_number(one.value)} [{_number(one.low)}, {_number(one.high)}]"
        yield TITLES[name], shown if came is None else f"forecast {shown}, actual {_number(came[name])}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.3g}"
