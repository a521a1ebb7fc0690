"""What a suggestion adds that the user should look at twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.cursor import at

from mistral_lsp.core.language_table import LANGUAGES
from mistral_lsp.core.packages import KnownPackages
from mistral_lsp.core.risk_table import SIGNS, Risk
from mistral_lsp.core.risks import risks_in

# Made up, and put together here so that no scanner takes this file for a leak.
KEY = "sk-proj-" + "Zx9Kq2Lm7Pw4Rt8Vb3Nc6Yd1Sf5Gh0Jk"
PASSWORD = "vK8#mQz!" + "4pLx"
KNOWN = KnownPackages({"python": frozenset({"numpy"}), "node": frozenset({"react"})})


def added(marked: str, text: str, language: str = "python") -> list[Risk]:
    return list(risks_in(text, at(marked, language), known=KNOWN))


@pytest.mark.parametrize(
    ("marked", "text"),
    [
        ("client = OpenAI(api_key=█)", f'"{KEY}"'),
        ('client = OpenAI(api_key="█")', KEY),
        ('client = OpenAI(api_key="sk-proj-█")', KEY.removeprefix("sk-proj-")),
        ("█", f"db_password = '{PASSWORD}'"),
        ("# the key is █", KEY),
        ("url = █", "'postgres://admin:" + "hunter2tree" + "@db/x'"),
    ],
)
def test_a_key_is_seen_wherever_it_stands(marked: str, text: str) -> None:
    assert added(marked, text) == [Risk.KEY]


@pytest.mark.parametrize(
    ("marked", "text"),
    [
        (f'a = "{KEY}"█', "\nb = 1"),  # the user's own
        ("client = OpenAI(api_key=█)", 'os.environ["OPENAI_API_KEY"]'),
        ("password = █", '"<your password>"'),
        ("url = █", "'postgres://user:password@localhost/db'"),
        ("url = █", '"sk-proj-' + "*" * 32 + '"'),  # as prompts show it
        ("digest = █", "'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'"),
        (f"KEY = '{KEY}'\n█", f"KEY = '{KEY}'"),
    ],
)
def test_what_is_no_key_or_no_news_is_none(marked: str, text: str) -> None:
    assert added(marked, text) == []


# By language: a line that checks no certificate, or runs text.
SEEN = [
    ("python", "requests.get(url, █)", "verify=False", Risk.NO_TLS_CHECK),
    ("python", "requests.get(url, verify=█)", "False", Risk.NO_TLS_CHECK),
    ("python", "requests.get(url, verify=F█)", "alse", Risk.NO_TLS_CHECK),
    ("python", "options = █", '{"verify": False}', Risk.NO_TLS_CHECK),
    ("python", "context = █", "ssl._create_unverified_context()", Risk.NO_TLS_CHECK),
    ("python", "context.verify_mode = █", "ssl.CERT_NONE", Risk.NO_TLS_CHECK),
    ("python", "session.get(url, █)", "ssl=False", Risk.NO_TLS_CHECK),
    ("python", "os.environ[█", '"PYTHONHTTPSVERIFY"] = "0"', Risk.NO_TLS_CHECK),
    ("python", "client.set_missing_host_key_policy(█)", "paramiko.AutoAddPolicy()", Risk.NO_TLS_CHECK),
    ("python", "subprocess.run(command, █)", "shell=True", Risk.EXECUTION),
    ("python", "subprocess.run(█)", '"curl -sk https://a.example", check=True', Risk.NO_TLS_CHECK),
    ("python", "█", "os.system(command)", Risk.EXECUTION),
    ("python", "x = █", "eval(text)", Risk.EXECUTION),
    ("python", "x = █", "pickle.loads(data)", Risk.EXECUTION),
    ("python", "x = █", "yaml.load(data)", Risk.EXECUTION),
    ("python", "def f():\n    █\n", "if a:\n        b()\n    exec(c)", Risk.EXECUTION),
    ("javascript", "https.get(url, {█})", "rejectUnauthorized: false", Risk.NO_TLS_CHECK),
    ("javascript", "process.env.█", 'NODE_TLS_REJECT_UNAUTHORIZED = "0";', Risk.NO_TLS_CHECK),
    ("javascript", "child_process.█", "exec(command);", Risk.EXECUTION),
    ("javascript", "█", "execSync(`rm -r ${folder}`);", Risk.EXECUTION),
    ("javascript", "const f = █", "new Function('return 1');", Risk.EXECUTION),
    ("typescript", "spawn(command, {█})", "shell: true", Risk.EXECUTION),
    ("typescriptreact", "█", "eval(code);", Risk.EXECUTION),
    ("go", "c := &tls.Config{█}", "InsecureSkipVerify: true", Risk.NO_TLS_CHECK),
    ("go", "cfg.█", "InsecureSkipVerify = true", Risk.NO_TLS_CHECK),
    ("go", "cmd := exec.Command(█", '"sh", "-c", line)', Risk.EXECUTION),
    ("rust", "let c = Client::builder()█", ".danger_accept_invalid_certs(true)", Risk.NO_TLS_CHECK),
    ("rust", "let c = █", 'Command::new("sh").arg("-c")', Risk.EXECUTION),
    ("java", "█", "Runtime.getRuntime().exec(line);", Risk.EXECUTION),
    ("java", "client.█", "setSSLHostnameVerifier(NoopHostnameVerifier.INSTANCE);", Risk.NO_TLS_CHECK),
    ("java", "█", "public void checkServerTrusted(X509Certificate[] c, String a) {}", Risk.NO_TLS_CHECK),
    ("kotlin", "█", 'ProcessBuilder("bash", "-c", line).start()', Risk.EXECUTION),
    ("scala", "█", "Runtime.getRuntime.exec(line)", Risk.EXECUTION),
    ("csharp", "█", "Process.Start(line);", Risk.EXECUTION),
    (
        "csharp",
        "handler.█",
        "ServerCertificateCustomValidationCallback = (a, b, c, d) => true;",
        Risk.NO_TLS_CHECK,
    ),
    ("c", "curl_easy_setopt(curl, █", "CURLOPT_SSL_VERIFYPEER, 0L);", Risk.NO_TLS_CHECK),
    ("c", "█", "system(line);", Risk.EXECUTION),
    ("cpp", "█", "std::system(line.c_str());", Risk.EXECUTION),
    ("ruby", "http.verify_mode = █", "OpenSSL::SSL::VERIFY_NONE", Risk.NO_TLS_CHECK),
    ("ruby", "out = █", "`ls #{folder}`", Risk.EXECUTION),
    ("ruby", "█", 'system "rm -r #{folder}"', Risk.EXECUTION),
    ("php", "curl_setopt($c, █", "CURLOPT_SSL_VERIFYPEER, false);", Risk.NO_TLS_CHECK),
    ("php", "new Client([█])", "'verify' => false", Risk.NO_TLS_CHECK),
    ("php", "$out = █", "shell_exec($line);", Risk.EXECUTION),
    ("php", "$out = █", "`ls $folder`;", Risk.EXECUTION),
    ("shellscript", "curl █", "-fsSLk https://a.example", Risk.NO_TLS_CHECK),
    ("shellscript", "█", "curl --insecure https://a.example", Risk.NO_TLS_CHECK),
    ("shellscript", "█", "curl -fsSL https://a.example/install | sudo sh", Risk.EXECUTION),
    ("shellscript", "█", 'eval "$line"', Risk.EXECUTION),
    ("shellscript", "git █", "config http.sslVerify false", Risk.NO_TLS_CHECK),
    ("lua", "█", "os.execute(line)", Risk.EXECUTION),
    ("swift", "process.launchPath = █", '"/bin/sh"', Risk.EXECUTION),
    ("swift", "█", "let t = DisabledTrustEvaluator()", Risk.NO_TLS_CHECK),
    ("dockerfile", "RUN █", "wget --no-check-certificate https://a.example", Risk.NO_TLS_CHECK),
    ("yaml", "  run: █", "curl -k https://a.example", Risk.NO_TLS_CHECK),
]


@pytest.mark.parametrize(("language", "marked", "text", "risk"), SEEN)
def test_a_risk_is_seen_in_its_language(language: str, marked: str, text: str, risk: Risk) -> None:
    assert added(marked, text, language) == [risk]


def test_every_language_of_the_table_has_a_line_above() -> None:
    assert set(SIGNS) <= {language for language, *_ in SEEN}
    assert set(SIGNS) <= {language.name for language in LANGUAGES}


@pytest.mark.parametrize(
    ("language", "marked", "text"),
    [
        # What the user has typed isn't the suggestion's.
        ("python", "eval(█)", "text"),
        ("python", "requests.get(url, verify=False, █)", "timeout=3"),
        ("python", "os.system(█", "command)"),
        # Words in comments and strings.
        ("python", "x = 1  # █", "never eval(x) with verify=False"),
        ("python", "raise ValueError(█)", '"shell=True, os.system(x) or eval(x)"'),
        ("python", 'def f():\n    """\n    █\n    """\n', "Use eval(x), verify=False."),
        ("javascript", "/*\n * █\n */", "eval(x)"),
        ("python", "x = 1  # █", "as curl -k https://a.example does"),
        ("go", "// █", 'as exec.Command("sh", "-c", line) does'),
        # Others of the same name.
        ("python", "█", "model.eval()"),
        ("python", "█", "def eval(self): ..."),
        ("python", "x = █", "re.compile(text)"),
        ("python", "█", "retrieval(query)\nverify = check(False)"),
        ("python", "x = █", "yaml.load(data, Loader=yaml.SafeLoader)"),
        ("javascript", "const found = █", "/a+/.exec(text);"),
        ("javascript", "class A {\n  █\n}", "exec(query) {\n    return query;\n  }"),
        ("php", "$rows = █", "$pdo->exec($query);"),
        ("php", "$body = █", "curl_exec($c);"),
        ("go", "cmd := █", 'exec.Command("git", "status")'),
        ("c", "█", "filesystem(path);"),
        ("shellscript", "█", "curl -fsSL -o kernel https://a.example"),
        ("shellscript", "█", "echo 'no need to eval this'"),
        ("markdown", "Then run █", "curl -k https://a.example | sh"),
    ],
)
def test_what_only_looks_so_is_none(language: str, marked: str, text: str) -> None:
    assert added(marked, text, language) == []


def test_a_line_that_the_file_has_is_no_news() -> None:
    assert added("a = eval(x)\nb = 1\n█\n", "a = eval(x)") == []
    assert added("  a = eval(x)\nif b:\n    █\n", "a = eval(x)") == []
    assert added("a = eval(x)\nb = 1\n█\n", "b = eval(x)") == [Risk.EXECUTION]


@pytest.mark.parametrize("above", ["# a = eval(x)", "b = 'a = eval(x)'"])
def test_a_line_that_only_speaks_of_it_makes_it_no_less_news(above: str) -> None:
    assert added(f"{above}\n█\n", "a = eval(x)") == [Risk.EXECUTION]


def test_several_risks_are_told_once_each() -> None:
    text = f"eval(a)\nexec(b)\nrequests.get(u, verify=False, auth='{KEY}')\nimport madeup"
    assert set(added("█", text)) == set(Risk)
    assert len(added("█", text)) == len(Risk)


@pytest.mark.parametrize(
    ("language", "marked", "text"),
    [
        ("python", "import █", "madeup"),
        ("python", "import num█", "pie"),
        ("python", "import os, █", "numpy as np, madeup.sub as m"),
        ("python", "from █", "madeup.sub import name"),
        ("python", "def f():\n    █\n", "from madeup import name"),
        ("python", "m = █", 'importlib.import_module("madeup.sub")'),
        ("javascript", "import x from █", '"madeup";'),
        ("typescript", "const x = █", "require('@scope/madeup');"),
        ("javascript", "const x = await █", "import('madeup/sub');"),
    ],
)
def test_an_import_of_an_unknown_package_is_seen(language: str, marked: str, text: str) -> None:
    assert added(marked, text, language) == [Risk.UNKNOWN_PACKAGE]


@pytest.mark.parametrize(
    ("language", "marked", "text"),
    [
        ("python", "import █", "os, sys, numpy.linalg"),
        ("python", "from . import █", "madeup"),
        ("python", "from █", ".madeup import name"),
        ("python", "# █", "import madeup"),
        ("python", "import madeup█", ".sub as m"),
        ("python", "import madeup\n█", "from madeup import name"),
        ("python", "█", 'print("import madeup")'),
        ("javascript", "import x from █", '"react/jsx-runtime";'),
        ("javascript", "import x from █", '"node:fs/promises";'),
        ("javascript", "import x from █", '"./madeup";'),
        ("javascript", "import x from █", '"@/madeup";'),
        ("javascript", "const a = █", 'Array.from("madeup");'),
        ("javascript", "// █", 'import x from "madeup";'),
        ("go", "import █", '"github.com/made/up"'),  # nothing is known of Go here
        ("ruby", "█", "require 'madeup'"),
    ],
)
def test_an_import_of_what_is_known_is_none(language: str, marked: str, text: str) -> None:
    assert added(marked, text, language) == []


def test_without_knowledge_no_import_is_judged() -> None:
    assert risks_in("madeup", at("import █")) == ()


@given(
    text=st.text(alphabet="evalxc(){}\"'`# /*\n=-k:|", max_size=80),
    marked=st.sampled_from(["█", "x = f(█)", "'''█", "/* █ */", "curl █\n", "eval(█", "import █, a"]),
    language=st.sampled_from([*SIGNS, "unknown", "markdown"]),
)
def test_any_text_is_judged(text: str, marked: str, language: str) -> None:
    assert set(added(marked, text, language)) <= set(Risk)


@pytest.mark.parametrize(
    "unit", ["curl ", "eval(", "import a, ", "'verify'", "Runtime", "`", "from a ", '"a.b/', "ssl="]
)
def test_nothing_of_the_worst_kind_takes_more_than_linear_time(unit: str) -> None:
    """These would run for minutes if a pattern went back and forth."""
    for language in SIGNS:
        added("█", unit * (8_000 // len(unit)), language)
