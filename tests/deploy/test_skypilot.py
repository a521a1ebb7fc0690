"""SkyPilot itself reads what is written for it: `make test-deploy`, since installing it takes minutes."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from mistral_lsp.deploy.plan import Wish, planned
from mistral_lsp.deploy.render import files

if TYPE_CHECKING:
    from pathlib import Path

PYTHON = os.environ.get("SKYPILOT_PYTHON", "")
READ = """
import json, sys, yaml, sky
from sky.utils import common_utils, schemas
task = sky.Task.from_yaml_config(yaml.safe_load(open("sky.yaml")), secrets_overrides=[("MISTRAL_LSP_KEY", "k3y")])
try:
    config = yaml.safe_load(open("sky-config.yaml"))
    common_utils.validate_schema(config, schemas.get_config_schema(), "config: ")
except FileNotFoundError:
    pass
service = task.service.to_yaml_config() if task.service else None
print(json.dumps({"resources": [str(one) for one in task.resources], "service": service}))
"""


def read_by_skypilot(folder: Path, wish: Wish) -> dict[str, Any]:
    if not PYTHON:
        pytest.skip("SkyPilot isn't asked: run `make test-deploy`, which installs it into an environment of its own")
    for name, text in files(planned(wish)).items():
        (folder / name).write_text(text)
    environment = {**os.environ, "HOME": str(folder), "SKYPILOT_DISABLE_USAGE_COLLECTION": "1"}
    ran = subprocess.run(
        [PYTHON, "-c", READ], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    told: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return told


@pytest.mark.parametrize("gpu", ["l4", "a100"])
def test_skypilot_reads_the_task(gpu: str, tmp_path: Path) -> None:
    told = read_by_skypilot(tmp_path, Wish(target="sky", gpu=gpu, precision="awq"))
    assert told["service"] is None
    assert "ports" not in told["resources"][0]


@pytest.mark.parametrize("cloud", ["aws", "gcp"])
def test_skypilot_reads_the_service_and_fills_in_the_key(cloud: str, tmp_path: Path) -> None:
    for name in ("cert.pem", "key.pem"):
        (tmp_path / name).touch()
    wish = Wish(
        target="sky",
        gpu="h100",
        precision="awq",
        replicas=2,
        host="gpu.example.org",
        certificate=str(tmp_path / "cert.pem"),
        private_key=str(tmp_path / "key.pem"),
        cloud=cloud,
        vpc="mine",
    )
    service = read_by_skypilot(tmp_path, wish)["service"]
    assert service["readiness_probe"]["headers"] == {"Authorization": "Bearer k3y"}
    assert service["replica_policy"]["min_replicas"] == 2
    assert service["tls"]["certfile"] == str(tmp_path / "cert.pem")
