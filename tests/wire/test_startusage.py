import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.wire.startusage import StartFiller

HEAD = b'event: message_start\ndata: {"type":"message_start","message":{"id":"m","content":[],"usage":'
GLM = HEAD + b'{"input_tokens":0,"output_tokens":0}}}\n\n'
REST = b'event: content_block_delta\ndata: {"type":"x","text":"message_start \\"input_tokens\\":0"}\n\n'
PING = b'event: ping\ndata: {"type": "ping"}\n\n'


def filled(*pieces: bytes, estimate: int = 77) -> bytes:
    filler = StartFiller(estimate)
    return b"".join(map(filler.fill, pieces))


def test_a_prompt_that_is_not_counted_is_estimated() -> None:
    expected = HEAD + b'{"input_tokens":77,"output_tokens":0}}}\n\n' + REST
    assert filled(GLM + REST) == expected
    assert filled(GLM, REST) == expected
    assert filled(b"", b": comment\n\n", PING, GLM, REST) == b": comment\n\n" + PING + expected
    assert filled(GLM.replace(b"\n", b"\r\n")) == (
        HEAD.replace(b"\n", b"\r\n") + b'{"input_tokens":77,"output_tokens":0}}}\r\n\r\n'
    )


@pytest.mark.parametrize(
    "usage",
    [
        b'{"input_tokens":3,"output_tokens":0}',
        b'{"input_tokens":0,"cache_read_input_tokens":9}',
        b'{"input_tokens":null}',
        b"{}",
        b"null",
        b'{"input_tokens":0',
    ],
)
def test_what_a_provider_says_stands(usage: bytes) -> None:
    stream = HEAD + usage + b"}}\n\n"
    assert filled(stream) == stream


def test_only_the_first_event_is_looked_at() -> None:
    assert filled(REST, GLM) == REST + GLM
    assert filled(GLM + GLM).count(b'"input_tokens":77') == 1
    assert filled(GLM, estimate=0) == GLM


@given(st.lists(st.binary(max_size=80), max_size=5))
def test_anything_else_passes(pieces: list[bytes]) -> None:
    assert filled(*pieces) == b"".join(pieces)
