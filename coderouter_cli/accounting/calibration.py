"""How far our estimates of prompts are from what providers report, learned from the ledger's own rows.

An estimate is made without a vocabulary, and people write differently: German or Go, long tool lists or
none. What is left after the catalog's factor for a tokenizer is much the same from one request of a user
to the next, so one factor per model takes most of it away. It is the median of ratios, which a few odd
requests cannot move (a prompt that a provider cut, tools it runs by itself); below `LEAST_SAMPLES` there
is none, and it never leaves `LOWEST` to `HIGHEST` times the catalog's.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.model import Model

LEAST_SAMPLES = 20
LEAST_ESTIMATE = 500
"""Estimated tokens. What a provider adds to every prompt is most of a shorter one."""
LOWEST, HIGHEST = 0.5, 2.0
_SHARE = 0.9
_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Sample:
    """One request: our estimate of its prompt (Claude 4.5 tokens), and the tokens its provider reported."""

    model: str
    estimate: int
    reported: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """What one model's estimates must be multiplied by, besides the catalog's factor.

    Nine in ten of the ``samples`` were within ``error`` of what was reported, as a share of it, and within
    ``error_before`` without this factor.
    """

    model: str
    factor: float
    error: float
    error_before: float
    samples: int


def calibrate(samples: Iterable[Sample], models: Mapping[str, Model]) -> dict[str, Calibration]:
    """The calibration of every model that has enough samples, by its id."""
    by_model = defaultdict[str, list[Sample]](list)
    for sample in samples:
        if sample.estimate >= LEAST_ESTIMATE and sample.reported > 0:
            by_model[sample.model].append(sample)
    return {
        name: _calibration(models[name], own)
        for name, own in sorted(by_model.items())
        if name in models and len(own) >= LEAST_SAMPLES
    }


def _calibration(model: Model, samples: Sequence[Sample]) -> Calibration:
    measured = median(sample.reported / sample.estimate for sample in samples) / model.token_factor
    factor = min(max(measured, LOWEST), HIGHEST)
    return Calibration(
        model=model.id,
        factor=factor,
        error=_error(samples, factor * model.token_factor),
        error_before=_error(samples, model.token_factor),
        samples=len(samples),
    )


def _error(samples: Sequence[Sample], factor: float) -> float:
    """The error that nine in ten stay within."""
    errors = sorted(abs(sample.estimate * factor - sample.reported) / sample.reported for sample in samples)
    return errors[math.ceil(_SHARE * len(errors)) - 1]


def calibration_json(calibration: Calibration) -> JsonObject:
    """A calibration as JSON; the errors are shares, 0.05 for 5 %."""
    return {
        "model": calibration.model,
        "factor": round(calibration.factor, _DIGITS),
        "error_p90": round(calibration.error, _DIGITS),
        "error_p90_before": round(calibration.error_before, _DIGITS),
        "samples": calibration.samples,
    }
