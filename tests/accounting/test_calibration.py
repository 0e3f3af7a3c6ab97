from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.accounting.calibration import (
    HIGHEST,
    LEAST_ESTIMATE,
    LEAST_SAMPLES,
    LOWEST,
    Sample,
    calibrate,
    calibration_json,
)
from coderouter_cli.catalog.catalog import load_catalog
from coderouter_cli.domain.warmth import tokens_of

MODELS = load_catalog(prices=False).models
OPUS = MODELS["claude-opus-5-5"]


def samples(ratio: float, count: int = LEAST_SAMPLES, model: str = OPUS.id) -> list[Sample]:
    sizes = (1_000 + 997 * number for number in range(count))
    return [Sample(model, size, round(size * ratio)) for size in sizes]


def test_estimates_that_are_off_by_one_factor_become_exact() -> None:
    found = calibrate(samples(1.3 * 1.25), MODELS)[OPUS.id]
    assert found.factor == pytest.approx(1.25, rel=1e-3)
    assert found.error < 0.001
    assert found.error_before == pytest.approx(0.2, rel=1e-2)
    assert found.samples == LEAST_SAMPLES
    corrected = replace(OPUS, calibration=found.factor)
    assert tokens_of(corrected, 10_000) == pytest.approx(16_250, rel=1e-3)


def test_a_few_odd_requests_move_nothing() -> None:
    odd = [Sample(OPUS.id, 1_000, 900_000)] * 4 + [Sample(OPUS.id, 90_000, 1)] * 4
    usual = samples(1.3, 100)
    assert calibrate(usual + odd, MODELS)[OPUS.id].factor == pytest.approx(1.0, rel=1e-3)


def test_the_error_is_the_one_that_nine_in_ten_stay_within() -> None:
    near, far = samples(1.3, 90), [Sample(OPUS.id, 10_000, 26_000)] * 10
    assert calibrate(near + far, MODELS)[OPUS.id].error < 0.001
    assert calibrate([*near[1:], *far], MODELS)[OPUS.id].error == pytest.approx(0.5, rel=1e-2)


@pytest.mark.parametrize(
    "few",
    [
        samples(2.0, LEAST_SAMPLES - 1),
        samples(2.0, model="nobody-knows"),
        [Sample(OPUS.id, LEAST_ESTIMATE - 1, 900)] * 50,
        [Sample(OPUS.id, 1_000, 0)] * 50,
        [],
    ],
)
def test_too_little_is_known(few: list[Sample]) -> None:
    assert calibrate(few, MODELS) == {}


def test_every_model_has_its_own() -> None:
    mixed = samples(1.3) + samples(1.6, model="gpt-6-luna")
    found = calibrate(mixed, MODELS)
    assert list(found) == [OPUS.id, "gpt-6-luna"]
    assert found["gpt-6-luna"].factor == pytest.approx(2.0, rel=1e-2)


@given(
    st.lists(
        st.builds(Sample, st.just(OPUS.id), st.integers(0, 10**6), st.integers(0, 10**7)),
        min_size=LEAST_SAMPLES,
        max_size=60,
    )
)
def test_it_is_bounded_and_never_worse_for_the_middle_one(seen: list[Sample]) -> None:
    for found in calibrate(seen, MODELS).values():
        assert LOWEST <= found.factor <= HIGHEST
        assert found.error >= 0
        assert set(calibration_json(found)) == {
            "model",
            "factor",
            "error_p90",
            "error_p90_before",
            "samples",
        }


def test_order_does_not_matter() -> None:
    seen = samples(1.1) + samples(1.5) + samples(1.2)
    assert calibrate(seen, MODELS) == calibrate(reversed(seen), MODELS)
