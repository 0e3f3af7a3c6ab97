import subprocess
import sys
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.domain.decision import Lane
from coderouter_cli.domain.phase import Phase
from coderouter_cli.errors import ConfigError, UnsafeFileError
from coderouter_cli.routing.control import Rules
from coderouter_cli.storage.settings import (
    CountTokens,
    KeyStoreKind,
    Limits,
    ModelSettings,
    Prices,
    ProviderSettings,
    Settings,
    Strategy,
    load_settings,
    parse_settings,
)
from coderouter_cli.system.paths import Paths

FULL = """\
port = 7001
strategy = "frugal"
lane = "direct"
key_store = "file"
max_regret_pct = 0
deny_models = ["a", "b", "a"]
upstream_proxy = "http://proxy.example.com:3128/"

[lanes]
codex = "smart"
claude-code = "direct"

[limits]
connect_s = 1.5
first_event_s = 60
gap_s = 30
max_body_mib = 8
max_exchanges = 4

[providers.anthropic]
url = "https://gateway.example.com/anthropic/"
key_env = "WORK_ANTHROPIC_KEY"

[providers.home]
url = "http://localhost:11434"
formats = ["anthropic_messages", "openai_chat"]
auth = "x-api-key"

[[models]]
id = "qwen-home"
provider = "home"
max_input = 64000
max_output = 8000
wire_name = "qwen3:32b"
quality = 55
vision = true
tools = false

[[models]]
id = "priced"
provider = "home"
max_input = 64000
max_output = 8000
prices = { input = 0.14, output = 1, cache_read = 0.0028 }
quality = { plan = 70, debug = 10 }
"""


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths.from_environ({"CODEROUTER_HOME": str(tmp_path)})


def test_tokens_are_counted_exactly_only_for_those_who_wish_it() -> None:
    assert parse_settings(b"[count_tokens]", "c").count_tokens == CountTokens(exact=False)
    assert parse_settings(b"[count_tokens]\nexact = true", "c").count_tokens == CountTokens(exact=True)


def refused(text: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        parse_settings(text.encode(), "config.toml")
    return caught.value


def test_no_file_means_the_defaults(paths: Paths) -> None:
    settings = load_settings(paths)

    assert settings == Settings()
    assert settings.port == 6237
    assert settings.strategy is Strategy.BALANCED
    assert settings.lane is Lane.SMART
    assert settings.max_regret_pct == 20
    assert settings.limits == Limits(5.0, 120.0, 120.0, 33_554_432, 64)


def test_an_empty_file_means_the_defaults() -> None:
    assert parse_settings(b"", "config.toml") == Settings()


def test_everything_is_read(paths: Paths) -> None:
    paths.config_file.write_text(FULL)
    paths.config_file.chmod(0o600)

    assert load_settings(paths) == Settings(
        port=7001,
        strategy=Strategy.FRUGAL,
        lane=Lane.DIRECT,
        key_store=KeyStoreKind.FILE,
        max_regret_pct=0,
        rules=Rules(deny_models=("a", "b")),
        upstream_proxy="http://proxy.example.com:3128",
        lanes={"codex": Lane.SMART, "claude-code": Lane.DIRECT},
        limits=Limits(1.5, 60.0, 30.0, 8 * 1024 * 1024, 4),
        providers={
            "anthropic": ProviderSettings(
                url="https://gateway.example.com/anthropic", key_env="WORK_ANTHROPIC_KEY"
            ),
            "home": ProviderSettings(
                url="http://localhost:11434",
                formats=(FormatName.ANTHROPIC_MESSAGES, FormatName.OPENAI_CHAT),
                auth="x-api-key",
            ),
        },
        models=(
            ModelSettings(
                id="qwen-home",
                provider="home",
                max_input=64_000,
                max_output=8_000,
                quality=dict.fromkeys(Phase, 55),
                wire_name="qwen3:32b",
                vision=True,
                tools=False,
            ),
            ModelSettings(
                id="priced",
                provider="home",
                max_input=64_000,
                max_output=8_000,
                prices=Prices(Decimal("0.14"), Decimal(1), Decimal("0.0028")),
                quality={Phase.PLAN: 70, Phase.DEBUG: 10},
            ),
        ),
    )


def test_a_client_without_a_lane_of_its_own_takes_everybodys() -> None:
    settings = parse_settings(b'lane = "direct"\n[lanes]\ncodex = "smart"', "config.toml")

    assert settings.lane_for("codex") is Lane.SMART
    assert settings.lane_for("cursor") is Lane.DIRECT


def test_prices_are_exact_picodollars_per_token() -> None:
    rates = Prices(Decimal("0.14"), Decimal("0.28"), Decimal("0.0028")).rates()

    assert (rates.input, rates.cache_read, rates.output) == (140_000, 2_800, 280_000)
    assert rates.cache_write == rates.input
    assert rates.cache_write_long == rates.input


def test_a_price_of_zero_is_zero_and_not_unknown() -> None:
    rates = Prices(Decimal(2), Decimal(3), Decimal(0), Decimal(0)).rates()

    assert (rates.cache_read, rates.cache_write, rates.cache_write_long) == (0, 0, 0)


def test_settings_cannot_be_changed_by_accident() -> None:
    settings = parse_settings(FULL.encode(), "config.toml")

    with pytest.raises(TypeError):
        settings.lanes["codex"] = Lane.DIRECT  # type: ignore[index]  # what must not work


@pytest.mark.parametrize(
    ("text", "line", "says", "step"),
    [
        ('\n\nstratgy = "frugal"', 3, 'unknown key "stratgy"', 'Did you mean "strategy"?'),
        ("x_y_z = 1", 1, 'unknown key "x_y_z"', "Accepted: allow_models, allow_providers, clients,"),
        (
            '# c\nstrategy = "fruggal"',
            2,
            'strategy is "fruggal"',
            'Did you mean "frugal"? Accepted: balanced,',
        ),
        ("strategy = 1", 1, "strategy is 1", "Accepted: balanced, frugal or quality."),
        ('port = "6237"', 1, 'port is "6237"', "a whole number from 1024 to 65535"),
        ("port = 80", 1, "port is 80", "from 1024"),
        ("port = 70000", 1, "port is 70000", "to 65535"),
        ("port = true", 1, "port is true", "a whole number"),
        ("port = 6237.0", 1, "port is 6237.0", "a whole number"),
        ('lane = "fast"', 1, 'lane is "fast"', "direct or smart"),
        ('key_store = "keychain"', 1, 'key_store is "keychain"', 'Did you mean "keyring"?'),
        ("max_regret_pct = -1", 1, "max_regret_pct is -1", "from 0"),
        ('deny_models = "a"', 1, 'deny_models is "a"', "a list"),
        ("deny_models = [1]", 1, "deny_models is a list", "texts"),
        ('[pins]\nplanning = "m"', 2, 'unknown key "planning"', 'Did you mean "plan"?'),
        ("[pins]\nplan = 1", 2, "pins.plan is 1", "a text in quotes"),
        ("[floors]\ndebug = 101", 2, "floors.debug is 101", "from 0 to 100"),
        ('[floors]\ndebug = "high"', 2, 'floors.debug is "high"', "a whole number"),
        (
            '[clients.claude]\nstrategy = "frugal"',
            1,
            'unknown client "claude"',
            'Did you mean "claude-code"?',
        ),
        ('[clients.codex]\nlane = "direct"', 2, 'unknown key "lane"', "Accepted: allow_models"),
        ('[clients.codex]\nstrategy = "cheap"', 2, 'clients.codex.strategy is "cheap"', "balanced, frugal"),
        ('[lanes]\n\nclaude = "smart"', 3, 'unknown client "claude"', 'Did you mean "claude-code"?'),
        ("lanes = 1", 1, "lanes is 1", "[lanes]"),
        ('[lanes]\ncodex = "quick"', 2, 'lanes.codex is "quick"', "direct or smart"),
        ("[count_tokens]\nexcat = true", 2, 'unknown key "excat"', 'Did you mean "exact"?'),
        ("[count_tokens]\nexact = 1", 2, "count_tokens.exact is 1", "true or false"),
        ("[limits]\ngap = 3", 2, 'unknown key "gap"', 'Did you mean "gap_s"?'),
        ("[limits]\ngap_s = 0", 2, "gap_s is 0", "more than 0"),
        ("[limits]\ngap_s = inf", 2, "limits.gap_s is Infinity", "a number"),
        ("[limits]\ngap_s = nan", 2, "limits.gap_s is NaN", "a number"),
        ("[limits]\nmax_body_mib = 4096", 2, "limits.max_body_mib is 4096", "to 1024"),
        ('[providers.x]\nurl = "http://x.example"', 2, "providers.x.url: the URL's scheme is http", ""),
        ('[providers.x]\nurl = ""', 2, 'providers.x.url is ""', "not empty"),
        ('[providers.x]\nformats = ["openai"]', 2, 'providers.x.formats is "openai"', "Did you mean"),
        ('[providers.x]\nauth = "basic"', 2, 'providers.x.auth is "basic"', "bearer or x-api-key"),
        ('[providers.x]\napi_key = "sk-123"', 2, '"api_key" does not belong here', "coderouter keys set"),
        ('[providers."a.b"]\nkey_env = "A-B"', 2, "not a variable's name", ""),
        ("providers = []", 1, "providers is a list", "a table"),
        ('[providers.x]\nkeyless = "no"', 2, 'providers.x.keyless is "no"', "true or false"),
        ("[providers.x]\n\n[providers.x.dialect]\nimage = true", 3, "providers.x.dialect.image", ""),
        ("[providers.x]\ndialect = { efforts = 1 }", 2, "x.dialect.efforts: it must be a list", ""),
        ("[providers.x]\ndialect = { max_stops = 0 }", 2, "x.dialect.max_stops: it must be", ""),
        ("[providers.x]\ndialect = { max_output = -1 }", 2, "x.dialect.max_output: it must be", ""),
        ("[providers.x]\ndialect = { temperatures = [1, 0] }", 2, "x.dialect.temperatures: ", ""),
        ("[providers.x]\ndialect = { thinking_budgets = { low = -1 } }", 2, "thinking_budgets.low: ", ""),
        ('[providers.x]\nurl = "https://h%00/x"', 2, "providers.x.url: this is not a URL", ""),
        (FULL.replace("max_input = 64000", "max_input = 0"), 32, "max_input is 0", "from 1"),
        (FULL.replace("max_output = 8000", "max_output = -8000"), 33, "max_output is -8000", "from 1"),
        ('[providers.x.openai_chat]\ninherit = "gpt"', 1, "x.openai_chat.inherit: there is no", ""),
        ('[providers.x.openai_chat]\npath = "chat"', 1, "x.openai_chat.path: not a path", ""),
        ("[providers.x]\nopenai_chat = 3", 2, "providers.x.openai_chat is 3", "a table"),
        ('[[providers.x.models]]\nid = "m"\nmax_input = 1', 1, "no max_output", ""),
        ('[providers.x]\nmodels = ["m"]', 2, "providers.x.models is a list", "list of tables"),
        ('upstream_proxy = "socks5://x:1"', 1, "upstream_proxy: this is not a proxy's address", ""),
        ("models = [1]", 1, "models is a list", "[[models]]"),
        ('[[models]]\nprovider = "x"', 1, "models[1] has no id", 'id = "..."'),
        ('[[models]]\nid = "m"\nprovider = "x"', 1, "no max_input", "tokens"),
        (FULL + "[[models]]\nid = 1", 47, "models[3].id is 1", "a text"),
        (FULL + FULL[FULL.index("[[models]]") :], 47, 'two models "qwen-home"', ""),
        (FULL.replace("output = 1,", ""), 44, "prices has no output", "USD per million"),
        (FULL.replace("0.14", "-1"), 44, "models[2].prices.input is -1", "from 0"),
        (FULL.replace("debug = 10", "debugg = 10"), 45, 'unknown key "debugg"', 'Did you mean "debug"?'),
        (FULL.replace("debug = 10", "debug = 101"), 45, "quality.debug is 101", "to 100"),
        (FULL.replace("quality = 55", 'quality = "good"'), 35, 'quality is "good"', "from 0 to 100"),
        (FULL.replace("vision = true", 'vision = "yes"'), 36, 'vision is "yes"', "true or false"),
        ("port = 1979-05-27", 1, "port is a date or a time", "a whole number"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_what_is_accepted(
    text: str, line: int, says: str, step: str
) -> None:
    error = refused(text)

    assert str(error).startswith(f"config.toml, line {line}: ")
    assert says in str(error)
    assert step in error.next_step
    assert error.exit_code == 78


def test_a_key_pasted_into_the_file_is_not_repeated() -> None:
    key = "sk-ant-api03-0123456789abcdefghijklmnop"
    for text in (
        f'[providers.anthropic]\nkey_env = "{key}"',
        f'[providers.anthropic]\napi_key = "{key}"',
        f'strategy = "{key}"',
        f'[providers.anthropic]\nurl = "{key}"',
        f'[providers.anthropic]\nauth = "{key}"',
        f"max_regret_pct = '{key}'",
        f'[providers.x.dialect]\nthinking_on = "{key}"',
        f'[providers.x.dialect]\nfold_system = "{key}"',
        f'[providers.x.openai_chat]\ninherit = "{key}"',
        f'[providers.x.openai_chat]\npath = "{key}"',
    ):
        assert key not in refused(text).sentence()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"port = ", "line 1"),
        (b"port = 1\nport = 2", "line 2"),
        (b"a = 1\n\xff = 2", "line 2: not UTF-8"),
        (b"a = " + b"[" * 100_000, "config.toml"),
    ],
)
def test_what_is_not_toml_is_an_error_with_its_line(data: bytes, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        parse_settings(data, "config.toml")


def test_a_byte_order_mark_and_crlf_are_accepted() -> None:
    assert parse_settings(b"\xef\xbb\xbfport = 7000\r\n[lanes]\r\n", "config.toml").port == 7000


def test_a_file_others_can_write_is_refused(paths: Paths) -> None:
    paths.config_file.write_text("port = 7000")
    paths.config_file.chmod(0o666)

    with pytest.raises(UnsafeFileError):
        load_settings(paths)


@given(st.binary(max_size=200))
def test_any_bytes_give_settings_or_an_error_of_ours(data: bytes) -> None:
    with suppress(ConfigError):
        assert isinstance(parse_settings(data, "config.toml"), Settings)


def test_reading_settings_loads_neither_database_nor_keyring() -> None:
    script = (
        "import sys, coderouter_cli.storage.settings, coderouter_cli.system.paths\n"
        "print([name for name in ('sqlite3', 'keyring', 'psutil', 'filelock', 'asyncio', 'aiohttp')"
        " if name in sys.modules])"
    )

    assert (
        subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout.strip()
        == b"[]"
    )


OWN = """
[providers.mine]
url = "http://127.0.0.1:8000/v1"
formats = ["openai_chat"]
keyless = true
dialect = { developer_role = true, effort_map = { xhigh = "max" } }

[providers.mine.anthropic_messages]
path = "/skin/messages"
inherit = "deepseek-anthropic"
images = true

[[providers.mine.models]]
id = "qwen-home"
max_input = 64000
max_output = 8000
efforts = ["low", "high"]
sampling = false
forced_tool_choice = false
"""


def test_a_provider_its_dialect_and_its_models_are_one_table() -> None:
    settings = parse_settings(OWN.encode(), "config.toml")
    assert settings.providers["mine"] == ProviderSettings(
        url="http://127.0.0.1:8000/v1",
        formats=(FormatName.OPENAI_CHAT,),
        keyless=True,
        dialect={"developer_role": True, "effort_map": {"xhigh": "max"}},
        by_format={
            FormatName.ANTHROPIC_MESSAGES: {
                "path": "/skin/messages",
                "inherit": "deepseek-anthropic",
                "images": True,
            }
        },
    )
    (model,) = settings.models
    assert (model.id, model.provider, model.efforts) == ("qwen-home", "mine", ("low", "high"))
    assert (model.sampling, model.forced_tool_choice, model.thinking_can_be_off) == (False, False, True)
