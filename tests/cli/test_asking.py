"""Questions, and who answers them. At a real terminal: see test_setup_inputs and commands/test_keys."""

import io

import pytest
import typer

from coderouter_cli.cli.asking import agree, has_terminal
from coderouter_cli.errors import UsageError


@pytest.mark.parametrize(
    ("typed", "default"), [("y\n", False), ("yes\n", False), ("\n", True), ("what?\ny\n", False)]
)
def test_a_piped_yes_is_a_yes(monkeypatch: pytest.MonkeyPatch, typed: str, default: bool) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))

    agree("Go on?", default=default)


@pytest.mark.parametrize("typed", ["", "n\n", "\n", "what?\n"])
def test_no_answer_and_a_piped_no_are_none(monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))

    with pytest.raises(UsageError, match="nothing was changed") as caught:
        agree("Go on?", default=False)
    assert "--yes" in caught.value.next_step


def test_a_closed_input_answers_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)

    assert not has_terminal()
    with pytest.raises(UsageError):
        agree("Go on?", default=True)


def test_a_persons_no_aborts(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal("n\n"))

    assert has_terminal()
    with pytest.raises(typer.Abort):
        agree("Go on?", default=True)


def test_the_question_is_not_part_of_the_output(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    agree("Go on?", default=False)

    out, err = capsys.readouterr()
    assert "Go on?" not in out
    assert "Go on? [y/N]" in err
