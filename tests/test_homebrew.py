"""The Homebrew formula promises nothing that the program does not do. Ruby itself is not needed."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from coderouter_cli import __version__

ROOT = Path(__file__).resolve().parents[1]
FORMULA = (ROOT / "homebrew" / "coderouter.rb").read_text(encoding="utf-8")
CALLS = re.findall(r'shell_output\("#\{bin\}/coderouter ([^"]*?)(?: 2>&1)?"(?:, (\d+))?\)', FORMULA)
SAID = {"--version": __version__, "status": "not running", "init --yes": "ANTHROPIC_API_KEY"}


@pytest.mark.parametrize(("command", "code"), CALLS)
def test_what_its_own_test_asks_for_is_what_happens(tmp_path: Path, command: str, code: str) -> None:
    environ = {"PATH": os.defpath, "HOME": str(tmp_path), "CODEROUTER_HOME": str(tmp_path / "coderouter")}
    if "--dry-run" in command:
        environ["ANTHROPIC_API_KEY"] = "not-a-real-key"
    done = subprocess.run(
        [sys.executable, "-m", "coderouter_cli", *command.split()],
        env=environ,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == int(code or 0), done
    expected = next((text for start, text in SAID.items() if command.startswith(start)), "ANTHROPIC_BASE_URL")
    assert expected in done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []


def test_it_has_such_calls_and_installs_files_that_are_there() -> None:
    assert len(CALLS) == 4
    installed = re.findall(r'_completion\.install "([^"]+)"', FORMULA)
    assert sorted(installed) == [
        f"completions/{name}" for name in ("_coderouter", "coderouter.bash", "coderouter.fish")
    ]
    assert [name for name in installed if not (ROOT / name).is_file()] == []


def test_it_says_what_is_filled_in_at_release_and_invents_none_of_it() -> None:
    assert FORMULA.count("# RELEASE: ") == 3
    assert not re.search(r"^\s*(url|sha256|homepage|resource) ", FORMULA, re.MULTILINE)
    assert "coderouter uninstall" in FORMULA


def test_every_block_is_closed() -> None:
    code = re.sub(r"<<~EOS\n.*?\n\s*EOS\n", "''\n", FORMULA, flags=re.DOTALL)
    lines = [re.sub(r"\s+#.*$", "", line) for line in code.splitlines() if not line.lstrip().startswith("#")]
    opened = [line for line in lines if re.match(r"\s*(class|def)\b|.*\bdo$", line)]

    assert len(opened) == sum(line.strip() == "end" for line in lines)
