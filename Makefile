# The verbs, the same for people and for CI. Each makes the environment first where it is missing.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test test-deploy check fix fuzz forms vsix pictures clean test-vllm test-tgi

demo: .venv/.done  ## the real server types into a real file and prints the ghost text that the embedded model gave
	@$(BIN)/python -m mistral_lsp.bench.demo

# Compiled first, whatever PYTHONDONTWRITEBYTECODE says: hundreds of tests start the server, so in 3/4 of the time.
# A worker more than there are processors, since tests wait for what they start.
test: .venv/.done  ## every test
	@$(BIN)/python -m compileall -q mistral_lsp
	@nice $(BIN)/python tests/support/prefetch.py & fetch=$$!; \
	$(BIN)/python -m pytest --ignore=tests/editors --numprocesses=$$($(BIN)/python -c "import os; print(1 + os.cpu_count())") --dist=worksteal; status=$$?; \
	wait $$fetch; exit $$status
	$(BIN)/python -m pytest tests/editors --numprocesses=2

test-vllm: .venv/.done  ## what the clients rely on, asked of a real vLLM: VLLM_URL=http://... VLLM_API_KEY=... make test-vllm
	REAL_ENGINE=vllm $(BIN)/python -m pytest -q tests/engines

test-tgi: .venv/.done  ## the same of a real text-generation-inference: TGI_URL=..., TGI_API_KEY=...
	REAL_ENGINE=tgi $(BIN)/python -m pytest -q tests/engines

test-deploy: .venv/.done  ## what `deploy sky` writes, read and run dry by SkyPilot itself: the first time it is installed, minutes
	@test -x .venv/skypilot/bin/sky || { $(PYTHON) -m venv .venv/skypilot && .venv/skypilot/bin/pip install --quiet skypilot==0.14.1; }
	SKYPILOT_PYTHON=$(CURDIR)/.venv/skypilot/bin/python $(BIN)/python -m pytest -q tests/deploy/test_skypilot.py

check: .venv/.done  ## format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_layers.py

fix: .venv/.done
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

fuzz: .venv/.done  ## every property test with many more examples: FUZZ_EXAMPLES=20000 make fuzz
	FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-5000} $(BIN)/python -m pytest -q -m hypothesis -p no:cacheprovider

forms: .venv/.done  ## the settings, written into the README's table and into the editors' forms
	@$(BIN)/python -m mistral_lsp.settings.forms

vsix:  ## the VS Code extension with the server in it: editors/vscode/mistral-lsp.vsix
	@$(PYTHON) editors/vscode/pack.py

pictures: .venv/.done  ## of VS Code, for the README and the walkthrough: editors/pictures/
	@PYTHONPATH=.:tests $(BIN)/python tests/editors/vscode/pictures.py

clean:
	rm -rf editors/vscode/node_modules editors/vscode/dist editors/vscode/*.vsix
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

.venv/.done: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "mistral-lsp needs Python 3.11 or newer; say which with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv || { echo "This Python can't make environments. On Debian: apt-get install python3-venv"; rm -rf .venv; exit 1; }
	@echo "Installing mistral-lsp and its tools into .venv (about a minute, once)"
	@$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@
