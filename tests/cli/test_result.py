"""What a command gives back."""

from coderouter_cli.cli.result import Result


def test_a_result_has_a_versioned_envelope() -> None:
    assert Result({"a": 1}, ("line",), exit_code=3).envelope() == {"schema": 1, "data": {"a": 1}}
