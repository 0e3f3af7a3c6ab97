"""`explain`: a decision that was made, or one that would be."""

import json
from dataclasses import replace
from typing import Any

import pytest

from coderouter_cli.cli.commands.explain import explain_file
from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.storage.ledger.writer import LedgerWriter
from tests.cli.home import KEY, Home
from tests.cli.requests import BODIES, TEXT
from tests.storage.ledger.samples import closing, name, opening


@pytest.fixture
def keyed(home: Home) -> Home:
    """A home with keys for the three providers."""
    home.write(home.config, 'key_store = "env"\n')
    home.variables |= {f"{name}_API_KEY": KEY for name in ("ANTHROPIC", "OPENAI", "DEEPSEEK")}
    return home


def request_file(home: Home, body: Any) -> str:
    return str(home.write(home.user / "request.json", body if isinstance(body, str) else json.dumps(body)))


@pytest.mark.parametrize("wire_format", FormatName)
def test_where_a_request_would_go(keyed: Home, wire_format: FormatName) -> None:
    file = request_file(keyed, BODIES[wire_format])
    before = keyed.snapshot()

    done = keyed.run("explain", "--request", file, "--format", wire_format.value)
    as_json = keyed.run("explain", "--request", file, "--format", wire_format.value, "--json")

    assert done.code == as_json.code == 0
    decision = as_json.data["decision"]
    assert as_json.data["sent"] is False
    assert decision["case"]["requested"] == BODIES[wire_format]["model"]
    assert done.out.startswith(f"{decision['chain'][0]['model']} at ")
    assert "implement" in done.out
    assert "Candidate" in done.out
    assert TEXT not in done.out + as_json.out
    assert keyed.snapshot() == before


def test_messages_is_the_usual_format(keyed: Home) -> None:
    file = request_file(keyed, BODIES[FormatName.ANTHROPIC_MESSAGES])

    assert keyed.run("explain", "--request", file).code == 0


@pytest.mark.parametrize(
    ("body", "code", "says"),
    [
        ("{ broken", 65, "JSON"),
        ("[]", 65, "object"),
        ("{}", 65, "`messages` is required"),
        ('{"model": "claude-opus-4-7", "messages": 3}', 65, "messages"),
    ],
)
def test_a_bad_file_is_said_what_is_wrong_with_it(keyed: Home, body: str, code: int, says: str) -> None:
    done = keyed.run("explain", "--request", request_file(keyed, body))

    assert done.code == code
    assert says in done.err
    assert "request.json was read as anthropic_messages" in done.err


def test_no_file_at_all(keyed: Home) -> None:
    missing = keyed.run("explain", "--request", str(keyed.user / "missing.json"))
    directory = keyed.run("explain", "--request", str(keyed.user), "--json")

    assert missing.code == directory.code == 64
    assert "missing.json cannot be read" in missing.err
    assert "cannot be read" in directory.error["message"]


def test_without_any_key_there_is_no_way(home: Home) -> None:
    home.write(home.config, 'key_store = "env"\n')

    done = home.run("explain", "--request", request_file(home, BODIES[FormatName.OPENAI_CHAT]), "--json",
                    "--format", "openai_chat")  # fmt: skip

    assert done.code == 69
    assert done.error["code"] in {"no_route", "missing_key"}


@pytest.fixture
def two_rows(keyed: Home) -> Home:
    """A ledger with two exchanges whose decisions are real."""
    file = keyed.write(keyed.user / "request.json", json.dumps(BODIES[FormatName.ANTHROPIC_MESSAGES]))
    decision = explain_file(keyed.context, file, FormatName.ANTHROPIC_MESSAGES).data["decision"]
    keyed.paths.ensure()
    writer = LedgerWriter(keyed.paths)
    writer.start()
    for number in (1, 2):
        writer.open(replace(opening(number), decision=decision))
        writer.close(closing(number)).result(5)
    writer.shutdown(5.0)
    return keyed


@pytest.mark.parametrize("asked", ["last", "LAST", name(2)])
def test_an_exchange_by_its_id_or_the_last(two_rows: Home, asked: str) -> None:
    done = two_rows.run("explain", asked)
    as_json = two_rows.run("explain", asked, "--json")

    assert done.code == as_json.code == 0
    assert f"Request {name(2)}" in done.out
    assert as_json.data["sent"] is True
    assert as_json.data["id"] == name(2)
    assert as_json.data["cost_usd"] == "0.00123456789"
    assert len(as_json.data["attempts"]) == 2
    assert as_json.data["decision"]["case"]["requested"] == "claude-opus-4-7"


def test_the_beginning_of_an_id_must_be_enough(two_rows: Home) -> None:
    many = two_rows.run("explain", name(2)[:-1])
    none = two_rows.run("explain", "7ZZZ")
    odd = two_rows.run("explain", "what?", "--json")

    assert many.code == none.code == odd.code == 64
    assert "2 exchanges have an id like" in many.err
    assert "Give more of it." in many.err
    assert "No exchange has an id like '7ZZZ'" in none.err
    assert "coderouter report" in odd.error["next_step"]
