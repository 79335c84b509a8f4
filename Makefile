.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := gateway/requirements.txt bento/requirements.txt training/requirements.txt
DEVELOPMENT := tests/requirements.txt loadtest/requirements.txt
ARTIFACT := $(or $(BENTO_ARTIFACT_DIR),bento/artifact)
PARTS := gateway bento training loadtest tests
# Of pytest; more processes than cores gain nothing, and each takes memory.
PARALLEL := --numprocesses logical --maxprocesses 4
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --require-hashes
# An empty URL says something else than none.
WHERE = $(if $(filter-out undefined,$(origin URL)),--url "$(URL)") $(if $(TOKEN_FILE),--token-file "$(TOKEN_FILE)") $(if $(OVERLAY),--overlay "$(OVERLAY)") \
  $(if $(KUBECONFIG),--kubeconfig "$(KUBECONFIG)") $(if $(CONTEXT),--context "$(CONTEXT)")
export BENTOML_DO_NOT_TRACK := true

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: up
up: $(VENV)/.runtime artifact ## Install, train a model if there is none, and serve on http://127.0.0.1:8000/
	@exec $(BIN)/python up.py

.PHONY: train
train: $(VENV)/.runtime ## Train a new model
	$(BIN)/python -m training train --output "$(ARTIFACT)"

.PHONY: test
test: lint artifact ## Run lint, types and all tests
	$(BIN)/python -m pytest $(PARALLEL) tests/unit
	$(BIN)/python -m pytest $(PARALLEL) --dist loadfile --ignore tests/unit --ignore tests/chaos
	$(BIN)/python -m pytest tests/chaos  # alone, as it measures

.PHONY: check
check: $(VENV)/.development artifact ## Run lint, types and the unit tests, in under a minute
	@$(MAKE) --no-print-directory --jobs 2 lint unit

.PHONY: unit
unit: $(VENV)/.development artifact ## Run the unit tests
	$(BIN)/python -m pytest $(PARALLEL) tests/unit

.PHONY: develop
develop: $(VENV)/.development ## Install what tests, load tests and benchmarks need

.PHONY: bench
bench: $(VENV)/.development artifact ## Compare Valence with a naive pipeline and other model servers (needs wrk)
	$(BIN)/python -m loadtest compare

.PHONY: chaos
chaos: $(VENV)/.development artifact ## Run the kill, fault and overload tests at full length
	CHAOS_KILLS=50 CHAOS_SECONDS=60 $(BIN)/python -m pytest tests/chaos -s

.PHONY: fuzz
fuzz: $(VENV)/.development artifact ## Send 20,000 requests after the OpenAPI document, of each operation 1,700
	OPENAPI_EXAMPLES=1700 $(BIN)/python -m pytest tests/process/gateway/test_openapi.py

.PHONY: lint
lint: $(VENV)/.development ## Check format, lint, types, imports, scripts and workflows
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/shellcheck .ci/run k8s/*.sh
	$(BIN)/python -m tests.actionlint

.PHONY: format
format: $(VENV)/.development ## Format the code and fix what ruff can fix
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: lock
lock: $(VENV)/.runtime ## Pin new dependencies with hashes; UPGRADE=1 updates all of them
	$(BIN)/python -m pip install --disable-pip-version-check --quiet uv
	all=$$(mktemp) && trap 'rm $$all' EXIT && \
	$(if $(UPGRADE),,cat $(PARTS:%=%/requirements.txt) > $$all &&) \
	compile="$(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	  --generate-hashes --no-header --no-annotate" && \
	$$compile $(PARTS:%=--group %) -o $$all && \
	for part in $(PARTS); do $$compile --group $$part -c $$all -o $$part/requirements.txt; done && \
	$$compile --group locust -c $$all -o loadtest/users/requirements.txt && \
	$$compile --group audit -o .github/audit/requirements.txt && \
	for client in boto3-old aws-cli; do \
	  $$compile --group $$client -o tests/process/comprehend/$$client.txt; done

.PHONY: images
images: $(VENV)/.development artifact ## Build the images with docker, podman or buildah; FROM=debian needs no registry
	k8s/images.sh $(if $(filter debian,$(FROM)),--debian)

.PHONY: golden
golden: $(VENV)/.development ## Write the rules, the boards, and the manifests that tests compare with [RUNBOOK=URL]
	$(BIN)/python -m k8s.monitoring $(if $(RUNBOOK),--runbook "$(RUNBOOK)")
	$(BIN)/python -m tests.k8s.rendering

.PHONY: kind
kind: $(VENV)/.development artifact ## Run Valence in a kind cluster on this machine, at http://127.0.0.1:8080/
	k8s/kind.sh

.PHONY: kind-down
kind-down: ## Remove the kind cluster
	kind delete cluster --name valence

.PHONY: deploy
deploy: $(VENV)/.development ## Let another model serve: DATA=my.csv [FEEDBACK=URL] or CANDIDATE=…, [OVERLAY=… URL=… TOKEN_FILE=…]
	@$(BIN)/python -m k8s.deploy model $(DATA:%=--data "%") $(FEEDBACK:%=--feedback "%") \
	  $(if $(CANDIDATE),--candidate "$(CANDIDATE)") $(if $(MAX_CHANGED),--max-changed "$(MAX_CHANGED)") \
	  $(if $(MIN_ACCURACY),--min-accuracy "$(MIN_ACCURACY)") $(if $(REPLAY),--replay "$(REPLAY)") \
	  $(if $(filter debian,$(FROM)),--debian) $(if $(IMAGE_ONLY),--image-only) $(WHERE)

.PHONY: rollback
rollback: $(VENV)/.development ## Let the model before serve again: [OVERLAY=… URL=… TOKEN_FILE=…]
	@$(BIN)/python -m k8s.deploy rollback $(WHERE)

.PHONY: doctor
doctor: $(VENV)/.development ## Check an installation: URL=… [KUBECONFIG=…] [TOKEN_FILE=…] [TABLE=…] [METRICS=…] [JSON=1]
	@$(BIN)/python -m k8s.doctor $(if $(URL),--url "$(URL)") $(if $(KUBECONFIG),--kubeconfig "$(KUBECONFIG)") \
	  $(if $(NAMESPACE),--namespace "$(NAMESPACE)") $(if $(TOKEN_FILE),--token-file "$(TOKEN_FILE)") \
	  $(if $(TABLE),--table "$(TABLE)") $(METRICS:%=--metrics "%") $(if $(JSON),--json)

.PHONY: test-cluster
test-cluster: $(VENV)/.development ## Test a running cluster: KUBECONFIG=… URL=… [OVERLAY=kind] [OTHER_TAG=…] [CANARY_TAG=…] [ENFORCED=1]
	CLUSTER_URL="$(URL)" KUBECONFIG="$(KUBECONFIG)" OVERLAY="$(or $(OVERLAY),kind)" OTHER_TAG="$(OTHER_TAG)" \
	  CANARY_TAG="$(CANARY_TAG)" ENFORCED="$(ENFORCED)" $(BIN)/python -m pytest tests/cluster -v

.PHONY: clean
clean: ## Remove everything that can be rebuilt; keeps the comments in .data/comments.db
	rm -rf $(VENV) .data/cache bento/artifact .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/.runtime: $(RUNTIME)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Valence needs Python 3.11 or newer; this is " + sys.version.split()[0] + " (make PYTHON=… names another)")'
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) $(RUNTIME:%=-r %)
	@touch $@

$(VENV)/.development: $(VENV)/.runtime $(DEVELOPMENT)
	$(INSTALL) $(DEVELOPMENT:%=-r %)
	@touch $@

# Phony, because users choose the folder and its name may contain a space.
.PHONY: artifact
artifact: $(VENV)/.runtime
	@test -e "$(ARTIFACT)/artifact.json" || $(BIN)/python -m training train --output "$(ARTIFACT)"
