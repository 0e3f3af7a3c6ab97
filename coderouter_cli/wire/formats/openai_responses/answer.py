"""Whole answers, as a response that is not streamed carries them, and the object both kinds end with."""

from collections.abc import Iterable

from coderouter_cli.domain.conversation import JsonObject, Part, Refusal, Text, Tool, ToolCall
from coderouter_cli.domain.events import Answer, StopReason
from coderouter_cli.domain.failure import Failure, FailureKind
from coderouter_cli.domain.usage import Usage
from coderouter_cli.wire.format import ReplyContext
from coderouter_cli.wire.formats.openai_responses.errors import answer_failure, stream_error
from coderouter_cli.wire.formats.openai_responses.outputs import (
    compacted,
    item_id,
    item_type,
    output_item,
    parts_of,
)
from coderouter_cli.wire.formats.openai_responses.usage import usage_in, write_usage
from coderouter_cli.wire.read import as_list, as_object, as_str
from coderouter_cli.wire.toolnames import ToolNames

NO_SUMMARY = Failure(FailureKind.INTERNAL, "The model wrote no summary of the conversation.")
_INCOMPLETE = {
    StopReason.MAX_TOKENS: "max_output_tokens",
    StopReason.CONTEXT_EXCEEDED: "max_output_tokens",
    StopReason.REFUSAL: "content_filter",
}


def decode_answer(body: JsonObject, tools: tuple[Tool, ...]) -> Answer | Failure:
    """Read a provider's whole answer; a `Failure` when it is not one."""
    failure = answer_failure(body)
    if failure is not None:
        return failure
    names, seed = ToolNames(tools), as_str(body.get("id"))
    items = [item for item in as_list(body["output"]) if isinstance(item, dict)]
    parts = tuple(part for index, item in enumerate(items) for part in parts_of(item, index, names, seed))
    stop, detail = stop_of(body, parts)
    usage = usage_in(body)
    return Answer(
        parts=parts,
        stop=stop,
        detail=detail,
        usage=None if usage is None else usage[0],
        raw_usage=None if usage is None else usage[1],
        response_id=seed or None,
        model=as_str(body.get("model")) or None,
    )


def stop_of(response: JsonObject, parts: Iterable[Part]) -> tuple[StopReason, str | None]:
    """Why a finished response stopped, and a refusal's words."""
    if response.get("status") == "incomplete":
        reason = as_object(response.get("incomplete_details")).get("reason")
        return (StopReason.REFUSAL if reason == "content_filter" else StopReason.MAX_TOKENS), None
    kept = list(parts)
    if any(isinstance(part, ToolCall) for part in kept):
        return StopReason.TOOL_USE, None
    refusals = [part.text for part in kept if isinstance(part, Refusal)]
    return (StopReason.REFUSAL, "\n".join(refusals)) if refusals else (StopReason.END_TURN, None)


def encode_answer(answer: Answer, context: ReplyContext) -> JsonObject:
    """Write a whole answer for a client."""
    if context.compact:
        return _compacted_answer(answer, context)
    output: list[JsonObject] = []
    parts = _with_refusal(answer)
    for part in parts:
        identity = item_id(item_type(part) or "", context.response_id, len(output))
        item = output_item(part, identity, context.maker)
        if item is not None:
            output.append(item)
    reason = incomplete_reason(answer.stop, parts)
    response = response_object(context, "completed" if reason is None else "incomplete", output)
    response["incomplete_details"] = None if reason is None else {"reason": reason}
    return with_usage(response, answer.usage, context)


def _with_refusal(answer: Answer) -> tuple[Part, ...]:
    """The parts, and the words of a refusal that came beside them."""
    beside = refusal_beside(answer.parts, answer.detail) if answer.stop is StopReason.REFUSAL else None
    return answer.parts if beside is None else (*answer.parts, beside)


def refusal_beside(parts: Iterable[Part], detail: str | None) -> Refusal | None:
    """The part for a refusal's explanation; None where the answer has said it, or there is none."""
    said = [part for part in parts if isinstance(part, Refusal | Text)]
    if not detail or any(isinstance(part, Refusal) or detail in part.text for part in said):
        return None
    return Refusal(detail)


def _compacted_answer(answer: Answer, context: ReplyContext) -> JsonObject:
    item = compacted(answer.parts, context.response_id)
    status = "failed" if item is None else "completed"
    response = response_object(context, status, [] if item is None else [item])
    if item is None:
        response["error"] = stream_error(NO_SUMMARY)
    return with_usage(response, answer.usage, context)


def incomplete_reason(stop: StopReason, parts: Iterable[Part]) -> str | None:
    """Why the answer is incomplete; None when it is complete. A refusal in words is complete."""
    if stop is StopReason.REFUSAL and any(isinstance(part, Refusal) for part in parts):
        return None
    return _INCOMPLETE.get(stop)


def response_object(context: ReplyContext, status: str, output: list[JsonObject]) -> JsonObject:
    """A response with every field that OpenAI's has; what the request said is not repeated."""
    return {
        "id": context.response_id,
        "object": "response",
        "created_at": context.created,
        "status": status,
        "background": False,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "max_output_tokens": None,
        "max_tool_calls": None,
        "model": context.model,
        "output": output,
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "prompt_cache_key": None,
        "reasoning": {"effort": None, "summary": None},
        "safety_identifier": None,
        "service_tier": "default",
        "store": False,
        "temperature": None,
        "text": {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "top_logprobs": 0,
        "top_p": None,
        "truncation": "disabled",
        "usage": None,
        "user": None,
        "metadata": {},
    }


def with_usage(response: JsonObject, usage: Usage | None, context: ReplyContext) -> JsonObject:
    """The response with its usage: the provider's, or our estimate of the input when it gave none.

    Codex decides by it when to compact; a response without usage would never make it do so.
    """
    known = usage or (Usage(input=context.input_estimate) if context.input_estimate else None)
    return {**response, "usage": None if known is None else write_usage(known)}
