"""A decision, told to a person: what the request was, who stood for choice, and why this one."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from coderouter_cli.cli.views.grid import grid
from coderouter_cli.cli.views.words import dollars
from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.money import Picodollars
from coderouter_cli.routing.reasons import loss_words


def explain_view(decision: JsonObject) -> tuple[RenderableType, ...]:
    """The decision as it was written down (see `routing.replay`)."""
    return (*_head(decision), *_learned(decision), "", _reasons(decision), "", _candidates(decision))


def explain_data(decision: JsonObject) -> JsonObject:
    """The same for scripts: the decision, and what each candidate would lose also in words."""
    case = decision["case"]
    candidates = [view | {"cannot": list(map(loss_words, view["losses"]))} for view in case["candidates"]]
    return decision | {"case": case | {"candidates": candidates}}


def _learned(decision: JsonObject) -> Iterator[RenderableType]:
    """What a provider of the chain has refused before; absent from decisions of older versions."""
    for provider, model, refused in decision.get("learned", ()):
        yield Text(f"{model} at {provider} has refused {refused} before; it is left out there.")


def _head(decision: JsonObject) -> Iterator[RenderableType]:
    case, chain = decision["case"], decision["chain"]
    chosen = chain[0]
    yield Text.assemble(
        (chosen["model"], "bold"),
        f" at {chosen['provider']} ({chosen['fidelity']}), asked for: {case['requested']}",
    )
    yield (
        f"{case['phase']}, {case['difficulty']}, {100 * case['confidence']:.0f} % sure; "
        f"{case['lane']} lane, {case['strategy']}; about {case['prompt_tokens']:,} prompt tokens."
    )
    if case["evidence"]:
        yield f"Evidence: {', '.join(case['evidence'])}."
    if len(chain) > 1:
        yield f"If it fails: {', then '.join(target['model'] for target in chain[1:])}."


def _reasons(decision: JsonObject) -> RenderableType:
    numbered = enumerate(decision["reasons"], 1)
    return Text("\n").join(
        Text.assemble(f"{number}. {text} ", (f"({code})", "dim")) for number, (code, text) in numbered
    )


def _candidates(decision: JsonObject) -> Table:
    cost_column = f"cost over {decision['case']['horizon']}"
    table = grid("Candidate", "quality", "warm tokens", cost_column, "", words=("",))
    chosen = decision["chain"][0]["model"]
    for view in sorted(decision["case"]["candidates"], key=_order):
        cost = view["expected_cost"]
        table.add_row(
            view["model"],
            str(view["quality"]),
            f"{view['warm_tokens']:,}",
            dollars(None if cost is None else Picodollars(cost)),
            _remark(view, chosen),
        )
    return table


def _order(view: JsonObject) -> tuple[bool, bool, int]:
    cost = view["expected_cost"]
    return bool(view["losses"]), view["below_bar"], cost if cost is not None else 10**18


def _remark(view: JsonObject, chosen: str) -> str:
    if view["model"] == chosen:
        return "chosen"
    if view["losses"]:
        return f"cannot: {', '.join(map(loss_words, view['losses']))}"
    return "below the bar" if view["below_bar"] else ""
