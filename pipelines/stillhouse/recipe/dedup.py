"""Settings of deduplication and decontamination."""

from typing import Literal

from pydantic import Field, model_validator

from stillhouse.recipe.judging import Judge
from stillhouse.recipe.section import Section

Method = Literal["exact", "ngram", "fuzzy", "embedding"]


class Near(Section):
    """Near duplicates: MinHash LSH finds candidates, and the exact Jaccard similarity of their shingles decides."""

    threshold: float = Field(0.75, gt=0, le=1, description="Least Jaccard similarity of two texts' shingles.")
    shingle: Literal["word", "char"] = Field("word", description="What a shingle is made of.")
    size: int = Field(5, ge=1, le=64, description="Words or characters in a shingle.")
    bands: int = Field(20, ge=1, le=256, description="LSH bands: more find more candidates.")
    rows: int = Field(6, ge=1, le=64, description="Hashes per band: more make candidates rarer.")
    seed: int = Field(0, ge=0, description="Seed of the hash functions.")


class Semantic(Section):
    """Semantic duplicates: the cosine of sentence embeddings."""

    threshold: float = Field(0.95, gt=0, le=1, description="Least cosine of two texts' embeddings.")
    clusters: int | None = Field(None, ge=1, description="Compare only inside this many k-means clusters (none = compare all).")
    seed: int = Field(0, ge=0, description="Seed of k-means.")


class Dedup(Section):
    """Which texts are the same. Exact duplicates are taken out first, then near ones, then semantic ones."""

    exact: bool = Field(True, description="Drop texts that are equal but for case, white space and typography.")
    near: Near | None = Field(Near(), description="Drop near duplicates (null = off).")
    semantic: Semantic | None = Field(None, description="Drop texts that mean the same (null = off).")
    numbers: Literal["distinct", "words", "ignored"] = Field(
        "distinct",
        description="distinct: texts with other numbers are never near or semantic duplicates; words: a number is a word "
        "like any other; ignored: all numbers are the same.",
    )
    keep: Literal["first", "longest", "shortest"] = Field(
        "first", description="The representative of a group: the first in the input, or the longest or shortest (the first of them)."
    )


class Embedding(Section):
    """How embeddings and numbers decide that a text is a rewritten benchmark question."""

    threshold: float = Field(0.93, gt=0, le=2, description="A row is flagged from cosine + numbers x agreement of the numbers on.")
    numbers: float = Field(0.2, ge=0, le=1, description="What full agreement of the two sets of numbers adds to the cosine.")
    judge_from: float = Field(0.75, gt=0, le=1, description="Cosine from which the judge decides, where `decontaminate.judge` names one.")


class Canaries(Section):
    """Rewritten benchmark questions that are planted, must be caught, and are taken out again."""

    count: int = Field(100, ge=0, description="How many are planted (0 = none: recall is then not measured).")
    min_recall: float = Field(0.9, ge=0, le=1, description="The step fails when a smaller share is caught.")
    seed: int = Field(0, ge=0)


class Decontaminate(Section):
    """Which benchmark sets the problems are checked against, before anything is sampled."""

    against: list[str] = Field(
        [], description="Files (JSONL, Parquet) or Hub datasets (hf:ORG/NAME[/CONFIG]@COMMIT:SPLIT) with benchmark questions."
    )
    field: str = Field("question", description="The column with the question.")
    methods: list[Method] = Field(["exact", "ngram", "fuzzy", "embedding"], min_length=1, description="What is tried, in this order.")
    ngram: int = Field(8, ge=1, le=64, description="Words of an n-gram; see ngram_share.")
    ngram_share: float = Field(0.1, ge=0, le=1, description="Least share of a benchmark question's n-grams that flags (0 = any one).")
    fuzzy: float = Field(0.9, gt=0, le=1, description="Least similarity (Indel) of the normalised texts.")
    embedding: Embedding = Embedding()
    judge: Judge | None = Field(
        None, description="The endpoint of a model that decides near pairs; where it gives no answer the rule does."
    )
    canaries: Canaries = Canaries()

    @model_validator(mode="after")
    def _unique(self) -> "Decontaminate":
        if len(set(self.methods)) < len(self.methods):
            raise ValueError("a method is named twice")
        if self.judge is not None and "embedding" not in self.methods:
            raise ValueError("`judge` decides what the method `embedding` finds near: name that method too")
        return self
