"""Risks: what a suggestion adds that one should look at twice: keys, unchecked certificates, shells, text run as code.

A model was taught by code that does these things, and can be steered to write them (arXiv 2301.02344, 2408.04194). What
the file does already around the cursor is no news.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING

from mistral_lsp.core.languages import language_of
from mistral_lsp.core.lexing import code_of
from mistral_lsp.core.secrets import mask

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mistral_lsp.core.document import Cursor

AROUND_CHARS = 8_000  # to each side of the cursor, in which the same is no news
MAX_CHARS = 8_000
_LINE_CHARS = 200  # of the line before the cursor


class Risk(Enum):
    """The value is what a person reads."""

    KEY = "it holds what looks like a key or a password"
    UNCHECKED = "it switches off the check of certificates"
    EXECUTES = "it runs a shell, or text as code"


def risks_in(text: str, cursor: Cursor) -> tuple[Risk, ...]:
    """What is risky in a text that would stand at the cursor."""
    text = text[:MAX_CHARS]
    found = [Risk.KEY] if _adds_key(text, cursor) else []
    language = language_of(cursor.document.language)
    code = "\n".join(code_of(language, line) for line in text.split("\n"))
    news = [risk for risk, match in _matches(code, cursor.document.language) if not _stands_around(match, cursor)]
    return tuple(dict.fromkeys([*found, *news]))


def _adds_key(text: str, cursor: Cursor) -> bool:
    """Whether anything in the text would be masked before it goes into a prompt."""
    before = cursor.line_prefix[-_LINE_CHARS:]
    masked = mask(before + text)
    return masked[len(before) :] != text


def _matches(code: str, language: str) -> Iterator[tuple[Risk, str]]:
    if any(word in code for word in _UNCHECKED_WORDS):
        for match in _UNCHECKED.finditer(code):
            yield Risk.UNCHECKED, match[0]
    pattern = _EXECUTES.get(language)
    if pattern is not None:
        for match in pattern.finditer(code):
            yield Risk.EXECUTES, match[0]


def _stands_around(what: str, cursor: Cursor) -> bool:
    text = cursor.document.text
    start, end = max(0, cursor.offset - AROUND_CHARS), min(len(text), cursor.offset + AROUND_CHARS)
    return what in text.slice(start, end)


# What switches the check of certificates off, in the libraries that most code uses.
_UNCHECKED_WORDS = (
    *("verify", "Verify", "VERIFY", "CERT_NONE", "check_hostname", "rejectUnauthorized", "REJECT_UNAUTHORIZED"),
    *("invalid_certs", "invalid_hostnames", "curl", "wget", "TrustAll"),
    *("ServerCertificate", "_create_unverified_context"),
)
_UNCHECKED = re.compile(
    r"\bverify\s*=\s*False\b|\bverify_ssl\s*=\s*False\b|_create_unverified_context|\bCERT_NONE\b"
    r"|\bcheck_hostname\s*=\s*False\b|\brejectUnauthorized\b['\"]?\s*[:=]\s*false\b"
    r"|\bNODE_TLS_REJECT_UNAUTHORIZED\b\W{0,6}0|\bInsecureSkipVerify\s*[:=]\s*true\b"
    r"|\bdanger_accept_invalid_(?:certs|hostnames)\s*\(\s*true\b|\bCURLOPT_SSL_VERIFY(?:PEER|HOST)\s*,\s*(?:false|0)\b"
    r"|\bcurl\b[^\n|;]{0,200}\s(?:-[a-zA-Z]{0,4}k[a-zA-Z]{0,4}|--insecure)\b|\bwget\b[^\n|;]{0,200}--no-check-certificate"
    r"|\bVERIFY_NONE\b|\bTrustAll\w*|\bServerCertificate(?:Custom)?ValidationCallback\b",
    re.IGNORECASE,
)

_PYTHON = (
    r"\bshell\s*=\s*True\b|\bos\s*\.\s*(?:system|popen)\s*\(|(?<![\w.])(?:eval|exec)\s*\(|\bpickle\s*\.\s*loads?\s*\("
    r"|\byaml\s*\.\s*(?:unsafe_load|load)\s*\((?![^)]*Safe)|__import__\s*\("
)
_SCRIPT = (
    r"\bchild_process\b|\b(?:exec|spawn)(?:File)?Sync\s*\(|(?<![\w.$])eval\s*\(|\bnew\s+Function\s*\("
    r"|\bdangerouslySetInnerHTML\b|\.innerHTML\s*=|\bdocument\s*\.\s*write\s*\("
)
_SHELL = (
    r"(?:^|[;&|]\s*|\s)eval\s|\b(?:curl|wget)\b[^\n]{0,200}\|\s*(?:sudo\s+)?(?:ba|z|)sh\b"
    r"|\brm\s+-\w*rf?\w*\s+/(?:\s|$)"
)
_EXECUTES: Mapping[str, re.Pattern[str]] = {
    language: re.compile(pattern)
    for languages, pattern in (
        ("python", _PYTHON),
        ("javascript javascriptreact typescript typescriptreact", _SCRIPT),
        ("ruby", r"(?<![\w.])(?:system|exec|eval|spawn)\s*[( ]|%x[\[({]|`[^`\n]+`|\bOpen3\b|\bMarshal\s*\.\s*load\b"),
        ("php", r"\b(?:shell_exec|exec|system|passthru|popen|proc_open|eval|assert|unserialize)\s*\("),
        ("java kotlin scala", r"\bgetRuntime\s*\(\s*\)\s*\.\s*exec\s*\(|\bnew\s+ProcessBuilder\b|\bScriptEngine\b"),
        ("csharp", r"\bProcess\s*\.\s*Start\s*\(|\bBinaryFormatter\b"),
        ("go", r"\bexec\s*\.\s*Command(?:Context)?\s*\((?:[^\"\n]{0,40},\s*)?\"(?:/bin/)?(?:ba|z|)sh\""),
        ("rust", r"\bCommand\s*::\s*new\s*\(\s*\"(?:/bin/)?(?:ba|z|)sh\""),
        ("c cpp", r"(?<![\w.>:])(?:system|popen|execl[pe]?|execv[pe]?)\s*\("),
        ("lua", r"\bos\s*\.\s*execute\s*\(|\bio\s*\.\s*popen\s*\(|(?<![\w.])load(?:string)?\s*\("),
        ("swift", r"\bProcess\s*\(\s*\)|\bNSTask\b"),
        ("shellscript", _SHELL),
    )
    for language in languages.split()
}
