# Two commands: `make run` shows the proxy at work, `make test` runs everything. Each sets itself up.
SHELL := /bin/bash
RELEASE := .build/release
DEBUG := .build/debug
VENV := .venv

.PHONY: run build test test-slow test-examples bench fuzz docs format clean setup-run setup-test setup-bench

run: build
	CLAWPROXY=$(RELEASE)/clawproxy DEMO_AGENT=$(RELEASE)/demo-agent ONCE=$(ONCE) scripts/tour.sh

build: setup-run
	swift build -c release

setup-run:
	scripts/setup.sh run

setup-test:
	scripts/setup.sh run test

setup-bench:
	scripts/setup.sh run bench

test: setup-test
	swift build --build-tests
	swift test --skip-build
	$(DEBUG)/clawproxy docs --check
	$(MAKE) test-end-to-end test-examples

test-end-to-end: $(VENV)/ready
	CLAWPROXY=$(DEBUG)/clawproxy DEMO_AGENT=$(DEBUG)/demo-agent $(VENV)/bin/pytest -q -m "not slow" Tests/EndToEnd

test-slow: setup-test $(VENV)/ready
	swift build --build-tests
	CLAWPROXY=$(DEBUG)/clawproxy DEMO_AGENT=$(DEBUG)/demo-agent $(VENV)/bin/pytest -q Tests/EndToEnd

test-examples: $(VENV)/ready
	set -e; for example in examples/*/run.sh examples/clients/*/run.sh; do \
	  echo "== $$example"; CLAWPROXY=$(DEBUG)/clawproxy DEMO_AGENT=$(DEBUG)/demo-agent bash $$example; done
	CLAWPROXY=$(DEBUG)/clawproxy DEMO_AGENT=$(DEBUG)/demo-agent ONCE=1 scripts/tour.sh

$(VENV)/ready: Tests/EndToEnd/requirements.txt
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install -q --disable-pip-version-check -r Tests/EndToEnd/requirements.txt
	touch $@

bench: build setup-bench
	python3 Benchmarks/compare.py

fuzz:
	scripts/fuzz.sh $(or $(SECONDS),600)

docs:
	swift build --product clawproxy
	$(DEBUG)/clawproxy docs

format:
	swift format --in-place --recursive --parallel Sources Tests Package.swift

clean:
	rm -rf .build $(VENV)
