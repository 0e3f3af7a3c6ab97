"""What a prompt cache holds, and what a prompt costs it: pure arithmetic over prefixes and tokens.

Routing asks it what a candidate would cost, accounting what a baseline would have cost; both must
get the same answer, so it lives below them. The mutable side (who answered when) is the caller's.

Three units of tokens meet here. A `Prefix` counts *estimated* tokens (the Claude 4.5 tokenizer, by
our own estimate). A provider reports tokens of its own tokenizer. `tokens_of` and `converted` lead
from one to the other by the catalog's token factors, which are estimates themselves.
"""

from collections.abc import Mapping

from coderouter_cli.domain.model import Model
from coderouter_cli.domain.session import Prefix
from coderouter_cli.domain.usage import Usage

_SLACK_TOKENS, _SLACK_SHARE = 64, 50


def warm_prefix(
    prefixes: tuple[Prefix, ...], expiries: Mapping[bytes, float], now: float, *, minimum: int = 0
) -> int:
    """Estimated tokens of the longest checkpoint that is still cached; 0 when none is.

    ``expiries`` gives, per digest, the moment the provider forgets it, on the same clock as
    ``now``; an entry lives up to that moment, not including it. A checkpoint shorter than
    ``minimum`` is never cached.
    """
    warm = (
        prefix.tokens
        for prefix in prefixes
        if prefix.tokens >= minimum and expiries.get(prefix.digest, now) > now
    )
    return max(warm, default=0)


def held_prefixes(prefixes: tuple[Prefix, ...], usage: Usage, model: Model) -> tuple[Prefix, ...]:
    """The checkpoints of a prompt that its provider holds after it said what it read and wrote.

    Where writes are billed, what was read or written is held and nothing else: without cache marks
    Anthropic keeps nothing. Elsewhere caching is automatic, and the whole prompt is taken to be held. Our
    estimate of where a checkpoint stands is granted 2 % (and 64 tokens).
    """
    if not bills_writes(model) or usage.prompt == 0 or not prefixes:
        return prefixes
    cached = usage.cache_read + usage.cache_write + usage.cache_write_long
    if cached == 0:
        return ()
    held = prefixes[-1].tokens * cached // usage.prompt
    limit = held + max(_SLACK_TOKENS, held // _SLACK_SHARE)
    return tuple(prefix for prefix in prefixes if prefix.tokens <= limit)


def tokens_of(model: Model, estimated: int) -> int:
    """A model's own tokens for a text of so many estimated tokens."""
    return round(estimated * model.token_factor * model.calibration)


def converted(tokens: int, source: Model, target: Model) -> int:
    """Tokens of one model's tokenizer, turned into another's; exact when the factors are the same.

    Both counts are real ones, so what our estimates are off by does not come into it.
    """
    if source.token_factor == target.token_factor:
        return tokens
    return round(tokens * target.token_factor / source.token_factor)


def bills_writes(model: Model) -> bool:
    """Whether the provider bills tokens it writes to its cache at another rate than plain input.

    Anthropic does, OpenAI does from gpt-5.6 on; DeepSeek and older OpenAI models do not.
    """
    if model.card is None:
        return False
    base, rules = model.card.base, model.card.rules
    return base.cache_write != base.input or any(rule.rates.cache_write != rule.rates.input for rule in rules)


def simulate(prompt_tokens: int, warm_tokens: int, model: Model, *, long: bool = False) -> Usage:
    """The input side of a prompt on a model that holds its first ``warm_tokens``.

    Both counts are in the model's own tokens. What is warm is read; the rest is written where
    writes are billed (to the long cache if ``long``) and plain input elsewhere. Below the model's
    smallest cacheable prefix nothing is read and nothing written.

    It assumes that a client asks for the whole prompt to be cached, as Claude Code and Codex do
    (measured with Claude Code 2.1.330: the last block of every request carries a breakpoint).
    """
    if prompt_tokens < model.cache_min_tokens:
        return Usage(input=prompt_tokens)
    read = min(warm_tokens, prompt_tokens)
    if read < model.cache_min_tokens:
        read = 0
    rest = prompt_tokens - read
    if not bills_writes(model):
        return Usage(input=rest, cache_read=read)
    if long:
        return Usage(cache_read=read, cache_write_long=rest)
    return Usage(cache_read=read, cache_write=rest)
