import pytest

from coderouter_cli.domain.model import Dialect
from coderouter_cli.wire.formats.openai_responses.effort import nearest_effort
from tests.wire.formats.openai_responses.kit import DEEPSEEK, OPENAI, model


@pytest.mark.parametrize(
    ("efforts", "dialect", "asked", "thinking", "word"),
    [
        (("low", "medium", "high"), OPENAI, "medium", None, "medium"),
        (("low", "medium", "high"), OPENAI, "max", None, "high"),
        (("low", "medium", "high"), OPENAI, "none", None, "low"),
        (("low", "high"), OPENAI, "medium", None, "high"),
        (("none", "low", "high", "max"), DEEPSEEK, "minimal", None, "low"),
        (("none", "low", "high", "max"), DEEPSEEK, "xhigh", None, "high"),
        (("none", "low"), OPENAI, "high", False, "none"),
        (("low", "high"), OPENAI, None, False, "low"),
        (("low", "high"), OPENAI, None, True, None),
        (("low", "high"), OPENAI, None, None, None),
        ((), OPENAI, "high", None, None),
        (("low", "high"), OPENAI, "unheard of", None, None),
        (("turbo",), OPENAI, "high", None, None),
        (("turbo",), Dialect("d", effort_map={"high": "turbo"}), "high", None, "turbo"),
    ],
)
def test_the_nearest_word(
    efforts: tuple[str, ...], dialect: Dialect, asked: str | None, thinking: bool | None, word: str | None
) -> None:
    assert nearest_effort(asked, thinking, model(efforts=efforts), dialect) == word
