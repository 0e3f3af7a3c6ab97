import subprocess
import sys


def test_a_hardened_process_makes_private_files_and_no_core() -> None:
    script = (
        "import os, resource\n"
        "from coderouter_cli.system.hardening import harden\n"
        "harden()\n"
        "print(oct(os.umask(0)), resource.getrlimit(resource.RLIMIT_CORE))\n"
    )

    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout

    assert said.strip() == "0o77 (0, 0)"


def test_a_hardened_process_cannot_be_dumped_on_linux() -> None:
    script = (
        "import ctypes, sys\n"
        "from coderouter_cli.system.hardening import harden\n"
        "harden()\n"
        "print(ctypes.CDLL(None).prctl(3) if sys.platform == 'linux' else 0)\n"
    )

    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout

    assert said.strip() == "0"
