"""The ledger: one row per exchange, one writer, many readers.

The daemon writes through `writer`, everything else reads through `reader`. Neither is imported
here, for most commands need only one of them, or none.
"""
