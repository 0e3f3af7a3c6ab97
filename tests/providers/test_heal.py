"""What is left out after a refusal, and what is not."""

import json
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import pytest

from coderouter_cli.catalog.catalog import load_catalog
from coderouter_cli.domain.conversation import FormatName, JsonObject
from coderouter_cli.domain.decision import Fidelity, Target
from coderouter_cli.domain.failure import Capability, Refused
from coderouter_cli.domain.model import Capabilities, Dialect
from coderouter_cli.providers.contract import ClientRequest, Way
from coderouter_cli.providers.heal import healed, is_lasting, is_ours, taught
from coderouter_cli.providers.prepare import fidelity_of, prepare
from coderouter_cli.wire.registry import format_of

C = Capability
CATALOG = load_catalog()
MESSAGES = FormatName.ANTHROPIC_MESSAGES
BODY: JsonObject = {
    "model": "claude-opus-5-5",
    "max_tokens": 1000,
    "messages": [{"role": "user", "content": "Hi"}],
}


def asked(body: JsonObject = BODY, headers: Mapping[str, str] = MappingProxyType({})) -> ClientRequest:
    data = json.dumps(body).encode()
    return ClientRequest(MESSAGES, headers, data, body, format_of(MESSAGES).parse(body))


def way_of(request: ClientRequest, model: str) -> Way:
    known = CATALOG.models[model]
    provider = CATALOG.providers[known.provider]
    endpoint = provider.endpoint(request.format)
    fidelity = fidelity_of(request, endpoint, known)
    target = Target(provider.name, known.id, known.name_on_wire, endpoint.format, fidelity)
    return Way(target, known, provider, endpoint)


REQUEST = asked()
FLASH = way_of(REQUEST, "deepseek-flash")


def dialect_after(refused: Refused) -> Dialect:
    better = healed(REQUEST, replace_dialect(FLASH), refused)
    assert better is not None
    assert better.target == FLASH.target
    return better.endpoint.dialect


def replace_dialect(way: Way, **fields: object) -> Way:
    """The way with a dialect that accepts everything else."""
    return replace(way, endpoint=replace(way.endpoint, dialect=Dialect("any", **fields)))  # type: ignore[arg-type]  # any field


def test_what_is_refused_stays_behind() -> None:
    assert dialect_after(Refused(C.SYSTEM_TURNS)).fold_system
    assert not dialect_after(Refused(C.CACHE_MARKS)).cache_control
    assert dialect_after(Refused(C.THINKING_SIGNATURE)).drop_thinking
    assert dialect_after(Refused(C.REASONING_BACK)).reasoning_content
    assert dialect_after(Refused(C.THINKING_TYPE, "adaptive")).refuses("thinking")
    assert dialect_after(Refused(C.BETA, "effort-2025-11-24")).drop_betas == {"effort"}
    assert dialect_after(Refused(C.FIELD, "metadata")).refuses("metadata")
    assert dialect_after(Refused(C.FIELD, "max_completion_tokens")).max_tokens_field == "max_tokens"
    assert dialect_after(Refused(C.TOOL_FIELD, "strict")).refuses_in_tool("strict")
    assert not dialect_after(Refused(C.DEVELOPER_ROLE)).developer_role
    plain = dialect_after(Refused(C.TOOL_SCHEMA)).schema
    assert (plain.patterns, plain.formats) == ("none", frozenset())


def test_what_a_model_cannot_do_is_the_models() -> None:
    lower = healed(REQUEST, FLASH, Refused(C.OUTPUT_LIMIT, "500"))
    weaker = healed(REQUEST, FLASH, Refused(C.EFFORT, "low high"))
    silent = healed(REQUEST, FLASH, Refused(C.EFFORT))
    always = healed(REQUEST, FLASH, Refused(C.THINKING_OFF))
    assert lower is not None
    assert weaker is not None
    assert silent is not None
    assert always is not None
    assert lower.model.max_output == 500
    assert weaker.model.capabilities.efforts == ("low", "high")
    assert silent.model.capabilities.efforts == ()
    assert not always.model.capabilities.thinking_can_be_off


@pytest.mark.parametrize(
    "refused",
    [
        Refused(C.IMAGES),
        Refused(C.DOCUMENTS),
        Refused(C.MEDIA_BUDGET),
        Refused(C.STRUCTURED_OUTPUT),
        Refused(C.FORCED_TOOL),
        Refused(C.SAMPLING),
        Refused(C.PROMPT_LENGTH),
        Refused(C.OUTPUT_LIMIT),
        Refused(C.BETA),
        *(Refused(C.FIELD, name) for name in ("messages", "tools", "tool_choice", "stop_sequences", "text")),
        Refused(C.TOOL_FIELD, "input_schema"),
        Refused(C.REASONING_BACK),
        Refused(C.CACHE_MARKS) if not FLASH.endpoint.dialect.cache_control else Refused(C.FIELD),
    ],
    ids=str,
)
def test_what_is_needed_or_gone_already_is_not_healed(refused: Refused) -> None:
    gone = replace(FLASH.endpoint.dialect, drop_fields=FLASH.endpoint.dialect.drop_fields | {"cache_control"})
    way = replace(FLASH, endpoint=replace(FLASH.endpoint, dialect=gone))
    assert healed(REQUEST, way, refused) is None


@pytest.mark.parametrize(
    ("refused", "able"),
    [
        (C.IMAGES, "vision"),
        (C.STRUCTURED_OUTPUT, "structured_output"),
        (C.FORCED_TOOL, "forced_tool_choice"),
        (C.SAMPLING, "sampling"),
    ],
)
def test_what_cannot_be_left_out_makes_the_model_unable(refused: Capability, able: str) -> None:
    way = replace(FLASH, model=replace(FLASH.model, capabilities=Capabilities()))
    unable = taught(REQUEST, way, Refused(refused)).model.capabilities
    assert getattr(way.model.capabilities, able)
    assert not getattr(unable, able)
    assert taught(REQUEST, way, Refused(C.MEDIA_BUDGET)) is way


def test_the_clients_own_words_to_its_own_model_are_not_ours() -> None:
    own, other = way_of(REQUEST, "claude-opus-5-5"), way_of(REQUEST, "claude-sonnet-5-5")
    assert own.target.fidelity is other.target.fidelity is Fidelity.RAW
    assert (is_ours(REQUEST, own), is_ours(REQUEST, other), is_ours(REQUEST, FLASH)) == (False, True, True)
    assert healed(REQUEST, own, Refused(C.OUTPUT_LIMIT, "500")) is None
    assert taught(REQUEST, own, Refused(C.IMAGES)) is own
    better = healed(REQUEST, other, Refused(C.OUTPUT_LIMIT, "500"))
    assert better is not None
    assert better.target.fidelity is Fidelity.SANITISED
    assert json.loads(prepare(REQUEST, better, None).call.body)["max_tokens"] == 500


def test_a_refused_beta_leaves_with_the_field_it_is_for() -> None:
    body = BODY | {"context_management": {"edits": []}}
    betas = "context-management-2025-06-27,effort-2025-11-24"
    request = asked(body, {"anthropic-beta": betas})
    way = way_of(request, "claude-sonnet-5-5")
    better = healed(request, way, Refused(C.BETA, "context-management-2025-06-27"))
    assert better is not None
    before, after = prepare(request, way, None).call, prepare(request, better, None).call
    assert dict(before.headers)["anthropic-beta"] == betas
    assert dict(after.headers)["anthropic-beta"] == "effort-2025-11-24"
    assert b"context_management" in before.body


def test_thinking_leaves_a_translated_request_too() -> None:
    thought = {"type": "thinking", "thinking": "Hm.", "signature": "s"}
    said = {"type": "text", "text": "Done."}
    talk = [*BODY["messages"], {"role": "assistant", "content": [thought, said]}, *BODY["messages"]]
    request = asked(BODY | {"messages": talk})
    sol = way_of(request, "gpt-6.1-sol")
    better = healed(request, sol, Refused(C.THINKING_SIGNATURE))
    assert better is not None
    assert b"Done." in prepare(request, better, None).call.body
    assert b"Hm." not in prepare(request, better, None).call.body


def test_room_for_the_answer_is_a_matter_of_one_request() -> None:
    assert not is_lasting(Refused(C.OUTPUT_ROOM, "5000"))
    assert is_lasting(Refused(C.OUTPUT_LIMIT, "5000"))
    assert is_lasting(Refused(C.IMAGES))
    assert not is_lasting(Refused(C.IMAGES, of_request=True))
