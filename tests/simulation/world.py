"""Small recorded threads, and the models of tests/routing/field.py to replay them on."""

from datetime import UTC, datetime, timedelta

from coderouter_cli.catalog.catalog import Catalog
from coderouter_cli.domain.phase import Difficulty, Phase
from coderouter_cli.domain.transcript import Need, Step, Thread, Transcript, Turn
from coderouter_cli.domain.usage import Usage
from coderouter_cli.simulation.field import Field, Terms, make_field
from coderouter_cli.simulation.scene import Beat, Scene
from tests.routing.field import model

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
START = datetime(2026, 11, 17, 12, tzinfo=UTC)
EASY, NORMAL, HARD = (Need(Phase.DEBUG, difficulty) for difficulty in Difficulty)
NAMES = ("opus", "sonnet", "haiku")


def catalog(*names: str) -> Catalog:
    return Catalog(models={name: model(name) for name in names or NAMES}, providers={})


def field(*names: str, asked: str = "opus", keys: str = "anthropic") -> Field:
    known = catalog(*names)
    return make_field(known, keys.split(","), known.models[asked], Terms("balanced", 20, NOW))


def step(minutes: float, prompt: int, *, name: str = "claude-sonnet-4-5", **usage: int) -> Step:
    read, write, long = (usage.get(kind, 0) for kind in ("cache_read", "cache_write", "cache_write_long"))
    whole = Usage(prompt - read - write - long, read, write, long, output=500)
    return Step(START + timedelta(minutes=minutes), name, whole)


def thread(*turns: tuple[Step, ...], agent: str | None = None) -> Thread:
    return Thread(tuple(Turn(steps, f"ask {number}") for number, steps in enumerate(turns)), agent)


def transcript(*threads: Thread, session: str = "s", client: str = "claude-code") -> Transcript:
    return Transcript(client, session, threads)


def beat(
    turn: int, minutes: float, prompt: int, kept: int, *, fresh: bool = False, long: bool = False
) -> Beat:
    return Beat(turn, START + timedelta(minutes=minutes), prompt, kept, 400, fresh=fresh, long=long)


def scene(*beats: Beat, key: str = "s/", transcript: int = 0) -> Scene:
    turns = 1 + max(one.turn for one in beats)
    return Scene(key, transcript, "claude-code", beats, ("",) * turns, (None,) * turns)


def growing(*turns: tuple[float, int], start: int = 40_000, by: int = 1_500) -> Scene:
    """Turns of (minutes of pause before it, steps), half a minute between steps."""
    beats: list[Beat] = []
    minutes, prompt = 0.0, start
    for number, (pause, steps) in enumerate(turns):
        minutes += pause
        for place in range(steps):
            kept = beats[-1].prompt if beats else 0
            beats.append(beat(number, minutes, prompt, kept, fresh=place == 0))
            minutes += 0.5
            prompt += by
    return scene(*beats)
