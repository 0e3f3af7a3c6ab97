import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from coderouter_cli.errors import UnsafeFileError
from coderouter_cli.system import logs
from coderouter_cli.system.logs import FILES, start_logging, stop_logging
from coderouter_cli.system.redaction import REDACTED, Redactor, Secret

_KEY = Secret("canary-9f2c41d7b6e8")


def fail(key: str) -> None:
    raise RuntimeError(key)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "daemon.log"
    before = logging.getLogger().level
    handler = start_logging(path, level=logging.DEBUG, redactor=Redactor([_KEY]))
    yield path
    stop_logging(handler)
    logging.getLogger().setLevel(before)


def test_a_line_has_utc_time_level_name_and_message(log: Path) -> None:
    logging.getLogger("coderouter_cli.daemon").warning("port %d is taken", 6237)

    line = log.read_text().splitlines()[-1]
    date, level, name, message = line.split(" ", 3)
    assert date.endswith("Z")
    assert len(date) == len("2026-01-02T03:04:05.678Z")
    assert (level, name, message) == ("WARNING", "coderouter_cli.daemon", "port 6237 is taken")


def test_no_key_gets_in_by_message_argument_exception_or_stack(log: Path) -> None:
    logger = logging.getLogger("careless.library")
    key = _KEY.reveal()
    logger.debug("sending %s", key)
    logger.debug("sending " + key)  # noqa: G003 - as a careless library would
    logger.debug("headers %r", {"x-api-key": key})
    logger.debug("stack of %s", key, stack_info=True)
    try:
        fail(key)
    except RuntimeError:
        logger.exception("failed with %s", key)

    text = log.read_text()
    assert key not in text
    assert text.count(REDACTED) >= 6
    assert "RuntimeError" in text


def test_a_message_cannot_forge_a_line(log: Path) -> None:
    logging.getLogger("x").warning("bad\n2026-01-01T00:00:00.000Z ERROR root forged\r\x1b[31m")

    assert len(log.read_text().splitlines()) == 1
    assert "\x1b" not in log.read_text()


def test_arguments_that_do_not_fit_are_still_logged_without_the_key(log: Path) -> None:
    logging.getLogger("x").warning(_KEY.reveal() + " %d", "no number")  # noqa: G003 - as a careless library would

    text = log.read_text()
    assert "do not fit" in text
    assert _KEY.reveal() not in text


def test_the_log_rotates_into_private_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MAX_BYTES", 2000)
    before = os.umask(0)
    handler = start_logging(tmp_path / "daemon.log", level=logging.INFO, redactor=Redactor())
    try:
        for number in range(400):
            logging.getLogger("x").info("line %d", number)
    finally:
        stop_logging(handler)
        os.umask(before)

    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["daemon.log", *(f"daemon.log.{number}" for number in range(1, FILES))]
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}
    assert all(path.stat().st_size <= 2000 for path in tmp_path.iterdir())


def test_a_loose_log_is_closed_to_others_and_a_link_refused(tmp_path: Path) -> None:
    path = tmp_path / "daemon.log"
    path.write_text("old\n")
    path.chmod(0o644)
    stop_logging(start_logging(path, level=logging.INFO, redactor=Redactor()))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == "old\n"

    link = tmp_path / "link.log"
    link.symlink_to(path)
    with pytest.raises(UnsafeFileError):
        start_logging(link, level=logging.INFO, redactor=Redactor())


def test_what_the_http_server_quotes_of_a_request_is_not_written_down(tmp_path: Path) -> None:
    file = tmp_path / "daemon.log"
    handler = start_logging(file, level=logging.INFO, redactor=Redactor())
    try:
        error = ValueError("Data after Connection: close: b'a prompt'")
        logging.getLogger("aiohttp.server").error("from %s: b'a prompt'", "peer", exc_info=error)
        logging.getLogger("coderouter_cli.daemon").info("ours")
    finally:
        stop_logging(handler)
    text = file.read_text()
    assert "prompt" not in text
    assert "aiohttp.server builtins.ValueError" in text
    assert "ours" in text
