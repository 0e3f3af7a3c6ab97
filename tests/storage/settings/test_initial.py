from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.domain.decision import Lane
from coderouter_cli.domain.phase import Phase
from coderouter_cli.routing.control import Rules
from coderouter_cli.storage.settings import (
    CLIENTS,
    CountTokens,
    KeyStoreKind,
    Limits,
    ModelSettings,
    Prices,
    ProviderSettings,
    Settings,
    Strategy,
    initial_toml,
    parse_settings,
)

names = st.text(min_size=1, max_size=12).filter(lambda text: bool(text.strip()))
tokens = st.integers(1, 10_000_000)
prices = st.decimals(0, 1000, places=4)
seconds = st.integers(1, 3600).map(float) | st.sampled_from([0.5, 2.25])
maybe_prices = st.none() | prices

providers = st.builds(
    ProviderSettings,
    url=st.none() | st.sampled_from(["https://api.example.com/v1", "http://localhost:11434"]),
    formats=st.lists(st.sampled_from(FormatName), unique=True).map(tuple),
    key_env=st.none() | st.from_regex(r"[A-Z_][A-Z0-9_]{0,8}", fullmatch=True),
    auth=st.sampled_from([None, "bearer", "x-api-key"]),
    keyless=st.none() | st.booleans(),
    dialect=st.sampled_from([{}, {"images": False, "effort_map": {"max": "high"}}]),
    by_format=st.sampled_from([{}, {FormatName.OPENAI_CHAT: {"path": "/chat", "inherit": "zai-chat"}}]),
)
models = st.builds(
    ModelSettings,
    id=names,
    provider=names,
    max_input=tokens,
    max_output=tokens,
    prices=st.none() | st.builds(Prices, prices, prices, maybe_prices, maybe_prices, maybe_prices),
    quality=st.dictionaries(st.sampled_from(Phase), st.integers(0, 100)),
    wire_name=st.none() | names,
    vision=st.booleans(),
    tools=st.booleans(),
    efforts=st.sampled_from([(), ("low", "high")]),
    sampling=st.booleans(),
    structured_output=st.booleans(),
    forced_tool_choice=st.booleans(),
    thinking_can_be_off=st.booleans(),
)
patterns = st.lists(names, unique=True, max_size=3).map(tuple)
bounds = {
    "pins": st.dictionaries(st.sampled_from(Phase), names, max_size=2),
    "floors": st.dictionaries(st.sampled_from(Phase), st.integers(0, 100), max_size=2),
    "allow_models": patterns,
    "deny_models": patterns,
    "allow_providers": patterns,
    "deny_providers": patterns,
}
rules = st.builds(Rules, **bounds)
client_rules = st.builds(
    Rules, strategy=st.none() | st.sampled_from(Strategy).map(lambda word: word.value), **bounds
).filter(lambda rules: rules != Rules())
all_settings = st.builds(
    Settings,
    port=st.integers(1024, 65535),
    strategy=st.sampled_from(Strategy),
    lane=st.sampled_from(Lane),
    key_store=st.sampled_from(KeyStoreKind),
    max_regret_pct=st.integers(0, 1000),
    rules=rules,
    clients=st.dictionaries(st.sampled_from(CLIENTS), client_rules),
    upstream_proxy=st.sampled_from([None, "http://proxy.example.com:3128"]),
    lanes=st.dictionaries(st.sampled_from(CLIENTS), st.sampled_from(Lane)),
    limits=st.builds(
        Limits,
        seconds,
        seconds,
        seconds,
        st.integers(1, 1024).map(lambda mib: mib * 1024 * 1024),
        st.integers(1, 10_000),
    ),
    count_tokens=st.builds(CountTokens, st.booleans()),
    providers=st.dictionaries(names, providers, max_size=3),
    models=st.lists(models, max_size=3, unique_by=lambda model: model.id).map(tuple),
)


@given(all_settings)
def test_what_is_written_is_read_back(settings: Settings) -> None:
    assert parse_settings(initial_toml(settings).encode(), "config.toml") == settings


def test_the_first_file_shows_what_every_user_may_want_to_change() -> None:
    text = initial_toml(Settings())

    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert lines == ["port = 6237", 'strategy = "balanced"', 'lane = "smart"', 'key_store = "keyring"']
    assert text.startswith("#")


def test_prices_keep_every_digit() -> None:
    model = ModelSettings("m", "p", 1, 1, prices=Prices(Decimal("0.0028"), Decimal("1E-7")))

    (again,) = parse_settings(initial_toml(Settings(models=(model,))).encode(), "config.toml").models

    assert again.prices == model.prices
