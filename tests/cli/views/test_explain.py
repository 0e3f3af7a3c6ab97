"""A decision as a person reads it."""

from typing import Any

import pytest

from coderouter_cli.cli.render import show
from coderouter_cli.cli.views.explain import explain_data, explain_view

TARGET = {"model": "deepseek-flash", "provider": "deepseek", "fidelity": "sanitised"}
DECISION: dict[str, Any] = {
    "case": {
        "requested": "my[bold]model",
        "phase": "debug",
        "difficulty": "hard",
        "confidence": 0.75,
        "lane": "smart",
        "strategy": "balanced",
        "prompt_tokens": 12_345,
        "evidence": ["stack trace", "failing test"],
        "horizon": 5,
        "candidates": [
            {"model": "weak", "quality": 40, "warm_tokens": 0, "expected_cost": 1, "losses": [],
             "below_bar": True},
            {"model": "blind", "quality": 0, "warm_tokens": 0, "expected_cost": 0, "losses": ["images"],
             "below_bar": False},
            {"model": "unpriced", "quality": 90, "warm_tokens": 0, "expected_cost": None, "losses": [],
             "below_bar": False},
            {"model": "deepseek-flash", "quality": 80, "warm_tokens": 2_000, "expected_cost": 10**12,
             "losses": [], "below_bar": False},
        ],
    },
    "chain": [TARGET, {**TARGET, "model": "claude-opus-5-5"}],
    "reasons": [["phase", "It debugs [red]a test[/red]."], ["cheapest", "Cheapest above the bar."]],
}  # fmt: skip


@pytest.fixture
def shown(capsys: pytest.CaptureFixture[str]) -> str:
    show(explain_view(DECISION))
    return capsys.readouterr().out


def test_what_was_chosen_and_what_was_asked_for(shown: str) -> None:
    assert shown.startswith("deepseek-flash at deepseek (sanitised), asked for: my[bold]model\n")
    assert "debug, hard, 75 % sure; smart lane, balanced; about 12,345 prompt tokens." in shown
    assert "Evidence: stack trace, failing test." in shown
    assert "If it fails: claude-opus-5-5." in shown


def test_reasons_in_their_order_and_as_they_are(shown: str) -> None:
    assert "1. It debugs [red]a test[/red]. (phase)\n2. Cheapest above the bar. (cheapest)" in shown


def test_candidates_the_best_first_and_why_not(shown: str) -> None:
    lines = [line.split() for line in shown.splitlines()]
    table = {line[0]: line for line in lines if line and line[0] in {"weak", "blind", "unpriced"}}
    order = [
        line[0] for line in lines[lines.index(next(li for li in lines if li[:1] == ["Candidate"])) + 1 :]
    ]

    assert order == ["deepseek-flash", "unpriced", "weak", "blind"]
    assert "$1.00  chosen" in shown
    assert "cost over 5" in shown
    assert table["unpriced"][3] == "unknown"
    assert table["weak"][-3:] == ["below", "the", "bar"]
    assert " ".join(table["blind"]).endswith("cannot: it sees no images")


def test_without_evidence_or_failover_nothing_is_said_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    show(explain_view({**DECISION, "chain": [TARGET], "case": {**DECISION["case"], "evidence": []}}))

    told = capsys.readouterr().out
    assert "Evidence" not in told
    assert "If it fails" not in told


def test_scripts_are_told_in_words_too_and_keep_the_codes() -> None:
    told = explain_data(DECISION)
    cannot = {view["model"]: view["cannot"] for view in told["case"]["candidates"]}

    assert cannot == {"weak": [], "blind": ["it sees no images"], "unpriced": [], "deepseek-flash": []}
    assert told["case"]["candidates"][1]["losses"] == ["images"]
    assert "cannot" not in DECISION["case"]["candidates"][1]


def test_what_was_learned_is_told(capsys: pytest.CaptureFixture[str], shown: str) -> None:
    assert "before" not in shown
    show(explain_view({**DECISION, "learned": [["deepseek", "deepseek-flash", "effort_unsupported"]]}))

    told = capsys.readouterr().out
    assert "deepseek-flash at deepseek has refused effort_unsupported before" in told
