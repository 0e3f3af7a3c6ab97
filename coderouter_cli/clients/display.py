"""What of a configuration file is safe to show: a masked diff, an address without credentials."""

import difflib
import re
from urllib.parse import urlsplit

_NAMED_SECRET = re.compile(
    r"""(?P<name>(?<![\w.\-])[\w.\-]*(?:key|token|secret|password|passwd|authorization|credential)[\w.\-]*["']?"""
    r"""\s*[:=]\s*)(?P<quote>["'])(?P<value>(?:\\.|(?!(?P=quote)).)*)(?P=quote)""",
    re.IGNORECASE,
)
_SHAPED_SECRET = re.compile(r"\b(crt_|sk-(?:ant-|proj-|or-)?|ghp_|gho_|github_pat_|xox[a-z]-|AKIA)[\w\-]{6,}")
_BEARER = re.compile(r"\b(Bearer|Basic)\s+[\w.+/=\-]{6,}", re.IGNORECASE)
_USERINFO = re.compile(r"(?P<scheme>\b[a-z][a-z0-9+.\-]*://)[^\s/@\"']+@", re.IGNORECASE)


def unified(name: str, before: bytes, after: bytes, *, mask: bool) -> str:
    """The difference between two versions of the file ``name``, three lines of context."""
    lines = difflib.unified_diff(
        _lines(before), _lines(after), f"{name} (now)", f"{name} (planned)", lineterm=""
    )
    text = "\n".join(lines)
    return masked(text) if mask else text


def masked(text: str) -> str:
    """``text`` with every value that is, or is named like, a secret replaced by an ellipsis."""
    text = _NAMED_SECRET.sub(r"\g<name>\g<quote>…\g<quote>", text)
    text = _USERINFO.sub(r"\g<scheme>…@", text)
    text = _BEARER.sub(r"\1 …", text)
    return _SHAPED_SECRET.sub(r"\1…", text)


def origin_of(url: object) -> str:
    """Scheme, host and port of an address, never a user, a path or a query; ``set`` when it has none."""
    try:
        parts = urlsplit(url) if isinstance(url, str) else None
        port = parts.port if parts else None
    except ValueError:
        return "set"
    if not parts or not parts.scheme or not parts.hostname:
        return "set"
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port is not None else "")


def _lines(data: bytes) -> list[str]:
    text = data.decode("utf-8", "replace")
    lines = [line.rstrip("\r") for line in text.split("\n")]
    return lines[:-1] if not lines[-1] else [*lines, "\\ no newline at end of file"]
