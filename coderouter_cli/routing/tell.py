"""A decision in words, from its record: why this model, why not another, when it may change.

What it says of a candidate is worked out from the stored case by the router itself.
"""

from collections.abc import Iterator

from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.decision import CandidateView
from coderouter_cli.domain.money import Picodollars
from coderouter_cli.routing.case import Case
from coderouter_cli.routing.control import SPOKEN
from coderouter_cli.routing.reasons import loss_words, usd
from coderouter_cli.routing.replay import case_of
from coderouter_cli.routing.router import bar_of

_MOST_OTHERS = 4


def why(decision: JsonObject) -> Iterator[str]:
    """Why this model, line by line: what the request was taken for, the reasons, how the next best lost."""
    case, chosen = case_of(decision), decision["chain"][0]
    yield (
        f"{chosen['model']} at {chosen['provider']} was chosen; your client asks for {case.requested} "
        f"({case.lane} lane, {case.strategy})."
    )
    yield (
        f"Taken for {case.phase}, {case.difficulty}, {100 * case.confidence:.0f} % sure: "
        f"{', '.join(case.evidence) or 'nothing said otherwise'}."
    )
    yield from (text for code, text in decision["reasons"] if code != "classified")
    others = [view for view in _by_cost(case) if view.target.model != chosen["model"]]
    if others:
        yield "Others:"
    for view in others[:_MOST_OTHERS]:
        yield f"- {view.target.model}: {_lost(case, view, chosen['model'])}."
    if len(others) > _MOST_OTHERS:
        yield f"- and {len(others) - _MOST_OTHERS} more (`coderouter explain`)."


def why_not(decision: JsonObject, model: str) -> str | None:
    """Why a model, by its id, was not chosen; None for one that was no candidate."""
    case, chosen = case_of(decision), decision["chain"][0]["model"]
    if model == chosen:
        return f"{model} was chosen."
    if decision["bypass"] is not None and not case.candidates:
        return f"Nobody chose: {chosen} is what the client asked for ({decision['bypass']})."
    views = [view for view in case.candidates if view.target.model == model]
    return None if not views else f"{model} was not chosen: {_lost(case, views[0], chosen)}."


def next_switch(decision: JsonObject, ttl_s: int | None) -> str:
    """When the model may change next. ``ttl_s`` is how long the chosen model's provider keeps a prompt."""
    case, chosen = case_of(decision), decision["chain"][0]["model"]
    pin = case.control.pin
    if case.lane == "direct":
        return "On the direct lane the model changes when your client changes it."
    if pin is not None and pin.voice in SPOKEN and pin.model == chosen:
        return f"{chosen} stays as long as it is asked for."
    cold = "" if ttl_s is None else f", or after {_minutes(ttl_s)} without a request (its cache is cold then)"
    return f"The model may change with your next message, after a compaction{cold}."


def remark(decision: JsonObject, model: str) -> str:
    """A candidate's fate in a few words, for a table; the chosen one is "chosen"."""
    case, chosen = case_of(decision), decision["chain"][0]["model"]
    if model == chosen:
        return "chosen"
    view = next((view for view in case.candidates if view.target.model == model), None)
    return "" if view is None else _lost(case, view, chosen)


def _lost(case: Case, view: CandidateView, chosen: str) -> str:
    if view.losses:
        return ", ".join(map(loss_words, view.losses))
    below = bar_of(case) - view.quality
    if below > 0:
        return f"below the bar by {below} {'point' if below == 1 else 'points'}"
    if view.dominated_by is not None:
        return f"{view.dominated_by} is no dearer and no worse in anything"
    if view.expected_cost is None:
        return "its price is not known"
    return _beside(case, view, chosen)


def _beside(case: Case, view: CandidateView, chosen: str) -> str:
    """A candidate that could have been chosen, beside the one that was."""
    pin = case.control.pin
    if pin is not None and pin.model == chosen:
        return f"{chosen} was asked for"
    best = next((one for one in case.candidates if one.target.model == chosen), None)
    if best is None or best.expected_cost is None or view.expected_cost is None:
        return "it was not asked for"
    dearer = view.expected_cost - best.expected_cost
    if dearer > 0:
        return f"dearer by {usd(Picodollars(dearer))} over {case.horizon} exchanges"
    if case.in_tool_loop:
        return f"{chosen} is at work, and models change between turns"
    return f"cheaper by {usd(Picodollars(-dearer))}, but not if the turn ends early"


def _by_cost(case: Case) -> list[CandidateView]:
    """Those that could serve the request first, the cheapest before the others."""
    bar = bar_of(case)

    def rank(view: CandidateView) -> tuple[bool, bool, bool, int]:
        cost = view.expected_cost
        return bool(view.losses), view.quality < bar, cost is None, 0 if cost is None else cost

    return sorted(case.candidates, key=rank)


def _minutes(seconds: int) -> str:
    minutes = seconds // 60
    return f"{minutes} minutes" if minutes != 60 else "an hour"
