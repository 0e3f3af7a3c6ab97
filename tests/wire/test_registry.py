"""The list of formats."""

import pytest

from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.domain.failure import Failure, FailureKind
from coderouter_cli.errors import BadRequestError
from coderouter_cli.wire.format import WireFormat
from coderouter_cli.wire.registry import FORMATS, format_of


def test_every_name_has_its_format_and_no_two_share_one() -> None:
    assert [format_of(name).name for name in FormatName] == list(FormatName)
    assert {wire_format.name for wire_format in FORMATS} == set(FormatName)
    assert len(FORMATS) == len(FormatName)


@pytest.mark.parametrize("wire_format", FORMATS, ids=lambda wire_format: wire_format.name.value)
class TestEveryFormat:
    """What the contract promises of each."""

    def test_an_empty_body_is_refused(self, wire_format: WireFormat) -> None:
        with pytest.raises(BadRequestError):
            wire_format.parse({})

    def test_a_ping_means_nothing(self, wire_format: WireFormat) -> None:
        assert wire_format.ping().endswith(b"\n\n")

    def test_an_empty_stream_is_a_failure_said_once(self, wire_format: WireFormat) -> None:
        decoder = wire_format.decoder()
        assert decoder.feed(b"") == []
        assert len(decoder.close()) == 1
        assert decoder.close() == decoder.feed(b"data: {}\n\n") == []

    def test_an_empty_answer_is_a_failure(self, wire_format: WireFormat) -> None:
        assert isinstance(wire_format.decode_answer({}, ()), Failure)

    @pytest.mark.parametrize("kind", FailureKind)
    @pytest.mark.parametrize("retry", [True, False])
    def test_every_error_says_whether_to_retry(
        self, wire_format: WireFormat, kind: FailureKind, retry: bool
    ) -> None:
        failure = Failure(kind, "What happened.", retry_after_s=3.0)
        reply = wire_format.encode_failure(failure, request_id="req_1", retry=retry)
        headers = dict(reply.headers)
        assert 400 <= reply.status < 600
        assert headers["x-should-retry"] == ("true" if retry else "false")
        assert headers.get("retry-after") == ("3" if retry else None)
        assert "What happened." in str(reply.body)
