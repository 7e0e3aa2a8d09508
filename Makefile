# Everything a developer runs. `make` alone says what there is.

PYTHON ?=
ARGS ?=

# Fails, saying what to install, where there is no suitable Python.
python = python=$$(PYTHON="$(PYTHON)" tools/find-python)

.DEFAULT_GOAL := help
.PHONY: help demo test lint native protos bench soak clean

help:  ## say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

demo:  ## write a telemetry session and read it back, with nothing but Python installed
	@$(python) && "$$python" tools/environment demo && .venv/bin/ma-streaming demo $(ARGS)

test:  ## run all tests and checks; needs Java 17 and Maven
	@$(python) && "$$python" tools/environment test && .venv/bin/python tools/run-tests $(ARGS)

lint:  ## run ruff and mypy alone
	@$(python) && "$$python" tools/environment test && .venv/bin/python tools/run-tests --only lint

native:  ## build the native library; needs the .NET SDK 10
	@tools/build-native

protos:  ## generate the Python code of the schema; needs Maven
	@$(python) && "$$python" tools/generate-protos

bench:  ## measure against plain confluent-kafka on a real Kafka; needs Java 17 and Maven
	@$(python) && "$$python" tools/environment test && .venv/bin/python -m benchmarks $(ARGS)

soak:  ## run what takes long: readers and brokers killed 50 times, millions of packets; needs Java 17 and Maven
	@$(python) && "$$python" tools/environment test && \
		MA_STREAMING_REQUIRE_ALL=1 .venv/bin/python -m pytest -s -p no:cacheprovider tests/soak/soak_*.py $(ARGS)

clean:  ## remove what these commands have made
	rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis ./*.egg-info
	rm -rf drop_in/build drop_in/*.egg-info
	rm -rf native/*/bin native/*/obj native/*/TestResults
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
