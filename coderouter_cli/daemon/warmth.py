"""What the daemon remembers between exchanges: which prompts are warm where, and who answered last.

Three kinds of memory, all keyed on prefix digests, so that conversations with the same system
prompt and tools share their warmth and nothing of a prompt is kept:

- per model, the prefixes the provider really holds, by what it said it read and wrote;
- per baseline model, the prefixes it would hold if every exchange had gone there;
- per conversation, the model that answered last and all that ever answered.

Providers lose what they should hold: OpenAI misses one request in ten (measured on public sessions), some
servers cache nothing at all. So it is learnt per model how much of what was expected really came back, and
what is expected next is discounted by that.

It lives in the daemon's memory. After a restart everything counts as cold, which overstates what the
next exchange costs and corrects itself with it; who answered whom is read from the ledger (`recall`).
"""

from collections import OrderedDict, defaultdict
from dataclasses import dataclass, field

from coderouter_cli.accounting.cache_model import warm_prefix
from coderouter_cli.daemon.turns import TurnBook
from coderouter_cli.domain.model import Model
from coderouter_cli.domain.session import Prefix
from coderouter_cli.domain.usage import Usage

_MAX_CONVERSATIONS = 4096
_MAX_DIGESTS = 65536
_MAX_MODELS = 1024
_LEARNING = 0.1
"""What one exchange counts for in a model's share of hits."""
_LEAST_EXPECTED = 1024
"""Estimated tokens: providers cache nothing shorter, and our estimate says little of less."""
Prefixes = tuple[Prefix, ...]


@dataclass(slots=True)
class _Conversation:
    incumbent: str
    models: set[str] = field(default_factory=set)
    diverted: bool = False


class WarmthBook:
    """See the module. Times are monotonic seconds, passed in. ``turns`` remembers turns."""

    def __init__(self) -> None:
        self.turns = TurnBook()
        self._real: defaultdict[str, OrderedDict[bytes, float]] = defaultdict(OrderedDict)
        self._imagined: defaultdict[str, OrderedDict[bytes, float]] = defaultdict(OrderedDict)
        self._conversations: OrderedDict[str, _Conversation] = OrderedDict()
        self._hits: OrderedDict[str, float] = OrderedDict()

    def warm_tokens(self, model: Model, prefixes: Prefixes, now: float) -> int:
        """How much of this prompt the model's provider may be expected to hold, in estimated tokens."""
        return round(self._expected(model, prefixes, now) * self.share_of_hits(model))

    def baseline_warm_tokens(self, model: Model, prefixes: Prefixes, now: float) -> int:
        """How much it would hold, had every exchange so far gone to this model."""
        return warm_prefix(prefixes, self._imagined[model.id], now)

    def share_of_hits(self, model: Model) -> float:
        """How much of what was expected to be warm came back of late, from 0 to 1; 1 while nobody knows."""
        return self._hits.get(model.id, 1.0)

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

    def measured(self, model: Model, prefixes: Prefixes, asked_at: float, usage: Usage) -> None:
        """Compare what was expected to be warm, when the provider was asked, with what it read."""
        estimate = prefixes[-1].tokens if prefixes else 0
        expected = self._expected(model, prefixes, asked_at)
        if expected < max(_LEAST_EXPECTED, model.cache_min_tokens) or usage.prompt == 0:
            return
        came_back = min(1.0, usage.cache_read * estimate / (usage.prompt * expected))
        known = self.share_of_hits(model)
        self._hits[model.id] = known + _LEARNING * (came_back - known)
        while len(self._hits) > _MAX_MODELS:
            self._hits.popitem(last=False)

    def answered(
        self, conversation: str, model: Model, prefixes: Prefixes, now: float, *, as_asked: bool
    ) -> None:
        """The model answered: it holds these prefixes now. ``as_asked``: the client asked for it."""
        _remember(self._real[model.id], prefixes, model, now)
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
        _remember(self._imagined[model.id], prefixes, model, now)

    def _expected(self, model: Model, prefixes: Prefixes, now: float) -> int:
        return warm_prefix(prefixes, self._real[model.id], now)


def lifetime_of(model: Model, *, long: bool) -> int:
    """How long a prefix is kept after its last use, in seconds."""
    return model.cache_long_ttl_s if long and model.cache_long_ttl_s else model.cache_ttl_s


def _remember(known: OrderedDict[bytes, float], prefixes: Prefixes, model: Model, now: float) -> None:
    for prefix in prefixes:
        # A prefix written for an hour stays for an hour, also when it is read for less.
        expiry = now + lifetime_of(model, long=prefix.long)
        known[prefix.digest] = max(known.get(prefix.digest, 0.0), expiry)
        known.move_to_end(prefix.digest)
    # The oldest entries are among the first to expire; what is asked to stay for long may stand before some.
    while known and (len(known) > _MAX_DIGESTS or next(iter(known.values())) <= now):
        known.popitem(last=False)
