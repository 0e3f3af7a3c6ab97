"""Which repository's policy holds for a request.

The directory that a client names is compared with the roots that the user trusts, part by part, and never
opened: the only files looked at are the policies at those roots, once a second at most, in a thread of
its own. A session keeps the directory that it named, because not every request of it says one (a safety
check does not). Requests that come before any that does, as Claude Code's title of a session, are held to
every policy at once: nobody knows whose words they carry.
"""

import asyncio
import os
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from coderouter_cli.domain.phase import RequestKind
from coderouter_cli.domain.session import Signals
from coderouter_cli.routing.control import Rules
from coderouter_cli.storage.trust import Standing, Trusted
from coderouter_cli.system.clock import Clock

_LOOK_AGAIN_S = 1.0
_MOST_SESSIONS = 4096
_DIGEST_CHARS = 12


@dataclass(frozen=True, slots=True)
class Policy:
    """A repository's policy as it holds: its rules, by which digest it is known, and whether its file has
    changed since. The digest tells one policy from another; it names neither path nor file."""

    rules: Rules
    digest: str
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """A trusted policy, and its rules with the catalog's ids in them."""

    trusted: Trusted
    rules: Rules


@dataclass(slots=True)
class Repositories:
    """The trusted policies of one configuration. ``sessions`` are kept from one to the next."""

    known: tuple[Known, ...] = ()
    sessions: OrderedDict[str, str] = field(default_factory=OrderedDict)
    _standings: dict[str, tuple[float, Standing]] = field(default_factory=dict)

    async def policies(self, directory: str | None, origin: Signals, clock: Clock) -> tuple[Policy, ...]:
        """The policies that hold for a request: one or none; of all, the bounds, where nobody knows."""
        if not self.known:
            return ()
        place = self._place(directory, origin)
        if place is None:
            return await self._bounds(clock) if origin.kind is RequestKind.TITLE else ()
        owner = owner_of(place, self.known)
        return () if owner is None else await self._standing((owner,), clock)

    def _place(self, directory: str | None, origin: Signals) -> str | None:
        if origin.session is None:
            return directory
        if directory is None:
            return self.sessions.get(origin.session)
        self.sessions[origin.session] = directory
        self.sessions.move_to_end(origin.session)
        while len(self.sessions) > _MOST_SESSIONS:
            self.sessions.popitem(last=False)
        return directory

    async def _bounds(self, clock: Clock) -> tuple[Policy, ...]:
        held = await self._standing(self.known, clock)
        return tuple(replace(one, rules=_only_bounds(one.rules)) for one in held)

    async def _standing(self, those: Iterable[Known], clock: Clock) -> tuple[Policy, ...]:
        found = []
        for one in those:
            standing = await self._look(one, clock.monotonic())
            if standing is not Standing.GONE:
                digest = one.trusted.digest[:_DIGEST_CHARS]
                found.append(Policy(one.rules, digest, standing is Standing.CHANGED))
        return tuple(found)

    async def _look(self, one: Known, now: float) -> Standing:
        root = one.trusted.roots[0]
        seen = self._standings.get(root)
        if seen is None or now - seen[0] >= _LOOK_AGAIN_S:
            # In a thread: a network disk that hangs holds up this repository's requests, not everybody's.
            seen = now, await asyncio.to_thread(one.trusted.standing)
            self._standings[root] = seen
        return seen[1]


def owner_of(directory: str, known: Iterable[Known]) -> Known | None:
    """The trusted repository that a directory is in: the innermost one; None when it is in none.

    Compared as text: nothing is looked up on the disk. A path that climbs (``..``) is in none.
    """
    place = _parts(directory)
    roots = ((_parts(root), one) for one in known for root in one.trusted.roots)
    around = [(root, one) for root, one in roots if root and place[: len(root)] == root]
    return max(around, key=lambda pair: len(pair[0]), default=(None, None))[1]


def _parts(path: str) -> tuple[str, ...]:
    pure = PurePath(os.path.normcase(path))
    return pure.parts if pure.is_absolute() and ".." not in pure.parts and "\0" not in path else ()


def _only_bounds(rules: Rules) -> Rules:
    return replace(rules, lane=None, strategy=None, model=None, pins={}, floors={})
