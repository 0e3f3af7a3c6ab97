"""Reasoning effort: the client's word, in the words a model knows."""

from coderouter_cli.domain.model import Dialect, Model

OFF = "none"
_LADDER = (OFF, "minimal", "low", "medium", "high", "xhigh", "max")


def nearest_effort(effort: str | None, thinking: bool | None, model: Model, dialect: Dialect) -> str | None:  # noqa: FBT001 - a tri-state of the request, not a switch
    """The model's word nearest to what the client asked for; None when there is nothing to say.

    A client that switched thinking off gets the least the model can do. Between two equally near
    words the stronger one is taken, as DeepSeek does (its medium is high).
    """
    wanted = OFF if thinking is False else effort
    efforts = model.capabilities.efforts
    if wanted is None or not efforts:
        return None
    word = dialect.effort_map.get(wanted, wanted)
    if word in efforts:
        return word
    known = [candidate for candidate in efforts if candidate in _LADDER]
    if word not in _LADDER or not known:
        return None
    rank = _LADDER.index(word)
    return min(known, key=lambda other: (abs(_LADDER.index(other) - rank), -_LADDER.index(other)))
