import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from coderouter_cli.errors import ConfigError, UnsafeFileError
from coderouter_cli.system.files import (
    make_private,
    read_limited,
    read_optional,
    read_private,
    read_trusted,
    replace_unchanged,
    sweep,
    write_atomic,
    write_private,
)
from tests.system.foreign import foreign_file


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(params=[0o000, 0o022, 0o077])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "settings.json"


@pytest.mark.usefixtures("umask")
def test_a_new_file_is_private_under_any_umask(target: Path) -> None:
    write_atomic(target, b"new")

    assert target.read_bytes() == b"new"
    assert mode_of(target) == 0o600


@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o755])
def test_a_replaced_file_keeps_its_mode_under_any_umask(target: Path, mode: int) -> None:
    target.write_bytes(b"old")
    target.chmod(mode)

    write_atomic(target, b"new")

    assert target.read_bytes() == b"new"
    assert mode_of(target) == mode


@pytest.mark.usefixtures("umask")
def test_a_secret_file_is_private_even_where_a_loose_one_was(target: Path) -> None:
    target.write_bytes(b"old")
    target.chmod(0o644)

    write_private(target, b"new")

    assert mode_of(target) == 0o600


@pytest.mark.usefixtures("umask")
def test_a_secret_file_is_never_open_to_others_not_even_for_a_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    real = os.open

    def watch(path: str | Path, flags: int, mode: int = 0o777) -> int:
        handle = real(path, flags, mode)
        if flags & os.O_CREAT:
            seen.append(stat.S_IMODE(os.fstat(handle).st_mode))
        return handle

    def refuse(*args: object) -> None:
        pytest.fail("a mode was changed after the file was made")

    monkeypatch.setattr(os, "open", watch)
    monkeypatch.setattr(os, "chmod", refuse)
    monkeypatch.setattr(os, "fchmod", refuse)
    write_private(tmp_path / "token", b"secret")
    make_private(tmp_path / "ledger")

    assert seen == [0o600, 0o600]


def test_a_relative_chained_link_stays_a_link(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles" / "real.json"
    real.parent.mkdir()
    real.write_bytes(b"old")
    (tmp_path / "middle").symlink_to("dotfiles/real.json")
    link = tmp_path / "link"
    link.symlink_to("middle")

    write_atomic(link, b"new")

    assert link.is_symlink()
    assert real.read_bytes() == b"new"
    assert not real.is_symlink()


def test_a_link_to_nothing_is_refused(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("missing")

    with pytest.raises(ConfigError, match="does not exist"):
        write_atomic(link, b"new")

    assert not (tmp_path / "missing").exists()


def test_a_loop_of_links_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")

    with pytest.raises(ConfigError):
        write_atomic(tmp_path / "a", b"new")


def test_a_secret_is_never_written_through_a_link(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.write_bytes(b"old")
    link = tmp_path / "link"
    link.symlink_to(real)

    for write in (lambda: write_private(link, b"new"), lambda: make_private(link)):
        with pytest.raises(UnsafeFileError, match="symbolic link"):
            write()

    assert real.read_bytes() == b"old"


def test_a_read_only_file_is_left_alone(target: Path) -> None:
    target.write_bytes(b"old")
    target.chmod(0o400)

    with pytest.raises(UnsafeFileError, match="read-only"):
        write_atomic(target, b"new")

    assert target.read_bytes() == b"old"
    assert [path.name for path in target.parent.iterdir()] == [target.name]


def test_a_file_of_another_user_is_left_alone(tmp_path: Path) -> None:
    theirs = foreign_file(tmp_path)

    for use in (write_atomic, write_private):
        with pytest.raises(UnsafeFileError, match="another user"):
            use(theirs, b"new")
    with pytest.raises(UnsafeFileError, match="another user"):
        read_private(theirs)


def test_a_directory_in_the_way_is_refused(target: Path) -> None:
    target.mkdir()

    with pytest.raises(UnsafeFileError, match="plain file"):
        write_atomic(target, b"new")


def test_a_missing_directory_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot write"):
        write_atomic(tmp_path / "missing" / "file", b"new")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_failing_disk_leaves_the_old_file_and_no_temporary_one(
    target: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    target.write_bytes(b"old")

    def fail(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail) if call == "fsync" else monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(ConfigError, match="No space left"):
        write_atomic(target, b"new")

    assert target.read_bytes() == b"old"
    assert [path.name for path in target.parent.iterdir()] == [target.name]


def test_an_edit_of_another_program_is_not_overwritten(target: Path) -> None:
    target.write_bytes(b"theirs, meanwhile")

    assert not replace_unchanged(target, b"old", b"new")
    assert target.read_bytes() == b"theirs, meanwhile"
    assert replace_unchanged(target, b"theirs, meanwhile", b"new")
    assert target.read_bytes() == b"new"
    assert [path.name for path in target.parent.iterdir()] == [target.name]


def test_none_means_absent(target: Path) -> None:
    assert replace_unchanged(target, None, b"first")
    assert not replace_unchanged(target, None, b"second")
    assert target.read_bytes() == b"first"


def test_what_a_killed_writer_left_is_removed_after_an_hour(target: Path) -> None:
    old = target.with_name(f".{target.name}.0123456789abcdef.coderouter-tmp")
    fresh = target.with_name(f".{target.name}.fedcba9876543210.coderouter-tmp")
    other = target.with_name(".other.json.0123456789abcdef.coderouter-tmp")
    for path in (old, fresh, other):
        path.write_bytes(b"token")
    for path in (old, other):
        os.utime(path, (time.time() - 7200,) * 2)

    write_atomic(target, b"new")

    assert not old.exists()
    assert fresh.exists()
    assert other.exists()


def test_the_only_writer_may_remove_the_young_ones_too(target: Path) -> None:
    fresh = target.with_name(f".{target.name}.fedcba9876543210.coderouter-tmp")
    fresh.write_bytes(b"token")

    sweep(target, older_than_s=0)

    assert not fresh.exists()


def test_a_killed_writer_leaves_the_old_file_or_the_new_one(target: Path) -> None:
    target.write_bytes(b"a" * 100_000)
    script = (
        "from pathlib import Path\n"
        "from coderouter_cli.system.files import write_atomic\n"
        "print('ready', flush=True)\n"
        "while True:\n"
        f"    for letter in (b'a', b'b'): write_atomic(Path({str(target)!r}), letter * 100_000)\n"
    )
    for attempt in range(8):
        with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            for _ in range(20 + 7 * attempt):
                assert target.read_bytes() in (b"a" * 100_000, b"b" * 100_000)
            writer.send_signal(signal.SIGKILL)

        assert target.read_bytes() in (b"a" * 100_000, b"b" * 100_000)


@pytest.mark.parametrize("read", [read_optional, read_private, read_trusted])
def test_a_missing_file_reads_as_none(tmp_path: Path, read: Callable[[Path], bytes | None]) -> None:
    assert read(tmp_path / "missing") is None


@pytest.mark.parametrize("read", [read_optional, read_trusted])
def test_a_directory_cannot_be_read(tmp_path: Path, read: Callable[[Path], bytes | None]) -> None:
    with pytest.raises(ConfigError):
        read(tmp_path)


def test_a_private_file_is_read(target: Path) -> None:
    write_private(target, b"secret")

    assert read_private(target) == b"secret"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620, 0o666])
def test_a_secret_file_others_can_open_is_refused_with_the_command_that_helps(
    target: Path, mode: int
) -> None:
    target.write_bytes(b"secret")
    target.chmod(mode)

    with pytest.raises(UnsafeFileError) as caught:
        read_private(target)

    assert f"chmod 600 {target}" in caught.value.next_step
    assert caught.value.exit_code == 78


def test_a_secret_file_is_not_read_through_a_link(tmp_path: Path, target: Path) -> None:
    write_private(target, b"secret")
    link = tmp_path / "link"
    link.symlink_to(target)

    with pytest.raises(UnsafeFileError, match="symbolic link"):
        read_private(link)


def test_a_fifo_is_no_secret_file(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo, 0o600)
    writer = os.open(fifo, os.O_RDWR)

    with pytest.raises(UnsafeFileError, match="plain file"):
        read_private(fifo)

    os.close(writer)


def test_a_huge_secret_file_is_not_read(target: Path) -> None:
    write_private(target, b"")
    os.truncate(target, 5 * 1024 * 1024)

    with pytest.raises(ConfigError, match="4 MiB"):
        read_private(target)


def test_a_trusted_file_may_be_readable_by_all(target: Path) -> None:
    target.write_bytes(b"port = 1")
    target.chmod(0o644)

    assert read_trusted(target) == b"port = 1"


@pytest.mark.parametrize("mode", [0o664, 0o646, 0o622])
def test_a_trusted_file_others_can_write_is_refused(target: Path, mode: int) -> None:
    target.write_bytes(b"port = 1")
    target.chmod(mode)

    with pytest.raises(UnsafeFileError, match="written by others"):
        read_trusted(target)


@pytest.mark.usefixtures("umask")
def test_make_private_makes_tightens_and_keeps(target: Path) -> None:
    assert not make_private(target)
    assert mode_of(target) == 0o600
    target.write_bytes(b"kept")
    target.chmod(0o644)

    assert make_private(target)
    assert mode_of(target) == 0o600
    assert target.read_bytes() == b"kept"
    assert not make_private(target)


def test_a_small_file_of_anybodys_is_read_whole_or_not_at_all(target: Path) -> None:
    assert read_limited(target, 1024) is None
    assert read_limited(target / "below", 1024) is None
    target.write_bytes(b"x" * 1024)
    target.chmod(0o666)
    assert read_limited(target, 1024) == b"x" * 1024
    assert read_limited(target.parent / "settings.json", 1024) == b"x" * 1024
    with pytest.raises(ConfigError, match="larger than 0 KiB"):
        read_limited(target, 1023)


@pytest.mark.parametrize(
    "make",
    [lambda path: path.symlink_to(__file__), os.mkfifo, lambda path: path.mkdir()],
    ids=["link", "pipe", "dir"],
)
def test_what_is_no_plain_file_is_neither_followed_nor_waited_for(
    target: Path, make: Callable[[Path], None]
) -> None:
    make(target)
    with pytest.raises(UnsafeFileError):
        read_limited(target, 1024)
