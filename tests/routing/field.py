"""A small world of models with the prices of November 2026, and requests in it."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from coderouter_cli.domain.conversation import Conversation, FormatName, Message, Text
from coderouter_cli.domain.decision import Fidelity, Lane, Target
from coderouter_cli.domain.features import Classification, Features
from coderouter_cli.domain.model import Capabilities, Model, Quality
from coderouter_cli.domain.money import per_token
from coderouter_cli.domain.phase import Difficulty, Phase, RequestKind
from coderouter_cli.domain.rates import RateCard, RateRule, Rates
from coderouter_cli.domain.session import Signals
from coderouter_cli.routing.request import Offer, RouteRequest

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def rates(plain: str, read: str, write: str, long: str, output: str) -> Rates:
    """Rates from USD per million tokens."""
    return Rates(*(per_token(Decimal(price)) for price in (plain, read, write, long, output)))


def card(model: str, base: Rates, *rules: RateRule) -> RateCard:
    return RateCard(model=model, base=base, rules=rules)


CARDS = {
    "opus": card("opus", rates("4", "0.2", "5", "8", "20")),
    "opus-4-7": card("opus-4-7", rates("5", "0.5", "6.25", "10", "25")),
    "sonnet": card("sonnet", rates("2", "0.1", "2.5", "4", "10")),
    "claude-sonnet-5": card("claude-sonnet-5", rates("2", "0.2", "2.5", "4", "10")),
    "haiku": card(
        "haiku",
        rates("0.1", "0.01", "0.125", "0.2", "0.5"),
        RateRule(rates("0.5", "0.05", "0.625", "1", "2.5"), over_tokens=100_000),
    ),
    "gpt-5.5": card("gpt-5.5", rates("5", "0.5", "5", "5", "30")),
    "sol": card("sol", rates("2", "0.1", "2.5", "5", "10")),
    "terra": card("terra", rates("1", "0.05", "1.25", "2.5", "5")),
    "luna": card("luna", rates("0.1", "0.01", "0.125", "0.25", "0.5")),
    "flash": card(
        "flash",
        rates("0.15", "0.003", "0.15", "0.15", "0.6"),
        RateRule(
            rates("0.3", "0.006", "0.3", "0.3", "1.2"), minutes_utc=(60, 240), weekdays=frozenset(range(5))
        ),
    ),
}
SCORES = {"opus": 93, "opus-4-7": 80, "sonnet": 90, "claude-sonnet-5": 78, "haiku": 80}
SCORES |= {"gpt-5.5": 77, "sol": 90, "terra": 82, "luna": 80, "flash": 79}
PROVIDERS = {"gpt-5.5": "openai", "sol": "openai", "terra": "openai", "luna": "openai", "flash": "deepseek"}


def model(
    name: str,
    *,
    score: int | None = None,
    priced: bool = True,
    able: Capabilities | None = None,
    max_input: int = 1_000_000,
    max_output: int = 128_000,
    token_factor: float = 1.0,
    legacy: bool = False,
    scored: bool = True,
) -> Model:
    quality = Quality(SCORES.get(name, 80) if score is None else score, "a benchmark", "2026-11-23")
    return Model(
        id=name,
        provider=PROVIDERS.get(name, "anthropic"),
        family=name,
        max_input=max_input,
        max_output=max_output,
        capabilities=able or Capabilities(),
        quality=dict.fromkeys(Phase, quality) if scored else {},
        card=CARDS[name] if priced else None,
        cache_ttl_s=300,
        cache_long_ttl_s=3600 if PROVIDERS.get(name, "anthropic") == "anthropic" else 0,
        token_factor=token_factor,
        legacy=legacy,
    )


def target(of: Model, format_name: FormatName = FormatName.ANTHROPIC_MESSAGES) -> Target:
    fidelity = Fidelity.RAW if of.provider == "anthropic" else Fidelity.SANITISED
    if format_name is not FormatName.ANTHROPIC_MESSAGES:
        fidelity = Fidelity.TRANSLATED
    return Target(of.provider, of.id, of.name_on_wire, format_name, fidelity)


def offer(
    of: Model | str,
    *,
    warm: int = 0,
    available: bool = True,
    losses: tuple[str, ...] = (),
    format_name: FormatName | None = None,
) -> Offer:
    known = model(of) if isinstance(of, str) else of
    usual = FormatName.OPENAI_RESPONSES if known.provider == "openai" else FormatName.ANTHROPIC_MESSAGES
    return Offer(known, target(known, format_name or usual), losses, warm, available)


def offers(*names: str, **warm: int) -> tuple[Offer, ...]:
    return tuple(offer(name, warm=warm.get(name, 0)) for name in names)


TALK = Conversation(
    format=FormatName.ANTHROPIC_MESSAGES, model="opus", messages=(Message("user", (Text("Fix it"),)),)
)
NOTHING = Features(
    kind=RequestKind.TURN,
    plan_mode=False,
    subagent=False,
    effort=None,
    words=((Phase.DEBUG, 5),),
    text_chars=6,
    question=False,
    stack_trace=False,
    continuation=False,
    turns=1,
    tool_calls=0,
    edits=0,
    test_edits=0,
    doc_edits=0,
    reads=0,
    commands=0,
    test_runs=0,
    tool_errors=0,
    error_streak=0,
    repeated_calls=0,
    complaint=False,
    prompt_tokens=60_000,
)
EVERYWHERE = ("opus", "sonnet", "haiku", "sol", "terra", "luna", "flash")


def classified(phase: Phase, difficulty: Difficulty) -> Classification:
    return Classification(phase, difficulty, 0.8, (f"words:{phase}",))


EASY = classified(Phase.IMPLEMENT, Difficulty.EASY)
HARD = classified(Phase.DEBUG, Difficulty.HARD)

REQUEST = RouteRequest(
    conversation=TALK,
    signals=Signals("claude-code", "s", None, RequestKind.TURN),
    features=NOTHING,
    classification=EASY,
    lane=Lane.SMART,
    strategy="balanced",
    offers=offers(*EVERYWHERE),
    direct=target(model("opus")),
    prompt_tokens=60_000,
    incumbent=None,
    in_tool_loop=False,
    now=NOW,
    max_regret_pct=20,
    horizon=5,
)
"""A first exchange: easy, 60,000 tokens, nothing warm anywhere, the client asks for opus."""


def of_kind(kind: RequestKind, request: RouteRequest = REQUEST) -> RouteRequest:
    """The same request, made for another reason."""
    return replace(request, signals=replace(request.signals, kind=kind))
