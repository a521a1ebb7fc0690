"""Which packages a manifest names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mistral_lsp.core.manifests import MANIFESTS, kind_of, names_in

PYPROJECT = """
[project]
name = "my-app"
dependencies = ["PyYAML>=6", "google-cloud-storage", "requests[socks]; python_version > '3'"]
[project.optional-dependencies]
docs = ["sphinx"]
[dependency-groups]
dev = ["pytest", {include-group = "docs"}]
[tool.poetry.dependencies]
django = "^5"
"""
PACKAGE_JSON = '{"name": "mine", "dependencies": {"react": "1"}, "devDependencies": {"@types/node": "2", "@a/b": "3"}}'
GO_MOD = """
module example.org/mine

go 1.22

require (
\tgithub.com/a/b v1.0.0
)
require golang.org/x/net v0.1.0 // indirect
"""
CARGO = """
[package]
name = "my-crate"
[dependencies]
serde = { version = "1", features = ["derive"] }
tokio-util = "0.7"
[target.'cfg(unix)'.dependencies]
nix = "0.29"
"""


@pytest.mark.parametrize(
    ("name", "text", "names"),
    [
        ("pyproject.toml", PYPROJECT, "my_app yaml google requests sphinx pytest django"),
        (
            "requirements-dev.txt",
            "numpy==2\n# a comment\n-r other.txt\nscikit-learn >= 1\nx @ https://a.example\n",
            "numpy sklearn x",
        ),
        ("Pipfile", '[packages]\nflask = "*"\n', "flask"),
        ("Pipfile.lock", '{"default": {"flask": {}}, "_meta": {"hash": {}}}', "flask"),
        ("environment.yml", "dependencies:\n  - numpy=2\n  - pip:\n    - torch\n", "numpy torch"),
        ("setup.cfg", "[options]\ninstall_requires =\n    click>=8\n    rich\n", "click rich"),
        ("setup.py", "setup(install_requires=['click>=8', \"rich\"])", "click rich"),
        ("uv.lock", '[[package]]\nname = "httpx"\nversion = "1"\n', "httpx"),
        ("package.json", PACKAGE_JSON, "mine react @types/node node @a/b"),
        ("package-lock.json", '{"packages": {"node_modules/a": {}, "node_modules/@b/c": {}}}', "a @b/c"),
        ("yarn.lock", 'a@^1:\n  version 1\n"@b/c@npm:^2":\n', "a @b/c"),
        ("pnpm-lock.yaml", "packages:\n  /a@1.0.0:\n    x: 1\n  '@b/c@2.0.0':\n", "a @b/c"),
        ("tsconfig.json", '{"compilerOptions": {"paths": {"@app/*": ["src/*"], "lib": ["lib"]}}} // x', "@app lib"),
        ("go.mod", GO_MOD, "example.org/mine github.com/a/b golang.org/x/net"),
        ("Cargo.toml", CARGO, "my_crate serde tokio_util nix"),
        ("Cargo.lock", '[[package]]\nname = "a-b"\n', "a_b"),
    ],
)
def test_the_names_are_those_of_imports(name: str, text: str, names: str) -> None:
    assert set(names.split()) <= names_in(name, text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", "[tool.ruff]\nline-length = 120\n"),
        ("pyproject.toml", "[project\n"),
        ("pyproject.toml", "a = " + "[" * 5_000),
        ("package.json", "{"),
        ("package.json", "[1]"),
        ("package.json", '{"dependencies": ["a"]}'),
        ("package.json", "[" * 50_000),
        ("requirements.txt", "# nothing\n"),
        ("main.py", "numpy"),
    ],
)
def test_what_names_none_or_is_broken_names_none(name: str, text: str) -> None:
    assert names_in(name, text) == frozenset()


def test_other_files_are_no_manifests() -> None:
    assert kind_of("main.py") is None
    assert kind_of("requirements.md") is None


@given(name=st.sampled_from(MANIFESTS), text=st.text(alphabet='abn{}[]"=:@/.-\n \t,', max_size=200))
def test_any_text_can_be_read(name: str, text: str) -> None:
    names_in(name.replace("*", ""), text)
