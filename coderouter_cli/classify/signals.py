"""Whose request this is, and what made the client send it.

The markers are those measured with Claude Code 2.1.330 and Codex 0.169.0. All of them are hints: a
client that sends none is an unknown client with an ordinary turn.
"""

import json
import re
from collections.abc import Iterator, Mapping

from coderouter_cli.classify.toolcalls import edits_code
from coderouter_cli.domain.conversation import (
    Conversation,
    JsonObject,
    Message,
    Text,
    ToolCall,
    ToolKind,
    ToolResult,
)
from coderouter_cli.domain.phase import RequestKind
from coderouter_cli.domain.session import Signals

_SDK_AGENT = re.compile(r"(async)?(azure)?(anthropic|openai)/", re.IGNORECASE)
_LEGACY_SESSION = re.compile(r"_session_([0-9a-fA-F-]{36})$")

_SUBAGENT_MARK = "cc_is_subagent=true"
_SECURITY_MONITOR = "You are a security monitor"
_NAMING = "You are naming a coding session"
_COMPACTION = (
    "CRITICAL: Respond with TEXT ONLY",
    "You are performing a CONTEXT CHECKPOINT COMPACTION",
    "Your task is to create a detailed summary of the conversation so far",
)
_HEAD = 4_000
"""Markers stand at the start of a text; a system prompt may be 140 kB long."""

_PLAN_ON = ("Plan mode is active", "# Plan Mode (Conversational)")
_PLAN_OFF = ("exited plan mode", "Exited Plan Mode", "# Collaboration Mode: Default")
_PLAN_APPROVED = "User has approved your plan"


def signals(headers: Mapping[str, str], conversation: Conversation) -> Signals:
    """Read a request's signals. ``headers`` have lower-case names."""
    metadata = _turn_metadata(headers)
    client = _client(headers)
    agent = _agent(headers, metadata)
    return Signals(
        client=client,
        session=_session(headers, metadata, conversation.session_hint),
        agent=agent,
        kind=_kind(conversation, metadata, client),
        plan_mode=_plan_mode(conversation),
        subagent=agent is not None or _marked_subagent(conversation),
    )


def _turn_metadata(headers: Mapping[str, str]) -> JsonObject:
    return _json_object(headers.get("x-codex-turn-metadata", ""))


def _json_object(text: str) -> JsonObject:
    if not text.startswith("{"):
        return {}
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _client(headers: Mapping[str, str]) -> str:
    agent = headers.get("user-agent", "").lower()
    if agent.startswith(("claude-cli/", "claude-code/")) or "x-claude-code-session-id" in headers:
        return "claude-code"
    if headers.get("originator", agent).lower().startswith("codex") or agent.startswith("codex"):
        return "codex"
    if "x-codex-turn-metadata" in headers:  # its app server goes by the name of the editor it runs in
        return "codex"
    if "cursor" in agent:
        return "cursor"
    if _SDK_AGENT.match(agent) or "x-stainless-lang" in headers:
        return "sdk"
    return "unknown"


def _session(headers: Mapping[str, str], metadata: JsonObject, hint: str | None) -> str | None:
    named = (
        headers.get("x-claude-code-session-id"),
        _hinted_session(hint) if hint else None,
        headers.get("session-id"),
        metadata.get("session_id"),
        headers.get("thread-id"),
        hint,
    )
    return next((value for value in named if isinstance(value, str) and value), None)


def _hinted_session(hint: str) -> str | None:
    """Claude Code's ``metadata.user_id``: today a JSON string, before 2.1 ``user_..._session_<uuid>``."""
    session = _json_object(hint).get("session_id")
    if isinstance(session, str):
        return session
    legacy = _LEGACY_SESSION.search(hint)
    return legacy[1] if legacy else None


def _agent(headers: Mapping[str, str], metadata: JsonObject) -> str | None:
    claude = headers.get("x-claude-code-agent-id")
    if claude:
        return claude
    spawned = "x-openai-subagent" in headers or "x-codex-parent-thread-id" in headers
    if spawned or metadata.get("thread_source") == "subagent":
        return headers.get("thread-id") or headers.get("x-openai-subagent") or "subagent"
    return None


def _marked_subagent(conversation: Conversation) -> bool:
    return any(_SUBAGENT_MARK in part.text[:_HEAD] for part in conversation.system[:1])


def _kind(conversation: Conversation, metadata: JsonObject, client: str) -> RequestKind:
    if conversation.unread is not None:
        return RequestKind.UNREAD
    if _is_safety_check(conversation):
        return RequestKind.SAFETY_CHECK
    if metadata.get("request_kind") == "compaction" or _is_compaction(conversation):
        return RequestKind.COMPACTION
    if metadata.get("thread_source") == "thread_title" or _is_title(conversation, client):
        return RequestKind.TITLE
    if _is_search(conversation):
        return RequestKind.SEARCH
    return RequestKind.TURN


def _is_safety_check(conversation: Conversation) -> bool:
    """Both looks of it: a short one that stops at ``</block>``, and a long one with no stop sequence when the
    short one would block (measured with Claude Code 2.1.330)."""
    if conversation.tools:
        return False
    return any(part.text.startswith(_SECURITY_MONITOR) for part in conversation.system)


def _is_compaction(conversation: Conversation) -> bool:
    if conversation.compact:
        return True
    if not conversation.messages or conversation.messages[-1].role == "assistant":
        return False
    parts = conversation.messages[-1].parts
    texts = [part.text for part in parts if isinstance(part, Text)]
    return bool(texts) and texts[-1].lstrip().startswith(_COMPACTION)


def _is_title(conversation: Conversation, client: str) -> bool:
    if any(_NAMING in part.text[:_HEAD] for part in conversation.system):
        return not conversation.tools
    properties = (conversation.output_schema or {}).get("properties")
    if not isinstance(properties, dict) or set(properties) != {"title"}:
        return False
    return not conversation.tools or client == "codex"


def _is_search(conversation: Conversation) -> bool:
    if len(conversation.tools) != 1:
        return False
    tool = conversation.tools[0]
    return tool.kind is ToolKind.SERVER and tool.name.startswith("web_search")


def _plan_mode(conversation: Conversation) -> bool:
    """Whether the newest word on the mode says "plan", and no source file was edited since."""
    for message in reversed(conversation.messages):
        if any(isinstance(part, ToolCall) and edits_code(part) for part in message.parts):
            return False
        verdict = _last_verdict(_harness_texts(message))
        if verdict is not None:
            return verdict
    return _last_verdict(part.text for part in conversation.system) or False


def _harness_texts(message: Message) -> Iterator[str]:
    for part in message.parts:
        if isinstance(part, Text) and (message.role == "system" or part.text.startswith("<system-reminder>")):
            yield part.text
        elif isinstance(part, ToolResult):
            yield from (
                _PLAN_OFF[0]
                for inner in part.parts
                if isinstance(inner, Text) and inner.text.startswith(_PLAN_APPROVED)
            )


def _last_verdict(texts: Iterator[str]) -> bool | None:
    verdict = None
    for text in texts:
        on = max(text.rfind(marker) for marker in _PLAN_ON)
        off = max(text.rfind(marker) for marker in _PLAN_OFF)
        if on >= 0 or off >= 0:
            verdict = on > off
    return verdict
