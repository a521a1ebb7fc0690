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

# What AWS and SkyPilot's own catalogue would say, which only an account and the network can: that the account is
# enabled, what machines there are, and an image's disk. All else is SkyPilot's: it picks the machine and writes the
# cluster's configuration, up to where it would rent it.
DRY_RUN = """
import json, pathlib, yaml, sky
from sky import check, clouds, execution
from sky.backends import backend_utils
from sky.skylet import constants
catalog = pathlib.Path.home() / ".sky/catalogs" / constants.CATALOG_SCHEMA_VERSION
for name, rows in json.load(open("catalog.json")).items():
    (catalog / name).parent.mkdir(parents=True, exist_ok=True)
    (catalog / name).write_text("\\n".join(rows) + "\\n")
enabled = [clouds.AWS()]
check.get_cached_enabled_clouds_or_refresh = lambda *_, **__: enabled
clouds.AWS.get_image_root_device_name = classmethod(lambda *_, **__: "/dev/sda1")
write, chosen = backend_utils.write_cluster_config, []
def noted(resources, *args, **more):
    chosen.append(resources)
    return write(resources, *args, **more)
backend_utils.write_cluster_config = noted
task = sky.Task.from_yaml_config(yaml.safe_load(open("sky.yaml")), secrets_overrides=[("MISTRAL_LSP_KEY", "k3y")])
made = execution.launch(task, cluster_name="mistral", dryrun=True)
[best] = chosen
print(json.dumps({"made": made, "machine": best.instance_type, "disk_gb": best.disk_size, "ports": best.ports}))
"""
CATALOG = {
    "aws/vms.csv": [
        "InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,GpuInfo,Price,SpotPrice,Region,AvailabilityZone,Arch",
        "g6.xlarge,L4,1,4,16,,1.0,1.0,us-east-1,us-east-1a,x86_64",
        "g6.12xlarge,L4,4,48,192,,4.0,4.0,us-east-1,us-east-1a,x86_64",
        "g5.xlarge,A10G,1,4,16,,1.0,1.0,us-east-1,us-east-1a,x86_64",
        "m6i.2xlarge,,,8,32,,0.5,0.5,us-east-1,us-east-1a,x86_64",
    ],
    "aws/images.csv": [
        "Tag,Region,OS,OSVersion,ImageId,CreationDate,BaseImageId",
        "skypilot:custom-gpu-ubuntu-cuda13,us-east-1,ubuntu,22.04,ami-1,20260101,ami-1",
    ],
    "aws/instance_quota_mapping.csv": ["InstanceType,OnDemandInstanceCode,SpotInstanceCode,Region"],
    "common/accelerators.csv": ["AcceleratorName,Clouds", "L4,AWS", "A10G,AWS"],
}


def write(folder: Path, wish: Wish) -> None:
    for name, text in files(planned(wish)).items():
        (folder / name).write_text(text)


def asked(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    """SkyPilot in a home of its own; it asks for an rsync, and runs none."""
    if not PYTHON:
        pytest.skip("SkyPilot isn't asked: run `make test-deploy`, which installs it into an environment of its own")
    rsync = folder / "bin" / "rsync"
    rsync.parent.mkdir()
    rsync.write_text('#!/bin/sh\ntest "$*" = --version\n')
    rsync.chmod(0o755)
    path = f"{rsync.parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "HOME": str(folder), "PATH": path, "SKYPILOT_DISABLE_USAGE_COLLECTION": "1"}
    return subprocess.run(
        [PYTHON, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300
    )


def read_by_skypilot(folder: Path, wish: Wish) -> dict[str, Any]:
    write(folder, wish)
    ran = asked(folder, READ)
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


@pytest.mark.parametrize(("gpu", "machine"), [("l4", "g6.xlarge"), ("a10g", "g5.xlarge")])
def test_a_dry_run_comes_to_the_machine_that_it_would_rent(gpu: str, machine: str, tmp_path: Path) -> None:
    write(tmp_path, Wish(target="sky", gpu=gpu, precision="awq"))
    (tmp_path / "catalog.json").write_text(json.dumps(CATALOG))
    ran = asked(tmp_path, DRY_RUN)
    assert ran.returncode == 0, ran.stderr[-2000:]
    line = ran.stdout.splitlines()[-1]
    told = json.loads(line[line.index("{") :])  # behind what shows the cursor again
    assert told["machine"] == machine
    assert told["made"] == [None, None]  # nothing is
    assert told["ports"] is None
    assert told["disk_gb"] > 40


def test_a_dry_run_says_where_no_machine_has_the_gpu(tmp_path: Path) -> None:
    write(tmp_path, Wish(target="sky", gpu="h100", precision="awq"))
    (tmp_path / "catalog.json").write_text(json.dumps(CATALOG))
    ran = asked(tmp_path, DRY_RUN)
    assert ran.returncode != 0
    assert "ResourcesUnavailableError" in ran.stderr
    assert "H100" in ran.stderr
