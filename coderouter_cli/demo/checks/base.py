"""Helpers of the checks.

A check is a generator of what is wrong; the provider answers with the first thing. A check may lean on what
the checks before it established, because it only runs on when they found nothing.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from coderouter_cli.demo.script import HttpError
from coderouter_cli.domain.conversation import JsonObject

UNANSWERED = (
    "An assistant message with 'tool_calls' must be followed by tool messages responding to each "
    "'tool_call_id'."
)


def invalid(message: str, *, param: str | None = None, code: str | None = None) -> HttpError:
    """A 400 of the kind ``invalid_request_error``."""
    return HttpError(400, message, kind="invalid_request_error", param=param, code=code)


def missing(where: str) -> HttpError:
    """OpenAI's refusal of a request without a field."""
    message = f"Missing required parameter: '{where}'."
    return invalid(message, param=where, code="missing_required_parameter")


def bad_value(where: str, value: Any, allowed: Iterable[str]) -> HttpError:
    """OpenAI's refusal of a word that is not on its list."""
    words = ", ".join(f"'{word}'" for word in sorted(allowed))
    message = f"Invalid value: '{value}'. Supported values are: {words}."
    return invalid(message, param=where, code="invalid_value")


def unexpected_tag(where: str, value: Any, allowed: Iterable[str]) -> HttpError:
    """Anthropic's refusal of a ``type`` that is not on its list."""
    words = ", ".join(f"'{word}'" for word in sorted(allowed))
    return invalid(
        f"{where}: Input tag '{value}' found using 'type' does not match any of the expected tags: {words}"
    )


def unknown_variant(where: str, value: Any, allowed: Iterable[str]) -> HttpError:
    """DeepSeek's refusal of a word that is not on its list."""
    words = ", ".join(f"`{word}`" for word in allowed)
    return invalid(
        "Failed to deserialize the JSON body into the target type: "
        f"{where}: unknown variant `{value}`, expected one of {words}"
    )


def extras(value: JsonObject, allowed: frozenset[str], where: str) -> Iterator[HttpError]:
    """Anthropic's complaint about fields it does not know."""
    for name in value:
        if name not in allowed:
            yield invalid(f"{where}{name}: Extra inputs are not permitted")


def objects(value: Any) -> list[JsonObject]:
    """The objects of a list; nothing for anything else."""
    return [item for item in items(value) if isinstance(item, dict)]


def as_object(value: Any) -> JsonObject:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else {}


def word(value: Any) -> str:
    """A value that should be a word, as text; so that it can be looked up whatever it is."""
    return value if isinstance(value, str) else str(value)


def items(value: Any) -> list[Any]:
    """The items of a list; nothing for anything else."""
    return value if isinstance(value, list) else []


def is_number(value: Any) -> bool:
    """An integer that is not a boolean."""
    return isinstance(value, int) and not isinstance(value, bool)
