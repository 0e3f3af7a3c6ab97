"""What a provider could not do, read from its words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.domain.failure import Capability, Failure, FailureKind
from coderouter_cli.wire.refusals import REJECTED, refused_in, with_refused

C = Capability
_JSON = "Failed to deserialize the JSON body into the target type: "

WORDINGS = [
    # Anthropic
    (
        "max_tokens: 128000 > 64000, which is the maximum allowed number of tokens for m",
        "output_limit:64000",
    ),
    (
        "input length and `max_tokens` exceed context limit: 190000 + 21333 > 200000, decrease input length",
        "max_tokens_context_overflow:10000",
    ),
    ("messages.1.content.0: Invalid `signature` in `thinking` block", "thinking_signature"),
    ("messages.1.content.0.thinking.signature: Field required", "thinking_signature"),
    ("messages.3.content.0: Invalid `data` in `redacted_thinking` block", "thinking_signature"),
    (
        "`thinking` or `redacted_thinking` blocks in the latest assistant message cannot be modified.",
        "thinking_signature",
    ),
    (
        "messages.1.content.0: The block is bound to a different conversation. Remove the block.",
        "thinking_signature",
    ),
    (
        "This model does not support effort level 'max'. Supported levels: high, low, medium.",
        "effort_unsupported:low medium high",
    ),
    ("This model does not support the effort parameter.", "effort_unsupported"),
    ("output_config.effort: Extra inputs are not permitted", "effort_unsupported"),
    (
        (
            '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and '
            '"output_config.effort" to control thinking behavior.'
        ),
        "thinking_type:enabled",
    ),
    ("adaptive thinking is not supported on this model", "thinking_type:adaptive"),
    (
        '"thinking.type.disabled" is not supported for this model. Use "thinking.type.adaptive"',
        "thinking_off",
    ),
    ("messages.2: role 'system' must follow a user message", "mid_conv_system"),
    ("role 'system' is not supported on this model", "mid_conv_system"),
    ("messages.0: use the top-level 'system' parameter for the initial system prompt", "mid_conv_system"),
    ("context_management: Extra inputs are not permitted", "field:context_management"),
    ("tools.3.custom.defer_loading: Extra inputs are not permitted", "tool_field:defer_loading"),
    ("messages.1.content.0.text.cache_control: Extra inputs are not permitted", "cache_control_field"),
    ("output_config.format: Extra inputs are not permitted", "structured_outputs_unsupported"),
    (
        "Unexpected value(s) `context-1m-2025-08-07` for the `anthropic-beta` header.",
        "beta_header:context-1m-2025-08-07",
    ),
    ("temperature: temperature is not supported for this model.", "sampling"),
    ("Too much media: 0 documents and 120 images", "media_budget"),
    ("messages.0.content.1.image.source: Could not process image", "image_block"),
    ("This model does not support PDF input.", "document_block"),
    # OpenAI
    (
        (
            "max_tokens is too large: 20480. This model supports at most 16384 completion tokens, "
            "whereas you provided 20480."
        ),
        "output_limit:16384",
    ),
    ("The encrypted content gAAA...DQ== could not be verified.", "thinking_signature"),
    (
        "Item with id 'rs_0a18' not found. Items are not persisted when `store` is set to false.",
        "thinking_signature",
    ),
    (
        "reasoning.effort: Invalid value: 'max'. Supported values are: 'low', 'medium', and 'high'.",
        "effort_unsupported:low medium high",
    ),
    ("Unsupported value: 'minimal' is not supported with the reasoning model.", "effort_unsupported"),
    ("Unknown parameter: 'verbosity'.", "field:verbosity"),
    ("Unknown parameter: 'tools[0].strict'.", "tool_field:strict"),
    (
        (
            "Unsupported parameter: 'max_tokens' is not supported with this model. "
            "Use 'max_completion_tokens' instead."
        ),
        "field:max_tokens",
    ),
    ("Unsupported parameter: 'temperature' is not supported with this model.", "sampling"),
    ("Unrecognized request argument supplied: verbosity", "field:verbosity"),
    (r"Invalid schema for function 'Artifact': '\p{Cc}' is not a 'regex'.", "tool_schema"),
    (
        "Invalid schema for function 'get': In context=('properties', 'u'), 'uri' is not a valid format.",
        "tool_schema",
    ),
    # DeepSeek and other compatible servers
    ("Invalid max_tokens value, the valid range of max_tokens is [1, 8192]", "output_limit:8192"),
    ("Range of max_tokens should be [1, 65536]", "output_limit:65536"),
    ("max_tokens must be less than or equal to 4096", "output_limit:4096"),
    ("The `reasoning_content` in the thinking mode must be passed back to the API.", "reasoning_back"),
    (
        _JSON + "messages[1].role: unknown variant `system`, expected one of `user`, `assistant`",
        "mid_conv_system",
    ),
    ("messages.1.role: Input should be 'user' or 'assistant'", "mid_conv_system"),
    (
        _JSON + "messages[0].role: unknown variant `developer`, expected one of `system`, `user`",
        "developer_role",
    ),
    (
        _JSON + "reasoning_effort: unknown variant `minimal`, expected one of `low`, `high`, `max`",
        "effort_unsupported:low high max",
    ),
    (_JSON + "messages[0]: unknown variant `image_url`, expected `text`", "image_block"),
    ("This model does not support images", "image_block"),
    ("tool_choice 'required' is not supported with thinking mode", "forced_tool_choice"),
    ("This response_format type is unavailable now", "structured_outputs_unsupported"),
    # Claude Code's own tokens
    (f"{REJECTED}beta_header:effort-2025-11-24", "beta_header:effort-2025-11-24"),
    (f"{REJECTED}thinking_type:adaptive", "thinking_type:adaptive"),
    (f"Sorry. {REJECTED}image_block.", None),
    (f"{REJECTED}image_block", "image_block"),
]

SILENT = [
    "something odd",
    "prompt is too long: 210000 tokens > 200000 maximum",
    "messages: at least one message is required",
    "tools.0.custom.name: String should have at least 1 character",
    "input length and `max_tokens` exceed context limit: 199900 + 21333 > 200000",
    "messages.0.role: Input should be 'user', 'assistant' or 'system'",
    "",
]


@pytest.mark.parametrize(("message", "refused"), WORDINGS)
def test_what_the_words_mean(message: str, refused: str | None) -> None:
    found = refused_in(message)
    assert (None if found is None else str(found)) == refused


@pytest.mark.parametrize("message", SILENT)
def test_words_that_name_no_capability(message: str) -> None:
    assert refused_in(message) is None


@pytest.mark.parametrize(
    ("message", "of_request"),
    [
        ("messages.0.content.1.image.source: Could not process image", True),
        ("image.source.base64.data: image exceeds 5 MB maximum: 6000000 bytes > 5242880 bytes", True),
        ("At least one of the image dimensions exceed max allowed size: 8000 pixels", True),
        ("Could not process PDF", True),
        ("This model: effort 'max' is not supported when thinking is disabled", True),
        ("Invalid schema for response_format 'answer': In context=(), 'oneOf' is not supported", True),
        ("This model does not support images", False),
        ("This model does not support the effort parameter.", False),
        ("response_format of this type is not supported by this model", False),
    ],
)
def test_what_is_wrong_with_one_request_says_nothing_about_the_next(
    message: str, *, of_request: bool
) -> None:
    """An image that is too large must not take every image from a model."""
    found = refused_in(message)
    assert found is not None
    assert found.of_request is of_request


def test_a_code_and_a_parameter_say_what_the_words_leave_out() -> None:
    found = refused_in("No.", "invalid_encrypted_content")
    assert found is not None
    assert found.capability is C.THINKING_SIGNATURE
    vague = Failure(FailureKind.INVALID, "Invalid value: 'max'. Supported values are: 'low', 'high'.", 400)
    assert with_refused(vague).refused is None
    assert str(with_refused(vague, "reasoning.effort").refused) == "effort_unsupported:low high"


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (FailureKind.OVERLOADED, 529),
        (FailureKind.INVALID, 404),
        (FailureKind.INVALID, None),
        (FailureKind.AUTH, 401),
    ],
)
def test_only_a_refused_request_speaks_of_itself(kind: FailureKind, status: int | None) -> None:
    failure = Failure(kind, "context_management: Extra inputs are not permitted", status)
    assert with_refused(failure) is failure


@given(st.text(max_size=300), st.none() | st.text(max_size=20))
def test_any_words_are_read(message: str, code: str | None) -> None:
    found = refused_in(message, code)
    assert found is None or found.value is None or found.value


def test_long_words_are_read_in_no_time() -> None:
    for word in ("max_tokens ", "thinking.type ", "tool_choice ", "reasoning.effort ", "cache_control "):
        assert refused_in(word * 90) is None
