from dataclasses import FrozenInstanceError

import pytest

from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.domain.model import Capabilities, Dialect, Endpoint, Model, Provider


def model(**changes: str) -> Model:
    return Model(
        id="m",
        provider="p",
        family="f",
        max_input=1000,
        max_output=100,
        capabilities=Capabilities(),
        quality={},
        card=None,
        cache_ttl_s=300,
        wire_name=changes.get("wire_name"),
    )


def endpoint(wire: FormatName) -> Endpoint:
    return Endpoint(wire, f"/{wire}", Dialect(name=wire))


def test_the_wire_name_is_the_id_unless_another_is_given() -> None:
    assert model().name_on_wire == "m"
    assert model(wire_name="vendor-m").name_on_wire == "vendor-m"


def test_an_endpoint_in_the_clients_own_format_is_preferred() -> None:
    chat, responses = endpoint(FormatName.OPENAI_CHAT), endpoint(FormatName.OPENAI_RESPONSES)
    provider = Provider("p", "https://p", (responses, chat), "bearer", "P_KEY")
    assert provider.endpoint(FormatName.OPENAI_CHAT) is chat
    assert provider.endpoint(FormatName.ANTHROPIC_MESSAGES) is responses


def test_a_dialect_by_default_accepts_everything() -> None:
    dialect = Dialect(name="vendor")
    assert (dialect.betas, dialect.foreign_thinking) == (None, "keep")
    assert dialect.drop_fields == dialect.drop_tool_fields == frozenset()
    assert not dialect.drop_server_tools
    assert not dialect.fold_system
    assert dialect.images
    assert dialect.tools
    assert dialect.custom_tools


def test_a_model_cannot_be_changed_in_place() -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(model(), "max_input", 5)  # noqa: B010 - a plain assignment would not pass the type checker
