"""`mistral-lsp deploy` as a person runs it: the files, the secrets beside them, and what is printed."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from support.proxy import running

from mistral_lsp.bench.endpoint import Endpoint
from mistral_lsp.bench.tgi_script import Script
from mistral_lsp.cli import main

HF_TOKEN = "hf_notarealtoken"


class Box:
    """A user with a home of their own."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home, self.out = home, home / "out"
        self.secrets = home / ".config" / "mistral-lsp" / "deploy"
        self._capsys = capsys
        self.printed = self.complaint = ""

    def deploy(self, line: str, *, status: int = 0) -> str:
        """Run it, with `--out` where the line names none; what it says on stdout."""
        words = shlex.split(line)
        out = [] if "--out" in words or "--explain" in words else ["--out", str(self.out)]
        assert main(["deploy", *words, *out]) == status
        self.printed, self.complaint = self._capsys.readouterr()
        assert "Traceback" not in self.complaint
        return self.printed

    def written(self) -> dict[str, str]:
        return {path.name: path.read_text() for path in self.out.iterdir()}

    @property
    def key(self) -> str:
        return (self.secrets / "mistral.key").read_text().strip()


@pytest.fixture
def box(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Box:
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "HF_TOKEN", "HF_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return Box(tmp_path, capsys)


@pytest.mark.parametrize("target", ["compose", "k8s", "sky"])
def test_the_key_is_made_kept_and_in_no_file_and_no_line(target: str, box: Box) -> None:
    printed = box.deploy(f"{target} --gpu a10g")
    assert re.fullmatch(r"[0-9a-f]{64}", box.key)
    assert box.key not in printed + box.complaint + "".join(box.written().values())
    for path in box.secrets.iterdir():
        assert path.stat().st_mode & 0o777 == 0o600, path
    assert box.secrets.stat().st_mode & 0o777 == 0o700
    assert str(box.secrets / "mistral.key") in printed


def test_a_second_run_keeps_the_key_and_the_files(box: Box) -> None:
    box.deploy("compose --gpu a10g")
    key, files = box.key, box.written()
    assert "unchanged" in box.deploy("compose --gpu a10g")
    assert (box.key, box.written()) == (key, files)
    box.deploy("compose --gpu a10g --context 4096")  # other files in their place: nobody changed them
    assert box.key == key
    assert box.written()["compose.yaml"] != files["compose.yaml"]


def test_two_deployments_have_two_keys(box: Box) -> None:
    box.deploy("compose --gpu a10g")
    box.deploy("compose --gpu a10g --name other --out " + str(box.home / "other"))
    assert (box.secrets / "other.key").read_text().strip() != box.key


def test_a_key_that_others_can_read_is_refused(box: Box) -> None:
    box.deploy("compose --gpu a10g")
    (box.secrets / "mistral.key").chmod(0o644)
    box.deploy("compose --gpu a10g", status=1)
    assert "chmod 600" in box.complaint
    (box.secrets / "mistral.key").chmod(0o600)
    (box.secrets / "mistral.key").write_text("")
    box.deploy("compose --gpu a10g", status=1)
    assert "holds no key" in box.complaint


def test_what_the_user_changed_is_written_over_by_force_alone(box: Box) -> None:
    box.deploy("compose --gpu a10g")
    changed = box.out / "compose.yaml"
    changed.write_text(changed.read_text() + "# mine\n")
    before = box.written()
    box.deploy("compose --gpu a10g --context 4096", status=1)
    assert str(changed) in box.complaint
    assert "haproxy.cfg" not in box.complaint
    assert "--force" in box.complaint
    assert box.written() == before  # not even the others
    box.deploy("compose --gpu a10g --context 4096 --force")
    assert "# mine" not in box.written()["compose.yaml"]


def test_files_of_somebody_else_and_links_elsewhere_are_left_alone(box: Box) -> None:
    box.out.mkdir()
    (box.out / "compose.yaml").write_text("services: {}\n")
    box.deploy("compose --gpu a10g", status=1)
    assert "isn't ours" in box.complaint
    (box.out / "compose.yaml").unlink()
    elsewhere = box.home / "elsewhere"
    elsewhere.write_text("precious")
    (box.out / "compose.yaml").symlink_to(elsewhere)
    box.deploy("compose --gpu a10g --force")
    assert elsewhere.read_text() == "precious"
    assert not (box.out / "compose.yaml").is_symlink()


def test_a_place_that_can_t_be_written_is_named(box: Box) -> None:
    (box.home / "file").write_text("")
    box.deploy(f"compose --gpu a10g --out {box.home}/file", status=1)
    assert f"{box.home}/file" in box.complaint
    box.deploy(f"compose --gpu a10g --out {box.home}/.config", status=1)
    assert "secrets are kept in there" in box.complaint


def test_a_gated_model_without_a_token_is_refused_in_words(box: Box) -> None:
    box.deploy("compose --gpu a100 --precision fp16", status=1)
    assert "huggingface.co/mistralai/Mistral-7B-Instruct-v0.3" in box.complaint
    assert "HF_TOKEN" in box.complaint
    assert not box.out.exists()


@pytest.mark.parametrize("target", ["compose", "k8s", "sky"])
def test_the_token_of_hugging_face_stays_out_of_files_and_lines(
    target: str, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", HF_TOKEN)
    printed = box.deploy(f"{target} --gpu a100 --precision fp16")
    assert HF_TOKEN not in printed + "".join(box.written().values())
    kept = box.secrets / "mistral.hf-token"
    assert kept.read_text().strip() == HF_TOKEN
    assert kept.stat().st_mode & 0o777 == 0o600
    monkeypatch.delenv("HF_TOKEN")
    box.deploy(f"{target} --gpu a100 --precision fp16")  # the kept one


def test_sky_gets_its_secrets_in_a_file_of_their_own(box: Box) -> None:
    printed = box.deploy("sky --gpu a10g")
    assert (box.secrets / "mistral.secrets").read_text() == f"MISTRAL_LSP_KEY={box.key}\n"
    assert f"--secret-file {box.secrets}/mistral.secrets" in printed
    assert "MISTRAL_LSP_KEY: null" in box.written()["sky.yaml"]


def test_compose_s_variables_are_paths_alone(box: Box) -> None:
    box.deploy("compose --gpu a10g")
    variables = (box.secrets / "mistral.env").read_text()
    assert box.key not in variables
    assert f"MISTRAL_LSP_KEY_FILE='{box.secrets}/mistral.key'" in variables
    wanted = set(re.findall(r"\$\{(MISTRAL_LSP_\w+):\?\}", box.written()["compose.yaml"]))
    assert wanted == set(re.findall(r"^(MISTRAL_LSP_\w+)=", variables, re.MULTILINE))
    weights = re.search(r"MISTRAL_LSP_WEIGHTS='(.*)'", variables)
    assert weights is not None
    assert os.access(weights[1], os.W_OK)


def test_explain_prints_the_table_and_writes_nothing(box: Box) -> None:
    printed = box.deploy("compose --gpu a10g --explain")
    rows = {tuple(line.split()[:2]): line for line in printed.splitlines() if line.startswith(("vllm", "tgi", "llama"))}
    assert "109 ms" in rows["vllm", "awq*"]
    assert "no" in rows["vllm", "fp8"].split()
    assert "compute capability 8.9 for fp8; a10g has 8.6" in printed
    assert "600 GB/s" in printed
    assert not box.out.exists()
    assert not box.secrets.exists()


def test_bad_words_get_one_line(box: Box) -> None:
    for line, words in (
        ("compose --gpu abacus", "no such GPU is known"),
        ("compose --gpu a10g --host gpu.example.org --certificate /no/such --private-key /no/such", "no such file"),
        ("compose --gpu a10g --host gpu.example.org", "without TLS"),
    ):
        box.deploy(line, status=1)
        assert words in box.complaint
        assert box.complaint.startswith("mistral-lsp: deploy: ")
    assert main(["deploy", "compose", "--gpu", "a10g"]) == 1  # nowhere to write


def test_help_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["deploy", "--help"])
    assert ended.value.code == 0
    assert "--explain" in capsys.readouterr().out


@pytest.mark.parametrize("engine", ["vllm", "tgi", "llamacpp"])
async def test_the_printed_proof_proves_it(engine: str, box: Box, tmp_path: Path) -> None:
    """The two lines of curl and the check, run against the proxy before a stand-in."""
    printed = box.deploy(
        f"compose --gpu {'cpu' if engine == 'llamacpp' else 'h100'} --engine {engine}" + _QUANTISED[engine]
    )
    key_file = box.secrets / "mistral.key"
    start = printed.index("  curl --silent --show-error --no-buffer")
    script = printed[start : printed.index("And that an editor")]
    async with Endpoint(Script(engine=engine, token=box.key, reply=" a + b")) as endpoint:
        with running(tmp_path, [endpoint.url], engine=engine, key=box.key) as proxy:
            process = await asyncio.create_subprocess_exec(
                *("bash", "-c", script.replace("http://127.0.0.1:8000", proxy.url)),
                stdout=subprocess.PIPE,
                env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
            )
            out, _ = await asyncio.wait_for(process.communicate(), 60)
    curled, mark, checked = out.decode().partition("✓ Reach")
    assert "data:" in curled
    assert curled.splitlines()[-1] == "401"
    assert mark
    assert checked.endswith("All is well.\n")
    assert key_file.read_text().strip() not in script


_QUANTISED = {"vllm": " --precision awq", "tgi": " --precision awq", "llamacpp": ""}
