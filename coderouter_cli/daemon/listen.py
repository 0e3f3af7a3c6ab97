"""The daemon's listening sockets: loopback only, both address families, one port."""

import errno
import socket

from coderouter_cli.errors import PortTakenError

_ANY_PORT_TRIES = 20
_TAKEN = frozenset({errno.EADDRINUSE, errno.EACCES})


def bind_loopback(port: int) -> list[socket.socket]:
    """Bind 127.0.0.1 and, where the machine has it, ::1 on the same port; 0 picks a free one.

    Raises:
        PortTakenError: something listens there already.
    """
    for _ in range(_ANY_PORT_TRIES if port == 0 else 1):
        four = _bind(socket.AF_INET, "127.0.0.1", port)
        try:
            return [four, *_bind_six(four.getsockname()[1])]
        except PortTakenError:
            four.close()
            if port != 0:
                raise
    raise PortTakenError("No free port was found on the loopback address.")


def _bind_six(port: int) -> list[socket.socket]:
    try:
        return [_bind(socket.AF_INET6, "::1", port)]
    except PortTakenError:
        raise
    except OSError:
        # No IPv6 loopback on this machine (containers): 127.0.0.1 alone will do.
        return []


def _bind(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        # Lets a restart take over a port whose old connections linger; never shares a live one.
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((address, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno in _TAKEN:
            raise PortTakenError(f"Port {port} on {address} is taken.") from error
        raise
    return listener
