"""Requests of Codex 0.169.0, recorded from the client and cut down to what matters.

For gpt-6.1-sol ("responses lite": no ``tools``, no ``instructions``, one custom tool that takes JavaScript)
and for gpt-5.5.
"""

from coderouter_cli.domain.conversation import JsonObject

_EXEC_GRAMMAR = (
    "\nstart: pragma_source | plain_source\npragma_source: PRAGMA_LINE NEWLINE SOURCE\nplain_source: SOURCE\n"
)
_PATCH_GRAMMAR = 'start: begin_patch hunk+ end_patch\nbegin_patch: "*** Begin Patch" LF\n'
PNG = "data:image/png;base64,iVBORw0KGgo="


def _object(*required: str, **properties: JsonObject) -> JsonObject:
    fields = {"type": "object", "properties": properties, "required": list(required)}
    return {**fields, "additionalProperties": False}


def _function(name: str, parameters: JsonObject, **fields: object) -> JsonObject:
    head = {"type": "function", "name": name, "description": f"Does {name}.", "strict": False}
    return {**head, **fields, "parameters": parameters}


_TEXT: JsonObject = {"type": "string"}
SPAWN = _function(
    "spawn_agent",
    _object("task_name", "message", task_name=_TEXT, message={**_TEXT, "encrypted": True}),
)
LITE_TOOLS: JsonObject = {
    "type": "additional_tools",
    "id": "at_01a20a88-322e-72e2-9f23-0ce46644a9b1",
    "role": "developer",
    "tools": [
        {
            "type": "namespace",
            "name": "functions",
            "description": "",
            "tools": [
                {
                    "type": "custom",
                    "name": "exec",
                    "description": "Run JavaScript code to orchestrate/compose tool calls",
                    "format": {"type": "grammar", "syntax": "lark", "definition": _EXEC_GRAMMAR},
                },
                _function("wait", _object("cell_id", cell_id=_TEXT)),
            ],
        },
        {
            "type": "namespace",
            "name": "collaboration",
            "description": "Tools for spawning and managing sub-agents.",
            "tools": [SPAWN],
        },
    ],
}
SEARCH: JsonObject = {
    "type": "tool_search",
    "execution": "client",
    "description": "# Tool discovery",
    "parameters": _object("query", query=_TEXT, limit={"type": "number"}),
}
CLASSIC_TOOLS: list[JsonObject] = [
    _function("exec_command", _object("cmd", cmd=_TEXT)),
    {
        "type": "custom",
        "name": "apply_patch",
        "description": "This is a FREEFORM tool, so do not wrap the patch in JSON.",
        "format": {"type": "grammar", "syntax": "lark", "definition": _PATCH_GRAMMAR},
    },
    _function("view_image", _object("path", path=_TEXT)),
    SEARCH,
]
FOUND: JsonObject = {
    "type": "namespace",
    "name": "multi_agent_v1",
    "description": "Tools for spawning and managing sub-agents.",
    "tools": [
        _function("spawn_agent", _object(message=_TEXT), defer_loading=True),
        _function("close_agent", _object("target", target=_TEXT), defer_loading=True),
    ],
}
SEARCHED: list[JsonObject] = [
    {
        "type": "tool_search_call",
        "id": "tsc_1",
        "call_id": "call_ts",
        "status": "completed",
        "execution": "client",
        "arguments": {"query": "spawn agent", "limit": 3},
    },
    {
        "type": "tool_search_output",
        "id": "tso_01a20a89-18f3-7683-a3ed-8888eb14e561",
        "call_id": "call_ts",
        "status": "completed",
        "execution": "client",
        "tools": [FOUND],
    },
]
EXECUTED: list[JsonObject] = [
    {
        "type": "custom_tool_call",
        "id": "ctc_call_x1",
        "status": "completed",
        "call_id": "call_x1",
        "name": "exec",
        "namespace": "functions",
        "input": 'const r = await tools.view_image({path:"a.png"}); image(r);',
    },
    {
        "type": "custom_tool_call_output",
        "id": "ctco_01a20a89-23e9-7742-a543-9a8067e1cdd9",
        "call_id": "call_x1",
        "output": [
            {"type": "input_text", "text": "Script completed\nWall time 0.0 seconds\nOutput:\n"},
            {"type": "input_image", "image_url": PNG},
        ],
    },
]
SHELL_RUN: list[JsonObject] = [
    {
        "type": "local_shell_call",
        "id": "lsh_1",
        "call_id": "call_l",
        "status": "completed",
        "action": {"type": "exec", "command": ["echo", "x"], "timeout_ms": None, "env": None},
    },
    {"type": "function_call_output", "id": "fco_1", "call_id": "call_l", "output": "x"},
]
VIEWED: list[JsonObject] = [
    {
        "type": "function_call",
        "id": "fc_call_v",
        "name": "view_image",
        "arguments": '{"path": "a.png"}',
        "call_id": "call_v",
    },
    {
        "type": "function_call_output",
        "id": "fco_2",
        "call_id": "call_v",
        "output": [{"type": "input_image", "image_url": PNG, "detail": "original"}],
    },
]
TRIGGER: JsonObject = {"type": "compaction_trigger"}


def message(role: str, text: str, **fields: object) -> JsonObject:
    kind = "output_text" if role == "assistant" else "input_text"
    content = [{"type": kind, "text": text}]
    return {"type": "message", "id": "msg_1", "role": role, "content": content, **fields}


def agent_message(payload: str) -> JsonObject:
    """A task for a subagent, as Codex puts it into the subagent's history."""
    head = "Message Type: NEW_TASK\nTask name: /root/t1\nSender: /root\nPayload:\n"
    return {
        "type": "agent_message",
        "id": "amsg_01a20a89-2422-7a93-b03c-a1d369e9d1f0",
        "author": "/root",
        "recipient": "/root/t1",
        "content": [
            {"type": "input_text", "text": head},
            {"type": "encrypted_content", "encrypted_content": payload},
        ],
    }


def lite(*items: JsonObject, **fields: object) -> JsonObject:
    """A request for gpt-6.1-sol whose history goes on with these items."""
    opening = [message("developer", "You are Codex, an agent based on GPT-6."), message("user", "Say hi.")]
    body: JsonObject = {
        "model": "gpt-6.1-sol",
        "stream": True,
        "input": [LITE_TOOLS, *opening, *items],
        "tool_choice": "auto",
        "parallel_tool_calls": False,
        "reasoning": {"effort": "low", "context": "all_turns"},
    }
    return {**body, **_SHARED, **fields}


def classic(*items: JsonObject, **fields: object) -> JsonObject:
    """A request for gpt-5.5, without the search of the web that OpenAI runs itself."""
    opening = [message("developer", "You are Codex, based on GPT-5."), message("user", "Say hi.")]
    body: JsonObject = {
        "model": "gpt-5.5",
        "stream": True,
        "input": [*opening, *items],
        "tools": CLASSIC_TOOLS,
        "tool_choice": "auto",
        "parallel_tool_calls": True,
        "reasoning": {"effort": "medium"},
    }
    return {**body, **_SHARED, **fields}


_SHARED: JsonObject = {
    "store": False,
    "include": ["reasoning.encrypted_content"],
    "prompt_cache_key": "01a20a88-3205-7221-9839-cbe38d1d9a30",
    "text": {"verbosity": "low"},
    "client_metadata": {"session_id": "01a20a88-3205-7221-9839-cbe38d1d9a30"},
}
