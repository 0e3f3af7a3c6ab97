"""Twice as demanding as `balanced`: the strongest class for all that is hard, and for ordinary debugging."""

from coderouter_cli.routing.bars import Policy

QUALITY = Policy(name="quality", slack_pct=50)
