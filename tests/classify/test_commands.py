"""Shell commands, as agents write them."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.classify.commands import command_text, only_reads, runs_tests, written_file


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        ('{"command": "ls -la", "description": "List"}', "ls -la"),
        ('{"cmd": "rg foo", "workdir": "/p"}', "rg foo"),
        ('{"command": ["bash", "-lc", "npm test"]}', "npm test"),
        ('{"command": ["git", "status"]}', "git status"),
        ('{"command": {"a": 1}}', ""),
        ('{"other": 1}', ""),
        ("pytest -q", "pytest -q"),
        ('const r = await tools.exec_command({cmd: "go test ./..."}); text(r)', "go test ./..."),
        ("await tools.exec_command({'cmd': `npm run test`})", "npm run test"),
        ("[1, 2", "[1, 2"),
        ("", ""),
    ],
)
def test_command_text(arguments: str, command: str) -> None:
    assert command_text(arguments) == command


@pytest.mark.parametrize(
    "command",
    [
        "pytest",
        "pytest -q tests/test_a.py",
        "cd /p && .venv/bin/pytest -x 2>&1 | tail -20",
        "python -m pytest",
        "python3.12 -m unittest discover",
        "uv run pytest -q",
        "poetry run pytest",
        "CI=1 npm test",
        "npm run test:unit -- --watch=false",
        "pnpm -r test",
        "yarn test",
        "npx vitest run",
        "npx playwright test",
        "cargo test --all",
        "cargo nextest run",
        "go test ./...",
        "./gradlew test",
        "mvn -q test",
        "make check",
        "timeout 60 pytest",
        "sudo make test",
        "python manage.py test app",
        "python tests/run_tests.py",
        "node --test",
        "dotnet test",
        "bundle exec rspec",
        "ls\nbun test",
        "php artisan test",
    ],
)
def test_test_runs(command: str) -> None:
    assert runs_tests(command)


@pytest.mark.parametrize(
    "command",
    [
        "pip install pytest",
        "cat pytest.ini",
        "grep -rn pytest .",
        "npm run build",
        "cargo build",
        "go vet ./...",
        "git commit -m 'npm test'",
        "echo test",
        "make",
        "cat > README.md <<'EOF'\nRun it:\nnpm test\nEOF",
        "",
    ],
)
def test_no_test_runs(command: str) -> None:
    assert not runs_tests(command)


@pytest.mark.parametrize(
    ("command", "reads"),
    [
        ("ls", True),
        ("cd /p && git status && git diff | head -50", True),
        ("rg -n foo src 2>/dev/null | wc -l", True),
        ("sed -n 1,20p a.py", True),
        ("FOO=1 cat a", True),
        ("git log --oneline", True),
        ("git commit -m x", False),
        ("sed -i s/a/b/ a.py", False),
        ("cat a > b", False),
        ("npm install", False),
        ("rm -rf x", False),
        ("git", False),
        ("", False),
    ],
)
def test_only_reads(command: str, reads: bool) -> None:
    assert only_reads(command) is reads


@pytest.mark.parametrize(
    ("command", "path"),
    [
        ("cat > src/a.py <<'EOF'\nx = 1\nEOF", "src/a.py"),
        ("cat <<EOF > docs/a.md\ntext\nEOF", "docs/a.md"),
        ("tee -a notes.md <<EOF\nx\nEOF", "notes.md"),
        ("cd p && sed -i 's/a/b/' src/a.py", "src/a.py"),
        ("python - <<'EOF'\nprint(1)\nEOF", None),
        ("sed -n 1p a.py", None),
        ("ls", None),
    ],
)
def test_written_file(command: str, path: str | None) -> None:
    assert written_file(command) == path


@given(st.text(max_size=300))
def test_any_arguments_are_read(arguments: str) -> None:
    command = command_text(arguments)
    assert only_reads(command) in {True, False}
    assert runs_tests(command) in {True, False}
    assert written_file(command) is None or isinstance(written_file(command), str)
    assert command_text(json.dumps({"command": arguments})) == arguments


@pytest.mark.parametrize(
    "command", ["a" * 60_000, "python " + "x" * 60_000, "> " * 30_000, "a=b " * 15_000, "[" * 60_000]
)
def test_long_commands_are_read_fast(command: str) -> None:
    started = time.process_time()
    command_text(command)
    runs_tests(command)
    only_reads(command)
    written_file(command + "<<")
    assert time.process_time() - started < 0.5
