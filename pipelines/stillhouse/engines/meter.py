"""What a server's answers cost, against a budget that is never passed.

A request is sent only when the most that it can cost still fits beside the most that those under way can cost. When nothing
is under way and it does not fit, the budget is spent: a UserError, and the request stays owed.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from stillhouse.errors import UserError
from stillhouse.recipe.endpoint import Prices, Server

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Spent:
    """Tokens that were paid for."""

    prompt: int = 0
    output: int = 0

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(self.prompt + other.prompt, self.output + other.output)

    def __sub__(self, other: "Spent") -> "Spent":
        return Spent(self.prompt - other.prompt, self.output - other.output)

    def money(self, prices: Prices | None) -> float:
        """0 where the recipe names no prices."""
        return (self.prompt * prices.prompt + self.output * prices.output) / MILLION if prices else 0.0


NOTHING = Spent()


class Bill:
    """One request's: set `cost` to what it came to."""

    def __init__(self) -> None:
        self.cost = Spent()


class Meter:
    """Counts for one server. `spent` is what was paid before."""

    def __init__(self, server: Server, spent: Spent) -> None:
        self.spent = spent
        self._server, self._under_way = server, Spent()
        self._settled = asyncio.Condition()

    @asynccontextmanager
    async def charged(self, most: Spent) -> AsyncIterator[Bill]:
        """Holds the most that a request can cost while it is under way, and counts its bill. Raises UserError when the budget is spent."""
        async with self._settled:
            while not self._fits(self.spent + self._under_way + most):
                if self._under_way == Spent():
                    raise UserError(self._told(), "What was bought is kept: raise `budget` and run again for the rest.")
                await self._settled.wait()
            self._under_way += most
        bill = Bill()
        try:
            yield bill
        finally:
            self._under_way -= most
            self.spent += bill.cost
            async with self._settled:
                self._settled.notify_all()

    def _fits(self, spent: Spent) -> bool:
        budget = self._server.budget
        if budget is None:
            return True
        tokens = budget.tokens is None or spent.prompt + spent.output <= budget.tokens
        return tokens and (budget.money is None or spent.money(self._server.prices) <= budget.money)

    def _told(self) -> str:
        budget, spent = self._server.budget, self.spent
        assert budget is not None
        tokens = f"{budget.tokens:,} tokens" if budget.tokens is not None else ""
        money = f"{budget.money:g} in money" if budget.money is not None else ""
        return (
            f"The budget of {' and '.join(filter(None, (tokens, money)))} for {self._server.title} is spent: {spent.prompt + spent.output:,} tokens"
            f" ({spent.money(self._server.prices):g} in money), and the next request may cost more than what is left."
        )
