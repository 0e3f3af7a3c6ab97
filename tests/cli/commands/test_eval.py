"""`eval savings`: a folder of sessions in, figures out; nothing is sent or written."""

import json
from pathlib import Path

import pytest

from coderouter_cli.simulation.savings import POLICIES
from tests.cli.home import Home

ASK = {"type": "user", "sessionId": "s", "message": {"role": "user", "content": "Fix the login crash"}}


def answer(number: int) -> dict[str, object]:
    written = 20_000 if number == 0 else 1_500
    read = 0 if number == 0 else 20_000 + 1_500 * (number - 1)
    usage = {"cache_creation_input_tokens": written, "cache_read_input_tokens": read, "output_tokens": 300}
    message = {"id": f"m{number}", "model": "claude-opus-4-7", "usage": usage}
    at = f"2026-03-02T09:{number:02}:00Z"
    return {"type": "assistant", "sessionId": "s", "timestamp": at, "message": message}


@pytest.fixture
def sessions(tmp_path: Path) -> Path:
    file = tmp_path / "sessions-of-mine" / "projects" / "p" / "s.jsonl"
    file.parent.mkdir(parents=True)
    lines = [ASK, *(answer(number) for number in range(4)), ASK, *(answer(number) for number in range(4, 7))]
    file.write_text("\n".join(json.dumps(line) for line in lines) + "\nbroken\n")
    return tmp_path / "sessions-of-mine"


@pytest.mark.parametrize("catalog", ["post", "today"])
@pytest.mark.parametrize("keys", ["all", "anthropic", "openai,deepseek"])
def test_the_data_has_every_policy_and_what_was_asked(
    home: Home, sessions: Path, catalog: str, keys: str
) -> None:
    options = ("--catalog", catalog, "--keys", keys, "--seeds", "2")
    data = home.run("eval", "savings", str(sessions), *options, "--json").data
    assert [line["policy"] for line in data["policies"]] == list(POLICIES)
    assert (data["transcripts"], data["turns"], data["steps"], data["draws"]) == (1, 2, 7, 2)
    assert (data["catalog"], data["broken_lines"], data["files"]) == (catalog, 1, 1)
    by_name = {line["policy"]: line for line in data["policies"]}
    assert by_name["clairvoyant"]["regret_pct"] == 0
    assert by_name["ours"]["share_at_bar"] == 1
    assert float(by_name["ours"]["cost_usd"]) >= float(by_name["clairvoyant"]["cost_usd"]) > 0
    assert 0 <= data["dearer_than_sticky"] <= 1


def test_the_same_sessions_give_the_same_figures(home: Home, sessions: Path) -> None:
    asked = ("eval", "savings", str(sessions), "--catalog", "post", "--seeds", "2", "--json")
    assert home.run(*asked).out == home.run(*asked).out


def test_a_person_reads_a_table_of_eighty_columns(home: Home, sessions: Path) -> None:
    done = home.run(
        "eval", "savings", str(sessions), "--catalog", "post", "--seeds", "1", "--needs", "classified"
    )
    assert done.code == 0
    assert "estimates" in done.out
    assert "1 line could not be read" in done.out
    table = [line for line in done.out.splitlines() if line.startswith(("Policy", *POLICIES))]
    assert len(table) == 1 + len(POLICIES)
    assert max(map(len, table)) <= 80
    assert home.snapshot() == {}


def test_mistakes_are_said_in_a_sentence(home: Home, sessions: Path, tmp_path: Path) -> None:
    missing = home.run("eval", "savings", str(tmp_path / "nowhere"))
    assert "is not a folder" in missing.text
    (tmp_path / "empty").mkdir()
    assert "No recorded answers" in home.run("eval", "savings", str(tmp_path / "empty")).text
    assert "no provider 'nobody'" in home.run("eval", "savings", str(sessions), "--keys", "nobody").text
    assert "names no provider" in home.run("eval", "savings", str(sessions), "--keys", ",").text
