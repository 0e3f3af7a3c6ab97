"""The generated code base: always the same, and of plausible size."""

import ast

import pytest

from coderouter_cli.demo.asks import Language
from coderouter_cli.demo.chance import chance, choose, endless, hex_id, uuid_of
from coderouter_cli.demo.codebase import command, needle, numbered, outcome, snippet, source
from coderouter_cli.demo.prose import guidance, opening, report, summary, thought
from coderouter_cli.demo.turns import NOUNS, Action, Kind
from coderouter_cli.domain.phase import Phase

LANGUAGES: tuple[Language, ...] = ("python", "typescript", "go", "rust", "java")


@pytest.mark.parametrize("language", LANGUAGES)
def test_files_are_filled_in_and_of_a_plausible_size(language: Language) -> None:
    sizes = []
    for noun in NOUNS:
        text = source(f"src/{noun}", language)
        sizes.append(len(text))
        assert "$noun" not in text
        assert "${" not in text.replace("${limit}", "")
    assert min(sizes) > 2_000
    assert max(sizes) < 120_000


def test_python_files_are_python() -> None:
    for noun in NOUNS:
        ast.parse(source(f"src/app/{noun}.py", "python"))
        ast.parse(snippet(f"src/app/{noun}.py", "python", 1))


@pytest.mark.parametrize("kind", list(Kind))
def test_every_action_has_a_command_and_an_outcome(kind: Kind) -> None:
    action = Action(kind, "src/app/outbox.py")
    assert command(action, "python")
    assert outcome(action, "python")


def test_a_failing_test_says_where() -> None:
    failed = outcome(Action(Kind.TEST, "tests/test_outbox.py", ok=False), "python")
    assert "tests/test_outbox.py:42: AssertionError" in failed
    assert "failed" not in outcome(Action(Kind.TEST, "tests/test_outbox.py"), "python")


def test_a_search_finds_its_needle() -> None:
    hits = outcome(Action(Kind.SEARCH, "src/app/outbox.py"), "python").splitlines()
    assert 1 < len(hits) <= 40
    assert all(needle("src/app/outbox.py") in hit.lower() for hit in hits)


def test_lines_are_numbered_as_readers_show_them() -> None:
    assert numbered("a\nb") == "     1\ta\n     2\tb"


def test_chance_only_depends_on_its_key() -> None:
    assert chance("a", 1) == chance("a", 1) != chance("a", 2)
    assert {choose("ab", "key", number) for number in range(20)} == {"a", "b"}
    first = endless(NOUNS, "key")
    again = endless(NOUNS, "key")
    assert [next(first) for _ in range(50)] == [next(again) for _ in range(50)]
    assert len(hex_id(17, "x")) == 17
    assert len(uuid_of("x")) == 36
    assert uuid_of("x") != uuid_of("y")


def test_prose_has_the_length_it_is_asked_for() -> None:
    for size in (150, 1_000, 20_000):
        assert abs(len(guidance(size, "key")) - size) < size * 0.2 + 80
    assert summary(1_000, "key").startswith("<summary>")
    assert thought("a.py", 1).startswith("The question is what a.py")
    assert {bool(opening("a.py", number)) for number in range(30)} == {True, False}
    lengths = {phase: len(report(phase, "a.py")) for phase in Phase}
    assert lengths[Phase.PLAN] > lengths[Phase.DEBUG] > lengths[Phase.SMALL_EDIT]
