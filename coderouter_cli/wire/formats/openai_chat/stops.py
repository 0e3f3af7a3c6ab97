"""``finish_reason``, both ways."""

from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.events import Stopped, StopReason
from coderouter_cli.domain.failure import Failure, FailureKind

_STOPS = {
    "length": StopReason.MAX_TOKENS,
    "max_tokens": StopReason.MAX_TOKENS,
    "model_length": StopReason.MAX_TOKENS,
    "content_filter": StopReason.REFUSAL,
    "refusal": StopReason.REFUSAL,
}
"""Chat's own words, and those of compatible servers."""

_FAILURES = {
    # https://api-docs.deepseek.com/api/create-chat-completion
    "insufficient_system_resource": FailureKind.OVERLOADED,
    # OpenRouter and vLLM end a stream they could not finish with these.
    "error": FailureKind.INTERNAL,
    "abort": FailureKind.TRUNCATED,
}

_REASONS = {
    StopReason.END_TURN: "stop",
    StopReason.MAX_TOKENS: "length",
    StopReason.STOP_SEQUENCE: "stop",
    StopReason.TOOL_USE: "tool_calls",
    StopReason.PAUSE: "stop",
    StopReason.REFUSAL: "content_filter",
    StopReason.CONTEXT_EXCEEDED: "length",
}


def stopped(reason: str, matched: str | None, *, called: bool, refusal: str) -> Stopped:
    """Why the model stopped, from the provider's word and from what the answer holds.

    Many servers say ``stop`` beside tool calls, so the calls decide; OpenAI says ``stop`` after a
    refusal, so the refusal decides. ``matched`` is the stop sequence, when the server names it;
    ``refusal`` is the refusal's text, empty when there is none.
    """
    known = _STOPS.get(reason)
    if known is StopReason.REFUSAL or (known is None and refusal and not called):
        return Stopped(StopReason.REFUSAL, refusal or None)
    if known is not None:
        return Stopped(known)
    if called:
        return Stopped(StopReason.TOOL_USE)
    return Stopped(StopReason.END_TURN) if matched is None else Stopped(StopReason.STOP_SEQUENCE, matched)


def matched_stop(choice: JsonObject) -> str | None:
    """The stop sequence that matched: vLLM says it in ``stop_reason``, beside words of its own kind."""
    matched = choice.get("stop_reason")
    known = _STOPS.keys() | _REASONS.values() | {"end_turn", "eos", "tool_use"}
    return matched if isinstance(matched, str) and matched and matched not in known else None


def failure_of(reason: str) -> Failure | None:
    """The failure that some servers report as a finish reason."""
    kind = _FAILURES.get(reason)
    if kind is None:
        return None
    return Failure(kind, f"The provider ended the answer with `{reason}`.", code=reason)


def finish_reason(stop: StopReason, *, refusal_shown: bool, legacy_call: bool) -> str:
    """Chat's word. A refusal that was shown as such ends with ``stop``, as OpenAI's own do."""
    if stop is StopReason.REFUSAL and refusal_shown:
        return "stop"
    if stop is StopReason.TOOL_USE and legacy_call:
        return "function_call"
    return _REASONS[stop]
