"""`simulate`: the ledger, or clients' own sessions, under another strategy, other keys or other prices."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from coderouter_cli.domain.usage import Usage
from coderouter_cli.storage.ledger.writer import LedgerWriter
from tests.cli.commands.test_eval import ASK, answer
from tests.cli.home import Home
from tests.storage.ledger.samples import closing, opening

PROMPT = Usage(cache_write=30_000, output=400)


@pytest.fixture
def filled(home: Home) -> Home:
    home.paths.ensure()
    writer = LedgerWriter(home.paths)
    writer.start()
    for number in range(1, 5):
        decision = {"case": {"in_tool_loop": number % 2 == 0}}
        writer.open(replace(opening(number), requested_model="claude-opus-5-5", decision=decision))
        writer.close(replace(closing(number), usage=PROMPT, model="claude-sonnet-5-5"))
    writer.shutdown(5.0)
    return home


def test_an_empty_ledger_says_so_and_what_else_there_is(home: Home) -> None:
    done = home.run("simulate", "--keys", "anthropic")
    assert done.code == 0
    assert "holds no recorded requests" in done.out
    assert "--claude-dir" in done.out
    assert home.run("simulate", "--keys", "anthropic", "--json").data["policies"] == []


def test_the_ledger_is_replayed_at_its_own_needs(filled: Home) -> None:
    data = filled.run("simulate", "--keys", "anthropic", "--json").data
    assert (data["steps"], data["turns"], data["draws"], data["left_out"]) == (4, 2, 1, 0)
    assert (data["requested"], data["strategy"], data["catalog"]) == ("claude-opus-5-5", "balanced", "yours")


def test_another_strategy_or_other_keys_cost_something_else(filled: Home) -> None:
    def ours(*options: str) -> float:
        lines = filled.run("simulate", *options, "--json").data["policies"]
        return next(float(line["cost_usd"]) for line in lines if line["policy"] == "ours")

    careful = ours("--keys", "anthropic", "--strategy", "quality")
    frugal = ours("--keys", "anthropic", "--strategy", "frugal")
    assert frugal < careful
    assert ours("--keys", "all", "--strategy", "frugal") <= frugal


def test_a_clients_own_sessions_are_replayed_instead(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "claude" / "projects" / "p" / "s.jsonl"
    file.parent.mkdir(parents=True)
    file.write_text("\n".join(json.dumps(line) for line in (ASK, answer(0), answer(1))))
    where = str(tmp_path / "claude")
    done = home.run("simulate", "--claude-dir", where, "--keys", "all", "--catalog", "post")
    assert done.code == 0
    assert "1 session, 1 turn, 2 requests" in done.out
    assert "estimates" in done.out
