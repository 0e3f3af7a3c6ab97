"""Gives a daemon that starts the memory of who answered whom.

Inside a tool loop the model stays, and a restart must not change it there. Codex would carry a token of
ours through the turn (its ``x-codex-turn-state``), but Claude Code and the SDKs carry none; the ledger
knows it for all of them, and nothing of it leaves the machine.
"""

import logging
from datetime import timedelta

from coderouter_cli.catalog.catalog import Catalog
from coderouter_cli.daemon.warmth import WarmthBook
from coderouter_cli.errors import LedgerError
from coderouter_cli.storage.ledger.reader import LedgerReader
from coderouter_cli.system.clock import Clock

log = logging.getLogger(__name__)

_SPAN = timedelta(hours=12)
"""A working day: older conversations begin anew, with a human turn, at which models may change anyway."""


def recall(book: WarmthBook, ledger: LedgerReader, catalog: Catalog, clock: Clock) -> None:
    """Fill the book from the ledger. A ledger that cannot be read keeps nobody from working."""
    try:
        answers = ledger.answers(clock.now() - _SPAN)
    except LedgerError as error:
        log.warning("nothing recalled reason=%s", error.what)
        return
    for conversation, requested, model in answers:
        asked = catalog.resolve(requested)
        as_asked = model == (requested if asked is None else asked.id)
        book.recalled(conversation, model, as_asked=as_asked)
