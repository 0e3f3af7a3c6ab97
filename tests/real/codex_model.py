"""What the scripted models do for Codex: tools by the names and in the shapes they were offered."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from coderouter_cli.demo.script import Call, HttpError, Outcome, Piece, Reply, SeenRequest
from coderouter_cli.domain.conversation import FormatName, JsonObject
from tests.real.scripts import Agent, Course, thoughtful


@dataclass(slots=True)
class Model:
    """An agent that calls tools as any model does: as this very request describes them.

    A step names a tool as Codex does; a router may have made one name of namespace and name, and a function
    of a free-text tool. A tool that is not offered is an error, which shows in the test.
    """

    courses: tuple[Course, ...]
    _agent: Agent = field(init=False)

    def __post_init__(self) -> None:
        self._agent = Agent(self.courses)

    def __call__(self, seen: SeenRequest) -> Outcome:
        return _fitted(self._agent(seen), seen)


@dataclass(slots=True)
class InTurn:
    """A model that makes one step after the other, whatever it is asked; the last for ever."""

    steps: tuple[Outcome, ...]
    _taken: int = 0

    def __call__(self, seen: SeenRequest) -> Outcome:
        step = self.steps[min(self._taken, len(self.steps) - 1)]
        self._taken += 1
        return _fitted(thoughtful(step, seen), seen)


def course(ask: str, *steps: Outcome) -> Course:
    """A course of steps."""
    return Course(ask, steps)


def javascript(*lines: str) -> Call:
    """A script for code mode's `exec`."""
    return Call("exec", "\n".join(lines))


def literal(value: object) -> str:
    """A value as JavaScript writes it."""
    return json.dumps(value)


@dataclass(frozen=True, slots=True)
class _Offer:
    name: str
    namespace: str | None
    free_text: bool


def _fitted(step: Outcome, seen: SeenRequest) -> Outcome:
    if not isinstance(step, Reply):
        return step
    try:
        return replace(step, pieces=tuple(_as_offered(piece, seen) for piece in step.pieces))
    except LookupError as error:
        return HttpError(400, str(error))


def _as_offered(piece: Piece, seen: SeenRequest) -> Piece:
    if not isinstance(piece, Call):
        return piece
    offer = _offer(piece, list(_offers(seen)))
    arguments = piece.arguments
    if isinstance(arguments, str) and not offer.free_text:
        arguments = {"input": arguments}
    return replace(piece, name=offer.name, namespace=offer.namespace, arguments=arguments)


def _offer(call: Call, offers: list[_Offer]) -> _Offer:
    """The tool that is meant. In code mode Codex takes `exec` without its namespace, as OpenAI sends it."""
    for offer in offers:
        if offer.name == call.name and offer.namespace in {call.namespace, "functions"}:
            return replace(offer, namespace=call.namespace)
    flat = re.compile(f"({re.escape(call.namespace or 'functions')}[-_]+)?{re.escape(call.name)}")
    for offer in offers:
        if offer.namespace is None and flat.fullmatch(offer.name):
            return offer
    raise LookupError(f"{call.name} is not among {[offer.name for offer in offers]}")


def _offers(seen: SeenRequest) -> Iterator[_Offer]:
    tools = list(seen.json.get("tools") or ())
    if seen.format is FormatName.OPENAI_RESPONSES:
        for item in seen.json["input"]:
            tools += item.get("tools") or () if item.get("type") == "additional_tools" else ()
    for tool in tools:
        yield from _offered(tool, None)


def _offered(tool: JsonObject, namespace: str | None) -> Iterator[_Offer]:
    if tool.get("type") == "namespace":
        for inner in tool["tools"]:
            yield from _offered(inner, tool["name"])
        return
    definition = tool.get("function", tool)
    if "name" in definition:
        yield _Offer(definition["name"], namespace, free_text=tool.get("type") == "custom")
