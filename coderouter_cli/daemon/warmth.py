"""What the daemon remembers between exchanges: which prompts are warm where, and who answered last.

Three kinds of memory, all keyed on prefix digests, so that conversations with the same system
prompt and tools share their warmth and nothing of a prompt is kept:

- per model, the prefixes the provider really holds;
- per baseline model, the prefixes it would hold if every exchange had gone there;
- per conversation, the model that answered last and all that ever answered.

It lives in the daemon's memory. After a restart everything counts as cold, which overstates what the
next exchange costs and corrects itself with it; who answered whom is read from the ledger (`recall`).
"""

from collections import OrderedDict, defaultdict
from dataclasses import dataclass, field

from coderouter_cli.accounting.cache_model import warm_prefix
from coderouter_cli.domain.model import Model
from coderouter_cli.domain.session import Prefix

_MAX_CONVERSATIONS = 4096
_MAX_DIGESTS = 65536

Prefixes = tuple[Prefix, ...]


@dataclass(slots=True)
class _Conversation:
    incumbent: str
    models: set[str] = field(default_factory=set)
    diverted: bool = False


class WarmthBook:
    """See the module. Times are monotonic seconds, passed in."""

    def __init__(self) -> None:
        self._real: defaultdict[str, OrderedDict[bytes, float]] = defaultdict(OrderedDict)
        self._imagined: defaultdict[str, OrderedDict[bytes, float]] = defaultdict(OrderedDict)
        self._conversations: OrderedDict[str, _Conversation] = OrderedDict()

    def warm_tokens(self, model: Model, prefixes: Prefixes, now: float) -> int:
        """How much of this prompt the model's provider still holds, in estimated tokens."""
        return warm_prefix(prefixes, self._real[model.id], now)

    def baseline_warm_tokens(self, model: Model, prefixes: Prefixes, now: float) -> int:
        """How much it would hold, had every exchange so far gone to this model."""
        return warm_prefix(prefixes, self._imagined[model.id], now)

    def incumbent(self, conversation: str) -> str | None:
        """The model that answered this conversation's last exchange."""
        known = self._conversations.get(conversation)
        return known.incumbent if known else None

    def never_left(self, conversation: str, model: str) -> bool:
        """Whether every exchange of the conversation so far was answered by this model."""
        known = self._conversations.get(conversation)
        return known is None or known.models == {model}

    def never_diverted(self, conversation: str) -> bool:
        """Whether every exchange of the conversation so far went to the model its client asked for."""
        known = self._conversations.get(conversation)
        return known is None or not known.diverted

    def answered(
        self, conversation: str, model: Model, prefixes: Prefixes, now: float, *, as_asked: bool
    ) -> None:
        """The model answered: it holds the whole prompt now. ``as_asked``: the client asked for it."""
        _remember(self._real[model.id], prefixes, now + model.cache_ttl_s, now)
        self.recalled(conversation, model.id, as_asked=as_asked)

    def recalled(self, conversation: str, model: str, *, as_asked: bool) -> None:
        """The model answered, as is known from elsewhere: nothing is said of what it still holds."""
        known = self._conversations.setdefault(conversation, _Conversation(model))
        known.incumbent = model
        known.models.add(model)
        known.diverted = known.diverted or not as_asked
        self._conversations.move_to_end(conversation)
        while len(self._conversations) > _MAX_CONVERSATIONS:
            self._conversations.popitem(last=False)

    def imagined(self, model: Model, prefixes: Prefixes, now: float) -> None:
        """The exchange would have warmed this baseline model as well."""
        _remember(self._imagined[model.id], prefixes, now + model.cache_ttl_s, now)


def _remember(known: OrderedDict[bytes, float], prefixes: Prefixes, expiry: float, now: float) -> None:
    for prefix in prefixes:
        known[prefix.digest] = expiry
        known.move_to_end(prefix.digest)
    # One model has one lifetime, so the oldest entries are the first to expire.
    while known and (len(known) > _MAX_DIGESTS or next(iter(known.values())) <= now):
        known.popitem(last=False)
