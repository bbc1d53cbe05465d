"""The methods one after another, over batches of rows with canaries among them."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from stillhouse.curation.decontaminate.base import Search
from stillhouse.curation.decontaminate.canaries import KINDS, Canary, plant
from stillhouse.curation.decontaminate.exact import ExactIndex
from stillhouse.curation.decontaminate.fuzzy import FuzzyIndex
from stillhouse.curation.decontaminate.ngrams import NgramIndex
from stillhouse.curation.decontaminate.paraphrase import ParaphraseIndex
from stillhouse.curation.decontaminate.recall import Caught, Recall, claims_of
from stillhouse.curation.llm_labels import same_question
from stillhouse.errors import UserError
from stillhouse.recipe.dedup import Decontaminate, Method


@dataclass(frozen=True, slots=True)
class Contaminated:
    """A row that is a benchmark question. `score` is in [0, 1]: 1 for exact, the share of the question's n-grams,
    the similarity of the characters, or the cosine of the embeddings."""

    id: str
    ref: str
    method: str
    score: float


def _exact(questions: list[str], settings: Decontaminate) -> Search:
    return ExactIndex(questions).search


def _ngram(questions: list[str], settings: Decontaminate) -> Search:
    index = NgramIndex(questions, settings.ngram)
    return lambda texts: [match if match and match.score >= settings.ngram_share else None for match in index.search(texts)]


def _fuzzy(questions: list[str], settings: Decontaminate) -> Search:
    return FuzzyIndex(questions, settings.fuzzy).search


def _embedding(questions: list[str], settings: Decontaminate) -> Search:
    judge = same_question(settings.judge) if settings.judge else None
    return ParaphraseIndex(questions, settings.embedding, judge).search


METHODS: dict[Method, Callable[[list[str], Decontaminate], Search]] = {
    "exact": _exact,
    "ngram": _ngram,
    "fuzzy": _fuzzy,
    "embedding": _embedding,
}


@dataclass(frozen=True, slots=True)
class Hit:
    """The benchmark question, by index, that a text was found to be, and how."""

    question: int
    method: str
    score: float


class Decontaminator:
    """Checks rows against benchmark questions (ref, question). The first batch carries the canaries."""

    def __init__(self, benchmark: list[tuple[str, str]], settings: Decontaminate) -> None:
        if not benchmark:
            raise UserError("There are no benchmark questions to decontaminate against.", "Name at least one benchmark file.")
        self.settings = settings
        self._refs = [ref for ref, _ in benchmark]
        self._questions = [question for _, question in benchmark]
        self._methods = [(name, METHODS[name](self._questions, settings)) for name in settings.methods]
        self._waiting = plant(self._questions, settings.canaries.count, settings.canaries.seed)
        self._planted: list[tuple[Canary, Hit | None]] = []

    def check(self, ids: list[str], texts: list[str]) -> list[Contaminated]:
        """The contaminated ones of a batch, in order."""
        canaries, self._waiting = self._waiting, []
        mixed = texts + [canary.text for canary in canaries]
        order = list(range(len(mixed)))
        random.Random(self.settings.canaries.seed).shuffle(order)
        hits: list[Hit | None] = [None] * len(mixed)
        for place, hit in zip(order, self._search([mixed[i] for i in order]), strict=True):
            hits[place] = hit
        self._planted += zip(canaries, hits[len(texts) :], strict=True)
        found = zip(ids, hits[: len(texts)], strict=True)
        return [Contaminated(name, self._refs[hit.question], hit.method, round(hit.score, 4)) for name, hit in found if hit]

    def recall(self) -> Recall:
        """What became of the canaries; plants them now where no row came."""
        if self._waiting:
            self.check([], [])
        claims = claims_of(list(self.settings.methods))
        kinds = [self._caught(kind, kind in claims) for kind in KINDS]
        return Recall([kind for kind in kinds if kind.planted], [c.text for c, hit in self._planted if not hit and c.kind in claims])

    def _caught(self, kind: str, claims: bool) -> Caught:
        hits = [hit for canary, hit in self._planted if canary.kind == kind]
        return Caught(kind, len(hits), sum(hit is not None for hit in hits), claims)

    def _search(self, texts: list[str]) -> list[Hit | None]:
        hits: list[Hit | None] = [None] * len(texts)
        for name, search in self._methods:
            rest = [i for i, hit in enumerate(hits) if hit is None]
            for i, match in zip(rest, search([texts[i] for i in rest]), strict=True):
                hits[i] = Hit(match.question, name, match.score) if match else None
        return hits
