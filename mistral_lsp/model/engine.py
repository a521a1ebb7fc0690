"""The embedded engine's process: run as a file, it is llama.cpp's server until stdin ends. It imports nothing of ours.

One line of JSON comes in (the model, the threads, a key), one goes out (where the server listens). The key is in no
argument and no environment, which other users can read; without it, neither they nor a web page get anything. When the
parent dies, however it dies, stdin ends and so does this.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

NOT_INSTALLED = 3  # exit statuses
NOT_STARTED = 4

BATCH_TOKENS = 64  # llama.cpp hears of a hang-up between batches: with 512, a second and more after it
CACHE_MB = 256  # for the prompts of other documents; llama.cpp's default is 8 GB


def main() -> int:
    """Serve."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is meant for the parent, which ends us
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever llama.cpp prints is no answer
    wanted = json.loads(sys.stdin.buffer.readline())
    # Before the import: OpenMP reads it then. Threads that spin while they wait starve an editor on a small machine.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    try:
        import xllamacpp
    except ImportError as error:
        sys.stderr.write(f"{error}\n")
        return NOT_INSTALLED
    try:
        server = xllamacpp.Server(_parameters(xllamacpp, wanted))
    except RuntimeError as error:
        sys.stderr.write(f"{error}\n")
        return NOT_STARTED
    answer.write(json.dumps({"url": server.listening_address, "version": xllamacpp.__version__}) + "\n")
    answer.flush()
    sys.stdin.buffer.read()
    os._exit(0)  # at once: a request may still be running, and its threads don't end before it does


def _parameters(xllamacpp: Any, wanted: dict[str, Any]) -> Any:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = wanted["model"]
    parameters.n_ctx = wanted["context_tokens"]
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = wanted["threads"]
    parameters.api_keys = [wanted["key"]]
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0  # a free one
    parameters.cors_origins = ""
    parameters.ui = False
    parameters.n_parallel = 1  # one editor: a newer request replaces the older, and finds its prompt in the cache
    parameters.n_batch = parameters.n_ubatch = BATCH_TOKENS
    parameters.cache_ram_mib = CACHE_MB
    parameters.verbosity = 1  # errors
    return parameters


if __name__ == "__main__":
    raise SystemExit(main())
