"""What the scripted provider serves, where, and what each provider says besides its answers."""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from coderouter_cli.demo.cache import Automatic, Counted, PromptCache
from coderouter_cli.demo.checks import CHECKS
from coderouter_cli.demo.checks.compatible import compatible_problems
from coderouter_cli.demo.claude import claude
from coderouter_cli.demo.compatible import Compatible
from coderouter_cli.demo.prompts import flat_prompt, segments
from coderouter_cli.demo.script import HttpError, ProviderName, SeenRequest
from coderouter_cli.demo.seals import encrypt, last_thought, prefix_digest, sign
from coderouter_cli.demo.voices import VOICES
from coderouter_cli.demo.voices.base import Voice
from coderouter_cli.demo.voices.gemini import GeminiVoice
from coderouter_cli.domain.conversation import FormatName, JsonObject
from coderouter_cli.domain.model import Dialect

_OPENAI_WRITES = ("gpt-5.6", "gpt-6")
"""Models from gpt-5.6 on report, and bill, cache writes."""

Headers = tuple[tuple[str, str], ...]
_GEMINI = GeminiVoice()


@dataclass(frozen=True, slots=True)
class Surface:
    """One endpoint that generates: whose, in which format, where; and its record, if it is a compatible
    provider's."""

    provider: ProviderName
    format: FormatName
    path: str
    rules: Compatible | None = None
    dialect: Dialect | None = None

    @property
    def voice(self) -> Voice:
        """How it speaks."""
        signs = self.dialect is not None and self.dialect.thought_signatures
        return _GEMINI if signs else VOICES[self.format]

    def problems(self, seen: SeenRequest) -> Iterator[HttpError]:
        """What it refuses of a request, the first first."""
        if self.rules is None or self.dialect is None:
            return CHECKS[self.format](seen)
        return compatible_problems(seen, self.rules, self.dialect)


def surfaces_of(rules: Compatible) -> list[Surface]:
    """The endpoints of a compatible provider."""
    return [
        Surface(rules.name, one.format, f"/{rules.name}{one.path}", rules, one.dialect)
        for one in rules.endpoints
    ]


SURFACES = (
    Surface("anthropic", FormatName.ANTHROPIC_MESSAGES, "/anthropic/v1/messages"),
    Surface("openai", FormatName.OPENAI_RESPONSES, "/openai/v1/responses"),
    Surface("openai", FormatName.OPENAI_CHAT, "/openai/v1/chat/completions"),
    Surface("deepseek", FormatName.ANTHROPIC_MESSAGES, "/deepseek/anthropic/v1/messages"),
    Surface("deepseek", FormatName.OPENAI_RESPONSES, "/deepseek/responses"),
    Surface("deepseek", FormatName.OPENAI_CHAT, "/deepseek/chat/completions"),
    Surface("deepseek", FormatName.OPENAI_CHAT, "/deepseek/v1/chat/completions"),
)
"""DeepSeek serves Chat below ``/v1`` as well (https://api-docs.deepseek.com)."""
ROOTS: Mapping[ProviderName, str] = {
    "anthropic": "/anthropic",
    "openai": "/openai/v1",
    "deepseek": "/deepseek",
}
MODEL_LISTS: tuple[tuple[ProviderName, str], ...] = (
    ("anthropic", "/anthropic/v1/models"),
    ("openai", "/openai/v1/models"),
    ("deepseek", "/deepseek/models"),
)
MODELS: Mapping[ProviderName, tuple[str, ...]] = {
    "anthropic": ("claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5", "claude-opus-4-7"),
    "openai": ("gpt-6.1-sol", "gpt-6.1-terra", "gpt-6-luna", "gpt-5.5", "gpt-5-mini"),
    "deepseek": ("deepseek-flash", "deepseek-v4-pro"),
}


def counted(cache: PromptCache, seen: SeenRequest) -> Counted:
    """The tokens of a request's prompt, by what its provider has cached for the model."""
    scope = f"{seen.provider}/{seen.model}"
    if seen.provider == "anthropic":
        model = claude(seen.model)
        return cache.marked(scope, segments(seen.json), model.cache_minimum if model else 1024)
    rule = Automatic(step=64, minimum=64, ttl_s=3600.0)
    if seen.provider == "openai":
        rule = Automatic(128, 1024, 1800.0, writes=seen.model.startswith(_OPENAI_WRITES))
    return cache.automatic(scope, flat_prompt(seen.json, seen.format or FormatName.OPENAI_CHAT), rule)


def signature(seen: SeenRequest, text: str) -> str:
    """How the provider signs or seals a reasoning text. Compatible ones check nothing: any word will do."""
    if seen.format is FormatName.OPENAI_RESPONSES:
        return encrypt(seen.model, text)
    if seen.format is FormatName.ANTHROPIC_MESSAGES and seen.provider != "anthropic":
        return short_digest(text.encode())
    return sign(seen.model, prefix_digest(seen.json), text, last_thought(seen.json))


def model_list(provider: ProviderName) -> JsonObject:
    """The body of a provider's list of models."""
    names = MODELS[provider]
    if provider == "anthropic":
        data = [_anthropic_model(name) for name in names]
        return {"data": data, "has_more": False, "first_id": names[0], "last_id": names[-1]}
    models = [{"id": name, "object": "model", "created": 0, "owned_by": provider} for name in names]
    return {"object": "list", "data": models}


def reply_headers(seen: SeenRequest) -> Headers:
    """What comes with every answer. Clients must not see all of it: ``openai-model`` alarms Codex, and the
    rate limits are the organisation's."""
    if seen.provider == "anthropic":
        return (
            ("request-id", request_id(seen)),
            ("anthropic-ratelimit-requests-remaining", "3999"),
            ("anthropic-organization-id", "00000000-0000-4000-8000-000000000000"),
        )
    if seen.provider == "openai":
        return (
            ("x-request-id", request_id(seen)),
            ("openai-model", seen.model),
            ("openai-version", "2020-10-01"),
            ("x-ratelimit-remaining-requests", "9999"),
        )
    return (("x-ds-trace-id", request_id(seen)),)


def request_id(seen: SeenRequest) -> str:
    """The provider's id of a request."""
    return f"req_{seen.number:06d}{short_digest(seen.body)}"


def short_digest(data: bytes) -> str:
    """Eighteen letters and digits that stand for these bytes."""
    return base64.b32encode(hashlib.sha256(data).digest()).decode().lower()[:18]


def _anthropic_model(name: str) -> JsonObject:
    return {
        "type": "model",
        "id": name,
        "display_name": name.replace("-", " ").title(),
        "created_at": "2026-01-01T00:00:00Z",
        "lifecycle": "active",
    }
