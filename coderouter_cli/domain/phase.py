"""What kind of work a request is, and how hard."""

from enum import StrEnum


class Phase(StrEnum):
    """The kind of work the user's current ask is; the six of the CodeRouter post."""

    PLAN = "plan"
    IMPLEMENT = "implement"
    DEBUG = "debug"
    TEST = "test"
    DOCUMENT = "document"
    SMALL_EDIT = "small_edit"


class Difficulty(StrEnum):
    """How much model the work needs inside its phase."""

    EASY = "easy"
    NORMAL = "normal"
    HARD = "hard"


class RequestKind(StrEnum):
    """What made the client send the request; only `TURN` is the user's own work."""

    TURN = "turn"
    TITLE = "title"
    """Names a session: housekeeping, goes to the cheapest model."""
    COMPACTION = "compaction"
    """Summarises the conversation so far."""
    SAFETY_CHECK = "safety_check"
    """The client's own security monitor: never answered by us, moved only where no key reaches its model."""
    SEARCH = "search"
    """A server-side web search, run in a request of its own."""
    UNREAD = "unread"
    """A request that our reader of its format refuses: only the format's vendor can say what it is."""
