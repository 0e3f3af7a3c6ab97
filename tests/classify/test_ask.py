"""What an ask says about itself."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.classify.ask import is_continuation, read_ask
from coderouter_cli.domain.phase import Phase

TRACE = """It dies:
Traceback (most recent call last):
  File "app.py", line 3, in <module>
ValueError: no rows
"""


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("How does the cache work?", True),
        ("how does the cache work", True),
        ("The cache works how?", True),
        ("Can you add a cache?", False),
        ("Add a cache", False),
        ("¿Cómo funciona la caché?", True),
        ("¿Puedes añadir una caché?", False),
        ("Comment marche le cache ?", True),
        ("Wie funktioniert der Cache", True),
        ("Как работает кэш", True),
        ("缓存是怎么工作的", True),
        ("キャッシュはどう動きますか", True),
        ("캐시는 어떻게 동작하나요", True),
        ("缓存加一下", False),
        ("", False),
    ],
)
def test_question(text: str, question: bool) -> None:
    assert read_ask(text).question is question


@pytest.mark.parametrize(
    "text",
    [
        TRACE,
        "TypeError: x is undefined",
        "    at run (/p/src/app.js:10:3)",
        "error[E0382]: borrow of moved value",
        "src/a.ts: error TS2345",
        "panic: runtime error",
        "npm ERR! code 1",
        "the build ends with exit code 2",
        "it answers 500 (Internal Server Error)",
        "Caused by: java.io.IOException",
        "```\nUncaught ReferenceError\n```",
    ],
)
def test_error_output_is_seen(text: str) -> None:
    assert read_ask(text).stack_trace


def test_plain_words_are_no_error_output() -> None:
    assert not read_ask("Add error handling to the exporter, and a status field").stack_trace


def test_pasted_output_is_no_vocabulary() -> None:
    pasted = "$ git push\n[INFO] creating docs\n2026-11-23 10:00 tests run\n  at add (a.js:1:1)\nrename it"
    assert dict(read_ask(pasted).words) == dict(read_ask("rename it").words)
    assert read_ask("```\nadd tests, fix docs\n```").words == ()
    assert read_ask("see src/tests/fix/").words == ()


@pytest.mark.parametrize(
    "text",
    [
        "continue",
        "Go ahead!",
        "yes",
        "1",
        "继续",
        "好的。",
        "続けて",
        "계속",
        "sigue",
        "weiter",
        "продолжай",
        "tiếp tục",
        "OUI",
    ],
)
def test_continuations(text: str) -> None:
    assert is_continuation(text)


@pytest.mark.parametrize(
    "text", ["", "   ", "add it", "continue with the parser and add tests", "no, rename it"]
)
def test_not_continuations(text: str) -> None:
    assert not is_continuation(text)


@pytest.mark.parametrize(
    "text", ["It still doesn't start", "还是不行", "まだ出る", "sigue sin funcionar", "immer noch rot"]
)
def test_complaints(text: str) -> None:
    assert read_ask(text).complaint


def test_counts() -> None:
    ask = read_ask("Just two small things:\n- a race condition\n- the architecture\n1. x\n2) y")
    assert ask.items == 4
    assert ask.hard_words == 3
    assert ask.easy_words == 2
    assert ask.chars == len("Just two small things:\n- a race condition\n- the architecture\n1. x\n2) y")


def test_wide_characters_count_twice() -> None:
    assert read_ask("修复登录").chars == 8


def test_the_middle_of_a_long_text_is_not_read() -> None:
    ask = read_ask("rename it " + "x " * 4000 + "write docs " + "y " * 4000)
    assert Phase.DOCUMENT not in dict(ask.words)
    assert dict(ask.words)[Phase.SMALL_EDIT] > 0
    assert ask.chars > 16_000


@given(st.text(max_size=500))
def test_any_text_is_read(text: str) -> None:
    assert read_ask(text) == read_ask(text)


@pytest.mark.parametrize(
    "text",
    [
        "\n" * 50_000,
        " \n" * 9_000,
        "a" * 50_000,
        "at " * 9_000,
        "```" * 9_000,
        "[" * 9_000,
        "x.y" * 9_000,
        "@/" * 9_000,
    ],
)
def test_hard_to_read_texts_are_read_fast(text: str) -> None:
    started = time.process_time()
    read_ask(text)
    assert time.process_time() - started < 0.25
