"""The cases a user's ``config.toml`` can be in, through plan, apply and restore."""

import json
import tomllib
from pathlib import Path

import pytest

from coderouter_cli.clients.restoring import Outcome
from coderouter_cli.errors import PatchError
from tests.clients.machine import OTHER_TOKEN, PORT, TOKEN, Machine

BLOCK = f"""# >>> coderouter (managed; remove with `coderouter uninstall`) >>>
[model_providers.coderouter]
name = "CodeRouter"
base_url = "http://127.0.0.1:{PORT}/v1"
wire_api = "responses"
experimental_bearer_token = "{TOKEN}"
stream_idle_timeout_ms = 300000
# <<< coderouter <<<
"""
TABLE = tomllib.loads(BLOCK)["model_providers"]["coderouter"]
TYPICAL = """# my settings

model = "gpt-6.1-sol"   # the good one
model_provider = "azure"  # work
notify = [
  "say",  # aloud
  "done]",
]

[mcp_servers.docs]
command = "npx"
args = ["-y", "docs"]

[projects."/home/me/it's mine"]
trust_level = "trusted"

[model_providers.azure]
name = "Azure"
base_url = "https://azure.example.com"
"""


def refusal(machine: Machine) -> PatchError:
    """The plan refuses, and nothing on the machine changes."""
    before = machine.snapshot()
    with pytest.raises(PatchError) as caught:
        machine.plan(machine.codex)
    assert machine.snapshot() == before
    return caught.value


def assert_only_ours_changed(before: str, after: bytes) -> None:
    old, new = tomllib.loads(before), tomllib.loads(after.decode("utf-8-sig"))
    assert new.pop("model_provider") == "coderouter"
    assert new["model_providers"].pop("coderouter") == TABLE
    old.pop("model_provider", None)
    assert new.pop("model_providers") == old.pop("model_providers", {})
    assert new == old


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize(
    "text",
    [
        TYPICAL,
        TYPICAL.rstrip("\n"),
        TYPICAL + "\n\n",
        "\"model_provider\" = 'azure'\n",
        '  model_provider="azure"',
        'model_provider = """\nazure\\\n  """ # long\nmodel = "x"\n',
        'model_providers.old.name = "Old"\nmodel_providers.old.base_url = "http://old"\nmodel = "x"\n',
        '[model_providers]\nold = { name = "Old", base_url = "http://old" }\n[a]\nb = 1',
        'doc = """\nmodel_provider = "not me"\n[model_providers.coderouter]\n"""\n[t]\nx = 1\n',
        "doc = '''\nmodel_provider = 'not me'''''\n",
        '[[hooks]]\nmodel_provider = "not me"\n[[hooks]]\n[hooks.in]\nmodel_provider = 1979-05-27 07:32:00\n',
        "# only a comment",
        "\n\n",
    ],
)
def test_only_our_keys_differ_and_the_original_comes_back(
    machine: Machine, text: str, bom: bytes, newline: str
) -> None:
    original = bom + text.replace("\n", newline).encode()
    file = machine.write(machine.codex, original)
    machine.patch(machine.codex)
    patched = file.read_bytes()
    assert_only_ours_changed(text, patched)
    assert patched.count(b"\r\n") == (patched.count(b"\n") if b"\r" in original else 0)
    assert machine.restore(machine.codex).outcome is Outcome.RESTORED
    assert file.read_bytes() == original


def test_no_configuration_at_all_is_made_and_removed_again(machine: Machine) -> None:
    machine.patch(machine.codex)
    file = machine.file(machine.codex)
    assert file.read_text() == f'model_provider = "coderouter"\n\n{BLOCK}'
    assert file.stat().st_mode & 0o777 == 0o600
    assert machine.restore(machine.codex).outcome is Outcome.REMOVED
    assert not file.parent.exists()


def test_an_empty_file_comes_back_empty(machine: Machine) -> None:
    file = machine.write(machine.codex, "")
    machine.patch(machine.codex)
    assert machine.restore(machine.codex).outcome is Outcome.RESTORED
    assert file.read_bytes() == b""


def test_the_former_selection_stays_as_a_comment(machine: Machine) -> None:
    file = machine.write(machine.codex, TYPICAL)
    machine.patch(machine.codex)
    expected = TYPICAL.replace(
        'model_provider = "azure"', '# (before coderouter) model_provider = "azure"', 1
    )
    assert file.read_text() == f'model_provider = "coderouter"\n{expected}\n{BLOCK}'


def test_a_schema_comment_stays_the_first_line(machine: Machine) -> None:
    file = machine.write(machine.codex, "#:schema https://example.com/s.json\n# mine\n")
    machine.patch(machine.codex)
    assert file.read_text().splitlines()[:2] == [
        "#:schema https://example.com/s.json",
        'model_provider = "coderouter"',
    ]


@pytest.mark.parametrize(
    "text",
    [
        'model = "x"\nmodel_providers = { old = { name = "Old" } }\n',
        'model = "x"\nmodel_providers = {}\n',
    ],
)
def test_providers_in_braces_are_refused_with_what_to_write(machine: Machine, text: str) -> None:
    machine.write(machine.codex, text)
    error = refusal(machine)
    assert "line 2:" in error.what
    assert f'base_url = "http://127.0.0.1:{PORT}/v1"' in error.next_step
    assert TOKEN not in error.sentence()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('model = "x"\nmodel = "y"\n', 2),
        ('model = "x"\n[a\n', 2),
        ('model = "x"\nb = """', 2),
        ("\n\n[[model_providers]]\nname = 1\n", 1),
        ("model_providers = 1\n", 1),
    ],
)
def test_invalid_files_are_refused_with_their_line(machine: Machine, text: str, line: int) -> None:
    machine.write(machine.codex, text)
    assert f"line {line}:" in refusal(machine).what


@pytest.mark.parametrize(
    "text",
    [
        'a = 1\n[model_providers.coderouter]\nname = "Mine"\nbase_url = "http://x"\n',
        'a = 1\n[model_providers]\ncoderouter.name = "Mine"\n',
        'a = 1\n[model_providers]\ncoderouter = { experimental_bearer_token = "crt_x" }\n',
    ],
)
def test_a_foreign_provider_of_our_name_is_refused(machine: Machine, text: str) -> None:
    machine.write(machine.codex, text)
    assert "did not write" in refusal(machine).what


def test_what_codex_appends_survives(machine: Machine) -> None:
    file = machine.write(machine.codex, TYPICAL)
    machine.patch(machine.codex)
    added = '\n[projects."/home/me/x"]\ntrust_level = "trusted"\n'
    file.write_text(file.read_text() + added)
    assert machine.restore(machine.codex).outcome is Outcome.MERGED
    assert file.read_text() == TYPICAL + added


def test_what_codex_puts_inside_our_markers_survives(machine: Machine) -> None:
    """Codex 0.169.0 adds a table after the last one and keeps trailing comments last."""
    file = machine.write(machine.codex, TYPICAL.rstrip("\n"))
    machine.patch(machine.codex)
    end = "# <<< coderouter <<<\n"
    file.write_text(file.read_text().replace(end, "\n[features]\nunified_exec = true\n" + end))
    machine.restore(machine.codex)
    assert file.read_text() == TYPICAL + "\n[features]\nunified_exec = true\n"


def test_a_former_selection_whose_comment_codex_dropped_comes_back(machine: Machine) -> None:
    """Codex 0.169.0 drops the comment above a table it writes anew."""
    file = machine.write(machine.codex, TYPICAL)
    machine.patch(machine.codex)
    lines = [line for line in file.read_text().splitlines(keepends=True) if "before coderouter" not in line]
    file.write_text("".join(lines))
    machine.restore(machine.codex)
    assert tomllib.loads(file.read_text()) == tomllib.loads(TYPICAL)
    assert file.read_text().startswith('model_provider = "azure"  # work\n')


def test_a_former_selection_that_was_moved_below_a_table_comes_back_at_the_top(machine: Machine) -> None:
    file = machine.write(machine.codex, TYPICAL)
    machine.patch(machine.codex)
    comment = '# (before coderouter) model_provider = "azure"  # work\n'
    file.write_text(file.read_text().replace(comment, "").replace("args =", comment + "args ="))
    machine.restore(machine.codex)
    assert tomllib.loads(file.read_text()) == tomllib.loads(TYPICAL)
    assert "before coderouter" not in file.read_text()


def test_the_model_rewritten_by_codex_survives(machine: Machine) -> None:
    file = machine.write(machine.codex, TYPICAL)
    machine.patch(machine.codex)
    file.write_text(file.read_text().replace("gpt-6.1-sol", "gpt-7"))
    machine.restore(machine.codex)
    assert file.read_text() == TYPICAL.replace("gpt-6.1-sol", "gpt-7")


def test_another_provider_chosen_by_hand_stays(machine: Machine) -> None:
    file = machine.write(machine.codex, 'model = "x"\n')
    machine.patch(machine.codex)
    file.write_text(file.read_text().replace('"coderouter"', '"ollama"', 1))
    report = machine.restore(machine.codex)
    assert report.left == ("model_provider was changed since; it stays as it is.",)
    assert file.read_text() == 'model_provider = "ollama"\nmodel = "x"\n'


def test_a_choice_made_by_hand_between_two_patches_is_the_new_original(machine: Machine) -> None:
    file = machine.write(machine.codex, 'model_provider = "azure"\nmodel = "x"\n')
    machine.patch(machine.codex)
    file.write_text(file.read_text().replace('"coderouter"', '"ollama"', 1))
    machine.patch(machine.codex)
    file.write_text(file.read_text().replace('"x"', '"y"'))
    machine.restore(machine.codex)
    assert tomllib.loads(file.read_text()) == {"model_provider": "ollama", "model": "y"}


def test_our_selection_removed_by_hand_stays_removed(machine: Machine) -> None:
    file = machine.write(machine.codex, 'model = "x"\n')
    machine.patch(machine.codex)
    file.write_text(file.read_text().removeprefix('model_provider = "coderouter"\n'))
    assert machine.restore(machine.codex).left == ()
    assert file.read_text() == 'model = "x"\n'


@pytest.mark.parametrize(
    "addition", ["request_max_retries = 9\n", '[model_providers.coderouter.query]\na = "b"\n']
)
def test_a_table_of_ours_that_was_extended_stays_and_is_reported(machine: Machine, addition: str) -> None:
    file = machine.write(machine.codex, 'model = "x"\n')
    machine.patch(machine.codex)
    file.write_text(file.read_text().replace("# <<<", addition + "# <<<"))
    machine.patch(machine.codex, port=4242)
    report = machine.restore(machine.codex)
    assert report.outcome is Outcome.MERGED
    assert "nothing selects it" in report.left[0]
    values = tomllib.loads(file.read_text())
    assert "model_provider" not in values
    assert values["model_providers"]["coderouter"]["base_url"] == "http://127.0.0.1:4242/v1"


def test_a_removed_file_is_no_trouble(machine: Machine) -> None:
    machine.write(machine.codex, TYPICAL)
    machine.patch(machine.codex)
    machine.file(machine.codex).unlink()
    assert machine.restore(machine.codex).outcome is Outcome.GONE
    assert machine.journal.entries() == ()


def test_a_broken_file_is_left_alone(machine: Machine) -> None:
    file = machine.write(machine.codex, TYPICAL)
    machine.patch(machine.codex)
    broken = file.read_text() + "[oops"
    file.write_text(broken)
    report = machine.restore(machine.codex)
    assert report.outcome is Outcome.LEFT
    assert 'model_provider = "coderouter"' in report.left[-1]
    assert file.read_text() == broken


def test_codex_home_is_honoured_and_links_stay_links(machine: Machine) -> None:
    machine.env["CODEX_HOME"] = str(machine.home / "elsewhere")
    target = machine.home / "codex.toml"
    target.write_text(TYPICAL)
    (machine.home / "elsewhere").mkdir()
    file = machine.home / "elsewhere" / "config.toml"
    file.symlink_to(target)
    machine.patch(machine.codex)
    assert_only_ours_changed(TYPICAL, target.read_bytes())
    machine.restore(machine.codex)
    assert file.is_symlink()
    assert target.read_text() == TYPICAL


def test_a_second_patch_writes_nothing(machine: Machine) -> None:
    machine.write(machine.codex, TYPICAL)
    assert machine.patch(machine.codex).changed
    before = machine.snapshot()
    assert not machine.patch(machine.codex).changed
    assert machine.snapshot() == before


def test_a_new_port_changes_one_line_and_a_new_token_another(machine: Machine) -> None:
    file = machine.write(machine.codex, TYPICAL)
    machine.patch(machine.codex)
    first = file.read_text().splitlines()
    machine.patch(machine.codex, port=4242)
    second = file.read_text().splitlines()
    assert [new for old, new in zip(first, second, strict=True) if old != new] == [
        'base_url = "http://127.0.0.1:4242/v1"'
    ]
    machine.patch(machine.codex, port=4242, token=OTHER_TOKEN)
    assert len([1 for old, new in zip(second, file.read_text().splitlines(), strict=True) if old != new]) == 1
    assert machine.restore(machine.codex).outcome is Outcome.RESTORED
    assert file.read_text() == TYPICAL


def test_a_lost_line_of_our_table_is_put_back(machine: Machine) -> None:
    file = machine.write(machine.codex, TYPICAL)
    machine.patch(machine.codex)
    file.write_text(file.read_text().replace('wire_api = "responses"\n', ""))
    machine.patch(machine.codex)
    assert_only_ours_changed(TYPICAL, file.read_bytes())


def test_ours_without_a_journal_is_never_the_original(machine: Machine) -> None:
    file = machine.write(machine.codex, TYPICAL)
    machine.patch(machine.codex)
    machine.paths.patches_file.unlink()
    machine.patch(machine.codex, port=4242)
    assert machine.restore(machine.codex).outcome is Outcome.RESTORED
    assert file.read_text() == TYPICAL


def test_a_file_that_is_only_ours_without_a_journal_is_removed(machine: Machine) -> None:
    machine.patch(machine.codex)
    machine.paths.patches_file.unlink()
    machine.patch(machine.codex)
    assert machine.restore(machine.codex).outcome is Outcome.REMOVED
    assert not machine.file(machine.codex).exists()


def test_what_keeps_codex_from_starting_is_said_and_not_mended(machine: Machine) -> None:
    text = 'profile = "x"\n[model_providers.old]\nname = "Old"\nwire_api = "chat"\n'
    machine.write(machine.codex, text)
    notes = machine.plan(machine.codex).notes
    assert [note for note in notes if "will not start" in note and "old" in note]
    assert [note for note in notes if "will not start" in note and "profile" in note]
    machine.patch(machine.codex)
    assert_only_ours_changed(text, machine.file(machine.codex).read_bytes())


def test_the_way_back_to_old_sessions_is_said_once(machine: Machine) -> None:
    machine.write(machine.codex, TYPICAL)
    assert "model_provider='\"azure\"' resume" in machine.plan(machine.codex).notes[0]
    machine.patch(machine.codex)
    assert machine.plan(machine.codex).notes == ()


def test_a_proxy_without_an_exception_is_said(machine: Machine) -> None:
    machine.patch(machine.codex)
    machine.env["HTTPS_PROXY"] = "http://user:secret@proxy"
    (note,) = machine.plan(machine.codex).notes
    assert "HTTPS_PROXY" in note
    assert "secret" not in note
    machine.env["NO_PROXY"] = "corp,127.0.0.1"
    assert machine.plan(machine.codex).notes == ()


def session(machine: Machine, provider: str, folder: str = "sessions/2026/11/23") -> Path:
    file = machine.home / ".codex" / folder / "rollout-1.jsonl"
    file.parent.mkdir(parents=True)
    head = {"type": "session_meta", "payload": {"id": "1", "model_provider": provider}}
    file.write_text(json.dumps(head) + "\n{}\n")
    return file


def test_an_inert_table_lets_old_sessions_load_until_it_is_purged(machine: Machine) -> None:
    file = machine.write(machine.codex, TYPICAL)
    machine.patch(machine.codex)
    session(machine, "coderouter")
    assert machine.codex.needs_history_table(machine.env, machine.home)
    report = machine.restore(machine.codex, keep_history_table=True)
    assert report.outcome is Outcome.RESTORED
    assert "inert" in report.left[0]
    values = tomllib.loads(file.read_text())
    assert values["model_provider"] == "azure"
    assert values["model_providers"]["coderouter"] == {
        "name": "OpenAI (was CodeRouter)",
        "requires_openai_auth": True,
    }
    assert file.read_text().startswith(TYPICAL)
    assert machine.restore(machine.codex).outcome is Outcome.RESTORED
    assert file.read_text() == TYPICAL


@pytest.mark.parametrize("text", ["", None])
def test_what_codex_writes_into_a_file_we_began_is_all_that_stays(machine: Machine, text: str | None) -> None:
    if text is not None:
        machine.write(machine.codex, text)
    machine.patch(machine.codex)
    file = machine.file(machine.codex)
    added = '[mcp_servers.foo]\ncommand = "echo"\n'
    file.write_text(file.read_text().replace("\n\n# >>>", f"\n\n{added}\n# >>>"))
    assert machine.restore(machine.codex).outcome is Outcome.MERGED
    assert file.read_text().lstrip() == added


@pytest.mark.parametrize("text", [TYPICAL, None])
def test_an_inert_table_is_replaced_when_we_come_back(machine: Machine, text: str | None) -> None:
    if text is not None:
        machine.write(machine.codex, text)
    machine.patch(machine.codex)
    machine.restore(machine.codex, keep_history_table=True)
    machine.patch(machine.codex, port=4242)
    file = machine.file(machine.codex)
    table = tomllib.loads(file.read_text())["model_providers"]["coderouter"]
    assert table == TABLE | {"base_url": "http://127.0.0.1:4242/v1"}
    machine.restore(machine.codex)
    assert (file.read_text() if file.exists() else None) == text


def test_an_inert_table_goes_from_a_file_that_others_changed(machine: Machine) -> None:
    file = machine.write(machine.codex, TYPICAL)
    machine.patch(machine.codex)
    machine.restore(machine.codex, keep_history_table=True)
    added = '\n[projects."/x"]\ntrust_level = "trusted"\n'
    file.write_text(file.read_text() + added)
    machine.restore(machine.codex)
    assert file.read_text() == TYPICAL + added


def test_an_inert_table_without_a_journal_is_not_an_original(machine: Machine) -> None:
    file = machine.write(machine.codex, TYPICAL)
    machine.patch(machine.codex)
    machine.restore(machine.codex, keep_history_table=True)
    machine.paths.patches_file.unlink()
    machine.patch(machine.codex)
    machine.restore(machine.codex)
    assert file.read_text() == TYPICAL


def test_the_client_is_found_by_command_or_by_its_home(machine: Machine) -> None:
    detect = machine.codex.detect
    assert not detect(machine.env, machine.home).installed
    (machine.home / ".codex").mkdir()
    assert "exists" in detect(machine.env, machine.home).evidence
    binary = machine.root / "bin" / "codex"
    binary.parent.mkdir()
    binary.write_text("#!/bin/sh\n")
    binary.chmod(0o755)
    assert detect({"PATH": str(binary.parent)}, machine.home).evidence == f"command {binary}"
