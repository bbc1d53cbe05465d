"""Hygiene rules on texts that break them and on texts that nearly do."""

import polars as pl
import pytest

from stillhouse.curation.hygiene.answers import plain, stated_answers
from stillhouse.curation.hygiene.repetition import measure
from stillhouse.curation.pipeline import Curated, curate
from stillhouse.recipe.curation import Curation

GOOD = {
    "question": "What is 6 times 7?",
    "answer": "42",
    "reasoning": "Six times seven is the same as six times five plus six times two, that is thirty plus twelve, so 42.",
    "response": "The answer is \\boxed{42}.",
    "format": "think",
    "finish_reason": "stop",
}
SPANISH = (
    "Ahora vamos a pensar en este problema con mucho cuidado porque no es nada fácil de resolver. Primero tenemos que saber cuántos son los "
    "números que nos han dado, y después hay que multiplicarlos para llegar a la respuesta que buscamos, que seguramente será muy grande. "
)


def run(step: dict[str, object], *changes: dict[str, str | None]) -> Curated:
    rows = [{"id": str(n), **GOOD, **change} for n, change in enumerate(changes)]
    return curate(pl.DataFrame(rows), Curation.model_validate({"steps": [step]}), 0)


def reasons(step: dict[str, object], *changes: dict[str, str | None]) -> list[str]:
    return run(step, *changes).decisions["reason"].to_list()


def test_format_names_what_is_wrong() -> None:
    found = reasons(
        {"step": "format"}, {}, {"finish_reason": "length"}, {"format": "unclosed"}, {"format": "nested"}, {"response": " "},
        {"reasoning": "\n"}, {"response": "</think> 42"}, {"format": None},
    )  # fmt: skip
    assert found == ["kept", "truncated", "think_unclosed", "think_nested", "empty_response", "empty_think", "stray_tag", "think_unknown"]


def test_questions_with_figures_are_dropped() -> None:
    assert reasons({"step": "question"}, {}, {"question": "See [asy] draw(); [/asy]"}, {"question": ""}) == [
        "kept",
        *["unusable_question"] * 2,
    ]


def test_wrongly_decoded_text_is_found() -> None:
    bad = ["It\u2019s fine: naïve café, 5 €", "caf\u00c3\u00a9", "a\ufffdb", "bell\x07", "it\u00e2\u20ac\u2122s"]
    assert reasons({"step": "encoding"}, *({"reasoning": t} for t in bad)) == ["kept", *["encoding"] * 4]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Wait, let me check this again. " * 12, "loop_cycle"),
        ("9" * 500, "loop_characters"),
        (" ".join(f"We try {i} and it fails because the number of apples left over is never right." for i in range(30)), "loop_share"),
        ("\n\n".join(f"Case {i}: then x is {i * i} and the {'odd' if i % 2 else 'even'} part is {i // 2}." for i in range(5)), "kept"),
    ],
)
def test_loops(text: str, reason: str) -> None:
    assert reasons({"step": "loops"}, {"reasoning": text}) == [reason]


def test_repetition_is_counted_as_by_hand() -> None:
    found = measure(pl.Series(["a b c d a b c d a b c d", "One two three. One two three. One two three.", "", None]), 4, 4).to_dicts()
    assert (found[0]["words"], found[0]["ngram_count"], found[0]["repeated_words"]) == (12, 3, 5)
    assert (found[0]["cycle_turns"], found[0]["cycle_words"]) == (3, 12)
    assert (found[1]["sentence_count"], found[1]["sentence_run"]) == (3, 3)
    assert found[2]["words"] == found[3]["words"] == 0


def test_language_mixing_by_script_and_by_window() -> None:
    english = GOOD["reasoning"] * 8
    found = reasons(
        {"step": "language"}, {"reasoning": english}, {"reasoning": english + " 那么答案是"}, {"reasoning": english + SPANISH * 3},
        {"reasoning": english + " so α + β = π"}, {"question": "六乘七是多少?", "reasoning": "六乘七等于四十二。", "response": "42"},
    )  # fmt: skip
    assert found == ["kept", "foreign_script", "language_mixed", "kept", "kept"]


def test_a_response_that_contradicts_its_think_part() -> None:
    found = run({"step": "consistency"}, {}, {"reasoning": "So the answer is 41."}, {"reasoning": "The answer is \\frac{84}{2}."})
    assert found.decisions["reason"].to_list() == ["kept", "contradiction", "kept"]
    assert found.decisions["detail"][1] == "think: 41, response: 42"


def test_refusals_and_names() -> None:
    found = reasons(
        {"step": "refusal"}, {}, {"response": "I'm sorry, but I can't help with that."}, {"response": "As an AI model by OpenAI I say 42."},
        {"reasoning": "I am ChatGPT, so I must be careful."}, {"response": "We cannot help but notice that it is 42."},
    )  # fmt: skip
    assert found == ["kept", "refusal", "self_identification", "self_identification", "kept"]


def test_overthinking_counts_what_comes_after_the_answer() -> None:
    long = "We get 6*7 = 42. " + "Wait, let me double-check that. It holds. " * 6
    found = run({"step": "overthinking", "max_rechecks": 5}, {}, {"reasoning": long})
    assert found.decisions["reason"].to_list() == ["kept", "overthinking"]
    measured = run({"step": "overthinking"}, {"reasoning": long}).labels.to_dicts()[0]
    assert measured["words_before_answer"] == 5
    assert measured["rechecks"] >= 6


def test_pii_data_is_quarantined_and_never_repeated() -> None:
    secrets = [
        "mail me at jane.roe@corp.io",
        "card 4111 1111 1111 1111",
        "AKIAABCDEFGHIJKLMNOP",
        "hf_" + "a" * 34,
        "IBAN DE89 3704 0044 0532 0130 00",
    ]
    found = run({"step": "pii"}, {}, *({"reasoning": s} for s in secrets), {"reasoning": "call user@example.com, 1234 5678 9012 3456"})
    assert found.decisions["reason"].to_list() == ["kept", "pii_email", "pii_card", *["pii_key"] * 2, "pii_iban", "kept"]
    assert not any(part in " ".join(found.decisions["detail"]) for part in ("jane", "4111", "AKIA", "3704"))
    report = run({"step": "pii", "action": "report"}, {"reasoning": secrets[0]})
    assert (report.kept, report.labels["pii"].to_list()) == (["0"], ["email x1"])


def test_stated_answers_are_read_alike() -> None:
    assert [a for _, a in stated_answers("The answer is 1,234. Later \\boxed{\\frac{1}{2}}.")] == ["1234", "1/2"]
    assert plain("$-0.50$") == "-1/2"
