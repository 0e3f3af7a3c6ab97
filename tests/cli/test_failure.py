"""How errors are told."""

import json

import pytest
import typer

from coderouter_cli.cli.failure import fail, misuse
from coderouter_cli.errors import ConfigError, LedgerError, UsageError
from tests.cli.home import KEY


def test_three_lines_for_a_person(capsys: pytest.CaptureFixture[str]) -> None:
    code = fail(LedgerError("It broke.", means="It matters.", next_step="Mend it."), as_json=False)

    assert code == 74
    assert capsys.readouterr() == ("", "error: It broke.\nIt matters.\nMend it.\n")


def test_what_is_not_known_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    fail(ConfigError("It broke.", next_step="Mend it."), as_json=False)

    assert capsys.readouterr().err == "error: It broke.\nMend it.\n"


def test_an_envelope_for_a_script(capsys: pytest.CaptureFixture[str]) -> None:
    code = fail(ConfigError("It broke.", means="It matters."), as_json=True)

    out, err = capsys.readouterr()
    assert (code, err) == (78, "")
    assert json.loads(out) == {
        "schema": 1,
        "error": {"code": "config", "message": "It broke.", "means": "It matters.", "next_step": ""},
    }


@pytest.mark.parametrize("as_json", [True, False])
def test_keys_are_redacted_wherever_they_stand(capsys: pytest.CaptureFixture[str], as_json: bool) -> None:
    fail(UsageError(f"no {KEY}", means=f"Bearer {KEY}", next_step=f"x {KEY}"), as_json=as_json)

    out, err = capsys.readouterr()
    assert "canary" not in out + err


def test_a_long_quoted_word_is_not_repeated_but_a_path_and_an_id_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    path, name = "/home/someone/a/rather/long/path/request.json", "01KAQ4ZZZZZZZZZZZZZZZZZZZZ"
    fail(UsageError(f"'{path}' and '{name}' and '{'x' * 40}'"), as_json=False)

    assert capsys.readouterr().err == f"error: '{path}' and '{name}' and [redacted]\n"


def test_misuse_names_the_way_to_the_help() -> None:
    error = misuse(typer.BadParameter("Value error, 'wild' is not one of 'a', 'b'."))

    assert error.exit_code == 64
    assert error.what == "Invalid value: 'wild' is not one of 'a', 'b'."
    assert error.next_step == "Try `coderouter --help`."
    assert "x" * 30 not in misuse(typer.BadParameter("unexpected (" + "x" * 30 + ")")).what
