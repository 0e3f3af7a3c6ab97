"""What scripts read: one JSON object on standard output, and nothing beside it.

``{"schema": 1, "data": {...}}`` or ``{"schema": 1, "error": {...}}``. Fields are added to it, never
renamed or removed, without a new schema number. Imports nothing heavy.
"""

import json

from coderouter_cli.domain.conversation import JsonObject

SCHEMA = 1


def as_text(envelope: JsonObject) -> str:
    """The envelope as it is printed: ASCII, so that no locale and no odd file name can break it."""
    return json.dumps(envelope, indent=2)
