import pytest

from coderouter_cli.clients import CLIENTS, client_named
from coderouter_cli.clients.contract import KeyRecord, LocalEndpoint
from coderouter_cli.errors import UsageError
from tests.clients.machine import TOKEN, Machine


@pytest.mark.parametrize(
    ("port", "token"), [(0, "crt_x"), (65536, "crt_x"), (1, ""), (1, 'a"b'), (1, "a b"), (1, "a\n"), (1, "ä")]
)
def test_an_endpoint_that_cannot_be_written_down_is_refused(port: int, token: str) -> None:
    with pytest.raises(ValueError, match=r"port|token") as caught:
        LocalEndpoint(port, token)
    assert not token or token not in str(caught.value).split("letters")[0]


def test_values_do_not_print_what_they_hold(machine: Machine) -> None:
    endpoint = LocalEndpoint(4141, TOKEN)
    assert endpoint.origin == "http://127.0.0.1:4141"
    record = KeyRecord(
        ("a",), had_before=True, old_raw="old-secret", new_raw=TOKEN, earlier=("earlier-secret",)
    )
    shown = [repr(value) for value in (endpoint, record, *map(machine.plan, (machine.claude, machine.codex)))]
    assert not [text for text in shown if TOKEN in text or "secret" in text]
    assert record.written == (TOKEN, "earlier-secret")


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: str(client.name))
def test_every_registered_client_fulfils_the_contract(client: object, machine: Machine) -> None:
    known = client_named(getattr(client, "name", ""))
    assert known is client
    plan = known.plan(LocalEndpoint(4141, TOKEN), {}, machine.home)
    assert plan.client == known.name
    assert plan.changed
    assert plan.before is plan.original is None
    assert TOKEN in plan.diff(mask=False)
    assert TOKEN not in plan.diff()
    assert str(plan.file) in plan.diff()
    assert known.title
    assert known.manual_steps()
    assert known.detect({}, machine.home).config_file == known.config_file({}, machine.home) == plan.file
    assert known.overrides({}, machine.home, machine.root) == ()


def test_names_are_unique_and_an_unknown_one_is_a_usage_error() -> None:
    assert len({client.name for client in CLIENTS}) == len(CLIENTS)
    with pytest.raises(UsageError) as caught:
        client_named("emacs")
    assert "claude-code, codex" in caught.value.next_step
