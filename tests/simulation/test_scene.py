from dataclasses import replace
from datetime import timedelta

from coderouter_cli.simulation.scene import scenes_of
from tests.simulation.world import NOW, START, catalog, step, thread, transcript


def test_prompts_are_in_one_measure_and_continue_each_other() -> None:
    (found,) = scenes_of(
        [transcript(thread((step(0, 10_000), step(1, 11_000)), (step(2, 12_000),)))], catalog(), NOW
    )
    assert [(beat.turn, beat.prompt, beat.kept, beat.fresh) for beat in found.beats] == [
        (0, 10_000, 0, True),
        (0, 11_000, 10_000, False),
        (1, 12_000, 11_000, True),
    ]
    assert found.texts == ("ask 0", "ask 1")


def test_a_history_that_was_cut_keeps_what_the_provider_really_read() -> None:
    cut = step(1, 9_000, cache_read=4_000)
    (found,) = scenes_of([transcript(thread((step(0, 50_000), cut)))], catalog(), NOW)
    assert [beat.kept for beat in found.beats] == [0, 4_000]


def test_moments_keep_their_hour_and_weekday_and_move_to_the_week_before() -> None:
    old = replace(step(0, 10_000), at=START - timedelta(weeks=30))
    (found,) = scenes_of([transcript(thread((old,)))], catalog(), NOW)
    assert found.beats[0].at == START
    assert timedelta(0) <= NOW - found.beats[0].at < timedelta(weeks=1)


def test_time_never_runs_backwards() -> None:
    (found,) = scenes_of([transcript(thread((step(5, 10_000), step(1, 11_000))))], catalog(), NOW)
    assert found.beats[0].at == found.beats[1].at


def test_the_last_write_says_which_cache_the_client_asks_for() -> None:
    steps = (
        step(0, 10_000, cache_write_long=10_000),
        step(1, 10_500, cache_read=10_500),
        step(2, 11_000, cache_write=11_000),
    )
    (found,) = scenes_of([transcript(thread(steps))], catalog(), NOW)
    assert [beat.long for beat in found.beats] == [True, True, False]


def test_every_thread_has_its_own_key() -> None:
    threads = (thread((step(0, 1_000),)), thread((step(0, 1_000),), agent="a1"))
    found = scenes_of([transcript(*threads), transcript(threads[0], session="t")], catalog(), NOW)
    assert [(one.key, one.transcript) for one in found] == [("s/", 0), ("s/a1", 0), ("t/", 1)]
