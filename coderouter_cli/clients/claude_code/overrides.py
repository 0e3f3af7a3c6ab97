"""Who else decides where Claude Code sends its requests.

Highest first: managed settings, ``--settings``, the project's ``settings.local.json``, the project's
``settings.json``, the user's settings, the shell (measured with Claude Code 2.1.330;
https://code.claude.com/docs/en/settings). A cloud provider switched on anywhere beats any base URL.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from coderouter_cli.clients.contract import Override
from coderouter_cli.clients.display import origin_of

_CLOUDS = {
    "CLAUDE_CODE_USE_BEDROCK": "Amazon Bedrock",
    "CLAUDE_CODE_USE_VERTEX": "Google Vertex AI",
    "CLAUDE_CODE_USE_FOUNDRY": "Microsoft Foundry",
}
_FORCED_LOGIN = ("forceLoginMethod", "forceLoginOrgUUID")
_URL = "ANTHROPIC_BASE_URL"


def managed_directory() -> Path:
    """Where an administrator puts managed settings (https://code.claude.com/docs/en/settings)."""
    if sys.platform == "darwin":
        return Path("/Library/Application Support/ClaudeCode")
    if sys.platform == "win32":
        return Path("C:/Program Files/ClaudeCode")
    return Path("/etc/claude-code")


def find_overrides(managed: Path, user_file: Path, env: Mapping[str, str], cwd: Path) -> tuple[Override, ...]:
    """Every other place that sets the base URL, strongest first."""
    return (
        *_managed(managed),
        *_project(cwd, user_file),
        *_clouds(_env(_read(user_file)), "user settings", user_file),
        *_shell(env),
    )


def _managed(directory: Path) -> Iterator[Override]:
    files = [directory / "managed-settings.json", *sorted((directory / "managed-settings.d").glob("*.json"))]
    for file in files:
        settings = _read(file)
        yield from _base_url(_env(settings), "managed settings", file, "Managed settings beat yours.")
        yield from _clouds(_env(settings), "managed settings", file)
        for key in _FORCED_LOGIN:
            if key in settings:
                effect = "Managed settings ask for a login; a token of ours may be refused."
                yield Override("managed settings", file, key, "set", wins=True, effect=effect)


def _project(cwd: Path, user_file: Path) -> Iterator[Override]:
    for name in ("settings.local.json", "settings.json"):
        file = cwd / ".claude" / name
        if file != user_file:
            env = _env(_read(file))
            yield from _base_url(env, "project settings", file, "In this project its settings beat yours.")
            yield from _clouds(env, "project settings", file)


def _shell(env: Mapping[str, str]) -> Iterator[Override]:
    if env.get(_URL):
        effect = "Claude Code's settings beat the shell."
        yield Override("shell", None, _URL, origin_of(env[_URL]), wins=False, effect=effect)
    yield from _clouds(env, "shell", None)


def _base_url(env: Mapping[str, Any], source: str, file: Path, effect: str) -> Iterator[Override]:
    if _URL in env:
        yield Override(source, file, f"env.{_URL}", origin_of(env[_URL]), wins=True, effect=effect)


def _clouds(env: Mapping[str, Any], source: str, file: Path | None) -> Iterator[Override]:
    for name, cloud in _CLOUDS.items():
        if str(env.get(name, "")).lower() in {"1", "true", "yes", "on"}:
            setting = f"env.{name}" if file else name
            effect = f"Claude Code talks to {cloud} and no base URL counts."
            yield Override(source, file, setting, "set", wins=True, effect=effect)


def _read(file: Path) -> dict[str, Any]:
    """The settings in a file; nothing when there is none, or when Claude Code would ignore it."""
    try:
        settings = json.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return {}
    return settings if isinstance(settings, dict) else {}


def _env(settings: Mapping[str, Any]) -> dict[str, Any]:
    env = settings.get("env")
    return env if isinstance(env, dict) else {}
