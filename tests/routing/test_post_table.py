"""The table of the CodeRouter post of 2026-05-09, routed again with its models and the prices of its day.

`pytest -s tests/routing/test_post_table.py` prints ours beside the post's.

The post gives the share of each phase and the models it went to, over many users and sessions, and neither
difficulties, nor clients, nor keys. What is assumed here, for every phase alike unless it says otherwise:

- the client asks for Opus 4.7, as the post says, and its prompt has 45,000 tokens, none of them warm;
- two in ten asks are hard and four easy, as in our comparison of switching policies; of debugging, which the
  post calls reasoning-heavy, four in ten are hard and two easy;
- three sets of keys and clients, equally often: Claude Code with all keys; Claude Code with those of
  Anthropic and DeepSeek; Codex with all keys. Codex offers a hosted web search with every request (measured
  with 0.169.0), which DeepSeek's models do not run.
- small edits come with a picture of what is to look different, or from Codex: V4 sees no pictures.

The quality scores follow the rule of `models.toml` and know figures that came out after the post.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from coderouter_cli.catalog.dominance import undercutters
from coderouter_cli.catalog.post import post_catalog
from coderouter_cli.domain.conversation import FormatName, Image, Message, Text, Tool, ToolKind
from coderouter_cli.domain.model import Model
from coderouter_cli.domain.phase import Difficulty, Phase
from coderouter_cli.routing.request import Offer, RouteRequest
from coderouter_cli.routing.router import route
from tests.routing.field import REQUEST, TALK, classified, target

CATALOG = post_catalog()
MODELS = tuple(model for model in CATALOG.models.values() if not model.legacy)
ASKED = CATALOG.models["claude-opus-4-7"]
UNDERCUT = undercutters(MODELS)
PROMPT_TOKENS = 45_000

USUAL = {Difficulty.EASY: 4, Difficulty.NORMAL: 4, Difficulty.HARD: 2}
DEMANDING = {Difficulty.EASY: 2, Difficulty.NORMAL: 4, Difficulty.HARD: 4}


@dataclass(frozen=True)
class Row:
    """One line of the post's table: the phase's share of all requests, and where they went, in percent."""

    share: float
    models: dict[str, int]


POST = {
    Phase.DEBUG: Row(
        41.7, {"claude-opus-4-7": 44, "claude-sonnet-4-6": 22, "gpt-5.5": 18, "deepseek-v4-pro": 15}
    ),
    Phase.IMPLEMENT: Row(32.2, {"deepseek-v4-flash": 62, "deepseek-v4-pro": 16, "gpt-5.4": 12}),
    Phase.TEST: Row(17.2, {"deepseek-v4-flash": 47, "claude-sonnet-4-6": 34, "deepseek-v4-pro": 19}),
    Phase.PLAN: Row(5.1, {"deepseek-v4-pro": 77, "claude-sonnet-4-6": 8}),
    Phase.DOCUMENT: Row(2.5, {"deepseek-v4-flash": 94}),
    Phase.SMALL_EDIT: Row(0.9, {"gpt-5-mini": 100}),
}
SEARCH = Tool("web_search", kind=ToolKind.SERVER)
CODEX = replace(TALK, format=FormatName.OPENAI_RESPONSES, tools=(SEARCH,))
PICTURE = replace(TALK, messages=(Message("user", (Text("Make it blue"), Image(data="aGk="))),))


def family(model: str) -> str:
    """The families the post names: Opus, Sonnet, GPT-5.4 and 5.5 (one here), mini, V4-Pro, V4-Flash."""
    return CATALOG.models[model].family


def asked(models: tuple[Model, ...]) -> RouteRequest:
    offers = tuple(
        Offer(model, target(model), (), 0, True, UNDERCUT.get(model.id, frozenset())) for model in models
    )
    direct = target(ASKED)
    return replace(REQUEST, offers=offers, direct=direct, asked=ASKED, prompt_tokens=PROMPT_TOKENS)


def settings(phase: Phase) -> Iterator[RouteRequest]:
    """A phase's requests before their difficulty."""
    without_openai = tuple(model for model in MODELS if model.provider != "openai")
    claude = PICTURE if phase is Phase.SMALL_EDIT else TALK
    yield replace(asked(MODELS), conversation=claude)
    yield replace(asked(MODELS if phase is Phase.SMALL_EDIT else without_openai), conversation=claude)
    yield replace(asked(MODELS), conversation=CODEX, horizon=12)


def routed(phase: Phase) -> Counter[str]:
    """Where a phase goes, in percent."""
    mix = DEMANDING if phase is Phase.DEBUG else USUAL
    found: Counter[str] = Counter()
    for request in settings(phase):
        for difficulty, weight in mix.items():
            found[route(replace(request, classification=classified(phase, difficulty))).chosen.model] += (
                weight
            )
    total = found.total()
    return Counter({model: round(100 * count / total) for model, count in found.items()})


OURS = {phase: routed(phase) for phase in Phase}


def shares(models: Counter[str] | dict[str, int]) -> Counter[str]:
    by_family: Counter[str] = Counter()
    for model, percent in models.items():
        by_family[family(model)] += percent
    return by_family


def test_our_table_beside_the_posts() -> None:
    lines = [f"{'phase':<11} {'share':>6}  {'post':<66} ours"]
    for phase, row in POST.items():
        post = ", ".join(f"{model} {percent}" for model, percent in row.models.items())
        ours = ", ".join(f"{model} {percent}" for model, percent in OURS[phase].most_common())
        lines.append(f"{phase:<11} {row.share:>6}  {post:<66} {ours}")
    print("\n" + "\n".join(lines))  # noqa: T201 - the table is what the test is read for
    assert len(lines) == 1 + len(Phase)


@pytest.mark.parametrize("phase", [Phase.PLAN, Phase.IMPLEMENT, Phase.TEST, Phase.DOCUMENT, Phase.SMALL_EDIT])
def test_a_phase_lands_first_on_the_family_the_post_names_first(phase: Phase) -> None:
    assert shares(OURS[phase]).most_common(1)[0][0] == family(
        max(POST[phase].models, key=POST[phase].models.__getitem__)
    )


def test_debugging_is_split_over_the_posts_four_families() -> None:
    ours, post = shares(OURS[Phase.DEBUG]), shares(POST[Phase.DEBUG].models)
    assert set(ours) == set(post)
    assert ours.most_common(1)[0][0] == "opus"


@pytest.mark.parametrize(
    ("difficulty", "families"),
    [
        (Difficulty.EASY, {"pro"}),
        (Difficulty.NORMAL, {"gpt", "sonnet"}),
        (Difficulty.HARD, {"opus"}),
    ],
)
def test_by_difficulty(difficulty: Difficulty, families: set[str]) -> None:
    found = set()
    for request in list(settings(Phase.DEBUG))[:2]:
        found.add(
            family(route(replace(request, classification=classified(Phase.DEBUG, difficulty))).chosen.model)
        )
    assert found == families


def test_no_plan_needs_opus() -> None:
    """The post's first finding: "77% routed to V4-Pro and 0% to Opus"."""
    assert OURS[Phase.PLAN]["claude-opus-4-7"] == 0
