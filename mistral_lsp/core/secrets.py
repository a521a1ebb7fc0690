"""Secrets: keys, tokens and passwords in a text, made unreadable before it goes into a prompt.

A mask is as long as what it hides, so that a prompt's layout stays as it was. Rules are after gitleaks' (MIT,
https://github.com/gitleaks/gitleaks, config/gitleaks.toml), with bounds, so that no input takes more than linear time.
What begins a secret is left: it says what kind of thing stands there, which is all that a model needs to know.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import log2
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MASK = "*"
MIN_BITS = 3.0  # of entropy a character; words have about 2.5 to 3, random base64 of 20 characters over 3.8


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of secret: the group named `secret` is masked."""

    words: tuple[str, ...]  # no match without one of them; looked for first, since that is quick
    pattern: re.Pattern[str]


def _rule(words: str, pattern: str) -> Rule:
    return Rule(tuple(words.split()), re.compile(pattern))


# Not within a longer word, and up to the word's end.
_RULES = (
    _rule("AKIA ASIA ABIA ACCA", r"\b(?:AKIA|ASIA|ABIA|ACCA)(?P<secret>[A-Z2-7]{16})\b"),  # AWS
    _rule("ghp_ gho_ ghu_ ghs_ ghr_", r"\bgh[pousr]_(?P<secret>[A-Za-z0-9]{30,255})"),
    _rule("github_pat_", r"\bgithub_pat_(?P<secret>\w{20,255})"),
    _rule("glpat- gldt- glrt-", r"\bgl(?:pat|dt|rt)-(?P<secret>[\w-]{20,64})"),  # GitLab
    _rule("xox xapp-", r"\bx(?:ox[abeoprs]|app)-(?P<secret>[\w-]{10,250})"),  # Slack
    _rule("hooks.slack.com", r"hooks\.slack\.com/(?:services|workflows|triggers)/(?P<secret>[\w/+-]{20,90})"),
    _rule("AIza", r"\bAIza(?P<secret>[\w-]{35})"),  # Google
    _rule("ya29.", r"\bya29\.(?P<secret>[\w-]{20,500})"),
    _rule("GOCSPX-", r"\bGOCSPX-(?P<secret>[\w-]{20,64})"),
    _rule("_live_ _test_", r"\b(?:[srp]k|whsec)_(?:live|test)_(?P<secret>\w{10,255})"),  # Stripe
    _rule("sk-", r"\bsk-(?:proj-|svcacct-|ant-[a-z0-9]{2,8}-|or-v1-)?(?P<secret>[\w-]{20,255})"),  # model vendors
    _rule("hf_", r"\bhf_(?P<secret>[A-Za-z0-9]{30,64})"),
    _rule("npm_", r"\bnpm_(?P<secret>[A-Za-z0-9]{36})"),
    _rule("pypi-", r"\bpypi-(?P<secret>[\w-]{16,500})"),
    _rule("SG.", r"\bSG\.(?P<secret>[\w-]{16,64}\.[\w-]{16,64})"),  # SendGrid
    _rule("doo_v1_ dop_v1_ dor_v1_", r"\bdo[opr]_v1_(?P<secret>[a-f0-9]{64})"),  # DigitalOcean
    _rule("dapi", r"\bdapi(?P<secret>[a-f0-9]{32})"),  # Databricks
    _rule("shpat_ shpca_ shppa_ shpss_", r"\bshp(?:at|ca|pa|ss)_(?P<secret>[a-fA-F0-9]{32})"),  # Shopify
    _rule("AccountKey=", r"\bAccountKey=(?P<secret>[A-Za-z0-9+/=]{40,120})"),  # Azure
    _rule("AGE-SECRET-KEY-1", r"\bAGE-SECRET-KEY-1(?P<secret>[A-Z0-9]{58})"),
    _rule(":AA", r"\b[0-9]{8,10}:AA(?P<secret>[\w-]{32,35})"),  # Telegram
    _rule("eyJ", r"eyJ(?<!\weyJ)(?P<secret>[\w-]{8,2000}+\.eyJ[\w-]{8,4000}+(?:\.[\w-]{0,2000})?)"),  # a JSON web token
    _rule("://", r"://[^\s/:@'\"<>{}$%]{1,64}:(?P<secret>[^\s/:@'\"<>{}$%]{3,128})@"),  # user:password@host
    _rule("earer", r"\b[Bb]earer +(?P<secret>[\w.~+/-]{20,500}=*)"),
    _rule("asic", r"\b[Bb]asic +(?P<secret>[A-Za-z0-9+/]{16,200}={0,2})(?=[\s'\"]|$)"),
)

# Nearly every text has none of them, so that they are gone through in one plain loop.
_WORDS = tuple((word, rule.pattern) for rule in _RULES for word in rule.words)

# What follows the first line of a key, as far as it is base64: code that only names that line stays.
_PEM = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,32}PRIVATE KEY(?: BLOCK)?-----"
    r"(?P<secret>(?=[\s\"'+\\rn]{0,16}[A-Za-z0-9+/=]{40})[A-Za-z0-9+/=\s\"'\\,]+)"
)
# A window can begin or end inside of a key: whole lines of base64 as PEM has them are taken for its.
_PEM_LINE = re.compile(r"(?m)^[ \t\"']*(?P<secret>[A-Za-z0-9+/]{60,76}={0,2})(?:\\n)?[\"']?[ \t,+\\]*$")

# A quoted text without spaces that is assigned to something; the name before it is looked at afterwards.
_ASSIGNED = re.compile(r"[:=]>?[ \t]{0,8}[bBrRfFuU]{0,2}(?P<quote>[\"'`])(?P<secret>[^\s\"'`]{8,200})(?P=quote)")
_NAME_CHARS = 64
_NAME = re.compile(
    r"(?:passw|passphrase|secret|token|api_?key|access_?key|private_?key|auth_?key|credential)"
    r"[\w.-]{0,32}[\"'\]]{0,2}[ \t]{0,8}:?\Z",
    re.IGNORECASE,
)

# What stands for a secret, and is none: names, placeholders, paths, format strings.
_NO_SECRET = re.compile(
    r"[a-z]+(?:[_. -][a-z]+)*|[<{\[$%].*|.*[<{(\[].*[>})\]].*|x+|\*+|\.+|/.*|https?:.*|"
    r".*(?:example|placeholder|change.?me).*",
    re.IGNORECASE,
)


_SPACE, _VISIBLE = re.compile(r"\s"), re.compile(r"\S+")


def mask(text: str) -> str:
    """The text with its secrets made unreadable; as long as before."""
    for word, pattern in _WORDS:
        if word in text:
            text = pattern.sub(_masked, text)
    if "PRIVATE KEY" in text:
        text = _PEM.sub(_masked, text)
    text = _ASSIGNED.sub(_masked_where_named, text)
    return _PEM_LINE.sub(_masked_where_random, text)


def secrets_in(text: str) -> Iterator[tuple[int, int]]:
    """Where `mask` hides something, but for what only stands for a secret, as in `user:password@host`."""
    masked = mask(text)
    if masked == text:
        return
    for found in re.finditer(re.escape(MASK) + "+", masked):
        start, end = found.span()
        hidden = text[start:end]
        if hidden != found[0] and _NO_SECRET.fullmatch(hidden) is None:
            yield start, end


def _masked(found: re.Match[str]) -> str:
    start, end = found.span("secret")
    at = found.start()
    return found[0][: start - at] + _hidden(found["secret"]) + found[0][end - at :]


def _masked_where_named(found: re.Match[str]) -> str:
    start = found.start()
    name = _NAME.search(found.string, max(0, start - _NAME_CHARS), start)
    return _masked_where_random(found) if name is not None else found[0]


def _masked_where_random(found: re.Match[str]) -> str:
    secret = found["secret"]
    return found[0] if _bits(secret) < MIN_BITS or _NO_SECRET.fullmatch(secret) else _masked(found)


def _hidden(secret: str) -> str:
    """As long, with its lines."""
    if _SPACE.search(secret) is None:
        return MASK * len(secret)
    return _VISIBLE.sub(lambda found: MASK * len(found[0]), secret)


def _bits(text: str) -> float:
    """Shannon's entropy, in bits a character."""
    shares = [text.count(character) / len(text) for character in set(text)]
    return -sum(share * log2(share) for share in shares)
