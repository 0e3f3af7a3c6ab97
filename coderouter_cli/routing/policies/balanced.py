"""The default: what the phase and the difficulty need, at the lowest expected cost."""

from coderouter_cli.routing.bars import Policy

BALANCED = Policy(name="balanced", slack_pct=100)
