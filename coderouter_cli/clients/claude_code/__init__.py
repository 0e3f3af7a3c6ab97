"""Claude Code: two keys of ``env`` in its user settings, and nothing else.

The settings' ``env`` beats the shell at every level (measured with Claude Code 2.1.330) and reaches
background agents, so no shell file is touched. No model variable is set: a made-up model name
makes the client shrink its limits.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from coderouter_cli.clients.claude_code.overrides import find_overrides, managed_directory
from coderouter_cli.clients.claude_code.settings import env_of, put, read_settings, take_out
from coderouter_cli.clients.contract import (
    Detection,
    KeyChange,
    KeyRecord,
    LocalEndpoint,
    Override,
    PatchPlan,
    Reverted,
)
from coderouter_cli.clients.display import origin_of
from coderouter_cli.clients.proxies import no_proxy_variables, proxy_variables, with_loopback
from coderouter_cli.clients.target import exists, read_target
from coderouter_cli.system.environment import is_loopback_url
from coderouter_cli.system.local_token import TOKEN_PREFIX

BASE_URL = "ANTHROPIC_BASE_URL"
AUTH_TOKEN = "ANTHROPIC_AUTH_TOKEN"  # noqa: S105 - the name of a variable


@dataclass(frozen=True, slots=True)
class ClaudeCode:
    """The client. ``managed`` is where an administrator's settings lie on this system."""

    managed: Path = field(default_factory=managed_directory)
    name: ClassVar[str] = "claude-code"
    title: ClassVar[str] = "Claude Code"

    def config_file(self, env: Mapping[str, str], home: Path) -> Path:
        """``settings.json`` in ``CLAUDE_CONFIG_DIR``, or in ``~/.claude``."""
        return _config_dir(env, home) / "settings.json"

    def detect(self, env: Mapping[str, str], home: Path) -> Detection:
        """Found by its command, or by its configuration directory (the editor extension has no command)."""
        file = self.config_file(env, home)
        command = shutil.which("claude", path=env.get("PATH", ""))
        if command:
            return Detection(installed=True, evidence=f"command {command}", config_file=file)
        for trace in (home / ".local" / "bin" / "claude", home / ".claude.json", file.parent):
            if exists(trace):
                return Detection(installed=True, evidence=f"{trace} exists", config_file=file)
        return Detection(installed=False, evidence="no `claude` command and no settings", config_file=file)

    def plan(self, endpoint: LocalEndpoint, env: Mapping[str, str], home: Path) -> PatchPlan:
        """Plan base URL and token in ``env``, and behind a proxy ``NO_PROXY``; nothing else."""
        target = read_target(self.config_file(env, home))
        name = str(target.path)
        present = env_of(read_settings(target.data, name))
        wanted = {BASE_URL: endpoint.origin, AUTH_TOKEN: endpoint.token, **_no_proxy(env, present)}
        ours = _ours(present, endpoint)
        after, changes = put(target.data, wanted, ours, name)
        return PatchPlan(
            client=self.name,
            file=target.path,
            before=target.data,
            after=after,
            keys=changes,
            original=_original(target.data, changes, name),
            notes=(*_notes(present, ours), *target.notes),
        )

    def revert(self, data: bytes, keys: Sequence[KeyRecord], original: bytes | None) -> Reverted:  # noqa: ARG002 - JSON records say it all
        """Take our members out of ``env``; members the user changed since stay."""
        return take_out(data, keys, "settings.json")

    def overrides(self, env: Mapping[str, str], home: Path, cwd: Path) -> tuple[Override, ...]:
        """Managed settings, the project's settings, and variables that select another way to the model."""
        return find_overrides(self.managed, self.config_file(env, home), env, cwd)

    def needs_history_table(self, env: Mapping[str, str], home: Path) -> bool:  # noqa: ARG002 - the contract's shape
        """Never: Claude Code's sessions do not remember a provider."""
        return False

    def with_history_table(self, data: bytes | None) -> bytes | None:
        """The file as it is."""
        return data

    def manual_steps(self) -> str:
        """How to take our keys out by hand."""
        return f"Remove {BASE_URL} and {AUTH_TOKEN} from `env` in settings.json."


def _config_dir(env: Mapping[str, str], home: Path) -> Path:
    configured = env.get("CLAUDE_CONFIG_DIR")
    return Path(configured) if configured else home / ".claude"


def _no_proxy(env: Mapping[str, str], present: Mapping[str, Any]) -> dict[str, str]:
    """Exceptions for loopback, in each spelling that is in use, when a proxy is set anywhere."""
    settings = {key: value for key, value in present.items() if isinstance(value, str)}
    if not proxy_variables(env) and not proxy_variables(settings):
        return {}
    in_use = no_proxy_variables(env) | no_proxy_variables(settings)
    upper = in_use.get("NO_PROXY") or in_use.get("no_proxy") or ""
    return {"NO_PROXY": with_loopback(upper)} | {
        name: with_loopback(value) for name, value in in_use.items() if name == "no_proxy"
    }


def _ours(present: Mapping[str, Any], endpoint: LocalEndpoint) -> frozenset[str]:
    """The keys whose present value is CodeRouter's own, of this daemon or of another."""
    url, token = present.get(BASE_URL), present.get(AUTH_TOKEN)
    our_token = isinstance(token, str) and token.startswith(TOKEN_PREFIX)
    our_port = origin_of(url).endswith(f":{endpoint.port}")
    found = set()
    if our_token:
        found.add(AUTH_TOKEN)
    if isinstance(url, str) and is_loopback_url(url) and (our_token or our_port):
        found.add(BASE_URL)
    return frozenset(found)


def _original(data: bytes | None, changes: Sequence[KeyChange], name: str) -> bytes | None:
    ours = [
        KeyRecord(c.path, had_before=False, old_raw=None, new_raw=c.found or "") for c in changes if c.ours
    ]
    return take_out(data, ours, name).data if data is not None and ours else data


def _notes(present: Mapping[str, Any], ours: frozenset[str]) -> tuple[str, ...]:
    notes = []
    if BASE_URL in present and BASE_URL not in ours:
        notes.append(
            f"{BASE_URL} pointed to {origin_of(present[BASE_URL])}; `coderouter uninstall` puts it back."
        )
    if AUTH_TOKEN in present and AUTH_TOKEN not in ours:
        notes.append(f"{AUTH_TOKEN} held another credential; `coderouter uninstall` puts it back.")
    return tuple(notes)
