"""The outermost edge: help, wrong usage, broken homes, odd terminals; never a traceback."""

import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable

import pytest

from coderouter_cli import __version__
from coderouter_cli.cli.lazy import COMMANDS
from coderouter_cli.storage.ledger.writer import LedgerWriter
from tests.cli.home import KEY, TAIL, Home, newer_ledger
from tests.storage.ledger.samples import closing, opening
from tests.system.foreign import foreign_directory

EVERY = [
    *([name] for name, _ in COMMANDS if name != "keys"),
    ["keys"], ["keys", "set"], ["keys", "list"], ["keys", "remove"],
]  # fmt: skip
READERS = [
    ["status"], ["report"], ["explain", "last"], ["lane"], ["stop"], ["uninstall"],
    ["init", "--yes", "--key-store", "file", "--no-verify", "--no-start"],
    ["keys", "list"], ["keys", "remove", "openai"],
]  # fmt: skip


def test_help_lists_every_command_and_names_the_way_in(home: Home) -> None:
    for arguments in (["--help"], ["-h"], []):
        done = home.run(*arguments)
        assert done.code == 0
        assert all(re.search(rf"^  {name} +\w", done.out, re.MULTILINE) for name, _ in COMMANDS)
        assert "coderouter demo" in done.out


@pytest.mark.parametrize("command", EVERY, ids=" ".join)
def test_every_command_has_help_with_an_example_of_itself(home: Home, command: list[str]) -> None:
    done = home.run(*command, "--help")

    assert done.code == 0
    assert re.search(rf"^  Example: coderouter {command[0]}", done.out, re.MULTILINE), done.out
    assert "--install-completion" not in done.out
    assert not home.coderouter.exists()


def test_help_loads_nothing_heavy(home: Home) -> None:
    code = "import sys; from coderouter_cli.cli.main import run; run(['--help']); print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    loaded = set(done.stdout.splitlines()[-1].split())
    assert loaded & {"aiohttp", "asyncio", "genai_prices", "keyring", "pydantic", "rich", "sqlite3"} == set()
    assert "coderouter_cli.cli.lazy" in loaded


def test_the_version(home: Home) -> None:
    assert home.run("--version").out == f"coderouter {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["statsu"], "'status'"),
        (["frobnicate"], "No such command"),
        (["status", "--jsno"], "--json"),
        (["status", "more"], "unexpected extra argument"),
        (["keys"], "Missing command"),
        (["keys", "sett"], "'set'"),
        (["keys", "set"], "PROVIDER"),
        (["lane", "wild"], "'smart', 'direct'"),
        (["lane", "smart", "--client", "emacs"], "Known: claude-code"),
        (["report", "--client", "emacs"], "Known: claude-code"),
        (["report", "--since", "yesterday"], "7d"),
        (["init", "--client", "emacs", "--yes"], "claude-code, codex"),
        (["init", "--key-store", "paper"], "'keyring'"),
        (["init", "--port", "65536"], "65535"),
        (["init", "--port", "80"], "1024"),
        (["explain"], "--request FILE"),
        (["explain", "last", "--request", "x"], "--request FILE"),
    ],
)
def test_wrong_usage_is_64_with_a_way_on(home: Home, arguments: list[str], says: str) -> None:
    told = home.run(*arguments)
    as_json = home.run(*arguments, "--json")

    assert told.code == as_json.code == 64
    assert told.out == ""
    assert says in told.err
    assert len(told.err.splitlines()) >= 2
    assert as_json.err == ""
    assert as_json.error["code"] == "usage"
    assert as_json.error["next_step"]
    assert home.snapshot() == {}


@pytest.mark.parametrize(
    "arguments",
    [
        [KEY],
        ["keys", KEY],
        ["keys", "set", KEY],
        ["keys", "set", "anthropic", KEY],
        ["keys", "set", "anthropic", "--key", KEY],
        ["keys", "set", "anthropic", f"--key={KEY}"],
        ["keys", "set", "--key-store", KEY, "anthropic"],
        ["keys", "remove", KEY],
        ["keys", "remove", "anthropic", KEY],
        ["init", "--key-store", KEY],
        ["init", KEY],
        ["init", "--provider-url", f"anthropic=https://user:{KEY}@example.com"],
        ["init", "--provider-url", f"{KEY}=https://example.com"],
        ["explain", KEY],
        ["lane", KEY],
        ["report", "--since", KEY],
        ["report", "--client", KEY],
    ],
)
@pytest.mark.parametrize("key", [KEY, KEY.removeprefix("sk-ant-")], ids=["known form", "unknown form"])
def test_a_key_typed_in_the_wrong_place_is_not_repeated(home: Home, arguments: list[str], key: str) -> None:
    typed = [argument.replace(KEY, key) for argument in arguments]

    for done in (home.run(*typed), home.run(*typed, "--json")):
        assert done.code == 64
        assert "canary" not in done.text
    assert home.snapshot() == {}


def relative(home: Home) -> None:
    home.variables["CODEROUTER_HOME"] = "some/where"


def a_file(home: Home) -> None:
    home.write(home.user / "occupied", "not a directory")
    home.variables["CODEROUTER_HOME"] = str(home.user / "occupied")


def nowhere(home: Home) -> None:
    home.variables["CODEROUTER_HOME"] = "/proc/coderouter/home"


def somebody_elses(home: Home) -> None:
    home.variables["CODEROUTER_HOME"] = str(foreign_directory(home.root))


def misspelt(home: Home) -> None:
    home.write(home.config, '# mine\nport = 7000\nstratgy = "frugal"\n')


def wrong_value(home: Home) -> None:
    home.write(home.config, '# mine\nport = 7000\nlane = "wild"\n')


def not_toml(home: Home) -> None:
    home.write(home.config, '# mine\nport = 7000\nlane = "smart\n')


def not_utf8(home: Home) -> None:
    home.write(home.config, b"# mine\nport = 7000\n# \xff\xfe\n")


def open_to_all(home: Home) -> None:
    home.write(home.config, "port = 7000\n").chmod(0o666)


def corrupt_ledger(home: Home) -> None:
    home.write(home.paths.ledger_file, b"SQLite format 3\0" + b"\xff" * 4096)


def damaged_journal(home: Home) -> None:
    home.write(home.paths.patches_file, "{")


def damaged_token(home: Home) -> None:
    home.write(home.paths.token_file, "nothing like one\n")


def damaged_keys(home: Home) -> None:
    home.write(home.config, 'key_store = "file"\n')
    home.write(home.paths.credentials_file, "[]")


@pytest.mark.parametrize(
    "breaking",
    [
        relative, a_file, nowhere, somebody_elses, misspelt, wrong_value, not_toml, not_utf8, open_to_all,
        corrupt_ledger, newer_ledger, damaged_journal, damaged_token, damaged_keys,
    ],
)  # fmt: skip
def test_a_broken_home_gives_sentences_and_exit_codes(home: Home, breaking: Callable[[Home], None]) -> None:
    breaking(home)
    home.variables |= {f"{name}_API_KEY": KEY for name in ("OPENAI", "DEEPSEEK")}
    for arguments in READERS:
        done = home.run(*arguments)
        as_json = home.run(*arguments, "--json")

        assert "Traceback" not in done.text + as_json.text
        assert "unexpectedly" not in done.text + as_json.text
        assert done.code == as_json.code
        assert done.code in {0, 64, 65, 69, 74, 78}, (arguments, done)
        assert as_json.data if '"data"' in as_json.out else as_json.error
        if as_json.out.startswith('{\n  "schema": 1,\n  "error"'):
            assert (done.out, as_json.err) == ("", "")


@pytest.mark.parametrize(
    ("breaking", "command", "code", "says"),
    [
        (relative, ["status"], 78, ["CODEROUTER_HOME", "absolute"]),
        (a_file, ["start"], 78, ["occupied"]),
        (nowhere, ["lane", "smart"], 78, ["/proc/coderouter", "CODEROUTER_HOME"]),
        (somebody_elses, ["start"], 78, ["another user"]),
        (misspelt, ["report"], 0, ["No requests yet"]),
        (misspelt, ["lane"], 78, ["config.toml, line 3", '"stratgy"', '"strategy"']),
        (wrong_value, ["lane"], 78, ["config.toml, line 3", '"wild"', "direct or smart"]),
        (wrong_value, ["restart"], 78, ["config.toml, line 3"]),
        (not_toml, ["models"], 78, ["config.toml, line 3", "not valid TOML"]),
        (not_utf8, ["models"], 78, ["config.toml, line 3", "UTF-8"]),
        (open_to_all, ["lane"], 78, ["chmod go-w"]),
        (corrupt_ledger, ["report"], 74, ["ledger.sqlite3", "coderouter restart"]),
        (corrupt_ledger, ["explain", "last"], 74, ["ledger.sqlite3"]),
        (newer_ledger, ["report"], 65, ["newer CodeRouter", "untouched"]),
        (newer_ledger, ["start"], 65, ["newer CodeRouter"]),
        (damaged_journal, ["status"], 69, ["patches.json", "backups", "not running"]),
        (damaged_journal, ["stop"], 0, ["was not running", "patches.json"]),
        (damaged_journal, ["uninstall"], 65, ["patches.json", "was not running"]),
        (damaged_token, ["init", "--yes"], 78, ["token", "Remove the file"]),
        (damaged_keys, ["keys", "list"], 78, ["credentials.json"]),
    ],
)  # fmt: skip
def test_each_breakage_is_named(
    home: Home, breaking: Callable[[Home], None], command: list[str], code: int, says: list[str]
) -> None:
    breaking(home)
    home.variables["ANTHROPIC_API_KEY"] = KEY

    done = home.run(*command)

    assert done.code == code, done
    assert [word for word in says if word not in done.text] == []
    assert KEY not in done.text


def test_the_one_thing_nobody_foresaw_is_said_to_be_a_bug(home: Home) -> None:
    home.paths.ensure()
    writer = LedgerWriter(home.paths)
    writer.start()
    writer.open(opening()).result(5)  # its decision is none that a daemon would write
    writer.shutdown(5.0)

    told = home.run("explain", "last")
    assert told.code == 70
    assert "KeyError" in told.err
    assert "Traceback" not in told.err
    assert "CODEROUTER_TRACEBACK=1" in told.err
    assert home.run("explain", "last", "--json").error["code"] == "internal"
    home.variables["CODEROUTER_TRACEBACK"] = "1"
    with pytest.raises(KeyError):
        home.run("explain", "last")


def shell(home: Home, command: str, before: str = ":", **variables: str) -> tuple[int, str]:
    """Run the command line by the shell; its exit code and what it said on standard error."""
    script = f'{before}; "$PYTHON" -m coderouter_cli {command}'
    environ = {**home.environ, "PYTHON": sys.executable, **variables}
    done = subprocess.run(
        ["/bin/sh", "-c", script], env=environ, cwd=home.user, capture_output=True, check=False, timeout=60
    )
    return done.returncode, done.stderr.decode()


@pytest.mark.parametrize("arguments", ["models --all", "models --all --json", "--help"])
def test_a_reader_that_has_gone_ends_it_quietly(home: Home, arguments: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "coderouter_cli", *arguments.split()],
        env=home.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()
    with process:
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert process.returncode == 1


@pytest.mark.parametrize("arguments", ["status", "status --json", "report", "--help", "frob"])
def test_closed_streams_are_no_bug(home: Home, arguments: str) -> None:
    expected = {"status": 69, "status --json": 69, "report": 0, "--help": 0, "frob": 64}[arguments]

    assert shell(home, f"{arguments} <&- >&-") == (expected, "" if expected != 64 else shell(home, "frob")[1])
    assert shell(home, f"{arguments} >&- 2>&-")[0] == expected


@pytest.mark.parametrize("arguments", ["report", "report --json", "--help"])
def test_output_that_cannot_be_written_is_said_so(home: Home, arguments: str) -> None:
    code, err = shell(home, f"{arguments} >{home.root}/out", before="ulimit -f 0")

    assert code == 74
    assert err == "error: File too large.\n"


def test_a_terminal_that_only_knows_ascii(home: Home) -> None:
    home.variables["ANTHROPIC_API_KEY"] = KEY
    home.variables |= {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    home.write(home.user / ".claude" / "settings.json", '{"name": "Ünïcode"}')

    listed = home.spawn("keys", "list")
    assert listed.code == 69  # the keyring cannot be asked
    assert f"anthropic: env:ANTHROPIC_API_KEY (?{TAIL})" in listed.out
    assert home.spawn("keys", "list", "--json").data["keys"][0]["tail"] == TAIL
    preview = home.spawn("init", "--dry-run", "--yes", "--key-store", "env", "--json")
    assert "Ünïcode" in preview.data["clients"][0]["diff"]


def test_undecodable_names_are_no_bug(home: Home) -> None:
    home.variables["CODEROUTER_HOME"] = str(home.user / "odd-\udcff")

    assert home.spawn("status").code == 69
    assert "odd-" in home.spawn("status", "--json").data["home"]


def on_terminal(home: Home, arguments: list[str], columns: int, **variables: str) -> str:
    """What a command shows on a terminal so wide."""
    leader, follower = pty.openpty()
    environ = {**home.environ, "TERM": "xterm-256color", "COLUMNS": str(columns), **variables}
    process = subprocess.Popen(
        [sys.executable, "-m", "coderouter_cli", *arguments],
        env=environ,
        stdin=follower,
        stdout=follower,
        stderr=follower,
        cwd=home.user,
    )
    os.close(follower)
    shown = b""
    while True:
        try:
            piece = os.read(leader, 65536)
        except OSError:  # Linux says so when the other side is closed
            break
        if not piece:
            break
        shown += piece
    os.close(leader)
    assert process.wait(60) == 0
    return shown.decode()


def test_style_only_on_a_terminal_and_colour_only_if_wanted(home: Home) -> None:
    one_request(home)

    assert "\x1b[1m" in on_terminal(home, ["report"], 120)
    assert re.findall(r"\x1b\[[34]\d", on_terminal(home, ["report"], 120, NO_COLOR="1")) == []
    assert "\x1b" not in on_terminal(home, ["report"], 120, TERM="dumb")
    assert "\x1b" not in home.spawn("report").out


@pytest.mark.parametrize("columns", [20, 40])
def test_a_narrow_terminal_loses_no_figure(home: Home, columns: int) -> None:
    one_request(home)
    wide = on_terminal(home, ["report"], 200)
    narrow = on_terminal(home, ["report"], columns)

    figures = re.findall(r"\$[\d.]+|\d+\.\d %|deepseek-v4-pro", wide)
    assert len(figures) > 8
    assert [figure for figure in figures if figure not in narrow] == []
    assert "…" not in narrow


def one_request(home: Home) -> None:
    """A ledger with one row."""
    home.paths.ensure()
    writer = LedgerWriter(home.paths)
    writer.start()
    writer.open(opening())
    writer.close(closing()).result(5)
    writer.shutdown(5.0)
