"""The cases a user's ``settings.json`` can be in, through plan, apply and restore."""

import json
import os
from pathlib import Path

import pytest

from coderouter_cli.clients.restoring import Outcome
from coderouter_cli.errors import PatchError
from tests.clients.machine import OTHER_TOKEN, PORT, TOKEN, Machine

URL = f"http://127.0.0.1:{PORT}"
TYPICAL = """{
    "permissions": { "allow": ["Bash(npm run test:*)"], "deny": [] },
    "hooks": {
\t"Stop": [ {"hooks": [{"type": "command", "command": "say \\u00fcber - fertig"}]} ]
    },
    "env": {
        "FOO": "bar",
        "ÄÖ": "ß"
    },
    "model": "opus"
}"""


def env_of(file: Path) -> object:
    return json.loads(file.read_text(encoding="utf-8-sig"))["env"]


def refusal(machine: Machine) -> PatchError:
    """The plan refuses, and nothing on the machine changes."""
    before = machine.snapshot()
    with pytest.raises(PatchError) as caught:
        machine.plan(machine.claude)
    assert machine.snapshot() == before
    return caught.value


def test_no_settings_at_all_are_made_and_removed_again(machine: Machine) -> None:
    machine.patch(machine.claude)
    file = machine.file(machine.claude)
    assert json.loads(file.read_text()) == {"env": {"ANTHROPIC_BASE_URL": URL, "ANTHROPIC_AUTH_TOKEN": TOKEN}}
    assert file.stat().st_mode & 0o777 == 0o600
    assert machine.restore(machine.claude).outcome is Outcome.REMOVED
    assert not file.parent.exists()


def test_a_directory_we_made_stays_when_the_client_has_used_it(machine: Machine) -> None:
    machine.patch(machine.claude)
    (machine.home / ".claude" / "history.jsonl").write_text("{}")
    machine.restore(machine.claude)
    assert [path.name for path in (machine.home / ".claude").iterdir()] == ["history.jsonl"]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("end", ["", "\n"])
def test_only_our_lines_differ_and_the_original_comes_back(machine: Machine, newline: str, end: str) -> None:
    original = (TYPICAL + end).replace("\n", newline).encode()
    file = machine.write(machine.claude, original)
    machine.patch(machine.claude)
    old, new = original.split(b"\n"), file.read_bytes().split(b"\n")
    added = [line for line in new if line not in old]
    kept = [line for line in new if line in old]
    assert kept == [line for line in old if line in new]
    assert [line.strip().split(b":")[0] for line in added] == [
        '"ÄÖ"'.encode(),
        b'"ANTHROPIC_BASE_URL"',
        b'"ANTHROPIC_AUTH_TOKEN"',
    ]
    assert all(line.startswith(b"        ") for line in added)
    assert machine.restore(machine.claude).outcome is Outcome.RESTORED
    assert file.read_bytes() == original


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{\n  "env": {},\n  // mine\n  "model": "opus"\n}\n', 3),
        ('{\n  "env": {\n    "A": "1",\n  }\n}\n', 3),
        ('{\n  "a": [1, 2,\n  ]\n}\n', 2),
        ('{\n  "a": NaN\n}\n', 2),
    ],
)
def test_a_file_claude_code_itself_ignores_is_refused_with_its_line(
    machine: Machine, text: str, line: int
) -> None:
    machine.write(machine.claude, text)
    error = refusal(machine)
    assert f"line {line}:" in error.what
    assert "ignores" in error.means
    assert error.next_step


def test_a_byte_order_mark_stays(machine: Machine) -> None:
    file = machine.write(machine.claude, b'\xef\xbb\xbf{"model": "opus"}')
    machine.patch(machine.claude)
    assert file.read_bytes().startswith(b'\xef\xbb\xbf{"model": "opus", "env": {')
    machine.restore(machine.claude)
    assert file.read_bytes() == b'\xef\xbb\xbf{"model": "opus"}'


@pytest.mark.parametrize("blank", [b"", b"\n", b"  \r\n", b"\xef\xbb\xbf"])
def test_a_blank_file_counts_as_new_and_comes_back_blank(machine: Machine, blank: bytes) -> None:
    file = machine.write(machine.claude, blank)
    machine.patch(machine.claude)
    assert env_of(file) == {"ANTHROPIC_BASE_URL": URL, "ANTHROPIC_AUTH_TOKEN": TOKEN}
    assert machine.restore(machine.claude).outcome is Outcome.RESTORED
    assert file.read_bytes() == blank


@pytest.mark.parametrize("text", ["[]", '"x"', "1", '{"env": []}', '{"env": null}', "\xff\xfe"])
def test_what_is_not_an_object_is_refused(machine: Machine, text: str) -> None:
    machine.write(machine.claude, text.encode("latin-1"))
    assert "line 1" in refusal(machine).what


def test_another_gateway_is_mentioned_without_its_secret_and_comes_back(machine: Machine) -> None:
    original = (
        '{"env": {"ANTHROPIC_BASE_URL": "https://me:pass@gw.example.com/x",'
        ' "ANTHROPIC_AUTH_TOKEN": "sk-gateway-1"}}'
    )
    file = machine.write(machine.claude, original)
    plan = machine.plan(machine.claude)
    shown = " ".join(plan.notes) + plan.diff() + repr(plan)
    assert "https://gw.example.com" in plan.notes[0]
    assert not [secret for secret in ("pass@", "sk-gateway", TOKEN) if secret in shown]
    machine.patch(machine.claude)
    assert env_of(file) == {"ANTHROPIC_BASE_URL": URL, "ANTHROPIC_AUTH_TOKEN": TOKEN}
    machine.restore(machine.claude)
    assert file.read_text() == original


def test_another_gateway_comes_back_key_by_key_too(machine: Machine) -> None:
    file = machine.write(
        machine.claude, '{"env":{"ANTHROPIC_BASE_URL":"https:\\/\\/gw","ANTHROPIC_AUTH_TOKEN":"sk-1"}}'
    )
    machine.patch(machine.claude)
    file.write_text(file.read_text().replace('{"env"', '{"model":"opus","env"'))
    assert machine.restore(machine.claude).outcome is Outcome.MERGED
    assert file.read_text() == (
        '{"model":"opus","env":{"ANTHROPIC_BASE_URL":"https:\\/\\/gw","ANTHROPIC_AUTH_TOKEN":"sk-1"}}'
    )


@pytest.mark.parametrize("port", [PORT, 5999])
def test_values_of_ours_without_a_journal_are_never_the_original(machine: Machine, port: int) -> None:
    file = machine.write(
        machine.claude,
        f'{{"env": {{"A": "1", "ANTHROPIC_BASE_URL": "http://localhost:{port}",'
        f' "ANTHROPIC_AUTH_TOKEN": "{OTHER_TOKEN}"}}}}',
    )
    machine.patch(machine.claude)
    assert env_of(file) == {"A": "1", "ANTHROPIC_BASE_URL": URL, "ANTHROPIC_AUTH_TOKEN": TOKEN}
    machine.restore(machine.claude)
    assert file.read_text() == '{"env": {"A": "1"}}'


def test_our_own_port_with_a_foreign_token_is_not_an_original_address(machine: Machine) -> None:
    file = machine.write(
        machine.claude, f'{{"env": {{"ANTHROPIC_BASE_URL": "{URL}", "ANTHROPIC_AUTH_TOKEN": "sk-mine"}}}}'
    )
    machine.patch(machine.claude)
    machine.restore(machine.claude)
    assert env_of(file) == {"ANTHROPIC_AUTH_TOKEN": "sk-mine"}


def test_a_foreign_gateway_on_this_machine_is_an_original(machine: Machine) -> None:
    original = '{"env": {"ANTHROPIC_BASE_URL": "http://127.0.0.1:4000", "ANTHROPIC_AUTH_TOKEN": "sk-lite"}}'
    file = machine.write(machine.claude, original)
    machine.patch(machine.claude)
    machine.restore(machine.claude)
    assert file.read_text() == original


def test_a_file_already_ours_without_a_journal_is_still_restored(machine: Machine) -> None:
    file = machine.write(machine.claude, '{"model": "opus"}')
    machine.patch(machine.claude)
    machine.paths.patches_file.unlink()
    applied = machine.patch(machine.claude)
    assert not applied.changed
    machine.restore(machine.claude)
    assert json.loads(file.read_text()) == {"model": "opus", "env": {}}


def test_links_stay_links_and_their_target_changes(machine: Machine) -> None:
    repository = machine.home / "dotfiles"
    repository.mkdir()
    (repository / "claude.json").write_text("{}")
    (repository / "link.json").symlink_to("claude.json")
    file = machine.file(machine.claude)
    file.parent.mkdir()
    file.symlink_to("../dotfiles/link.json")
    machine.patch(machine.claude)
    assert file.is_symlink()
    assert (repository / "link.json").is_symlink()
    assert "ANTHROPIC_BASE_URL" in (repository / "claude.json").read_text()
    assert [path.name for path in file.parent.iterdir()] == ["settings.json"]
    machine.restore(machine.claude)
    assert (repository / "claude.json").read_text() == "{}"
    assert file.is_symlink()


@pytest.mark.parametrize("what", ["file", "directory", "loop"])
def test_a_link_to_nothing_is_refused(machine: Machine, what: str) -> None:
    file = machine.file(machine.claude)
    link = file.parent if what == "directory" else file
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(link.name if what == "loop" else "nowhere")
    assert "leads nowhere" in refusal(machine).what


@pytest.mark.parametrize("mode", [0o640, 0o600, 0o664])
def test_the_mode_stays(machine: Machine, mode: int) -> None:
    file = machine.write(machine.claude, "{}")
    file.chmod(mode)
    machine.patch(machine.claude)
    assert file.stat().st_mode & 0o777 == mode
    machine.restore(machine.claude)
    assert file.stat().st_mode & 0o777 == mode


def test_a_read_only_file_is_refused(machine: Machine) -> None:
    machine.write(machine.claude, "{}").chmod(0o444)
    assert "read-only" in refusal(machine).what


def test_a_token_in_a_file_others_can_read_is_mentioned(machine: Machine) -> None:
    file = machine.write(machine.claude, "{}")
    assert machine.plan(machine.claude).notes == ()
    file.chmod(0o644)
    assert "chmod 600" in machine.plan(machine.claude).notes[0]


def test_a_foreign_file_is_refused(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.write(machine.claude, "{}")
    uid = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: uid + 1)
    assert "another user" in refusal(machine).what


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{\n "env": {},\n "a": 1,\n "env": {}\n}', 4),
        ('{"env": {\n"FOO": "1",\n"FOO": "2"}}', 3),
    ],
)
def test_a_key_that_is_there_twice_is_refused(machine: Machine, text: str, line: int) -> None:
    machine.write(machine.claude, text)
    assert f"line {line}: " in refusal(machine).what


def test_other_keys_edited_later_survive(machine: Machine) -> None:
    file = machine.write(machine.claude, TYPICAL)
    machine.patch(machine.claude)
    file.write_text(file.read_text().replace('"opus"', '"sonnet"').replace('"bar"', '"baz"'))
    assert machine.restore(machine.claude).outcome is Outcome.MERGED
    assert file.read_text() == TYPICAL.replace('"opus"', '"sonnet"').replace('"bar"', '"baz"')


def test_a_client_that_writes_the_file_anew_in_its_own_style_is_no_obstacle(machine: Machine) -> None:
    file = machine.write(machine.claude, '{ "model" : "opus" }')
    machine.patch(machine.claude)
    settings = json.loads(file.read_text()) | {"theme": "dark"}
    file.write_text(json.dumps(settings, indent=2))
    machine.restore(machine.claude)
    assert json.loads(file.read_text()) == {"model": "opus", "theme": "dark"}


def test_an_address_changed_by_hand_stays_and_is_reported(machine: Machine) -> None:
    file = machine.write(machine.claude, "{}")
    machine.patch(machine.claude)
    file.write_text(file.read_text().replace(URL, "http://127.0.0.1:9999"))
    report = machine.restore(machine.claude)
    assert report.outcome is Outcome.MERGED
    assert report.left == ("env.ANTHROPIC_BASE_URL was changed since; it stays as it is.",)
    assert env_of(file) == {"ANTHROPIC_BASE_URL": "http://127.0.0.1:9999"}


def test_keys_removed_by_hand_are_no_trouble(machine: Machine) -> None:
    file = machine.write(machine.claude, '{"a": 1}')
    machine.patch(machine.claude)
    file.write_text('{"a": 2}')
    report = machine.restore(machine.claude)
    assert (report.outcome, report.left) == (Outcome.NOTHING, ())
    assert file.read_text() == '{"a": 2}'


def test_a_broken_file_is_left_alone_until_it_is_mended(machine: Machine) -> None:
    file = machine.write(machine.claude, "{}")
    machine.patch(machine.claude)
    patched = file.read_text()
    file.write_text(patched + "// note")
    report = machine.restore(machine.claude)
    assert report.outcome is Outcome.LEFT
    assert "ANTHROPIC_BASE_URL" in report.left[-1]
    assert file.read_text() == patched + "// note"
    file.write_text(patched)
    assert machine.restore(machine.claude).outcome is Outcome.RESTORED
    assert file.read_text() == "{}"


def test_the_configured_directory_is_patched(machine: Machine) -> None:
    machine.env["CLAUDE_CONFIG_DIR"] = str(machine.home / "deep" / "er")
    machine.patch(machine.claude)
    assert (machine.home / "deep" / "er" / "settings.json").exists()
    assert not (machine.home / ".claude").exists()
    machine.restore(machine.claude)
    assert list(machine.home.iterdir()) == []


def test_behind_a_proxy_loopback_is_excepted(machine: Machine) -> None:
    machine.env |= {"HTTP_PROXY": "http://user:secret@proxy:3128", "NO_PROXY": "corp"}
    file = machine.write(machine.claude, "{}")
    machine.patch(machine.claude)
    assert env_of(file) == {
        "ANTHROPIC_BASE_URL": URL,
        "ANTHROPIC_AUTH_TOKEN": TOKEN,
        "NO_PROXY": "corp,127.0.0.1,localhost,::1",
    }
    machine.restore(machine.claude)
    assert file.read_text() == "{}"


def test_exceptions_in_the_settings_win_and_come_back(machine: Machine) -> None:
    machine.env |= {"NO_PROXY": "from-the-shell"}
    original = '{"env": {"https_proxy": "http://proxy", "NO_PROXY": "corp, localhost"}}'
    file = machine.write(machine.claude, original)
    machine.patch(machine.claude)
    assert json.loads(file.read_text())["env"]["NO_PROXY"] == "corp, localhost,127.0.0.1,::1"
    machine.restore(machine.claude)
    assert file.read_text() == original


def test_the_lower_case_spelling_which_wins_gets_the_exceptions_too(machine: Machine) -> None:
    machine.env |= {"http_proxy": "http://proxy", "no_proxy": "corp"}
    file = machine.write(machine.claude, "{}")
    machine.patch(machine.claude)
    settings = json.loads(file.read_text())["env"]
    assert settings["no_proxy"] == settings["NO_PROXY"] == "corp,127.0.0.1,localhost,::1"


def test_without_a_proxy_the_exceptions_are_not_our_business(machine: Machine) -> None:
    machine.env |= {"NO_PROXY": "corp", "HTTP_PROXY": ""}
    file = machine.write(machine.claude, '{"env": {"NO_PROXY": "x"}}')
    machine.patch(machine.claude)
    assert json.loads(file.read_text())["env"]["NO_PROXY"] == "x"


def test_a_second_patch_writes_nothing(machine: Machine) -> None:
    machine.env |= {"HTTP_PROXY": "http://proxy"}
    machine.write(machine.claude, TYPICAL)
    assert machine.patch(machine.claude).changed
    before = machine.snapshot()
    assert not machine.patch(machine.claude).changed
    assert machine.snapshot() == before


def test_a_new_port_changes_one_line_and_the_original_stays_the_original(machine: Machine) -> None:
    file = machine.write(machine.claude, TYPICAL)
    machine.patch(machine.claude)
    first = file.read_text().splitlines()
    machine.patch(machine.claude, port=4242)
    second = file.read_text().splitlines()
    assert [new for old, new in zip(first, second, strict=True) if old != new] == [
        '        "ANTHROPIC_BASE_URL": "http://127.0.0.1:4242",'
    ]
    assert machine.restore(machine.claude).outcome is Outcome.RESTORED
    assert file.read_text() == TYPICAL


def test_a_new_port_after_somebody_elses_edit_loses_neither(machine: Machine) -> None:
    file = machine.write(machine.claude, TYPICAL)
    machine.patch(machine.claude)
    file.write_text(file.read_text().replace('"opus"', '"sonnet"'))
    machine.patch(machine.claude, port=4242, token=OTHER_TOKEN)
    assert machine.restore(machine.claude).outcome is Outcome.MERGED
    assert file.read_text() == TYPICAL.replace('"opus"', '"sonnet"')


def test_a_value_the_user_set_between_two_patches_is_the_new_original(machine: Machine) -> None:
    file = machine.write(machine.claude, "{}")
    machine.patch(machine.claude)
    file.write_text(file.read_text().replace(URL, "https://gw.example.com"))
    machine.patch(machine.claude)
    machine.restore(machine.claude)
    assert env_of(file) == {"ANTHROPIC_BASE_URL": "https://gw.example.com"}


def test_a_file_put_back_by_hand_and_patched_again_has_a_new_original(machine: Machine) -> None:
    file = machine.write(machine.claude, '{"a": 1}')
    machine.patch(machine.claude)
    file.write_text('{"a": 2}')
    machine.patch(machine.claude)
    assert machine.restore(machine.claude).outcome is Outcome.RESTORED
    assert file.read_text() == '{"a": 2}'


def test_a_plan_changes_nothing_on_the_machine(machine: Machine) -> None:
    machine.write(machine.claude, TYPICAL)
    before = machine.snapshot()
    plan = machine.plan(machine.claude)
    assert plan.changed
    assert machine.snapshot() == before
    assert sorted(path.name for path in machine.root.iterdir()) == ["home"]


def test_no_model_variable_is_ever_set(machine: Machine) -> None:
    machine.patch(machine.claude)
    assert "MODEL" not in machine.file(machine.claude).read_text()


def test_the_client_is_found_by_command_or_by_traces(machine: Machine) -> None:
    detect = machine.claude.detect
    assert not detect(machine.env, machine.home).installed
    (machine.home / ".claude.json").write_text("{}")
    assert "exists" in detect(machine.env, machine.home).evidence
    binary = machine.root / "bin" / "claude"
    binary.parent.mkdir()
    binary.write_text("#!/bin/sh\n")
    binary.chmod(0o755)
    found = detect({"PATH": str(binary.parent)}, machine.home)
    assert (found.installed, found.evidence) == (True, f"command {binary}")
    assert found.config_file == machine.home / ".claude" / "settings.json"


def test_history_needs_nothing_of_us(machine: Machine) -> None:
    assert not machine.claude.needs_history_table(machine.env, machine.home)
    assert machine.claude.with_history_table(b"{}") == b"{}"
