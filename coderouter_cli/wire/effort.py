"""The word a client has for how hard to think, and the nearest one a model knows."""

from collections.abc import Sequence

from coderouter_cli.domain.model import Dialect, Model

OFF = "none"
_LADDER = (OFF, "minimal", "low", "medium", "high", "xhigh", "max")


def nearest_effort(effort: str | None, known: Sequence[str], dialect: Dialect) -> str | None:
    """The word of ``known`` nearest to the client's; None when there is nothing to say.

    Between two equally near words the stronger one is taken, as DeepSeek does (its medium is high).
    Thinking is switched off only for who asks for it: `OFF` is near to no other word.
    """
    if effort is None:
        return None
    word = dialect.effort_map.get(effort, effort)
    if word in known:
        return word
    candidates = [other for other in known if other in _LADDER and other != OFF]
    if word not in _LADDER or not candidates:
        return None
    rank = _LADDER.index(word)
    return min(candidates, key=lambda other: (abs(_LADDER.index(other) - rank), -_LADDER.index(other)))


def known_efforts(model: Model, dialect: Dialect) -> tuple[str, ...]:
    """The words that both the model and the endpoint take, weakest first."""
    efforts = model.capabilities.efforts
    return efforts if dialect.efforts is None else tuple(word for word in efforts if word in dialect.efforts)


def thinking_efforts(model: Model, dialect: Dialect) -> tuple[str, ...]:
    """The words with which the model thinks, weakest first."""
    return tuple(word for word in known_efforts(model, dialect) if word != OFF)


def weakest_effort(model: Model, dialect: Dialect) -> str | None:
    """The least the model can do, for a client that wants no thinking from one that always thinks."""
    return next(iter(thinking_efforts(model, dialect)), None)


def budget_for(effort: str | None, dialect: Dialect) -> int | None:
    """The thinking tokens this provider is given for an effort; None when it wants no figure.

    A client that names no effort gets the budget in the middle.
    """
    budgets = dialect.thinking_budgets
    if effort is None or not budgets:
        ordered = sorted(budgets.values())
        return ordered[len(ordered) // 2] if ordered else None
    nearest = nearest_effort(effort, tuple(budgets), dialect)
    return None if nearest is None else budgets[nearest]
