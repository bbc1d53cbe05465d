"""Methods: the ways from a request to a trace, one per file, by the name that a request gives."""

from collections.abc import Awaitable, Callable

from stillhouse.engines.base import Ask
from stillhouse.engines.prompts import Messages
from stillhouse.records import Request, Trace
from stillhouse.rollouts.methods import plain

Method = Callable[[Request, Messages, Ask], Awaitable[Trace]]

METHODS: dict[str, Method] = {
    "plain": plain.roll,
}
