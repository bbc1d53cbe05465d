"""`stillhouse dedup` and `stillhouse decontaminate`: curation of plain JSONL, Parquet and Hub datasets, without a run."""

import time
from typing import Annotated, Any, TypeVar

import typer
from pydantic import ValidationError

from stillhouse.errors import UserError
from stillhouse.progress import say
from stillhouse.recipe.dedup import Canaries, Decontaminate, Dedup, Embedding, Near, Semantic
from stillhouse.recipe.section import Section

Settings = TypeVar("Settings", bound=Section)

Inputs = Annotated[
    list[str], typer.Argument(help="JSONL (.gz, .zst), Parquet, or hf:ORG/NAME[/CONFIG][@REVISION][:SPLIT].", metavar="IN...")
]
Field = Annotated[str, typer.Option(help="The column with the text.")]
Out = Annotated[str, typer.Option(help="Where the kept rows go, as they are (.jsonl, .jsonl.gz, .jsonl.zst, .parquet).")]
DecisionsOut = Annotated[str, typer.Option(help="Where one row per input row goes: id, kept, step, reason, detail (same formats).")]
AgainstField = Annotated[str | None, typer.Option(help="The column in --against files, where it is not --field.")]

D, N, S, C, E = Dedup(), Near(), Semantic(), Decontaminate(), Embedding()


def register(app: typer.Typer) -> None:
    """Adds the two commands."""
    app.command(short_help="Drop duplicate rows of plain files.")(dedup)
    app.command(short_help="Drop rows that are benchmark questions.")(decontaminate)


def dedup(
    inputs: Inputs,
    field: Field,
    out: Out,
    decisions: DecisionsOut,
    against: Annotated[
        list[str] | None, typer.Option(help="A dataset published before: its rows count as kept already. Repeatable.")
    ] = None,
    against_field: AgainstField = None,
    gold: Annotated[
        str | None, typer.Option(help="The column with the answers, here and in --against: rows with different answers are never copies.")
    ] = None,
    exact: Annotated[bool, typer.Option(help="Drop texts equal but for case, white space and typography.")] = D.exact,
    near: Annotated[bool, typer.Option(help="Drop near duplicates.")] = True,
    threshold: Annotated[float, typer.Option(help="Near: least Jaccard similarity of the shingles.")] = N.threshold,
    shingle: Annotated[str, typer.Option(help="Near: shingles of `word`s or `char`acters.")] = N.shingle,
    size: Annotated[int, typer.Option(help="Near: words or characters in a shingle.")] = N.size,
    bands: Annotated[int, typer.Option(help="Near: LSH bands; more find more.")] = N.bands,
    rows: Annotated[int, typer.Option(help="Near: hashes per band; more are quicker.")] = N.rows,
    semantic: Annotated[float | None, typer.Option(help="Semantic: least cosine of the embeddings (left out = off).")] = None,
    clusters: Annotated[int | None, typer.Option(help="Semantic: compare only inside this many k-means clusters.")] = S.clusters,
    numbers: Annotated[
        str,
        typer.Option(help="`distinct`: other numbers make another text; `words`: numbers are words; `ignored`: all numbers are the same."),
    ] = D.numbers,
    keep: Annotated[str, typer.Option(help="The representative of a group: `first`, `longest` or `shortest`.")] = D.keep,
    workers: Annotated[int, typer.Option(help="Threads; with --ray, actors.", min=1)] = 2,
    ray: Annotated[str | None, typer.Option(help="Near by bands on a Ray cluster: host:port of its head, or `local`.")] = None,
) -> None:
    """Drop duplicate rows: exact, near (MinHash LSH, verified exactly) and, if asked for, semantic.

    A row without an `id` gets FILE:ROW. A row that cannot be read is dropped with its reason. Example:

    stillhouse dedup traces.jsonl --field text --out kept.jsonl --decisions decisions.parquet
    """
    from stillhouse.cluster.actors import Actors
    from stillhouse.cluster.session import connect, leave
    from stillhouse.curation.dedup.deduper import Deduper
    from stillhouse.curation.dedup.distributed import ByBands, RayTasks
    from stillhouse.curation.dedup.files import Files, dedup_files

    settings = validate(
        Dedup,
        exact=exact,
        near={"threshold": threshold, "shingle": shingle, "size": size, "bands": bands, "rows": rows} if near else None,
        semantic=None if semantic is None else {"threshold": semantic, "clusters": clusters},
        numbers=numbers,
        keep=keep,
    )
    files = Files(inputs, field, out, decisions, against or [], against_field or field, gold)
    start = time.monotonic()
    if ray:
        connect(ray)
    try:
        with Actors() as actors:
            counted = dedup_files(files, settings, ByBands(settings, RayTasks(actors, workers)) if ray else Deduper(settings, workers))
    finally:
        if ray:
            leave()
    _tell(counted, time.monotonic() - start)
    say(f"kept rows: {out}, decisions: {decisions}")


def decontaminate(
    inputs: Inputs,
    against: Annotated[list[str], typer.Option(help="A benchmark to keep out (the same formats as IN). Repeatable.")],
    field: Field,
    out: Out,
    decisions: DecisionsOut,
    against_field: AgainstField = None,
    methods: Annotated[str, typer.Option(help="Which methods, in which order.")] = ",".join(C.methods),
    ngram: Annotated[int, typer.Option(help="Words of an n-gram.")] = C.ngram,
    ngram_share: Annotated[float, typer.Option(help="Least share of a question's n-grams that flags a row (0 = any one).")] = C.ngram_share,
    fuzzy: Annotated[float, typer.Option(help="Least similarity of the characters.")] = C.fuzzy,
    cosine: Annotated[float, typer.Option(help="A row is flagged from cosine + numbers x agreement of the numbers on.")] = E.threshold,
    numbers: Annotated[float, typer.Option(help="What numbers that all agree add to the cosine.")] = E.numbers,
    judge_url: Annotated[str | None, typer.Option(help="An OpenAI-compatible endpoint whose model decides near pairs.")] = None,
    judge_model: Annotated[str, typer.Option(help="The model's name there.")] = "",
    judge_key_env: Annotated[str, typer.Option(help="Environment variable that holds the endpoint's key; it is called *_API_KEY.")] = "",
    judge_from: Annotated[float, typer.Option(help="Cosine from which the judge decides.")] = E.judge_from,
    canaries: Annotated[int, typer.Option(help="Rewritten benchmark questions to plant, to measure recall.")] = C.canaries.count,
    min_recall: Annotated[float, typer.Option(help="Fail when a smaller share of the canaries is caught.")] = C.canaries.min_recall,
) -> None:
    """Drop rows that are benchmark questions: copied, reformatted or rewritten.

    The methods: exact (short questions), ngram, fuzzy, embedding (about 15 to 50 rows a second on a CPU core; leave it out
    of --methods when that is too slow). Canaries measure the recall in every run, and a run that misses too many writes
    nothing. Example:

    stillhouse decontaminate problems.jsonl --against gsm8k_test.jsonl --field question --out kept.jsonl --decisions why.jsonl
    """
    from stillhouse.curation.decontaminate.files import decontaminate_files
    from stillhouse.curation.dedup.files import Files

    settings = validate(
        Decontaminate,
        methods=[name.strip() for name in methods.split(",") if name.strip()],
        ngram=ngram,
        ngram_share=ngram_share,
        fuzzy=fuzzy,
        embedding={"threshold": cosine, "numbers": numbers, "judge_from": judge_from},
        judge={"base_url": judge_url, "model": judge_model, "api_key_env": judge_key_env} if judge_url else None,
        canaries={"count": canaries, "min_recall": min_recall, "seed": Canaries().seed},
    )
    files = Files(inputs, field, out, decisions, against, against_field or field)
    start = time.monotonic()
    counts, recall = decontaminate_files(files, settings)
    _tell(counts, time.monotonic() - start)
    for line in recall.lines():
        say(line)
    say(f"kept rows: {out}, decisions: {decisions}")


def validate(section: type[Settings], **values: Any) -> Settings:
    """The settings from options. Raises UserError that names the option's value and what is wrong with it."""
    try:
        return section.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = "--" + [str(part) for part in first["loc"] if isinstance(part, str)][-1].replace("_", "-")
        raise UserError(f"{name} {first['input']!r}: {first['msg']}.", "See --help.") from error


def _tell(counts: dict[str, int], seconds: float) -> None:
    rows = sum(counts.values())
    say(f"{rows:,} rows in {seconds:.1f} s ({rows / max(seconds, 1e-9):,.0f}/s)")
    for reason, count in counts.items():
        say(f"  {reason}: {count:,}")
