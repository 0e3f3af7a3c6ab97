"""The circuit, on a clock that is passed in."""

from coderouter_cli.domain.failure import FailureKind
from coderouter_cli.providers.circuit import Circuit


def broken(at: float = 0.0) -> Circuit:
    circuit = Circuit()
    for _ in range(5):
        circuit.failed(FailureKind.OVERLOADED, at)
    return circuit


def test_five_failures_in_a_minute_open_it_for_thirty_seconds() -> None:
    circuit = broken()
    assert not circuit.allows(29.9)
    assert circuit.allows(30.0)


def test_failures_spread_over_time_do_not() -> None:
    circuit = Circuit()
    for minute in range(20):
        circuit.failed(FailureKind.TIMEOUT, minute * 61.0)
    assert circuit.allows(20 * 61.0)


def test_one_probe_at_a_time() -> None:
    circuit = broken()
    circuit.sending(31.0)
    assert not circuit.allows(31.0)
    circuit.succeeded()
    assert circuit.allows(31.0)


def test_a_failed_probe_doubles_the_pause_up_to_five_minutes() -> None:
    circuit, now = broken(), 30.0
    for pause in (60.0, 120.0, 240.0, 300.0, 300.0):
        circuit.sending(now)
        circuit.failed(FailureKind.UNREACHABLE, now)
        assert not circuit.allows(now + pause - 0.1)
        now += pause
        assert circuit.allows(now)


def test_a_client_that_leaves_frees_the_probe() -> None:
    circuit = broken()
    circuit.sending(31.0)
    circuit.abandoned()
    assert circuit.allows(31.0)


def test_the_providers_own_wish_is_honoured_up_to_five_minutes() -> None:
    circuit = Circuit()
    for _ in range(5):
        circuit.failed(FailureKind.RATE_LIMITED, 0.0, retry_after_s=3600)
    assert not circuit.allows(299.0)
    assert circuit.allows(300.0)


def test_a_refused_key_stays_refused() -> None:
    circuit = Circuit()
    circuit.failed(FailureKind.AUTH, 0.0)
    assert not circuit.allows(10**9)


def test_a_wrong_request_says_nothing_about_the_provider() -> None:
    circuit = Circuit()
    for _ in range(50):
        circuit.failed(FailureKind.INVALID, 0.0)
    assert circuit.allows(0.0)


def test_only_the_first_request_after_the_pause_is_the_probe() -> None:
    circuit = broken()
    assert not circuit.sending(29.0), "one that was on its way already is none"
    assert circuit.sending(30.0)
    assert not circuit.sending(30.0)
    assert not circuit.allows(30.0)


def test_a_closed_circuit_has_no_probe() -> None:
    assert not Circuit().sending(0.0)
