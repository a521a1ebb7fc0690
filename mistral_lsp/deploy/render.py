"""Render: the files of a plan. Templates hold the words; what varies is decided here."""

from __future__ import annotations

import json
import shlex
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from mistral_lsp import __version__
from mistral_lsp.deploy import paths
from mistral_lsp.deploy.engine_table import CURL_IMAGE, PROXY_IMAGE
from mistral_lsp.deploy.flags import flags, variables

if TYPE_CHECKING:
    from jinja2 import Environment

    from mistral_lsp.deploy.plan import Plan

REQUESTS_PER_S = 5  # that one GPU answers in an editor's time, as a rule; SkyServe adds a replica beyond


class Server(NamedTuple):
    """One replica, as the proxy knows it."""

    name: str
    address: str


def files(plan: Plan) -> dict[str, str]:
    """The text of each file, by its name."""
    names = {
        "compose": {"compose.yaml": "compose.yaml.j2", "haproxy.cfg": "haproxy.cfg.j2"},
        "k8s": {"mistral-lsp.yaml": "k8s.yaml.j2"},
        "sky": {"sky.yaml": "sky.yaml.j2", "serve.sh": "serve.sh.j2", "haproxy.cfg": "haproxy.cfg.j2"},
    }[plan.wish.target]
    if plan.wish.target == "k8s" and plan.scales:
        names |= {
            "autoscaling.yaml": "k8s-scaling.yaml.j2",
            "prometheus-adapter-values.yaml": "prometheus-adapter-values.yaml.j2",
        }
    if plan.wish.target == "sky" and plan.is_public:
        names |= {"sky-config.yaml": "sky-config.yaml.j2"}
    values = _values(plan)
    values["haproxy"] = _text("haproxy.cfg.j2", values)
    return {name: _text(template, values) for name, template in names.items()}


def proxy_text(
    plan: Plan, *, binds: list[str], servers: list[Server], key_file: str = paths.KEY, ready_bind: str
) -> str:
    """The proxy's configuration alone, for addresses of one's own."""
    own = {"binds": binds, "servers": servers, "key_file": key_file, "ready_bind": ready_bind}
    return _text("haproxy.cfg.j2", _values(plan) | own)


def _values(plan: Plan) -> dict[str, object]:
    wish, engine, gpu = plan.wish, plan.option.engine, plan.gpu
    weights_gb = plan.option.fit.weights_gb
    is_tls = wish.target == "compose" and plan.is_public  # elsewhere an Ingress, or SkyPilot's balancer, has it
    return {
        "generated": f"Written by mistral-lsp {__version__} deploy.",
        "name": wish.name,
        "model": plan.model.name,
        "title": engine.title,
        "precision": plan.option.precision,
        "gpu": f"{plan.replicas} x {gpu.name}" if plan.replicas > 1 else gpu.name,
        "key_guards": engine.key_guards,
        "image": plan.image,
        "proxy_image": PROXY_IMAGE,
        "entrypoint": _entrypoint(plan),
        "flags": flags(plan),
        "variables": variables(plan),
        "get": engine.get,
        "post": engine.post,
        "probe_path": engine.get[-1],
        "weights": _weights(plan),
        "weights_folder": paths.WEIGHTS,
        "weights_source": plan.repository if plan.is_local else "${MISTRAL_LSP_WEIGHTS:?}",
        "weights_target": paths.weights_path(plan).rpartition("/")[0] if _is_file(plan) else _weights_target(plan),
        "is_local": plan.is_local,
        "uses_hf_token": plan.uses_hf_token,
        "is_public": plan.is_public,
        "is_tls": is_tls,
        "is_cpu": gpu.is_cpu,
        "host": wish.host,
        "key_file": paths.KEY,
        "session_header": paths.SESSION_HEADER,
        "ready_bind": f"127.0.0.1:{paths.READY_PORT}",
        "ready_port": paths.READY_PORT,
        "engine_port": paths.ENGINE_PORT,
        "proxy_port": paths.PROXY_PORT,
        "port": paths.PROXY_PORT,
        "binds": [_TLS_BIND] if is_tls else [f"*:{paths.PROXY_PORT}"],
        "published": _published(plan),
        "servers": _servers(plan),
        "replicas": _replicas(plan) if wish.target == "compose" else plan.replicas,
        "min_replicas": plan.replicas,
        "max_replicas": plan.max_replicas,
        "scales": plan.scales,
        "target_qps": REQUESTS_PER_S,
        "accelerator": gpu.cloud_name,
        "cloud": wish.cloud,
        "vpc": wish.vpc,
        "certificate": wish.certificate,
        "private_key": wish.private_key,
        "ingress_namespace": wish.namespace_of_ingress,
        "metrics_namespace": wish.namespace_of_metrics,
        "metric": engine.queue_metric,
        "metric_name": engine.queue_metric.replace(":", "_"),
        "disk_gb": round(2 * weights_gb + 60 if wish.target == "sky" else weights_gb * 1.5 + 5),
        "memory_gb": round(weights_gb + 8),
    }


_TLS_BIND = f"*:{paths.TLS_PORT} ssl crt /run/secrets/tls.pem alpn http/1.1 ssl-min-ver TLSv1.2"


def _is_file(plan: Plan) -> bool:
    """Whether a folder of this machine is mounted at the place of a GGUF file's folder."""
    return plan.is_local and plan.option.precision == "gguf"


def _weights_target(plan: Plan) -> str:
    return paths.weights_path(plan) if plan.is_local else paths.WEIGHTS


def _published(plan: Plan) -> str:
    if plan.wish.target == "sky":
        return f"{paths.PROXY_PORT}:{paths.PROXY_PORT}" if plan.is_public else f"127.0.0.1:{paths.PROXY_PORT}:8000"
    if plan.is_public:
        return f"{paths.TLS_PORT}:{paths.TLS_PORT}"
    return f"127.0.0.1:{paths.PROXY_PORT}:{paths.PROXY_PORT}"


def _servers(plan: Plan) -> list[Server]:
    port = paths.ENGINE_PORT
    if plan.wish.target == "k8s":
        count = plan.max_replicas if plan.scales else plan.replicas
        domain = f"engine.{plan.wish.name}.svc.cluster.local"
        return [Server(f"engine-{index}", f"engine-{index}.{domain}:{port}") for index in range(count)]
    if plan.wish.target == "sky":
        return [Server("engine", f"engine:{port}")]
    return [Server(replica["name"], f"{replica['name']}:{port}") for replica in _replicas(plan)]


def _replicas(plan: Plan) -> list[dict[str, str]]:
    """The engines of one machine, each with a GPU of its own."""
    if plan.gpu.is_cpu:
        return [{"name": "engine", "device": ""}]
    if plan.replicas == 1:
        return [{"name": "engine", "device": "0"}]
    return [{"name": f"engine-{index}", "device": str(index)} for index in range(plan.replicas)]


def _entrypoint(plan: Plan) -> list[str]:
    """A shell that takes the key out of its file; empty where the engine does that itself."""
    start = plan.option.engine.start
    return ["/bin/sh", "-c", f'KEY="$(cat {paths.KEY})"; {start} "$@"', "sh"] if start else []


def _weights(plan: Plan) -> dict[str, object]:
    """What fetches them: an image, its program, and the script for that."""
    folder = f"{paths.WEIGHTS}/{plan.repository}"
    revision, file = plan.wish.revision, plan.model.gguf_file
    values = {
        "repository": plan.repository,
        "revision": revision,
        "folder": folder,
        "file": file,
        "url": f"https://huggingface.co/{plan.repository}/resolve/{revision}/{file}",
        "uses_hf_token": plan.uses_hf_token,
        "hf_token_path": paths.HF_TOKEN,
    }
    if plan.option.precision == "gguf":
        script = _text("fetch-gguf.sh.j2", values)
        return {"image": CURL_IMAGE, "entrypoint": ["/bin/sh", "-c"], "script": script}
    script = _text("fetch-hub.py.j2", values)
    return {"image": plan.image, "entrypoint": [plan.option.engine.python, "-c"], "script": script}


def _text(template: str, values: dict[str, object]) -> str:
    return _environment().get_template(template).render(values)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(  # noqa: S701 - no HTML: YAML, shell and HAProxy's own
        loader=PackageLoader("mistral_lsp.deploy"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"tojson": _json, "shell": shlex.quote, "yaml_text": _yaml_text}
    return environment


def _json(value: object) -> str:
    """A scalar or a list as YAML has it too; Jinja's own filter is for HTML."""
    return json.dumps(value, ensure_ascii=False)


def _yaml_text(text: str, indent: int) -> str:
    """A block of lines."""
    return "|\n" + "\n".join(" " * indent + line if line else "" for line in text.rstrip("\n").split("\n"))
