import pytest

from coderouter_cli.clients.proxies import covers_loopback, no_proxy_variables, proxy_variables, with_loopback


@pytest.mark.parametrize(
    ("exceptions", "result"),
    [
        ("", "127.0.0.1,localhost,::1"),
        ("corp", "corp,127.0.0.1,localhost,::1"),
        ("corp,", "corp,127.0.0.1,localhost,::1"),
        ("LOCALHOST 127.0.0.1", "LOCALHOST 127.0.0.1,::1"),
        ("127.0.0.1, localhost ,::1", "127.0.0.1, localhost ,::1"),
        ("a,*", "a,*"),
    ],
)
def test_missing_addresses_are_added_once(exceptions: str, result: str) -> None:
    assert with_loopback(exceptions) == result
    assert with_loopback(result) == result


def test_only_variables_that_say_something_count() -> None:
    env = {"HTTP_PROXY": "", "https_proxy": "http://p", "no_proxy": "", "NO_PROXY": "x"}
    assert proxy_variables(env) == ("https_proxy",)
    assert no_proxy_variables(env) == {"NO_PROXY": "x"}


@pytest.mark.parametrize(
    ("env", "covered"),
    [
        ({}, False),
        ({"NO_PROXY": "127.0.0.1"}, True),
        ({"NO_PROXY": "*"}, True),
        ({"NO_PROXY": "127.0.0.1", "no_proxy": "corp"}, False),
        ({"no_proxy": "corp 127.0.0.1"}, True),
    ],
)
def test_the_lower_case_list_decides(env: dict[str, str], covered: bool) -> None:
    assert covers_loopback(env) is covered
