import re
from pathlib import Path

import pytest

from coderouter_cli.errors import ConfigError, UnsafeFileError
from coderouter_cli.system.local_token import load_token, new_token, save_token


def test_a_token_is_256_bits_and_never_the_same() -> None:
    tokens = {new_token().reveal() for _ in range(100)}

    assert len(tokens) == 100
    assert all(re.fullmatch(r"crt_[A-Za-z0-9_-]{43}", token) for token in tokens)


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    token = new_token()
    save_token(tmp_path / "token", token)

    assert load_token(tmp_path / "token") == token


def test_no_file_is_no_token(tmp_path: Path) -> None:
    assert load_token(tmp_path / "token") is None


@pytest.mark.parametrize("content", [b"", b"\n", b"crt_", b"crt_short", b"sk-" + b"a" * 44, b"\xff" * 47])
def test_a_file_without_a_token_is_an_error_that_names_it(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "token"
    path.write_bytes(content)
    path.chmod(0o600)

    with pytest.raises(ConfigError) as caught:
        load_token(path)

    assert str(path) in str(caught.value)
    assert caught.value.exit_code == 78


def test_a_token_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "token"
    save_token(path, new_token())
    path.chmod(0o644)

    with pytest.raises(UnsafeFileError, match="token"):
        load_token(path)
