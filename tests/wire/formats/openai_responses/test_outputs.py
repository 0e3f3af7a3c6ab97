import pytest

from coderouter_cli.domain.conversation import (
    FormatName,
    Image,
    JsonObject,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolKind,
    Unknown,
)
from coderouter_cli.wire.formats.openai_responses.outputs import item_id, item_type, output_item, parts_of
from coderouter_cli.wire.toolnames import ToolNames
from tests.wire.formats.openai_responses.kit import TOOLS

NAMES = ToolNames(TOOLS)


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        (Text("x"), "message"),
        (Refusal("x"), "message"),
        (Reasoning("x"), "reasoning"),
        (ToolCall("c", "shell", "{}"), "function_call"),
        (ToolCall("c", "apply_patch", "x", ToolKind.CUSTOM), "custom_tool_call"),
        (Unknown(FormatName.OPENAI_RESPONSES, "compaction", {"type": "compaction"}), "compaction"),
        (Unknown(FormatName.ANTHROPIC_MESSAGES, "x", {"type": "x"}), None),
        (Image(url="x"), None),
    ],
)
def test_a_part_and_its_item(part: Part, kind: str | None) -> None:
    item = output_item(part, "id_1", None)
    assert item_type(part) == kind
    assert (item and item["type"]) == kind
    if item is not None:
        (read,) = parts_of(item, 0, NAMES, "seed")
        assert (Reasoning(read.text) if isinstance(read, Reasoning) else read) == part


@pytest.mark.parametrize(
    "item",
    [
        {"type": "message", "content": [{"type": "output_text", "text": None}, 7]},
        {"type": "message", "content": "text"},
    ],
)
def test_odd_content_reads_as_nothing(item: JsonObject) -> None:
    assert parts_of(item, 0, NAMES, "seed") == []


def test_ids_depend_on_the_answer_and_the_place() -> None:
    ids = {item_id("message", answer, index) for answer in ("resp_1", "resp_2") for index in range(3)}
    assert len(ids) == 6
    assert item_id("message", "resp_1", 0) in ids
    assert item_id("reasoning", "resp_1", 0).startswith("rs_")
    assert item_id("function_call", "resp_1", 0).startswith("fc_")
    assert item_id("custom_tool_call", "resp_1", 0).startswith("ctc_")
