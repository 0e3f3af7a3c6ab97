"""Twice as demanding as `balanced`: the cheap models are left with documents, small edits and easy tests."""

from coderouter_cli.routing.bars import Policy

QUALITY = Policy(name="quality", slack_pct=50)
