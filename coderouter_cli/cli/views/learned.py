"""What providers refused since the daemon started, for people."""

from collections.abc import Sequence

from coderouter_cli.domain.conversation import JsonObject


def learned_lines(learned: Sequence[JsonObject]) -> list[str]:
    """A line for each refusal that later requests are spared; ``refuses`` is a stable code."""
    return [
        f"learned since its start: {one['model']} at {one['provider']} refuses {one['refuses']}"
        for one in learned
    ]
