"""A decision as JSON, with all it was made from: to explain it, and to make it again.

No prompt, no path, no header: names of models, numbers and codes.
"""

from coderouter_cli.domain.conversation import FormatName, JsonObject
from coderouter_cli.domain.decision import CandidateView, Decision, Escalation, Fidelity, Lane, Target
from coderouter_cli.domain.features import Features
from coderouter_cli.domain.money import Picodollars
from coderouter_cli.domain.phase import Difficulty, Phase, RequestKind
from coderouter_cli.routing.case import Case, asked_quality
from coderouter_cli.routing.control import NO_CONTROL, Control, Floor, Pin, Voice
from coderouter_cli.routing.escalation import Ending, Sign, Standing, sign_of
from coderouter_cli.routing.request import RouteRequest
from coderouter_cli.routing.router import decide

VERSION = 2


def decision_json(decision: Decision, request: RouteRequest) -> JsonObject:
    """Write a decision down.

    ``case`` holds everything `replay` needs, ``features`` what the classifier saw, the rest what came of
    it. Costs are in picodollars, null where no price is known.
    """
    return {
        "version": VERSION,
        "case": _case(decision, request),
        "features": _features(request.features),
        "chain": [_target(target) for target in decision.chain],
        "reasons": [[reason.code, reason.detail] for reason in decision.reasons],
        "bypass": decision.bypass,
        "escalation": _escalation(decision.escalation),
    }


def replay(written: JsonObject) -> Decision:
    """Make a decision again from what was written down.

    Raises:
        KeyError: it is not such a record.
        ValueError: it holds a word this version does not know.
        RoutingError, ConfigError: as the router does.
    """
    return decide(case_of(written))


def case_of(written: JsonObject) -> Case:
    """What a decision was made from, as it was written down; raises as `replay`."""
    case = written["case"]
    return Case(
        lane=Lane(case["lane"]),
        kind=RequestKind(case["kind"]),
        phase=Phase(case["phase"]),
        difficulty=Difficulty(case["difficulty"]),
        confidence=case["confidence"],
        evidence=tuple(case["evidence"]),
        error_streak=case["error_streak"],
        strategy=case["strategy"],
        format=FormatName(case["format"]),
        requested=case["requested"],
        direct=None if case["direct"] is None else _read_target(case["direct"]),
        incumbent=case["incumbent"],
        in_tool_loop=case["in_tool_loop"],
        max_regret_pct=case["max_regret_pct"],
        horizon=case["horizon"],
        candidates=tuple(_read_view(view) for view in case["candidates"]),
        control=_read_control(case.get("control")),
        asked_quality=case.get("asked_quality"),
        gone_cold=case.get("gone_cold", False),
        flailing=_read_sign(case.get("flailing")),
        standing=Standing(case.get("standing", Standing.OVER)),
    )


def _case(decision: Decision, request: RouteRequest) -> JsonObject:
    sign = sign_of(request.features, in_tool_loop=request.in_tool_loop)
    return {
        "at": request.now.isoformat(),
        "client": request.signals.client,
        "prompt_tokens": request.prompt_tokens,
        "lane": decision.lane.value,
        "kind": request.signals.kind.value,
        "phase": decision.phase.value,
        "difficulty": decision.difficulty.value,
        "confidence": decision.confidence,
        "evidence": list(request.classification.evidence),
        "error_streak": request.features.error_streak,
        "strategy": decision.strategy,
        "format": request.conversation.format.value,
        "requested": request.conversation.model,
        "direct": None if request.direct is None else _target(request.direct),
        "incumbent": request.incumbent,
        "in_tool_loop": request.in_tool_loop,
        "max_regret_pct": request.max_regret_pct,
        "horizon": decision.horizon,
        "candidates": [_view(view) for view in decision.candidates],
        "control": _control(request.control),
        "asked_quality": asked_quality(request),
        "recent": [[phase.value, difficulty.value] for phase, difficulty in request.recent],
        "gone_cold": request.gone_cold,
        "flailing": None if sign is None else sign.value,
        "standing": request.standing.value,
    }


def _escalation(move: Escalation | None) -> JsonObject | None:
    if move is None:
        return None
    return {"from": move.from_model, "to": move.to_model, "sign": move.sign, "held_out": move.held_out}


def ending_json(ended: Ending | None) -> JsonObject | None:
    """How an escalation ended, for the row of the exchange that shows it."""
    return None if ended is None else {"exchange": ended.exchange, "outcome": ended.outcome.value}


def _read_sign(value: str | None) -> Sign | None:
    return None if value is None else Sign(value)


def _features(features: Features) -> JsonObject:
    fields = {name: getattr(features, name) for name in features.__slots__}
    words = {
        name: {phase.value: count for phase, count in value}
        for name, value in fields.items()
        if isinstance(value, tuple)
    }
    return {**fields, **words, "kind": features.kind.value}


def _target(target: Target) -> JsonObject:
    return {
        "provider": target.provider,
        "model": target.model,
        "wire_name": target.wire_name,
        "format": target.format.value,
        "fidelity": target.fidelity.value,
    }


def _read_target(value: JsonObject) -> Target:
    return Target(
        provider=value["provider"],
        model=value["model"],
        wire_name=value["wire_name"],
        format=FormatName(value["format"]),
        fidelity=Fidelity(value["fidelity"]),
    )


def _view(view: CandidateView) -> JsonObject:
    return {
        **_target(view.target),
        "quality": view.quality,
        "warm_tokens": view.warm_tokens,
        "expected_cost": view.expected_cost,
        "early_cost": view.early_cost,
        "next_cost": view.next_cost,
        "losses": list(view.losses),
        "below_bar": view.below_bar,
        "dominated_by": view.dominated_by,
    }


def _read_view(value: JsonObject) -> CandidateView:
    return CandidateView(
        target=_read_target(value),
        quality=value["quality"],
        warm_tokens=value["warm_tokens"],
        expected_cost=_read_cost(value["expected_cost"]),
        losses=tuple(value["losses"]),
        early_cost=_read_cost(value["early_cost"]),
        next_cost=_read_cost(value.get("next_cost")),
        dominated_by=value.get("dominated_by"),
    )


def _control(control: Control) -> JsonObject:
    pin, floor = control.pin, control.floor
    return {
        "lane_by": control.lane_by.value,
        "strategy_by": control.strategy_by.value,
        "pin": None if pin is None else [pin.model, pin.voice.value],
        "floor": None if floor is None else [floor.score, floor.voice.value],
        "denied": control.denied,
        "policy": control.policy,
        "policy_changed": control.policy_changed,
    }


def _read_control(value: JsonObject | None) -> Control:
    """What was asked; nothing in records from before anybody could."""
    if value is None:
        return NO_CONTROL
    pin, floor = value["pin"], value["floor"]
    return Control(
        lane_by=Voice(value["lane_by"]),
        strategy_by=Voice(value["strategy_by"]),
        pin=None if pin is None else Pin(pin[0], Voice(pin[1])),
        floor=None if floor is None else Floor(floor[0], Voice(floor[1])),
        denied=value["denied"],
        policy=value["policy"],
        policy_changed=value["policy_changed"],
    )


def _read_cost(value: int | None) -> Picodollars | None:
    return None if value is None else Picodollars(value)
