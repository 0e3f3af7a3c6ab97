"""Codex's remote compaction, for providers that have none.

With OpenAI's own provider entry Codex 0.169.0 ends a request with ``{"type": "compaction_trigger"}`` and
takes exactly one ``compaction`` item for an answer, which stands for the history in every later request
(measured). Any other provider is asked for a summary in words; the item then holds that summary in a seal
of ours, so that it can be read back for whichever provider comes next. OpenAI's own items only OpenAI reads.

``crc1.<checksum>.<base64url>``: it holds a full stop, so it is never taken for OpenAI's (a Fernet token).
"""

import base64
import binascii
import hashlib

from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.wire.reminder import reminder

TRIGGER = "compaction_trigger"
ORDER = reminder(
    "The context window is nearly full. Do not go on with the task and call no tool. Write a summary from "
    "which another model, which will see nothing else of this conversation but the user's messages, can go "
    "on at once: what the user wants and has said about how, what has been done and decided and why, "
    "which files, names, commands and values matter, what failed, what is being done right now and what is "
    "left to do. Answer with the summary alone."
)
"""What a ``compaction_trigger`` means, in words."""
_HEAD = (
    "The conversation up to here was replaced by this summary, which the model that worked on it wrote. Go "
    "on from it; nothing in it has to be done again."
)
_VERSION = "crc1"
_CHECKSUM_BYTES = 12


def compaction_item(summary: str, identity: str) -> JsonObject:
    """The item that Codex keeps instead of the history."""
    encoded = base64.urlsafe_b64encode(summary.encode("utf-8", "surrogatepass")).decode().rstrip("=")
    sealed = f"{_VERSION}.{_checksum(encoded)}.{encoded}"
    return {"id": identity, "type": "compaction", "encrypted_content": sealed}


def summary_of(item: JsonObject) -> str | None:
    """The summary in an item of ours, as the user's words; None for anybody else's, and a damaged one."""
    version, *sealed = str(item.get("encrypted_content")).split(".")
    if version != _VERSION or len(sealed) != 2 or sealed[0] != _checksum(sealed[1]):
        return None
    try:
        data = base64.urlsafe_b64decode(sealed[1] + "=" * (-len(sealed[1]) % 4))
        return reminder(f"{_HEAD}\n\n{data.decode('utf-8', 'surrogatepass')}")
    except (binascii.Error, ValueError):
        return None


def _checksum(payload: str) -> str:
    data = f"{_VERSION}.{payload}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(data, digest_size=_CHECKSUM_BYTES).hexdigest()
