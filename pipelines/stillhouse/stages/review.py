"""Review: what people are to look at, and what they said so far, as verdicts of the verifier `human`.

Its tables are `queue`, a row per trace and reason, `labels`, and `verdicts` with the reading "human". A label stands beside the
verifier's verdict and replaces none; curation reads it where the recipe says so (`review.accept`). The labels are named in
the config by the hash of their table, so another label is another step.
"""

from typing import get_args

from stillhouse.recipe import Recipe
from stillhouse.recipe.review import Review as Rules
from stillhouse.recipe.section import Section
from stillhouse.records import Label, Outcome, Queued, Said, Verdict, digest
from stillhouse.stages.base import Inputs, Output, Stage
from stillhouse.stages.curate import tables
from stillhouse.storage import labels
from stillhouse.tables import sql

OUTCOMES: dict[Said, Outcome] = {"correct": "correct", "wrong": "wrong", "unsure": "unverifiable"}
assert set(OUTCOMES) == set(get_args(Said))


class Config(Section):
    """The rules, and the table of the labels ("" for none)."""

    rules: Rules
    labels: str


def config(recipe: Recipe, said: str) -> Config:
    """What of a recipe and of the run's labels decides what people are asked and what they said."""
    assert recipe.review is not None
    return Config(rules=recipe.review, labels=said)


def run(config: Config, inputs: Inputs, out: Output) -> None:
    queued, problems = 0, set[str]()
    with sql.connection() as connection:
        for batch in sql.stream(connection, _queue(config.rules, inputs)):
            rows = [Queued(**row) for row in batch.to_pylist()]
            out.table("queue").write(rows)
            queued, problems = queued + len({row.trace_id for row in rows}), problems | {row.problem_id for row in rows}
        given = labels.read(out.store, config.labels)
        out.table("labels").write(given)
        said = labels.pick_last(given)
        ruled = _ruled(inputs, list(said))
    out.table("verdicts").write([_verdict(said[trace]) for trace in ruled])
    overruled = sum(outcome is not None and outcome != OUTCOMES[said[trace].label] for trace, outcome in ruled.items())
    out.counts.update(queued=queued, problems=len(problems), labelled=len(ruled), against_the_verifier=overruled)


def _ruled(inputs: Inputs, wanted: list[str]) -> dict[str, str | None]:
    """The verifier's outcome on those of the traces that are the run's, None without one."""
    query = f"""
        SELECT t.id, v.outcome FROM ({tables(inputs, "traces", "sample", "unsolved/sample")}) t
        LEFT JOIN ({tables(inputs, "verdicts", "verify", "unsolved/verify")}) v ON v.trace_id = t.id AND v.reading = 'plain'
        WHERE t.id IN (SELECT unnest($1::VARCHAR[])) ORDER BY 1
    """
    with sql.connection() as connection:
        return dict(connection.execute(query, [wanted]).fetchall())


def _queue(rules: Rules, inputs: Inputs) -> str:
    """A SELECT of the queue's rows, by problem and trace."""
    low, high = rules.pass_rate or (2.0, 2.0)
    shown = f'row_number() OVER (PARTITION BY problem_id ORDER BY second, "index", id) <= {rules.traces}'
    parts = {
        "unsolved": f"SELECT *, '' AS detail FROM judged WHERE solved = 0 QUALIFY {shown}" if rules.unsolved else "",
        "pass_rate": f"SELECT *, printf('%.3f', rate) AS detail FROM judged WHERE rate BETWEEN {low} AND {high} QUALIFY {shown}"
        if rules.pass_rate
        else "",
        "unverifiable": "SELECT *, why AS detail FROM judged WHERE outcome = 'unverifiable'" if rules.unverifiable else "",
        "disagreement": """
            SELECT j.*, j.outcome || ' by the rule, ' || c.outcome || ' by the judge' AS detail FROM judged j
            JOIN verdicts c ON c.trace_id = j.id AND c.reading = 'check' AND c.outcome IN ('correct', 'wrong') AND c.outcome <> j.outcome
        """ if rules.disagreement else "",
    }  # fmt: skip
    wanted = [f"SELECT id, problem_id, {sql.quoted(reason)} AS reason, detail FROM ({part})" for reason, part in parts.items() if part]
    nothing = "SELECT id, problem_id, '' AS reason, '' AS detail FROM judged WHERE false"
    return f"""
        WITH verdicts AS ({tables(inputs, "verdicts", "verify", "unsolved/verify")}),
        drawn AS (
            SELECT t.id, t.problem_id, t."index", starts_with(t.made_by, 'unsolved/') AS second, v.outcome, coalesce(v.reason, '') AS why
            FROM ({tables(inputs, "traces", "sample", "unsolved/sample")}) t LEFT JOIN verdicts v ON v.trace_id = t.id AND v.reading = 'plain'
        ),
        judged AS (
            SELECT *, count(*) FILTER (outcome = 'correct') OVER (PARTITION BY problem_id) AS solved,
                avg(CAST(coalesce(outcome = 'correct', false) AS INTEGER)) FILTER (NOT second) OVER (PARTITION BY problem_id) AS rate
            FROM drawn
        )
        SELECT id AS trace_id, problem_id, reason, detail FROM ({" UNION ALL ".join([nothing, *wanted])}) ORDER BY problem_id, id, reason
    """


def _verdict(label: Label) -> Verdict:
    outcome = OUTCOMES[label.label]
    reason = f"{label.label}: {label.note}" if label.note else label.label
    score = float(outcome == "correct")
    return Verdict(label.trace_id, "human", "1", outcome, score, "", reason, 0.0, "person", "human", "h" + digest(label.trace_id))


STAGE = Stage("review", "1", run, {"queue": Queued, "labels": Label, "verdicts": Verdict})
