"""What goes over the wire to an OpenAI-compatible server and what comes back: request bodies, and answers read into replies.

The same body is sent now or written into a batch file, and the same answer is read from either. Thinking comes in a field of
its own (`reasoning`, `reasoning_content`) or between tags in the text; both end in `Reply.reasoning`.
"""

import json
from typing import Any

from stillhouse.dialects import TAGS, parse
from stillhouse.engines.base import NATURAL, Ends, Reply
from stillhouse.engines.prompts import Messages
from stillhouse.errors import UserError
from stillhouse.recipe.endpoint import Server
from stillhouse.recipe.sections import Sampling

Body = dict[str, Any]
PATHS = {"chat": "/chat/completions", "responses": "/responses"}
BYTES_PER_TOKEN = 4  # for servers that count nothing


class Unreadable(ValueError):
    """An answer that is no answer: not of the API's form, or without a word on how it ended."""


def body(
    server: Server,
    messages: Messages,
    sampling: Sampling,
    *,
    seed: int,
    max_tokens: int | None = None,
    prefix: str = "",
    choices: tuple[str, ...] = (),
    ends: Ends = NATURAL,
) -> Body:
    """The request. Raises UserError for the beginning of an answer where the server cannot go on with one."""
    limit = min(sampling.max_tokens, max_tokens or sampling.max_tokens)
    common: Body = {"model": server.model, "temperature": sampling.temperature}
    if sampling.top_p < 1:
        common["top_p"] = sampling.top_p
    if server.api == "responses":
        _refuse_prefix(prefix)
        made = {**common, "input": messages, "max_output_tokens": limit, "store": False}
        if sampling.effort is not None:
            made["reasoning"] = {"effort": sampling.effort}
        if choices:
            made["text"] = {"format": {"type": "json_schema", **_form(choices)}}
    else:
        made = {**common, "messages": messages, server.token_field: limit, "seed": seed}
        if stop := [*sampling.stop, *ends.stop]:
            made["stop"] = stop
        if choices:
            made["response_format"] = {"type": "json_schema", "json_schema": _form(choices)}
        if prefix:
            made |= _begun(server, messages, prefix)
        if sampling.effort is not None:
            made["reasoning_effort"] = sampling.effort
        if server.vllm:
            made |= _ended(ends)
            if sampling.thinking is not None:
                made["chat_template_kwargs"] = {"enable_thinking": sampling.thinking}
    return {**made, **server.extra}


def _begun(server: Server, messages: Messages, prefix: str) -> Body:
    if not server.vllm:
        _refuse_prefix(prefix)
    begun = [*messages, {"role": "assistant", "content": prefix}]
    return {"messages": begun, "continue_final_message": True, "add_generation_prompt": False}


def _ended(ends: Ends) -> Body:
    """What vLLM alone can be told."""
    found: Body = {}
    if ends.thinking_tokens is not None:
        found["thinking_token_budget"] = ends.thinking_tokens
    if ends.repeats:
        found["repetition_detection"] = {
            "max_pattern_size": ends.repeats.longest,
            "min_pattern_size": 1,
            "min_count": ends.repeats.turns,
        }
    return found


def _refuse_prefix(prefix: str) -> None:
    if prefix:
        raise UserError(
            "Only a vLLM server's chat completions go on with a begun answer.", "Set `vllm: true` and `api: chat`, or take another method."
        )


def _form(choices: tuple[str, ...]) -> Body:
    """A JSON schema that allows the choices and nothing else: an object with one key."""
    key, values = _choice(choices)
    schema = {
        "type": "object",
        "properties": {key: {"type": "string", "enum": list(values)}},
        "required": [key],
        "additionalProperties": False,
    }
    return {"name": "reply", "strict": True, "schema": schema}


def _choice(choices: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The key and its values: choices that are JSON objects with one and the same key stay what they are."""
    found = [_single(choice) for choice in choices]
    keys = {pair[0] for pair in found if pair}
    if None in found or len(keys) != 1:
        return "choice", choices
    return keys.pop(), tuple(pair[1] for pair in found if pair)


def _single(choice: str) -> tuple[str, str] | None:
    try:
        found = json.loads(choice)
    except ValueError:
        return None
    if not isinstance(found, dict) or len(found) != 1:
        return None
    ((key, value),) = found.items()
    return (key, value) if isinstance(value, str) else None


def chosen(text: str, choices: tuple[str, ...]) -> str:
    """Which of the choices an answer in that form is. Raises Unreadable where it is none."""
    key, values = _choice(choices)
    try:
        return choices[values.index(json.loads(text)[key])]
    except (ValueError, KeyError, TypeError) as error:
        raise Unreadable(f"none of the choices: {text[:100]!r}") from error


def reply(api: str, answer: Any, prefix: str = "", choices: tuple[str, ...] = (), seconds: float = 0.0) -> Reply:
    """An answer of the API as a reply. Raises Unreadable."""
    try:
        found = _of_chat(answer, prefix, seconds) if api == "chat" else _of_responses(answer, seconds)
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise Unreadable(f"no answer in {str(answer)[:200]!r}") from error
    if not choices or found.finish_reason != "stop":
        return found
    text = chosen(found.response, choices)
    return _made(found.reasoning, text, "", "stop", (found.prompt_tokens, found.output_tokens, found.reasoning_tokens), seconds)


def _of_chat(answer: Any, prefix: str, seconds: float) -> Reply:
    choice = answer["choices"][0]
    message, finish = choice["message"], choice.get("finish_reason")
    if not isinstance(finish, str):
        raise Unreadable("the answer does not say how it ended")
    reasoning = message.get("reasoning") or message.get("reasoning_content") or ""
    content = message.get("content") or ""
    if not isinstance(content, str) or not isinstance(reasoning, str):
        raise Unreadable(f"no text in {str(message)[:200]!r}")
    usage = answer.get("usage") or {}
    details = usage.get("completion_tokens_details") or {}
    counts = (usage.get("prompt_tokens"), usage.get("completion_tokens"), details.get("reasoning_tokens"))
    return _made(reasoning, content, prefix, finish, counts, seconds)


_ENDINGS = {"max_output_tokens": "length", "content_filter": "content_filter"}


def _of_responses(answer: Any, seconds: float) -> Reply:
    status = answer["status"]
    if status not in ("completed", "incomplete"):
        raise Unreadable(f"the response is {status}: {str(answer.get('error'))[:200]}")
    finish = "stop" if status == "completed" else _ENDINGS.get(answer["incomplete_details"]["reason"], "incomplete")
    thought, said = "", ""
    for item in answer["output"]:
        if item["type"] == "reasoning":
            thought += _joined(item.get("content") or item.get("summary") or [])
        elif item["type"] == "message":
            said += _joined(item["content"])
    usage = answer.get("usage") or {}
    details = usage.get("output_tokens_details") or {}
    return _made(
        thought, said, "", finish, (usage.get("input_tokens"), usage.get("output_tokens"), details.get("reasoning_tokens")), seconds
    )


def _joined(parts: list[Any]) -> str:
    return "".join(part["text"] for part in parts if isinstance(part.get("text"), str))


def _made(reasoning: str, content: str, prefix: str, finish: str, counts: tuple[Any, Any, Any], seconds: float) -> Reply:
    reasoning, content = _text(reasoning), _text(content)
    text = _whole(reasoning, prefix + content if not reasoning else content, prefix, finish)
    parsed = parse(text)
    prompt, output, thought = (count if isinstance(count, int) and count >= 0 else None for count in counts)
    if output is None:
        output = estimate(reasoning + content)
    if not thought:
        length = len(parsed.reasoning) + len(parsed.response)
        thought = round(output * len(parsed.reasoning) / length) if length else 0
    return Reply(text, parsed.reasoning, parsed.response, parsed.format, finish, prompt or 0, min(output, thought), output, seconds)


def _whole(reasoning: str, content: str, prefix: str, finish: str) -> str:
    """The text as a model writes it that marks its thinking itself; thinking that was cut has no end."""
    if not reasoning:
        return content
    opening, closing = TAGS[0]
    thought = prefix + reasoning if prefix.lstrip().startswith(opening) else f"{opening}\n{prefix}{reasoning}"
    return thought if finish == "length" and not content else f"{thought}\n{closing}\n\n{content}"


def _text(said: str) -> str:
    """What a server said as text that a table can hold: JSON may spell half of a surrogate pair, which becomes a question mark."""
    return said.encode(errors="replace").decode()


def estimate(text: str) -> int:
    """The tokens of a text that nobody counted."""
    return -(-len(text.encode(errors="replace")) // BYTES_PER_TOKEN)


def most_prompt_tokens(made: Body) -> int:
    """More tokens than the prompt can have: a byte is at least a part of one, and a turn has marks around it."""
    turns = made.get("messages") or made.get("input") or []
    return sum(len(turn["content"].encode()) + 16 for turn in turns)


def most_output_tokens(made: Body) -> int:
    return int(made.get("max_tokens") or made.get("max_completion_tokens") or made.get("max_output_tokens") or 0)


class Pieces:
    """A streamed chat completion, put together. `answer` is what the server would have given in one piece."""

    def __init__(self) -> None:
        self._content: list[str] = []
        self._reasoning: list[str] = []
        self._finish: str | None = None
        self._usage: Any = None

    def add(self, chunk: Any) -> None:
        """Raises Unreadable for a chunk that is none."""
        try:
            self._usage = chunk.get("usage") or self._usage
            for choice in chunk.get("choices") or []:
                delta = choice.get("delta") or {}
                self._content.append(delta.get("content") or "")
                self._reasoning.append(delta.get("reasoning") or delta.get("reasoning_content") or "")
                self._finish = choice.get("finish_reason") or self._finish
        except AttributeError as error:
            raise Unreadable(f"no chunk of an answer: {str(chunk)[:200]!r}") from error

    @property
    def received(self) -> str:
        """All text so far."""
        return "".join(self._reasoning) + "".join(self._content)

    @property
    def answer(self) -> Body:
        message = {"content": "".join(self._content), "reasoning": "".join(self._reasoning)}
        return {"choices": [{"message": message, "finish_reason": self._finish}], "usage": self._usage}
