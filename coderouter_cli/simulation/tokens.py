"""Recorded token counts in one measure: estimated tokens, those of the Claude 4.5 tokenizer.

Recorded sessions name models that the catalog never knew or has dropped. What matters of them is their
tokenizer: Claude models before Opus 4.7 share one (`models.toml`), OpenAI's and the others' are taken
from what the catalog says of their provider's models.
"""

import re

from coderouter_cli.catalog.catalog import Catalog
from coderouter_cli.domain.conversation import FormatName

_OLD_CLAUDE = re.compile(r"claude-(?:[a-z]+-4(?:-[0-6])?(?:-20\d{6})?|[a-z]+-4[.][0-6]|3\b|2\b).*")
_UNKNOWN = 0.85
"""As the catalog has it for providers whose tokenizer is a guess."""


def factor_of(name: str, catalog: Catalog) -> float:
    """A recorded model's count for a text relative to the Claude 4.5 tokenizer's."""
    model = catalog.resolve(name)
    if model is not None:
        return model.token_factor
    if _OLD_CLAUDE.fullmatch(name.lower()):
        return 1.0
    provider = catalog.provider_for(name, FormatName.OPENAI_CHAT)
    siblings = [
        one.token_factor for one in catalog.models.values() if provider and one.provider == provider.name
    ]
    return max(siblings, key=siblings.count) if siblings else _UNKNOWN
