"""Search over steps: a beam of beginnings, each valued by how far its rollouts agree with all others on the answer.

Each beginning is extended by a few next steps, each of these is rolled out to its end some times, and the best are kept
(rollouts as values as in Math-Shepherd, Wang et al. 2024). In the place of a verifier stands self-consistency: the value of
a step is the share of its rollouts that come to the commonest answer so far. The engine's actor judges nothing, and sees no gold.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field

from stillhouse.dialects import answer_part
from stillhouse.engines.base import Ask, Ends, Reply
from stillhouse.engines.prompts import Messages
from stillhouse.recipe.methods import Tree
from stillhouse.records import Request, Trace
from stillhouse.rollouts.methods.trace import noted, trace_of
from stillhouse.verifiers.math.answers.final_answer import final_answer


def needs(how: Tree) -> set[str]:
    """What the engine must be able to do."""
    return {"prefix", "stop"}


@dataclass
class Node:
    """A beginning of an answer: its tokens, the rollouts from it, and how often they or those of its children came through it."""

    text: str
    tokens: int = 0
    parent: "Node | None" = None
    ends: list[tuple[Reply, str]] = field(default_factory=list)
    visits: int = 0
    value: float = 0.0

    def visit(self, times: int) -> None:
        """Counts rollouts, up to the root."""
        self.visits += times
        if self.parent:
            self.parent.visit(times)


async def roll(how: Tree, request: Request, chat: Messages, ask: Ask) -> Trace:
    """The best rollout of the best step; the notes hold the tree, node by node: [its parent, visits, value]. Its price is that of all."""
    return await _Search(how, request, chat, ask).run()


class _Search:
    def __init__(self, how: Tree, request: Request, chat: Messages, ask: Ask) -> None:
        self._how, self._request, self._chat, self._ask = how, request, chat, ask
        self._asked = 0
        self._replies: list[Reply] = []
        self._votes: Counter[str] = Counter()
        self._nodes = [Node("")]

    async def run(self) -> Trace:
        beam = self._nodes[:]
        for _ in range(self._how.depth):
            children = await self._children(beam)
            await self._roll_out(children)
            if not children:
                break
            self._value()
            best = sorted(children, key=lambda node: -node.value)[: self._how.beam]
            beam = [node for node in best if not _answered(node.text)]
            if not beam:
                break
        return self._trace()

    async def _children(self, beam: list[Node]) -> list[Node]:
        """The next steps of the beginnings, each text once."""
        stop = Ends(stop=(self._how.step,))
        wanted = [node for node in beam for _ in range(self._how.width) if node.tokens < self._request.effort]
        replies = await self._all([(node, stop) for node in wanted])
        made: dict[str, Node] = {}
        for node, reply in zip(wanted, replies, strict=True):
            text = reply.text if _answered(reply.text) else reply.text + self._how.step
            if reply.finish_reason == "stop" and reply.text.strip() != node.text.strip():
                made.setdefault(text, Node(text, node.tokens + reply.output_tokens, node))
        self._nodes += made.values()
        return list(made.values())

    async def _roll_out(self, nodes: list[Node]) -> None:
        wanted = [node for node in nodes for _ in range(self._how.rollouts) if node.tokens < self._request.effort]
        for node, reply in zip(wanted, await self._all([(node, Ends()) for node in wanted]), strict=True):
            found = final_answer(reply.response)
            node.ends.append((reply, found.text if found else ""))
            self._votes.update([found.text] if found else [])
            node.visit(1)

    async def _all(self, asks: list[tuple[Node, Ends]]) -> list[Reply]:
        """Asks side by side; the seeds go by the order in which they are named, not by the time at which they end."""
        first, self._asked = self._asked, self._asked + len(asks)
        replies = await asyncio.gather(*(self._one(node, ends, first + number) for number, (node, ends) in enumerate(asks)))
        self._replies += replies
        return list(replies)

    async def _one(self, node: Node, ends: Ends, number: int) -> Reply:
        seed = (self._request.seed + number) & 0x7FFFFFFF
        return await self._ask(self._chat, seed=seed, max_tokens=self._request.effort - node.tokens, prefix=node.text, ends=ends)

    def _value(self) -> None:
        for node in self._nodes[1:]:
            node.value = sum(answer == self._common for _, answer in node.ends) / len(node.ends) if node.ends else 0.0

    @property
    def _common(self) -> str | None:
        return self._votes.most_common(1)[0][0] if self._votes else None

    def _trace(self) -> Trace:
        """The first rollout of the best node that comes to the commonest answer; where none comes to any, the first rollout, or reply."""
        ranked = [end for node in sorted(self._nodes[1:], key=lambda node: -node.value) for end in node.ends]
        ends = [reply for reply, answer in ranked if answer == (self._common or "")]
        places = {id(node): number for number, node in enumerate(self._nodes)}
        tree = [[places[id(node.parent)] if node.parent else None, node.visits, round(node.value, 3)] for node in self._nodes]
        return noted(trace_of(self._request, self._replies, ends[0] if ends else self._replies[0]), tree=tree)


def _answered(text: str) -> bool:
    """Whether a text states its answer outside its thinking; one that is short enough to be an answer as a whole does not count."""
    found = final_answer(answer_part(text))
    return found is not None and found.how != "whole"
