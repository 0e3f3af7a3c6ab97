"""Reads the session files of Claude Code: ``projects/<project>/<session>.jsonl`` and subagents beside them.

One answer is written as several lines with the same ``message.id``, the early ones with partial counts;
files of subagents, side questions and resumed sessions repeat lines of others; usage of subagents stands
in ``progress`` lines again (measured on files of 2.0.8 to 2.1.140). So an answer counts once: by the id of
its message, with the largest count found, in the first place outside a side chain. A line without an id
is an answer of its own. Answers the client made up itself (model ``<synthetic>``) cost nothing.

Counts of output in files written before an answer was complete are too low; nothing tells by how much.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from coderouter_cli.classify.humantext import own_words
from coderouter_cli.clients.sessions import Lines, Weaver, count_of, member, moment_of, session_files
from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.transcript import Archive, Step, Thread, Transcript
from coderouter_cli.domain.usage import Usage

CLIENT = "claude-code"
_FOLDERS = (".claude/projects", "projects")
_SYNTHETIC = "<synthetic>"
_COMMAND = "<command-name>"
_Answer = str | int
"""What tells one answer from another: its message's id, or a number of our own."""


class _Place(NamedTuple):
    """One message history: the project's folder, the session, the subagent or where the side chain began."""

    folder: str
    session: str
    agent: str | None


@dataclass(frozen=True, slots=True)
class _Seen:
    """An answer where a file first shows it."""

    answer: _Answer
    at: datetime
    model: str
    said: str | None
    fresh: bool


@dataclass(slots=True)
class _Chain:
    """What came since the last answer in one message history."""

    said: str | None = ""
    compacted: bool = False
    seen: list[_Seen] = field(default_factory=list)
    answers: set[_Answer] = field(default_factory=set)


def read_archive(directory: Path) -> Archive:
    """All sessions below a directory: a home, ``~/.claude``, or any folder with session files."""
    files = [
        file for file in session_files(directory, _FOLDERS, "*.jsonl") if not file.name.startswith("rollout-")
    ]
    reader = _Reader()
    broken = sum(reader.read(file) for file in files)
    return Archive(tuple(reader.transcripts()), len(files), broken)


@dataclass(slots=True)
class _Reader:
    chains: dict[_Place, _Chain] = field(default_factory=dict)
    usages: dict[_Answer, Usage] = field(default_factory=dict)
    owners: dict[_Answer, _Place] = field(default_factory=dict)
    _roots: dict[str, str] = field(default_factory=dict)

    def read(self, file: Path) -> int:
        """Read one file; gives the number of broken lines."""
        lines = Lines(file)
        folder = str(file.parent.parent.parent if file.parent.name == "subagents" else file.parent)
        for line in lines:
            place = self._place(line, folder)
            kind = line.get("type")
            if kind == "assistant":
                self._answered(line, place)
            elif kind == "progress":
                self._counted(member(member(line, "data"), "message"))
            else:
                self._heard(line, self.chains.setdefault(place, _Chain()))
        return lines.broken

    def transcripts(self) -> Iterator[Transcript]:
        """What was read, session by session."""
        sessions = defaultdict[tuple[str, str], list[Thread]](list)
        for place, chain in self.chains.items():
            weaver = Weaver()
            for seen in chain.seen:
                if self.owners[seen.answer] == place:
                    step = Step(seen.at, seen.model, self.usages[seen.answer], fresh=seen.fresh)
                    weaver.add(step, seen.said)
            turns = weaver.woven()
            if turns:
                sessions[place.folder, place.session].append(Thread(turns, place.agent))
        for (_, session), threads in sessions.items():
            yield Transcript(CLIENT, session, tuple(threads))

    def _place(self, line: JsonObject, folder: str) -> _Place:
        session = str(line.get("sessionId"))
        agent = line.get("agentId")
        if line.get("isSidechain") and not isinstance(agent, str):
            agent = self._root(line)
        return _Place(folder, session, agent if isinstance(agent, str) else None)

    def _root(self, line: JsonObject) -> str:
        """The first line of a side chain that names no subagent, as files before 2.0.40 have them."""
        own, parent = str(line.get("uuid")), line.get("parentUuid")
        root = self._roots.get(parent, own) if isinstance(parent, str) else own
        self._roots[own] = root
        return root

    def _heard(self, line: JsonObject, chain: _Chain) -> None:
        if line.get("isCompactSummary") or line.get("subtype") == "compact_boundary":
            chain.compacted = True
        elif line.get("type") == "user" and not line.get("isMeta"):
            said = _said(member(line, "message").get("content"))
            chain.said = chain.said if said is None else said

    def _answered(self, line: JsonObject, place: _Place) -> None:
        answer, at = self._counted(line), moment_of(line.get("timestamp"))
        if answer is None or at is None:
            return
        chain = self.chains.setdefault(place, _Chain())
        owner = self.owners.setdefault(answer, place)
        if owner.agent is not None and place.agent is None:
            self.owners[answer] = place
        if answer in chain.answers:
            return
        fresh = chain.said is not None or chain.compacted
        chain.answers.add(answer)
        chain.seen.append(_Seen(answer, at, str(line["message"].get("model")), chain.said, fresh))
        chain.said, chain.compacted = None, False

    def _counted(self, line: JsonObject) -> _Answer | None:
        """Note an answer's usage, the largest one found; None when the line holds no answer."""
        message = member(line, "message")
        if not isinstance(message.get("usage"), dict) or message.get("model") == _SYNTHETIC:
            return None
        own = message.get("id")
        answer = own if isinstance(own, str) else len(self.usages)
        usage, known = _usage(message["usage"]), self.usages.get(answer)
        self.usages[answer] = usage if known is None or usage.total > known.total else known
        return answer


def _usage(table: JsonObject) -> Usage:
    created = table.get("cache_creation")
    parts = created if isinstance(created, dict) else {}
    long = count_of(parts, "ephemeral_1h_input_tokens")
    short = count_of(parts, "ephemeral_5m_input_tokens") if parts else 0
    return Usage(
        input=count_of(table, "input_tokens"),
        cache_read=count_of(table, "cache_read_input_tokens"),
        cache_write=short if parts else count_of(table, "cache_creation_input_tokens"),
        cache_write_long=long,
        output=count_of(table, "output_tokens"),
    )


def _said(content: object) -> str | None:
    """The human's words in a user line; None when no human speaks in it."""
    texts = [content] if isinstance(content, str) else list(_texts(content))
    said = "\n".join(words for words in map(own_words, texts) if words)
    return said if said or any(_COMMAND in text for text in texts) else None


def _texts(content: object) -> Iterator[str]:
    blocks = [block for block in content if isinstance(block, dict)] if isinstance(content, list) else []
    if any(block.get("type") == "tool_result" for block in blocks):
        return
    for block in blocks:
        if isinstance(block.get("text"), str):
            yield block["text"]
