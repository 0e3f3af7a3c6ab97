"""All that is done with a request before any of it is sent."""

from functools import cache

from coderouter_cli.catalog.catalog import Catalog, load_catalog
from coderouter_cli.classify.classifier import classify
from coderouter_cli.classify.features import features
from coderouter_cli.classify.humantext import in_tool_loop
from coderouter_cli.classify.signals import signals
from coderouter_cli.daemon.market import Market
from coderouter_cli.domain.conversation import FormatName, JsonObject
from coderouter_cli.domain.decision import Fidelity
from coderouter_cli.providers.contract import ClientRequest
from coderouter_cli.providers.prepare import prepare
from coderouter_cli.wire.estimate import estimate_prompt
from coderouter_cli.wire.prefix import prefixes
from coderouter_cli.wire.registry import format_of
from coderouter_cli.wire.sse import compact_json

DIALECTS = 3
"""How many providers are tried: those with dialects that ask for everything there is."""


@cache
def _catalog() -> Catalog:
    return load_catalog(prices=False)


@cache
def _market() -> Market:
    return Market(_catalog(), frozenset({"anthropic", "openai", "deepseek"}))


def read(name: FormatName, body: JsonObject) -> set[Fidelity]:
    """Parse, classify, and make ready for one model of every provider; at which fidelities.

    Raises:
        BadRequestError: it is no request of the format.
    """
    conversation = format_of(name).parse(body)
    prefixes(conversation)
    origin = signals({}, conversation)
    classify(features(conversation, origin, estimate_prompt(conversation)))
    in_tool_loop(conversation)
    request = ClientRequest(name, {}, compact_json(body), body, conversation)
    ways = {way.provider.name: way for way, _ in _market().ways(request)}
    assert len(ways) == DIALECTS
    for way in ways.values():
        prepare(request, way, "key")
    return {way.target.fidelity for way in ways.values()}
