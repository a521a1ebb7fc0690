"""Risk table: how risky code looks, by language. What isn't told by a line's text alone is not here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING

from mistral_lsp.core.language import pattern

if TYPE_CHECKING:
    import re


class Risk(Enum):
    """The value is what a person reads, to follow "it adds"."""

    KEY = "a key or a password"
    NO_TLS_CHECK = "a connection whose certificate is not checked"
    EXECUTION = "a call that runs text or data as code or as a shell command"
    UNKNOWN_PACKAGE = "an import of a package that the project does not know"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class Sign:
    """One way in which a risk is written."""

    risk: Risk
    words: tuple[str, ...]  # no match without one of them; looked for first, since that is quick
    source: str
    is_in_strings: bool = False  # what strings hold counts too: a command, the name of an option

    @property
    def pattern(self) -> re.Pattern[str]:
        """Compiled when first needed."""
        return pattern(f"(?m){self.source}")


def _tls(words: str, source: str, *, is_in_strings: bool = False) -> Sign:
    return Sign(Risk.NO_TLS_CHECK, tuple(words.split()), source, is_in_strings)


def _run(words: str, source: str, *, is_in_strings: bool = False) -> Sign:
    return Sign(Risk.EXECUTION, tuple(words.split()), source, is_in_strings)


_SHELL = r"""["'](?:/usr)?(?:/bin/)?(?:(?:ba|z|da|k)?sh|cmd(?:\.exe)?|powershell(?:\.exe)?|pwsh)["']"""
_CHECKS = "(?:verify|verify_ssl|verify_certs|check_hostname|validate_certs)"
_REST = r"[^\n|;&]{0,150}?"  # of a command

# In every language: build files, images and programs hold commands as strings, or as they are.
_COMMANDS = (
    _tls(
        "curl",
        rf"""\bcurl\b{_REST}[\s"',](?:-[a-zA-Z]{{0,12}}k[a-zA-Z]{{0,12}}|--insecure|--proxy-insecure)(?![\w-])""",
        is_in_strings=True,
    ),
    _tls("--no-check-certificate", r"--no-check-certificate\b", is_in_strings=True),
    _tls(
        "sslVerify GIT_SSL_NO_VERIFY",
        r"""\bsslVerify["']?[\s=:,]+["']?(?:false|0)\b|\bGIT_SSL_NO_VERIFY\b""",
        is_in_strings=True,
    ),
    _tls(
        "NODE_TLS_REJECT_UNAUTHORIZED",
        r"""\bNODE_TLS_REJECT_UNAUTHORIZED\b["'\]]{0,2}[ \t]*[=:,][ \t]*["']?0""",
        is_in_strings=True,
    ),
    _tls("PYTHONHTTPSVERIFY", r"""\bPYTHONHTTPSVERIFY\b["'\]]{0,2}[ \t]*[=:,][ \t]*["']?0""", is_in_strings=True),
    _tls("StrictHostKeyChecking", r"\bStrictHostKeyChecking[= ]+(?:no|off)\b", is_in_strings=True),
    _run(
        "curl wget",
        rf"\b(?:curl|wget)\b{_REST}\|\s{{0,8}}(?:sudo\s+(?:-\w+\s+)?)?(?:ba|z|da|k)?sh\b",
        is_in_strings=True,
    ),
    _run("curl wget", r"\b(?:eval|(?:ba|z|da|k)?sh\s+-c)\s+[\"']?\$\((?:curl|wget)\b", is_in_strings=True),
)

_SCRIPT = (
    _tls("rejectUnauthorized", r"""\brejectUnauthorized["']?\s{0,8}[:=]\s{0,8}(?:false|0|!1)\b""", is_in_strings=True),
    _tls("strictSSL", r"""\bstrictSSL["']?\s{0,8}[:=]\s{0,8}false\b""", is_in_strings=True),
    _tls("checkServerIdentity", r"\bcheckServerIdentity\s{0,8}[:=]\s{0,8}\([^()\n]{0,80}\)\s{0,8}=>"),
    _run("eval", r"(?<![\w.$#])(?<!function )eval\s{0,4}\((?![^()\n]{0,120}\)\s{0,4}\{)"),
    _run("Function", r"\bnew\s+Function\s{0,4}\("),
    _run("exec", r"(?<![\w.$#])(?<!function )exec(?:Sync)?\s{0,4}\((?![^()\n]{0,120}\)\s{0,4}\{)"),
    _run("exec", r"\b(?:child_process|childProcess|cp)\s{0,4}\.\s{0,4}exec(?:Sync)?\s{0,4}\("),
    _run(
        "child_process",
        r"""["'](?:node:)?child_process["']\s{0,4}\)\s{0,4}\.\s{0,4}exec(?:Sync)?\b""",
        is_in_strings=True,
    ),
    _run("shell", r"""\bshell["']?\s{0,8}:\s{0,8}true\b""", is_in_strings=True),
    _run("runIn", r"\brunIn(?:New|This)?Context\s{0,4}\("),
    _run("setTimeout setInterval", r"""\bset(?:Timeout|Interval)\s{0,4}\(\s{0,8}["'`]"""),
)

_JVM = (
    _tls("Hostname", r"\bNoopHostnameVerifier\b|\bALLOW_ALL_HOSTNAME_VERIFIER\b|\bAllowAllHostnameVerifier\b"),
    _tls("Trust", r"\bTrustAllStrategy\b|\bTrustSelfSignedStrategy\b|\bInsecureTrustManagerFactory\b"),
    _tls("checkServerTrusted", r"\bcheckServerTrusted\s{0,4}\([^()\n]{0,120}\)[^\n{=]{0,80}\{\s{0,40}\}"),
    _tls("ostnameVerifier", r"ostnameVerifier\s{0,4}[({]\s{0,8}\(?[\w\s,]{1,40}\)?\s{0,4}->\s{0,4}true\b"),
    _run("Runtime", r"\bRuntime\b[^;\n]{0,80}\.exec\s{0,4}\("),
    _run("ProcessBuilder", rf"\bProcessBuilder\s{{0,4}}\((?:[\w.]{{1,20}}\()?\s{{0,8}}{_SHELL}", is_in_strings=True),
    _run("ScriptEngine", r"\bScriptEngineManager\s{0,4}\("),
    _run("readObject", r"\.readObject\s{0,4}\(\s{0,4}\)"),
)

_C = (
    _tls("CURLOPT_SSL_VERIFY", r"\bCURLOPT_SSL_VERIFY(?:PEER|HOST)\s{0,8},\s{0,8}(?:0L?|false)\b"),
    _tls("SSL_VERIFY_NONE", r"\bSSL_VERIFY_NONE\b"),
    _run("system popen exec", r"(?<![\w.>])(?:system|_?popen|exec[lv]p?e?)\s{0,4}\("),
    _run("WinExec ShellExecute", r"\b(?:WinExec|ShellExecute(?:Ex)?[AW]?)\s{0,4}\("),
)

SIGNS: dict[str, tuple[Sign, ...]] = {
    "python": (
        _tls("verify check_hostname validate_certs", rf"\b{_CHECKS}\s{{0,4}}=\s{{0,4}}False\b"),
        _tls(
            "verify check_hostname validate_certs",
            rf"""["']{_CHECKS}["']\]?\s{{0,4}}[:=]\s{{0,4}}False\b""",
            is_in_strings=True,
        ),
        _tls("CERT_NONE", r"\bCERT_NONE\b", is_in_strings=True),
        _tls("unverified_context", r"\b_create_unverified_context\b"),
        _tls("ssl", r"(?<=[(,\s])ssl\s{0,4}=\s{0,4}False\b"),
        _tls(
            "tlsAllowInvalid",
            r"""\btlsAllowInvalid(?:Certificates|Hostnames)["']?\s{0,4}[:=]\s{0,4}True\b""",
            is_in_strings=True,
        ),
        _tls("AutoAddPolicy", r"\bAutoAddPolicy\b"),
        _run("shell", r"\bshell\s{0,4}=\s{0,4}True\b"),
        _run("os.", r"\bos\.(?:system|popen|exec[lv]p?e?|spawn[lv]p?e?)\s{0,4}\("),
        _run("eval exec", r"(?<![\w.])(?<!def )(?:eval|exec)\s{0,4}\("),
        _run("subprocess", r"\bsubprocess\.get(?:status)?output\s{0,4}\("),
        _run("load", r"\b(?:c?[pP]ickle|_pickle|dill|marshal|joblib|cloudpickle)\.loads?\s{0,4}\("),
        _run("yaml", r"\byaml\.(?:unsafe_load(?:_all)?|load(?:_all)?\s{0,4}\((?![^\n]{0,200}Safe))"),
        _run("__import__", r"(?<![\w.])__import__\s{0,4}\("),
    ),
    "javascript": _SCRIPT,
    "typescript": _SCRIPT,
    "typescriptreact": _SCRIPT,
    "go": (
        _tls("InsecureSkipVerify", r"\bInsecureSkipVerify\s{0,8}[:=]\s{0,8}true\b"),
        _tls("InsecureIgnoreHostKey", r"\bInsecureIgnoreHostKey\b"),
        _run(
            "exec.Command",
            rf"\bexec\.Command(?:Context)?\s{{0,4}}\(\s{{0,8}}(?:[\w.()]{{1,40}}\s{{0,4}},\s{{0,8}})?{_SHELL}",
            is_in_strings=True,
        ),
        _run("syscall.Exec", r"\bsyscall\.Exec\s{0,4}\("),
    ),
    "rust": (
        _tls("danger_", r"\bdanger_accept_invalid_(?:certs|hostnames)\s{0,4}\(\s{0,4}true\b"),
        _tls("SslVerifyMode", r"\bSslVerifyMode::NONE\b"),
        _tls(
            "dangerous()", r"\bdangerous\s{0,4}\(\s{0,4}\)\s{0,40}\.\s{0,4}(?:with_custom|set)_certificate_verifier\b"
        ),
        _run("Command", rf"\bCommand::new\s{{0,4}}\(\s{{0,8}}{_SHELL}", is_in_strings=True),
    ),
    "java": _JVM,
    "kotlin": _JVM,
    "scala": _JVM,
    "csharp": (
        _tls("Validation", r"\bServerCertificate(?:Custom)?ValidationCallback\s{0,4}\+?=[^;\n]{0,120}=>\s{0,4}true\b"),
        _tls("DangerousAcceptAny", r"\bDangerousAcceptAnyServerCertificateValidator\b"),
        _run("Process", r"\bProcess\.Start\s{0,4}\("),
        _run("UseShellExecute", r"\bUseShellExecute\s{0,4}=\s{0,4}true\b"),
        _run("Formatter", r"\bnew\s+BinaryFormatter\b"),
    ),
    "c": _C,
    "cpp": _C,
    "ruby": (
        _tls("VERIFY_NONE", r"\bVERIFY_NONE\b"),
        _tls("verify", r"""\b(?:ssl_)?verify(?:_ssl|_peer)?["']?\s{0,4}(?::|=>)\s{0,4}false\b""", is_in_strings=True),
        _run(
            "system exec spawn",
            r"""(?<![\w.:@$])(?<!def )(?:Kernel\.)?(?:system|exec|spawn)(?:\s{0,4}\(|[ \t]+["'`%])""",
        ),
        _run("eval", r"(?<!def )\b(?:instance_|class_|module_)?eval(?:\s{0,4}\(|[ \t]+[\w\"'])"),
        _run("popen Open3", r"\bIO\.popen\b|\bOpen3\.(?:popen|capture)\w{0,8}"),
        _run("`", r"(?<![\w\\`])`[^`\n]"),
        _run("%x", r"(?<!\w)%x[\[{(|!]"),
        _run("load", r"\b(?:Marshal\.load|YAML\.unsafe_load)\b"),
    ),
    "php": (
        _tls("CURLOPT_SSL_VERIFY", r"\bCURLOPT_SSL_VERIFY(?:PEER|HOST)\s{0,8}(?:,|=>)\s{0,8}(?:false|0)\b"),
        _tls(
            "verify", r"""["']verify(?:_peer(?:_name)?|_host)?["']\s{0,8}=>\s{0,8}(?:false|0)\b""", is_in_strings=True
        ),
        _tls("allow_self_signed", r"""["']allow_self_signed["']\s{0,8}=>\s{0,8}true\b""", is_in_strings=True),
        _run(
            "exec system passthru popen proc_open",
            r"(?<![\w>:$])(?<!function )(?:shell_exec|exec|system|passthru|popen|proc_open|pcntl_exec)\s{0,4}\(",
        ),
        _run("eval create_function", r"(?<![\w>:$])(?<!function )(?:eval|create_function)\s{0,4}\("),
        _run("unserialize", r"(?<![\w>:$])unserialize\s{0,4}\("),
        _run("`", r"(?<!`)`[^`\n]"),
    ),
    "shellscript": (
        _run("eval", r"(?:^|[;&|({]|\bthen|\bdo)\s{0,40}eval\s", is_in_strings=True),
        _tls("strict-ssl", r"\bstrict-ssl[= ]+false\b"),
    ),
    "lua": (
        _run("os.execute io.popen", r"\b(?:os\.execute|io\.popen)\s{0,4}\("),
        _run("load", r"(?<![\w.:])(?<!function )load(?:string)?\s{0,4}[(\"']"),
    ),
    "swift": (
        _tls("Evaluat", r"\bDisabledTrustEvaluator\b|\bdisableEvaluation\b"),
        _run("/", rf"\b(?:launchPath|executableURL)\s{{0,4}}=[^\n]{{0,60}}{_SHELL}", is_in_strings=True),
    ),
}


@cache
@cache
def words_of(language: str) -> tuple[tuple[str, Sign], ...]:
    """The words without which there is no sign, each with its own."""
    return tuple((word, sign) for sign in signs_of(language) for word in sign.words)


def signs_of(language: str) -> tuple[Sign, ...]:
    """The signs that count in a language of the table's, by its name; commands count in all."""
    return (*SIGNS.get(language, ()), *_COMMANDS)
