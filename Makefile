# make demo: the template's project on http://127.0.0.1:8000, with nothing but Python and make
# make test: everything that proves the template
# make test-fast: what takes a minute, without the rendered projects' own tests
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test test-fast lint requirements

demo: $(VENV)/cookiecutter
	@$(BIN)/python tools/demo.py --port $(PORT)

test: $(VENV)/installed
	BENCHMARK=1 $(BIN)/python -m pytest -n 2 --dist worksteal

test-fast: $(VENV)/installed
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow"

lint: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# Compiles the pins of the generated project anew, for every Django version and choice, hashes included.
requirements: $(VENV)/installed
	$(BIN)/python tools/requirements.py

$(VENV)/cookiecutter: requirements.txt
	@$(PYTHON) tools/venv.py $(VENV) requirements.txt
	@touch $@

$(VENV)/installed: requirements-test.txt
	@$(PYTHON) tools/venv.py $(VENV) requirements-test.txt
	@touch $@ $(VENV)/cookiecutter
