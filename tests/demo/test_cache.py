"""The arithmetic of the prompt cache, by hand and through the provider."""

from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.demo.cache import Automatic, Counted, PromptCache, Segment, count_tokens
from coderouter_cli.demo.provider import ScriptedProvider
from coderouter_cli.demo.script import HttpError, ReplyQueue
from tests.demo.talk import MINIMAL, ask, send

OPENAI = Automatic(step=128, minimum=1024, ttl_s=1800.0)
DEEPSEEK = Automatic(step=64, minimum=64, ttl_s=3600.0)


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def block(tokens: int, letter: str = "a") -> bytes:
    return letter.encode() * (tokens * 4)


def test_a_token_is_four_bytes() -> None:
    assert [count_tokens(size) for size in (0, 1, 4, 5, 400)] == [0, 1, 1, 2, 100]


def test_marks_write_then_read_and_what_follows_is_fresh() -> None:
    cache = PromptCache(Clock())
    prompt = [Segment(block(2000), "5m"), Segment(block(300, "b"))]
    assert cache.marked("m", prompt, 1024) == Counted(fresh=300, write=2000)
    assert cache.marked("m", prompt, 1024) == Counted(fresh=300, read=2000)
    longer = [*prompt, Segment(block(500, "c"), "5m"), Segment(block(10, "d"))]
    assert cache.marked("m", longer, 1024) == Counted(fresh=10, read=2000, write=800)


def test_short_prefixes_are_not_cached() -> None:
    cache = PromptCache(Clock())
    prompt = [Segment(block(1000), "5m")]
    assert cache.marked("m", prompt, 1024) == Counted(fresh=1000)
    assert cache.marked("m", prompt, 512) == Counted(fresh=0, write=1000)


def test_the_hour_and_the_five_minutes_are_split() -> None:
    cache = PromptCache(Clock())
    prompt = [Segment(block(2000), "1h"), Segment(block(700, "b"), "5m"), Segment(block(50, "c"))]
    assert cache.marked("m", prompt, 1024) == Counted(fresh=50, write=700, write_long=2000)


def test_entries_expire_and_reading_renews_them() -> None:
    clock = Clock()
    cache = PromptCache(clock)
    prompt = [Segment(block(2000), "5m")]
    cache.marked("m", prompt, 1024)
    for _ in range(3):
        clock.now += 299
        assert cache.marked("m", prompt, 1024).read == 2000
    clock.now += 301
    assert cache.marked("m", prompt, 1024) == Counted(fresh=0, write=2000)


def test_a_mark_looks_back_twenty_blocks() -> None:
    cache = PromptCache(Clock())
    start = [Segment(block(2000), "5m")]
    cache.marked("m", start, 1024)
    near = [Segment(block(2000)), *[Segment(block(1, "b"))] * 18, Segment(block(1, "c"), "5m")]
    assert cache.marked("m", near, 1024).read == 2000
    far = [Segment(block(2000)), *[Segment(block(1, "d"))] * 19, Segment(block(1, "e"), "5m")]
    assert cache.marked("m", far, 1024).read == 0


def test_models_do_not_share() -> None:
    cache = PromptCache(Clock())
    prompt = [Segment(block(2000), "5m")]
    cache.marked("opus", prompt, 1024)
    assert cache.marked("sonnet", prompt, 1024).read == 0


def test_openai_reads_in_steps_of_128_from_1024_on() -> None:
    cache = PromptCache(Clock())
    assert cache.automatic("m", block(1000), OPENAI) == Counted(fresh=1000)
    assert cache.automatic("m", block(1100), OPENAI) == Counted(fresh=1100)
    assert cache.automatic("m", block(1100), OPENAI) == Counted(fresh=1100 - 1024, read=1024)
    assert cache.automatic("m", block(1024 + 127), OPENAI).read == 1024
    assert cache.automatic("m", block(1024 + 128) + block(900, "b"), OPENAI).read == 1024


def test_deepseek_reads_in_steps_of_64() -> None:
    cache = PromptCache(Clock())
    assert cache.automatic("m", block(200), DEEPSEEK) == Counted(fresh=200)
    assert cache.automatic("m", block(150) + block(50, "b"), DEEPSEEK) == Counted(fresh=72, read=128)


def test_newer_models_report_what_they_write() -> None:
    cache = PromptCache(Clock())
    rule = Automatic(128, 1024, 1800.0, writes=True)
    assert cache.automatic("m", block(1300), rule) == Counted(fresh=20, write=1280)
    assert cache.automatic("m", block(1500), rule) == Counted(fresh=92, read=1280, write=128)


@given(st.lists(st.tuples(st.integers(1, 900), st.sampled_from([None, "5m", "1h"])), max_size=12))
def test_every_token_is_counted_once(shape: list[tuple[int, str | None]]) -> None:
    cache = PromptCache(Clock())
    prompt = [
        Segment(block(tokens, chr(97 + i)), "5m" if mark == "5m" else "1h" if mark else None)
        for i, (tokens, mark) in enumerate(shape)
    ]
    total = sum(tokens for tokens, _ in shape)
    first, second = cache.marked("m", prompt, 512), cache.marked("m", prompt, 512)
    assert first.prompt == second.prompt == total
    assert first.read == 0
    assert second.write == second.write_long == 0
    assert second.read == first.write + first.write_long
    assert min(first.fresh, second.fresh) >= 0


async def test_the_provider_reports_it(provider: ScriptedProvider) -> None:
    system = [{"type": "text", "text": "s" * 8000, "cache_control": {"type": "ephemeral"}}]
    first = (await ask(provider, "messages", system=system))["usage"]
    second = (await ask(provider, "messages", system=system))["usage"]
    assert first["cache_creation_input_tokens"] > 2000
    assert second["cache_read_input_tokens"] == first["cache_creation_input_tokens"]
    assert first["input_tokens"] == second["input_tokens"] < 20


async def test_a_moved_mark_still_reads(provider: ScriptedProvider) -> None:
    """The client marks the last block of each request; marks are no part of the prefix."""
    mark = {"cache_control": {"type": "ephemeral"}}
    first = {"type": "text", "text": "f" * 8000}
    await ask(provider, "messages", messages=[{"role": "user", "content": [first | mark]}])
    history = [
        {"role": "user", "content": [first]},
        {"role": "assistant", "content": "Yes."},
        {"role": "user", "content": [{"type": "text", "text": "g" * 400} | mark]},
    ]
    usage = (await ask(provider, "messages", messages=history))["usage"]
    assert usage["cache_read_input_tokens"] > 2000
    assert 100 < usage["cache_creation_input_tokens"] < 150


async def test_openai_counts_the_cached_part_inside_the_input(provider: ScriptedProvider) -> None:
    text = "t" * 8000
    first = (await ask(provider, "responses", input=text))["usage"]
    second = (await ask(provider, "responses", input=text))["usage"]
    assert first["input_tokens"] == second["input_tokens"]
    assert first["input_tokens_details"] == {"cached_tokens": 0, "cache_write_tokens": 1920}
    assert second["input_tokens_details"] == {"cached_tokens": 1920, "cache_write_tokens": 0}


async def test_older_openai_models_have_no_writes(provider: ScriptedProvider) -> None:
    usage = (await ask(provider, "responses", model="gpt-5.5", input="t" * 8000))["usage"]
    assert usage["input_tokens_details"]["cache_write_tokens"] == 0


async def test_a_failed_request_is_not_cached(provider: ScriptedProvider, replies: ReplyQueue) -> None:
    replies.add(HttpError(529))
    status, _ = await send(provider, "responses", MINIMAL["responses"] | {"input": "t" * 8000})
    assert status == 529
    usage = (await ask(provider, "responses", input="t" * 8000))["usage"]
    assert usage["input_tokens_details"]["cached_tokens"] == 0
