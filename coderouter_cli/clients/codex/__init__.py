"""Codex: a provider of our own in ``config.toml``, selected by default.

A named provider and not ``openai_base_url``: with that, a dead daemon locks people out of signing
in. The price is that Codex files its sessions by provider; see `history`.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from coderouter_cli.clients.codex.config import (
    put,
    read_config,
    take_out,
    with_inert_table,
)
from coderouter_cli.clients.codex.entries import BEGIN, END, PROVIDER
from coderouter_cli.clients.codex.history import inert_table_needed
from coderouter_cli.clients.codex.overrides import find_overrides, system_directory
from coderouter_cli.clients.contract import (
    Detection,
    KeyChange,
    KeyRecord,
    LocalEndpoint,
    Override,
    PatchPlan,
    Reverted,
)
from coderouter_cli.clients.proxies import LOOPBACK, covers_loopback, proxy_variables
from coderouter_cli.clients.target import exists, read_target

__all__ = ["Codex", "inert_table_needed"]

_FILE = "config.toml"


@dataclass(frozen=True, slots=True)
class Codex:
    """The client. ``system`` is where an administrator's configuration lies on this system."""

    system: Path = field(default_factory=system_directory)
    name: ClassVar[str] = "codex"
    title: ClassVar[str] = "Codex"

    def config_file(self, env: Mapping[str, str], home: Path) -> Path:
        """``config.toml`` in ``CODEX_HOME``, or in ``~/.codex``."""
        return _codex_home(env, home) / _FILE

    def detect(self, env: Mapping[str, str], home: Path) -> Detection:
        """Found by its command, or by its home (the editor extension has no command)."""
        file = self.config_file(env, home)
        command = shutil.which("codex", path=env.get("PATH", ""))
        if command:
            return Detection(installed=True, evidence=f"command {command}", config_file=file)
        if exists(file.parent):
            return Detection(installed=True, evidence=f"{file.parent} exists", config_file=file)
        return Detection(
            installed=False, evidence="no `codex` command and no configuration", config_file=file
        )

    def plan(self, endpoint: LocalEndpoint, env: Mapping[str, str], home: Path) -> PatchPlan:
        """Plan ``model_provider = "coderouter"`` and the table ``[model_providers.coderouter]``."""
        target = read_target(self.config_file(env, home))
        name = str(target.path)
        after, changes = put(target.data, endpoint, name)
        return PatchPlan(
            client=self.name,
            file=target.path,
            before=target.data,
            after=after,
            keys=changes,
            original=_original(target.data, changes, name),
            notes=(*_notes(read_config(target.data, name).values, env), *target.notes),
        )

    def revert(self, data: bytes, keys: Sequence[KeyRecord], original: bytes | None) -> Reverted:
        """Take our line and our table out; a former provider is selected again."""
        return take_out(data, keys, original, _FILE)

    def overrides(self, env: Mapping[str, str], home: Path, cwd: Path) -> tuple[Override, ...]:
        """Managed and system configuration, profiles, the project's file, and the shell."""
        return find_overrides(self.system, _codex_home(env, home), env, cwd)

    def needs_history_table(self, env: Mapping[str, str], home: Path) -> bool:
        """Whether there are sessions that only load while a provider of our name is configured."""
        return inert_table_needed(_codex_home(env, home))

    def with_history_table(self, data: bytes | None) -> bytes | None:
        """The file plus an inert table of our name; its sessions then load and go to OpenAI."""
        return with_inert_table(data, _FILE)

    def manual_steps(self) -> str:
        """How to take our keys out by hand."""
        return f'Remove `model_provider = "{PROVIDER}"` and the lines from "{BEGIN}" to "{END}" in {_FILE}.'


def _codex_home(env: Mapping[str, str], home: Path) -> Path:
    configured = env.get("CODEX_HOME")
    return Path(configured) if configured else home / ".codex"


def _original(data: bytes | None, changes: Sequence[KeyChange], name: str) -> bytes | None:
    ours = [
        KeyRecord(c.path, had_before=False, old_raw=None, new_raw=c.found or "") for c in changes if c.ours
    ]
    if data is None or not ours:
        return data
    reverted = take_out(data, ours, None, name)
    return None if reverted.empty else reverted.data


def _notes(values: Mapping[str, Any], env: Mapping[str, str]) -> tuple[str, ...]:
    former = values.get("model_provider", "openai")
    notes = []
    if former != PROVIDER:
        notes.append(
            f"Codex lists sessions by provider. Older ones: codex -c model_provider='\"{former}\"' resume"
        )
    if proxy_variables(env) and not covers_loopback(env):
        notes.append(
            f"{proxy_variables(env)[0]} is set: Codex sends local requests there too. "
            f"Add NO_PROXY={','.join(LOOPBACK)} to .env beside {_FILE}."
        )
    return (*notes, *_troubles(values))


def _troubles(values: Mapping[str, Any]) -> list[str]:
    """What stops Codex 0.169.0 from starting whether we are there or not."""
    providers = values.get("model_providers", {})
    chat = [
        name
        for name, table in providers.items()
        if isinstance(table, dict) and table.get("wire_api") == "chat"
    ]
    troubles = [
        f'Codex will not start: provider {name} has wire_api = "chat". CodeRouter leaves it alone.'
        for name in chat
    ]
    if "profile" in values:
        troubles.append("Codex will not start: `profile` is no longer supported. CodeRouter leaves it alone.")
    return troubles
