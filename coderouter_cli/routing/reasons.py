"""The steps of a decision in words. Codes are stable; no word of a prompt gets in."""

from collections import Counter
from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal

from coderouter_cli.domain.decision import CandidateView, Escalation, Lane, Reason
from coderouter_cli.domain.money import Picodollars, to_usd
from coderouter_cli.domain.phase import RequestKind
from coderouter_cli.errors import RoutingError
from coderouter_cli.routing.case import Case
from coderouter_cli.routing.control import Floor, Pin, Voice
from coderouter_cli.routing.eligibility import RESTING_LOSSES

_AS_ASKED = {
    "direct_lane": "On the direct lane the client picks the model.",
    "safety_check": "The client's own safety checks stay with the model they name, where a key reaches it.",
    "unread": "CodeRouter cannot read this request, so it goes to its own provider as it came.",
}
_WORDS = {
    "unavailable": "the provider is down",
    "legacy": "only served when asked for",
    "no_quality_score": "no quality score is known",
    "max_input": "the prompt is too long for it",
    "max_output": "its answers are too short",
    "images": "it sees no images",
    "documents": "it reads no documents",
    "tools": "it calls no tools",
    "functions": "it knows no tools of the old kind",
    "tool_choice": "it cannot be made to call a tool",
    "forced_tool_choice": "it takes no forced tool choice",
    "server_tools": "it runs no hosted tools",
    "computer_tool": "it takes another version of the computer tool",
    "structured_output": "it follows no output schema",
    "stop_sequences": "it knows no stop sequences, or not so many",
    "sampling": "it takes no temperature",
    "thinking_off": "its thinking cannot be switched off",
    "unknown_parts": "the request has parts that only its own provider reads",
    "server_state": "what the request builds on is kept at its own provider",
    "compaction": "the history is in a form that only its own provider reads",
    "sealed_messages": "the history has messages that only its own provider can open",
    "citations": "it cites no documents",
    "logprobs": "it tells no probabilities",
    "audio": "it does not speak",
    "moderation": "it passes no judgement on what is said",
    "logit_bias": "it has other tokens than those the request weighs",
    "speakers": "it cannot tell who of several people says what",
    "data_residency": "the prompt must stay in a region that it does not keep to",
    "weaker_check": "it is weaker than the model that is to check the client's actions",
    "denied_by_repository": "the repository's policy denies it",
    "denied_by_client": "your settings deny it for this client",
    "denied_by_config": "your settings deny it",
    "prefill": "it cannot go on from the beginning of an answer",
}
"""What a candidate lacks, by its code; `routing.eligibility` and the formats' `losses` give the codes."""


_VOICES = {
    Voice.REQUEST: "by the request's header",
    Voice.SESSION: "in this session (`@cr`)",
    Voice.REPOSITORY: "by the repository's policy",
    Voice.CLIENT: "by your settings for this client",
    Voice.CONFIG: "by your settings",
}


_SIGNS = {
    "failures": "{} tool results in a row failed",
    "repetition": "the same call was made again and again while it failed",
    "thrash": "the same file was edited again and again while its tests failed",
    "complaint": "you said that it does not work",
}


def loss_words(code: str) -> str:
    """What a code says of a candidate; the code itself where it is of another version."""
    return _WORDS.get(code, code)


def as_asked(bypass: str) -> Reason:
    """The client's model, unrouted."""
    return Reason(bypass, _AS_ASKED[bypass])


def classified(case: Case) -> Reason:
    """What kind of work it is taken for."""
    if case.kind is not RequestKind.TURN:
        return Reason("housekeeping", f"A request of the client's own ({case.kind}), not a turn of yours.")
    signs = ", ".join(case.evidence) if case.evidence else "nothing said otherwise"
    return Reason("classified", f"Taken for {case.phase}, {case.difficulty} ({signs}).")


def control(case: Case) -> tuple[Reason, ...]:
    """Who chose lane and strategy, where it was not the settings of all, and which policy holds."""
    asked, found = case.control, []
    if asked.lane_by is not Voice.CONFIG and asked.pin is None:
        found.append(Reason("lane", f"The {case.lane} lane was chosen {_VOICES[asked.lane_by]}."))
    if asked.strategy_by is not Voice.CONFIG:
        found.append(Reason("strategy", f"Strategy {case.strategy} was chosen {_VOICES[asked.strategy_by]}."))
    if asked.floor is not None:
        least = f"At least {asked.floor.score} of 100 for {case.phase}"
        found.append(Reason("floor", f"{least} is asked for {_VOICES[asked.floor.voice]}."))
    if asked.policy_changed:
        said = "The repository's policy has changed since it was trusted: the trusted one holds until"
        found.append(Reason("policy_changed", f"{said} `coderouter trust` is given again."))
    return tuple(found)


def pinned(pin: Pin) -> Reason:
    """Somebody named the model."""
    return Reason("pinned", f"{pin.model} was asked for {_VOICES[pin.voice]}.")


def pin_unfit(pin: Pin, view: CandidateView | None) -> Reason:
    """Somebody named a model that is not the one chosen."""
    if view is None:
        why = "it is not within reach"
    elif view.losses:
        why = ", ".join(map(loss_words, view.losses))
    else:
        why = "models change between turns, not inside one"
    return Reason("pin_unfit", f"{pin.model} was asked for {_VOICES[pin.voice]}, but not chosen: {why}.")


def floor_unmet(floor: Floor, best: CandidateView) -> Reason:
    """Nobody is good enough."""
    return Reason(
        "floor_unmet",
        f"No model within reach scores {floor.score}, as asked {_VOICES[floor.voice]}: "
        f"{best.target.model} comes nearest with {best.quality}.",
    )


def exclusions(case: Case) -> tuple[Reason, ...]:
    """Which candidates were out of the question."""
    lost = Counter(code for view in case.candidates for code in view.losses)
    fit = [view for view in case.candidates if not view.losses]
    unpriced = sorted(view.target.model for view in fit if view.expected_cost is None)
    found = []
    if lost:
        share = f"{len(case.candidates) - len(fit)} of {len(case.candidates)}"
        found.append(Reason("ineligible", f"{share} models cannot serve it ({_counted(lost)})."))
    if unpriced:
        found.append(Reason("unknown_price", f"Not chosen without a known price: {', '.join(unpriced)}."))
    return tuple(found)


def compaction(incumbent: CandidateView) -> Reason:
    """A summary of a conversation is cheapest where the conversation is cached."""
    model, warm = incumbent.target.model, incumbent.warm_tokens
    return Reason("compaction_warm", f"{model} still holds about {warm} tokens of what is to be summarised.")


def tool_loop(model: str) -> Reason:
    """Inside a tool loop the model stays."""
    return Reason("tool_loop", f"{model} is at work; models change between turns, not inside one.")


def occasion(case: Case, incumbent: CandidateView | None) -> Reason:
    """Why the model may change now."""
    last = case.incumbent
    if case.kind is RequestKind.TITLE:
        return Reason("cheapest", "Housekeeping goes to the cheapest model that can do it.")
    if last is None:
        return Reason("first_exchange", "No model has answered in this conversation yet, as far as is known.")
    if incumbent is None:
        return Reason("incumbent_lost", f"{last}, which answered last, cannot serve this request.")
    if case.kind is not RequestKind.TURN:
        return Reason("one_shot", f"Nothing follows on this prompt, and {last} holds little of it.")
    if case.gone_cold:
        return Reason("gone_cold", f"{last}, which answered last, has lost its cache of the conversation.")
    return Reason("new_turn", f"A new turn begins; {last} answered last.")


def escalated(case: Case, move: Escalation) -> Reason:
    """A better model takes over, once per conversation; or would, in one that is held out."""
    signs = _SIGNS.get(move.sign, move.sign).format(case.error_streak)
    if move.held_out:
        stays = f"{move.to_model} would take over from {move.from_model} ({signs}), but"
        return Reason("escalation_held_out", f"{stays} this conversation is held out for comparison.")
    return Reason("escalated", f"{move.to_model} takes over from {move.from_model}: {signs}.")


def bar(case: Case, least: int, reference: int) -> Reason:
    """How good is good enough."""
    need = f"{case.phase}, {case.difficulty}, {case.strategy}"
    return Reason("bar", f"For {need} a model must score {least} of 100; the reference has {reference}.")


def regret(case: Case, dropped: CandidateView) -> Reason:
    """A cheaper model that would be dear if the turn ended early."""
    return Reason(
        "max_regret",
        f"{dropped.target.model} would be cheaper over {case.horizon} exchanges, but costs more than "
        f"{case.max_regret_pct} % above staying if only half of them come.",
    )


def lowest_cost(case: Case, best: CandidateView) -> Reason:
    """The winner, and what it is expected to cost, now and in the turn that may follow."""
    plural = "exchange" if case.horizon == 1 else "exchanges"
    later = best.next_cost or Picodollars(0)
    now = None if best.expected_cost is None else Picodollars(best.expected_cost - later)
    after = f", and {usd(later)} in the turn that may follow" if later and now is not None else ""
    return Reason(
        "lowest_cost",
        f"{best.target.model} is good enough at the lowest expected cost: {usd(now)} over "
        f"{case.horizon} {plural}, with {best.warm_tokens} tokens warm{after}.",
    )


def safety_check_elsewhere(case: Case, best: CandidateView) -> Reason:
    """The client's check of its own actions, whose model is out of reach."""
    return Reason(
        "safety_check_elsewhere",
        f"No key reaches {case.requested}, which the client's safety check names: it goes to the best model "
        f"within reach, which is no weaker: {best.target.model}.",
    )


def requested(case: Case) -> Reason:
    """The router's choice is the client's."""
    return Reason("requested_model", f"It is the model the client asked for ({case.requested}).")


def degraded(fit: Iterable[CandidateView]) -> Reason:
    """Nobody within reach can give all the request asks for."""
    lost = {code for view in fit for code in view.losses}
    if lost == RESTING_LOSSES:
        return Reason(
            "resting", "Every provider within reach rests after failures; one of them is asked again."
        )
    words = ", ".join(map(loss_words, sorted(lost - RESTING_LOSSES)))
    return Reason("degraded", f"No model within reach can do all it asks for; it goes without ({words}).")


def fallback(case: Case) -> Reason:
    """No candidate: the client's own model."""
    return Reason("fallback", f"No other model can serve it: it goes to {case.requested}, as asked.")


def unreachable(case: Case) -> RoutingError:
    """There is no model at all; the error says what is missing and what to do."""
    if case.control.denied is not None:
        return _denied(case, case.control.denied)
    nearest = min((view.losses for view in case.candidates), key=len, default=())
    whose = f"{case.home}, the provider of" if case.home else "the provider of"
    keyless = f"There is no key for {whose} {case.requested}."
    add = f"`coderouter keys set {case.home or 'PROVIDER'}`"
    if case.kind is RequestKind.SAFETY_CHECK:
        return RoutingError(
            keyless,
            means="This is a safety check of the client's own, which no weaker model may answer.",
            next_step=f"Add that provider's key: {add}.",
        )
    if not nearest:
        return RoutingError(keyless, next_step=f"Add it: {add}; or that of another provider.")
    lost = Counter(code for view in case.candidates for code in view.losses)
    count = len(case.candidates)
    return RoutingError(
        keyless,
        means=f"None of the {count} models within reach can serve the request ({_counted(lost)}).",
        next_step=_next_step(nearest, add),
        missing=nearest,
    )


def _denied(case: Case, code: str) -> RoutingError:
    """The client's own model may not be asked, and nobody else can serve the request."""
    others = len([view for view in case.candidates if not view.losses])
    means = "" if others else "No other model within reach can serve the request."
    return RoutingError(
        f"{case.requested} cannot be asked: {loss_words(code)}.",
        means="On the direct lane no other is asked." if case.lane is Lane.DIRECT else means,
        next_step="Name another model, or change what is allowed (`coderouter trust --list`, config.toml).",
    )


def _next_step(missing: tuple[str, ...], add: str) -> str:
    if missing == ("max_input",):
        return "Compact the conversation, or add a key of a provider with larger models."
    return f"Add a key of a provider that can: {add}; `coderouter models` shows who else."


def _counted(lost: Counter[str]) -> str:
    return ", ".join(f"{loss_words(code)}: {count}" for code, count in sorted(lost.items()))


def usd(amount: Picodollars | None) -> str:
    """Dollars to the hundredth of a cent."""
    if amount is None:
        return "an unknown amount"
    return f"${to_usd(amount).quantize(Decimal('0.0001'), rounding=ROUND_HALF_EVEN)}"
