"""Where the daemon listens."""

import socket

import pytest

from coderouter_cli.daemon.listen import bind_loopback
from coderouter_cli.errors import PortTakenError


def test_a_free_port_is_the_same_on_both_loopback_addresses() -> None:
    listeners = bind_loopback(0)
    try:
        assert {listener.getsockname()[0] for listener in listeners} <= {"127.0.0.1", "::1"}
        assert len({listener.getsockname()[1] for listener in listeners}) == 1
    finally:
        for listener in listeners:
            listener.close()


@pytest.mark.parametrize(("family", "address"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_a_taken_port_is_refused_on_either_address(family: socket.AddressFamily, address: str) -> None:
    with socket.socket(family) as other:
        other.bind((address, 0))
        other.listen()
        with pytest.raises(PortTakenError):
            bind_loopback(other.getsockname()[1])
