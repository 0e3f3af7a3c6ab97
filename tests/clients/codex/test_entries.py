import tomllib

import pytest

from coderouter_cli.clients.codex.entries import (
    BEGIN,
    END,
    INERT,
    block_text,
    literal,
    parsed_table,
    provider_table,
)
from coderouter_cli.clients.contract import LocalEndpoint

ENDPOINT = LocalEndpoint(4141, "crt_x")


def test_the_provider_is_never_called_openai() -> None:
    assert provider_table(ENDPOINT) == {
        "name": "CodeRouter",
        "base_url": "http://127.0.0.1:4141/v1",
        "wire_api": "responses",
        "experimental_bearer_token": "crt_x",
        "stream_idle_timeout_ms": 300_000,
    }


@pytest.mark.parametrize("table", [provider_table(ENDPOINT), INERT])
@pytest.mark.parametrize("eol", ["\n", "\r\n"])
def test_a_block_is_a_marked_table(table: dict[str, object], eol: str) -> None:
    block = block_text(eol, table)
    lines = block.split(eol)
    assert (lines[0], lines[-2], lines[-1]) == (BEGIN, END, "")
    assert tomllib.loads(block) == {"model_providers": {"coderouter": table}}
    assert parsed_table(block) == table


def test_an_inert_table_has_three_lines() -> None:
    assert len([line for line in block_text("\n", INERT).splitlines() if not line.startswith("#")]) == 3


@pytest.mark.parametrize("raw", ["", "a = 1", "model_providers = 1", "[", "[model_providers.x]"])
def test_a_text_without_our_table_has_none(raw: str) -> None:
    assert parsed_table(raw) is None


def test_literals_are_toml() -> None:
    assert [literal(value) for value in ("x", 1, True, False)] == ['"x"', "1", "true", "false"]
