"""What to take out so that a pitfall is back. Each pitfall has one removal or more, each a set of edits."""

from collections.abc import Mapping

from tests.pitfalls.removal import Removal

REMOVALS: Mapping[int, tuple[tuple[Removal, ...], ...]] = {}
