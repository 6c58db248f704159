# Thin: every target calls a CMake preset or a script of the project. On a fresh Debian 12 each target installs what it
# needs from packages.txt first.
JOBS   ?= $(shell nproc)
PREFIX ?= /usr/local

.PHONY: build run test test-all bench install dev format packages-run packages-test packages-all packages-dev \
        test-release test-asan test-tsan test-clang test-lua test-fuzz test-kill coverage mutation clean

build: packages-run
	@cmake --preset release -DMTHOST_TESTS=OFF >build-release.log 2>&1 || { cat build-release.log; exit 1; }
	@rm -f build-release.log
	@cmake --build --preset release -j $(JOBS) --target mthost
	@ln -sfn build/release/mthost mthost

run: build
	./mthost run scripts/scalp.lua --for 10m --speed max --seed 1

# Everything that a change must pass; under ten minutes on two cores.
test: packages-test
	@tests/all.sh quick $(JOBS)

# What a release must pass besides: tsan, clang, coverage, longer fuzzing, more kills.
test-all: packages-all
	@tests/all.sh full $(JOBS)

# Small wrong changes, each of which a test must notice; half an hour on two cores, and a later run goes on from there.
mutation: packages-test
	@python3 tests/mutation.py --jobs $(JOBS)

bench: build
	@bench/run.sh

install: build
	cmake --install build/release --prefix $(PREFIX)

dev: packages-dev
	@tests/lint.sh

format: packages-dev
	@git ls-files '*.c' '*.h' | xargs clang-format -i

clean:
	rm -rf build mthost

packages-run:
	@cmake/packages.sh run
packages-test:
	@cmake/packages.sh run test
packages-all:
	@cmake/packages.sh run test all
packages-dev:
	@cmake/packages.sh run test dev
