import json
from pathlib import Path

import pytest

from coderouter_cli.clients.claude_code.overrides import managed_directory
from coderouter_cli.clients.contract import Override
from tests.clients.machine import Machine

GATEWAY = {"env": {"ANTHROPIC_BASE_URL": "https://me:pw@gw.example.com/path"}}


def write(file: Path, settings: object) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(settings if isinstance(settings, str) else json.dumps(settings))
    return file


def found(machine: Machine, **env: str) -> tuple[Override, ...]:
    cwd = machine.root / "project"
    return machine.claude.overrides(machine.env | env, machine.home, cwd)


def test_a_project_that_sets_another_address_wins(machine: Machine) -> None:
    local = write(machine.root / "project" / ".claude" / "settings.local.json", GATEWAY)
    shared = write(machine.root / "project" / ".claude" / "settings.json", GATEWAY)
    assert [(o.source, o.file, o.setting, o.value, o.wins) for o in found(machine)] == [
        ("project settings", file, "env.ANTHROPIC_BASE_URL", "https://gw.example.com", True)
        for file in (local, shared)
    ]


def test_managed_settings_come_first_with_their_forced_logins(machine: Machine) -> None:
    write(machine.root / "project" / ".claude" / "settings.json", GATEWAY)
    write(machine.root / "managed" / "managed-settings.json", {"forceLoginMethod": "claudeai"})
    write(machine.root / "managed" / "managed-settings.d" / "10.json", GATEWAY)
    assert [(o.source, o.setting, o.wins) for o in found(machine)] == [
        ("managed settings", "forceLoginMethod", True),
        ("managed settings", "env.ANTHROPIC_BASE_URL", True),
        ("project settings", "env.ANTHROPIC_BASE_URL", True),
    ]


def test_the_shell_loses_but_a_cloud_provider_wins_from_anywhere(machine: Machine) -> None:
    write(
        machine.file(machine.claude), {"env": {"CLAUDE_CODE_USE_BEDROCK": "1", "CLAUDE_CODE_USE_VERTEX": "0"}}
    )
    seen = found(machine, ANTHROPIC_BASE_URL="http://gw:1/x", CLAUDE_CODE_USE_FOUNDRY="true")
    assert [(o.source, o.setting, o.value, o.wins) for o in seen] == [
        ("user settings", "env.CLAUDE_CODE_USE_BEDROCK", "set", True),
        ("shell", "ANTHROPIC_BASE_URL", "http://gw:1", False),
        ("shell", "CLAUDE_CODE_USE_FOUNDRY", "set", True),
    ]


def test_the_users_own_file_is_not_a_project(machine: Machine) -> None:
    machine.patch(machine.claude)
    assert machine.claude.overrides({}, machine.home, machine.home) == ()


@pytest.mark.parametrize("content", ["// broken\n{}", "[]", '{"env": 1}', "[" * 100_000])
def test_what_claude_code_would_ignore_overrides_nothing(machine: Machine, content: str) -> None:
    write(machine.root / "project" / ".claude" / "settings.json", content)
    assert found(machine) == ()


@pytest.mark.parametrize(
    ("platform", "directory"),
    [
        ("darwin", "/Library/Application Support/ClaudeCode"),
        ("linux", "/etc/claude-code"),
        ("win32", "C:/Program Files/ClaudeCode"),
    ],
)
def test_each_system_has_its_place(monkeypatch: pytest.MonkeyPatch, platform: str, directory: str) -> None:
    monkeypatch.setattr("sys.platform", platform)
    assert managed_directory() == Path(directory)
