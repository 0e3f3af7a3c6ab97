"""Scenarios of Codex with a past: its compactions, and the work of sessions that are resumed."""

from coderouter_cli.demo.script import Call, Reply, Say, Tokens
from tests.real.codex import CLASSIC, CODE_MODE, Codex
from tests.real.codex_model import InTurn, Model, course, javascript, literal
from tests.real.codex_server import conversation

_CHECKPOINT = "CONTEXT CHECKPOINT COMPACTION"
_SUMMARY = "Summary: one is in one.txt, the rest is to do."
_FULL = Tokens(input=300_000, cache_read=0, cache_write=0, output=100)
_LIMIT = "model_auto_compact_token_limit=200000"

_ADD_TWO = "*** Begin Patch\n*** Add File: two.txt\n+two\n*** End Patch\n"

_WRITE_ONE = course(
    "Write one",
    Reply((Say("The shell."), Call("exec_command", {"cmd": "echo one > one.txt"}))),
    Reply((Say("One is written."),)),
)
_WRITE_TWO = course(
    "Write two",
    Reply((Say("A patch."), Call("apply_patch", _ADD_TWO))),
    Reply((Call("exec_command", {"cmd": "cat two.txt"}),)),
    Reply((Say("Two is written."),)),
)
_CODE_MODE_WORK = (
    course(
        "Write one",
        Reply((javascript(f"await tools.exec_command({literal({'cmd': 'echo one > one.txt'})});"),)),
        Reply((Say("One is written."),)),
    ),
    course(
        "Write two",
        Reply((Say("A patch."), javascript(f"text(await tools.apply_patch({literal(_ADD_TWO)}));"))),
        Reply((Say("Two is written."),)),
    ),
)
_HALVES = {CLASSIC: (_WRITE_ONE, _WRITE_TWO), CODE_MODE: _CODE_MODE_WORK}
_SUMMARISE = course(_CHECKPOINT, Reply((Say(_SUMMARY),)))


async def compaction(codex: Codex) -> None:
    """What `/compact` does, and the work goes on with the summary alone."""
    codex.machine.provider.script = Model((_SUMMARISE, _WRITE_TWO, _WRITE_ONE))
    async with conversation(codex, CLASSIC) as thread:
        assert await thread.say("Write one.") == "One is written."
        await thread.compact()
        assert await thread.say("Write two.") == "Two is written."
    _compacted(codex, "two.txt", at=2)


async def automatic_compaction(codex: Codex) -> None:
    """The reported usage is above Codex's limit in the middle of a turn: it compacts and goes on."""
    full = course(
        "Write one",
        Reply((Call("exec_command", {"cmd": "echo one > one.txt"}),), tokens=_FULL),
        Reply((Say("One is written."),)),
    )
    resumed = course(_SUMMARY, Reply((Say("All is written."),)))
    codex.machine.provider.script = Model((_SUMMARISE, resumed, full))
    shown = await codex.ask("Write one.", "-c", _LIMIT)
    assert (shown.code, shown.text) == (0, "All is written."), shown.screen
    _compacted(codex, "one.txt", at=1)


async def compaction_by_the_provider(codex: Codex) -> None:
    """With its own provider's name Codex leaves the summary to the provider, and takes one item for it."""
    work = Call("exec_command", {"cmd": "echo one > one.txt"})
    codex.machine.provider.script = InTurn(
        (Reply((work,), tokens=_FULL), Reply((Say(_SUMMARY),)), Reply((Say("All is written."),)))
    )
    shown = await codex.ask_by_base_url("Write one.", "-c", _LIMIT)
    assert (shown.code, shown.text) == (0, "All is written."), shown.screen
    assert (codex.folder / "one.txt").exists()
    assert "context compacted" in shown.screen
    last = codex.asked()[-1].body
    assert b'"type":"compaction"' in last or _SUMMARY.encode() in last
    assert b"call_id" not in last


def _compacted(codex: Codex, written: str, *, at: int) -> None:
    """The request at this place asked for the summary; those behind it had nothing but the summary."""
    assert (codex.folder / written).exists()
    bodies = [seen.body.decode() for seen in codex.asked()]
    assert [_CHECKPOINT in body for body in bodies].index(True) == at
    assert all(_SUMMARY in body and "call_id" not in body for body in bodies[at + 1 : at + 2])


async def begin(codex: Codex, model: str) -> str:
    """The first half of a session; its id."""
    codex.machine.provider.script = Model(_HALVES[model])
    shown = await codex.ask("Write one.", model=model)
    assert (shown.code, shown.text) == (0, "One is written."), shown.screen
    return shown.session


async def go_on(codex: Codex, session: str, model: str) -> None:
    """The second half; the first one's work is in the history."""
    codex.machine.provider.script = Model(_HALVES[model])
    shown = await codex.resume("Write two.", session, model)
    assert (shown.code, shown.text) == (0, "Two is written."), shown.screen
    assert (codex.folder / "two.txt").read_text() == "two\n"
    assert all(b"one.txt" in seen.body for seen in codex.asked())
