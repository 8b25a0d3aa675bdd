# What there is to do here. `make run` and `make test` install what is missing first (scripts/setup.sh).

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
# Prerequisites are steps in order, and each uses all cores by itself.
.NOTPARALLEL:
.PHONY: help run build test test-end-to-end test-examples test-slow bench fuzz docs format clean \
    setup-run setup-test setup-bench debug venv

DEBUG := $(CURDIR)/.build/debug
RELEASE := $(CURDIR)/.build/release
with-debug := CLAWPROXY=$(DEBUG)/clawproxy DEMO_AGENT=$(DEBUG)/demo-agent
with-release := CLAWPROXY=$(RELEASE)/clawproxy DEMO_AGENT=$(RELEASE)/demo-agent
# The flag is Package.swift's for our modules; here it holds for NIO's too (docs/decisions/0002).
RELEASE_FLAGS := -c release -Xswiftc -enforce-exclusivity=unchecked
PYTEST := $(CURDIR)/.venv/bin/python -m pytest

help:
	@echo 'make run         build, start demo agents and the proxy, show a tour; ONCE=1 ends after it'
	@echo 'make build       build both programs for release'
	@echo 'make test        all tests but the slow ones, with debug builds'
	@echo 'make test-slow   the slow end-to-end tests, and each fuzzer for a moment'
	@echo 'make bench       measure beside nginx and HAProxy; renews the table and the picture'
	@echo 'make fuzz        fuzz what reads bytes of others, SECONDS=600 each; TARGETS=...'
	@echo 'make docs        renew what is generated from the configuration'
	@echo 'make format      format the sources'
	@echo 'make clean       remove what was built'

run: build
	@$(with-release) ONCE='$(ONCE)' PORT='$(PORT)' ADMIN_PORT='$(ADMIN_PORT)' scripts/tour.sh

test: setup-test debug venv
	# Apart: what computes for long would starve what waits for sockets, on two cores. So would all of these at once.
	swift test --skip-build --skip '^ProxyTests\.'
	SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=8 swift test --skip-build --filter '^ProxyTests\.'
	@$(MAKE) --no-print-directory test-end-to-end test-examples
	$(DEBUG)/clawproxy docs --check
	@if [[ -x scripts/check-style.sh ]]; then echo scripts/check-style.sh; scripts/check-style.sh; fi

# These two test what is built; `make test` builds it first.
test-end-to-end: venv
	$(with-debug) $(PYTEST) -q -m "not slow" Tests/EndToEnd

test-examples: venv
	@for example in $$(find examples -name run.sh | sort); do \
	    echo "== $$example"; PYTHON=$(CURDIR)/.venv/bin/python $(with-debug) "$$example"; done
	@echo '== scripts/tour.sh'; $(with-debug) ONCE=1 scripts/tour.sh

# The fuzzers for a moment only: they are to compile, and to stand what they have found before.
test-slow: setup-test debug venv
	$(with-debug) $(PYTEST) -q -m slow Tests/EndToEnd
	scripts/fuzz.sh 5

bench: setup-bench build
	$(with-release) Benchmarks/compare.py
	$(with-release) Benchmarks/allocations.sh
	$(with-release) Benchmarks/sse-delay.py
	$(with-release) Benchmarks/chaos.py

fuzz: setup-run
	scripts/fuzz.sh $(or $(SECONDS),600) $(TARGETS)

docs: setup-run
	swift build --product clawproxy
	$(DEBUG)/clawproxy docs

format:
	swift format --in-place --recursive --parallel Package.swift Sources Tests

clean:
	rm -rf .build .venv

setup-run setup-test setup-bench: setup-%:
	@scripts/setup.sh $*

build: setup-run
	swift build $(RELEASE_FLAGS) --product clawproxy
	swift build $(RELEASE_FLAGS) --product demo-agent

# Programs and tests in one build: a second one would compile the modules again.
debug:
	swift build --build-tests

venv: .venv/installed

.venv/installed: Tests/EndToEnd/requirements.txt
	python3 -m venv .venv
	.venv/bin/python -m pip install -q --disable-pip-version-check -r $<
	@touch $@
