"""A decision, told to a person: what the request was, who stood for choice, and why this one."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from coderouter_cli.catalog.catalog import Catalog
from coderouter_cli.cli.views.grid import grid
from coderouter_cli.cli.views.words import dollars
from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.money import Picodollars
from coderouter_cli.routing.reasons import loss_words
from coderouter_cli.routing.replay import case_of
from coderouter_cli.routing.router import bar_of
from coderouter_cli.routing.tell import next_switch, remark


def explain_view(decision: JsonObject, catalog: Catalog) -> tuple[RenderableType, ...]:
    """The decision as it was written down (see `routing.replay`)."""
    head = (*_head(decision), *_learned(decision))
    switch = next_switch(decision, _ttl(decision, catalog))
    return (*head, "", _reasons(decision), "", _candidates(decision), switch)


def explain_data(decision: JsonObject, catalog: Catalog) -> JsonObject:
    """The same for scripts: the decision, and in words what each candidate would lose and how it fared."""
    case = decision["case"]
    candidates = [
        view | {"cannot": list(map(loss_words, view["losses"])), "remark": remark(decision, view["model"])}
        for view in case["candidates"]
    ]
    said = {
        "bar": bar_of(case_of(decision)) if candidates else None,
        "next_switch": next_switch(decision, _ttl(decision, catalog)),
    }
    return decision | said | {"case": case | {"candidates": candidates}}


def _ttl(decision: JsonObject, catalog: Catalog) -> int | None:
    """How long the chosen model's provider keeps a prompt, in seconds."""
    model = catalog.models.get(decision["chain"][0]["model"])
    return None if model is None else model.cache_ttl_s


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
    for view in sorted(decision["case"]["candidates"], key=_order):
        cost = view["expected_cost"]
        table.add_row(
            view["model"],
            str(view["quality"]),
            f"{view['warm_tokens']:,}",
            dollars(None if cost is None else Picodollars(cost)),
            remark(decision, view["model"]),
        )
    return table


def _order(view: JsonObject) -> tuple[bool, bool, int]:
    cost = view["expected_cost"]
    return bool(view["losses"]), view["below_bar"], cost if cost is not None else 10**18
