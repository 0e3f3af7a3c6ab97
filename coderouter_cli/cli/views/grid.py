"""Tables without lines. A number or a name is never broken or cut, however narrow the terminal."""

from collections.abc import Collection

from rich.table import Table


def grid(*columns: str, words: Collection[str] = (), gap: int = 2) -> Table:
    """A table with these headings, ``gap`` blanks between columns.

    The first column is on the left, the others on the right, for they hold numbers. Columns named in
    ``words`` hold text: on the left, and folded between words where space is short.
    """
    table = Table(box=None, pad_edge=False, show_edge=False, header_style="bold", padding=(0, gap, 0, 0))
    for number, column in enumerate(columns):
        left = number == 0 or column in words
        table.add_column(
            column, justify="left" if left else "right", no_wrap=column not in words, overflow="fold"
        )
    return table
