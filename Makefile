# make demo           set everything up and run the quickstart      (ENGINE=gpu on a machine with CUDA)
# make test           set everything up and run the tests
# make bench          the benchmarks, beside the peers
# make lock           regenerate infra/locks/ (needs uv)

ENGINE ?= cpu
PYTHON ?= python3.11
RECIPE ?= configs/quickstart.yaml
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed-$(ENGINE)

.PHONY: setup demo test lint bench lock doctor clean

setup: $(STAMP)

$(STAMP): infra/locks/$(ENGINE).txt infra/setup.sh pyproject.toml
	@[ $(ENGINE) != gpu ] || command -v nvidia-smi >/dev/null || { echo "stillhouse: ENGINE=gpu needs an NVIDIA driver, and nvidia-smi is not here" >&2; exit 2; }
	bash infra/setup.sh $(ENGINE) $(VENV) $(PYTHON)
	@touch $@

demo: setup
	$(BIN)/python flows/distill.py $(RECIPE) $(ARGS)

test: setup lint
	$(BIN)/python -m pytest tests --numprocesses 2 --dist loadfile

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: setup
	$(BIN)/python -m pip install --quiet --no-deps -r infra/locks/peers.txt
	for bench in tests/benchmarks/bench_*.py; do $(BIN)/python $$bench || exit 1; done

doctor: setup
	$(BIN)/stillhouse doctor

lock:
	bash infra/lock.sh

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
