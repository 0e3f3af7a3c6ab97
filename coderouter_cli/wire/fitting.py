"""What every format does for a provider's dialect of it: fields, limits, sampling, names."""

from typing import Any

from coderouter_cli.domain.conversation import Conversation, JsonObject
from coderouter_cli.domain.model import Dialect, Model
from coderouter_cli.wire.toolnames import flat_name


def fitted_body(body: JsonObject, dialect: Dialect, behind: frozenset[str] = frozenset()) -> JsonObject:
    """The body without the fields the provider refuses, and those left ``behind``; with its own ones last."""
    kept = {key: value for key, value in body.items() if not dialect.refuses(key) and key not in behind}
    return kept | dict(dialect.extra_fields)


def most_output(model: Model, dialect: Dialect) -> int:
    """The largest limit of output tokens that model and endpoint accept."""
    return model.max_output if dialect.max_output is None else min(model.max_output, dialect.max_output)


def fitted_sampling(body: JsonObject, model: Model, dialect: Dialect, names: tuple[str, ...]) -> JsonObject:
    """The body without the sampling settings ``names`` where the model takes none, and with a
    temperature the provider accepts."""
    if not model.capabilities.sampling:
        return {key: value for key, value in body.items() if key not in names}
    temperature: Any = body.get("temperature")
    if dialect.temperatures is None or not _is_number(temperature):
        return body
    low, high = dialect.temperatures
    moved = min(max(temperature, low), high)
    return body if moved == temperature else {**body, "temperature": moved}


def fitted_name(name: str, dialect: Dialect) -> str:
    """A tool's name, shortened the same way every time when it is too long for this provider."""
    return name if len(name) <= dialect.max_tool_name else flat_name(name)


def is_forced(conversation: Conversation) -> bool:
    """Whether the client insists on a tool call."""
    choice = conversation.tool_choice
    return choice is not None and choice.mode in {"required", "tool"}


def is_forceable(mode: str, model: Model, dialect: Dialect) -> bool:
    """Whether model and provider take this mode of a tool choice."""
    if dialect.refuses_choice(mode):
        return False
    return mode not in {"required", "tool"} or model.capabilities.forced_tool_choice


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
