"""Words to points."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.classify.matching import Phrases, Words, points, prepare
from coderouter_cli.domain.phase import Phase


def best(text: str) -> Phase:
    found = dict(points(prepare(text)))
    return max(found, key=lambda phase: found[phase])


def test_text_is_folded_and_cut() -> None:
    text = prepare("Añade l\u2019été, then FIX it.\nNow!")
    assert text.folded == "anade l'ete, then fix it.\nnow!"
    assert text.clauses == (("anade", "l'ete"), ("then", "fix", "it"), ("now",))
    assert text.words == {"anade", "l'ete", "then", "fix", "it", "now"}


def test_other_scripts_keep_their_marks() -> None:
    assert prepare("Ещё バグ 버그").folded == "ещё バグ 버그"


def test_words_and_stems() -> None:
    words = Words("fix* run")
    assert ["fix" in words, "fixing" in words, "run" in words, "running" in words] == [
        True,
        True,
        True,
        False,
    ]
    assert words.count(frozenset({"fixed", "run", "runs"})) == 2


def test_phrases() -> None:
    phrases = Phrases("not show, just ,\n    readme, 修复, sửa")
    assert phrases.count(prepare("It does not show it, just so. README2 修复了 sửa")) == 5
    assert phrases.spelled(prepare("adjust it; cannot shows")) == 0
    assert phrases.written(prepare("plain ascii")) == 0


@pytest.mark.parametrize(
    ("text", "phase"),
    [
        ("Add tests for the parser", Phase.TEST),
        ("Run the integration tests", Phase.TEST),
        ("Update the README with the new flag", Phase.DOCUMENT),
        ("write CHANGELOG.md", Phase.DOCUMENT),
        ("Fix the failing tests", Phase.DEBUG),
        ("Explain the tests", Phase.PLAN),
        ("Implement the parser as docs/plan.md says", Phase.IMPLEMENT),
    ],
)
def test_the_object_of_a_general_verb_decides(text: str, phase: Phase) -> None:
    assert best(text) is phase


def test_a_verb_weighs_more_where_it_opens_a_clause() -> None:
    opening = dict(points(prepare("rename the flag")))
    inside = dict(points(prepare("the flag that we rename")))
    assert opening[Phase.SMALL_EDIT] > inside[Phase.SMALL_EDIT]


def test_a_fault_told_without_asking_is_a_report() -> None:
    told = dict(points(prepare("the menu is broken")))
    asked = dict(points(prepare("describe the menu that is broken")))
    assert told[Phase.DEBUG] > asked[Phase.DEBUG]


def test_points_are_capped_in_order_and_positive() -> None:
    found = points(prepare("bug error crash fail broken issue problem " * 50 + "add test"))
    assert [phase for phase, _ in found] == [phase for phase in Phase if phase in dict(found)]
    assert dict(found)[Phase.DEBUG] <= 25


@given(st.text(max_size=600))
def test_any_text_gives_the_same_points_twice(text: str) -> None:
    found = points(prepare(text))
    assert found == points(prepare(text))
    assert all(count > 0 for _, count in found)


@pytest.mark.parametrize(
    "text", ["a" * 4000, "\n" * 4000, "a/" * 2000, "не " * 1300, "修复" * 2000, "- \n" * 1300]
)
def test_hard_to_read_texts_are_read_fast(text: str) -> None:
    started = time.process_time()
    points(prepare(text))
    assert time.process_time() - started < 0.25
