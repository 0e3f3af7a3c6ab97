"""Reads the rollout files of Codex: ``sessions/YYYY/MM/DD/rollout-*.jsonl``.

After every answer Codex writes a ``token_count`` event with the usage of that answer and the session's sum.
It repeats such events with the sum unchanged, which count once (measured on files of 0.36 to 0.116).
Cached tokens are part of its input, reasoning is part of its output, and the model is that of the last
``turn_context``. Cache writes are not written down.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coderouter_cli.classify.humantext import own_words
from coderouter_cli.clients.sessions import Lines, Weaver, count_of, member, moment_of, session_files
from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.transcript import Archive, Step, Thread, Transcript
from coderouter_cli.domain.usage import Usage

CLIENT = "codex"
_FOLDERS = (".codex/sessions", "sessions")


def read_archive(directory: Path) -> Archive:
    """All sessions below a directory: a home, ``~/.codex``, or any folder with rollouts."""
    files = session_files(directory, _FOLDERS, "rollout-*.jsonl")
    transcripts = []
    broken = 0
    for file in files:
        lines = Lines(file)
        rollout = _Rollout(file.stem)
        for line in lines:
            rollout.read(line)
        broken += lines.broken
        turns = rollout.weaver.woven()
        if turns:
            transcripts.append(Transcript(CLIENT, rollout.session, (Thread(turns, rollout.agent),)))
    return Archive(tuple(transcripts), len(files), broken)


@dataclass(slots=True)
class _Rollout:
    session: str
    agent: str | None = None
    model: str = "unknown"
    weaver: Weaver = field(default_factory=Weaver)
    _total: Any = None
    _said: str | None = ""
    _compacted: bool = False

    def read(self, line: JsonObject) -> None:
        kind, payload = line.get("type"), member(line, "payload")
        if kind == "turn_context" and isinstance(payload.get("model"), str):
            self.model = payload["model"]
        elif kind == "session_meta" and isinstance(payload.get("id"), str):
            self.session = payload["id"]
            self.agent = "subagent" if isinstance(payload.get("source"), dict) else None
        elif kind == "compacted":
            self._compacted = True
        elif kind == "event_msg" and payload.get("type") == "token_count":
            self._counted(line, member(payload, "info"))
        else:
            self._heard(kind, payload)

    def _heard(self, kind: object, payload: JsonObject) -> None:
        """What a human said: an event of its own, or an item of the history (older files have only those)."""
        said = None
        if kind == "event_msg" and payload.get("type") == "user_message":
            said = own_words(str(payload.get("message")))
        elif kind == "response_item" and payload.get("role") == "user":
            content = payload.get("content")
            parts = [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []
            said = "\n".join(
                words for words in (own_words(str(part.get("text", ""))) for part in parts) if words
            )
        self._said = said or self._said

    def _counted(self, line: JsonObject, info: JsonObject) -> None:
        last, at = member(info, "last_token_usage"), moment_of(line.get("timestamp"))
        if not last or at is None or info.get("total_token_usage") == self._total:
            return
        self._total = info.get("total_token_usage")
        fresh = self._said is not None or self._compacted
        self.weaver.add(Step(at, self.model, _usage(last), fresh=fresh), self._said)
        self._said, self._compacted = None, False


def _usage(table: JsonObject) -> Usage:
    prompt = count_of(table, "input_tokens")
    cached = min(prompt, count_of(table, "cached_input_tokens"))
    return Usage(
        input=prompt - cached,
        cache_read=cached,
        output=count_of(table, "output_tokens"),
        reasoning=count_of(table, "reasoning_output_tokens"),
    )
