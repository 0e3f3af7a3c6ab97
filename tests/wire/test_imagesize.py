import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.domain.model import ImageRule
from coderouter_cli.wire.imagesize import UNSEEN_TOKENS, image_size, image_tokens
from tests.wire.pictures import gif, jpeg, png, webp

SIDES = st.integers(1, 16_000)
LARGE = ImageRule(28, 2576, 4784)
OPENAI = ImageRule(32, 6000, 10_000)


@given(SIDES, SIDES, st.integers(0, 200_000))
def test_every_format_tells_its_size(width: int, height: int, before: int) -> None:
    files = [png(width, height), gif(width, height), jpeg(width, height, before)]
    files += [webp(width, height, kind) for kind in (b"VP8X", b"VP8L", b"VP8 ")]
    assert {image_size(data) for data in files} == {(width, height)}


@pytest.mark.parametrize("frame", [0xC0, 0xC1, 0xC3, 0xC9, 0xCF])
def test_every_kind_of_jpeg_tells_its_size(frame: int) -> None:
    assert image_size(jpeg(640, 480, frame=frame)) == (640, 480)


@pytest.mark.parametrize(
    "data",
    ["", "A", "AAAA", "not base64!", png(10, 0), png(1, 1)[:20], jpeg(5, 5)[:16], "/9j/AAAA", "\ud83d"],
)
def test_what_is_no_image_has_no_size(data: str) -> None:
    assert image_size(data) is None


@given(st.binary(max_size=200).map(lambda data: data.hex()) | st.text(max_size=200))
def test_anything_may_come_for_an_image(data: str) -> None:
    image_size(data)


@pytest.mark.parametrize(
    ("size", "rule", "tokens"),
    [
        # the vendors' own examples
        ((1000, 1000), ImageRule(), 1296),
        ((1920, 1080), LARGE, 2691),
        ((1024, 1024), OPENAI, 1024),
        ((1800, 2400), ImageRule(32, 2048, 1536), 1452),
        ((1, 1), LARGE, 1),
        (None, LARGE, UNSEEN_TOKENS),
        (None, ImageRule(most=100), 100),
    ],
)
def test_tokens_of_an_image(size: tuple[int, int] | None, rule: ImageRule, tokens: int) -> None:
    assert image_tokens(size, rule) == tokens


@given(SIDES, SIDES, st.sampled_from([ImageRule(), LARGE, OPENAI]))
def test_an_image_is_scaled_down_to_what_a_model_sees_but_no_further(
    width: int, height: int, rule: ImageRule
) -> None:
    tokens = image_tokens((width, height), rule)
    whole = -(-width // rule.patch) * -(-height // rule.patch)
    assert 1 <= tokens <= min(whole, rule.most)
    if whole <= rule.most and max(width, height) <= rule.longest:
        assert tokens == whole
    elif 3 * max(width, height) < 5 * min(width, height):
        assert tokens > 0.9 * rule.most
