"""One exchange of the ledger, for a person and for a script."""

from dataclasses import replace

import pytest

from coderouter_cli.cli.render import show
from coderouter_cli.cli.views.record import record_data, record_view
from coderouter_cli.storage.ledger.reader import LedgerReader
from coderouter_cli.storage.ledger.rows import Record
from coderouter_cli.storage.ledger.writer import LedgerWriter
from tests.cli.home import Home
from tests.storage.ledger.samples import attempt, closing, name, opening, unanswered


@pytest.fixture
def home_with_rows(home: Home) -> Home:
    """One answered after a failed attempt, one never answered, one answered at once, one open."""
    home.paths.ensure()
    writer = LedgerWriter(home.paths)
    writer.start()
    closings = (closing(1), unanswered(2), replace(closing(3), attempts=(attempt(1),)))
    for number, done in enumerate(closings, 1):
        writer.open(opening(number))
        writer.close(done)
    writer.open(opening(4)).result(5)
    writer.shutdown(5.0)
    return home


def record(home: Home, number: int) -> Record:
    return LedgerReader(home.paths).record(name(number))


def told(home: Home, number: int) -> str:
    home.capture.readouterr()
    show(record_view(record(home, number)))
    return home.capture.readouterr().out


def test_an_answered_one(home_with_rows: Home) -> None:
    text = told(home_with_rows, 1)

    assert f"Request {name(1)}, " in text
    assert ": done in 1.50 s." in text
    assert "Used 2,310 prompt tokens (2,000 from the cache) and 40 output tokens (reported)." in text
    assert "Cost $0.0012; on gpt-6.1-sol it would have been $0.0050 (an estimate)." in text
    assert "overloaded" in text
    assert "answered" in text


def test_one_without_an_answer(home_with_rows: Home) -> None:
    text = told(home_with_rows, 2)

    assert ": failed in 1.50 s." in text
    assert "Used" not in text
    assert "Cost unknown; on gpt-6.1-sol it would have been unknown" in text


def test_a_total_that_nothing_explains_is_shown(home_with_rows: Home) -> None:
    kept = record(home_with_rows, 3)
    target = {"provider": "deepseek", "model": "deepseek-v4-pro", "format": "openai_chat"}
    decided = replace(kept.opening, decision={"chain": [target]})
    said = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 12}
    odd = replace(kept, opening=decided, attempts=(replace(attempt(1), raw_usage=said),))
    home_with_rows.capture.readouterr()
    show(record_view(odd))
    assert "differs from the sum of its parts by -3 tokens." in home_with_rows.capture.readouterr().out
    (shown,) = record_data(odd)["attempts"]
    assert (shown["discrepancy"], shown["raw_usage"]) == (-3, said)
    agreed = replace(odd, attempts=(replace(attempt(1), raw_usage={**said, "total_tokens": 15}),))
    assert record_data(agreed)["attempts"][0]["discrepancy"] == 0
    assert record_data(replace(agreed, opening=kept.opening))["attempts"][0]["discrepancy"] is None


def test_one_attempt_needs_no_table(home_with_rows: Home) -> None:
    assert "attempt" not in told(home_with_rows, 3)


def test_an_open_one_shows_no_figures(home_with_rows: Home) -> None:
    text = told(home_with_rows, 4)

    assert ": open." in text
    assert "Cost unknown" in text


def test_scripts_get_null_for_what_is_unknown(home_with_rows: Home) -> None:
    done, failed = record_data(record(home_with_rows, 1)), record_data(record(home_with_rows, 2))

    assert done["usage"] == {
        "input": 10, "cache_read": 2_000, "cache_write": 300, "cache_write_long": 0, "output": 40,
        "reasoning": 5, "service_tier": "flex",
    }  # fmt: skip
    assert done["baselines"] == {
        "requested_usd": "0.005", "all_opus_usd": "0.009", "list_price_usd": None,
    }  # fmt: skip
    assert [one["failure"] for one in done["attempts"]] == ["overloaded", None]
    assert done["attempts"][0]["cost_usd"] is None
    assert (failed["usage"], failed["cost_usd"], failed["usage_source"]) == (None, None, None)
    assert failed["http_status"] == 529
    assert failed["started_at"] == "2026-03-01T12:00:02.007000+00:00"
