"""The lists of models that clients ask for, each in the shape its client reads.

Anthropic's list and OpenAI's are on one path and have no field that means two things, so one object is
both. Claude Code takes those of its ids that say ``claude`` when discovery is on. Codex asks for a
catalogue of its own, which has a prompt of some twenty kilobytes in every entry: an empty one leaves it
with those it knows (measured with 0.169.0: the same request as without any answer, and no complaint in
its log); entries of ours would change how it works with each model.
"""

from collections.abc import Iterable
from urllib.parse import parse_qsl, unquote

from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.model import Model

_MOST = 1000
"""Anthropic's largest page, and ours when no limit is asked for: OpenAI's list has no pages."""


def model_list(models: Iterable[Model], target: str) -> JsonObject:
    """The answer to a list; ``target`` is the request target, for its query."""
    query = dict(parse_qsl(target.partition("?")[2]))
    if "client_version" in query:
        return {"models": []}
    listed = [model_entry(model) for model in models]
    page, more = _page(listed, query)
    ends = {"first_id": page[0]["id"], "last_id": page[-1]["id"]} if page else {}
    return {"object": "list", "data": page, "has_more": more, **ends}


def model_entry(model: Model) -> JsonObject:
    """One model, in both vendors' fields."""
    return {
        "id": model.id,
        "object": "model",
        "type": "model",
        "display_name": model.id,
        "created": 0,
        "created_at": "1970-01-01T00:00:00Z",
        "owned_by": model.provider,
        "lifecycle": "deprecated" if model.legacy else "active",
        "max_input_tokens": model.max_input,
        "max_tokens": model.max_output,
    }


def decoded(name: str) -> str:
    """A model's name out of a path."""
    return unquote(name, errors="replace")


def _page(listed: list[JsonObject], query: dict[str, str]) -> tuple[list[JsonObject], bool]:
    """The part of the list that Anthropic's cursors ask for, and whether there is more of it."""
    limit = query.get("limit", "")
    size = min(max(1, int(limit)), _MOST) if limit.isascii() and limit.isdigit() and len(limit) < 6 else _MOST
    names = [entry["id"] for entry in listed]
    if query.get("before_id") in names:
        before = listed[: names.index(query["before_id"])]
        return before[-size:], len(before) > size
    start = names.index(query["after_id"]) + 1 if query.get("after_id") in names else 0
    return listed[start : start + size], len(listed) - start > size
