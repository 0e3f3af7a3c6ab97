"""What a provider's error says it could not do, read from its words.

No provider has codes for this, so the words are all there is. The table below is in order: the first row
that matches counts, narrow rows stand before wide ones. Whoever reads the result may send the request
again without what was refused (`providers.heal`), or tell Claude Code, which then does so itself.

Sources: the wordings Claude Code 2.1.330 recovers by (read in its own program), Anthropic's, OpenAI's and
DeepSeek's own errors as quoted in public threads, and those that compatible servers borrow from them.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from coderouter_cli.domain.failure import Capability, Failure, FailureKind, Refused

_C = Capability
_Read = Callable[[re.Match[str]], str | None]
_READABLE_KINDS = frozenset({FailureKind.INVALID, FailureKind.TOO_LONG})
_LADDER = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
_LIST = re.compile(
    r"\b(?:(?<!not )support(?:s|ed)|expected|must be|allowed)\b(.*)", re.IGNORECASE | re.DOTALL
)
_FEWEST_TOKENS = 1024
"""Less room than this is no room for an answer: the prompt is too long then."""


def with_refused(failure: Failure, param: str = "") -> Failure:
    """The failure with what its words say was refused; only a 400 or 422 speaks of the request.

    ``param`` is OpenAI's name for what the error is about; its words often leave it out.
    """
    if failure.kind not in _READABLE_KINDS or failure.status not in {400, 422}:
        return failure
    words = f"{param}: {failure.message}" if param else failure.message
    return replace(failure, refused=refused_in(words, failure.code))


def refused_in(message: str, code: str | None = None) -> Refused | None:
    """What an error's message, or its code, says was refused; None when it does not say."""
    if code == "invalid_encrypted_content":
        return Refused(_C.THINKING_SIGNATURE)
    for row in _ROWS:
        for found in filter(None, (pattern.search(message) for pattern in row.patterns)):
            value = row.read(found)
            if value is not None or row.read in {_nothing, _efforts}:
                return Refused(row.capability, value, row.of_request)
    return None


def _nothing(_: re.Match[str]) -> str | None:
    return None


def _first(found: re.Match[str]) -> str | None:
    """What the first group that took part holds."""
    return next((group for group in found.groups() if group), None)


def _efforts(found: re.Match[str]) -> str | None:
    """The effort words behind "supported" or "expected one of", weakest first."""
    listed = _LIST.search(found.string, found.start())
    words = set() if listed is None else set(re.findall(r"[a-z]+", listed[1].lower()))
    return " ".join(word for word in _LADDER if word in words) or None


def _room(found: re.Match[str]) -> str | None:
    """What the context leaves for the answer, of "prompt + answer > context"."""
    prompt, limit = int(found[1].replace(",", "")), int(found[2].replace(",", ""))
    return str(limit - prompt) if limit - prompt >= _FEWEST_TOKENS else None


def _number(found: re.Match[str]) -> str | None:
    value = (_first(found) or "").replace(",", "")
    return value if value.isdigit() and int(value) > 0 else None


@dataclass(frozen=True, slots=True)
class _Row:
    """The wordings of one refusal, how its value is read from them, and whether the request is why."""

    capability: Capability
    read: _Read
    patterns: tuple[re.Pattern[str], ...]
    of_request: bool


def _row(capability: Capability, *patterns: str, read: _Read = _nothing, of_request: bool = False) -> _Row:
    compiled = tuple(re.compile(p, re.IGNORECASE | re.DOTALL) for p in patterns)
    return _Row(capability, read, compiled, of_request)


REJECTED = "capability_rejected: "
"""What stands before a class in Claude Code's tokens."""
_SYSTEM = r".{0,2}system\b.{0,2}"
_N = r"(\d[\d,]*)"
_NO = r"(?:not support|unsupported|unavailable|not available)"
_PLAIN_TOKENS = (
    _C.SYSTEM_TURNS,
    _C.CACHE_MARKS,
    _C.THINKING_SIGNATURE,
    _C.STRUCTURED_OUTPUT,
    _C.EFFORT,
    _C.MEDIA_BUDGET,
    _C.IMAGES,
    _C.DOCUMENTS,
    _C.PROMPT_LENGTH,
)

_ROWS = (
    # Claude Code's own tokens: a gateway behind us may write them too.
    *(_row(token, rf"{REJECTED}{token.value}(?![\w:.-])") for token in _PLAIN_TOKENS),
    _row(_C.THINKING_TYPE, rf"{REJECTED}thinking_type:(\w+)", read=_first),
    _row(_C.BETA, rf"{REJECTED}beta_header:([\w.-]+)", read=_first),
    # Sizes
    _row(
        _C.OUTPUT_ROOM,
        rf"input length and `?max_tokens`? exceed context limit: {_N} \+ [\d,]+ > {_N}",
        read=_room,
    ),
    _row(
        _C.OUTPUT_LIMIT,
        rf"max_tokens: [\d,]+ > {_N}, which is the maximum",
        rf"supports at most {_N} completion tokens",
        rf"max(?:_\w+)?_tokens\b.{{0,80}}range.{{0,40}}\[\d+, ?{_N}\]",
        rf"range of max(?:_\w+)?_tokens\b.{{0,40}}\[\d+, ?{_N}\]",
        rf"max(?:_\w+)?_tokens\b.{{0,60}}(?:less than or equal to|at most|<=) ?{_N}",
        read=_number,
    ),
    # Thinking of earlier turns
    _row(_C.REASONING_BACK, r"must be passed back", r"missing (?:field )?`?reasoning_content"),
    _row(
        _C.THINKING_SIGNATURE,
        r"signature`? in `?thinking`? block",
        r"thinking\.signature.{0,20}field required",
        r"invalid `?data`? in `?redacted_thinking",
        r"thinking`? blocks?\b.{0,80}cannot be modified",
        r"bound to a different conversation|not created in this conversation",
        r"encrypted.?content\b.{0,160}(?:could not be (?:verified|decrypted)|was not issued)",
        r"Item with id '?rs_\w*'? not found",
    ),
    # How to think
    _row(_C.THINKING_OFF, rf"thinking\.type\W{{1,8}}disabled\b.{{0,80}}{_NO}"),
    _row(
        _C.THINKING_TYPE,
        rf"thinking\.type[^a-z]{{1,8}}(enabled|adaptive|between_tools)\b.{{0,80}}{_NO}",
        r"\b(adaptive) thinking is not supported",
        read=_first,
    ),
    _row(_C.EFFORT, r"effort '\w+' is not supported when thinking is disabled", of_request=True),
    _row(
        _C.EFFORT,
        r"does not support (?:the )?effort",
        r"effort (?:level|parameter)\b.{0,60}support",
        r"(?:unsupported|invalid) value: '\w+'.{0,60}(?:effort|reasoning)",
        r"(?:reasoning[._]effort|output_config\.effort)\b.{0,160}"
        r"(?:variant|support|expected|invalid|must be|not permitted)",
        read=_efforts,
    ),
    # What the answer must be
    _row(
        _C.STRUCTURED_OUTPUT,
        rf"invalid schema for (?:response_format|text\.format)\b.{{0,60}}{_NO}",
        of_request=True,
    ),
    _row(
        _C.STRUCTURED_OUTPUT,
        r"output_config\.format: extra inputs",
        rf"(?:response_format|text\.format|structured outputs?)\b.{{0,60}}{_NO}",
        rf"{_NO}.{{0,40}}(?:response_format|structured outputs?)",
    ),
    _row(
        _C.FORCED_TOOL,
        rf"tool_choice\b.{{0,80}}(?:{_NO}|only `?auto|must be `?auto)",
        rf"{_NO}.{{0,40}}tool_choice",
    ),
    # Roles
    _row(
        _C.SYSTEM_TURNS,
        rf"role {_SYSTEM} (?:must (?:precede an|follow a)|is not supported)",
        rf"use the top-level {_SYSTEM} parameter",
        rf"unknown variant {_SYSTEM}, expected",
        r"Input should be \W{1,2}user\W{1,2} or \W{1,2}assistant",
        r"Unexpected role.{0,40}system.{0,60}input message role",
        rf"not supported.{{0,60}}role {_SYSTEM}|role {_SYSTEM}.{{0,60}}not supported",
    ),
    _row(_C.DEVELOPER_ROLE, r"(?:unknown variant|role).{0,20}developer\b"),
    # Content
    _row(_C.MEDIA_BUDGET, r"too much media"),
    _row(_C.DOCUMENTS, r"could not process pdf", of_request=True),
    _row(
        _C.DOCUMENTS,
        r"not support (?:pdf|document)",
        r"unknown variant `?(?:document|file|input_file)\b",
    ),
    _row(
        _C.IMAGES,
        r"could not process image",
        r"image (?:exceeds|dimensions exceed|does not match|cannot be empty)",
        of_request=True,
    ),
    _row(
        _C.IMAGES,
        r"unknown variant `?(?:image|image_url|input_image)\b|no vision\b",
        r"(?:not|doesn't) support (?:the )?(?:images?|vision|multimodal)\b",
        r"images? (?:inputs? )?(?:is|are) not supported",
    ),
    # Tools
    _row(
        _C.TOOL_SCHEMA,
        r"is not a '(?:regex|format)'|is not a valid (?:format|regex)|invalid (?:regex|pattern)\b",
        r"(?:invalid schema for function|input_schema)\b.{0,120}\b(?:pattern|format)\b",
    ),
    _row(
        _C.TOOL_FIELD,
        r"tools?\W{1,2}\d+\W{1,2}(?:custom\.|function\.)?(\w+): extra inputs",
        r"unknown (?:parameter|field)\W{1,4}tools?\W{1,2}\d+\W{1,2}(?:function\.)?(\w+)",
        read=_first,
    ),
    # Marks, betas, fields
    _row(
        _C.CACHE_MARKS,
        rf"cache_control\b.{{0,60}}(?:not permitted|cannot be set|unrecogni[sz]ed|additional propert|{_NO})",
        r"(?:unknown|unrecogni[sz]ed) (?:name|field)\W{1,4}cache_control",
    ),
    _row(
        _C.BETA,
        r"unexpected value\(s\)\W{1,3}([\w.-]+)\W.{0,40}anthropic-beta",
        r"anthropic-beta\b.{0,40}?\W([a-z][a-z-]*-\d{4}-\d{2}-\d{2})",
        read=_first,
    ),
    _row(
        _C.SAMPLING,
        rf"\b(?:temperature|top_p|top_k)\b.{{0,80}}(?:{_NO}|deprecated|only the default)",
        rf"{_NO}\w* (?:parameter|value)\W{{1,4}}(?:temperature|top_p|top_k)\b",
    ),
    _row(
        _C.FIELD,
        r"(?:^|[^\w.])(\w+): extra inputs are not permitted",
        r"(?:unknown|unsupported|unrecogni[sz]ed) (?:parameter|field|name)\W{1,4}(\w+)\b(?![.\[])",
        r"unrecogni[sz]ed request arguments? supplied: (\w+)",
        read=_first,
    ),
)
