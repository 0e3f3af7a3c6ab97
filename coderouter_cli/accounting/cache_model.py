"""What a prompt would have cost with the cache a session on one model would have had.

The rule itself is `domain.warmth`, which routing shares. This module applies it to an exchange
that really happened somewhere else: the answering model's reported tokens are carried over to the
other model's tokenizer, and the warm share of the prompt to its cache. The result is an estimate;
on recorded sessions its sums were within 3 to 8 % of the usage the provider reported.
"""

from coderouter_cli.domain.model import Model
from coderouter_cli.domain.usage import Usage
from coderouter_cli.domain.warmth import converted, simulate, warm_prefix

__all__ = ["elsewhere", "simulate", "uncached", "warm_prefix"]


def elsewhere(usage: Usage, answered: Model, model: Model, *, warm: int, estimate: int) -> Usage:
    """The usage the same exchange would have had on ``model``.

    ``warm`` of the prompt's ``estimate`` estimated tokens would have been cached there. Only their
    ratio counts, so an error of the estimate does not reach the result. What the client asked to be
    cached for long stays so; a service tier holds within one provider.
    """
    long = usage.cache_write_long > usage.cache_write
    prompt = converted(usage.prompt, answered, model)
    share = prompt * min(warm, estimate) // estimate if estimate > 0 else 0
    cached = simulate(prompt, share, model, long=long)
    return Usage(
        input=cached.input,
        cache_read=cached.cache_read,
        cache_write=cached.cache_write,
        cache_write_long=cached.cache_write_long,
        output=converted(usage.output, answered, model),
        tier=usage.tier if answered.provider == model.provider else None,
    )


def uncached(usage: Usage, answered: Model, model: Model) -> Usage:
    """The same exchange on ``model`` with every prompt token at the price of plain input."""
    return Usage(
        input=converted(usage.prompt, answered, model), output=converted(usage.output, answered, model)
    )
