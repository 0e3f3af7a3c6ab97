"""Writes exchanges until it is killed, and says on standard output what was acknowledged.

One line per acknowledged write: ``open N``, ``progress N`` or ``close N``. Several threads write at the
same time, as the exchanges of a busy daemon do. Run as ``python -m``, with the home as argument.
"""

import sys
import threading
from pathlib import Path

from coderouter_cli.storage.ledger.writer import LedgerWriter
from tests.storage.ledger.samples import closing, home, opening, progress

THREADS = 8
PER_START = 1_000_000


def work(writer: LedgerWriter, first: int) -> None:
    for number in range(first, first + PER_START, THREADS):
        writer.open(opening(number)).result()
        say("open", number)
        if number % 3 == 0:
            writer.progress(progress(number)).result()
            say("progress", number)
        if number % 5:
            writer.close(closing(number)).result()
            say("close", number)


def say(what: str, number: int) -> None:
    sys.stdout.write(f"{what} {number}\n")
    sys.stdout.flush()


def main() -> None:
    writer = LedgerWriter(home(Path(sys.argv[1])))
    writer.start()
    start = int(sys.argv[2]) * PER_START
    threads = [threading.Thread(target=work, args=(writer, start + number)) for number in range(THREADS)]
    for thread in threads:
        thread.start()


if __name__ == "__main__":
    main()
