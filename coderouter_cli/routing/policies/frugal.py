"""Half as demanding as `balanced`: for those who would rather ask twice than pay for the best."""

from coderouter_cli.routing.bars import Policy

FRUGAL = Policy(name="frugal", slack_pct=200)
