"""Rollouts of Codex, in small."""

import json
from pathlib import Path
from typing import Any

from coderouter_cli.clients.codex.transcripts import read_archive
from coderouter_cli.domain.transcript import Transcript

Line = dict[str, Any]


def event(kind: str, at: int = 0, **payload: Any) -> Line:
    return {
        "type": "event_msg",
        "timestamp": f"2026-03-01T00:{at:02}:00Z",
        "payload": {"type": kind, **payload},
    }


def counted(at: int, total: int, prompt: int, cached: int = 0, output: int = 5) -> Line:
    last = {"input_tokens": prompt, "cached_input_tokens": cached, "output_tokens": output}
    info = {"total_token_usage": {"total_tokens": total}, "last_token_usage": last}
    return event("token_count", at, info=info)


def context(model: str) -> Line:
    return {"type": "turn_context", "payload": {"model": model}}


def read(folder: Path, *lines: Line) -> list[Transcript]:
    path = folder / "sessions" / "2026" / "03" / "01" / "rollout-1.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text("\n".join(json.dumps(line) for line in lines))
    return list(read_archive(folder).transcripts)


def test_an_answer_counts_once_however_often_its_event_is_repeated(tmp_path: Path) -> None:
    lines = [counted(1, 105, 100, 40), counted(2, 105, 100, 40), event("token_count", 3, info=None)]
    (found,) = read(
        tmp_path, context("gpt-5"), event("user_message", message="go"), *lines, counted(4, 210, 100)
    )
    steps = list(found.steps)
    assert [(step.usage.input, step.usage.cache_read, step.usage.output) for step in steps] == [
        (60, 40, 5),
        (100, 0, 5),
    ]
    assert {step.model for step in steps} == {"gpt-5"}


def test_the_model_is_that_of_the_last_context(tmp_path: Path) -> None:
    (found,) = read(tmp_path, context("a"), counted(1, 1, 10), context("b"), counted(2, 2, 10))
    assert [step.model for step in found.steps] == ["a", "b"]


def test_people_begin_turns_and_surroundings_do_not(tmp_path: Path) -> None:
    block = {"role": "user", "content": [{"text": "<environment_context>cwd</environment_context>"}]}
    surroundings = {"type": "response_item", "payload": {"type": "message", **block}}
    asks = [event("user_message", message=text) for text in ("one", "two")]
    (found,) = read(
        tmp_path,
        surroundings,
        asks[0],
        counted(1, 1, 10),
        surroundings,
        counted(2, 2, 10),
        asks[1],
        counted(3, 3, 10),
    )
    assert [(turn.text, len(turn.steps)) for turn in found.threads[0].turns] == [("one", 2), ("two", 1)]


def test_older_files_have_the_asks_in_the_history_only(tmp_path: Path) -> None:
    ask = {"type": "response_item", "payload": {"role": "user", "content": [{"text": "do it"}]}}
    (found,) = read(tmp_path, ask, counted(1, 1, 10))
    assert found.threads[0].turns[0].text == "do it"


def test_a_compaction_begins_the_history_anew(tmp_path: Path) -> None:
    lines = (counted(1, 1, 10), {"type": "compacted", "payload": {}}, counted(2, 2, 10))
    (found,) = read(tmp_path, event("user_message", message="x"), *lines)
    assert [step.fresh for step in found.steps] == [True, True]
    assert len(found.threads[0].turns) == 1


def test_the_session_and_a_subagent_are_named(tmp_path: Path) -> None:
    meta = {"type": "session_meta", "payload": {"id": "abc", "source": {"subagent": "review"}}}
    (found,) = read(tmp_path, meta, counted(1, 1, 10))
    assert (found.session, found.threads[0].agent, found.client) == ("abc", "subagent", "codex")
