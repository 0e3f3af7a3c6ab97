"""Our own key, taken out of what a provider says of an error: clients keep transcripts.

An answer's content is never searched: it reaches the client as it is.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from coderouter_cli.domain.failure import Failure
from coderouter_cli.providers.contract import AttemptFailedError, Call
from coderouter_cli.system.redaction import REDACTED

_CREDENTIALS = frozenset({"authorization", "proxy-authorization", "x-api-key", "api-key"})
_SHORTEST = 6
"""A shorter value would take ordinary words out of a message; real keys have 20 characters and more."""


class Scrub:
    """Replaces the credentials of one call."""

    def __init__(self, call: Call) -> None:
        values = [value for name, value in call.headers if name.lower() in _CREDENTIALS]
        bare = [value.partition(" ")[2] for value in values]
        self._secrets = tuple(value for value in (*bare, *values) if len(value) >= _SHORTEST)
        written = {form for secret in self._secrets for form in _forms(secret)}
        self._written = tuple(sorted(written, key=len, reverse=True))

    def clean(self, data: bytes) -> bytes:
        """The bytes without them, JSON's escapes known."""
        for secret in self._written:
            data = data.replace(secret, REDACTED.encode())
        return data

    def failure(self, failure: Failure) -> Failure:
        """The failure without them."""
        code = None if failure.code is None else self._text(failure.code)
        return replace(failure, message=self._text(failure.message), code=code)

    @contextmanager
    def told(self) -> Iterator[None]:
        """Within this, no failed attempt tells of them."""
        try:
            yield
        except AttemptFailedError as error:
            reply = error.reply
            kept = None if reply is None else replace(reply, body=self.clean(reply.body))
            raise AttemptFailedError(self.failure(error.failure), kept) from error

    def _text(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, REDACTED)
            # Messages are cut at some length, perhaps in the middle of a key.
            lengths = range(min(len(secret) - 1, len(text)), _SHORTEST - 1, -1)
            cut = next((size for size in lengths if text.endswith(secret[:size])), 0)
            text = text[: len(text) - cut] + (REDACTED if cut else "")
        return text


def _forms(secret: str) -> Iterator[bytes]:
    """How a value may be written in JSON."""
    for text in (secret, json.dumps(secret)[1:-1]):
        yield text.encode()
        yield text.replace("/", "\\/").encode()
