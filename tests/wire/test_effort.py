"""The nearest word a model knows for how hard to think."""

import pytest

from coderouter_cli.domain.model import Dialect
from coderouter_cli.wire.effort import nearest_effort, thinking_efforts, weakest_effort
from tests.wire.formats.openai_chat.kit import model

ANY = Dialect("any")
MAPPED = Dialect("mapped", effort_map={"high": "turbo", "xhigh": "high"})
GPT = ("none", "minimal", "low", "medium", "high", "xhigh")
CLAUDE = ("low", "medium", "high", "xhigh", "max")
FLASH = ("low", "high", "max")


@pytest.mark.parametrize(
    ("effort", "known", "dialect", "word"),
    [
        ("high", GPT, ANY, "high"),
        ("max", GPT, ANY, "xhigh"),
        ("none", GPT, ANY, "none"),
        (None, GPT, ANY, None),
        ("high", (), ANY, None),
        ("ultra", GPT, ANY, None),
        ("none", CLAUDE, ANY, "low"),
        ("minimal", CLAUDE, ANY, "low"),
        ("max", CLAUDE, ANY, "max"),
        ("minimal", FLASH, ANY, "low"),
        ("none", FLASH, ANY, "low"),
        ("max", ("low", "medium", "high"), ANY, "high"),
        ("high", ("turbo",), ANY, None),
        ("turbo", ("turbo",), ANY, "turbo"),
        ("high", ("turbo",), MAPPED, "turbo"),
        ("xhigh", FLASH, MAPPED, "high"),
    ],
)
def test_the_nearest_word(
    effort: str | None, known: tuple[str, ...], dialect: Dialect, word: str | None
) -> None:
    assert nearest_effort(effort, known, dialect) == word


def test_of_two_equally_near_words_the_stronger_one() -> None:
    assert nearest_effort("medium", FLASH, ANY) == "high"


@pytest.mark.parametrize(("known", "word"), [(("none", "xhigh"), "xhigh"), (("none",), None)])
def test_only_who_asks_for_it_has_thinking_switched_off(known: tuple[str, ...], word: str | None) -> None:
    assert nearest_effort("minimal", known, ANY) == word


def test_the_words_with_which_a_model_thinks() -> None:
    assert thinking_efforts(model(efforts=("none", "low", "high")), ANY) == ("low", "high")
    assert weakest_effort(model(efforts=("none", "low", "high")), ANY) == "low"
    assert weakest_effort(model(efforts=("none",)), ANY) is None
    assert weakest_effort(model(efforts=()), ANY) is None
