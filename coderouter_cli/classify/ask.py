"""What a human ask says about itself: vocabulary, question, pasted error, "go on", complaint."""

import re
from dataclasses import dataclass

from coderouter_cli.classify import speech
from coderouter_cli.classify.matching import Phrases, Text, Words, points, prepare
from coderouter_cli.domain.phase import Phase

_HEAD = 3_000
_TAIL = 1_000
"""People put the ask first, or last after what they pasted; the middle is not read."""
_CONTINUATION_CHARS = 40
_QUESTION_CHARS = 60

_FENCE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_PATH = re.compile(r"https?://\S+|(?<![\w.~@-])[\w.~@-]*[/\\](?:[\w.~@/\\-]*[/\\])?")
"""Links, and the folders of a path: the file's name stays, it may be the README."""
_STACK_TRACE = re.compile(
    r"Traceback \(most recent call last\)|^[ \t]*at .{1,200}[:(]\d+|^[ \t]*File \".{1,300}\", line \d+"
    r"|^panic: |^Caused by: |Exception in thread|\berror(?:\[E\d+\]| TS\d+| C\d{4}|:)"
    r"|\b[A-Z]\w{2,40}(?:Error|Exception)\b|\bERR[_!]|\bSegmentation fault|\bexit (?:code|status) [1-9]"
    r"|\bstatus(?: code)? [45]\d\d\b|\b[45]\d\d \([A-Z][\w ]+\)"
    r"|^[ \t]*(?:FAILED|ERROR|FATAL)\b|\bUncaught ",
    re.MULTILINE,
)
_LOG_LINE = re.compile(
    r"^(?:[ \t]*(?:at |File \"|\+ |~~|>>> |npm |\d{4}-\d\d-\d\d|\[?\d\d:\d\d|\[\w+\]"
    r"|\w+@\w+|\(\w+\) |PS [A-Z~]|[$%#>] )|.*\.\w{1,4}:\d+).*$",
    re.MULTILINE,
)
"""Lines of a log, a trace or a shell: not the person's words."""
_ITEM = re.compile(r"^[ \t]*(?:[-*•]|\d{1,2}[.)、])\s*\S", re.MULTILINE)
_WIDE = re.compile(r"[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af]")

_QUESTION_WORDS = Words(speech.QUESTION_WORDS)
_QUESTION_PHRASES = Phrases(speech.QUESTION_PHRASES)
_REQUESTS = Phrases(speech.REQUEST_PHRASES)
_COMPLAINTS = Phrases(speech.COMPLAINTS)
_HARD_WORDS = Words(speech.HARD_WORDS)
_HARD_PHRASES = Phrases(speech.HARD_PHRASES)
_EASY_PHRASES = Phrases(speech.EASY_PHRASES)
_CONTINUATIONS = frozenset(entry.strip() for entry in speech.CONTINUATIONS.split(","))


@dataclass(frozen=True, slots=True)
class Ask:
    """One ask, as counts and flags."""

    words: tuple[tuple[Phase, int], ...]
    chars: int
    question: bool
    stack_trace: bool
    continuation: bool
    complaint: bool
    items: int
    hard_words: int
    easy_words: int


def read_ask(text: str) -> Ask:
    """Read one human text; code blocks, paths and links count as error output only, not as words."""
    excerpt = text if len(text) <= _HEAD + _TAIL else f"{text[:_HEAD]}\n{text[-_TAIL:]}"
    words = _LOG_LINE.sub("", _PATH.sub(" ", _FENCE.sub(" ", excerpt)))
    prepared = prepare(words)
    return Ask(
        words=points(prepared),
        chars=len(text) + len(_WIDE.findall(excerpt)),
        question=_is_question(words, prepared),
        stack_trace=_STACK_TRACE.search(excerpt) is not None,
        continuation=is_continuation(text),
        complaint=_COMPLAINTS.count(prepared) > 0,
        items=len(_ITEM.findall(words)),
        hard_words=_HARD_WORDS.count(prepared.words) + _HARD_PHRASES.count(prepared),
        easy_words=_EASY_PHRASES.count(prepared),
    )


def is_continuation(text: str) -> bool:
    """Whether a text only says "go on" (or picks an option), in any of our languages."""
    if len(text) > _CONTINUATION_CHARS:
        return False
    plain = text.strip(speech.TRIMMED).lower()
    return plain in _CONTINUATIONS or 0 < len(plain) <= 2


def _is_question(text: str, prepared: Text) -> bool:
    """A question asks for an answer; a request in a question's form ("can you add ...?") does not."""
    if _REQUESTS.count(prepared):
        return False
    if text.rstrip().endswith(speech.QUESTION_MARKS):
        return True
    first = next((clause[0] for clause in prepared.clauses), "")
    return first in _QUESTION_WORDS or any(_QUESTION_PHRASES.written(end) for end in _ends(text))


def _ends(text: str) -> tuple[Text, Text]:
    return prepare(text[:_QUESTION_CHARS]), prepare(text[-_QUESTION_CHARS:])
