import pytest

from coderouter_cli.errors import ConfigError
from coderouter_cli.system.environment import (
    Environment,
    check_provider_url,
    check_proxy_url,
    is_loopback_url,
    without_secrets,
)


def test_an_empty_environment_says_nothing() -> None:
    assert Environment.read({}) == Environment()


def test_an_empty_variable_counts_as_not_set() -> None:
    names = ("CODEROUTER_HOME", "NO_COLOR", "CI", "HTTPS_PROXY", "NO_PROXY", "LISTEN_PID", "NOTIFY_SOCKET")

    assert Environment.read(dict.fromkeys(names, "")) == Environment()


def test_what_is_set_is_read() -> None:
    environ = {
        "CODEROUTER_HOME": "/home/ada/router",
        "NO_COLOR": "1",
        "CI": "true",
        "TERM": "dumb",
        "https_proxy": "http://user:password@proxy:3128",
        "no_proxy": "localhost",
        "LISTEN_PID": "42",
        "LISTEN_FDS": "2",
        "NOTIFY_SOCKET": "/run/user/1000/notify",
    }

    assert Environment.read(environ) == Environment(
        home="/home/ada/router",
        no_color=True,
        ci=True,
        dumb_terminal=True,
        proxies=("https_proxy",),
        no_proxy="localhost",
        listen_pid=42,
        listen_fds=2,
        notify_socket="/run/user/1000/notify",
    )


def test_the_view_keeps_no_proxy_address_which_may_hold_a_password() -> None:
    view = Environment.read({"HTTP_PROXY": "http://user:password@proxy:3128"})

    assert "password" not in repr(view)


@pytest.mark.parametrize(
    ("value", "expected"), [("0", False), ("false", False), ("False", False), ("1", True)]
)
def test_ci_may_be_switched_off_by_its_value(value: str, expected: bool) -> None:
    assert Environment.read({"CI": value}).ci is expected


@pytest.mark.parametrize("value", ["-1", "1.5", "x", "٣", " 1"])
def test_a_systemd_number_that_is_none_is_not_set(value: str) -> None:
    assert Environment.read({"LISTEN_FDS": value}).listen_fds is None


def test_a_child_gets_no_variable_named_like_a_secret() -> None:
    environ = {
        "PATH": "/bin",
        "DBUS_SESSION_BUS_ADDRESS": "unix:path=/run/user/1000/bus",
        "GNOME_KEYRING_CONTROL": "/run/user/1000/keyring",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "ANTHROPIC_API_KEY": "x",
        "coderouter_openai_api_key": "x",
        "ANTHROPIC_AUTH_TOKEN": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "PGPASSWORD": "x",
        "GH_TOKEN": "x",
    }

    kept = without_secrets(environ)

    assert set(kept) == {
        "PATH",
        "DBUS_SESSION_BUS_ADDRESS",
        "GNOME_KEYRING_CONTROL",
        "PYTHON_KEYRING_BACKEND",
        "PGPASSWORD",
    }


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost",
        "http://LOCALHOST:11434/v1",
        "http://127.0.0.1:8080",
        "http://127.9.9.9",
        "http://[::1]:6237/v1",
        "https://localhost",
    ],
)
def test_loopback_written_plainly_is_loopback(url: str) -> None:
    assert is_loopback_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost.",
        "http://127.1",
        "http://0x7f.1",
        "http://2130706433",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "http://0.0.0.0",
        "http://[::]",
        "http://192.168.0.1",
        "http://evil.example/127.0.0.1",
        "http://127.0.0.1@evil.example",
        "localhost",
        "http://[::1",
        "http://localhost:99999",
        "http://localhost:0",
        "",
    ],
)
def test_everything_else_is_not_loopback(url: str) -> None:
    assert not is_loopback_url(url)


@pytest.mark.parametrize(
    ("url", "accepted"),
    [
        ("https://api.anthropic.com", "https://api.anthropic.com"),
        ("https://api.deepseek.com/anthropic/", "https://api.deepseek.com/anthropic"),
        ("https://API.Example.com/V1//", "https://api.example.com/V1"),
        ("http://localhost:11434", "http://localhost:11434"),
        ("http://[::1]:8000/v1/", "http://[::1]:8000/v1"),
        ("HTTPS://api.example.com", "https://api.example.com"),
    ],
)
def test_a_good_provider_url_comes_back_in_one_form(url: str, accepted: str) -> None:
    assert check_provider_url(url) == accepted
    assert check_provider_url(accepted) == accepted


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.example.com",
        "https://",
        "http://api.example.com",
        "http://127.0.0.1.evil.example",
        "http://192.168.1.5:11434",
        "ftp://api.example.com",
        "file:///etc/passwd",
        "//api.example.com",
        "https://api.example.com?key=1",
        "https://api.example.com/v1?",
        "https://api.example.com/#x",
        "https://api.example.com:0",
        "https://api.example.com:70000",
        "https://api.example.com/a/../b",
        "https://api.example.com/%2e%2E/b",
        "https://api.example.com/a%2f..%2fb",
        "https://api.example.com\\@evil.example",
        "https://api.exa mple.com",
        "https://api.example.com\n",
        "https://ex\u00e4mple.com",
        " https://api.example.com",
        "https://h%00/x",
        "https://h%20h.example",
        "https://-h.example",
        "https://[fe80::1%25eth0]/v1",
    ],
)
def test_a_bad_provider_url_is_refused(url: str) -> None:
    with pytest.raises(ConfigError):
        check_provider_url(url)


def test_a_refused_url_is_not_repeated_with_its_password() -> None:
    with pytest.raises(ConfigError) as caught:
        check_provider_url("https://ada:hunter2hunter2@api.example.com")

    assert "hunter2" not in caught.value.sentence()


@pytest.mark.parametrize(
    ("url", "accepted"),
    [
        ("http://proxy.example.com:3128", "http://proxy.example.com:3128"),
        ("https://Proxy.example.com/", "https://proxy.example.com"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_a_proxy_may_be_plain_http(url: str, accepted: str) -> None:
    assert check_proxy_url(url) == accepted


@pytest.mark.parametrize(
    "url",
    [
        "socks5://proxy:1080",
        "proxy:3128",
        "http://ada:hunter2@proxy:3128",
        "http://proxy/x",
        "http://proxy?x",
    ],
)
def test_anything_else_is_no_proxy(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_proxy_url(url)

    assert "hunter2" not in caught.value.sentence()
