"""Session files of Claude Code, in small: what makes them hard to count, one thing at a time."""

import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.clients.claude_code.transcripts import read_archive
from coderouter_cli.domain.transcript import Transcript

Line = dict[str, Any]


def said(text: str, **more: Any) -> Line:
    return {"type": "user", "sessionId": "s", "message": {"role": "user", "content": text}, **more}


def result(**more: Any) -> Line:
    return {"type": "user", "sessionId": "s", "message": {"content": [{"type": "tool_result"}]}, **more}


def answered(name: str | None, at: int, output: int = 9, **more: Any) -> Line:
    usage = more.pop("usage", {"input_tokens": 3, "cache_read_input_tokens": 100, "output_tokens": output})
    model = more.pop("model", "claude-sonnet-4-5")
    message = {"model": model, "usage": usage, **({} if name is None else {"id": name})}
    return {
        "type": "assistant",
        "sessionId": "s",
        "timestamp": f"2026-03-01T00:{at:02}:00Z",
        "message": message,
        **more,
    }


def read(folder: Path, **files: list[Line]) -> list[Transcript]:
    for name, lines in files.items():
        path = folder / "projects" / "p" / f"{name.replace('__', '/subagents/')}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(json.dumps(line) for line in lines))
    return list(read_archive(folder).transcripts)


def outputs(transcript: Transcript) -> list[list[list[int]]]:
    """Threads of turns of steps, each step as its output tokens."""
    return [
        [[step.usage.output for step in turn.steps] for turn in thread.turns] for thread in transcript.threads
    ]


def test_one_answer_in_several_lines_counts_once_with_its_largest_count(tmp_path: Path) -> None:
    lines = [said("hi"), answered("a", 1, 2), answered("a", 1, 40), answered("a", 2, 7), answered("b", 3, 5)]
    (found,) = read(tmp_path, s=lines)
    assert outputs(found) == [[[40, 5]]]
    assert next(found.steps).at.minute == 1


def test_results_of_tools_stay_in_the_turn_and_people_begin_one(tmp_path: Path) -> None:
    reminder = said("<system-reminder>mind the time</system-reminder>")
    lines = [
        said("first"), answered("a", 1), result(), answered("b", 2), reminder, answered("c", 3),
        said("caveat", isMeta=True), said("second"), answered("d", 4),
    ]  # fmt: skip
    (found,) = read(tmp_path, s=lines)
    (thread,) = found.threads
    assert [(turn.text, len(turn.steps)) for turn in thread.turns] == [("first", 3), ("second", 1)]
    assert [step.fresh for step in found.steps] == [True, False, False, True]


def test_a_command_begins_a_turn_and_an_interruption_does_not(tmp_path: Path) -> None:
    command = said("<command-name>/review</command-name><command-args>the parser</command-args>")
    lines = [said("x"), answered("a", 1), said("[Request interrupted by user]"), answered("b", 2), command]
    (found,) = read(tmp_path, s=[*lines, answered("c", 3)])
    assert [turn.text for turn in found.threads[0].turns] == ["x", "the parser"]


def test_after_a_compaction_a_step_is_fresh_inside_its_turn(tmp_path: Path) -> None:
    lines = [said("x"), answered("a", 1), said("This session is being continued", isCompactSummary=True)]
    (found,) = read(tmp_path, s=[*lines, answered("b", 2)])
    assert outputs(found) == [[[9, 9]]]
    assert [step.fresh for step in found.steps] == [True, True]


def test_subagents_are_threads_of_their_session_and_what_they_repeat_is_the_parents(tmp_path: Path) -> None:
    main = [said("x"), answered("a", 1), answered("b", 2)]
    side: Line = {"isSidechain": True, "agentId": "q"}
    (found,) = read(tmp_path, s=main, s__agent=[answered("a", 1, 99, **side), answered("c", 3, **side)])
    assert outputs(found) == [[[99, 9]], [[9]]]
    assert [thread.agent for thread in found.threads] == [None, "q"]


def test_an_answer_belongs_outside_the_side_chain_whichever_came_first(tmp_path: Path) -> None:
    side = answered("a", 1, isSidechain=True, agentId="q")
    (found,) = read(tmp_path, a=[side], s=[said("x"), answered("a", 1)])
    assert [thread.agent for thread in found.threads] == [None]


def test_old_side_chains_without_a_name_are_told_apart_by_their_first_line(tmp_path: Path) -> None:
    def chained(own: str, parent: str | None, line: Line) -> Line:
        return {**line, "isSidechain": True, "uuid": own, "parentUuid": parent}

    lines = [
        chained("1", None, said("x")), chained("2", "1", answered("a", 1)),
        chained("3", None, said("y")), chained("4", "3", answered("b", 2)),
        chained("5", "2", answered("c", 3)),
    ]  # fmt: skip
    (found,) = read(tmp_path, s=lines)
    assert outputs(found) == [[[9, 9]], [[9]]]


def test_caches_are_read_by_their_time(tmp_path: Path) -> None:
    parts = {"ephemeral_5m_input_tokens": 5, "ephemeral_1h_input_tokens": 7}
    split = {
        "input_tokens": 1,
        "cache_creation_input_tokens": 12,
        "cache_creation": parts,
        "output_tokens": 2,
    }
    whole = {"input_tokens": 1, "cache_creation_input_tokens": 12, "output_tokens": 2}
    (found,) = read(tmp_path, s=[answered("a", 1, usage=split), answered("b", 2, usage=whole)])
    assert [(step.usage.cache_write, step.usage.cache_write_long) for step in found.steps] == [
        (5, 7),
        (12, 0),
    ]


def test_answers_without_an_id_are_answers_and_made_up_ones_are_not(tmp_path: Path) -> None:
    lines = [answered(None, 1), answered(None, 2), answered("z", 3, model="<synthetic>")]
    (found,) = read(tmp_path, s=lines)
    assert outputs(found) == [[[9, 9]]]


def test_usage_told_of_in_progress_is_no_answer_of_its_own(tmp_path: Path) -> None:
    progress = {"type": "progress", "sessionId": "s", "data": {"message": answered("a", 1, 50)}}
    (found,) = read(tmp_path, s=[answered("a", 1, 4), progress])
    assert outputs(found) == [[[50]]]


def test_broken_lines_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text('{"type": "assistant"}\n{"type": "user", "message": 5}\nnonsense\n')
    found = read_archive(tmp_path)
    assert (found.transcripts, found.files, found.broken) == ((), 1, 1)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "message", "usage", "id", "content", "text", "timestamp", "data", "isSidechain"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(lines=st.lists(JSON, max_size=6))
def test_no_line_ends_the_reading(lines: list[Any], tmp_path_factory: Any) -> None:
    file = tmp_path_factory.mktemp("odd") / "s.jsonl"
    kinds = ("assistant", "user", "progress")
    odd = [{**line, "type": kind} if isinstance(line, dict) else line for line in lines for kind in kinds]
    file.write_text("\n".join(json.dumps(line) for line in odd))
    assert read_archive(file.parent).files == 1
