"""Installs the real coding clients, pinned, into `.clients/` at the project's root.

    python tests/real/install.py

Claude Code asks for Node 22, but its platform package holds a binary that needs no Node at all; so
does Codex's. npm is only used to fetch them, and install scripts are not run.
"""

import platform
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2] / ".clients"
PINNED = {"@anthropic-ai/claude-code": "2.1.330", "@openai/codex": "0.169.0"}


def claude_binary() -> Path:
    """Claude Code's own binary."""
    return ROOT / "node_modules" / "@anthropic-ai" / f"claude-code-{_system()}-{_cpu()}" / "claude"


def codex_binary() -> Path:
    """Codex's own binary."""
    vendor = ROOT / "node_modules" / "@openai" / f"codex-{_system()}-{_cpu()}" / "vendor"
    return next(iter(sorted(vendor.glob("*/bin/codex"))), vendor / "missing" / "bin" / "codex")


def installed() -> bool:
    """Whether both binaries are there."""
    return claude_binary().is_file() and codex_binary().is_file()


def main() -> int:
    """Fetch the clients with npm; 0 when both binaries are there afterwards."""
    if installed():
        return 0
    npm = shutil.which("npm")
    if npm is None:
        sys.stderr.write("npm is needed to fetch the clients: install Node.js first.\n")
        return 1
    ROOT.mkdir(exist_ok=True)
    (ROOT / "package.json").write_text('{"private": true}\n', encoding="utf-8")
    packages = [f"{name}@{version}" for name, version in PINNED.items()]
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"]
    done = subprocess.run([npm, "install", *options, *packages], cwd=ROOT, check=False)
    return done.returncode if installed() or done.returncode else 1


def _system() -> str:
    return {"Linux": "linux", "Darwin": "darwin", "Windows": "win32"}[platform.system()]


def _cpu() -> str:
    return {"x86_64": "x64", "AMD64": "x64", "aarch64": "arm64", "arm64": "arm64"}[platform.machine()]


if __name__ == "__main__":
    sys.exit(main())
