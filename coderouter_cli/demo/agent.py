"""The demo's script: answers like an agent that knows the bundled workload by heart.

It recognises the ask in whatever form the router sends it on, counts the rounds of tool results since, and
makes the calls of that step with the tools it is offered; after the last step it reports. So a demo takes
the same course whichever model answers, and a tool lost on the way shows as a turn that ends early.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from coderouter_cli.demo.callers.kits import SUMMARY_ORDERS
from coderouter_cli.demo.codebase import command, needle, snippet, source
from coderouter_cli.demo.prose import opening, report, summary, thought
from coderouter_cli.demo.script import Call, Piece, Reply, Say, SeenRequest, Think
from coderouter_cli.demo.transcripts import Mark, marks, offered_tools, rounds_since, thinks, wants_schema
from coderouter_cli.demo.turns import Action, Kind, Turn

_CHUNK = 60
_MAX_ASK_SEARCH = 20_000
"""A text longer than this is a file or a guide, not an ask with something around it."""

Build = Callable[[Action, Turn], dict[str, Any] | str]


class DemoAgent:
    """A `Script` for a `ScriptedProvider`. ``turns`` are all that may be asked."""

    def __init__(self, turns: Iterable[Turn]) -> None:
        self._turns: Mapping[str, Turn] = {turn.ask.text: turn for turn in turns}

    def __call__(self, seen: SeenRequest) -> Reply:
        """The answer to a request."""
        tools = offered_tools(seen)
        found = marks(seen)
        if wants_schema(seen):
            return Reply((Say('{"title": "Work on the application"}'),), chunk=_CHUNK)
        if not tools or _orders_summary(found):
            return self._reply(seen, [Say(summary(2400, seen.provider))], "the conversation")
        position, turn = self._ask(found)
        if turn is None:
            return self._reply(seen, [Say("Done.")], "the request")
        step = rounds_since(found, position)
        if step < len(turn.steps):
            return self._reply(seen, _calls(turn, step, tools), turn.steps[step][0].path)
        return self._reply(seen, [Say(report(turn.ask.phase, turn.subject))], turn.subject)

    def _ask(self, found: list[Mark]) -> tuple[int, Turn | None]:
        """The last ask of the workload in a conversation, and where it stands."""
        for position in range(len(found) - 1, -1, -1):
            if found[position].who == "user":
                turn = self._recognised(found[position].text)
                if turn is not None:
                    return position, turn
        return -1, None

    def _recognised(self, text: str) -> Turn | None:
        turn = self._turns.get(text)
        if turn is not None or len(text) > _MAX_ASK_SEARCH:
            return turn
        return next((turn for ask, turn in self._turns.items() if ask in text), None)

    def _reply(self, seen: SeenRequest, pieces: list[Piece], path: str) -> Reply:
        """With a thought before it where the model would have one."""
        thoughts: list[Piece] = [Think(thought(path, len(seen.body)))] if thinks(seen) else []
        return Reply((*thoughts, *pieces), chunk=_CHUNK)


def _orders_summary(found: list[Mark]) -> bool:
    last = next((mark for mark in reversed(found) if mark.who == "user"), None)
    return last is not None and last.text.startswith(SUMMARY_ORDERS)


def _calls(turn: Turn, step: int, tools: Mapping[str, bool]) -> list[Piece]:
    """The calls of a step with the tools on offer; a report when none of them will do."""
    actions = turn.steps[step]
    calls = [call for call in (_call(action, turn, tools) for action in actions) if call is not None]
    if not calls:
        return [Say(report(turn.ask.phase, turn.subject))]
    said = opening(actions[0].path, turn.ask.text, step)
    return [*([Say(said)] if said else []), *calls]


def _call(action: Action, turn: Turn, tools: Mapping[str, bool]) -> Call | None:
    for name, build in _TOOLS[action.kind]:
        if name in tools:
            made = build(action, turn)
            # A custom tool's text travels as a function's only argument where custom tools are unknown.
            wrapped = {"input": made} if isinstance(made, str) and not tools[name] else made
            return Call(name, wrapped)
    return None


def _read(action: Action, turn: Turn) -> dict[str, Any]:
    del turn
    return {"file_path": f"/home/dev/app/{action.path}"}


def _read_target(action: Action, turn: Turn) -> dict[str, Any]:
    del turn
    return {"target_file": action.path}


def _shell(action: Action, turn: Turn) -> dict[str, Any]:
    return {"command": command(action, turn.language), "description": f"{action.kind} {action.path}"}


def _terminal(action: Action, turn: Turn) -> dict[str, Any]:
    return {"command": command(action, turn.language), "is_background": False}


def _exec(action: Action, turn: Turn) -> dict[str, Any]:
    return {"cmd": command(action, turn.language), "yield_time_ms": 1000}


def _grep(action: Action, turn: Turn) -> dict[str, Any]:
    del turn
    return {"query": needle(action.path)}


def _edit(action: Action, turn: Turn) -> dict[str, Any]:
    old, new = snippet(action.path, turn.language), snippet(action.path, turn.language, 1)
    return {"file_path": f"/home/dev/app/{action.path}", "old_string": old, "new_string": new}


def _write(action: Action, turn: Turn) -> dict[str, Any]:
    content = source(action.path, turn.language)[:3000]
    return {"file_path": f"/home/dev/app/{action.path}", "content": content}


def _edit_target(action: Action, turn: Turn) -> dict[str, Any]:
    edit = snippet(action.path, turn.language)
    return {"target_file": action.path, "instructions": f"Change {action.path}.", "code_edit": edit}


def _patch(action: Action, turn: Turn) -> str:
    old = snippet(action.path, turn.language).splitlines()
    new = snippet(action.path, turn.language, 1).splitlines()
    lines = [*(f"-{line}" for line in old), *(f"+{line}" for line in new)]
    head = f"*** Begin Patch\n*** Update File: {action.path}\n@@\n"
    return head + "\n".join(lines) + "\n*** End Patch\n"


def _add_file(action: Action, turn: Turn) -> str:
    lines = source(action.path, turn.language)[:3000].splitlines()
    added = "\n".join(f"+{line}" for line in lines)
    return f"*** Begin Patch\n*** Add File: {action.path}\n{added}\n*** End Patch\n"


def _delegate(action: Action, turn: Turn) -> dict[str, Any]:
    task = f"Look for everything around {action.path} that matters for this: {turn.ask.text[:40]}"
    return {"description": "Explore the code", "prompt": task, "subagent_type": "Explore"}


_RUNNING: tuple[tuple[str, Build], ...] = (
    ("Bash", _shell),
    ("run_terminal_cmd", _terminal),
    ("exec_command", _exec),
)
_TOOLS: Mapping[Kind, tuple[tuple[str, Build], ...]] = {
    Kind.READ: (("Read", _read), ("read_file", _read_target), *_RUNNING),
    Kind.SEARCH: (("grep_search", _grep), *_RUNNING),
    Kind.EDIT: (("Edit", _edit), ("edit_file", _edit_target), ("apply_patch", _patch), *_RUNNING),
    Kind.WRITE: (("Write", _write), ("edit_file", _edit_target), ("apply_patch", _add_file), *_RUNNING),
    Kind.TEST: _RUNNING,
    Kind.RUN: _RUNNING,
    Kind.DELEGATE: (("Agent", _delegate), *_RUNNING),
}
