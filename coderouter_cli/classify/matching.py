"""Finds the vocabulary in a text: words to points per phase, in time linear in the text."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from coderouter_cli.classify import speech, vocabulary
from coderouter_cli.domain.phase import Phase

_WORD = re.compile(r"[^\W\d_]+(?:['.][^\W\d_]+)*")
_CLAUSE = re.compile(rf"[{speech.CLAUSE_ENDS}\n]+\s*|,\s+")
_OPENING_WORDS = 2
"""A verb opens its clause when it is one of this many words after the fillers."""
_OBJECT_WORDS = 6
"""How many words after an opening verb ("write", "run") its object is looked for."""
_PHRASE_POINTS = 2
_SCRIPT_POINTS = 3
"""A word of a script without spaces counts as its verb in the opening would."""
_FIRST_OPENING = 3
_LATER_OPENING = 2
_OBJECT_POINTS = 4
_OPENING_CAP = 5
_REPORT_POINTS = 2
"""A fault that is told without asking for anything is a report, and asks for its repair."""
_CAP = 8
"""Most points one kind of evidence gives a phase: a long text must not outweigh a clear one."""
_GENERAL = frozenset({Phase.IMPLEMENT, Phase.SMALL_EDIT})
"""Phases whose words are in every ask."""
_GENERAL_CAP = 4
_OBJECTS = frozenset({Phase.TEST, Phase.DOCUMENT})
_DEMANDING = frozenset({Phase.PLAN, Phase.DEBUG})
"""Their verbs keep their meaning whatever the object is: who fixes tests debugs."""
_DOC_SUFFIXES = (".md", ".mdx", ".rst")
_MENTION_POINTS = {
    Phase.PLAN: 1,
    Phase.IMPLEMENT: 1,
    Phase.DEBUG: 2,
    Phase.TEST: 2,
    Phase.DOCUMENT: 2,
    Phase.SMALL_EDIT: 1,
}
"""A bug is a bug wherever it is mentioned; "add" in the middle of a sentence says little."""


def _unaccented() -> dict[int, str]:
    latin = (*range(0xC0, 0x250), *range(0x1E00, 0x1F00))
    bases = {code: unicodedata.normalize("NFKD", chr(code))[0] for code in latin}
    plain = {code: base for code, base in bases.items() if base.isascii() and base.isalpha()}
    return plain | {0x2019: "'"}


_UNACCENTED = _unaccented()


@dataclass(frozen=True, slots=True)
class Text:
    """A text as it is searched: lower case, the same without Latin accents, and its words.

    ``clauses`` are its words in order, ``words`` every word once.
    """

    lowered: str
    folded: str
    clauses: tuple[tuple[str, ...], ...]
    words: frozenset[str]


def prepare(text: str) -> Text:
    """Fold a text and cut it into clauses."""
    lowered = text.lower()
    folded = lowered if lowered.isascii() else lowered.translate(_UNACCENTED)
    found = (tuple(_WORD.findall(clause)) for clause in _CLAUSE.split(folded))
    clauses = tuple(clause for clause in found if clause)
    return Text(lowered, folded, clauses, frozenset(word for clause in clauses for word in clause))


class Phrases:
    """Substrings to look for: phrases, and words of scripts without spaces.

    The listing is separated by commas. A space before a comma belongs to its phrase. A phrase in plain
    Latin letters is looked for only where its first word occurs; a single word without a space also
    inside others.
    """

    def __init__(self, listing: str) -> None:
        entries = (entry.lstrip() for entry in listing.split(","))
        cleaned = sorted({entry.strip() if "\n" in entry else entry for entry in entries} - {""})
        self._ascii = tuple((_first_word(entry), entry) for entry in cleaned if entry.isascii())
        self._other = tuple(entry for entry in cleaned if not entry.isascii())

    def count(self, text: Text) -> int:
        """How many of them occur."""
        return self.spelled(text) + self.written(text)

    def spelled(self, text: Text) -> int:
        """How many of those in plain Latin letters occur."""
        words, folded = text.words, text.folded
        return sum((not first or first in words) and entry in folded for first, entry in self._ascii)

    def written(self, text: Text) -> int:
        """How many of those in other letters occur."""
        return 0 if text.lowered.isascii() else sum(entry in text.lowered for entry in self._other)


def _first_word(phrase: str) -> str:
    found = _WORD.match(phrase)
    return found[0] if found and " " in phrase else ""


class Words:
    """A listing of words and stems (``fix*``), separated by spaces."""

    def __init__(self, listing: str) -> None:
        entries = listing.split()
        self._words = frozenset(entry for entry in entries if not entry.endswith("*"))
        self._stems = frozenset(entry[:-1] for entry in entries if entry.endswith("*"))
        self._lengths = tuple(sorted({len(stem) for stem in self._stems}))

    def __contains__(self, word: str) -> bool:
        return word in self._words or any(word[:length] in self._stems for length in self._lengths)

    def count(self, words: frozenset[str]) -> int:
        """How many of these words are listed."""
        return sum(word in self for word in words)


@dataclass(frozen=True, slots=True)
class _Role:
    """What a word says: a phase's verb, or a noun of its subject."""

    phase: Phase
    verb: bool


class _Roles:
    """Every phase's verbs and nouns in one table, so that a word costs a few look-ups, not twelve."""

    def __init__(self, lexicons: Mapping[Phase, vocabulary.Lexicon]) -> None:
        self._words: dict[str, tuple[_Role, ...]] = {}
        self._stems: dict[str, tuple[_Role, ...]] = {}
        for phase, lexicon in lexicons.items():
            self._add(lexicon.verbs, _Role(phase, verb=True))
            self._add(lexicon.nouns, _Role(phase, verb=False))
        self._lengths = tuple(sorted({len(stem) for stem in self._stems}))

    def _add(self, listing: str, role: _Role) -> None:
        for entry in listing.split():
            table, key = (self._stems, entry[:-1]) if entry.endswith("*") else (self._words, entry)
            table[key] = (*table.get(key, ()), role)

    def of(self, word: str) -> frozenset[_Role]:
        """All roles of a word; a word may have several (German ``teste``)."""
        roles = set(self._words.get(word, ()))
        if word.endswith(_DOC_SUFFIXES):
            roles.add(_Role(Phase.DOCUMENT, verb=False))
        for length in self._lengths:
            roles.update(self._stems.get(word[:length], ()))
        return frozenset(roles)


_ROLES = _Roles(vocabulary.LEXICONS)
_OBJECT_VERBS = Words(speech.OBJECT_VERBS)
_FILLERS = Words(speech.FILLER_WORDS)
_PHRASES = {phase: Phrases(lexicon.phrases) for phase, lexicon in vocabulary.LEXICONS.items()}


def points(text: Text) -> tuple[tuple[Phase, int], ...]:
    """Each phase's points, in the order of `Phase`; phases without any are left out."""
    roles = {word: _ROLES.of(word) for word in text.words}
    totals: Counter[Phase] = Counter()
    openings = _openings(text, roles)
    for kind, cap in ((_mentions(roles), _CAP), (openings, _OPENING_CAP), (_phrases(text), _CAP)):
        for phase, count in kind.items():
            totals[phase] += min(count, _GENERAL_CAP if phase in _GENERAL else cap)
    if totals[Phase.DEBUG] and not openings:
        totals[Phase.DEBUG] += _REPORT_POINTS
    return tuple((phase, totals[phase]) for phase in Phase if totals[phase])


def _mentions(roles: Mapping[str, frozenset[_Role]]) -> Counter[Phase]:
    totals: Counter[Phase] = Counter()
    for found in roles.values():
        totals.update({role.phase: _MENTION_POINTS[role.phase] for role in found})
    return totals


def _phrases(text: Text) -> Counter[Phase]:
    return Counter(
        {
            phase: _PHRASE_POINTS * phrases.spelled(text) + _SCRIPT_POINTS * phrases.written(text)
            for phase, phrases in _PHRASES.items()
        }
    )


def _openings(text: Text, roles: Mapping[str, frozenset[_Role]]) -> Counter[Phase]:
    totals: Counter[Phase] = Counter()
    for position, clause in enumerate(text.clauses):
        weight = _FIRST_OPENING if position == 0 else _LATER_OPENING
        for phase in _opening(tuple(_unfilled(clause)), roles):
            totals[phase] += _OBJECT_POINTS if phase in _OBJECTS else weight
    return totals


def _opening(clause: tuple[str, ...], roles: Mapping[str, frozenset[_Role]]) -> frozenset[Phase]:
    """The phases a clause's first verb asks for; a general verb's object decides for it."""
    for start, word in enumerate(clause[:_OPENING_WORDS]):
        asked = frozenset(role.phase for role in roles[word] if role.verb)
        if word in _OBJECT_VERBS:
            following = clause[start + 1 : start + 1 + _OBJECT_WORDS]
            objects = {role.phase for other in following for role in roles[other]} & _OBJECTS
            return frozenset(objects) if objects and not asked & _DEMANDING else asked
        if asked:
            return asked
    return frozenset()


def _unfilled(clause: tuple[str, ...]) -> Iterator[str]:
    opened = False
    for word in clause:
        opened = opened or word not in _FILLERS
        if opened:
            yield word
