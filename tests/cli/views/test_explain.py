"""A decision as a person reads it."""

import json
from dataclasses import replace

import pytest

from coderouter_cli.catalog.catalog import load_catalog
from coderouter_cli.cli.render import show
from coderouter_cli.cli.views.explain import explain_data, explain_view
from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.features import Classification
from coderouter_cli.domain.phase import Difficulty, Phase
from coderouter_cli.routing.replay import decision_json
from coderouter_cli.routing.request import RouteRequest
from coderouter_cli.routing.router import route
from tests.routing.field import CARDS, TALK, model, offer
from tests.routing.field import REQUEST as FIELD

REQUEST = replace(
    FIELD,
    conversation=replace(TALK, model="my[bold]model"),
    classification=Classification(
        Phase.DEBUG, Difficulty.NORMAL, 0.75, ("stack trace", "it debugs [red]a test[/red]")
    ),
    prompt_tokens=12_345,
    direct=None,
    offers=(
        offer(model("haiku", score=40)),
        offer("sonnet", losses=("images",)),
        offer(model("sol", priced=False)),
        offer("luna", warm=2_000),
        offer("terra"),
    ),
)


def decision_of(request: RouteRequest) -> JsonObject:
    written: JsonObject = json.loads(json.dumps(decision_json(route(request), request)))
    return written


DECISION = decision_of(REQUEST)
CATALOG = load_catalog(prices=False)


@pytest.fixture
def shown(capsys: pytest.CaptureFixture[str]) -> str:
    show(explain_view(DECISION, CATALOG))
    return capsys.readouterr().out


def test_what_was_chosen_and_what_was_asked_for(shown: str) -> None:
    assert shown.startswith("luna at openai (translated), asked for: my[bold]model\n")
    assert "debug, normal, 75 % sure; smart lane, balanced; about 12,345 prompt tokens." in shown
    assert "Evidence: stack trace, it debugs [red]a test[/red]." in shown
    assert "If it fails: " in shown


def test_reasons_in_their_order_and_as_they_are(shown: str) -> None:
    assert "1. Taken for debug, normal (stack trace, it debugs [red]a test[/red]). (classified)\n2. " in shown
    assert shown.index("(classified)") < shown.index("(ineligible)") < shown.index("(lowest_cost)")


def test_candidates_the_best_first_and_why_not(shown: str) -> None:
    lines = [line.split() for line in shown.splitlines()]
    table = {line[0]: line for line in lines if line and line[0] in {"haiku", "sonnet", "sol", "terra"}}
    order = [
        line[0] for line in lines[lines.index(next(li for li in lines if li[:1] == ["Candidate"])) + 1 :]
    ]

    assert order[:5] == ["luna", "terra", "sol", "haiku", "sonnet"]
    assert "chosen" in shown
    assert "cost over 5" in shown
    assert table["sol"][3] == "unknown"
    assert " ".join(table["haiku"]).endswith(f"below the bar by {explained_bar() - 40} points")
    assert " ".join(table["sonnet"]).endswith("it sees no images")
    assert " ".join(table["terra"][-6:]).startswith("dearer by $0.")


def explained_bar() -> int:
    bar: int = explain_data(DECISION, CATALOG)["bar"]
    return bar


def test_the_next_switch_point(shown: str) -> None:
    assert shown.rstrip().endswith("The model may change with your next message, after a compaction.")
    opus = replace(CATALOG.models["claude-opus-5"], card=CARDS["opus"])
    told = explain_data(decision_of(replace(REQUEST, offers=(offer(opus),))), CATALOG)
    assert "after 5 minutes without a request" in told["next_switch"]


def test_without_evidence_or_failover_nothing_is_said_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    quiet = replace(REQUEST.classification, evidence=())
    show(explain_view(decision_of(replace(REQUEST, classification=quiet, offers=(offer("luna"),))), CATALOG))

    told = capsys.readouterr().out
    assert "Evidence" not in told
    assert "If it fails" not in told


def test_scripts_are_told_in_words_too_and_keep_the_codes() -> None:
    told = explain_data(DECISION, CATALOG)
    by_model = {view["model"]: view for view in told["case"]["candidates"]}

    assert {name for name, view in by_model.items() if view["cannot"]} == {"sonnet"}
    assert by_model["sonnet"]["cannot"] == ["it sees no images"]
    assert by_model["sonnet"]["losses"] == ["images"]
    assert by_model["luna"]["remark"] == "chosen"
    assert "cannot" not in DECISION["case"]["candidates"][1]


def test_what_was_learned_is_told(capsys: pytest.CaptureFixture[str], shown: str) -> None:
    assert "before" not in shown
    learned = [["deepseek", "deepseek-flash", "effort_unsupported"]]
    show(explain_view({**DECISION, "learned": learned}, CATALOG))

    told = capsys.readouterr().out
    assert "deepseek-flash at deepseek has refused effort_unsupported before" in told
