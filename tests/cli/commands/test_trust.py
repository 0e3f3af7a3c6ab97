"""`trust`: a policy is read by the person first, and holds as it was then."""

import asyncio
import json
from pathlib import Path

import pytest

from coderouter_cli.daemon.process import find
from coderouter_cli.demo.provider import ScriptedProvider
from coderouter_cli.storage.repository import POLICY_FILE
from coderouter_cli.storage.trust import TrustStore
from tests.cli.commands.test_lane import ask
from tests.cli.home import KEY, Home, urls

POLICY = '# ours\ndeny_providers = ["deepseek"]\n\n[budget]\ndaily_usd = 5\n'


@pytest.fixture
def repository(home: Home) -> Path:
    root = home.user / "repo"
    (root / "src").mkdir(parents=True)
    (root / POLICY_FILE).write_text(POLICY)
    return root


def test_it_is_shown_and_trusted_from_any_directory_below(home: Home, repository: Path) -> None:
    done = home.run("trust", str(repository / "src"), "--yes")
    listed = home.run("trust", "--list", "--json").data["trusted"]

    assert done.code == 0, done
    assert '  deny_providers = ["deepseek"]' in done.out
    assert "its budget is only shown" in done.out
    assert f"Trusted: {repository}." in done.out
    assert [(one["root"], one["standing"]) for one in listed] == [(str(repository), "same")]
    assert home.run("trust", "--list").out.rstrip().endswith("holds.")


def test_without_a_yes_nothing_is_trusted(home: Home, repository: Path) -> None:
    done = home.run("trust", str(repository))

    assert done.code == 64
    assert "add --yes" in done.err
    assert TrustStore(home.paths).all() == ()


def test_nothing_to_trust(home: Home, repository: Path) -> None:
    (repository / POLICY_FILE).unlink()
    none = home.run("trust", str(repository), "--yes")
    both = home.run("trust", "--list", "--revoke")
    unknown = home.run("trust", str(repository), "--revoke", "--json")

    assert none.code == both.code == unknown.code == 64
    assert "There is no .coderouter.toml" in none.err
    assert "in no trusted repository" in unknown.error["message"]
    assert "No repository is trusted" in home.run("trust", "--list").out


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[providers.x]\nurl = "http://e"', 'unknown key "providers"'),
        ("lane = 3", "lane is 3"),
        ("\xff", "UTF-8"),
    ],
)
def test_a_broken_policy_is_refused_with_its_line(home: Home, repository: Path, text: str, says: str) -> None:
    (repository / POLICY_FILE).write_bytes(text.encode("latin-1"))
    done = home.run("trust", str(repository), "--yes")

    assert done.code == 78
    assert "line 1" in done.err
    assert says in done.err
    assert TrustStore(home.paths).all() == ()


def test_a_link_is_refused(home: Home, repository: Path) -> None:
    (repository / POLICY_FILE).rename(repository / "other.toml")
    (repository / POLICY_FILE).symlink_to("other.toml")

    done = home.run("trust", str(repository), "--yes")

    assert done.code == 78
    assert "symbolic link" in done.err


def test_what_would_steer_the_terminal_is_not_shown_and_odd_names_are_noted(
    home: Home, repository: Path
) -> None:
    (repository / POLICY_FILE).write_text('deny_models = ["nobody"] # \u202e\u009b31m\n')

    done = home.run("trust", str(repository), "--yes")

    assert done.code == 0, done
    assert "\u202e" not in done.out
    assert "\u009b" not in done.out
    assert "deny_models names a model that nobody here knows: nobody." in done.out


def test_a_changed_file_is_told_until_it_is_trusted_again(home: Home, repository: Path) -> None:
    home.run("trust", str(repository), "--yes")
    (repository / POLICY_FILE).write_text("")

    status = home.run("status")
    listed = home.run("trust", "--list")

    assert f"policy of {repository}: its file has changed" in status.out
    assert "what was trusted holds until" in listed.out
    assert len(home.run("status", "--json").data["policies_changed"]) == 1
    home.run("trust", str(repository), "--yes")
    assert "its file has changed" not in home.run("status").out


def test_trust_is_taken_back_by_any_spelling_also_of_what_is_gone(home: Home, repository: Path) -> None:
    link = home.user / "link"
    link.symlink_to(repository)
    home.run("trust", str(link), "--yes")
    assert [len(one.roots) for one in TrustStore(home.paths).all()] == [2]

    (repository / POLICY_FILE).unlink()
    done = home.run("trust", str(repository / "src"), "--revoke")

    assert f"No longer trusted: {repository}." in done.out
    assert TrustStore(home.paths).all() == ()


async def test_a_running_daemon_reads_it_at_once(home: Home, repository: Path) -> None:
    home.variables |= {"DEEPSEEK_API_KEY": KEY}
    async with ScriptedProvider() as provider:

        def story() -> None:
            home.run("init", "--yes", "--no-verify", "--key-store", "file", "--port", "0", *urls(provider))
            assert find(home.paths) is not None
            assert home.run("trust", str(repository), "--yes", "--json").data["reloaded"] is True
            assert ask(home)["x-coderouter-model"].startswith("deepseek")  # from elsewhere

        await asyncio.to_thread(story)


def test_the_list_holds_no_more_than_it_must(home: Home, repository: Path) -> None:
    home.run("trust", str(repository), "--yes")
    written = json.loads(home.paths.trusted_file.read_text())
    assert set(written) == {"version", "trusted"}
    assert set(written["trusted"][0]) == {"roots", "sha256", "at", "policy"}
