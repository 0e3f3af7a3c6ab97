"""A compatible provider of a test's own: what it serves, how strictly, and with what models behind it.

Its strictness is a record: the `Dialect` of each endpoint says what is accepted, and everything else is
refused (`checks.compatible`). So a record of the catalog is held against what the product really sends.
"""

from dataclasses import dataclass

from coderouter_cli.domain.model import Endpoint


@dataclass(frozen=True, slots=True)
class Compatible:
    """One provider, below a root of its own: ``/NAME`` and the path of each endpoint.

    ``key`` is the credential it accepts; None: it wants none, and gets none. ``models`` are the names it
    knows, and the rest is what every one of them takes: ``max_output`` is in tokens, ``efforts`` are the
    effort words.
    """

    name: str
    endpoints: tuple[Endpoint, ...]
    models: tuple[str, ...]
    key: str | None = None
    max_output: int = 32_000
    efforts: tuple[str, ...] = ()
    sampling: bool = True
    forced_tool_choice: bool = True
    thinking_can_be_off: bool = True
