"""Told: what the user reads after the files are written, and the table that explains a choice. Never a secret."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mistral_lsp.core.gpus import GPUS
from mistral_lsp.core.sizing import (
    ARITHMETIC_REACHED,
    BANDWIDTH_REACHED,
    CACHED_TOKENS,
    LINE_TOKENS,
    PROMPT_TOKENS,
)
from mistral_lsp.deploy import choice, paths
from mistral_lsp.deploy.engine_table import PRECISIONS

if TYPE_CHECKING:
    from mistral_lsp.deploy.plan import Plan


@dataclass(frozen=True, slots=True)
class Places:
    """Where the secrets lie, and the files."""

    out: str
    key: str
    variables: str  # docker compose's variables: paths alone
    secrets: str  # SkyPilot's secrets
    hf_token: str


def explained(plan: Plan) -> str:
    """Each engine and precision on this GPU: memory, times, and why not."""
    gpu, model = plan.gpu, plan.model
    head = ("engine", "precision", "weights", "contexts", "a line", "cold", "tokens/s")
    rows = [head]
    notes = []
    for option in choice.options(model, gpu, plan.context_tokens):
        times = option.times
        mark = "*" if (option.engine, option.precision) == (plan.option.engine, plan.option.precision) else ""
        row = (option.engine.name, option.precision + mark, f"{option.fit.weights_gb:.1f} GB")
        if option.problem:
            rows.append((*row, "no", "", "", ""))
            notes.append(f"  {option.engine.name} {option.precision}: {option.problem}")
        else:
            figures = (f"{times.warm_s * 1000:,.0f} ms", f"{times.cold_s * 1000:,.0f} ms", f"{times.tokens_per_s:.0f}")
            rows.append((*row, str(option.fit.contexts), *figures))
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    about = [
        f"{model.name}, {model.architecture.billions:g} billion parameters, on {gpu.name}: {gpu.memory_gb:g} GB,",
        f"{gpu.bandwidth_gb_s:g} GB/s, {gpu.tflops:g} TFLOPS in half precision. * is what is written.",
        f"  contexts  requests of {plan.context_tokens:,} tokens that fit at once",
        f"  a line    {LINE_TOKENS} tokens after a prompt of {PROMPT_TOKENS}, {CACHED_TOKENS} of which the engine has",
        "  cold      the same after a prompt that it hasn't seen",
        f"Reckoned, at {BANDWIDTH_REACHED:.0%} of the bandwidth and {ARITHMETIC_REACHED:.0%} of the arithmetic.",
        f"The rule: fp8, else fp16, else 4 bits, where a line comes within {choice.GOOD_LINE_S * 1000:.0f} ms;",
        "else the quickest. vLLM before TGI before llama.cpp.",
    ]
    if model.is_guess:
        about.append("The architecture is taken for a Mistral's of this size: the cache may be larger or smaller.")
    return "\n".join([*table, "", *about, *(["Not possible:", *notes] if notes else [])])


def summary(plan: Plan) -> str:
    """What was chosen, in a few lines."""
    option = plan.option
    times = option.times
    chosen = (
        f"{plan.model.name} on {option.engine.title} in {option.precision} ({PRECISIONS[option.precision]}), "
        f"{plan.replicas} x {plan.gpu.name}: about {times.warm_s * 1000:,.0f} ms to a line, reckoned"
    )
    pinned = (
        f"image {plan.image}: an exact version, no digest, since none could be verified here. `docker buildx "
        f"imagetools inspect {plan.image}` shows it; pin it with --image"
    )
    lines = [chosen, pinned if "@sha256:" not in plan.image else f"image {plan.image}"]
    if option.engine.remark:
        lines.append(f"{option.engine.title}: {option.engine.remark}")
    return "\n".join(lines)


def commands(plan: Plan, places: Places) -> str:
    """The exact commands: to start it, to reach it, to see that it works, and to stop it."""
    start = {"compose": _compose, "k8s": _k8s, "sky": _sky}[plan.wish.target]
    return "\n".join([*start(plan, places), "", *_proof(plan, places)])


def _compose(plan: Plan, places: Places) -> list[str]:
    compose = f"docker compose --env-file {_q(places.variables)} --file {_q(places.out + '/compose.yaml')}"
    lines = ["Start it (the first time it fetches the weights: minutes):"]
    lines += [f"  {compose} up --detach --wait", "Stop it:", f"  {compose} down"]
    if not plan.is_public:
        lines += _tunnel("gpu-box", places.key)
    return lines


def _k8s(plan: Plan, places: Places) -> list[str]:
    kubectl, out = f"kubectl --namespace {plan.wish.name}", places.out
    lines = ["Start it (the first time each replica fetches the weights: minutes):"]
    lines += [f"  kubectl apply --filename {_q(out + '/mistral-lsp.yaml')}"]
    lines += [f"  {kubectl} create secret generic key --from-file=key={_q(places.key)}"]
    if plan.uses_hf_token:
        lines += [f"  {kubectl} create secret generic hf-token --from-file=hf_token={_q(places.hf_token)}"]
    if plan.is_public:
        pair = f"--cert={_q(plan.wish.certificate)} --key={_q(plan.wish.private_key)}"
        lines += [f"  {kubectl} create secret tls tls {pair}"]
    lines += [f"  {kubectl} rollout status statefulset/engine --timeout=60m"]
    if not plan.is_public:
        lines += ["Reach it from this machine:", f"  {kubectl} port-forward service/{plan.wish.name} 8000:8000"]
    if plan.scales:
        adapter = (
            "  helm upgrade --install prometheus-adapter prometheus-community/prometheus-adapter "
            f"--namespace {plan.wish.namespace_of_metrics} --values {_q(out + '/prometheus-adapter-values.yaml')}"
        )
        lines += [
            "Let replicas follow the engine's queue, where Prometheus runs and scrapes annotated pods:",
            adapter,
            f"  kubectl apply --filename {_q(out + '/autoscaling.yaml')}",
        ]
    elif not plan.option.engine.queue_metric:
        lines += [f"No autoscaling: {plan.option.engine.title} shows its queue only to whom has the key."]
    return [*lines, "Stop it; this deletes the weights too:", f"  kubectl delete namespace {plan.wish.name}"]


def _sky(plan: Plan, places: Places) -> list[str]:
    name, out = plan.wish.name, _q(places.out)
    secret = f"--secret-file {_q(places.secrets)}"
    if plan.is_public:
        return [
            f"First add {places.out}/sky-config.yaml to ~/.sky/config.yaml: it keeps replicas off public addresses.",
            "Start it (it rents machines, and costs money until you stop it):",
            f"  (cd {out} && sky serve up --service-name {name} {secret} sky.yaml)",
            f"  sky serve status {name} --endpoint   # point {plan.wish.host} at this address, port 30001 as a rule",
            "Stop it:",
            f"  sky serve down {name}",
        ]
    return [
        "See what it would rent, and for how much:",
        f"  (cd {out} && sky launch --dryrun --cluster {name} {secret} sky.yaml)",
        "Start it (it rents a machine, and costs money until you stop it):",
        f"  (cd {out} && sky launch --detach-run --cluster {name} {secret} sky.yaml)",
        "Reach it from this machine:",
        f"  ssh -N -L 8000:127.0.0.1:8000 {name}",
        "Stop it:",
        f"  sky down {name}",
    ]


def _tunnel(host: str, key: str) -> list[str]:
    return [
        "It listens on 127.0.0.1 alone. From another machine, with the name that ssh knows this one by, and its key:",
        f"  ssh -N -L 8000:127.0.0.1:8000 {host}",
        f"  (umask 077; ssh {host} cat {_q(key)} > mistral.key)   # where you say so with --key-file and token_file",
    ]


def url_of(plan: Plan) -> str:
    """Where the client finds it."""
    if not plan.is_public:
        return f"http://127.0.0.1:{paths.PROXY_PORT}"
    port = f":{paths.TLS_PORT}" if plan.wish.target == "compose" else ""
    return f"https://{plan.wish.host}{port}"


def _proof(plan: Plan, places: Places) -> list[str]:
    url, key = url_of(plan), _q(places.key)
    path, body = _REQUEST[plan.option.engine.name]
    body = body.replace("MODEL", plan.model.name)
    known = f" --gpu {plan.gpu.name}" if plan.gpu.name in GPUS else ""
    doctor = f"mistral-lsp doctor --measure{known} --precision {plan.option.precision}"
    settings = f"MISTRAL_LSP_ENDPOINT_URL={url} MISTRAL_LSP_ENDPOINT_TOKEN_FILE={key}"
    return [
        "See that it answers with the key, in a stream, and says 401 without:",
        "  curl --silent --show-error --no-buffer \\",
        f"""    --header @<(printf 'Authorization: Bearer %s' "$(cat {key})") \\""",
        f"""    --header 'Content-Type: application/json' --data '{body}' {url}{path}""",
        f"  curl --silent --output /dev/null --write-out '%{{http_code}}\\n' {url}{path}",
        "That all of it is as promised: the key, the routes, the stream, hang-ups, TLS:",
        f"  mistral-lsp deploy check {url} --engine {plan.option.engine.name} --key-file {key}",
        "And that an editor will like it:",
        f"  {settings} \\\n    {doctor}",
        "For good, in ~/.config/mistral-lsp/config.toml:",
        f'  [endpoint]\n  url = "{url}"\n  token_file = "{places.key}"',
    ]


_REQUEST = {
    "vllm": (
        "/v1/completions",
        '{"model": "MODEL", "prompt": "def add(a, b):\\n    return", "max_tokens": 12, "stream": true}',
    ),
    "tgi": ("/generate_stream", '{"inputs": "def add(a, b):\\n    return", "parameters": {"max_new_tokens": 12}}'),
    "llamacpp": ("/completion", '{"prompt": "def add(a, b):\\n    return", "n_predict": 12, "stream": true}'),
}


def _q(text: str) -> str:
    return shlex.quote(text)
