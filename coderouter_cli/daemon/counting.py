"""How many tokens a request would take: `count_tokens` of Messages, `input_tokens` of Responses.

Answered here, for whatever model is named: Claude Code's ``/context`` asks 27 times at once (measured,
2.1.330), and a count that waits for a network, or fails, leaves it with a wrong picture of its context.
Whoever prefers the vendor's own count sets ``exact`` in ``[count_tokens]`` of config.toml; where the
vendor cannot be asked or does not answer, the estimate stands in. No exchange is opened for either.
"""

import asyncio
import json
import logging
from dataclasses import dataclass

from coderouter_cli.daemon.pipeline import Pipeline
from coderouter_cli.daemon.plan import hear_out
from coderouter_cli.domain.conversation import FormatName, JsonObject
from coderouter_cli.domain.decision import Fidelity
from coderouter_cli.errors import BadRequestError
from coderouter_cli.providers.contract import AttemptFailedError, Call, ClientRequest, Way
from coderouter_cli.providers.headers import upstream_headers
from coderouter_cli.routing.control import denial
from coderouter_cli.wire.estimate import estimate_prompt, tokens_for
from coderouter_cli.wire.read import parse_object
from coderouter_cli.wire.span import replace_value

log = logging.getLogger(__name__)

COUNTED_BY = "x-coderouter-counted-by"
"""The header that says whose count it is: a provider's name, or ``estimate``."""
_PATIENCE_S = 10.0
_BELOW = {FormatName.ANTHROPIC_MESSAGES: "/count_tokens", FormatName.OPENAI_RESPONSES: "/input_tokens"}
"""Where a vendor counts, below the path where it answers."""
_NOBODY = "unnamed"


@dataclass(frozen=True, slots=True)
class Counted:
    """A count in the client's format, and who counted."""

    body: JsonObject
    by: str


def countable(format_name: FormatName, value: JsonObject) -> JsonObject:
    """A request to count, with what a request for an answer must have: Responses may be asked without a
    model, and without any input."""
    if format_name is not FormatName.OPENAI_RESPONSES:
        return value
    return {**value, "model": value.get("model") or _NOBODY, "input": value.get("input") or []}


async def count(request: ClientRequest, pipeline: Pipeline) -> Counted:
    """Count the tokens of a request that was made `countable`."""
    if pipeline.around.settings.count_tokens.exact:
        exact = await _ask_vendor(request, pipeline)
        if exact is not None:
            return exact
    # In a thread: thirty prompts of a hundred kilobytes must not hold up the answers that run.
    return await asyncio.to_thread(_estimate, request, pipeline)


def _estimate(request: ClientRequest, pipeline: Pipeline) -> Counted:
    conversation = request.conversation
    model = pipeline.around.market.catalog.resolve(conversation.model)
    estimated = estimate_prompt(conversation)
    tokens = estimated if model is None else tokens_for(model, conversation, estimated)
    kind = {} if request.format is FormatName.ANTHROPIC_MESSAGES else {"object": "response.input_tokens"}
    return Counted({"input_tokens": tokens, **kind}, "estimate")


async def _ask_vendor(request: ClientRequest, pipeline: Pipeline) -> Counted | None:
    """The count of the format's own vendor, where the model named is its own; None when there is none."""
    way = pipeline.around.market.direct(request)
    if way is None or way.endpoint.dialect.vendor is not request.format:
        return None
    if request.conversation.model == _NOBODY:
        return None
    heard = await hear_out(request, pipeline.around, pipeline.books.clock)
    if denial(heard.voices, way.provider.name, way.model.id) is not None:
        return None
    if not pipeline.around.circuits[way.provider.name].allows(pipeline.books.clock.monotonic()):
        return None
    try:
        async with asyncio.timeout(_PATIENCE_S):
            return await _sent(request, way, pipeline)
    except (AttemptFailedError, BadRequestError, TimeoutError) as error:
        log.info("estimated provider=%s reason=%s", way.provider.name, type(error).__name__)
        return None


async def _sent(request: ClientRequest, way: Way, pipeline: Pipeline) -> Counted | None:
    found = pipeline.keys.get(way.provider.name)
    key = None if found is None else found.reveal()
    dialect = way.endpoint.dialect
    call = Call(
        url=way.provider.root + way.endpoint.path + _BELOW[request.format],
        headers=upstream_headers(request.headers, way.provider, dialect, Fidelity.RAW, key),
        body=replace_value(request.body, ("model",), json.dumps(way.model.name_on_wire).encode()),
    )
    async with pipeline.transport.send(call, stream=False) as response:
        if response.status != 200:
            log.info("estimated provider=%s status=%d", way.provider.name, response.status)
            return None
        told = parse_object(await response.read())
    return Counted(told, way.provider.name) if isinstance(told.get("input_tokens"), int) else None
