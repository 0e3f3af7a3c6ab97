import pytest

from coderouter_cli.clients.display import masked, origin_of, unified


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('"ANTHROPIC_AUTH_TOKEN": "crt_abc",', '"ANTHROPIC_AUTH_TOKEN": "…",'),
        ('"AWS_SECRET_ACCESS_KEY":"a\\"b c"', '"AWS_SECRET_ACCESS_KEY":"…"'),
        ("experimental_bearer_token = 'x y'", "experimental_bearer_token = '…'"),
        (
            'http_headers = { "Authorization" = "Bearer abc", x = "1" }',
            'http_headers = { "Authorization" = "…", x = "1" }',
        ),
        ('args = ["--header", "Bearer abcdefgh"]', 'args = ["--header", "Bearer …"]'),
        ('url = "https://me:pass@host/x"', 'url = "https://…@host/x"'),
        ('"x": "sk-ant-api03-abcdefgh"', '"x": "sk-ant-…"'),
        ('note = "uses crt_abcdefghij"', 'note = "uses crt_…"'),
        ('"model": "opus"', '"model": "opus"'),
        ("max_tokens = 5", "max_tokens = 5"),
    ],
)
def test_secrets_are_masked_and_the_rest_is_not(text: str, shown: str) -> None:
    assert masked(text) == shown


def test_a_diff_shows_what_changes_and_no_secret() -> None:
    before = b'{\r\n  "API_KEY": "sk-before-1",\r\n  "a": 1\r\n}'
    diff = unified("f", before, before.replace(b"1\r", b"2\r") + b"\n", mask=True)
    assert diff == "\n".join(
        [
            "--- f (now)",
            "+++ f (planned)",
            "@@ -1,5 +1,4 @@",
            " {",
            '   "API_KEY": "…",',
            '-  "a": 1',
            '+  "a": 2',
            " }",
            "-\\ no newline at end of file",
        ]
    )
    assert "sk-before-1" in unified("f", before, b"", mask=False)


def test_masking_long_lines_is_quick() -> None:
    assert masked("k" * 200_000) == "k" * 200_000


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://me:pw@gw.example.com:8443/v1?key=1", "https://gw.example.com:8443"),
        ("http://[::1]:80/", "http://[::1]:80"),
        ("http://host:99999", "set"),
        ("nonsense", "set"),
        ("http://[", "set"),
        (7, "set"),
    ],
)
def test_an_origin_has_nothing_secret(url: object, origin: str) -> None:
    assert origin_of(url) == origin
