# Everything a newcomer runs. `make help` lists it.
# Recipes are single plain commands where it matters: then no shell stands between make and the program that a signal is meant for.
# The one that .venv was made with, unless another is named.
PYTHON ?= $(shell test -x .venv/bin/python && echo .venv/bin/python || echo python3)
BIN := .venv/bin
# Many tests wait: eight of them keep two cores busy.
WORKERS ?= 8

COUNT ?= 2000

.PHONY: help venv venv-test index check sizes demo test lint bench memory soak coverage conformance docs clean
.PHONY: board firmware-check
.DEFAULT_GOAL := help

help:
	@echo "make demo    install the packages on a virtual board and open a live page   (PORT=8081 HOST=127.0.0.1)"
	@echo "make dev     serve an example, and start it again when a file is saved   (EXAMPLE=hello INTERPRETER=micropython)"
	@echo "make test    lint, then every test, on the real MicroPython and on CPython   (T=tests/app to choose)"
	@echo "make check   what takes minutes: lint, the design, the pages, and the core on MicroPython"
	@echo "make index   build the package index for mip into dist/mip"
	@echo "make sizes   how large the packages are, on flash and in a board's heap"
	@echo "make bench   measure this server beside its peers"
	@echo "make memory  the smallest heap that survives a browser's visit, on a 32-bit build, beside a peer"
	@echo "make docs    the documentation as a site into dist/site, every link followed"
	@echo "make soak    the attacks of tests/robust in their long form   (SEED=1)"
	@echo "make coverage   the lines and branches of packages/ that no test runs   (T=tests/app to choose tests)"
	@echo "make board   the packages on an emulated board with an ESP8266's limits   (COUNT=2000 mixed requests)"
	@echo "make firmware-check   what is frozen, in the real MicroPython at 32 bit"
	@echo "make conformance   RFC 9110 and 9112, case by case, beside node and aiohttp; writes the table of docs/figures.md"
	@echo "make lint    ruff alone"
	@echo "make venv    only the virtual environment .venv with the pinned host tools"
	@echo "make clean   remove what was built (.venv stays; make clean-all removes it too)"

venv:
	@command -v $(PYTHON) >/dev/null || { echo "tinyweb: no $(PYTHON) here: Python 3.10 or newer is needed" >&2; exit 1; }
	@$(PYTHON) tools/environment.py demo

venv-test:
	@command -v $(PYTHON) >/dev/null || { echo "tinyweb: no $(PYTHON) here: Python 3.10 or newer is needed" >&2; exit 1; }
	@$(PYTHON) tools/environment.py demo test schema docs firmware

index: venv
	@$(BIN)/python host/tinyweb_host index

demo: venv
	@$(BIN)/python tools/demo.py

dev: venv
	@$(BIN)/python tools/dev.py

lint: venv-test
	@$(BIN)/ruff check --quiet

test: lint
	@$(BIN)/python tools/have.py
	@$(BIN)/python tools/webassembly.py
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(T)

# Without the two files that take longest.
check: lint
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder -k "not cpython" \
	  --ignore tests/pure/test_releases.py --ignore tests/docs/test_new_package.py \
	  tests/pure tests/design tests/app tests/wire tests/docs

sizes: venv
	@$(BIN)/python tools/webassembly.py
	@$(BIN)/python tools/sizes.py

soak: venv-test
	-@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements/soak.txt
	@SOAK=1 $(BIN)/python -m pytest -q tests/robust

coverage: venv-test
	@$(BIN)/python tools/unrun.py $(T)

board: venv-test
	@$(BIN)/python tests/board --count $(COUNT)

firmware-check: venv-test
	@$(BIN)/python tests/firmware/frozen.py

conformance: venv-test
	@$(BIN)/python tests/robust/conformance --write

bench: venv-test
	@$(BIN)/python benchmarks/run.py

memory: venv-test
	@$(BIN)/python benchmarks/visits.py --write

docs: venv-test
	@$(BIN)/python tools/website.py

clean:
	rm -rf build dist .pytest_cache .ruff_cache .hypothesis
	find packages tools tests examples benchmarks -name __pycache__ -prune -exec rm -rf {} +

.PHONY: clean-all
clean-all: clean
	rm -rf .venv
