"""Cache breakpoints for a request that another format's client sent.

Anthropic caches nothing unasked. Four marks are allowed
(https://platform.claude.com/docs/en/build-with-claude/prompt-caching): the end of the tools, of the system
prompt, of the user's turn before last and of the last one. The last two are where the next request, and
this one, find what the one before has written. Marks are no content: they do not change the prefix.
"""

from coderouter_cli.domain.conversation import JsonObject

_MARK = {"cache_control": {"type": "ephemeral"}}
_UNMARKABLE = frozenset({"thinking", "redacted_thinking"})


def with_breakpoints(body: JsonObject) -> JsonObject:
    """A copy of a rendered body with its marks."""
    marked = dict(body)
    for key in ("tools", "system"):
        if marked.get(key):
            marked[key] = _mark_last(marked[key])
    users = [index for index, message in enumerate(body["messages"]) if message["role"] == "user"][-2:]
    marked["messages"] = [
        {**message, "content": _mark_last(message["content"])} if index in users else message
        for index, message in enumerate(body["messages"])
    ]
    return marked


def _mark_last(blocks: list[JsonObject]) -> list[JsonObject]:
    last = blocks[-1]
    if last.get("type") in _UNMARKABLE or last.get("defer_loading"):
        return blocks
    return [*blocks[:-1], {**last, **_MARK}]
