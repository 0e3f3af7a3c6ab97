"""Requests that our reader of their format refuses, although it could be that their vendor takes them.

Vendors add roles, blocks and fields before we know them, and are laxer than we are in places. Such a
request can still go to the vendor as it came, byte for byte: its answer, or its own error, is the truth
about it. It goes nowhere else, because nothing in it could be rewritten.
"""

from coderouter_cli.domain.conversation import Conversation, FormatName, JsonObject, Message, Unknown
from coderouter_cli.errors import BadRequestError


def unread(name: FormatName, body: JsonObject, reason: BadRequestError) -> Conversation:
    """The request as one part that nobody knows.

    Raises:
        BadRequestError: ``reason``, where not even the model's name can be read.
    """
    model, stream = body.get("model"), body.get("stream")
    if not isinstance(model, str) or not model or not (stream is None or isinstance(stream, bool)):
        raise reason
    whole = Message("user", (Unknown(name, "unread", body),))
    return Conversation(name, model, (whole,), stream=bool(stream), unread=reason.sentence())
