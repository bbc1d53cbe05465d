"""Outcome and process reward models on tiny real checkpoints, rollout labels, and the rewards that TRL calls."""

from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForSequenceClassification, LlamaForTokenClassification, PreTrainedTokenizerFast

from stillhouse.errors import UserError
from stillhouse.recipe.verification import Verify
from stillhouse.records import Outcome, Problem, Trace, answer_trace
from stillhouse.verifiers.models.process import Process, rollout_scores, split_steps, tagged_steps
from stillhouse.verifiers.models.reward import Reward
from stillhouse.verifiers.pool.pool import Pool
from stillhouse.verifiers.rewards import VerifierReward

WORDS = ["<pad>", "<unk>", "\n", "2", "+", "=", "4", "5", "so", "right"]


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Random weights, real files: a scorer of whole answers and a scorer of steps."""
    words = Tokenizer(models.WordLevel({w: i for i, w in enumerate(WORDS)}, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(" ", "removed"), pre_tokenizers.Split("\n", "isolated")])
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, pad_token="<pad>", unk_token="<unk>")
    torch.manual_seed(0)
    found = {}
    for name, cls, labels in (("reward", LlamaForSequenceClassification, 1), ("process", LlamaForTokenClassification, 2)):
        config = LlamaConfig(
            vocab_size=len(WORDS),
            hidden_size=16,
            intermediate_size=32,
            num_hidden_layers=1,
            num_attention_heads=2,
            num_labels=labels,
            pad_token_id=0,
        )
        folder = tmp_path_factory.mktemp(name)
        cls(config).save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        found[name] = str(folder)
    return found


def problem(verifier: str = "reward") -> Problem:
    return Problem("p", "2 + 2 =", "4", verifier)


def trace(response: str, reasoning: str = "") -> Trace:
    return answer_trace("t", "p", response, reasoning=reasoning)


def test_the_reward_is_the_models_own_logit(checkpoints: dict[str, str]) -> None:
    verifier = Reward(Verify.model_validate({"reward": {"model": checkpoints["reward"]}}))
    found = verifier.judge(problem(), trace("so 4"))
    model, tokenizer = LlamaForSequenceClassification.from_pretrained(checkpoints["reward"]), verifier._loaded
    assert tokenizer is not None
    inputs = tokenizer[1]("2 + 2 =\n\nso 4", return_tensors="pt")
    with torch.inference_mode():
        expected = float(torch.sigmoid(model(**inputs).logits[0, 0]))
    assert found.score == pytest.approx(expected, abs=1e-6)
    assert found.outcome == ("correct" if expected >= 0.5 else "wrong")
    assert verifier.judge(problem(), trace("5 5 5")).score != pytest.approx(expected, abs=1e-4)


def test_a_long_text_is_never_cut(checkpoints: dict[str, str]) -> None:
    settings = Verify.model_validate(
        {"reward": {"model": checkpoints["reward"], "max_length": 16}, "process": {"model": checkpoints["process"], "max_length": 16}}
    )
    assert Reward(settings).judge(problem(), trace("5 " * 50)).outcome == "unverifiable"
    assert Process(settings).judge(problem(), trace("5\n" * 50)).outcome == "unverifiable"


@pytest.mark.parametrize(("combine", "of"), [("min", min), ("last", lambda s: s[-1]), ("product", lambda s: s[0] * s[1] * s[2])])
def test_step_scores_do_not_see_later_steps(checkpoints: dict[str, str], combine: str, of: object) -> None:
    verifier = Process(Verify.model_validate({"process": {"model": checkpoints["process"], "combine": combine}}))
    three = verifier.score("2 + 2 =", ["so 2", "+ 2", "= 4"])
    two = verifier.score("2 + 2 =", ["so 2", "+ 2"])
    assert three is not None
    assert two is not None
    assert three[:2] == pytest.approx(two, abs=1e-5)
    found = verifier.judge(problem(), trace("right", reasoning="so 2\n+ 2\n= 4"))
    assert found.score == pytest.approx(of(three), abs=1e-5)  # type: ignore[operator]


def test_model_verifiers_work_through_the_pool(checkpoints: dict[str, str]) -> None:
    settings = Verify.model_validate({"reward": {"model": checkpoints["reward"]}, "process": {"model": checkpoints["process"]}})
    with Pool(1, settings) as pool:
        verdicts = list(pool.judge([(problem("reward"), trace("so 4")), (problem("process"), trace("so 4"))]))
    assert all(v.outcome in ("correct", "wrong") for v in verdicts), verdicts
    assert verdicts[0].score == pytest.approx(Reward(settings).judge(problem(), trace("so 4")).score, abs=1e-6)


def test_what_is_no_reward_model_is_refused(checkpoints: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no checkpoint"):
        Reward(Verify.model_validate({"reward": {"model": str(tmp_path)}})).warm_up()
    with pytest.raises(UserError, match=r"verify\.process"):
        Process(Verify())


def test_steps_are_paragraphs_or_lines() -> None:
    assert split_steps("a\nb\n\nc\n \n\nd\n") == ["a\nb", "c", "d"]
    assert split_steps("a\nb\n") == ["a", "b"]
    assert split_steps(" \n ") == []


def test_the_steps_of_an_answer_are_those_of_its_think_part_and_of_its_response() -> None:
    text = "<think>\nfirst\n\n second\nline\n</think>\n\nso 4\n\\boxed{4}\n"
    steps = tagged_steps(text)
    assert [step.text.strip() for step in steps] == ["first", "second\nline", "so 4", "\\boxed{4}"]
    assert [text[: step.end] for step in steps] == [
        "<think>\nfirst\n\n",
        "<think>\nfirst\n\n second\nline\n",
        "<think>\nfirst\n\n second\nline\n</think>\n\nso 4\n",
        text,
    ]
    assert tagged_steps("<think>\n\n</think> \n") == []


def test_a_rollout_score_is_the_share_of_the_decided_that_are_correct() -> None:
    steps = tagged_steps("2 + 2 = 4\n\n4 + 1 = 6\n\nso 6\n\n6")
    outcomes: list[list[Outcome]] = [
        ["correct", "wrong", "correct", "correct"],
        ["wrong", "timeout", "wrong", "wrong"],
        ["correct", "error", "unverifiable", "timeout"],
        ["error", "error", "unverifiable", "timeout"],
    ]
    assert rollout_scores(steps, outcomes) == [("2 + 2 = 4", 0.75, 4), ("4 + 1 = 6", 0.0, 3), ("so 6", 1.0, 1), ("6", None, 0)]


def test_trl_rewards_come_from_the_same_verifier() -> None:
    answers = ["\\boxed{4}", "\\boxed{5}", "<think>\\boxed{4}</think> \\boxed{5}", "<think>\\boxed{4}"]
    extra: dict[str, list[str]] = {}
    with VerifierReward("math") as rewards:
        prompts = [[{"role": "user", "content": "2 + 2?"}]] * 4
        chats = [[{"role": "assistant", "content": a}] for a in answers]
        found = rewards(prompts=prompts, completions=chats, answer=["4"] * 4, trainer_state=None, log_extra=extra.__setitem__)
        assert found[0] == 1.0
        assert all(r != 1.0 for r in found[1:])
        assert rewards(prompts=["2 + 2?"], completions=["\\boxed{4}"], solution=["4"]) == [1.0]
    assert extra["stillhouse_math_outcome"][:2] == ["correct", "wrong"]


def test_trl_rewards_run_code() -> None:
    tests = {"kind": "asserts", "code": "assert f(1) == 2"}
    with VerifierReward("math", settings=Verify.model_validate({"code": {"cpu_seconds": 1}})) as rewards:
        programs = ["```python\ndef f(x): return x + 1\n```", "def f(x): return x", "def f(x):\n  while True: pass"]
        columns = {"payload": [tests] * 3, "verifier": ["code"] * 3}
        assert rewards(prompts=["q"] * 3, completions=programs, **columns) == [1.0, 0.0, 0.0]
        assert rewards(prompts=["q"], completions=["x"], payload=["{}"], verifier=["code"]) == [None]


def test_trl_rewards_take_a_block_that_the_prompt_opened_as_a_think_block() -> None:
    with VerifierReward("format") as rewards:
        answers = ["so 4</think>\\boxed{4}", "so 4\\boxed{4}"]
        assert rewards(prompts=["2 + 2?<think>"] * 2, completions=answers, answer=["4"] * 2) == [1.0, 0.0]
