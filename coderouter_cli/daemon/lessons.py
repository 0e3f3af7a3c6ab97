"""What providers refused while this daemon runs, so that later requests do not have to fail first."""

from collections import OrderedDict
from collections.abc import Iterator
from functools import reduce

from coderouter_cli.domain.failure import Refused
from coderouter_cli.providers.contract import ClientRequest, Way
from coderouter_cli.providers.heal import OF_ONE_CONVERSATION, is_lasting, taught

_MOST_CONVERSATIONS = 512
_EVERYWHERE = ""

_Place = tuple[str, str, str, str]
"""Provider, model, wire format, and the conversation (`_EVERYWHERE`: any)."""


class Lessons:
    """Refusals by provider, model and wire format, in the order in which they came.

    A provider that learns something new is asked for less than it could do until the daemon restarts;
    that is cheaper than a failed request each time.
    """

    def __init__(self) -> None:
        self._lasting: dict[_Place, tuple[Refused, ...]] = {}
        self._of_conversations: OrderedDict[_Place, tuple[Refused, ...]] = OrderedDict()

    def learn(self, way: Way, refused: Refused, conversation: str) -> None:
        """A provider refused this; ``conversation`` is the key of the one that showed it."""
        if not is_lasting(refused):
            return
        if refused.capability not in OF_ONE_CONVERSATION:
            _add(self._lasting, _place(way, _EVERYWHERE), refused)
            return
        _add(self._of_conversations, _place(way, conversation), refused)
        while len(self._of_conversations) > _MOST_CONVERSATIONS:
            self._of_conversations.popitem(last=False)

    def known(self, way: Way, conversation: str) -> tuple[Refused, ...]:
        """What is known of this way, oldest first."""
        here = self._of_conversations.get(_place(way, conversation), ())
        return (*self._lasting.get(_place(way, _EVERYWHERE), ()), *here)

    def applied(self, request: ClientRequest, way: Way, conversation: str) -> Way:
        """The way as this request should take it."""
        return reduce(
            lambda better, refused: taught(request, better, refused), self.known(way, conversation), way
        )

    def told(self) -> Iterator[tuple[str, str, str]]:
        """Provider, model and what it refuses, of everything that is not about one conversation."""
        for (provider, model, _, _), refusals in self._lasting.items():
            yield from ((provider, model, str(refused)) for refused in refusals)


def _place(way: Way, conversation: str) -> _Place:
    return way.target.provider, way.target.model, way.endpoint.format.value, conversation


def _add(book: dict[_Place, tuple[Refused, ...]], place: _Place, refused: Refused) -> None:
    known = book.get(place, ())
    if refused not in known:
        book[place] = (*known, refused)
