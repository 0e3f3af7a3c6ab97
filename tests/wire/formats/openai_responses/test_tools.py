import pytest

from coderouter_cli.domain.conversation import FormatName, JsonObject, Tool, ToolChoice, ToolKind
from coderouter_cli.domain.model import Dialect
from coderouter_cli.errors import BadRequestError
from coderouter_cli.wire.formats.openai_responses.tools import (
    parse_choice,
    parse_tools,
    write_choice,
    write_tools,
)
from tests.wire.formats.openai_responses.kit import COMPATIBLE, OPENAI, PATCH, SHELL, SLEEP, conversation

FORMAT = FormatName.OPENAI_RESPONSES
SEARCH: JsonObject = {"type": "web_search", "external_web_access": False}
CLOCK = {"type": "namespace", "name": "clock", "description": "Time."}


def test_every_kind_of_definition() -> None:
    schema = {"type": "object", "properties": {}}
    grammar = {"type": "grammar", "syntax": "lark", "definition": "start: /x/"}
    definitions = [
        {"type": "function", "name": "a", "description": "A.", "parameters": schema, "strict": True},
        {"type": "function", "function": {"name": "nested", "parameters": schema}},
        {"type": "custom", "name": "patch", "description": "P.", "format": grammar},
        {
            "type": "namespace",
            "name": "clock",
            "description": "Time.",
            "tools": [{"type": "function", "name": "sleep", "defer_loading": True}],
        },
        SEARCH,
    ]
    assert parse_tools(definitions, "tools") == (
        Tool("a", "A.", schema, strict=True, origin=FORMAT),
        Tool("nested", "", schema, origin=FORMAT),
        Tool("patch", "P.", kind=ToolKind.CUSTOM, grammar=grammar, origin=FORMAT),
        Tool("sleep", namespace="clock", deferred=True, raw=CLOCK, origin=FORMAT),
        Tool("web_search", kind=ToolKind.SERVER, raw=SEARCH, origin=FORMAT),
    )


@pytest.mark.parametrize(
    ("definition", "named"),
    [
        ({"name": "a"}, "`tools[0].type`"),
        ({"type": "function"}, "`tools[0].name`"),
        ({"type": "function", "name": "a", "parameters": []}, "`tools[0].parameters`"),
        ({"type": "custom", "name": 3}, "`tools[0].name`"),
        ({"type": "namespace", "name": "n"}, "`tools[0].tools`"),
        ({"type": "namespace", "name": "n", "tools": [{"type": "function"}]}, "`tools[0].tools[0].name`"),
    ],
)
def test_a_wrong_definition_is_named(definition: JsonObject, named: str) -> None:
    with pytest.raises(BadRequestError) as raised:
        parse_tools([definition], "tools")
    assert named in raised.value.what


@pytest.mark.parametrize(
    ("value", "choice", "allowed"),
    [
        (None, None, None),
        ("auto", ToolChoice("auto"), None),
        ("none", ToolChoice("none"), None),
        ("required", ToolChoice("required"), None),
        ({"type": "function", "name": "a"}, ToolChoice("tool", "a"), None),
        ({"type": "custom", "name": "a"}, ToolChoice("tool", "a"), None),
        ({"type": "web_search_preview"}, ToolChoice("tool", "web_search_preview"), None),
        ({"type": "mcp", "server_label": "x", "name": "y"}, ToolChoice("tool", "mcp"), None),
        (
            {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "custom", "name": "a"}, SEARCH]},
            ToolChoice("auto"),
            {"a", "web_search"},
        ),
    ],
)
def test_every_shape_of_choice(value: object, choice: ToolChoice | None, allowed: set[str] | None) -> None:
    assert parse_choice({"tool_choice": value}) == (choice, allowed)


@pytest.mark.parametrize("value", ["any", 3, [], {"name": "a"}, {"type": "allowed_tools"}])
def test_a_wrong_choice_is_named(value: object) -> None:
    with pytest.raises(BadRequestError, match="tool_choice"):
        parse_choice({"tool_choice": value})


def test_functions_are_not_strict_unless_asked_for() -> None:
    strict = Tool("b", schema=SHELL.schema, strict=True)
    assert write_tools([SHELL, strict], OPENAI) == [
        {
            "type": "function",
            "name": "shell",
            "description": "Runs a command.",
            "parameters": SHELL.schema,
            "strict": False,
        },
        {"type": "function", "name": "b", "description": "", "parameters": SHELL.schema, "strict": True},
    ]


def test_a_custom_tool_where_they_are_known() -> None:
    assert write_tools([PATCH, Tool("x", kind=ToolKind.CUSTOM)], OPENAI) == [
        {"type": "custom", "name": "apply_patch", "description": "Edits files.", "format": PATCH.grammar},
        {"type": "custom", "name": "x", "description": ""},
    ]


def test_a_custom_tool_where_only_functions_are_known() -> None:
    (written,) = write_tools([PATCH], COMPATIBLE)
    assert (written["type"], written["name"]) == ("function", "apply_patch")
    assert list(written["parameters"]["properties"]) == ["input"]
    assert written["description"].startswith("Edits files.\n\n")
    assert "`input`" in written["description"]


def test_a_namespace_goes_into_the_name() -> None:
    assert [tool["name"] for tool in write_tools([SLEEP], OPENAI)] == ["clock--sleep"]


def test_hosted_tools_go_to_their_own_provider_only() -> None:
    ours = Tool("web_search", kind=ToolKind.SERVER, raw=SEARCH, origin=FORMAT)
    theirs = Tool("web_search", kind=ToolKind.SERVER, raw=SEARCH, origin=FormatName.ANTHROPIC_MESSAGES)
    assert write_tools([ours, theirs], OPENAI) == [SEARCH]
    assert write_tools([ours, theirs], COMPATIBLE) == []


def test_refused_fields_are_left_out() -> None:
    (written,) = write_tools([SHELL], Dialect("d", drop_tool_fields=frozenset({"strict", "description"})))
    assert list(written) == ["type", "name", "parameters"]


@pytest.mark.parametrize(
    ("choice", "dialect", "written"),
    [
        (None, OPENAI, None),
        (ToolChoice("required"), OPENAI, "required"),
        (ToolChoice("tool", "shell"), OPENAI, {"type": "function", "name": "shell"}),
        (ToolChoice("tool", "sleep"), OPENAI, {"type": "function", "name": "clock--sleep"}),
        (ToolChoice("tool", "apply_patch"), OPENAI, {"type": "custom", "name": "apply_patch"}),
        (ToolChoice("tool", "apply_patch"), COMPATIBLE, {"type": "function", "name": "apply_patch"}),
        (ToolChoice("tool", "unheard of"), OPENAI, "required"),
        (ToolChoice("tool", "web_search"), OPENAI, {"type": "web_search"}),
        (ToolChoice("tool", "web_search"), COMPATIBLE, "auto"),
    ],
)
def test_a_choice_is_written_with_the_providers_name(
    choice: ToolChoice | None, dialect: Dialect, written: object
) -> None:
    search = Tool("web_search", kind=ToolKind.SERVER, raw=SEARCH, origin=FORMAT)
    asked = conversation(tools=(SHELL, SLEEP, PATCH, search), tool_choice=choice)
    assert write_choice(asked, dialect) == written
