"""Prompts over the limit are told, and refused when nothing else is left."""

import pytest

from stillhouse.errors import UserError
from stillhouse.stages.lengths import check_prompts


def test_some_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    check_prompts({"stop": 9, "prompt_too_long": 3})
    assert "3 of 12 prompts" in capsys.readouterr().out


def test_none_are_not(capsys: pytest.CaptureFixture[str]) -> None:
    check_prompts({"stop": 9, "length": 1})
    check_prompts({})
    assert not capsys.readouterr().out


def test_all_are_refused() -> None:
    with pytest.raises(UserError, match="All 3 prompts"):
        check_prompts({"prompt_too_long": 3})
