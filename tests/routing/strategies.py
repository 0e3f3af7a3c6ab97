"""Requests of every kind, for property tests."""

from dataclasses import replace

from hypothesis import strategies as st

from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.domain.decision import Lane
from coderouter_cli.domain.phase import Difficulty, Phase, RequestKind
from coderouter_cli.routing.escalation import Standing
from coderouter_cli.routing.request import Offer, RouteRequest
from tests.routing.field import EVERYWHERE, NOTHING, classified, model, of_kind, offer, target

NEEDS = st.tuples(st.sampled_from(list(Phase)), st.sampled_from(list(Difficulty)))
NAMES = st.sampled_from([*EVERYWHERE, "gpt-5.5", "claude-sonnet-5"])


@st.composite
def an_offer(draw: st.DrawFn) -> Offer:
    of = model(
        draw(NAMES),
        priced=draw(st.booleans()),
        scored=draw(st.sampled_from([True, True, False])),
        token_factor=draw(st.sampled_from([0.8, 1.0, 1.3])),
        max_input=draw(st.sampled_from([50_000, 1_000_000])),
    )
    lost = draw(st.sampled_from([(), (), (), ("images",)]))
    form = draw(st.sampled_from([FormatName.ANTHROPIC_MESSAGES, FormatName.OPENAI_RESPONSES]))
    return offer(
        of, warm=draw(st.integers(0, 80_000)), available=draw(st.booleans()), losses=lost, format_name=form
    )


@st.composite
def a_request(draw: st.DrawFn) -> RouteRequest:
    offered = draw(st.lists(an_offer(), max_size=6, unique_by=lambda each: each.model.id))
    phase, difficulty = draw(st.sampled_from(list(Phase))), draw(st.sampled_from(list(Difficulty)))
    return replace(
        of_kind(draw(st.sampled_from(list(RequestKind)))),
        offers=tuple(offered),
        classification=classified(phase, difficulty),
        features=replace(NOTHING, error_streak=draw(st.integers(0, 4))),
        lane=draw(st.sampled_from([Lane.SMART, Lane.SMART, Lane.DIRECT])),
        direct=draw(st.sampled_from([None, target(model("opus")), target(model("haiku"))])),
        incumbent=draw(st.one_of(st.none(), NAMES)),
        in_tool_loop=draw(st.booleans()),
        prompt_tokens=draw(st.integers(1, 150_000)),
        strategy=draw(st.sampled_from(["balanced", "frugal", "quality"])),
        max_regret_pct=draw(st.sampled_from([0, 20, 1_000])),
        horizon=draw(st.integers(1, 16)),
        asked=draw(st.sampled_from([None, model("opus"), model("haiku"), model("opus-4-7", legacy=True)])),
        recent=tuple(draw(st.lists(NEEDS, max_size=4))),
        gone_cold=draw(st.booleans()),
        standing=draw(st.sampled_from(list(Standing))),
    )
