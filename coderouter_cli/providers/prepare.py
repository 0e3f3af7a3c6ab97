"""A client's request, made ready for one target, at the fidelity the decision names.

Raw: the client's own bytes with the span of the model's name replaced. Sanitised: the client's own
object, changed where the provider's dialect asks for it, and written anew (a dialect that is not the
vendor's binds no signature to the bytes; key order is kept and the result depends on the request
alone, so prefix caches hold). Translated: rendered from the conversation.
"""

import json

from coderouter_cli.domain.conversation import Conversation, FormatName
from coderouter_cli.domain.decision import Fidelity
from coderouter_cli.domain.model import Endpoint, Model
from coderouter_cli.providers.contract import Call, ClientRequest, Prepared, Way
from coderouter_cli.providers.headers import upstream_headers
from coderouter_cli.wire.fitting import is_forced
from coderouter_cli.wire.forget import body_without_thinking, without_thinking
from coderouter_cli.wire.formats import anthropic_messages, openai_chat, openai_responses
from coderouter_cli.wire.registry import format_of
from coderouter_cli.wire.span import replace_value
from coderouter_cli.wire.sse import compact_json


def fidelity_of(request: ClientRequest, endpoint: Endpoint, model: Model | None) -> Fidelity:
    """How this request would travel to this model through this endpoint.

    ``model`` is None for a name the catalog does not know: it travels as it came.
    """
    if endpoint.format is not request.format:
        return Fidelity.TRANSLATED
    if request.conversation.unread is not None:
        return Fidelity.RAW if endpoint.dialect.vendor is request.format else Fidelity.SANITISED
    if endpoint.dialect.vendor is not request.format or _lacks_usage(request) or _needs_repair(request):
        return Fidelity.SANITISED
    return Fidelity.SANITISED if model is not None and _must_change(request, model) else Fidelity.RAW


def prepare(request: ClientRequest, way: Way, key: str | None) -> Prepared:
    """The call that carries this request to this target."""
    endpoint, fidelity = way.endpoint, way.target.fidelity
    headers = upstream_headers(request.headers, way.provider, endpoint.dialect, fidelity, key)
    call = Call(url=way.provider.root + endpoint.path, headers=headers, body=_body(request, way))
    codex = endpoint.dialect.vendor is request.format is FormatName.OPENAI_RESPONSES
    return Prepared(call, endpoint.format, _must_reencode(request, endpoint, fidelity), codex)


def _body(request: ClientRequest, way: Way) -> bytes:
    model, endpoint, fidelity = way.model, way.endpoint, way.target.fidelity
    if fidelity is Fidelity.RAW:
        if request.conversation.model == model.name_on_wire:
            return request.body
        return replace_value(request.body, ("model",), json.dumps(model.name_on_wire).encode())
    wire, forgets = format_of(endpoint.format), endpoint.dialect.drop_thinking
    if fidelity is Fidelity.SANITISED:
        body = body_without_thinking(request.json, request.format) if forgets else request.json
        return compact_json(wire.sanitise(body, model, endpoint.dialect))
    conversation = without_thinking(request.conversation) if forgets else request.conversation
    return compact_json(wire.render(conversation, model, endpoint.dialect))


def _must_reencode(request: ClientRequest, endpoint: Endpoint, fidelity: Fidelity) -> bool:
    if fidelity is Fidelity.TRANSLATED or _lacks_usage(request):
        return True
    if fidelity is Fidelity.RAW:
        return False
    if _asks_for_carriers(request, endpoint):
        return True
    return not endpoint.dialect.safe_ids or _RENAMES[endpoint.format](request.json, endpoint.dialect)


_RENAMES = {
    FormatName.ANTHROPIC_MESSAGES: anthropic_messages.renames_tools,
    FormatName.OPENAI_RESPONSES: openai_responses.renames_tools,
    FormatName.OPENAI_CHAT: openai_chat.renames_tools,
}


def _asks_for_carriers(request: ClientRequest, endpoint: Endpoint) -> bool:
    """A Responses client wants the reasoning back that only this provider can read: relayed as it is, nobody
    could tell later whose it was, and another provider would refuse it."""
    include = request.json.get("include")
    if endpoint.dialect.vendor is not None or endpoint.dialect.reasoning_content:
        return False
    asked = isinstance(include, list) and "reasoning.encrypted_content" in include
    return endpoint.format is FormatName.OPENAI_RESPONSES and asked


def _needs_repair(request: ClientRequest) -> bool:
    """Whether the vendor would refuse the client's own words: another provider's items in the history,
    or a shape that only some clients use."""
    if request.format is FormatName.OPENAI_CHAT:
        return openai_chat.needs_repair(request.json)
    if request.format is FormatName.OPENAI_RESPONSES:
        foreign = openai_responses.has_foreign_items(request.json)
        return foreign or openai_responses.needs_repair(request.conversation)
    written = anthropic_messages.has_written_inputs(request.json)
    return written or anthropic_messages.needs_repair(request.conversation)


def _lacks_usage(request: ClientRequest) -> bool:
    """A Chat stream whose client did not ask for usage: we ask, and hide the chunk from the client."""
    conversation = request.conversation
    return request.format is FormatName.OPENAI_CHAT and conversation.stream and not conversation.include_usage


def _must_change(request: ClientRequest, model: Model) -> bool:
    """Whether the vendor would refuse for this model what the client wrote for another of its models.

    Each is a 400 that somebody met when only the name was changed
    (https://dev.to/aihubmix/haiku-45-to-55-the-request-diff-that-fixes-five-400s-2h9i).
    """
    conversation, able = request.conversation, model.capabilities
    if conversation.model == model.name_on_wire:
        return False
    if request.format is FormatName.ANTHROPIC_MESSAGES and anthropic_messages.must_change(
        request.json, model
    ):
        return True
    return (
        (conversation.max_output is not None and conversation.max_output > model.max_output)
        or (conversation.effort is not None and conversation.effort not in able.efforts)
        or (not able.sampling and _samples(conversation))
        or (conversation.thinking is False and not able.thinking_can_be_off)
        or (is_forced(conversation) and not able.forced_tool_choice)
    )


def _samples(conversation: Conversation) -> bool:
    """Whether it sets what the newest models fix; a temperature of 1 is what they have anyway."""
    return conversation.temperature not in {None, 1} or conversation.top_p is not None
