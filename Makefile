# What a person types. Everything is built by CMake's presets (CMakePresets.json) into build/<preset>; on Debian what is missing is
# installed first (tools/packages.sh). `make help` lists the targets.
JOBS ?= $(shell nproc)
TEST_JOBS ?= 2
# More arguments for ctest: make test TESTS='-R cli'
TESTS ?=
# Inputs for each fuzz target.
FUZZ_RUNS ?= 20000

SHELL := /bin/sh
.DEFAULT_GOAL := help
# One at a time: ninja and ctest are parallel by themselves.
.NOTPARALLEL:

cxx_files = $(shell find src tests bench -name '*.cc' -o -name '*.h' 2>/dev/null)

## demo: build davit and let it lift and lower the example stack
.PHONY: demo
demo: release
	@tools/demo.sh build/release/davit

## test: build, and run every test
.PHONY: test
test: dev quick-parts
	@tools/run_tests.py build/dev -j$(TEST_JOBS) $(TESTS)

## parts: make what tests can run against for real: provider plug-ins, OpenTofu; once for all checkouts of a user
.PHONY: parts quick-parts
parts:
	@tools/parts.sh all
# Those that take a minute, the first time; what is missing then is named, and so are the tests that need it.
quick-parts:
	@tools/parts.sh quick

## release: the optimised binary, build/release/davit
.PHONY: release
release: configure-release
	@cmake --build --preset release --target davit -j $(JOBS)

## dev: what tests run against, build/dev/davit
.PHONY: dev
dev: configure-dev
	@cmake --build --preset dev -j $(JOBS)

## asan: everything with the second compiler; unit and cluster tests under AddressSanitizer and UndefinedBehaviorSanitizer
.PHONY: asan
asan: configure-asan
	@cmake --build --preset asan -j $(JOBS)
	@tools/run_tests.py build/asan -j$(TEST_JOBS) -L 'unit|cluster' $(TESTS)

## tsan: unit tests and the kill tests of tests/cluster under ThreadSanitizer
.PHONY: tsan
tsan: configure-tsan
	@cmake --build --preset tsan -j $(JOBS)
	@tools/run_tests.py build/tsan -j$(TEST_JOBS) -R '^cluster\.kill$$' $(TESTS) && \
	  tools/run_tests.py build/tsan -j$(TEST_JOBS) -L unit $(TESTS)

## fuzz: each libFuzzer target over FUZZ_RUNS inputs, from its corpus
.PHONY: fuzz
fuzz: configure-asan
	@cmake --build --preset asan --target fuzz_targets -j $(JOBS)
	@tools/fuzz.sh build/asan $(FUZZ_RUNS)

## bench: the benchmarks, with a release build; writes docs/benchmarks.md
.PHONY: bench
bench: configure-release
	@cmake --build --preset release --target davit bench_yaml_scan bench_plan_view bench_cel -j $(JOBS)
	@python3 bench/run.py build/release/davit build/release/bench/bench_yaml_scan build/release/bench/bench_plan_view \
		build/release/bench/bench_cel --write docs/benchmarks.md

## layers: who may include whom, and whether each folder is described
.PHONY: layers
layers:
	@python3 tools/check_layers.py

## format: rewrite the C++ files as .clang-format says
.PHONY: format
format: packages-clang
	@clang-format-16 -i $(cxx_files)

## check-format: say what `make format` would change
.PHONY: check-format
check-format: packages-clang
	@clang-format-16 --dry-run -Werror $(cxx_files)

## lint: clang-tidy over everything, as .clang-tidy says; a file is shown where something was found in it
.PHONY: lint
lint: configure-asan
	@cmake --build --preset asan --target davit_base -j $(JOBS)  # what all files include, compiled
	@find src tests bench -name '*.cc' -not -path 'tests/fuzz/*' | xargs -P $(JOBS) -n 1 sh -c \
	  'found=$$(clang-tidy-16 -p build/asan --quiet --warnings-as-errors="*" "$$0" 2>&1) || { printf "%s\n" "$$found"; exit 1; }'

## clean: remove build/
.PHONY: clean
clean:
	rm -rf build

.PHONY: help
help:
	@sed -n 's/^## \([a-z-]*\): \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{printf "%-20s %s\n", $$1, $$2}'

.PHONY: packages-build packages-clang
packages-build:
	@tools/packages.sh build
packages-clang:
	@tools/packages.sh build clang

.PHONY: configure-dev configure-asan configure-tsan configure-release
configure-asan: packages-clang
configure-dev configure-asan configure-tsan configure-release: configure-%: packages-build
	@cmake --preset $* --log-level=WARNING >/dev/null
