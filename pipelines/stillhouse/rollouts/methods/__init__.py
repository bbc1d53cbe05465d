"""Methods: the ways from a request to a trace, one per file, by the name that a request gives.

A method's `roll` gets its section of the recipe, the request, the chat and the engine's `ask`; `needs` says what of the
engine it cannot do without. It runs in the engine's actor, beside thousands of others, and is cancelled with its asks.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from stillhouse.engines.base import Ask, Served
from stillhouse.engines.prompts import Messages
from stillhouse.errors import UserError
from stillhouse.recipe.methods import Method, PluggedMethod, method_name
from stillhouse.records import Request, Trace
from stillhouse.rollouts.methods import budget, close, extend, plain, rewrite, select, tools, tree

Roller = Callable[[Request, Messages, Ask], Awaitable[Trace]]


@dataclass(frozen=True)
class Kind:
    """A way to a trace, and what the engine must be able to do for it."""

    roll: Callable[[Any, Request, Messages, Ask], Awaitable[Trace]]
    needs: Callable[[Any], set[str]]


METHODS = {
    "plain": Kind(plain.roll, plain.needs),
    "budget": Kind(budget.roll, budget.needs),
    "extend": Kind(extend.roll, extend.needs),
    "close": Kind(close.roll, close.needs),
    "tools": Kind(tools.roll, tools.needs),
    "rewrite": Kind(rewrite.roll, rewrite.needs),
    "select": Kind(select.roll, select.needs),
    "tree": Kind(tree.roll, tree.needs),
}


def roller(method: Method, served: Served) -> Roller:
    """The method as it is set. Raises UserError where the engine cannot do what it needs."""
    kind = _plugged(type(method)) if isinstance(method, PluggedMethod) else METHODS[method_name(method)]
    if missing := kind.needs(method) - served.abilities:
        raise UserError(
            f"The method {method_name(method)!r} needs an engine that can do {', '.join(sorted(missing))}; {served.key.split()[0]} cannot.",
            "Choose another `method`, or the `vllm` engine.",
        )
    return partial(kind.roll, method)


def _plugged(added: type[PluggedMethod]) -> Kind:
    """A method of an installed package."""
    return Kind(added.roll, added.needs)
