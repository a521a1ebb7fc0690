"""`mistral-lsp deploy`: write, check and explain everything needed to serve a model privately."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from mistral_lsp.commands.problem import Problem
from mistral_lsp.core.gpus import GPUS
from mistral_lsp.deploy import keys, render, told, writing
from mistral_lsp.deploy.engine_table import ENGINES, PRECISIONS
from mistral_lsp.deploy.model_table import DEFAULT_MODEL
from mistral_lsp.deploy.plan import TARGETS, Plan, Wish, planned
from mistral_lsp.deploy.refusal import Refusal
from mistral_lsp.settings.sources import user_path

if TYPE_CHECKING:
    from collections.abc import Sequence


def run(words: Sequence[str]) -> int:
    """Write the files, and print what to do with them; or prove what was deployed. Raises Problem."""
    if words and words[0] == "check":
        from mistral_lsp.commands import deploy_check

        return deploy_check.run(words[1:])
    arguments = _parser().parse_args(words)
    try:
        return _run(arguments)
    except Refusal as refusal:
        raise Problem(f"deploy: {refusal}") from None


def _run(arguments: argparse.Namespace) -> int:
    plan = planned(_wish(arguments))
    if arguments.explain:
        print(told.explained(plan))
        if not arguments.out:
            return 0
        print()
    if not arguments.out:
        raise Refusal("say where to write with --out FOLDER, or look first with --explain")
    out = Path(os.path.abspath(arguments.out))  # noqa: PTH100 - a folder to come, links as they are
    return _write(plan, out, force=arguments.force)


def _write(plan: Plan, out: Path, *, force: bool) -> int:
    secrets_folder = user_path().parent / "deploy"
    token_file = _hf_token_file(plan, secrets_folder)
    places = told.Places(
        out=str(out),
        key=str(secrets_folder / f"{plan.wish.name}.key"),
        variables=str(secrets_folder / f"{plan.wish.name}.env"),
        secrets=str(secrets_folder / f"{plan.wish.name}.secrets"),
        hf_token=str(token_file) if token_file else "",
    )
    if out == secrets_folder or out in secrets_folder.parents:
        raise Refusal(f"--out {out}: secrets are kept in there; name a folder of its own")
    written = writing.write(out, render.files(plan), force=force)
    key = keys.kept(Path(places.key))
    if plan.wish.target == "compose":
        keys.keep(Path(places.variables), _variables(plan, places))
    if plan.wish.target == "sky":
        lines = [f"MISTRAL_LSP_KEY={key}", *([f"HF_TOKEN={keys.read(token_file)}"] if token_file else [])]
        keys.keep(Path(places.secrets), "\n".join(lines) + "\n")
    for name in written.new:
        print(f"wrote {out / name}")
    for name in written.same:
        print(f"unchanged {out / name}")
    print(f"the key is in {places.key}, which only you can read; keep it out of version control\n")
    if plan.wish.target == "compose" and os.getuid() == 0:
        print("you are root, and so will the containers be, without root's rights; better deploy as an ordinary user\n")
    print(told.summary(plan), told.commands(plan, places), sep="\n\n")
    return 0


def _hf_token_file(plan: Plan, secrets_folder: Path) -> Path | None:
    """The file that holds the user's token of Hugging Face, where the weights need one. Raises Refusal."""
    if not plan.uses_hf_token:
        return None
    own = secrets_folder / f"{plan.wish.name}.hf-token"
    if token := os.environ.get("HF_TOKEN", "").strip():
        keys.keep(own, token + "\n")
        return own
    cache = Path(os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface", "token")
    for path in (own, cache):
        try:
            keys.read(path)
        except FileNotFoundError:
            continue
        return path
    raise Refusal(
        f"the weights of {plan.repository} are given only to accounts that agreed to their terms, and there is no "
        f"token of yours. Agree at https://huggingface.co/{plan.repository}, make a read token at "
        "https://huggingface.co/settings/tokens, and put it into HF_TOKEN; it is kept in a file that only you can "
        "read. The quantised weights (--precision awq, gptq or gguf) need none"
    )


def _variables(plan: Plan, places: told.Places) -> str:
    """What docker compose fills in: paths, and whose the files are."""
    weights = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "mistral-lsp", "served")
    rows = {"MISTRAL_LSP_USER": f"{os.getuid()}:{os.getgid()}", "MISTRAL_LSP_KEY_FILE": places.key}
    if not plan.is_local:
        weights.mkdir(mode=0o700, parents=True, exist_ok=True)  # docker would make it root's
        rows["MISTRAL_LSP_WEIGHTS"] = str(weights)
    if plan.uses_hf_token:
        rows["MISTRAL_LSP_HF_TOKEN_FILE"] = places.hf_token
    if plan.is_public:
        rows["MISTRAL_LSP_CERTIFICATE"] = plan.wish.certificate
        rows["MISTRAL_LSP_PRIVATE_KEY"] = plan.wish.private_key
    return "".join(f"{name}='{value}'\n" for name, value in rows.items())


def _wish(arguments: argparse.Namespace) -> Wish:
    paths = {name: _file(getattr(arguments, name), name) for name in ("certificate", "private_key")}
    given = {name: value for name, value in vars(arguments).items() if name in Wish.__dataclass_fields__}
    return Wish(**{**given, **paths, "has_hf_token": arguments.hf_token})


def _file(path: str, name: str) -> str:
    if not path:
        return ""
    if not Path(path).is_file():
        raise Refusal(f"--{name.replace('_', '-')} {path}: no such file")
    return str(Path(path).resolve())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mistral-lsp deploy",
        description="Write, check and explain what it takes to serve a model for your editor on hardware of your own: "
        "private, with a key, and behind a proxy that lets through nothing else. It starts nothing itself; it prints "
        "the commands. Engine and precision are chosen from the GPU where you don't name them.",
        epilog="mistral-lsp deploy compose --gpu a10g --explain        what to expect\n"
        "mistral-lsp deploy compose --gpu a10g --out gpu-box    write it\n"
        "mistral-lsp deploy check URL                           prove from outside what was deployed (check --help)",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("target", choices=TARGETS, help="docker compose on one machine, Kubernetes, or SkyPilot in a cloud")
    add("--out", metavar="FOLDER", help="where to write")
    add("--explain", action="store_true", help="print the table that the choice is made by; alone, write nothing")
    add("--force", action="store_true", help="write over files that you changed")
    add("--name", default="mistral", help="of the deployment (default: %(default)s)")
    _add_model(parser)
    _add_gpu(parser)
    _add_reach(parser)
    return parser


def _add_model(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("the model").add_argument
    add("--model", default=DEFAULT_MODEL, help="a name on Hugging Face, or a folder's path (default: %(default)s)")
    add("--engine", choices=ENGINES, default="", help="default: chosen from the GPU")
    add("--precision", choices=PRECISIONS, default="", help="of the weights; default: chosen from the GPU")
    add("--context", type=int, default=0, dest="context_tokens", metavar="TOKENS", help="prompt and answer; 8192")
    add("--gguf-file", default="", metavar="NAME", help="which file of a GGUF repository or folder")
    add("--billions", type=float, metavar="N", help="of parameters, where the name doesn't tell")
    add("--revision", default="main", help="branch, tag or commit of the weights (default: %(default)s)")
    add("--image", default="", help="another image of the engine, by exact version or digest")
    add("--hf-token", action="store_true", help="fetch the weights with your token of Hugging Face: a private model")


def _add_gpu(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("the machine").add_argument
    add("--gpu", default="", help=f"one of {', '.join(GPUS)}; for another say the next three")
    add("--gpu-memory-gb", type=float, metavar="GB")
    add("--gpu-bandwidth", type=float, metavar="GB/S", dest="gpu_bandwidth_gb_s")
    add("--gpu-capability", type=float, metavar="X.Y", help="CUDA's compute capability (8.0)")
    add("--replicas", type=int, default=1, metavar="N", help="engines, each with a GPU of its own (1)")
    add("--max-replicas", type=int, default=0, metavar="N", help="where their number follows the load (twice as many)")


def _add_reach(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("who reaches it (default: this machine alone, or a tunnel)").add_argument
    add("--host", default="", metavar="NAME", help="the name by which others reach it, by TLS")
    add("--certificate", default="", metavar="FILE", help="of that name, in PEM with its chain")
    add("--private-key", default="", metavar="FILE", help="of the certificate, in PEM")
    add("--cloud", default="", choices=("", "aws", "gcp", "azure"), help="for sky: where to rent")
    add("--vpc", default="", metavar="NAME", help="for sky with --host: the private network of the replicas")
    add("--ingress-namespace", default="ingress-nginx", dest="namespace_of_ingress", help="for k8s (%(default)s)")
    add("--metrics-namespace", default="monitoring", dest="namespace_of_metrics", help="for k8s: Prometheus's")
