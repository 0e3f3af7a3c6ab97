"""Who else decides where Codex sends its requests.

Highest first: ``-c key=value``, managed configuration, a profile chosen with ``--profile``, the
user's file, the system's file. A project's ``.codex/config.toml`` may not name a provider: Codex
drops that even in a trusted project (measured with Codex 0.169.0).
"""

import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from coderouter_cli.clients.contract import Override
from coderouter_cli.clients.display import origin_of

_KEYS = ("model_provider", "openai_base_url")
_SUFFIX = ".config.toml"


def system_directory() -> Path:
    """Where an administrator configures Codex."""
    return Path("C:/ProgramData/OpenAI/Codex" if sys.platform == "win32" else "/etc/codex")


def find_overrides(system: Path, codex_home: Path, env: Mapping[str, str], cwd: Path) -> tuple[Override, ...]:
    """Every other place that names a provider, strongest first."""
    return (
        *_provider(system / "managed_config.toml", "managed configuration", "It beats yours.", wins=True),
        *_profiles(codex_home),
        *_project(cwd, codex_home),
        *_provider(system / "config.toml", "system configuration", "Yours beats it.", wins=False),
        *_shell(env),
    )


def _profiles(codex_home: Path) -> Iterator[Override]:
    for file in sorted(codex_home.glob(f"*{_SUFFIX}")):
        profile = file.name.removesuffix(_SUFFIX)
        yield from _provider(
            file, "profile", f"It beats yours under `codex --profile {profile}`.", wins=False
        )


def _project(cwd: Path, codex_home: Path) -> Iterator[Override]:
    directory = cwd / ".codex"
    if directory != codex_home:
        effect = "Codex ignores it: a project may not choose a provider."
        yield from _provider(directory / "config.toml", "project configuration", effect, wins=False)


def _shell(env: Mapping[str, str]) -> Iterator[Override]:
    if env.get("OPENAI_BASE_URL"):
        effect = "Codex ignores it."
        yield Override(
            "shell", None, "OPENAI_BASE_URL", origin_of(env["OPENAI_BASE_URL"]), wins=False, effect=effect
        )


def _provider(file: Path, source: str, effect: str, *, wins: bool) -> Iterator[Override]:
    values = _read(file)
    for key in _KEYS:
        if key in values:
            value = str(values[key]) if key == "model_provider" else origin_of(values[key])
            yield Override(source, file, key, value, wins=wins, effect=effect)


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return {}
