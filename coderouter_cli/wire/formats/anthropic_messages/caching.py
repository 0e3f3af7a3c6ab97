"""Cache breakpoints for a request that another format's client sent.

Anthropic caches nothing unasked. Four marks are allowed
(https://platform.claude.com/docs/en/build-with-claude/prompt-caching): the end of the system prompt, which
covers the tools before it, of the user's turn before last and of the last one, and the newest mark of the
client's own, or else the end of the tools. The turns are where the next request, and this one, find what the
one before has written. Marks are no content: they do not change the prefix.
"""

from coderouter_cli.domain.conversation import JsonObject

_UNMARKABLE = frozenset({"thinking", "redacted_thinking"})
_MARK = "cache_control"


def mark(ttl: str) -> JsonObject:
    """The field for a block; five minutes are the default."""
    return {_MARK: {"type": "ephemeral"} if ttl == "5m" else {"type": "ephemeral", "ttl": ttl}}


def with_breakpoints(body: JsonObject) -> JsonObject:
    """A copy of a rendered body with its marks; the client's own stand in its texts (see `mark`).

    When the client wants something kept for an hour, all of it is: a mark for an hour may not come behind
    one for five minutes.
    """
    ttl = "1h" if any(_ttl(block) == "1h" for block in _blocks(body)) else "5m"
    turns = [index for index, message in enumerate(body["messages"]) if message["role"] == "user"][-2:]
    own = _newest_own(body["messages"], turns)
    messages = [
        {**message, "content": _marked(message["content"], _places(index, message, turns, own), ttl)}
        for index, message in enumerate(body["messages"])
    ]
    marked = {**body, "messages": messages}
    for key in ("system",) if own else ("tools", "system"):
        if body.get(key):
            marked[key] = _marked(body[key], {len(body[key]) - 1}, ttl)
    return marked


def _blocks(body: JsonObject) -> list[JsonObject]:
    messages = (block for message in body["messages"] for block in message["content"])
    return [*body.get("system", ()), *messages]


def _ttl(block: JsonObject) -> str | None:
    control = block.get(_MARK)
    return None if control is None else str(control.get("ttl", "5m"))


def _newest_own(messages: list[JsonObject], turns: list[int]) -> tuple[int, int] | None:
    """Message and block of the client's newest mark that is not where a mark stands anyway."""
    places = [
        (at, index)
        for at, message in enumerate(messages)
        for index, block in enumerate(message["content"])
        if _MARK in block and not (at in turns and index == len(message["content"]) - 1)
    ]
    return places[-1] if places else None


def _places(at: int, message: JsonObject, turns: list[int], own: tuple[int, int] | None) -> set[int]:
    last = {len(message["content"]) - 1} if at in turns else set[int]()
    return last | ({own[1]} if own is not None and own[0] == at else set[int]())


def _marked(blocks: list[JsonObject], places: set[int], ttl: str) -> list[JsonObject]:
    return [_with_mark(block, ttl if index in places else None) for index, block in enumerate(blocks)]


def _with_mark(block: JsonObject, ttl: str | None) -> JsonObject:
    if block.get("type") in _UNMARKABLE or block.get("defer_loading"):
        return block
    if ttl is None and _MARK not in block:
        return block
    plain = {key: value for key, value in block.items() if key != _MARK}
    return plain if ttl is None else {**plain, **mark(ttl)}
