"""The lists themselves: spelt as the search expects, and each word once."""

import pytest

from coderouter_cli.classify.matching import prepare
from coderouter_cli.classify.vocabulary import LEXICONS, Lexicon
from coderouter_cli.domain.phase import Phase


def test_every_phase_has_words() -> None:
    assert set(LEXICONS) == set(Phase)
    assert all(lexicon.verbs and lexicon.nouns and lexicon.phrases for lexicon in LEXICONS.values())


@pytest.mark.parametrize("lexicon", LEXICONS.values(), ids=list(LEXICONS))
def test_words_are_spelt_as_they_are_searched(lexicon: Lexicon) -> None:
    for entry in (*lexicon.verbs.split(), *lexicon.nouns.split()):
        assert prepare(entry).folded == entry
        assert len(entry.rstrip("*")) > 1


@pytest.mark.parametrize("lexicon", LEXICONS.values(), ids=list(LEXICONS))
def test_no_entry_stands_twice(lexicon: Lexicon) -> None:
    for listing in (lexicon.verbs.split(), lexicon.nouns.split(), lexicon.phrases.split(",")):
        entries = [entry.strip() for entry in listing]
        assert sorted(set(entries)) == sorted(entries)


@pytest.mark.parametrize("lexicon", LEXICONS.values(), ids=list(LEXICONS))
def test_phrases_are_lower_case_and_not_empty(lexicon: Lexicon) -> None:
    for entry in lexicon.phrases.split(","):
        assert entry.strip()
        assert entry == entry.lower()
