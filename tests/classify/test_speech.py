"""The lists themselves: spelt as the search expects."""

import pytest

from coderouter_cli.classify import speech
from coderouter_cli.classify.matching import prepare

WORDS = (speech.OBJECT_VERBS, speech.QUESTION_WORDS, speech.FILLER_WORDS, speech.HARD_WORDS)
PHRASES = (
    speech.QUESTION_PHRASES,
    speech.REQUEST_PHRASES,
    speech.CONTINUATIONS,
    speech.COMPLAINTS,
    speech.HARD_PHRASES,
    speech.EASY_PHRASES,
)


@pytest.mark.parametrize("listing", WORDS)
def test_words_are_spelt_as_they_are_searched(listing: str) -> None:
    assert all(prepare(entry).folded == entry for entry in listing.split())


@pytest.mark.parametrize("listing", PHRASES)
def test_phrases_are_lower_case_and_not_empty(listing: str) -> None:
    assert all(entry.strip() and entry == entry.lower() for entry in listing.split(","))
