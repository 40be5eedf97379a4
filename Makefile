# make demo: the template's project on http://127.0.0.1:8000, with nothing but Python and make
# make test: what proves the template, in a quarter of an hour
# make test-long: the races of filer's rows with files on S3
# make check: all that needs no test: lint, types, schemas, workflows (make lint), and known vulnerabilities (make audit)
# make test-fast: what takes a minute, without the rendered projects' own tests
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
PROJECT := {{cookiecutter.project_slug}}
WORKFLOWS := .github/workflows/ci.yml "$(PROJECT)/.github/workflows/test.yml"
BOTS := .github/dependabot.yml "$(PROJECT)/.github/dependabot.yml"

.PHONY: demo test test-long test-fast check lint audit requirements

demo: $(VENV)/cookiecutter
	@$(BIN)/python tools/demo.py --port $(PORT)

test: $(VENV)/installed
	BENCHMARK=1 $(BIN)/python -m pytest -n 2 --dist worksteal -m "not long"

test-long: $(VENV)/installed
	$(BIN)/python -m pytest -m long

test-fast: $(VENV)/installed
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow"

check: lint audit

lint: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows $(WORKFLOWS)
	$(BIN)/check-jsonschema --builtin-schema vendor.dependabot $(BOTS)
	$(BIN)/zizmor --offline --quiet $(WORKFLOWS) $(BOTS)
	if command -v actionlint; then actionlint $(WORKFLOWS); else echo "left out: actionlint, which is not installed"; fi

# Asks the package index about every pin. A package that it does not know is a failure, not a pass.
audit: $(VENV)/installed
	@for pins in requirements-test.txt $(PROJECT)/pins/*-dev.txt; do \
		$(BIN)/pip-audit --strict --progress-spinner off --require-hashes --disable-pip -r "$$pins" || { \
		echo "Not every pin of $$pins was found free of known vulnerabilities; the lines above say why."; \
		echo "A vulnerable package: make requirements. No network: make lint checks everything else."; exit 1; }; done

# Compiles the pins of the generated project anew, for every Django version and choice, hashes included.
requirements: $(VENV)/installed
	$(BIN)/python tools/requirements.py

$(VENV)/cookiecutter: requirements.txt
	@$(PYTHON) tools/venv.py $(VENV) requirements.txt
	@touch $@

$(VENV)/installed: requirements-test.txt
	@$(PYTHON) tools/venv.py $(VENV) requirements-test.txt
	@touch $@ $(VENV)/cookiecutter
