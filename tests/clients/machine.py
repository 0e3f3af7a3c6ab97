"""A user's machine in a temporary directory, and the two clients on it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from coderouter_cli.clients.claude_code import ClaudeCode
from coderouter_cli.clients.codex import Codex
from coderouter_cli.clients.contract import Client, LocalEndpoint, PatchPlan
from coderouter_cli.clients.journal import Journal
from coderouter_cli.clients.patching import Applied, apply
from coderouter_cli.clients.restoring import RestoreReport, restore
from coderouter_cli.system.paths import Paths

TOKEN = "crt_" + "a" * 43
OTHER_TOKEN = "crt_" + "b" * 43
PORT = 4141


@dataclass
class Machine:
    """``env`` is what the clients would be started with."""

    root: Path
    env: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.home = self.root / "home"
        self.home.mkdir(exist_ok=True)
        self.paths = Paths.from_environ({"CODEROUTER_HOME": str(self.root / "coderouter")})
        self.journal = Journal(self.paths)
        self.claude: Client = ClaudeCode(managed=self.root / "managed")
        self.codex: Client = Codex(system=self.root / "system")

    def file(self, client: Client) -> Path:
        return client.config_file(self.env, self.home)

    def write(self, client: Client, data: bytes | str) -> Path:
        """Give the client a configuration file."""
        file = self.file(client)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data.encode() if isinstance(data, str) else data)
        file.chmod(0o600)
        return file

    def plan(self, client: Client, port: int = PORT, token: str = TOKEN) -> PatchPlan:
        return client.plan(LocalEndpoint(port, token), self.env, self.home)

    def patch(self, client: Client, port: int = PORT, token: str = TOKEN) -> Applied:
        return apply(self.plan(client, port, token), self.journal)

    def restore(self, client: Client, *, keep_history_table: bool = False) -> RestoreReport:
        """Restore the one file that is on record."""
        (report,) = restore(client, self.journal, keep_history_table=keep_history_table)
        return report

    def snapshot(self) -> dict[str, tuple[str, int, int]]:
        """Every file below the root: its hash, mode and time of change."""
        files = [path for path in self.root.rglob("*") if path.is_file() and path.name != "patches.lock"]
        return {str(path): _look(path) for path in files}

    def temporaries(self) -> Sequence[Path]:
        """Files a killed write leaves behind."""
        return sorted(self.root.rglob("*.coderouter-tmp"))


def _look(path: Path) -> tuple[str, int, int]:
    status = path.stat()
    return hashlib.sha256(path.read_bytes()).hexdigest(), status.st_mode, status.st_mtime_ns
