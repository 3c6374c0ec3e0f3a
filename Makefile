# Every target does its own set-up in .venv; the second run finds it done.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
PYTHON_312 ?= $(shell for python in python3.12 $$(ls -d $$(pyenv root 2>/dev/null)/versions/3.12*/bin/python \
	2>/dev/null); do $$python -c '' 2>/dev/null && echo $$python && break; done)
BIN := .venv/bin

.PHONY: demo test check coverage gates format lint types imports docs fix bench soak engines clients bundle \
	dist pins
.PRECIOUS: .venv/.%
.NOTPARALLEL:

demo: .venv/.demo  # a conversation with the sample account: no key, no network
	@$(BIN)/python examples/conversation.py

test: .venv/.test
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(COVERAGE)

# One more than there are processors: many tests wait for a process or a clock.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) + 1)')

# What turns lines into money: held higher than the rest, by the data of the same run.
ROOMS := "src/vultr_cost_mcp/billing/*,src/vultr_cost_mcp/domain/*,src/vultr_cost_mcp/money.py"

coverage: COVERAGE = --cov
coverage: test  # the tests take a third longer with it
	$(BIN)/python -m coverage report --fail-under=99 --include=$(ROOMS)

check: gates test  # all that has to pass; only reads, and the tests come last

gates: format lint types imports docs

format: .venv/.check
	$(BIN)/ruff format --check .

lint: .venv/.check
	$(BIN)/ruff check .

types: .venv/.check .venv/.test .venv/.demo
	$(BIN)/mypy & mypy=$$!; $(BIN)/pyright --pythonpath $(BIN)/python; pyright=$$?; \
		wait $$mypy && exit $$pyright  # side by side, each on one processor

imports: .venv/.check
	$(BIN)/lint-imports

# Pages with generated parts.
GENERATED := README.md $(addprefix docs/,clients.md conversation.md coverage.md prompts.md rights.md \
	settings.md tools.md pictures/answer.svg)

docs: .venv/.check
	$(BIN)/python deploy/packages.py --check
	$(BIN)/python -m cogapp -I . --check $(GENERATED)

fix: .venv/.check .venv/.test  # formats, and renews generated files
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/python -m tests.contracts.catalog
	$(BIN)/python deploy/packages.py
	$(BIN)/python -m cogapp -I . -r $(GENERATED)

bench: .venv/.test .venv/.engines
	$(BIN)/python benchmarks/start.py
	$(BIN)/python benchmarks/serving.py
	$(BIN)/python benchmarks/http_answers.py
	$(BIN)/python benchmarks/history.py
	$(BIN)/python benchmarks/history_clickhouse.py

soak: .venv/.test  # the tests that take long: kills, faults under load, hostile input
	$(BIN)/python -m pytest -q -m soak --hypothesis-profile=new --randomly-seed=default -o log_cli=true --log-cli-level=WARNING

clients: .venv/.test  # other people's clients and checkers; what needs Node is skipped without it
	$(BIN)/python -m tests.clients.run $(if $(FOLDER),--folder $(FOLDER))

bundle: .venv/.check  # what a release offers beside the wheel: dist/vultr-cost.mcpb and others
	$(BIN)/python deploy/bundle.py

# All that a release offers, checked: the wheel is installed in an environment of its own, asked a
# question, and its parts are listed in sbom.cdx.json.
dist: .venv/.release
	rm -rf dist .venv/installed
	$(BIN)/python -m build --outdir dist
	$(BIN)/python -m twine check --strict dist/*
	PYTHON=$(PYTHON) .ci/wheel dist .venv/installed
	.venv/installed/bin/python -m pip uninstall --quiet --yes pip setuptools
	$(BIN)/cyclonedx-py environment --pyproject pyproject.toml --mc-type application \
	--output-reproducible --of JSON -o dist/sbom.cdx.json .venv/installed/bin/python
	$(BIN)/python deploy/bundle.py dist
	cd dist && sha256sum * > ../.venv/SHA256SUMS && mv ../.venv/SHA256SUMS .
	rm -rf .venv/installed

# What the checks run with, by name and version; the engines are not in it.
pins:
	rm -rf .venv/pins && $(PYTHON) -m venv .venv/pins
	.venv/pins/bin/python -m pip install --quiet --upgrade "pip>=25.1"
	.venv/pins/bin/python -m pip install --quiet --editable . --group test --group check --group demo
	.venv/pins/bin/python -m pip freeze --exclude-editable > constraints.txt
	rm -rf .venv/pins

# What some tests skip without: ClickHouse, the validator of FOCUS, agent libraries of others.
engines: .venv/.engines .venv/focus/.done .venv/adapters/.done

# The validator of FOCUS wants Python 3.12 and older packages than ours: it has an environment of
# its own. Without such a Python, here or in pyenv, its tests skip.
.venv/focus/.done: tests/export/requirements.txt | .venv/.pip
	@rm -rf .venv/focus && mkdir .venv/focus
	@if [ -z "$(PYTHON_312)" ]; then echo "no Python 3.12: tests of FOCUS files will skip"; else \
	$(PYTHON_312) -m venv .venv/focus && \
	.venv/focus/bin/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1" && \
	.venv/focus/bin/python -m pip install --quiet --requirement $<; fi
	@touch $@

# The libraries that convert our tools for their models; some want an older mcp than ours.
.venv/adapters/.done: tests/adapters/requirements.txt | .venv/.pip
	@rm -rf .venv/adapters
	$(PYTHON) -m venv .venv/adapters
	.venv/adapters/bin/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	.venv/adapters/bin/python -m pip install --quiet --requirement $<
	@touch $@

.venv/.engines: pyproject.toml | .venv/.pip
	$(BIN)/python -m pip install --quiet --editable ".[chdb]"
	@touch $@

# The pip that comes with Python 3.11 knows no dependency groups.
.venv/.pip:
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	@touch $@

.venv/.%: pyproject.toml constraints.txt | .venv/.pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable . --group $*
	@touch $@
