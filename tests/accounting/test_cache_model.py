from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.accounting.cache_model import elsewhere, uncached
from coderouter_cli.domain.model import Capabilities, Model
from coderouter_cli.domain.money import Picodollars
from coderouter_cli.domain.rates import RateCard, Rates
from coderouter_cli.domain.usage import Usage

counts = st.integers(0, 10**6)


def model(name: str, factor: float, *, provider: str = "anthropic", write: int = 5_000_000) -> Model:
    rates = Rates(*map(Picodollars, (4_000_000, 200_000, write, 8_000_000, 20_000_000)))
    return Model(
        id=name,
        provider=provider,
        family=name,
        max_input=10**6,
        max_output=10**5,
        capabilities=Capabilities(),
        quality={},
        card=RateCard(name, rates),
        cache_ttl_s=300,
        cache_min_tokens=512,
        token_factor=factor,
    )


OPUS = model("opus", 1.3)
LUNA = model("luna", 0.8, provider="openai")


def test_the_prompt_is_carried_over_to_the_other_tokenizer() -> None:
    # 40,000 tokens of an 0.8 tokenizer are 65,000 of a 1.3 one; nine tenths of them were warm there.
    usage = Usage(input=4_000, cache_read=36_000, output=800, reasoning=300)
    there = elsewhere(usage, LUNA, OPUS, warm=45_000, estimate=50_000)
    assert there == Usage(cache_read=58_500, cache_write=6_500, output=1_300)


def test_only_the_ratio_of_the_estimate_counts() -> None:
    usage = Usage(input=40_000, output=800)
    assert elsewhere(usage, LUNA, OPUS, warm=9, estimate=10) == elsewhere(
        usage, LUNA, OPUS, warm=90_000, estimate=100_000
    )


def test_nothing_warm_is_all_written() -> None:
    assert elsewhere(Usage(input=1000), OPUS, OPUS, warm=0, estimate=1000) == Usage(cache_write=1000)
    assert elsewhere(Usage(input=1000), OPUS, OPUS, warm=50, estimate=0) == Usage(cache_write=1000)


def test_the_clients_long_cache_stays_long() -> None:
    usage = Usage(input=10, cache_write_long=9_990)
    assert elsewhere(usage, OPUS, OPUS, warm=0, estimate=10_000) == Usage(cache_write_long=10_000)
    mixed = Usage(cache_write=6_000, cache_write_long=4_000)
    assert elsewhere(mixed, OPUS, OPUS, warm=0, estimate=10_000) == Usage(cache_write=10_000)


def test_a_service_tier_holds_within_its_provider() -> None:
    usage = Usage(input=1000, tier="flex")
    assert elsewhere(usage, LUNA, LUNA, warm=0, estimate=1).tier == "flex"
    assert elsewhere(usage, LUNA, OPUS, warm=0, estimate=1).tier is None


@given(st.builds(Usage, input=counts, cache_read=counts, cache_write=counts, output=counts), counts, counts)
def test_on_one_tokenizer_no_token_is_lost(usage: Usage, warm: int, total: int) -> None:
    there = elsewhere(usage, OPUS, OPUS, warm=warm, estimate=total)
    assert (there.prompt, there.output) == (usage.prompt, usage.output)
    assert uncached(usage, OPUS, OPUS) == Usage(input=usage.prompt, output=usage.output)


def test_uncached_is_all_plain_input() -> None:
    usage = Usage(input=100, cache_read=39_900, output=80, tier="priority")
    assert uncached(usage, LUNA, OPUS) == Usage(input=65_000, output=130)
