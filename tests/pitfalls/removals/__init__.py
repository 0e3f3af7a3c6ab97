"""What to take out so that a pitfall is back: for each one a removal for every place where its rule is at home."""

from collections.abc import Mapping

from tests.pitfalls.removal import Removal
from tests.pitfalls.removals.reasoning import REASONING
from tests.pitfalls.removals.requests import REQUESTS

REMOVALS: Mapping[int, tuple[Removal, ...]] = {**REQUESTS, **REASONING}
