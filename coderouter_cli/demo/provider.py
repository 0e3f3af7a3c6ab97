"""A provider on 127.0.0.1 that speaks like Anthropic, OpenAI and DeepSeek and answers what a script says.

One server stands for all three, each below a root of its own (`ScriptedProvider.roots`) with the provider's
real paths, wire formats, errors and usage fields. It refuses what the real one refuses (`checks`), keeps a
prompt cache (`cache`), signs thinking and checks it when it comes back (`seals`), and remembers every
request. It writes and reads its bytes by itself, without the product's codecs.
"""

import asyncio
import hmac
import inspect
import itertools
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Self

from aiohttp import web

from coderouter_cli.demo.cache import PromptCache, count_tokens
from coderouter_cli.demo.checks.base import invalid
from coderouter_cli.demo.claude import claude
from coderouter_cli.demo.compatible import Compatible
from coderouter_cli.demo.delivery import Delivery
from coderouter_cli.demo.prompts import dump, flat_prompt
from coderouter_cli.demo.script import (
    HttpError,
    Outcome,
    ProviderName,
    Raw,
    Reply,
    ReplyQueue,
    Script,
    SeenRequest,
    StreamError,
)
from coderouter_cli.demo.surfaces import (
    MODEL_LISTS,
    MODELS,
    ROOTS,
    SURFACES,
    Surface,
    counted,
    model_list,
    reply_headers,
    request_id,
    short_digest,
    signature,
    surfaces_of,
)
from coderouter_cli.demo.voices import VOICES
from coderouter_cli.demo.voices.base import Context
from coderouter_cli.domain.conversation import FormatName, JsonObject

_MAX_BODY = 64 * 1024 * 1024
_SHUTDOWN_S = 0.05
"""How long a handler may go on when the provider stops; a hanging one must not hold up a test."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def _one_to_one(_model: str) -> float:
    return 1.0


class ScriptedProvider:
    """The server. Use it as an async context manager.

    ``keys`` are the credentials each provider accepts (None: any). ``clock`` gives monotonic seconds for
    the prompt cache. ``any_model`` accepts any model name, for clients that talk to it directly.
    ``remember`` False keeps no request, for long runs. ``tokenizer`` tells, by a model's name, how many
    tokens it makes of one of ours. ``compatible`` are providers beside the
    three, or in their place.
    """

    def __init__(  # noqa: PLR0913 - each is one switch of the simulation
        self,
        script: Script | None = None,
        *,
        keys: Mapping[ProviderName, str] | None = None,
        clock: Callable[[], float] = time.monotonic,
        any_model: bool = False,
        remember: bool = True,
        tokenizer: Callable[[str], float] = _one_to_one,
        compatible: Sequence[Compatible] = (),
    ) -> None:
        self.script: Script = ReplyQueue(default=Reply()) if script is None else script
        self.seen: list[SeenRequest] = []
        self.cache = PromptCache(clock)
        self._keys = keys
        self._any_model = any_model
        self._remember = remember
        self._tokenizer = tokenizer
        self._compatible = {one.name: one for one in compatible}
        self._numbers = itertools.count(1)
        self._arrival = asyncio.Condition()
        self._runner: web.AppRunner | None = None
        self._port = 0

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._port

    @property
    def roots(self) -> dict[ProviderName, str]:
        """The base URL of each provider, without a slash at the end."""
        paths = {**ROOTS, **{name: f"/{name}" for name in self._compatible}}
        return {name: f"http://127.0.0.1:{self._port}{path}" for name, path in paths.items()}

    def generations(self, provider: ProviderName | None = None) -> list[SeenRequest]:
        """The requests for an answer, in order of arrival; of one provider if it is named."""
        asked = [seen for seen in self.seen if seen.format is not None]
        return [seen for seen in asked if provider is None or seen.provider == provider]

    async def wait_for(self, count: int) -> None:
        """Return when so many requests have arrived since the start."""
        async with self._arrival:
            await self._arrival.wait_for(lambda: len(self.seen) >= count)

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=_MAX_BODY)
        usual = [surface for surface in SURFACES if surface.provider not in self._compatible]
        for surface in (*usual, *(one for own in self._compatible.values() for one in surfaces_of(own))):
            app.router.add_post(surface.path, self._generate(surface))
        app.router.add_post("/anthropic/v1/messages/count_tokens", self._side("anthropic", _count))
        app.router.add_post(f"{ROOTS['openai']}/responses/input_tokens", self._side("openai", _count_input))
        for provider, path in MODEL_LISTS:
            app.router.add_get(path, self._side(provider, _models))
        app.router.add_route("*", "/{rest:.*}", self._nothing)
        self._runner = web.AppRunner(
            app,
            access_log=None,
            handler_cancellation=True,
            auto_decompress=False,
            shutdown_timeout=_SHUTDOWN_S,
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def _generate(self, surface: Surface) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            seen = await self._record(request, surface.provider, surface.format)
            delivery = Delivery(request, seen)
            try:
                return await self._answer(seen, surface, delivery)
            except (asyncio.CancelledError, ConnectionError):
                seen.disconnected = not delivery.cut
                raise
            finally:
                seen.done.set()

        return handle

    async def _answer(self, seen: SeenRequest, surface: Surface, delivery: Delivery) -> web.StreamResponse:
        problem = self._refusal(seen, surface)
        if problem is not None:
            seen.rejected = problem.message
        outcome = problem or await self._ask(seen)
        voice, headers = surface.voice, reply_headers(seen)
        if isinstance(outcome, Raw):
            return await delivery.raw(outcome)
        if isinstance(outcome, HttpError):
            written = voice.error(outcome, seen.provider, request_id(seen))
            body = written if outcome.body is None else outcome.body
            return await delivery.whole(outcome.status, body, (*headers, *outcome.headers))
        context = self._context(seen, outcome)
        chunks = voice.events(outcome, context) if seen.streams else [voice.whole(outcome, context)]
        return await delivery.reply(outcome, chunks, headers, voice, streams=seen.streams)

    async def _ask(self, seen: SeenRequest) -> Outcome:
        """What the script says; but ``max_tokens: 0`` has no answer, and a stream error needs a stream."""
        made = self.script(seen)
        outcome = await made if inspect.isawaitable(made) else made
        if isinstance(outcome, Reply) and seen.json.get("max_tokens") == 0:
            return replace(outcome, pieces=(), stop="max_tokens")
        if isinstance(outcome, Reply) and isinstance(outcome.fault, StreamError) and not seen.streams:
            return HttpError(529, outcome.fault.message, kind=outcome.fault.kind)
        return outcome

    def _refusal(self, seen: SeenRequest, surface: Surface) -> HttpError | None:
        """Why the provider does not take the request, if it does not."""
        if not self._knows(seen):
            return _unauthorised(seen)
        if seen.headers.get("content-encoding", "identity") != "identity":
            return invalid("The request body has a content-encoding that is not supported.")
        if not seen.json:
            return invalid("The request body is not valid JSON.")
        if self._any_model:
            seen = _with_known_model(seen)
        return next(surface.problems(seen), None)

    def _knows(self, seen: SeenRequest) -> bool:
        if seen.provider in self._compatible:
            return seen.key == self._compatible[seen.provider].key
        if self._keys is None:
            return bool(seen.key)
        return hmac.compare_digest((seen.key or "").encode(), self._keys.get(seen.provider, "").encode())

    def _context(self, seen: SeenRequest, reply: Reply) -> Context:
        return Context(
            provider=seen.provider,
            body=seen.json,
            model=reply.model or seen.model,
            seed=f"{seen.number}/{short_digest(seen.body)}",
            created=int(time.time()),
            counted=counted(self.cache, seen).scaled(self._tokenizer(seen.model)),
            sign=lambda text: signature(seen, text),
        )

    def _side(
        self, provider: ProviderName, answer: Callable[[SeenRequest], JsonObject | HttpError]
    ) -> Handler:
        """An endpoint that generates nothing."""

        async def handle(request: web.Request) -> web.StreamResponse:
            seen = await self._record(request, provider, None)
            found = answer(seen) if self._knows(seen) else _unauthorised(seen)
            if isinstance(found, HttpError):
                return await _failed(request, seen, found)
            return await Delivery(request, seen).whole(200, dump(found), reply_headers(seen))

        return handle

    async def _nothing(self, request: web.Request) -> web.StreamResponse:
        found = [name for name in ROOTS if request.path.startswith(f"/{name}/")]
        seen = await self._record(request, found[0] if found else "openai", None)
        if request.headers.get("upgrade", "").lower() == "websocket":
            return await _failed(request, seen, HttpError(426, "There are no websockets here."))
        return await _failed(request, seen, HttpError(404, f"Not found: {request.method} {request.path}"))

    async def _record(
        self, request: web.Request, provider: ProviderName, format_name: FormatName | None
    ) -> SeenRequest:
        body = await request.read()
        peer = request.transport.get_extra_info("peername") if request.transport else None
        seen = SeenRequest(
            number=next(self._numbers),
            provider=provider,
            format=format_name,
            method=request.method,
            path=request.raw_path,
            headers={name.lower(): value for name, value in request.headers.items()},
            body=body,
            json=_parsed(body),
            port=peer[1] if peer else 0,
        )
        if self._remember:
            async with self._arrival:
                self.seen.append(seen)
                self._arrival.notify_all()
        return seen


def _parsed(body: bytes) -> JsonObject:
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _with_known_model(seen: SeenRequest) -> SeenRequest:
    """The request as if it asked for a model the provider has, so that only the name goes unchecked."""
    names = MODELS[seen.provider]
    known = seen.model in names or (seen.provider == "anthropic" and claude(seen.model))
    return replace(seen, json={**seen.json, "model": seen.model if known else names[-1]})


def _count(seen: SeenRequest) -> JsonObject | HttpError:
    for name in ("model", "messages"):
        if name not in seen.json:
            return invalid(f"{name}: Field required")
    return {"input_tokens": count_tokens(len(flat_prompt(seen.json, FormatName.ANTHROPIC_MESSAGES)))}


def _count_input(seen: SeenRequest) -> JsonObject:
    tokens = count_tokens(len(flat_prompt(seen.json, FormatName.OPENAI_RESPONSES)))
    return {"object": "response.input_tokens", "input_tokens": tokens}


def _models(seen: SeenRequest) -> JsonObject:
    return model_list(seen.provider)


def _unauthorised(seen: SeenRequest) -> HttpError:
    code = "invalid_api_key" if seen.provider == "openai" else None
    return HttpError(401, "invalid x-api-key", kind="authentication_error", code=code)


async def _failed(request: web.Request, seen: SeenRequest, error: HttpError) -> web.StreamResponse:
    """An error of an endpoint without a format of its own."""
    anthropic = seen.provider == "anthropic"
    voice = VOICES[FormatName.ANTHROPIC_MESSAGES if anthropic else FormatName.OPENAI_CHAT]
    body = voice.error(error, seen.provider, request_id(seen))
    return await Delivery(request, seen).whole(error.status, body, reply_headers(seen))
