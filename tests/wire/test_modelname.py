import json

import pytest

from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.wire import modelname
from coderouter_cli.wire.modelname import ModelNameRewriter, rewrite_model

MESSAGES = (
    b'event: message_start\ndata: {"type":"message_start","message":{"id":"m","model":"deepseek-flash",'
    b'"usage":{"input_tokens":1}}}\n\n'
    b': a comment about "model"\n\n'
    b'event: content_block_delta\r\ndata: {"type":"content_block_delta","index":0,"delta":{"type":'
    b'"text_delta","text":"\\"model\\":\\"deepseek-flash\\""}}\r\n\r\n'
    b'event: message_stop\ndata: {"type":"message_stop"}\n\n'
)
RESPONSES = (
    b'event: response.created\ndata: {"type":"response.created","response":{"id":"r","output":[],"model":'
    b'"deepseek-flash"},"sequence_number":0}\n\n'
    b'data: {"type":"response.output_text.delta","delta":"model"}\n\n'
    b'data:{"type":"response.completed","response":{"model" : "deepseek-flash","output":[{"model":"x"}]}}\n\n'
)
CHAT = (
    b'data: {"id":"c","model":"deepseek-flash","choices":[{"delta":{"content":"deepseek-flash"}}]}\n\n'
    b'data: {"id":"c","choices":[],"model":null}\n\n'
    b'data: {"id":"c","choices":[],"m\\u006fdel":"deepseek-flash"}\n\n'
    b"data: [DONE]\n\n"
)
STREAMS = [
    (
        FormatName.ANTHROPIC_MESSAGES,
        MESSAGES,
        MESSAGES.replace(b'"model":"deepseek-flash"', b'"model":"claude-\xc3\xa9"', 1),
    ),
    (
        FormatName.OPENAI_RESPONSES,
        RESPONSES,
        RESPONSES.replace(b'"deepseek-flash"', b'"claude-\xc3\xa9"'),
    ),
    (
        FormatName.OPENAI_CHAT,
        CHAT,
        CHAT.replace(b'"model":"deepseek-flash"', b'"model":"claude-\xc3\xa9"').replace(
            b'del":"deepseek-flash"', b'del":"claude-\xc3\xa9"'
        ),
    ),
]


def rewrite(name: FormatName, chunks: list[bytes]) -> bytes:
    rewriter = ModelNameRewriter(name, "claude-é")
    return b"".join([rewriter.feed(chunk) for chunk in chunks] + [rewriter.close()])


@pytest.mark.parametrize(("name", "stream", "expected"), STREAMS)
def test_only_the_models_name_changes(name: FormatName, stream: bytes, expected: bytes) -> None:
    assert expected != stream
    assert rewrite(name, [stream]) == expected
    assert rewrite(name, [bytes([byte]) for byte in stream]) == expected
    for at in range(len(stream)):
        assert rewrite(name, [stream[:at], stream[at:]]) == expected


def test_bytes_are_passed_on_as_soon_as_no_name_can_be_in_them() -> None:
    rewriter = ModelNameRewriter(FormatName.ANTHROPIC_MESSAGES, "m")
    assert rewriter.feed(b"even") == b"even"
    assert rewriter.feed(b"t: data: x\nda") == b"t: data: x\n"
    assert rewriter.feed(b"ta: {") == b""
    assert rewriter.feed(b"}\n") == b"data: {}\n"
    assert rewriter.feed(b"\n") == b"\n"


def test_a_byte_order_mark_hides_no_name() -> None:
    stream = b'\xef\xbb\xbfdata: {"model":"x"}\n\n'
    for at in range(len(stream)):
        assert rewrite(FormatName.OPENAI_CHAT, [stream[:at], stream[at:]]) == stream.replace(
            b'"x"', '"claude-é"'.encode()
        )


def test_the_last_line_needs_no_end() -> None:
    rewriter = ModelNameRewriter(FormatName.OPENAI_CHAT, "m")
    assert rewriter.feed(b'data: {"model":"x"}') == b""
    assert rewriter.close() == b'data: {"model":"m"}'
    assert rewriter.close() == b""


def test_a_line_too_long_to_hold_passes_unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modelname, "MAX_EVENT_BYTES", 20)
    rewriter = ModelNameRewriter(FormatName.OPENAI_CHAT, "m")
    assert rewriter.feed(b'data: {"x":"' + b"y" * 20) == b'data: {"x":"' + b"y" * 20
    assert rewriter.feed(b'","model":"x"}\ndata: {"model":"x"}\n') == b'","model":"x"}\ndata: {"model":"m"}\n'


def test_a_whole_answer_gets_the_requested_name() -> None:
    body = b'{ "id": "m", "content": [{"model": "x"}], "model" : "x", "n": 1.0 }'
    assert (
        rewrite_model(body, "é")
        == '{ "id": "m", "content": [{"model": "x"}], "model" : "é", "n": 1.0 }'.encode()
    )


@pytest.mark.parametrize("body", [b"", b"oops", b"[]", b'{"error": {}}', b'{"model": null}'])
def test_what_names_no_model_is_unchanged(body: bytes) -> None:
    assert rewrite_model(body, "m") == body


def test_a_name_with_quotes_stays_json() -> None:
    assert json.loads(rewrite_model(b'{"model": "x"}', 'a"\\b')) == {"model": 'a"\\b'}
