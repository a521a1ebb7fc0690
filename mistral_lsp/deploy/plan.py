"""Plan: what the user wishes, checked as a whole: all that the files are written from. Nothing in it is a secret."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mistral_lsp.core.gpus import GPUS, Gpu, gpu_of
from mistral_lsp.deploy import choice, model_table
from mistral_lsp.deploy.engine_table import ENGINES, PRECISIONS
from mistral_lsp.deploy.refusal import Refusal

if TYPE_CHECKING:
    from mistral_lsp.deploy.choice import Option
    from mistral_lsp.deploy.model_table import ModelRow

TARGETS = ("compose", "k8s", "sky")
MOST = 1e6  # of any number that the user says
MAX_SLOTS = 8  # of llama.cpp: more share a GPU's time badly
_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")
_NAME = re.compile(r"[a-z]([a-z0-9-]{0,30}[a-z0-9])?")
_FILE = re.compile(r"[A-Za-z0-9][\w.-]*\.gguf")
_IMAGE = re.compile(r"[a-z0-9][\w./:-]*(:[\w][\w.-]*|@sha256:[0-9a-f]{64})")
_MODEL_FORM = f"it is a name such as {model_table.DEFAULT_MODEL}, or the absolute path of a folder"
_IMAGE_FORM = "it needs an exact version or a digest: name:1.2.3 or name@sha256:..."
_REVISION = re.compile(r"[A-Za-z0-9][\w.-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line says; empty where it is left open."""

    target: str
    model: str = model_table.DEFAULT_MODEL
    engine: str = ""
    precision: str = ""
    gpu: str = ""
    gpu_memory_gb: float | None = None
    gpu_bandwidth_gb_s: float | None = None
    gpu_capability: float | None = None
    billions: float | None = None
    gguf_file: str = ""
    revision: str = "main"
    image: str = ""
    context_tokens: int = 0  # 0: 8192, or what the model has
    replicas: int = 1
    max_replicas: int = 0  # 0: twice as many
    name: str = "mistral"
    host: str = ""
    certificate: str = ""  # paths
    private_key: str = ""
    vpc: str = ""
    cloud: str = ""
    has_hf_token: bool = False  # one that the user named
    namespace_of_ingress: str = "ingress-nginx"
    namespace_of_metrics: str = "monitoring"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is written."""

    wish: Wish
    model: ModelRow
    option: Option
    gpu: Gpu
    context_tokens: int
    repository: str  # of the weights, or a folder of this machine
    image: str
    replicas: int
    max_replicas: int
    slots: int  # requests that are answered at once

    @property
    def is_local(self) -> bool:
        """Whether the weights lie on this machine."""
        return self.repository.startswith("/")

    @property
    def needs_hf_token(self) -> bool:
        """Whether the weights are given only to whom agreed to their terms."""
        return self.model.is_gated and self.repository == self.model.name

    @property
    def uses_hf_token(self) -> bool:
        """Whether the download gets the user's token."""
        return not self.is_local and (self.needs_hf_token or self.wish.has_hf_token)

    @property
    def is_public(self) -> bool:
        """Whether others than this machine, or cluster, reach it."""
        return bool(self.wish.host)

    @property
    def scales(self) -> bool:
        """Whether the number of replicas follows the engine's queue."""
        return bool(self.option.engine.queue_metric) and self.max_replicas > self.replicas


def planned(wish: Wish) -> Plan:
    """Check the wish. Raises Refusal."""
    _check_words(wish)
    gpu = _gpu(wish)
    model = model_table.model_of(wish.model, billions=wish.billions, gguf_file=wish.gguf_file)
    if wish.gguf_file and model.gguf_file != wish.gguf_file:
        model = replace(model, gguf_file=wish.gguf_file)
    context = wish.context_tokens or min(8192, model.context_tokens)
    if context > model.context_tokens:
        why = " (its window; beyond, nothing of a prompt is kept)" if model.context_tokens == 4096 else ""
        raise Refusal(f"{model.name} takes {model.context_tokens:,} tokens at most{why}, not {context:,}")
    option = choice.chosen(model, gpu, context, engine=wish.engine, precision=wish.precision)
    _check_reach(wish)
    plan = Plan(
        wish=wish,
        model=model,
        option=option,
        gpu=gpu,
        context_tokens=context,
        repository=model_table.weights_of(model, option.precision),
        image=wish.image or option.engine.image_for(is_cpu=gpu.is_cpu),
        replicas=wish.replicas,
        max_replicas=max(wish.replicas, wish.max_replicas or 2 * wish.replicas),
        slots=1 if gpu.is_cpu else max(1, min(MAX_SLOTS, option.fit.contexts)),
    )
    _check_target(plan)
    return plan


def _gpu(wish: Wish) -> Gpu:
    memory, bandwidth, capability = wish.gpu_memory_gb, wish.gpu_bandwidth_gb_s, wish.gpu_capability
    if any(value is not None and not 0 < value < MOST for value in (memory, bandwidth, capability, wish.billions)):
        raise Refusal("memory, bandwidth, capability and billions are numbers above 0")
    if not wish.gpu:
        raise Refusal(f"say what it is to run on: --gpu with one of {', '.join(GPUS)}")
    known = gpu_of(wish.gpu)
    if known is not None:
        return replace(
            known,
            memory_gb=memory or known.memory_gb,
            bandwidth_gb_s=bandwidth or known.bandwidth_gb_s,
            capability=capability or known.capability,
        )
    if not re.fullmatch(r"[\w. -]{1,40}", wish.gpu):
        raise Refusal("--gpu is a name of up to 40 letters and digits")
    if memory and bandwidth:
        # Of arithmetic nothing is said; 100 operations for a byte is at the lower end of what there is.
        return Gpu(
            name=wish.gpu,
            memory_gb=memory,
            bandwidth_gb_s=bandwidth,
            tflops=bandwidth / 10,
            capability=capability or 8.0,
        )
    raise Refusal(
        f"{wish.gpu}: no such GPU is known; known are {', '.join(GPUS)}. For another say --gpu-memory-gb, "
        "--gpu-bandwidth and, where it isn't 8.0, --gpu-capability"
    )


def _check_words(wish: Wish) -> None:
    """Each of these comes into files and command lines."""
    is_path = wish.model.startswith("/")
    checks = (
        (is_path or _REPOSITORY.fullmatch(wish.model), f"--model {wish.model}: {_MODEL_FORM}"),
        (not is_path or re.fullmatch(r"[\w./-]+", wish.model), "--model: the path may have letters, digits and ._-"),
        (wish.engine in {"", *ENGINES}, f"--engine is one of {', '.join(ENGINES)}"),
        (wish.precision in {"", *PRECISIONS}, f"--precision is one of {', '.join(PRECISIONS)}"),
        (_NAME.fullmatch(wish.name), "--name is up to 32 of a-z, 0-9 and -"),
        (_REVISION.fullmatch(wish.revision), "--revision is a branch, a tag or a commit"),
        (not wish.gguf_file or _FILE.fullmatch(wish.gguf_file), "--gguf-file is the name of a .gguf file"),
        (not wish.image or _IMAGE.fullmatch(wish.image), f"--image {wish.image}: {_IMAGE_FORM}"),
        (not wish.image.endswith(":latest"), "--image: latest is another one tomorrow; name an exact version"),
        (1 <= wish.replicas <= 64, "--replicas is 1 to 64"),
        (0 <= wish.max_replicas <= 64, "--max-replicas is up to 64"),
        (wish.context_tokens == 0 or wish.context_tokens >= 512, "--context is at least 512 tokens"),
        (not wish.host or _HOST.fullmatch(wish.host), "--host is a name such as gpu.example.org"),
        (not wish.vpc or re.fullmatch(r"[a-z0-9-]+", wish.vpc), "--vpc is the name of a network: a-z, 0-9 and -"),
    )  # fmt: skip
    for is_so, words in checks:
        if not is_so:
            raise Refusal(words)


def _check_reach(wish: Wish) -> None:
    """Nothing is open to the world."""
    has_pair = bool(wish.certificate) and bool(wish.private_key)
    if wish.target != "k8s" and wish.host and not has_pair:
        raise Refusal(
            f"--host {wish.host} would listen on a public address without TLS, and anybody on the way would read the "
            "code and the key. Give --certificate and --private-key; or leave --host out, and use the tunnel that is "
            "printed"
        )
    if has_pair and not wish.host:
        raise Refusal("--certificate is for a name that others use: say --host gpu.example.org")
    if wish.target == "k8s" and wish.host and not has_pair:
        raise Refusal(
            f"--host {wish.host} would make an Ingress without TLS. Give --certificate and --private-key (they become "
            "a secret of the cluster), or leave --host out, and use the port-forward that is printed"
        )


def _check_target(plan: Plan) -> None:
    wish = plan.wish
    if wish.target != "compose" and plan.is_local:
        raise Refusal(f"{plan.repository} is a folder of this machine, which only `deploy compose` reaches")
    if wish.target == "compose" and wish.replicas > 1 and plan.gpu.is_cpu:
        raise Refusal("replicas on one processor only take each other's time: leave --replicas out")
    if wish.target != "sky":
        return
    if not plan.gpu.cloud_name:
        raise Refusal(f"SkyPilot rents GPUs by name, and {plan.gpu.name} is none of its names")
    if plan.is_public and not (wish.vpc and wish.cloud in {"aws", "gcp"}):
        raise Refusal(
            "SkyServe's balancer speaks plain http with its replicas: over public addresses anybody on the way would "
            "read the code and the key. Say --cloud aws or gcp and --vpc NAME, a private network for them; or leave "
            "--host out for one machine behind a tunnel"
        )
    if not plan.is_public and wish.replicas > 1:
        raise Refusal(
            "replicas on SkyPilot are a SkyServe service, which others reach: give --host, --certificate, "
            "--private-key, --cloud and --vpc; or leave --replicas out"
        )
