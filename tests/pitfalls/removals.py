"""What to take out so that a pitfall is back: a removal for every place where its rule is at home.

They stand in the texts of `without`, a few lines each:

    P02 a reminder
    wire/formats/anthropic_messages/cleaning.py
    - {**block, "text": reminder(block["text"])} if
    + block if

Number and home; a file below the package; behind ``-`` the rule, behind ``+`` what takes its place (nothing
where there is no such line). Several lines of one sign are one text. More edits may follow, of the same file
or after the name of another one. A blank line ends the removal.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path

from tests.pitfalls.removal import Edit, Removal

_HEAD = re.compile(r"P(\d\d) (.+)")


def read_removals(folder: Path) -> Mapping[int, tuple[Removal, ...]]:
    """All removals of a folder's texts, by the number of their pitfall."""
    found: defaultdict[int, list[Removal]] = defaultdict(list)
    for path in sorted(folder.glob("*.txt")):
        for paragraph in re.split(r"\n{2,}", path.read_text(encoding="utf-8").strip()):
            head, *lines = paragraph.split("\n")
            match = _HEAD.fullmatch(head)
            assert match is not None, f"{path.name}: no number in {head!r}"
            found[int(match[1])].append(Removal(match[2], tuple(_edits(lines))))
    return {number: tuple(found[number]) for number in sorted(found)}


def _edits(lines: list[str]) -> Iterator[Edit]:
    file, rule = "", ""
    for sign, group in groupby(lines, key=_sign):
        text = "\n".join(line[2:] if sign else line for line in group)
        if sign == "+":
            yield Edit(file, rule, text)
            rule = ""
            continue
        if rule:
            yield Edit(file, rule, "")
        file, rule = (file, text) if sign == "-" else (text, "")
    if rule:
        yield Edit(file, rule, "")


def _sign(line: str) -> str:
    return line[0] if line[:1] in {"-", "+"} else ""


REMOVALS = read_removals(Path(__file__).parent / "without")
