"""What a suggestion adds that a reader should look at twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.cursor import at

from mistral_lsp.core.risks import MAX_CHARS, Risk, risks_in

KEY = "AKIA" + "QWERTYUIOPASDFGH"


@pytest.mark.parametrize(
    ("marked", "text", "language"),
    [
        ("key = █\n", f'"{KEY}"', "python"),
        ("password = █\n", '"Tr0ub4dor&3xKq9"', "python"),
        ("url = █\n", '"postgres://admin:hunter2x@db/main"', "python"),
        ("const token = █;\n", '"ghp_' + "a1B2" * 9 + '"', "javascript"),
    ],
)
def test_a_hard_coded_key_is_one(marked: str, text: str, language: str) -> None:
    assert risks_in(text, at(marked, language)) == (Risk.KEY,)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("requests.get(url, verify=False)", "python"),
        ("ssl._create_default_https_context = ssl._create_unverified_context", "python"),
        ("context.check_hostname = False", "python"),
        ("new https.Agent({ rejectUnauthorized: false })", "typescript"),
        ('process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0"', "javascript"),
        ("&tls.Config{InsecureSkipVerify: true}", "go"),
        (".danger_accept_invalid_certs(true)", "rust"),
        ("curl_setopt($ch, CURLOPT_SSL_VERIFYPEER, false);", "php"),
        ("curl -fsSLk https://example.org", "shellscript"),
        ("http.verify_mode = OpenSSL::SSL::VERIFY_NONE", "ruby"),
    ],
)
def test_so_is_a_certificate_that_nobody_checks(text: str, language: str) -> None:
    assert risks_in(text, at("█\n", language)) == (Risk.UNCHECKED,)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("subprocess.run(command, shell=True)", "python"),
        ("os.system(command)", "python"),
        ("return eval(text)", "python"),
        ("yaml.load(file)", "python"),
        ('require("child_process").exec(command)', "javascript"),
        ("element.innerHTML = text", "typescript"),
        ("system(command)", "ruby"),
        ("shell_exec($command);", "php"),
        ("Runtime.getRuntime().exec(command);", "java"),
        ('exec.Command("sh", "-c", command)', "go"),
        ("system(command);", "c"),
        ("curl https://example.org/install | sudo bash", "shellscript"),
    ],
)
def test_so_is_a_shell_or_text_that_is_run(text: str, language: str) -> None:
    assert risks_in(text, at("█\n", language)) == (Risk.EXECUTES,)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("subprocess.run([name, path], check=True)", "python"),
        ("requests.get(url, verify=True)", "python"),
        ("model.eval()", "python"),
        ("re.compile(text)", "python"),
        ("yaml.load(file, Loader=yaml.SafeLoader)", "python"),
        ("# never use verify=False", "python"),
        ("pattern.exec(text)", "javascript"),
        ("retrieval(x)", "javascript"),
        ("file_system(x)", "c"),
        ("fs::system(x)", "cpp"),
        ('password = os.environ["PASSWORD"]', "python"),
        ("token = get_token()", "python"),
        ("skip = not is_insecure", "python"),
    ],
)
def test_ordinary_code_has_none(text: str, language: str) -> None:
    assert risks_in(text, at("█\n", language)) == ()


def test_what_the_file_does_already_is_no_news() -> None:
    cursor = at("a = requests.get(u, verify=False)\nb = █\n")
    assert risks_in("requests.get(v, verify=False)", cursor) == ()
    assert risks_in("os.system(v)", cursor) == (Risk.EXECUTES,)


def test_each_risk_is_told_once_and_all_are() -> None:
    text = f'os.system("a")\nos.system("b")\nget(u, verify=False)\nkey = "{KEY}"'
    assert risks_in(text, at("█\n")) == (Risk.KEY, Risk.UNCHECKED, Risk.EXECUTES)


@given(st.text(alphabet="aevl(){}-k cur=|`'\"$ \n", max_size=200))
def test_any_text_is_looked_at(text: str) -> None:
    for language in ("python", "javascript", "ruby", "shellscript", "plaintext"):
        risks_in(text * (MAX_CHARS // 400), at("x = █\n", language))
