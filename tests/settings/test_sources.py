"""The user's file and the environment."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from mistral_lsp.settings import RULES, Completion, Endpoint, Resolved, resolve, sources, variable_of

URL = "http://127.0.0.1:8080"


def from_file(tmp_path: Path, content: bytes) -> Resolved:
    path = tmp_path / "config.toml"
    path.write_bytes(content)
    return resolve(sources.user_file(path))


def fault(tmp_path: Path, content: bytes) -> str:
    resolved = from_file(tmp_path, content)
    assert len(resolved.problems) == 1
    return str(resolved.problems[0])


def test_the_file_is_toml_with_a_table_for_each_section(tmp_path: Path) -> None:
    content = f'[endpoint]\nurl = "{URL}"\n[completion]\ndisabled_languages = ["markdown"]\n'
    resolved = from_file(tmp_path, content.encode())
    assert resolved.settings.endpoint == Endpoint(url=URL)
    assert resolved.settings.completion == Completion(disabled_languages=("markdown",))
    assert resolved.origins["endpoint.url"] == str(tmp_path / "config.toml")


@pytest.mark.skipif(sys.platform == "win32", reason="the folders of other systems")
@pytest.mark.parametrize(
    ("environ", "place"),
    [
        ({"XDG_STATE_HOME": "/s", "HOME": "/h"}, "/s/mistral-lsp"),
        ({"XDG_STATE_HOME": "s", "HOME": "/h"}, "/h/.local/state/mistral-lsp"),
        ({"HOME": "/h"}, "/h/.local/state/mistral-lsp"),
    ],
)
def test_what_is_kept_lies_where_the_system_wants_it(environ: dict[str, str], place: str) -> None:
    assert str(sources.state_path(environ)) == place


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    assert from_file(tmp_path, b"\xef\xbb\xbf[completion]\ndelay_ms = 5\n").settings.completion.delay_ms == 5


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"[endpoint\n", "line 1"),
        (b"[completion]\ndelay_ms = \n", "line 2"),
        (b"a = 1\na = 2\n", "line 2"),
        (b"[endpoint]\nurl = '\xff'\n", "not UTF-8 (at byte 18)"),
        (b"a = " + b"[" * 100_000, "nested too deeply"),
        (b"a = " + b"9" * 5000, "4300 digits"),
        (b"#" * (2**20 + 1), "larger than 1024 KiB"),
    ],
)
def test_a_broken_file_is_named_with_the_place(tmp_path: Path, content: bytes, told: str) -> None:
    message = fault(tmp_path, content)
    assert message.startswith(f"{tmp_path / 'config.toml'} is ignored: ")
    assert told in message


def test_a_wrong_value_names_the_file(tmp_path: Path) -> None:
    assert fault(tmp_path, b"[completion]\ndelay_ms = 1979-05-27\n").startswith(f"{tmp_path / 'config.toml'}: ")


def test_no_file_is_no_source_and_a_folder_of_its_name_is_told(tmp_path: Path) -> None:
    assert sources.user_file(tmp_path / "none" / "config.toml") == []
    (tmp_path / "file").touch()
    assert sources.user_file(tmp_path / "file" / "config.toml") == []
    assert "it is not a file" in str(resolve(sources.user_file(tmp_path)).problems[0])


def test_a_file_that_may_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "config.toml"
    path.touch()
    monkeypatch.setattr(Path, "open", refuse)
    assert str(resolve(sources.user_file(path)).problems[0]) == f"{path} is ignored: Permission denied."


def test_tomllib_is_not_imported_where_there_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "tomllib", raising=False)
    sources.standard({"XDG_CONFIG_HOME": str(tmp_path)})
    assert "tomllib" not in sys.modules


@pytest.mark.skipif(sys.platform == "win32", reason="the XDG folders are not Windows's")
@pytest.mark.parametrize(
    ("environ", "path"),
    [
        ({"XDG_CONFIG_HOME": "/x", "HOME": "/h"}, "/x/mistral-lsp/config.toml"),
        ({"XDG_CONFIG_HOME": "", "HOME": "/h"}, "/h/.config/mistral-lsp/config.toml"),
        ({"XDG_CONFIG_HOME": "relative", "HOME": "/h"}, "/h/.config/mistral-lsp/config.toml"),
        ({"HOME": "/h"}, "/h/.config/mistral-lsp/config.toml"),
    ],
)
def test_the_file_is_in_the_users_configuration_folder(environ: dict[str, str], path: str) -> None:
    assert sources.user_path(environ) == Path(path)


def test_on_windows_it_is_in_appdata(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sources, "_ON_WINDOWS", True)
    expected = tmp_path / "mistral-lsp" / "config.toml"
    assert sources.user_path({"APPDATA": str(tmp_path), "XDG_CONFIG_HOME": "/x"}) == expected


@pytest.mark.parametrize("key", RULES)
def test_every_key_has_a_variable(key: str) -> None:
    default = RULES[key].default
    text = ",".join(default) if isinstance(default, tuple) else str(default)
    resolved = resolve(sources.environment({variable_of(key): text or URL}))
    assert not resolved.problems or not text
    assert resolved.origins[key] == variable_of(key) or not text


def test_variables_are_read_by_the_keys_type() -> None:
    environ = {
        "MISTRAL_LSP_ENDPOINT_URL": URL,
        "MISTRAL_LSP_ENDPOINT_TIMEOUT_S": "2.5",
        "MISTRAL_LSP_COMPLETION_ENABLED": "off",
        "MISTRAL_LSP_COMPLETION_DELAY_MS": "0",
        "MISTRAL_LSP_COMPLETION_DISABLED_LANGUAGES": "markdown,plaintext",
    }
    settings = resolve(sources.environment(environ)).settings
    assert settings.endpoint == Endpoint(url=URL, timeout_s=2.5)
    assert settings.completion == Completion(enabled=False, delay_ms=0, disabled_languages=("markdown", "plaintext"))


def test_an_empty_variable_is_unset_and_others_are_not_ours() -> None:
    environ = {
        "MISTRAL_LSP_ENDPOINT_KIND": "",
        "MISTRAL_LSP_TOKEN": "hf_0123456789",
        "MISTRAL_LSP_LOG": "debug",
        "ENDPOINT_URL": URL,
    }
    assert sources.environment(environ) == []


def test_a_problem_names_the_variable() -> None:
    environ = {"MISTRAL_LSP_COMPLETION_DELAY_MS": "soon", "MISTRAL_LSP_ENDPOINT_ULR": URL}
    first, second = map(str, resolve(sources.environment(environ)).problems)
    assert first.startswith('MISTRAL_LSP_COMPLETION_DELAY_MS: completion.delay_ms = "soon" is ignored')
    assert second == "MISTRAL_LSP_ENDPOINT_ULR: endpoint.ulr is unknown (did you mean endpoint.url?)."


def test_the_environment_stands_above_the_file(tmp_path: Path) -> None:
    folder = tmp_path / "mistral-lsp"
    folder.mkdir()
    (folder / "config.toml").write_text("[completion]\ndelay_ms = 1\nmax_tokens = 2\n")
    environ = {"XDG_CONFIG_HOME": str(tmp_path), "APPDATA": str(tmp_path), "MISTRAL_LSP_COMPLETION_DELAY_MS": "3"}
    completion = resolve(sources.standard(environ)).settings.completion
    assert (completion.delay_ms, completion.max_tokens) == (3, 2)


def test_bytes_that_are_no_utf8_in_the_environment_end_nothing() -> None:
    value = os.fsdecode(b"\xff\xfe")
    assert resolve(sources.environment({"MISTRAL_LSP_ENDPOINT_URL": value})).settings.endpoint == Endpoint()
