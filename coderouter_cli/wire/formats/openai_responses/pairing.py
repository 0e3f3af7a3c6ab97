"""Puts tool calls and their outputs together in a list of input items.

OpenAI pairs them by id wherever they stand, but refuses a call without an output and an output without
a call. DeepSeek also refuses anything between the two
(https://github.com/deepseek-ai/awesome-deepseek-integration/issues/740), parallel calls that do not
stand together before their outputs, and calls whose turn has lost its reasoning
(https://github.com/lidge-jun/opencodex/pull/1501). One order suits all: the reasoning and the texts of
a turn, its calls, their outputs, then whatever stood between.
"""

from collections import deque

from coderouter_cli.domain.conversation import JsonObject

OUTPUT_OF = {"function_call": "function_call_output", "custom_tool_call": "custom_tool_call_output"}
_OUTPUTS = frozenset(OUTPUT_OF.values())
_MISSING = "[No output: the call was interrupted.]"
_ORPHAN = "[Output of a tool call that is not part of this conversation]"
_FLOOR = " "
"""DeepSeek takes a space for reasoning that was lost, but not an empty text
(https://github.com/can1357/oh-my-pi/pull/10695)."""


def settle(items: list[JsonObject], *, reasoning_floor: bool) -> list[JsonObject]:
    """The same items, paired.

    An output without a call becomes a user's message, a call without an output gets one that says so.
    ``reasoning_floor`` gives every assistant turn without open reasoning a blank one. Appending items
    to the input appends to the result, as long as no call is left without an output.
    """
    return _Settling(items, reasoning_floor=reasoning_floor).run()


class _Settling:
    def __init__(self, items: list[JsonObject], *, reasoning_floor: bool) -> None:
        self._items = items
        self._floor = reasoning_floor
        self._output_at = _pairs(items)
        self._turn: list[int] = []
        self._settled: list[JsonObject] = []

    def run(self) -> list[JsonObject]:
        paired = set(self._output_at.values())
        for index, item in enumerate(self._items):
            if _is_assistant(item):
                self._turn.append(index)
                continue
            self._close_turn()
            if index not in paired:
                self._settled.append(_as_message(item) if item.get("type") in _OUTPUTS else item)
        self._close_turn()
        return self._settled

    def _close_turn(self) -> None:
        turn, self._turn = self._turn, []
        if not turn:
            return
        while turn and _is_sealed(self._items[turn[-1]]):
            # OpenAI refuses encrypted reasoning that led to nothing (an answer that was cut off).
            turn.pop()
        own = [self._items[index] for index in turn]
        calls = [index for index in turn if _is_call(self._items[index])]
        if self._floor and not any(map(_is_open_reasoning, own)):
            self._settled.append(blank_reasoning())
        # Encrypted reasoning must keep its place before the item it led to.
        keep_order = any(item.get("encrypted_content") for item in own)
        self._settled += own if keep_order else sorted(own, key=_is_call)
        self._settled += [self._output(index) for index in calls]

    def _output(self, call_index: int) -> JsonObject:
        call = self._items[call_index]
        kind = OUTPUT_OF[call["type"]]
        found = self._output_at.get(call_index)
        if found is None:
            return {"type": kind, "call_id": call["call_id"], "output": _MISSING}
        return {**self._items[found], "type": kind}


def blank_reasoning() -> JsonObject:
    """A reasoning item that stands for lost reasoning."""
    return reasoning_item(_FLOOR)


def reasoning_item(text: str) -> JsonObject:
    """Open reasoning, as providers that show theirs want it back."""
    return {"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": text}]}


def _pairs(items: list[JsonObject]) -> dict[int, int]:
    """Where each call's output stands.

    Ids may come twice (some providers number them anew in every answer): an output belongs to the newest
    turn that has an open call of its id, and there to the first one.
    """
    open_calls: dict[str, list[tuple[int, deque[int]]]] = {}
    found: dict[int, int] = {}
    turn, in_turn = 0, False
    for index, item in enumerate(items):
        turn, in_turn = turn + (not in_turn and _is_assistant(item)), _is_assistant(item)
        call_id = item.get("call_id")
        if not isinstance(call_id, str) or not call_id:
            continue
        turns = open_calls.setdefault(call_id, [])
        if _is_call(item):
            if not turns or turns[-1][0] != turn:
                turns.append((turn, deque()))
            turns[-1][1].append(index)
        elif item.get("type") in _OUTPUTS and turns:
            found[turns[-1][1].popleft()] = index
            if not turns[-1][1]:
                turns.pop()
    return found


def _is_call(item: JsonObject) -> bool:
    return item.get("type") in OUTPUT_OF


def _is_assistant(item: JsonObject) -> bool:
    kind = item.get("type", "message")
    if kind == "message":
        return item.get("role") == "assistant"
    return kind == "reasoning" or (isinstance(kind, str) and kind.endswith("_call"))


def _is_sealed(item: JsonObject) -> bool:
    return item.get("type") == "reasoning" and bool(item.get("encrypted_content"))


def _is_open_reasoning(item: JsonObject) -> bool:
    return item.get("type") == "reasoning" and any(part.get("text") for part in item.get("content") or ())


def _as_message(output: JsonObject) -> JsonObject:
    value = output.get("output")
    parts = value if isinstance(value, list) else [{"type": "input_text", "text": value}] if value else []
    label = {"type": "input_text", "text": _ORPHAN}
    return {"type": "message", "role": "user", "content": [label, *parts]}
