"""Histories of agents, as clients of any kind may send them: late, double, missing and foreign parts."""

from hypothesis import strategies as st

from coderouter_cli.domain.conversation import (
    FormatName,
    Image,
    Message,
    Opaque,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolKind,
    ToolResult,
    Unknown,
)

texts = st.text(st.characters(codec="utf-8"), max_size=6)
ids = st.sampled_from(["a", "b", "Bash:0", "toolu_" + "x" * 60, ""])
names = st.sampled_from(["Read", "mcp__x__y", "a.b", "n" * 70])
images = st.just(Image(media_type="image/png", data="iVBORw0KGgo=")) | st.just(Image(url="https://x/i.png"))
results = st.builds(
    ToolResult,
    ids,
    st.lists(st.builds(Text, texts) | images, max_size=2).map(tuple),
    st.booleans(),
    st.sampled_from([ToolKind.FUNCTION, ToolKind.CUSTOM]),
)
functions = st.builds(
    ToolCall,
    ids,
    names,
    st.sampled_from(["{}", '{"a":1}', "", '{"a":', "[1]"]),
    namespace=st.none() | st.just("n"),
)
customs = st.builds(ToolCall, ids, names, texts, st.just(ToolKind.CUSTOM))
opaque = st.builds(
    Opaque,
    st.sampled_from(FormatName),
    st.sampled_from(["signature", "redacted", "encrypted"]),
    st.sampled_from(["A" * 80, "sig", ""]),
)
unknown = st.builds(
    Unknown, st.just(FormatName.ANTHROPIC_MESSAGES), st.just("x"), st.just({"type": "server_tool_use"})
)

users = st.lists(st.builds(Text, texts) | images | results, min_size=1, max_size=4).map(
    lambda parts: Message("user", tuple(parts))
)
systems = st.lists(st.builds(Text, texts), min_size=1, max_size=2).map(
    lambda parts: Message("system", tuple(parts))
)
assistants = st.lists(
    st.builds(Text, texts)
    | st.builds(Refusal, texts)
    | st.builds(Reasoning, texts, st.none() | opaque)
    | functions
    | customs
    | unknown,
    min_size=1,
    max_size=4,
).map(lambda parts: Message("assistant", tuple(parts)))

rounds = st.lists(st.tuples(st.lists(users | systems, min_size=1, max_size=2), assistants), max_size=4)
"""What was asked (before the model spoke), and what the model said."""


@st.composite
def sessions(draw: st.DrawFn) -> list[list[Message]]:
    """Sessions without gaps, in steps: each ends where the model is asked, every call has its result."""
    asked: list[Message] = [Message("user", (Text("Go."),))]
    steps = [asked]
    for turn in range(draw(st.integers(1, 4))):
        calls = [
            ToolCall(f"{draw(st.sampled_from(['call', 'Bash:']))}{turn}{index}", draw(names), '{"a":1}')
            for index in range(draw(st.integers(0, 3)))
        ]
        prose = draw(
            st.lists(st.builds(Text, texts) | st.builds(Reasoning, texts, st.none() | opaque), max_size=2)
        )
        answers = [
            ToolResult(call.id, (Text("ok"), *draw(st.lists(images, max_size=1))), draw(st.booleans()))
            for call in draw(st.permutations(calls))
        ]
        said = Message("assistant", (*prose, Text("So."), *calls))
        heard = Message("user", (*answers, Text("Go on."), *draw(st.lists(images, max_size=1))))
        note = draw(st.lists(st.just(Message("system", (Text("Note."),))), max_size=1))
        steps.append([said, heard, *note])
    return steps
