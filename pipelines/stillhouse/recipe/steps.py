"""One section per curation step. `step` names it; `on: false` keeps the settings and skips the step."""

import re
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, SerializeAsAny, model_validator

from stillhouse import plugins
from stillhouse.dialects import Format as Marked
from stillhouse.recipe.dedup import Dedup
from stillhouse.recipe.judging import Judge
from stillhouse.recipe.plugged import Plugged, or_plugged
from stillhouse.recipe.section import Section
from stillhouse.recipe.select import Select
from stillhouse.records import Outcome

if TYPE_CHECKING:
    import polars as pl

    from stillhouse.curation.base import Result

Part = Literal["reasoning", "response"]


def _pattern(value: str) -> str:
    """Two engines read it: Python's, so that a mistake is told when the recipe is read, and that of Polars, which lacks look-around."""
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"{value!r} is no regular expression: {error}") from error
    if re.search(r"\(\?(?:[=!]|<[=!])|(?<!\\)\\[1-9]", value):
        raise ValueError(f"{value!r}: look-around and back references are not known to the engine")
    return value


class StepBase(Section):
    """What every step has."""

    on: bool = Field(True, description="False skips the step and keeps its settings in the recipe.")


class Outcomes(StepBase):
    """Keeps traces whose verdict is one of `accept`."""

    step: Literal["outcome"] = "outcome"
    accept: list[Outcome] = Field(["correct"], min_length=1)


class Format(StepBase):
    """Drops traces that are truncated, empty, or whose think part is missing, unclosed or nested."""

    step: Literal["format"] = "format"
    accept: list[Marked] = Field(
        ["think"], min_length=1, description="Accepted values of a trace's `format`; add `none` for no-think data."
    )
    finish: list[str] = Field(["stop"], min_length=1, description="Accepted finish reasons; everything else counts as truncated.")


class Question(StepBase):
    """Drops traces of questions that a text model cannot be taught with (s1's quality stage)."""

    step: Literal["question"] = "question"
    drop: list[Annotated[str, AfterValidator(_pattern)]] = Field(
        [r"\[asy\]", r"!\[.*?\]\("], description="Regular expressions; a question that matches one is dropped."
    )


class Encoding(StepBase):
    """Drops texts with replacement characters, control characters or wrongly decoded UTF-8."""

    step: Literal["encoding"] = "encoding"
    max_bad: int = Field(0, ge=0, description="Bad characters a trace may hold.")


class Loops(StepBase):
    """Drops traces that repeat themselves: n-grams, cycles, sentences, paragraphs, compression."""

    step: Literal["loops"] = "loops"
    of: list[Part] = Field(["reasoning", "response"], min_length=1)
    ngram: int = Field(20, ge=4, description="Words in an n-gram.")
    max_ngram: int = Field(20, ge=1, description="Times that one n-gram may occur.")
    short_ngram: int = Field(8, ge=4, description="Words in the n-grams of `max_repeated_share` and of cycles.")
    max_repeated_share: float = Field(0.22, gt=0, le=1, description="Share of words that may end a short n-gram seen before.")
    max_same_characters: int = Field(200, ge=2, description="Times that one character may follow itself.")
    max_cycle_turns: int = Field(4, ge=2, description="Turns of one passage over and over, without a word between.")
    min_cycle_words: int = Field(40, ge=1, description="Words a cycle must cover to count.")
    max_sentence: int = Field(40, ge=1, description="Times that one sentence of 3 words or more may occur.")
    max_sentence_run: int = Field(4, ge=1, description="Times that one sentence may occur in a row.")
    max_paragraph: int = Field(20, ge=1, description="Times that one paragraph of 5 words or more may occur.")
    min_compression: float | None = Field(
        None, gt=0, lt=1, description="Least compressed size / size (zlib, level 1) of texts over 2,000 bytes."
    )


class Language(StepBase):
    """Drops traces whose think part or response is not in the question's language throughout."""

    step: Literal["language"] = "language"
    of: list[Part] = Field(["reasoning", "response"], min_length=1)
    max_foreign_letters: int = Field(0, ge=0, description="Letters of another script (Greek aside) that a trace may hold.")
    max_foreign_share: float = Field(0.2, ge=0, le=1, description="Share of 400-character windows that may be in another language.")
    confidence: float = Field(0.9, gt=0, le=1, description="How sure the language model must be of a window.")


class Consistency(StepBase):
    """Drops traces whose response states another answer than their think part ends with."""

    step: Literal["consistency"] = "consistency"


class Refusal(StepBase):
    """Drops refusals and traces in which a model names itself or its maker."""

    step: Literal["refusal"] = "refusal"
    refusals: bool = True
    self_identification: bool = True


class Overthinking(StepBase):
    """Measures hedging and re-checks after the answer was first reached; drops what goes beyond the limits."""

    step: Literal["overthinking"] = "overthinking"
    max_rechecks: int | None = Field(None, ge=0, description="Re-checks (wait, let me verify, …) after the answer (null = measure only).")
    max_after_share: float | None = Field(
        None, ge=0, le=1, description="Share of the think part's words after the answer (null = measure only)."
    )


class Pii(StepBase):
    """Finds personal data and secrets. `quarantine` drops the trace; `report` only counts. What was found is never repeated."""

    step: Literal["pii"] = "pii"
    action: Literal["quarantine", "report"] = "quarantine"
    kinds: list[Literal["email", "phone", "card", "ssn", "iban", "key"]] = Field(
        ["email", "phone", "card", "ssn", "iban", "key"], min_length=1
    )


class DedupStep(Dedup, StepBase):
    """Drops copies and near copies; one of each group stays."""

    step: Literal["dedup"] = "dedup"
    of: Literal["trace", "reasoning", "response", "question"] = Field(
        "trace", description="Which text is compared; trace = reasoning and response."
    )


class Difficulty(StepBase):
    """Scores how hard a problem is (0 easy … 1 hard) and keeps those within [min, max]."""

    step: Literal["difficulty"] = "difficulty"
    by: Literal["teacher", "column", "tokens", "learned", "model"] = Field(
        "teacher",
        description="1 - pass rate of this run's traces; 1 - a pass-rate column (a student, a named model), or a judged score; "
        "rank of the token length; a ridge regression on the question fitted on those problems whose pass rate is known; "
        "a model's rating from 1 to 10 as 0 … 1.",
    )
    judge: Judge | None = Field(None, description="The endpoint of the model, for `by: model`; its `order_swap` has no meaning here.")
    column: str | None = Field(None, description="The column for `by: column`.")
    is_pass_rate: bool = Field(True, description="The column is a pass rate (1 - it is the difficulty); false: it is a difficulty.")
    min: float = Field(0.0, ge=0, le=1)
    max: float = Field(1.0, ge=0, le=1)
    unknown: Literal["keep", "drop"] = Field("keep", description="What becomes of problems without a score.")

    @model_validator(mode="after")
    def _checked(self) -> "Difficulty":
        if (self.by == "column") != (self.column is not None):
            raise ValueError("`column` goes with `by: column`, and only with it")
        if (self.by == "model") != (self.judge is not None):
            raise ValueError("`judge` goes with `by: model`, and only with it")
        if self.min > self.max:
            raise ValueError("`min` is larger than `max`")
        return self


class Domains(StepBase):
    """Labels every problem with a domain for the steps after it."""

    step: Literal["domains"] = "domains"
    by: Literal["source", "clusters", "prototypes", "column", "model"] = Field(
        "source",
        description="The source; k-means over question embeddings; the nearest prototype; a column (a classifier's label); "
        "one of `names`, as a model says.",
    )
    names: list[str] = Field([], description="The domains to choose from, for `by: model`; an answer outside of them is `unknown`.")
    judge: Judge | None = Field(None, description="The endpoint of the model, for `by: model`; its `order_swap` has no meaning here.")
    clusters: int = Field(50, ge=2)
    prototypes: dict[str, list[str]] = Field({}, description="Domain -> example texts, for `by: prototypes`.")
    column: str | None = None

    @model_validator(mode="after")
    def _checked(self) -> "Domains":
        if self.by == "column" and self.column is None:
            raise ValueError("`by: column` needs `column`")
        if self.by == "prototypes" and not self.prototypes:
            raise ValueError("`by: prototypes` needs `prototypes`")
        if (self.by == "model") != (self.judge is not None) or (self.by == "model") != (len(self.names) > 1):
            raise ValueError("`judge` and two `names` or more go with `by: model`, and only with it")
        return self


class Mix(StepBase):
    """Think and no-think traces in a given share, for hybrid models."""

    step: Literal["mix"] = "mix"
    no_think_share: float = Field(gt=0, lt=1)
    make: bool = Field(False, description="Take the think part off some traces instead of dropping traces to reach the share.")


class Backtracking(StepBase):
    """Puts a wrong start and its correction before some right traces, against exposure bias."""

    step: Literal["backtracking"] = "backtracking"
    share: float = Field(
        0.1, gt=0, le=1, description="Share of the kept traces to rewrite, where a wrong one of the same problem allows it."
    )
    locate: Literal["arithmetic", "column"] = Field(
        "arithmetic",
        description="Where the wrong step is: the first false equation, or the column `mistake_index` (0-based line, null = unknown).",
    )
    bridge: str = "Wait, that last step is wrong. Let me go back and do it again."


class Pick(StepBase):
    """A seeded pick: at most `per_problem` traces of a problem and `size` in all."""

    step: Literal["pick"] = "pick"
    per_problem: int | None = Field(1, ge=1, description="Traces kept per problem at the most (null = all).")
    size: int | None = Field(None, ge=1, description="Traces kept in all at the most (null = all).")


class PluggedStep(StepBase, Plugged):
    """A step that an installed package adds (`stillhouse.curation_steps`): its settings, and what they do to rows.

    row_wise: it judges each row by itself, so it may see the table in batches. optional: columns that it also gets where they exist.
    """

    step: str
    row_wise: ClassVar[bool] = False
    optional: ClassVar[tuple[str, ...]] = ()

    def needs(self) -> list[str]:
        """The columns that it reads, beside `id` and `_row`."""
        raise NotImplementedError

    def run(self, rows: "pl.DataFrame", seed: int) -> "Result":
        """The rows to drop, each with its reason (curation.base.dropped), and labels for the others."""
        raise NotImplementedError


_Ours = Annotated[
    Outcomes
    | Format
    | Question
    | Encoding
    | Loops
    | Language
    | Consistency
    | Refusal
    | Overthinking
    | Pii
    | DedupStep
    | Difficulty
    | Domains
    | Mix
    | Backtracking
    | Pick
    | Select,
    Field(discriminator="step"),
]
Step = Annotated[_Ours | SerializeAsAny[PluggedStep], or_plugged(_Ours, PluggedStep, "curation step", plugins.CURATION_STEPS)]


def name(step: Step) -> str:
    """How decisions call a step: its name, and for a selection its method (`select:s1`)."""
    return step.step if isinstance(step, PluggedStep) or step.step != "select" else f"select:{step.method}"
