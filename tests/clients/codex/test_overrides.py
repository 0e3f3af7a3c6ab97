from pathlib import Path

import pytest

from coderouter_cli.clients.codex.overrides import system_directory
from coderouter_cli.clients.contract import Override
from tests.clients.machine import Machine

AZURE = 'model_provider = "azure"\n'


def write(file: Path, text: str = AZURE) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def found(machine: Machine, **env: str) -> tuple[Override, ...]:
    return machine.codex.overrides(machine.env | env, machine.home, machine.root / "project")


def test_only_managed_configuration_wins(machine: Machine) -> None:
    managed = write(
        machine.root / "system" / "managed_config.toml", AZURE + 'openai_base_url = "https://u:p@gw/x"\n'
    )
    write(machine.root / "system" / "config.toml")
    write(machine.home / ".codex" / "trial.config.toml")
    write(machine.root / "project" / ".codex" / "config.toml")
    seen = found(machine, OPENAI_BASE_URL="http://gw")
    assert [(o.source, o.setting, o.value, o.wins) for o in seen] == [
        ("managed configuration", "model_provider", "azure", True),
        ("managed configuration", "openai_base_url", "https://gw", True),
        ("profile", "model_provider", "azure", False),
        ("project configuration", "model_provider", "azure", False),
        ("system configuration", "model_provider", "azure", False),
        ("shell", "OPENAI_BASE_URL", "http://gw", False),
    ]
    assert seen[0].file == managed
    assert "--profile trial" in seen[2].effect


def test_a_projects_provider_is_said_to_be_ignored(machine: Machine) -> None:
    write(machine.root / "project" / ".codex" / "config.toml")
    (override,) = found(machine)
    assert "ignores" in override.effect
    assert not override.wins


def test_the_users_own_file_is_not_a_project(machine: Machine) -> None:
    machine.patch(machine.codex)
    assert machine.codex.overrides({}, machine.home, machine.home) == ()


@pytest.mark.parametrize("content", ["model_provider = ", "\x00", "a = " + "[" * 100_000])
def test_what_cannot_be_read_overrides_nothing(machine: Machine, content: str) -> None:
    write(machine.root / "project" / ".codex" / "config.toml", content)
    assert found(machine) == ()


@pytest.mark.parametrize(
    ("platform", "directory"),
    [("linux", "/etc/codex"), ("darwin", "/etc/codex"), ("win32", "C:/ProgramData/OpenAI/Codex")],
)
def test_each_system_has_its_place(monkeypatch: pytest.MonkeyPatch, platform: str, directory: str) -> None:
    monkeypatch.setattr("sys.platform", platform)
    assert system_directory() == Path(directory)
