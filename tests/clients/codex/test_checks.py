import pytest

from coderouter_cli.clients.codex.checks import prove_put, prove_taken_out, refuse_foreign
from coderouter_cli.clients.codex.entries import provider_table
from coderouter_cli.clients.contract import LocalEndpoint
from coderouter_cli.clients.edit_toml import TomlText
from coderouter_cli.errors import PatchError

WANTED = provider_table(LocalEndpoint(4141, "crt_x"))
SELECTED = 'model_provider = "coderouter"\n'
TABLE = (
    '[model_providers.coderouter]\nname = "CodeRouter"\nbase_url = "http://127.0.0.1:4141/v1"\n'
    'wire_api = "responses"\nexperimental_bearer_token = "crt_x"\nstream_idle_timeout_ms = 300000\n'
)


def document(text: str) -> TomlText:
    return TomlText("f", "", text)


def test_exactly_our_keys_are_let_through() -> None:
    prove_put(document('a = 1\nmodel_provider = "x"\n'), document(SELECTED + "a = 1\n" + TABLE), WANTED)
    prove_taken_out(document(SELECTED + "a = 1\n" + TABLE), document("a = 1\n"))


@pytest.mark.parametrize(
    "after",
    [
        SELECTED + "a = 2\n" + TABLE,
        SELECTED + "a = true\n" + TABLE,
        SELECTED + "a = 1\nb = 1\n" + TABLE,
        SELECTED + TABLE,
        "a = 1\n" + TABLE,
        SELECTED + "a = 1\n" + TABLE.replace("4141", "4142"),
        SELECTED + "a = 1\n" + TABLE + "extra = 1\n",
        SELECTED + SELECTED + "a = 1\n" + TABLE,
    ],
)
def test_anything_else_is_stopped(after: str) -> None:
    with pytest.raises(PatchError, match="without changing something else"):
        prove_put(document("a = 1\n"), document(after), WANTED)


@pytest.mark.parametrize("after", ["a = 2\n", "", "a = 1\n[model_providers.b]\n", "a = 1\na = 1\n"])
def test_taking_out_more_or_less_is_stopped(after: str) -> None:
    with pytest.raises(PatchError, match="without changing something else"):
        prove_taken_out(document(SELECTED + "a = 1\n" + TABLE), document(after))


def test_providers_that_are_no_table_stay_what_they_are() -> None:
    prove_taken_out(document(SELECTED + "model_providers = 1\n"), document("model_providers = 1\n"))
    with pytest.raises(PatchError, match="in braces"):
        refuse_foreign(document("model_providers = 1\n"), WANTED)


def test_our_own_table_is_not_foreign() -> None:
    refuse_foreign(document(TABLE), WANTED)
    refuse_foreign(document("a = 1\n"), WANTED)
