"""An editor in the style of Cursor, and a program that uses the openai SDK: Chat Completions requests."""

import json
from collections.abc import Sequence
from typing import Any

from coderouter_cli.demo.asks import Outline
from coderouter_cli.demo.callers.base import (
    Caller,
    Headers,
    Outgoing,
    Result,
    Taken,
    ToolUse,
    events,
    fragment,
    is_stream,
    join,
)
from coderouter_cli.demo.callers.kits import cursor_tools
from coderouter_cli.demo.chance import choose, hex_id
from coderouter_cli.demo.codebase import source
from coderouter_cli.demo.prompts import dump
from coderouter_cli.demo.prose import guidance
from coderouter_cli.demo.turns import NOUNS
from coderouter_cli.domain.conversation import FormatName, JsonObject

_OPEN_FILES = 3


class Cursor:
    """One conversation. Every third session is an SDK's, which does not stream."""

    def __init__(self, outline: Outline, key: str) -> None:
        self._outline = outline
        self._key = key
        self._sdk = choose((True, False, False), "sdk", key)
        self._messages = [fragment({"role": "system", "content": guidance(14000, "cursor")})]
        self._user = hex_id(24, "user", key)

    def title(self) -> Outgoing:
        """It never asks for one; an ordinary request stands for it."""
        return self.request()

    def begin(self, text: str, *, planning: bool) -> None:
        """The first ask comes with the open files; plan mode is a sentence."""
        if len(self._messages) == 1:
            context = f"<additional_data>\n{_open_files(self._outline, self._key)}\n</additional_data>"
            self._messages.append(fragment({"role": "user", "content": context}))
        note = "\n<rules>Answer with a plan, do not edit.</rules>" if planning else ""
        content = f"<user_query>\n{text}\n</user_query>{note}"
        self._messages.append(fragment({"role": "user", "content": content}))

    def request(self) -> Outgoing:
        """All messages so far."""
        settings: JsonObject = {"tools": cursor_tools(), "tool_choice": "auto", "user": self._user}
        if not self._sdk:
            settings |= {"stream": True, "stream_options": {"include_usage": True}}
        head = b'{"model":' + dump(self._outline.model) + b',"messages":['
        body = join(head, self._messages, b"]," + dump(settings)[1:])
        return Outgoing(FormatName.OPENAI_CHAT, self._headers(), body)

    def take(self, body: bytes) -> Taken:
        """The message goes into the history as it came."""
        message, taken = _read(body)
        if taken.problem is None:
            self._messages.append(fragment(self._replayed(message)))
        return taken

    def peek(self, body: bytes) -> Taken:
        """Only read it."""
        return _read(body)[1]

    def give(self, results: Sequence[Result]) -> None:
        """One tool message for each call."""
        for result in results:
            text = f"Error: command failed with exit code 1\n{result.text}" if result.failed else result.text
            message = {"role": "tool", "tool_call_id": result.use.id, "content": text}
            self._messages.append(fragment(message))

    def compaction(self) -> Outgoing:
        """It has none; an ordinary request stands for it."""
        return self.request()

    def compact(self, summary: str) -> None:
        """The system prompt and the summary."""
        self._messages = [self._messages[0], fragment({"role": "user", "content": summary})]

    def subagent(self) -> Caller:
        """A conversation of its own."""
        return Cursor(self._outline, f"{self._key}/agent")

    def _replayed(self, message: JsonObject) -> JsonObject:
        """The message as it goes back; the editor forgets the reasoning, the SDK keeps every field."""
        names = ("content", "reasoning_content", "tool_calls") if self._sdk else ("content", "tool_calls")
        kept = {name: message[name] for name in names if message.get(name)}
        return {"role": "assistant", "content": None, **kept}

    def _headers(self) -> Headers:
        if self._sdk:
            return (
                ("user-agent", "AsyncOpenAI/Python 3.54.0"),
                ("x-stainless-lang", "python"),
                ("x-stainless-retry-count", "0"),
            )
        return (("user-agent", "Cursor/2.4.21"),)


def _open_files(outline: Outline, key: str) -> str:
    paths = [f"src/{choose(NOUNS, key, number)}" for number in range(_OPEN_FILES)]
    return "\n".join(f"<file path={path!r}>\n{source(path, outline.language)}\n</file>" for path in paths)


def _read(body: bytes) -> tuple[JsonObject, Taken]:
    """The message of an answer, and what it says."""
    message, problem = _read_stream(body) if is_stream(body) else _read_whole(body)
    if problem is not None:
        return message, Taken(problem=problem)
    calls = message.get("tool_calls") or ()
    uses = [ToolUse(call["id"], call["function"]["name"]) for call in calls]
    return message, Taken(message.get("content") or "", tuple(uses))


def _read_whole(body: bytes) -> tuple[JsonObject, str | None]:
    completion = json.loads(body)
    return completion["choices"][0]["message"], None


def _read_stream(body: bytes) -> tuple[JsonObject, str | None]:
    """The message that the chunks build up, and what is wrong with the stream."""
    message: dict[str, Any] = {"content": ""}
    calls: dict[int, JsonObject] = {}
    finish = None
    for chunk in events(body):
        if "error" in chunk:
            return message, str(chunk["error"].get("message"))
        for choice in chunk["choices"]:
            finish = choice.get("finish_reason") or finish
            delta = choice["delta"]
            message["content"] += delta.get("content") or ""
            if delta.get("reasoning_content"):
                message["reasoning_content"] = (
                    message.get("reasoning_content", "") + delta["reasoning_content"]
                )
            for call in delta.get("tool_calls") or ():
                _merge(calls, call)
    if finish is None or b"[DONE]" not in body[-64:]:
        return message, "the stream ended without a finish reason or [DONE]"
    return message | {"tool_calls": [calls[index] for index in sorted(calls)]}, None


def _merge(calls: dict[int, JsonObject], delta: JsonObject) -> None:
    call = calls.setdefault(
        delta["index"], {"id": "", "type": "function", "function": {"name": "", "arguments": ""}}
    )
    call["id"] = call["id"] or delta.get("id") or ""
    function = delta.get("function") or {}
    call["function"]["name"] += function.get("name") or ""
    call["function"]["arguments"] += function.get("arguments") or ""
