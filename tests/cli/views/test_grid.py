"""Tables keep every figure whole."""

import pytest

from coderouter_cli.cli.render import show
from coderouter_cli.cli.views.grid import grid


def lines(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int) -> list[str]:
    monkeypatch.setattr("coderouter_cli.cli.render._PIPE_WIDTH", width)
    table = grid("Name", "cost", "why", words=("why",))
    table.add_row("a-long-name[x]", "$1,234.56", "many words that may be folded")
    show((table,))
    return capsys.readouterr().out.splitlines()


def test_numbers_are_on_the_right_and_words_on_the_left(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    heading, row = lines(capsys, monkeypatch, 80)

    assert heading.rstrip() == "Name                 cost  why"
    assert row.rstrip() == "a-long-name[x]  $1,234.56  many words that may be folded"


@pytest.mark.parametrize("width", [10, 30, 40])
def test_a_narrow_place_folds_words_and_nothing_else(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    shown = "\n".join(lines(capsys, monkeypatch, width))

    for whole in ("a-long-name[x]", "$1,234.56", "many", "words", "folded"):
        assert whole in shown
    assert "…" not in shown
