"""A system message in the user's voice, for histories that take no system message in that place."""


def reminder(text: str) -> str:
    """The text, marked as Claude Code marks its own reminders."""
    return f"<system-reminder>\n{text}\n</system-reminder>"
