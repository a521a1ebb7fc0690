"""The files that are written, held to each format's own schema and to what may never be in them."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import replace
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any

import kubernetes_validate
import pytest
import yaml
from compose_spec import PyCompose
from jsonschema import Draft202012Validator

from mistral_lsp.deploy.engine_table import CURL_IMAGE, ENGINES, PROXY_IMAGE
from mistral_lsp.deploy.plan import Plan, Wish, planned
from mistral_lsp.deploy.render import files

if TYPE_CHECKING:
    from collections.abc import Iterator

KUBERNETES = ("1.31", "1.37")  # an older one that clouds still have, and the newest that is known
PUBLIC: dict[str, Any] = {"host": "gpu.example.org", "certificate": "/tls/cert.pem", "private_key": "/tls/key.pem"}
PRIVATE_NETWORK: dict[str, Any] = {"cloud": "aws", "vpc": "mine"}


def wishes() -> Iterator[Wish]:
    """Each engine in each precision on each target, alone and for others, once and several times."""
    for engine, target in product(ENGINES.values(), ("compose", "k8s", "sky")):
        for precision in engine.capability if target == "compose" else list(engine.capability)[-1:]:
            yield Wish(target=target, engine=engine.name, precision=precision, gpu="h100")
        public = Wish(target=target, engine=engine.name, gpu="h100", replicas=3, **PUBLIC)
        yield replace(public, **PRIVATE_NETWORK) if target == "sky" else public
    for target in ("compose", "k8s"):
        yield Wish(target=target, gpu="cpu-ddr5")
    yield Wish(target="compose", gpu="a10g", model="/srv/models/our-mistral-7b", precision="fp16")
    yield Wish(target="compose", gpu="rtx3090", model="acme/mistral-7b-tuned", precision="fp16", has_hf_token=True)


def named(wish: Wish) -> str:
    return "-".join(filter(None, [wish.target, wish.engine, wish.precision, wish.gpu, "public" if wish.host else ""]))


@pytest.fixture(params=wishes(), ids=named)
def plan(request: pytest.FixtureRequest) -> Plan:
    return planned(request.param)


def documents(plan: Plan) -> list[Any]:
    return _documents(plan.wish)


@cache
def _documents(wish: Wish) -> list[Any]:
    written = files(planned(wish))
    texts = [text for name, text in written.items() if name.endswith(".yaml") and name != "sky-config.yaml"]
    return [document for text in texts for document in yaml.safe_load_all(text)]


def filled_in(text: str) -> str:
    """As docker compose does with the variables of --env-file."""
    return re.sub(
        r"\$\{MISTRAL_LSP_USER:\?\}", "1000:1000", re.sub(r"\$\{MISTRAL_LSP_[A-TV-Z]\w+:\?\}", "/some/path", text)
    )


def test_every_file_is_what_its_format_says(plan: Plan) -> None:
    written = files(plan)
    match plan.wish.target:
        case "compose":
            PyCompose.from_yaml(filled_in(written["compose.yaml"])).validate()
        case "k8s":
            for document in documents(plan):
                for version in KUBERNETES if plan.is_public else KUBERNETES[-1:]:
                    if "kind" in document:  # the others are a chart's values
                        kubernetes_validate.validate(document, version, strict=True)
        case "sky":
            Draft202012Validator(SKY).validate(documents(plan)[0])
            subprocess.run(["bash", "-n"], input=written["serve.sh"], text=True, check=True)


# What we rely on of SkyPilot 0.14's task and service; `make test-deploy` asks SkyPilot itself.
SKY = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "resources", "secrets", "file_mounts", "run"],
    "properties": {
        "name": {"type": "string"},
        "run": {"type": "string"},
        "resources": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "infra": {"type": "string", "pattern": "^[a-z]+$"},
                "accelerators": {"type": "string", "pattern": "^[A-Z0-9-]+(GB)?:[0-9]+$"},
                "disk_size": {"type": "integer"},
                "ports": {"type": "integer"},
            },
        },
        "secrets": {"type": "object", "additionalProperties": {"type": "null"}},
        "file_mounts": {"type": "object", "additionalProperties": {"type": "string"}},
        "service": {
            "type": "object",
            "additionalProperties": False,
            "required": ["readiness_probe", "replica_policy", "tls"],
            "properties": {
                "readiness_probe": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["path", "headers"],
                    "properties": {
                        "path": {"type": "string", "pattern": "^/"},
                        "headers": {
                            "required": ["Authorization"],
                            "properties": {"Authorization": {"const": "Bearer $MISTRAL_LSP_KEY"}},
                        },
                        "initial_delay_seconds": {"type": "number"},
                        "timeout_seconds": {"type": "number"},
                    },
                },
                "replica_policy": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["min_replicas"],
                    "properties": {
                        "min_replicas": {"type": "integer", "minimum": 0},
                        "max_replicas": {"type": "integer", "minimum": 0},
                        "target_qps_per_replica": {"type": "number", "minimum": 0},
                        "upscale_delay_seconds": {"type": "number"},
                        "downscale_delay_seconds": {"type": "number"},
                    },
                },
                "load_balancing_policy": {"enum": ["round_robin", "least_load", "instance_aware_least_load"]},
                "load_balancer": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {"stream_timeout_seconds": {"type": "number"}},
                },
                "tls": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["keyfile", "certfile"],
                    "properties": {"keyfile": {"type": "string"}, "certfile": {"type": "string"}},
                },
            },
        },
    },
}


def test_nothing_listens_to_the_world_without_tls(plan: Plan) -> None:
    public = plan.is_public
    match plan.wish.target:
        case "compose":
            services = documents(plan)[0]["services"]
            ports = {name: one["ports"] for name, one in services.items() if "ports" in one}
            assert ports == {"proxy": ["8443:8443" if public else "127.0.0.1:8000:8000"]}
            assert ("bind *:8443 ssl crt" in files(plan)["haproxy.cfg"]) is public
            assert "network_mode" not in str(services)
        case "k8s":
            kinds = [document for document in documents(plan) if "kind" in document]
            services = [one["spec"] for one in kinds if one["kind"] == "Service"]
            assert {one.get("type", "ClusterIP") for one in services} == {"ClusterIP"}
            assert [one["spec"]["tls"][0]["hosts"] for one in kinds if one["kind"] == "Ingress"] == (
                [["gpu.example.org"]] if public else []
            )
            assert "hostNetwork" not in str(kinds)
            assert "hostPort" not in str(kinds)
        case "sky":
            task = documents(plan)[0]
            assert ("ports" in task["resources"]) is public
            if public:
                assert "tls" in task["service"]
                assert yaml.safe_load(files(plan)["sky-config.yaml"])["aws"] == {
                    "vpc_name": "mine",
                    "use_internal_ips": True,
                }
            else:
                assert "--publish 127.0.0.1:8000:8000" in files(plan)["serve.sh"]
                assert files(plan)["serve.sh"].count("--publish") == 1


def test_only_the_proxy_shares_a_network_with_the_engines(plan: Plan) -> None:
    if plan.wish.target == "compose":
        project = documents(plan)[0]
        assert project["networks"]["inside"] == {"internal": True}
        engines = {name: one["networks"] for name, one in project["services"].items() if name.startswith("engine")}
        assert len(engines) == plan.replicas
        assert all(networks == ["inside"] for networks in engines.values())
    if plan.wish.target == "k8s":
        policies = {
            one["metadata"]["name"]: one["spec"] for one in documents(plan) if one.get("kind") == "NetworkPolicy"
        }
        assert policies["nobody"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
        assert policies["engine"]["ingress"][0]["from"] == [{"podSelector": {"matchLabels": {"app": "proxy"}}}]


def test_every_part_runs_with_as_few_rights_as_may_be(plan: Plan) -> None:
    if plan.wish.target == "compose":
        for name, one in documents(plan)[0]["services"].items():
            assert one["read_only"] is True, name
            assert one["cap_drop"] == ["ALL"], name
            assert one["security_opt"] == ["no-new-privileges:true"], name
            assert one["user"] == "${MISTRAL_LSP_USER:?}", name
            assert "privileged" not in one, name
    if plan.wish.target == "k8s":
        pods = [one["spec"]["template"]["spec"] for one in documents(plan) if "template" in one.get("spec", {})]
        assert len(pods) == 2
        for pod in pods:
            assert pod["automountServiceAccountToken"] is False
            assert pod["securityContext"]["runAsNonRoot"] is True
            for container in [*pod.get("initContainers", []), *pod["containers"]]:
                assert container["securityContext"] == {
                    "allowPrivilegeEscalation": False,
                    "readOnlyRootFilesystem": True,
                    "capabilities": {"drop": ["ALL"]},
                }
    if plan.wish.target == "sky":
        text = files(plan)["serve.sh"]
        assert "--read-only --cap-drop ALL --security-opt no-new-privileges:true" in text
        assert text.count('"${safe[@]}"') == 3  # of three containers


def test_images_have_an_exact_version(plan: Plan) -> None:
    text = "".join(files(plan).values())
    assert ":latest" not in text
    assert plan.image in text
    for image in (plan.image, PROXY_IMAGE, CURL_IMAGE):
        assert any(letter.isdigit() for letter in image.rpartition(":")[2])


def test_every_flag_says_why(plan: Plan) -> None:
    from mistral_lsp.deploy.flags import flags, variables

    text = "".join(files(plan).values())
    for flag in (*flags(plan), *variables(plan)):
        assert len(flag.why) > 10, flag
        assert f"# {flag.why}" in text, flag


def test_usage_is_told_to_nobody(plan: Plan) -> None:
    text = "".join(files(plan).values())
    assert "DO_NOT_TRACK" in text
    assert {"vllm": "VLLM_NO_USAGE_STATS=1", "tgi": "--usage-stats=off"}.get(
        plan.option.engine.name, ""
    ) in text.replace('VLLM_NO_USAGE_STATS, value: "1"', "VLLM_NO_USAGE_STATS=1")


def test_the_proxy_of_several_engines_knows_each(plan: Plan) -> None:
    text = "".join(files(plan).values())
    count = plan.max_replicas if plan.wish.target == "k8s" and plan.scales else plan.replicas
    assert text.count(" check\n") == (1 if plan.wish.target == "sky" else count)
    assert "balance hdr(x-session-id)" in text
    assert "hash-type consistent" in text


def test_each_engine_of_one_machine_has_a_gpu_of_its_own() -> None:
    wish = Wish(target="compose", gpu="a10g", replicas=2)
    services = yaml.safe_load(files(planned(wish))["compose.yaml"])["services"]
    engines = [services["engine-0"], services["engine-1"]]
    devices = [one["deploy"]["resources"]["reservations"]["devices"][0]["device_ids"] for one in engines]
    assert devices == [["0"], ["1"]]


def test_without_a_gpu_llama_cpp_serves_on_the_processor() -> None:
    plan = planned(Wish(target="compose", gpu="cpu-ddr5"))
    service = documents(plan)[0]["services"]["engine"]
    assert "deploy" not in service
    assert service["image"].startswith("ghcr.io/ggml-org/llama.cpp:server-b")
    assert not [flag for flag in service["command"] if "gpu" in flag]


def test_replicas_follow_the_engine_s_own_queue() -> None:
    plan = planned(Wish(target="k8s", gpu="a100", replicas=2, max_replicas=5))
    scaler = yaml.safe_load(files(plan)["autoscaling.yaml"].partition("---")[0])
    assert (scaler["spec"]["minReplicas"], scaler["spec"]["maxReplicas"]) == (2, 5)
    rule = yaml.safe_load(files(plan)["prometheus-adapter-values.yaml"])["rules"]["custom"][0]
    assert rule["seriesQuery"].startswith("vllm:num_requests_waiting{")
    assert rule["name"]["as"] == scaler["spec"]["metrics"][0]["pods"]["metric"]["name"] == "vllm_num_requests_waiting"
    assert "autoscaling.yaml" not in files(planned(Wish(target="k8s", gpu="a100", engine="llamacpp")))


def test_a_key_of_an_engine_comes_from_its_file_and_reaches_it_by_its_environment(tmp_path: Any) -> None:
    """The shell lines of compose and Kubernetes, run with another program in the engine's place."""
    (tmp_path / "key").write_text("s3cret\n")
    for engine, variable in (("vllm", "VLLM_API_KEY"), ("tgi", "API_KEY")):
        words = yaml.safe_load(
            files(planned(Wish(target="compose", gpu="h100", engine=engine)))["compose.yaml"].replace("$$", "$")
        )["services"]["engine"]["entrypoint"]
        program = ENGINES[engine].start.rpartition("exec ")[2]
        script = (
            words[2].replace("/run/secrets/key", str(tmp_path / "key")).replace(program, "env -- printenv " + variable)
        )
        shown = subprocess.run([words[0], words[1], script, words[3]], capture_output=True, text=True, check=True)
        assert shown.stdout == "s3cret\n"


def test_speculation_is_json() -> None:
    service = yaml.safe_load(files(planned(Wish(target="compose", gpu="h100", engine="vllm")))["compose.yaml"])
    flag = next(one for one in service["services"]["engine"]["command"] if "speculative" in one)
    assert json.loads(flag.partition("=")[2])["method"] == "ngram"
