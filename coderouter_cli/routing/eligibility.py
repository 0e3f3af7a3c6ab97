"""What a request needs that a model or the way to it cannot give: the gate before any price.

Effort, and an output limit above the model's own, are no losses: the first is a wish, the second an
upper bound, and both are fitted to the model on the way out.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from coderouter_cli.domain.conversation import (
    Conversation,
    Document,
    FormatName,
    Image,
    Message,
    Part,
    ToolKind,
    ToolResult,
)
from coderouter_cli.domain.phase import RequestKind
from coderouter_cli.domain.warmth import tokens_of
from coderouter_cli.routing.request import Offer, RouteRequest

_ENOUGH_OUTPUT = 16_000
"""Clients ask for the largest answer there is (Claude Code: 128,000); a turn needs no more than this."""
_DEFAULT_TEMPERATURE = 1.0
OPTIONAL_LOSSES = frozenset({"server_tools"})
"""What an agent can do without, when the alternative is no answer at all."""
TITLE_LOSSES = frozenset({"structured_output"})
"""What a session's title can do without as well: at worst the session has none."""

RESTING_LOSSES = frozenset({"unavailable"})
"""A provider that rests after failures, when there is no other."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What a conversation asks of a model. ``output`` is in tokens.

    ``computer_tools`` are versions of Anthropic's computer tool, which no model takes all of.
    """

    images: bool
    documents: bool
    tools: bool
    forced_tool: bool
    server_tools: bool
    computer_tools: frozenset[str]
    structured_output: bool
    sampling: bool
    thinking_off: bool
    output: int


def needs_of(conversation: Conversation) -> Needs:
    """Read a conversation's needs."""
    kinds = {type(part) for message in conversation.messages for part in _parts(message)}
    choice = conversation.tool_choice
    return Needs(
        images=Image in kinds,
        documents=Document in kinds,
        tools=any(tool.kind is not ToolKind.SERVER for tool in conversation.tools),
        forced_tool=choice is not None and choice.mode in {"required", "tool"},
        server_tools=any(tool.kind is ToolKind.SERVER for tool in conversation.tools),
        computer_tools=frozenset(_computer_tools(conversation)),
        structured_output=conversation.output_schema is not None,
        sampling=_samples(conversation),
        thinking_off=conversation.thinking is False,
        output=min(conversation.max_output or 0, _ENOUGH_OUTPUT),
    )


def losses(request: RouteRequest, offer: Offer) -> tuple[str, ...]:
    """Everything that makes this offer unfit for this request, as stable codes; empty when it is fit."""
    return losses_of(needs_of(request.conversation), request, offer)


def losses_of(needs: Needs, request: RouteRequest, offer: Offer) -> tuple[str, ...]:
    """The same, for a caller that has read the needs already."""
    model, able = offer.model, offer.model.capabilities
    checks = (
        ("unavailable", not offer.available),
        ("legacy", model.legacy and not _is_own(request, offer)),
        ("no_quality_score", request.classification.phase not in model.quality),
        ("max_input", tokens_of(model, request.prompt_tokens) > model.max_input),
        ("max_output", needs.output > model.max_output),
        ("images", needs.images and not able.vision),
        ("documents", needs.documents and not able.vision),
        ("tools", needs.tools and not able.tools),
        ("forced_tool_choice", needs.forced_tool and not able.forced_tool_choice),
        ("server_tools", needs.server_tools and not able.server_tools),
        ("computer_tool", not needs.computer_tools <= set(able.computer_tools)),
        ("structured_output", needs.structured_output and not able.structured_output),
        ("sampling", needs.sampling and not able.sampling),
        ("thinking_off", needs.thinking_off and not able.thinking_can_be_off),
        ("weaker_check", request.signals.kind is RequestKind.SAFETY_CHECK and _is_weaker(request, offer)),
    )
    lost = (*offer.wire_losses, *(code for code, is_lost in checks if is_lost))
    return tuple(dict.fromkeys(lost))


def _computer_tools(conversation: Conversation) -> Iterator[str]:
    hosted = (tool.raw or {} for tool in conversation.tools if tool.origin is FormatName.ANTHROPIC_MESSAGES)
    kinds = (definition.get("type") for definition in hosted)
    return (kind for kind in kinds if isinstance(kind, str) and kind.startswith("computer_"))


def _samples(conversation: Conversation) -> bool:
    return conversation.temperature not in {None, _DEFAULT_TEMPERATURE} or conversation.top_p is not None


def _is_own(request: RouteRequest, offer: Offer) -> bool:
    """The client's own model, the one at work, or a pinned one: legacy models are served when asked for."""
    pin = request.control.pin
    if offer.model.id == request.incumbent or (pin is not None and offer.model.id == pin.model):
        return True
    return request.direct is not None and offer.model.id == request.direct.model


def _is_weaker(request: RouteRequest, offer: Offer) -> bool:
    """Whether the offer is worse than the model the client named, as far as anybody knows."""
    phase = request.classification.phase
    score = offer.model.quality.get(phase)
    asked = None if request.asked is None else request.asked.quality.get(phase)
    return score is None or asked is None or score.score < asked.score


def _parts(message: Message) -> Iterator[Part]:
    for part in message.parts:
        yield part
        if isinstance(part, ToolResult):
            yield from part.parts
