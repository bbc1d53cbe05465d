"""A method that asks again and keeps the last answer."""

from stillhouse.engines.base import Ask
from stillhouse.engines.prompts import Messages
from stillhouse.recipe.methods import PluggedMethod
from stillhouse.records import Request, Trace
from stillhouse.rollouts.methods.talk import Talk


class Echo(PluggedMethod):
    """Asks `times`."""

    times: int = 1
    choosy: bool = False

    def needs(self) -> set[str]:
        return {"choices"} if self.choosy else set()

    async def roll(self, request: Request, chat: Messages, ask: Ask) -> Trace:
        talk = Talk(request, chat, ask)
        replies = [await talk.say() for _ in range(self.times)]
        return talk.trace(replies[-1])
