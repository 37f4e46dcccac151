# Two verbs to use the product, three to work on it. Everything installs itself into .venv.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
PURE := factortaboite/money.py factortaboite/typography.py factortaboite/outgoing.py clients/pipeline.py clients/monitoring clients/advice clients/analysis clients/portfolio clients/cleaning clients/registries quotes/vocabulary.py quotes/pricing quotes/comparison quotes/proposal_content.py quotes/partners

.PHONY: run test install quality fix bench chaos fuzz

run: $(VENV)/product
	@$(RUN) -m factortaboite.servers run

test: $(VENV)/tools
	@$(RUN) -m factortaboite.servers exec $(RUN) -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)

install: $(VENV)/tools

quality: $(VENV)/tools
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/djlint templates --lint --quiet
	$(VENV)/bin/lint-imports
	$(VENV)/bin/mypy $(PURE)
	$(RUN) manage.py makemigrations --check --dry-run --skip-checks
	SITE_URL=https://factortaboite.example SECRET_KEY=$$(printf '%064d' 7)abcdefghij $(RUN) manage.py check --deploy --fail-level WARNING

fix: $(VENV)/tools
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

bench: $(VENV)/tools
	@$(RUN) -m factortaboite.servers exec $(RUN) -m benchmarks $(ARGS)

chaos: $(VENV)/tools
	@$(RUN) -m tests.chaos $(ARGS)

fuzz: $(VENV)/tools
	@$(RUN) -m tests.fuzz $(ARGS)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 ou plus récent est nécessaire : relancez avec PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/product: requirements.txt | $(VENV)/bin/python
	$(RUN) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/tools: requirements.txt requirements-dev.txt | $(VENV)/bin/python
	$(RUN) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ $(VENV)/product
