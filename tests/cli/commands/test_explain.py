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


def test_why_not_another_model(two_rows: Home) -> None:
    file = request_file(two_rows, BODIES[FormatName.ANTHROPIC_MESSAGES])
    row = two_rows.run("explain", "last", "--not", "opus", "--json")
    would = two_rows.run("explain", "--request", file, "--not", "opus")
    legacy = two_rows.run("explain", "last", "--not", "gpt-5.5")
    unknown = two_rows.run("explain", "last", "--not", "nobody")

    assert row.data["model"] == "claude-opus-5-5"
    assert row.data["why_not"] in would.out
    assert "claude-opus-5-5 was not chosen: dearer by $" in would.out
    assert "gpt-5.5 was no candidate: it is an older model" in legacy.out
    assert unknown.code == 64
    assert "knows no model 'nobody'" in unknown.err


def test_a_model_without_a_key_was_no_candidate(two_rows: Home) -> None:
    del two_rows.variables["OPENAI_API_KEY"]
    file = request_file(two_rows, BODIES[FormatName.ANTHROPIC_MESSAGES])

    assert "there is no key for openai" in two_rows.run("explain", "--request", file, "--not", "luna").out


def test_a_row_is_decided_once_more(two_rows: Home) -> None:
    done = two_rows.run("explain", "--replay", "last", "--json")

    assert done.code == 0
    assert done.data["same"] is True
    assert done.data["now"] == done.data["before"]
    assert "the same decision" in two_rows.run("explain", "--replay", name(1)).out


def test_another_answer_is_told(keyed: Home) -> None:
    file = keyed.write(keyed.user / "request.json", json.dumps(BODIES[FormatName.ANTHROPIC_MESSAGES]))
    decision = explain_file(keyed.context, file, FormatName.ANTHROPIC_MESSAGES).data["decision"]
    decision["chain"] = decision["chain"][::-1]
    kept(keyed, decision)

    done = keyed.run("explain", "--replay", "last")

    assert done.code == 70
    assert "another decision than" in done.out


def test_a_line_for_coderouter_has_nothing_to_explain(keyed: Home) -> None:
    kept(keyed, {"version": 1, "command": "why"})

    shown = keyed.run("explain", "last")
    again = keyed.run("explain", "--replay", "last")

    assert "which it answered itself" in shown.out
    assert again.code == 64


def kept(home: Home, decision: Any) -> None:
    """A ledger of one exchange with this decision."""
    home.paths.ensure()
    writer = LedgerWriter(home.paths)
    writer.start()
    writer.open(replace(opening(1), decision=decision))
    writer.close(closing(1)).result(5)
    writer.shutdown(5.0)
