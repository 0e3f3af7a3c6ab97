"""How close our estimates of prompts are, as people read it."""

from collections.abc import Iterable

from coderouter_cli.cli.views.words import percent, plural
from coderouter_cli.domain.conversation import JsonObject


def estimate_lines(figures: Iterable[JsonObject]) -> list[str]:
    """One line for each model's calibration (`accounting.calibration.calibration_json`)."""
    return [
        f"estimates for {figure['model']}: within {percent(figure['error_p90'])} for 90 % of requests, "
        f"from {plural(figure['samples'], 'request')} (times {figure['factor']:.2f}; "
        f"{percent(figure['error_p90_before'])} without)"
        for figure in figures
    ]
