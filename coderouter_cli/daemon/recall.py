"""Gives a daemon that starts the memory of who answered whom, what turns needed and how long they are.

Inside a tool loop the model stays, and a restart must not change it there. Codex would carry a token of
ours through the turn (its ``x-codex-turn-state``), but Claude Code and the SDKs carry none; the ledger
knows it for all of them, and nothing of it leaves the machine. Nor does a conversation move up a second time.
"""

import logging
from datetime import timedelta

from coderouter_cli.catalog.catalog import Catalog
from coderouter_cli.daemon.warmth import WarmthBook
from coderouter_cli.domain.phase import RequestKind
from coderouter_cli.errors import LedgerError
from coderouter_cli.storage.ledger.reader import LedgerReader
from coderouter_cli.system.clock import Clock

log = logging.getLogger(__name__)

_SPAN = timedelta(hours=12)
"""A working day: older conversations begin anew, with a human turn, at which models may change anyway."""
_PACE_SPAN = timedelta(days=30)
"""How far back turns count: people change how they work."""


def recall(book: WarmthBook, ledger: LedgerReader, catalog: Catalog, clock: Clock) -> None:
    """Fill the book from the ledger. A ledger that cannot be read keeps nobody from working."""
    try:
        answers = ledger.answers(clock.now() - _SPAN)
        paces = ledger.paces(clock.now() - _PACE_SPAN)
    except LedgerError as error:
        log.warning("nothing recalled reason=%s", error.what)
        return
    for one in answers:
        asked = catalog.resolve(one.requested)
        as_asked = one.model == (one.requested if asked is None else asked.id)
        book.recalled(one.conversation, one.model, as_asked=as_asked)
        if one.kind is RequestKind.TURN and one.new_turn is not None:
            need = one.phase, one.difficulty
            book.turns.recalled(one.conversation, need, new_turn=one.new_turn, escalated=one.escalated)
    for client, opening, turns, exchanges in paces:
        book.turns.learn(client, turns, exchanges, opening=opening)
