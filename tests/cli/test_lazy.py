"""The lazy group: names without modules, modules when they are run, and completion of both."""

import os
import re
import shlex
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import typer
from typer.core import TyperCommand

from coderouter_cli.cli.lazy import COMMANDS, LazyGroup, load
from coderouter_cli.cli.main import app
from tests.cli.home import Home

COMPLETIONS = Path(__file__).parents[2] / "completions"
FILES = {"bash": "coderouter.bash", "zsh": "_coderouter", "fish": "coderouter.fish"}


@pytest.mark.parametrize(("name", "text"), COMMANDS)
def test_every_listed_command_exists_and_is_described_in_one_line(name: str, text: str) -> None:
    command = load(name)

    assert command.name == name
    assert (command.help or "").strip()
    assert len(text) <= 60
    assert text.endswith(".")


def test_every_module_of_a_command_is_listed() -> None:
    package = Path(str(import_module("coderouter_cli.cli.commands").__file__)).parent
    modules = {path.stem for path in package.glob("*.py")} - {"__init__"}

    assert modules == {name for name, _ in COMMANDS}


def test_a_stand_in_becomes_the_real_command_when_it_is_resolved() -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, LazyGroup)
    assert all(type(command) is TyperCommand for command in group.commands.values())

    context = group.make_context("coderouter", ["status"])
    name, command, rest = group.resolve_command(context, ["status", "--json"])

    assert (name, rest) == ("status", ["--json"])
    assert [param.name for param in command.params] == ["as_json"]


def test_options_of_the_whole_program_stay_with_the_program() -> None:
    for name, _ in COMMANDS:
        names = {param.name for param in load(name).params}
        assert not names & {"install_completion", "show_completion"}


def completed(home: Home, shell: str, variables: dict[str, str]) -> str:
    """What the program tells a shell."""
    done = home.spawn(_CODEROUTER_COMPLETE=shell, **variables)
    assert done.code == 0, done
    return done.out


@pytest.mark.parametrize("shell", FILES)
def test_the_scripts_in_the_repository_are_those_of_the_program(home: Home, shell: str) -> None:
    made = completed(home, f"source_{shell}", {}).strip() + "\n"

    kept = COMPLETIONS / FILES[shell]
    assert kept.read_text() == made, f"run: _CODEROUTER_COMPLETE=source_{shell} coderouter, and strip it"


def bash(home: Home, *lines: str) -> dict[str, list[str]]:
    """Complete the last word of each line in a real bash that has read our script."""
    program = home.bare_path / "coderouter"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m coderouter_cli "$@"\n')
    program.chmod(0o755)
    script = [f"source {shlex.quote(str(COMPLETIONS / 'coderouter.bash'))}", "complete -p coderouter"]
    for line in lines:
        words = line.split(" ")
        script += [
            f"COMP_WORDS=({' '.join(shlex.quote(word) for word in words)}); COMP_CWORD={len(words) - 1}",
            'COMPREPLY=(); _coderouter_completion coderouter; echo "<${COMPREPLY[*]}>"',
        ]
    done = subprocess.run(
        ["bash", "--norc", "-c", "\n".join(script)],
        env={**home.environ, "PATH": f"{home.bare_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    told, *found = done.stdout.splitlines()
    assert told == "complete -o default -F _coderouter_completion coderouter"
    return {line: reply.strip("<>").split() for line, reply in zip(lines, found, strict=True)}


def test_bash_completes_commands_options_and_values(home: Home) -> None:
    found = bash(
        home,
        "coderouter re",
        "coderouter ",
        "coderouter report --",
        "coderouter keys s",
        "coderouter keys set --",
        "coderouter lane ",
        "coderouter lane direct --client c",
        "coderouter init --key-store ",
        "coderouter init --client ",
        "coderouter frobnicate --",
    )

    assert found == {
        "coderouter re": ["restart", "report"],
        "coderouter ": [name for name, _ in COMMANDS],
        "coderouter report --": ["--since", "--until", "--client", "--json", "--help"],
        "coderouter keys s": ["set"],
        "coderouter keys set --": ["--key-store", "--json", "--help"],
        "coderouter lane ": ["smart", "direct"],
        "coderouter lane direct --client c": ["claude-code", "codex", "cursor"],
        "coderouter init --key-store ": ["env", "keyring", "file"],
        "coderouter init --client ": ["claude-code", "codex"],
        "coderouter frobnicate --": found["coderouter frobnicate --"],
    }
    assert home.snapshot() == {}


def test_zsh_and_fish_are_told_the_same_with_what_it_means(home: Home) -> None:
    typed = {"_TYPER_COMPLETE_ARGS": "coderouter sta"}
    zsh = completed(home, "complete_zsh", typed)
    fish = completed(home, "complete_fish", {**typed, "_TYPER_COMPLETE_FISH_ACTION": "get-args"})

    assert re.findall(r'"(\w+)":', zsh) == ["start", "status"]
    assert [line.split("\t")[0] for line in fish.splitlines()] == ["start", "status"]
    assert all(text in zsh and text in fish for name, text in COMMANDS if name in {"start", "status"})


def test_completion_works_on_a_broken_home(home: Home) -> None:
    home.write(home.config, "broken")

    assert bash(home, "coderouter lane ")["coderouter lane "] == ["smart", "direct"]
