from coderouter_cli.cli.views.estimates import estimate_lines


def test_a_figure_says_how_close_and_from_how_many() -> None:
    figure = {
        "model": "gpt-6-luna",
        "factor": 1.0834,
        "error_p90": 0.0412,
        "error_p90_before": 0.1,
        "samples": 1_230,
    }
    (line,) = estimate_lines([figure])
    assert line.startswith("estimates for gpt-6-luna: within 4.1 % for 90 % of requests, from 1,230 requests")
    assert line.endswith("(times 1.08; 10.0 % without)")
    assert estimate_lines([]) == []
