# Everything a person does here, by name. `make help` lists it.
.DEFAULT_GOAL := help
SHELL := bash
PYTHON ?= python3
UV_VERSION := 0.13.9
BIN := .venv/bin
SERVICES := intake placement payroll counseling
COMPOSE = $(shell docker compose version >/dev/null 2>&1 && echo docker compose || echo docker-compose)
# The older docker-compose cannot wait for health: `ops.compose` does, with both.
WAIT = $(if $(filter docker-compose,$(COMPOSE)),,--wait)
# What a simulated stack is told; a real one is told by the environment who the city's issuer is.
TOLD = $(if $(filter simulated,$(or $(CLOCK),$(WOMANUP_CLOCK))),--env-file development.env)
COMPILE = $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate
# A service starts in half the time where its modules are compiled, and tests start a hundred.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help
help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  \033[1m%-8s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/ready: requirements/dev.txt
	@echo "setting up .venv"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -q --disable-pip-version-check uv==$(UV_VERSION)
	@$(BIN)/uv pip sync -q --python $(BIN)/python --compile-bytecode --require-hashes requirements/dev.txt
	@touch $@

.PHONY: lock
lock: ## resolve the manifests again into hashed locks in requirements/
	$(COMPILE) pyproject.toml --group dev shared/pyproject.toml $(SERVICES:%=services/%/pyproject.toml) -o requirements/dev.txt
	@for s in $(SERVICES); do $(COMPILE) shared/pyproject.toml services/$$s/pyproject.toml -c requirements/dev.txt -o requirements/$$s.txt; done
	$(COMPILE) ops/pyproject.toml -c requirements/dev.txt -o requirements/ops.txt

.PHONY: demo
ifeq ($(TARGET),compose)
demo: .venv/ready
	@$(MAKE) --no-print-directory up CLOCK=simulated
	@$(BIN)/python -m ops.compose --empty
	@$(BIN)/python -m ops grant statistics-office womanup.{calendar,intake,placement,payroll,counseling}.v1 \
	  --basis "a play: nobody in it is real" --kafka 127.0.0.1:$(or $(WOMANUP_KAFKA_PORT),9094) \
	  --kafka-user admin --kafka-password-file secrets/kafka-admin
	@WOMANUP_ISSUER=http://127.0.0.1:$(or $(WOMANUP_ISSUER_PORT),8092) $(BIN)/python -m ops demo --target compose $(ARGS)
else
demo: .venv/ready ## play the programme end to end and audit it; ARGS="--seed 7" passes options, TARGET=compose plays in containers
	@$(BIN)/python -m ops demo $(ARGS)
endif

.PHONY: secrets
secrets: ## make what is missing in secrets/: passwords and keys of the containers
	@$(PYTHON) -m ops.secret_files

.PHONY: up
up: secrets ## all of it in containers, kept until `make down`; CLOCK=simulated to step its days by hand
	@WOMANUP_CLOCK=$(or $(CLOCK),$(WOMANUP_CLOCK)) $(COMPOSE) $(TOLD) up -d --build $(WAIT) || \
	  { echo "not all of it came up; see: $(COMPOSE) ps -a; $(COMPOSE) logs handout provision clock" >&2; exit 1; }
	@$(PYTHON) -m ops.compose

.PHONY: down
down: ## end what `make up` began and keep its data; ARGS=-v throws that away
	@COMPOSE_PROFILES=$(COMPOSE_PROFILES)$(if $(COMPOSE_PROFILES),$(COMMA))development $(COMPOSE) down $(ARGS)

.PHONY: dev
dev: .venv/ready ## Kafka, MongoDB and the four services, the clock stepped by hand, until Ctrl-C
	@$(BIN)/python -m ops dev $(ARGS)

.PHONY: test
test: .venv/ready ## every test, on real Kafka and MongoDB, by two workers; ARGS="-k payroll" passes options
	@$(BIN)/python -m pytest -n auto --durations=15 $(ARGS)

.PHONY: crash
crash: .venv/ready ## kill payroll at every point of the engine, as often as it is passed: 20 minutes
	@$(BIN)/python -m proofs crash $(ARGS)

.PHONY: chaos
chaos: .venv/ready ## a small cohort while brokers, stores and processes fail; SEED=7 draws who suffers what
	@$(BIN)/python -m proofs chaos --seed $(or $(SEED),7) $(ARGS)

.PHONY: outage
outage: .venv/ready ## the broker is away for SECONDS=600 while people apply: nothing is lost, no memory grows
	@$(BIN)/python -m proofs outage --seconds $(or $(SECONDS),600) $(ARGS)

.PHONY: mutants
mutants: .venv/ready ## remove each safety rule, one at a time: the tests must turn red; ARGS="gap-check" tries some
	@$(BIN)/python -m proofs mutants $(ARGS)

.PHONY: check
check: .venv/ready ## lint, format, types, import rules: what a reviewer should not have to say
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

.PHONY: fmt
fmt: .venv/ready ## format, and mend what can be mended by itself
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
