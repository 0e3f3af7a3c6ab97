"""OpenAI's internal wrapper of several calls, which models now and then call as if it were a tool.

``multi_tool_use.parallel`` with ``{"tool_uses": [{"recipient_name": "functions.f", "parameters": {...}}]}``.
No client knows it: the calls inside are what was meant.
"""

import json

from coderouter_cli.wire.read import as_list, as_object, as_str, parse_lenient

PARALLEL = "multi_tool_use.parallel"
_PREFIX = "functions."


def inner_calls(arguments: str) -> list[tuple[str, str]]:
    """Name and arguments of each call inside; none when the arguments are not a wrapper's."""
    found: list[tuple[str, str]] = []
    for use in map(as_object, as_list((parse_lenient(arguments) or {}).get("tool_uses"))):
        name = as_str(use.get("recipient_name")).removeprefix(_PREFIX)
        if name and name != PARALLEL:
            found.append((name, json.dumps(as_object(use.get("parameters")), ensure_ascii=False)))
    return found
