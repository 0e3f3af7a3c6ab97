"""Answers of every kind of part as providers word them, made by hand and by dice that always fall alike.

The scripted provider's voices write them: they are built by hand and do not use the product's codecs.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from coderouter_cli.demo.cache import Counted
from coderouter_cli.demo.chance import chance, choose
from coderouter_cli.demo.script import Call, Piece, ProviderName, Refuse, Reply, Say, StopWord, Think, Tokens
from coderouter_cli.demo.seals import encrypt, sign
from coderouter_cli.demo.voices import VOICES
from coderouter_cli.demo.voices.base import Context
from coderouter_cli.domain.conversation import FormatName, JsonObject

MESSAGES = FormatName.ANTHROPIC_MESSAGES
RESPONSES = FormatName.OPENAI_RESPONSES
CHAT = FormatName.OPENAI_CHAT
PATCH = '*** Begin Patch\n*** Update File: a.py\n@@\n-print("a")\n+print("b\\n")\n*** End Patch\n'
GENERATED = 110


@dataclass(frozen=True)
class Surface:
    """One endpoint of one provider."""

    provider: ProviderName
    format: FormatName


SURFACES = (
    Surface("anthropic", MESSAGES),
    Surface("deepseek", MESSAGES),
    Surface("openai", RESPONSES),
    Surface("deepseek", RESPONSES),
    Surface("openai", CHAT),
    Surface("deepseek", CHAT),
)


@dataclass(frozen=True)
class Exchange:
    """One answer with a name to find it by."""

    name: str
    reply: Reply


_TEXTS = (
    "Done.",
    "I will look at both files.",
    "Größe: 3 µm, 完了 🎉, \u2028 and \u0085",
    'Quotes " and \\ backslashes, </script>, data: [DONE]\n\nevent: error\n\n',
    " leading and trailing ",
    '```json\n{"a": [1, 2]}\n```\r\n\ttab',
    "a",
    "word " * 60,
)
_ARGUMENTS: tuple[JsonObject, ...] = (
    {},
    {"path": "a.py"},
    {"path": "ä/ü 🎉.py", "lines": [1, 2.5, -3e10], "deep": {"null": None, "true": True, "list": [[]]}},
    {"command": 'grep -rn "x\\"y" . | awk \'{print $1}\'\n', "timeout": 120_000},
    {"input": "a string named input"},
)
_NAMES = ("read_file", "run", "mcp__server__do_it")
_STOPS: tuple[StopWord, ...] = ("end_turn", "max_tokens", "stop_sequence")


def _by_hand() -> Iterator[Exchange]:
    think, say, call = Think("First, the files."), Say("I will look."), Call("read_file", {"path": "a.py"})
    named: dict[str, Reply] = {
        "text": Reply((say,)),
        "nothing": Reply(()),
        "thinking-text": Reply((think, say)),
        "thinking-only": Reply((think,), stop="max_tokens"),
        "redacted": Reply((Think("secret", redacted=True), say)),
        "thinking-and-redacted": Reply((think, Think("secret", redacted=True), say)),
        "call": Reply((call,)),
        "text-call": Reply((say, call)),
        "thinking-text-call": Reply((think, say, call)),
        "call-without-arguments": Reply((Call("now"),)),
        "parallel": Reply((say, call, Call("run", {"command": "ls"}), Call("read_file", {"path": "b.py"}))),
        "interleaved": Reply((call, Call("run", {"command": "ls -la " * 20})), interleave=True, chunk=3),
        "same-call-twice": Reply((call, call)),
        "custom": Reply((say, Call("apply_patch", PATCH))),
        "custom-empty": Reply((Call("apply_patch", ""),)),
        "custom-and-function": Reply((Call("apply_patch", PATCH), call), chunk=1),
        "refusal": Reply((Refuse("I cannot help with that."),)),
        "text-refusal": Reply((say, Refuse("No further."))),
        "silent-refusal": Reply((Refuse("", "cyber"),)),
        "max-tokens": Reply((say,), stop="max_tokens"),
        "max-tokens-in-call": Reply((say, Call("run", '{"command": "ls')), stop="max_tokens"),
        "stop-sequence": Reply((say,), stop="stop_sequence", stop_sequence="</block>"),
        "broken-arguments": Reply((Call("run", '{"command": "ls'),)),
        "strange-ids": Reply((Call("run", {"a": 1}, id="Bash:0"), Call("run", {"a": 2}, id="Bash/0"))),
        "empty-id": Reply((Call("run", {"a": 1}, id=""), Call("run", {"a": 2}, id=""))),
        "long-id": Reply((Call("run", {"a": 1}, id="x" * 90),)),
        "no-usage": Reply((say, call), usage=False),
        "all-cached": Reply((say,), tokens=Tokens(input=0, cache_read=90_000, output=3)),
        "written-to-cache": Reply((say,), tokens=Tokens(input=5, cache_read=10, cache_write=700, output=3)),
        "late-input": Reply((say,), tokens=Tokens(input=43, late_input=61, output=3)),
        "reasoning-tokens": Reply((think, say), tokens=Tokens(input=9, output=900, reasoning=850)),
        "tier": Reply((say,), service_tier="priority"),
        "byte-by-byte": Reply((think, say, call), slice_size=1, chunk=1),
        "split-utf8": Reply((Say("完了🎉" * 30),), slice_size=1, chunk=1),
        "thinking-between-calls": Reply((think, call, Think("Then the other."), Call("run", {"a": 1}))),
        "text-behind-call": Reply((call, Say("And now."))),
        **{f"text-{number}": Reply((Say(text),)) for number, text in enumerate(_TEXTS)},
        **{f"arguments-{number}": Reply((Call("run", one),)) for number, one in enumerate(_ARGUMENTS)},
    }
    return (Exchange(name, reply) for name, reply in named.items())


def _generated(number: int) -> Exchange:
    pieces = tuple(_piece(number, place) for place in range(1 + chance(number, "pieces") % 5))
    stop = None if any(isinstance(piece, Call) for piece in pieces) else choose(_STOPS, number, "stop")
    read, fresh, output = (chance(number, kind) for kind in ("read", "fresh", "output"))
    reply = Reply(
        pieces,
        stop=stop,
        stop_sequence="END" if stop == "stop_sequence" else None,
        tokens=Tokens(input=fresh % 9_999, cache_read=read % 99_999, output=1 + output % 999),
        chunk=choose((7, 24, 1000), number, "chunk"),
        interleave=bool(chance(number, "interleave") % 2),
        slice_size=choose((None, 1, 7, 64), number, "slice"),
    )
    return Exchange(f"generated-{number}", reply)


def _piece(*key: int) -> Piece:
    kind = choose(("think", "say", "call", "call", "patch"), *key, "kind")
    if kind == "think":
        return Think(choose(_TEXTS, *key, "text"))
    if kind == "say":
        return Say(choose(_TEXTS, *key, "text"))
    if kind == "patch":
        return Call("apply_patch", choose((PATCH, *_TEXTS), *key, "text"))
    return Call(choose(_NAMES, *key, "name"), choose(_ARGUMENTS, *key, "arguments"))


CORPUS = (*_by_hand(), *map(_generated, range(GENERATED)))


def context_of(surface: Surface, tools: list[JsonObject], *, stream: bool) -> Context:
    """What the voice needs to know of the request: it asked for everything there is."""
    body: JsonObject = {
        "tools": tools,
        "stream": stream,
        "stream_options": {"include_usage": True},
        "include": ["reasoning.encrypted_content"],
        "reasoning": {"effort": "medium", "summary": "auto"},
    }
    seal = encrypt if surface.format is RESPONSES else lambda model, text: sign(model, "", text)
    return Context(
        provider=surface.provider,
        body=body,
        model="the-model",
        seed=hashlib.sha256(surface.format.encode()).hexdigest(),
        created=1_790_000_000,
        counted=Counted(1_000, 200),
        sign=lambda text: seal("the-model", text),
    )


def written(surface: Surface, exchange: Exchange, tools: list[JsonObject]) -> list[bytes]:
    """A streamed answer, in the writes the provider makes."""
    context = context_of(surface, tools, stream=True)
    data = b"".join(VOICES[surface.format].events(_worded(exchange.reply, tools), context))
    size = exchange.reply.slice_size or 4_096
    return [data[start : start + size] for start in range(0, len(data), size)]


def whole(surface: Surface, exchange: Exchange, tools: list[JsonObject]) -> bytes:
    """The same answer in one piece."""
    context = context_of(surface, tools, stream=False)
    return VOICES[surface.format].whole(_worded(exchange.reply, tools), context)


def _worded(reply: Reply, tools: list[JsonObject]) -> Reply:
    """The reply of a model that was offered no freeform tools: their text is a function's argument."""
    if any(tool["type"] == "custom" for tool in tools):
        return reply
    return replace(reply, pieces=tuple(_as_function(piece) for piece in reply.pieces))


def _as_function(piece: Piece) -> Piece:
    if isinstance(piece, Call) and piece.name == "apply_patch":
        return replace(piece, arguments={"input": piece.arguments})
    return piece
