"""The failover chain: who serves the request when the first choice cannot."""

from collections.abc import Iterable

from coderouter_cli.domain.decision import CandidateView, Target
from coderouter_cli.routing.case import Case

_LONGEST = 3


def chain_from(first: Target, candidates: Iterable[CandidateView], case: Case) -> tuple[Target, ...]:
    """The first choice and at most two more.

    Models above the bar come before others, another provider before the same one (a provider that is
    down is down for all its models), the client's own format before a translation; then those above
    the bar by cost, the others by quality. The client's own model is the last resort, where it can
    serve the request.
    """
    others = [view for view in candidates if view.target != first]
    others.sort(key=lambda view: _rank(view, first, case))
    chain = (first, *(view.target for view in others))
    own = _last_resort(chain, case)
    if own is None or own in chain[:_LONGEST]:
        return chain[:_LONGEST]
    return (*chain[: _LONGEST - 1], own)


def _rank(view: CandidateView, first: Target, case: Case) -> tuple[bool, bool, bool, int, str]:
    target = view.target
    return (
        view.below_bar,
        target.provider == first.provider,
        target.format is not case.format,
        -view.quality if view.below_bar or view.expected_cost is None else view.expected_cost,
        target.model,
    )


def _last_resort(chain: tuple[Target, ...], case: Case) -> Target | None:
    if case.direct is None or case.direct.model == chain[0].model:
        return None
    lost = any(view.losses for view in case.candidates if view.target.model == case.direct.model)
    return None if lost else case.direct
