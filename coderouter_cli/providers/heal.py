"""What a provider refused once, left out from then on.

A remedy overrides fields of the way's dialect or of its model, so that the one mechanism that fits every
request to its provider does this too: the healed request is made from the client's own body, and the same
request gives the same bytes. What a remedy may leave out is comfort (marks, betas, hints, the thinking of
earlier turns). What the client needs is never left out: an image, a schema of the answer or a forced tool
call that a model refuses sends the request to another model, now and from then on.

The client's own words to the very model it asked for are not touched, unless by us: Claude Code recovers
by the provider's wording itself, and any other client would have had the same answer without us.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from coderouter_cli.domain.decision import Fidelity
from coderouter_cli.domain.failure import Capability, Refused
from coderouter_cli.domain.model import Capabilities, Dialect, Model
from coderouter_cli.providers.contract import ClientRequest, Way
from coderouter_cli.wire.formats.anthropic_messages import undated

_C = Capability
_NEEDED = frozenset(
    [
        "conversation",
        "functions",
        "input",
        "instructions",
        "messages",
        "model",
        "output_config",
        "previous_response_id",
        "response_format",
        "stop",
        "stop_sequences",
        "stream",
        "system",
        "text",
        "tool_choice",
        "tools",
    ]
)
"""Fields without which a request is another request."""
_NEEDED_OF_TOOLS = frozenset({"name", "input_schema", "parameters", "function", "custom"})
_OF_ONE_REQUEST = frozenset({_C.OUTPUT_ROOM})
"""What the next request need not meet."""
OF_ONE_CONVERSATION = frozenset({_C.THINKING_SIGNATURE})
"""What stays with the history that caused it, and says nothing about other conversations."""

Fitted = tuple[Model, Dialect]


def healed(request: ClientRequest, way: Way, refused: Refused) -> Way | None:
    """The same way without what was refused; None when nothing can be left out, or nothing would change."""
    if not is_ours(request, way):
        return None
    remedy = _REMEDIES.get(refused.capability)
    fitted = None if remedy is None else remedy(way.model, way.endpoint.dialect, refused.value)
    return None if fitted is None else _with(way, *fitted)


def taught(request: ClientRequest, way: Way, refused: Refused) -> Way:
    """The way as it is from now on: healed where that is possible, unable where it is not."""
    better = healed(request, way, refused)
    if better is not None or not is_ours(request, way):
        return better or way
    unable = _UNABLE.get(refused.capability)
    if unable is None:
        return way
    able = unable(way.model.capabilities)
    return _with(way, replace(way.model, capabilities=able), way.endpoint.dialect) or way


def is_lasting(refused: Refused) -> bool:
    """Whether later requests are to be spared the same refusal."""
    return not refused.of_request and refused.capability not in _OF_ONE_REQUEST


def is_ours(request: ClientRequest, way: Way) -> bool:
    """Whether the provider refused words of ours, or words the client wrote for another model."""
    if way.target.fidelity is not Fidelity.RAW:
        return True
    return request.conversation.model != way.model.name_on_wire


def _with(way: Way, model: Model, dialect: Dialect) -> Way | None:
    if (model, dialect) == (way.model, way.endpoint.dialect):
        return None
    raw = way.target.fidelity is Fidelity.RAW
    return replace(
        way,
        model=model,
        endpoint=replace(way.endpoint, dialect=dialect),
        target=replace(way.target, fidelity=Fidelity.SANITISED) if raw else way.target,
    )


def _fold_system(model: Model, dialect: Dialect, _: str | None) -> Fitted:
    return model, replace(dialect, fold_system=True)


def _without_marks(model: Model, dialect: Dialect, _: str | None) -> Fitted:
    dropped = dialect.drop_fields | {"cache_control"}
    return model, replace(dialect, cache_control=False, drop_fields=dropped)


def _without_thinking(model: Model, dialect: Dialect, _: str | None) -> Fitted:
    return model, replace(dialect, drop_thinking=True)


def _with_reasoning(model: Model, dialect: Dialect, _: str | None) -> Fitted:
    return model, replace(dialect, reasoning_content=True)


def _without_thinking_field(model: Model, dialect: Dialect, _: str | None) -> Fitted:
    return model, replace(dialect, drop_fields=dialect.drop_fields | {"thinking"})


def _other_efforts(model: Model, dialect: Dialect, value: str | None) -> Fitted:
    """The words that the provider names; without any, none: the provider's own default."""
    words = tuple(value.split()) if value else ()
    able = replace(model.capabilities, efforts=words)
    return replace(model, capabilities=able), replace(dialect, efforts=words)


def _lower_limit(model: Model, dialect: Dialect, value: str | None) -> Fitted | None:
    if value is None:
        return None
    return replace(model, max_output=min(model.max_output, int(value))), dialect


def _without_beta(model: Model, dialect: Dialect, value: str | None) -> Fitted | None:
    if value is None:
        return None
    return model, replace(dialect, drop_betas=dialect.drop_betas | {undated(value)})


def _plain_schemas(model: Model, dialect: Dialect, _: str | None) -> Fitted:
    rules = replace(dialect.schema, patterns="none", formats=frozenset())
    return model, replace(dialect, schema=rules)


def _without_field(model: Model, dialect: Dialect, value: str | None) -> Fitted | None:
    if value == "max_tokens":
        return model, replace(dialect, max_tokens_field="max_completion_tokens")
    if value == "max_completion_tokens":
        return model, replace(dialect, max_tokens_field="max_tokens")
    if value is None or value in _NEEDED:
        return None
    return model, replace(dialect, drop_fields=dialect.drop_fields | {value})


def _without_tool_field(model: Model, dialect: Dialect, value: str | None) -> Fitted | None:
    if value is None or value in _NEEDED_OF_TOOLS:
        return None
    return model, replace(dialect, drop_tool_fields=dialect.drop_tool_fields | {value})


def _as_system(model: Model, dialect: Dialect, _: str | None) -> Fitted:
    return model, replace(dialect, developer_role=False)


def _always_thinking(model: Model, dialect: Dialect, _: str | None) -> Fitted:
    return replace(model, capabilities=replace(model.capabilities, thinking_can_be_off=False)), dialect


_REMEDIES: Mapping[Capability, Callable[[Model, Dialect, str | None], Fitted | None]] = {
    _C.SYSTEM_TURNS: _fold_system,
    _C.CACHE_MARKS: _without_marks,
    _C.THINKING_SIGNATURE: _without_thinking,
    _C.REASONING_BACK: _with_reasoning,
    _C.THINKING_TYPE: _without_thinking_field,
    _C.THINKING_OFF: _always_thinking,
    _C.EFFORT: _other_efforts,
    _C.OUTPUT_LIMIT: _lower_limit,
    _C.OUTPUT_ROOM: _lower_limit,
    _C.BETA: _without_beta,
    _C.TOOL_SCHEMA: _plain_schemas,
    _C.FIELD: _without_field,
    _C.TOOL_FIELD: _without_tool_field,
    _C.DEVELOPER_ROLE: _as_system,
}
_UNABLE: Mapping[Capability, Callable[[Capabilities], Capabilities]] = {
    _C.IMAGES: lambda able: replace(able, vision=False),
    _C.STRUCTURED_OUTPUT: lambda able: replace(able, structured_output=False),
    _C.FORCED_TOOL: lambda able: replace(able, forced_tool_choice=False),
    _C.SAMPLING: lambda able: replace(able, sampling=False),
}
"""What the request needs: the model cannot do it, as the gate will know (`routing.eligibility`)."""
