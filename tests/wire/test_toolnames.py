"""Tool names: what a provider is given, and the way back to the client's tool."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.domain.conversation import Tool, ToolKind
from coderouter_cli.wire.toolnames import MAX_NAME, ToolNames, flat_name

SAFE = re.compile(r"[a-zA-Z0-9_-]{1,64}")
# Few characters, so that clashes are found: the separators above all.
names = st.text(st.sampled_from("ab-_.\0é"), max_size=8) | st.text(min_size=55, max_size=90)
namespaces = st.none() | names


@pytest.mark.parametrize("name", ["Bash", "mcp__github__search_issues", "a" * 64, "apply-patch", "0"])
def test_a_plain_name_that_every_provider_takes_is_left_alone(name: str) -> None:
    assert flat_name(name) == name


def test_a_namespace_is_joined_with_a_separator_mcp_names_do_not_use() -> None:
    assert flat_name("exec", "functions") == "functions--exec"
    assert flat_name("search", "mcp__github") == "mcp__github--search"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("exec", "functions"), ("functions--exec", None)),
        (("exec", "functions"), ("functions__exec", None)),
        (("c", "a--b"), ("b--c", "a")),
        (("b", "a-"), ("-b", "a")),
        (("a.b", None), ("a_b", None)),
        (("a" * 65, None), ("a" * 66, None)),
        (("", None), ("", "")),
    ],
)
def test_names_that_look_alike_stay_apart(one: tuple[str, str | None], other: tuple[str, str | None]) -> None:
    assert flat_name(*one) != flat_name(*other)


@given(names, namespaces, names, namespaces)
def test_different_tools_never_share_a_name(
    name: str, namespace: str | None, other_name: str, other_namespace: str | None
) -> None:
    same = (name, namespace) == (other_name, other_namespace)
    assert (flat_name(name, namespace) == flat_name(other_name, other_namespace)) == same


@given(names, namespaces)
def test_every_flat_name_fits_and_is_final(name: str, namespace: str | None) -> None:
    flat = flat_name(name, namespace)
    assert SAFE.fullmatch(flat)
    assert len(flat) <= MAX_NAME


@given(st.lists(st.tuples(names, namespaces), unique=True, max_size=6))
def test_every_tool_of_a_request_is_found_again(pairs: list[tuple[str, str | None]]) -> None:
    tools = ToolNames(Tool(name=name, namespace=namespace) for name, namespace in pairs)
    for name, namespace in pairs:
        assert tools.original(flat_name(name, namespace)) == (name, namespace, ToolKind.FUNCTION)


def test_the_kind_of_the_tool_comes_back_with_its_name() -> None:
    tools = ToolNames([Tool(name="exec", namespace="functions", kind=ToolKind.CUSTOM)])
    assert tools.original("functions--exec") == ("exec", "functions", ToolKind.CUSTOM)


def test_a_left_out_namespace_is_understood_when_only_one_tool_can_be_meant() -> None:
    one = ToolNames([Tool(name="exec", namespace="functions"), Tool(name="wait", namespace="clock")])
    assert one.original("exec") == ("exec", "functions", ToolKind.FUNCTION)
    two = ToolNames([Tool(name="exec", namespace="functions"), Tool(name="exec", namespace="clock")])
    assert two.original("exec") == ("exec", None, ToolKind.FUNCTION)


def test_a_plain_tool_wins_over_a_namespaced_one_of_the_same_name() -> None:
    tools = ToolNames([Tool(name="exec", namespace="functions"), Tool(name="exec", kind=ToolKind.CUSTOM)])
    assert tools.original("exec") == ("exec", None, ToolKind.CUSTOM)


def test_an_unlisted_name_is_a_plain_function() -> None:
    assert ToolNames([]).original("multi_tool_use.parallel") == (
        "multi_tool_use.parallel",
        None,
        ToolKind.FUNCTION,
    )


def test_a_server_tool_is_not_something_a_provider_can_call() -> None:
    tools = ToolNames([Tool(name="web_search", kind=ToolKind.SERVER)])
    assert tools.original("web_search") == ("web_search", None, ToolKind.FUNCTION)


@pytest.mark.parametrize("spoken", ["functions.exec", "functions__exec", "functions/exec", "functions:exec"])
def test_a_namespace_joined_in_the_models_own_way_is_understood(spoken: str) -> None:
    names = ToolNames([Tool("exec", kind=ToolKind.CUSTOM, namespace="functions"), Tool("exec")])
    assert names.original(spoken) == ("exec", "functions", ToolKind.CUSTOM)
    assert names.original("exec") == ("exec", None, ToolKind.FUNCTION)


def test_openais_own_prefix_is_understood() -> None:
    names = ToolNames([Tool("read"), Tool("mcp__a__b")])
    assert names.original("functions.read") == ("read", None, ToolKind.FUNCTION)
    assert names.original("mcp__a__b") == ("mcp__a__b", None, ToolKind.FUNCTION)
    assert names.original("functions.unknown") == ("functions.unknown", None, ToolKind.FUNCTION)
