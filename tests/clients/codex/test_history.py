import json
from pathlib import Path

import pytest

from coderouter_cli.clients.codex import inert_table_needed


def session(home: Path, name: str, head: object) -> None:
    file = home / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text((head if isinstance(head, str) else json.dumps(head)) + "\n{}\n")


def head(provider: str) -> dict[str, object]:
    return {
        "type": "session_meta",
        "payload": {"model_provider": provider, "base_instructions": {"text": "x" * 30_000}},
    }


@pytest.mark.parametrize("folder", ["sessions/2026/11/23", "archived_sessions"])
def test_one_session_of_ours_among_others_is_enough(tmp_path: Path, folder: str) -> None:
    session(tmp_path, "sessions/2026/11/24/rollout-2.jsonl", head("openai"))
    assert not inert_table_needed(tmp_path)
    session(tmp_path, f"{folder}/rollout-1.jsonl", head("coderouter"))
    assert inert_table_needed(tmp_path)


@pytest.mark.parametrize("line", ["", "not json", "[]", '{"payload": 1}', '"coderouter"', "[" * 100_000])
def test_sessions_that_cannot_be_read_do_not_count(tmp_path: Path, line: str) -> None:
    session(tmp_path, "sessions/a.jsonl", line)
    (tmp_path / "sessions" / "directory.jsonl").mkdir()
    assert not inert_table_needed(tmp_path)


def test_no_codex_no_sessions(tmp_path: Path) -> None:
    assert not inert_table_needed(tmp_path / "nowhere")
