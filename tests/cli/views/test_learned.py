from coderouter_cli.cli.views.learned import learned_lines


def test_each_refusal_is_a_line() -> None:
    known = {"provider": "deepseek", "model": "deepseek-flash", "refuses": "output_limit:8000"}
    assert learned_lines([known]) == [
        "learned since its start: deepseek-flash at deepseek refuses output_limit:8000"
    ]
    assert learned_lines([]) == []
