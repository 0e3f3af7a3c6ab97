"""`lane`: who picks the model."""

import asyncio
import http.client
import json
import tomllib
from contextlib import closing

from coderouter_cli.daemon.process import find
from coderouter_cli.demo.provider import ScriptedProvider
from coderouter_cli.system.local_token import load_token
from tests.cli.home import KEY, Home, urls

CONFIG = """\
# mine
port = 7123 # a good one

lane = "smart"   # who picks
[lanes] # exceptions
# none yet
[limits]
connect_s = 3
"""


def test_without_a_file_the_router_picks(home: Home) -> None:
    done = home.run("lane")

    assert (done.code, done.out) == (0, "smart: the router picks the model.\n")
    assert home.run("lane", "--json").data == {"lane": "smart", "lanes": {}}
    assert home.snapshot() == {}


def test_setting_keeps_the_users_comments(home: Home) -> None:
    home.write(home.config, CONFIG)

    everyone = home.run("lane", "direct", "--json")
    codex = home.run("lane", "smart", "--client", "codex")

    assert everyone.data == {"lane": "direct", "lanes": {}, "reloaded": False}
    assert "codex: smart (the router picks the model)" in codex.out
    assert "The daemon does not run" in codex.out
    assert home.config.read_text() == CONFIG.replace('"smart"   #', '"direct"   #').replace(
        "[lanes] # exceptions\n", '[lanes] # exceptions\ncodex = "smart"\n'
    )


def test_a_first_setting_makes_the_file(home: Home) -> None:
    assert home.run("lane", "direct", "--client", "claude-code").code == 0
    assert tomllib.loads(home.config.read_text()) == {"lanes": {"claude-code": "direct"}}
    assert home.run("lane", "--json").data == {"lane": "smart", "lanes": {"claude-code": "direct"}}


def ask(home: Home) -> dict[str, str]:
    """One small request of an SDK for Opus; the answer's headers."""
    running, token = find(home.paths), load_token(home.paths.token_file)
    assert running is not None
    assert token is not None
    body = {
        "model": "claude-opus-4-7",
        "max_tokens": 100,
        "messages": [{"role": "user", "content": "Fix the typo in README.md."}],
    }
    headers = {
        "x-api-key": token.reveal(),
        "content-type": "application/json",
        "anthropic-version": "2023-06-01",
    }
    with closing(http.client.HTTPConnection("127.0.0.1", running.hint.port, timeout=30)) as connection:
        connection.request("POST", "/v1/messages", json.dumps(body), headers)
        reply = connection.getresponse()
        assert reply.status == 200, reply.read()
        return {name.lower(): value for name, value in reply.getheaders()}


async def test_a_running_daemon_obeys_at_once(home: Home) -> None:
    home.variables |= {"ANTHROPIC_API_KEY": KEY, "DEEPSEEK_API_KEY": KEY}
    async with ScriptedProvider() as provider:

        def story() -> None:
            started = home.run(
                "init", "--yes", "--no-verify", "--key-store", "file", "--port", "0", *urls(provider)
            )
            assert started.code == 0, started
            smart = ask(home)
            assert smart["x-coderouter-lane"] == "smart"
            assert smart["x-coderouter-model"] != "claude-opus-4-7"

            assert home.run("lane", "direct", "--json").data["reloaded"] is True
            direct = ask(home)
            assert direct["x-coderouter-lane"] == "direct"
            assert direct["x-coderouter-model"] == "claude-opus-4-7"

            assert home.run("lane", "smart", "--client", "unknown").code == 0
            assert home.run("lane", "smart", "--client", "sdk").code == 0
            assert ask(home)["x-coderouter-lane"] == "smart"

        await asyncio.to_thread(story)
