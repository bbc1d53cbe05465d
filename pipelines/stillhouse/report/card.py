"""The dataset card: what is in the dataset, how it was made and from what, in the Hub's format."""

import json
from collections.abc import Sequence
from typing import Any, Protocol

import pyarrow as pa

from stillhouse.printing import plain
from stillhouse.publishing.configs import Made
from stillhouse.query.committed import Committed, Inputs
from stillhouse.query.views import connect, rows
from stillhouse.records import Example, Gate, arrow_schema
from stillhouse.report.heading import Heading
from stillhouse.report.markdown import front_matter, table, text
from stillhouse.report.summary import Judged, summarise
from stillhouse.report.terminal import facts
from stillhouse.storage.run import within
from stillhouse.verifiers.measured import error_rates

FIELDS = {
    "id": "the example's id",
    "problem_id": "the problem that it answers",
    "trace_id": "the teacher's trace that it was made of",
    "messages": "the chat: the prompt as the student sees it, and the assistant's turn with its reasoning between think tags",
    "answer": "the gold answer; empty where the problem's verifier needs none",
    "domain": "the problem's domain",
    "difficulty": "1 - the share of the teacher's traces on this problem that were correct",
    "num_tokens": "tokens of the teacher's completion, by its engine's count",
}
SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"), (10_000_000, "1M<n<10M"))


class CardHeading(Heading, Protocol):
    """What the card says and the tables do not know."""

    @property
    def license(self) -> str: ...
    @property
    def extraction_warning(self) -> float: ...


def dataset_card(config: CardHeading, inputs: Inputs, made: Sequence[Made] = (), gates: Sequence[Gate] = ()) -> str:
    """Markdown with the Hub's metadata block. Every number on it was computed from the run's tables; what others wrote is escaped.

    made: the configs beside `sft`. gates: what was checked before the dataset may be pushed.
    """
    committed = Committed.of(inputs)
    summary = summarise(committed, config.extraction_warning)
    parts = [
        f"# {text(config.name)}",
        text(config.description),
        "Made with Stillhouse: a teacher's traces, each accepted by a verifier. `messages` is what TRL, LLaMA-Factory and axolotl take.",
        table(("", ""), facts(summary)),
        "## Fields\n\n" + table(("field", "what it holds"), [(name, FIELDS[name]) for name in arrow_schema(Example).names]),
        _more(made),
        "## Use\n\n" + _use(config.name),
        "## Verification\n\n" + _verification(summary.judged),
        "## Problems\n\n" + _sources(committed),
        "## Teacher\n\n" + _teachers(committed),
        "## Gates\n\n" + _gates(gates) if gates else "",
        "## Lineage\n\n" + table(("step", "fingerprint"), [(name, found.fingerprint) for name, found in committed.steps.items()]),
    ]
    return (
        f"{_metadata(config, summary.examples, committed.steps['curate'].fingerprint, made)}\n"
        + "\n\n".join(part for part in parts if part)
        + "\n"
    )


def _metadata(config: CardHeading, examples: int, content: str, made: Sequence[Made]) -> str:
    """`content` identifies the rows. `datasets` tells two local folders of one name apart by this block alone: without it
    `load_dataset` gives whatever folder of that name was loaded first."""
    told = [_info("sft", arrow_schema(Example), examples), *(_info(one.name, pa.schema(one.view.schema), one.rows) for one in made)]
    configs = [{"config_name": "sft", "default": True, "description": f"content {content}", "data_files": _data_files("data")}]
    configs += [{"config_name": one.name, "description": f"content {content}", "data_files": _data_files(one.name)} for one in made]
    return front_matter(
        {
            "license": config.license,
            "task_categories": ["text-generation"],
            "tags": ["reasoning", "distillation", "stillhouse"],
            "size_categories": [next((name for limit, name in SIZES if examples < limit), "n>10M")],
            "dataset_info": told,
            "configs": configs,
        }
    )


def _info(name: str, schema: pa.Schema, rows: int) -> dict[str, Any]:
    return {"config_name": name, "features": _features(schema), "splits": [{"name": "train", "num_examples": rows}]}


def _data_files(folder: str) -> list[dict[str, str]]:
    return [{"split": "train", "path": f"{folder}/train-*.parquet"}]


def _more(made: Sequence[Made]) -> str:
    """The configs beside `sft`, and their own fields."""
    if not made:
        return ""
    body = [(one.name, f"{one.rows:,}", one.view.about, "; ".join(f"{k}: {v}" for k, v in one.view.fields.items())) for one in made]
    return "## Other configs\n\n" + table(("config", "rows", "what it is", "its own fields"), body)


def _use(name: str) -> str:
    """Lines to copy: the loader's, and the settings of two trainers for a table of chat messages."""
    repository = plain(name)
    info = {
        repository: {
            "hf_hub_url": "ORG/NAME",
            "formatting": "sharegpt",
            "columns": {"messages": "messages"},
            "tags": {
                "role_tag": "role",
                "content_tag": "content",
                "user_tag": "user",
                "assistant_tag": "assistant",
                "system_tag": "system",
            },
        }
    }
    axolotl = "datasets:\n  - path: ORG/NAME\n    type: chat_template\n    field_messages: messages\n    split: train"
    return (
        '```python\nfrom datasets import load_dataset\n\nload_dataset("ORG/NAME", "sft", split="train")\n```\n\n'
        f"LLaMA-Factory, in `dataset_info.json`:\n\n```json\n{json.dumps(info, indent=1, ensure_ascii=False)}\n```\n\n"
        f"axolotl:\n\n```yaml\n{axolotl}\n```"
    )


def _gates(gates: Sequence[Gate]) -> str:
    return table(("gate", "holds", "what was found"), [(gate.name, "yes" if gate.passed else "no", gate.reason) for gate in gates])


def _features(schema: pa.Schema) -> list[dict[str, Any]]:
    """The columns as the `datasets` library describes them."""
    return [{"name": field.name, **_feature(field.type)} for field in schema]


def _feature(found: pa.DataType) -> dict[str, Any]:
    if pa.types.is_list(found):
        inner = _feature(found.value_type)
        return {"list": inner.get("struct", inner.get("dtype"))}
    if pa.types.is_struct(found):
        return {"struct": _features(found)}
    return {"dtype": {pa.string(): "string", pa.int64(): "int64", pa.float64(): "float64", pa.bool_(): "bool"}[found]}


def _verification(judged: list[Judged]) -> str:
    """Who judged how many traces behind which isolation, and how often each is known to err."""
    counted = [
        (f"{found.verifier} {found.version}", f"{sum(found.outcomes.values()):,}", f"{found.outcomes.get('correct', 0):,}", found.isolation)
        for found in judged
    ]
    verifiers = sorted({(found.verifier, found.version) for found in judged})
    return table(("verifier", "traces", "correct", "isolation"), counted) + "\n\n" + known_errors(verifiers)


def known_errors(verifiers: list[tuple[str, str]]) -> str:
    """The errors of each verifier on its own suite and on independent sets, beside the peers' on the same answers."""
    unmeasured = [text(f"{name} {version}") for name, version in verifiers if not error_rates(name, version)]
    errors = [
        (found.name + ("" if found.own else ", independent"), f"{found.right:,} + {found.wrong:,}", tool.tool,
         f"{tool.false_accepts:,}", f"{tool.false_rejects:,}", f"{tool.undecided:,}")
        for name, version in verifiers
        for found in error_rates(name, version)
        for tool in (found.ours, *found.peers)
    ]  # fmt: skip
    head = ("answers", "right + wrong", "tool", "false accepts", "false rejects", "undecided")
    parts = [table(head, errors)] if errors else []
    return "\n\n".join(parts + ([f"Not measured: {', '.join(unmeasured)}."] if unmeasured else []))


def _sources(committed: Committed) -> str:
    with connect(committed) as connection:
        found = rows(connection, "SELECT source, license, count(*) FROM problems GROUP BY ALL ORDER BY ALL")
    return "\n".join(
        f"- {text(source or 'unnamed')} ({text(licence or 'unknown')}): {count:,} problems" for source, licence, count in found
    )


def _teachers(committed: Committed) -> str:
    """Each teacher's model, how it was sampled and what it was asked."""
    with connect(committed) as connection:
        named = "SELECT made_by, string_agg(DISTINCT model, ', ' ORDER BY model) FROM requests GROUP BY 1"
        models = dict(rows(connection, named))
    drawn = [step for step in committed.steps if within(step, "sample")]
    return "\n\n".join(_teacher(step, models.get(step, "none"), committed.steps[step].config) for step in drawn) or "none"


def _teacher(step: str, model: str, config: dict[str, Any]) -> str:
    """Recorded traces were sampled elsewhere, nobody knows how."""
    recorded = "content" in config.get("asked", {})
    told = (
        {"prompt": config.get("prompt", {})}
        if recorded
        else {key: config[key] for key in ("sampling", "prompt", "method") if key in config}
    )
    name = step.partition("/")[2]
    said = (f"{text(name)}: " if name else "") + text(model) + (", from recorded traces" if recorded else "")
    return f"{said}\n\n```json\n{plain(json.dumps(told, indent=1, ensure_ascii=False))}\n```"
