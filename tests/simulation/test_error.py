import pytest

from coderouter_cli.catalog.catalog import load_catalog
from coderouter_cli.simulation.error import cache_error
from tests.simulation.world import NOW, step, thread, transcript

TODAY = load_catalog()


def test_a_session_as_the_model_has_it_has_no_error() -> None:
    steps = (
        step(0, 20_000, cache_write=20_000),
        step(1, 22_000, cache_read=20_000, cache_write=2_000),
        step(2, 23_000, cache_read=22_000, cache_write=1_000),
    )
    found = cache_error([transcript(thread(steps))], TODAY, NOW)
    assert found is not None
    assert found.total == pytest.approx(0, abs=1e-3)
    assert found.transcripts == 1


def test_a_miss_that_nobody_expected_makes_the_model_too_cheap() -> None:
    steps = (step(0, 20_000, cache_write=20_000), step(1, 22_000, cache_write=22_000))
    found = cache_error([transcript(thread(steps))], TODAY, NOW)
    assert found is not None
    assert found.total < -0.3


def test_who_bills_no_writes_is_compared_with_such_a_one() -> None:
    steps = (step(0, 20_000, name="gpt-5-codex"), step(1, 22_000, name="gpt-5-codex", cache_read=20_000))
    found = cache_error([transcript(thread(steps), client="codex")], TODAY, NOW)
    assert found is not None
    assert found.total == pytest.approx(0, abs=1e-3)


def test_models_nobody_knows_are_left_out() -> None:
    assert cache_error([transcript(thread((step(0, 20_000, name="qwen3:8b"),)))], TODAY, NOW) is None
