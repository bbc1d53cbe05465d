"""vLLM's own reasoning parsers, by name: they know how about forty families of models set their thinking apart.

Without one an answer is split by `dialects.py`. A parser reads finished text, as ours does; what comes of it is labelled in the
same words. Limit: a method that goes on with a begun answer looks for the tags of `dialects.py` in the text, whatever parser there is.
"""

from typing import Protocol

from stillhouse.dialects import Parsed
from stillhouse.errors import UserError


class Parser(Protocol):
    """What vLLM's parsers have in common (vllm.reasoning.ReasoningParser)."""

    @property
    def reasoning_end_str(self) -> str | None: ...

    def extract_reasoning(self, model_output: str, request: object) -> tuple[str | None, str | None]: ...


class ByName:
    """The parser of that name for a checkpoint's folder. Raises UserError for a name that vLLM does not know, or that this model cannot have."""

    def __init__(self, name: str, model: str) -> None:
        from transformers import AutoTokenizer
        from vllm.entrypoints.openai.chat_completion.protocol import ChatCompletionRequest
        from vllm.reasoning import ReasoningParserManager

        known = ReasoningParserManager.list_registered()
        if name not in known:
            raise UserError(f"vLLM has no reasoning parser {name!r}.", f"It has: {', '.join(known)}.")
        self._request = ChatCompletionRequest(messages=[], model="")
        try:
            self._parser: Parser = ReasoningParserManager.get_reasoning_parser(name)(
                AutoTokenizer.from_pretrained(model, trust_remote_code=False)
            )
            self._parser.extract_reasoning("", self._request)  # some read token ids alone
        except (NotImplementedError, RuntimeError, ValueError, KeyError, TypeError) as error:
            told = (str(error).splitlines() or [""])[0] or type(error).__name__
            raise UserError(
                f"The reasoning parser {name!r} does not fit this model: {told}.", "Leave engine.reasoning_parser out."
            ) from error

    def parse(self, text: str) -> Parsed:
        """The whole text of an answer, split. Thinking without an answer after it is "unclosed"."""
        reasoning, content = self._parser.extract_reasoning(text, self._request)
        if reasoning is None:
            return Parsed("", (content or "").strip(), "none")
        end = self._parser.reasoning_end_str
        closed = content is not None or (end is not None and end in text)
        return Parsed(reasoning.strip(), (content or "").strip(), "think" if closed else "unclosed")
