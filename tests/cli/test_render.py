"""Lines are printed as they are; JSON is one envelope; exit codes are kept."""

import json

import pytest
import typer
from rich.text import Text

from coderouter_cli.cli.render import finish, make_console, note, show
from coderouter_cli.cli.result import Result

LONG = "/a/very/long path/" + "x" * 300
MARKED = "[model_providers.coderouter] [/] [bold]x[/bold] :warning: \\[y]"


def test_plain_lines_are_neither_folded_nor_read_as_markup(capsys: pytest.CaptureFixture[str]) -> None:
    show((LONG, MARKED, "", Text("styled " * 40)))

    assert capsys.readouterr().out.splitlines() == [LONG, MARKED, "", "styled " * 40]


@pytest.mark.parametrize("code", [0, 65, 69])
def test_json_is_one_ascii_envelope_and_the_exit_code_is_kept(
    capsys: pytest.CaptureFixture[str], code: int
) -> None:
    result = Result({"name": "Ünïcode \udcff", "none": None}, ("for a person",), exit_code=code)
    if code:
        with pytest.raises(typer.Exit) as ended:
            finish(result, as_json=True)
        assert ended.value.exit_code == code
    else:
        finish(result, as_json=True)

    out, err = capsys.readouterr()
    assert out.isascii()
    assert json.loads(out) == {"schema": 1, "data": {"name": "Ünïcode \udcff", "none": None}}
    assert err == ""


def test_a_person_sees_the_view_and_no_data(capsys: pytest.CaptureFixture[str]) -> None:
    finish(Result({"secret": 1}, ("one", "two")), as_json=False)

    assert capsys.readouterr().out == "one\ntwo\n"


def test_remarks_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    note("by the way [x]")

    assert capsys.readouterr() == ("", "by the way [x]\n")


def test_a_pipe_is_wider_than_the_usual_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert make_console().width == make_console(stderr=True).width == 110
    assert not make_console().is_terminal
