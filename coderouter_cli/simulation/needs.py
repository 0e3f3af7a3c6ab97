"""What each turn needs: drawn, or read from what the human said.

Nobody knows how hard a recorded turn really was, so needs are drawn several times and the spread is
shown. The shares of difficulties are those under which switching policies have been compared on
public sessions (20 % hard, 40 % normal, 40 % easy); the shares of phases are those of the CodeRouter post.
A draw is a hash of the seed, the thread and the turn: the same in every run, on every machine, and
whatever else is replayed.
"""

import hashlib
from collections.abc import Iterable, Mapping
from itertools import accumulate
from typing import TypeVar

from coderouter_cli.classify.classifier import classify
from coderouter_cli.classify.features import features
from coderouter_cli.domain.conversation import Conversation, FormatName, Message, Text
from coderouter_cli.domain.phase import Difficulty, Phase, RequestKind
from coderouter_cli.domain.session import Signals
from coderouter_cli.domain.transcript import Need
from coderouter_cli.simulation.scene import Scene

PHASE_SHARES: Mapping[Phase, int] = {
    Phase.DEBUG: 417,
    Phase.IMPLEMENT: 322,
    Phase.TEST: 172,
    Phase.PLAN: 51,
    Phase.DOCUMENT: 25,
    Phase.SMALL_EDIT: 9,
}
"""In thousandths: 2,094 requests of one day, CodeRouter post of 2026-05-09 (they sum up to 996 there)."""
DIFFICULTY_SHARES: Mapping[Difficulty, int] = {
    Difficulty.HARD: 20,
    Difficulty.NORMAL: 40,
    Difficulty.EASY: 40,
}
_Kind = TypeVar("_Kind")


def drawn(scene: Scene, seed: int) -> tuple[Need, ...]:
    """A need for every turn, drawn; a need that was recorded is kept."""
    return tuple(
        known or Need(_pick(PHASE_SHARES, _chance(scene, seed, turn, "phase")), _hardness(scene, seed, turn))
        for turn, known in enumerate(scene.needs)
    )


def classified(scene: Scene, seed: int) -> tuple[Need, ...]:
    """A need for every turn: the recorded one, what the classifier makes of the text, or a drawn one."""
    return tuple(
        known or (_read(scene, turn) if scene.texts[turn] else drawing)
        for turn, (known, drawing) in enumerate(zip(scene.needs, drawn(scene, seed), strict=True))
    )


def _read(scene: Scene, turn: int) -> Need:
    """The classifier sees the texts up to now: what tools did meanwhile is not recorded in full."""
    said = tuple(Message("user", (Text(text),)) for text in _spoken(scene.texts[: turn + 1]))
    conversation = Conversation(format=FormatName.ANTHROPIC_MESSAGES, model="", messages=said)
    prompt = next(beat.prompt for beat in scene.beats if beat.turn == turn)
    seen = classify(features(conversation, Signals(scene.client, None, None, RequestKind.TURN), prompt))
    return Need(seen.phase, seen.difficulty)


def _spoken(texts: Iterable[str]) -> list[str]:
    return [text for text in texts if text]


def _hardness(scene: Scene, seed: int, turn: int) -> Difficulty:
    return _pick(DIFFICULTY_SHARES, _chance(scene, seed, turn, "difficulty"))


def _pick(shares: Mapping[_Kind, int], chance: float) -> _Kind:
    limits = list(accumulate(shares.values()))
    point = chance * limits[-1]
    return next(kind for kind, limit in zip(shares, limits, strict=True) if point < limit)


def _chance(scene: Scene, seed: int, turn: int, what: str) -> float:
    """From 0 up to 1, not including it."""
    text = f"{seed}\0{scene.key}\0{turn}\0{what}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=6).digest(), "big") / 2**48
