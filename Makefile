# Thin: every target calls a CMake preset or a script of the project. On a fresh Debian 12 each target installs what it
# needs from packages.txt first. `make help` lists the targets; what is none of them is refused, also where a folder or
# a file of that name would let make say that there is nothing to do.
JOBS   ?= $(shell nproc)
PREFIX ?= /usr/local

TARGETS := build run test test-all test-unit test-integration test-lua test-one test-asan test-tsan test-clang \
           test-fuzz test-kill coverage mutation bench install dev format clean help
PACKAGES := packages-run packages-test packages-all packages-dev
UNKNOWN := $(filter-out $(TARGETS) $(PACKAGES),$(MAKECMDGOALS))
ifneq ($(UNKNOWN),)
$(error $(firstword $(UNKNOWN)): no such target: make help lists them; there are $(TARGETS))
endif
.PHONY: $(TARGETS) $(PACKAGES)

build: packages-run         ## the program: ./mthost
	@cmake --preset release -DMTHOST_TESTS=OFF >build-release.log 2>&1 || { cat build-release.log; exit 1; }
	@rm -f build-release.log
	@cmake --build --preset release -j $(JOBS) --target mthost
	@ln -sfn build/release/mthost mthost

run: build                  ## build, and trade ten minutes of a generated market
	./mthost run scripts/scalp.lua --for 10m --speed max --seed 1

test: packages-test         ## everything that a change must pass; under ten minutes on two cores
	@tests/all.sh quick $(JOBS)

test-all: packages-all      ## what a release must pass besides: tsan, clang, coverage, longer fuzzing, more kills
	@tests/all.sh full $(JOBS)

test-unit: packages-test    ## the C tests alone
	@tests/part.sh unit $(JOBS)

test-integration: packages-test ## the tests of the whole program alone
	@tests/part.sh integration $(JOBS)

test-lua: packages-test     ## the Lua specs alone
	@tests/part.sh lua $(JOBS)

test-one: packages-test     ## one file, or one test of it: make test-one T=tests/host/base/test_log.c (CONTRIBUTING.md)
	@tests/part.sh one $(JOBS) '$(T)'

test-asan: packages-test    ## the C tests under AddressSanitizer and UBSan
	@tests/part.sh asan $(JOBS)

test-tsan: packages-test    ## the C tests under ThreadSanitizer
	@tests/part.sh tsan $(JOBS)

test-clang: packages-test   ## the C tests, compiled by clang
	@tests/part.sh clang $(JOBS)

test-fuzz: packages-test    ## each fuzzer for S seconds: make test-fuzz S=60
	@tests/part.sh fuzz $(JOBS) '$(or $(S),10)'

test-kill: packages-test    ## kill -9 at N random moments: make test-kill N=200
	@tests/part.sh kill $(JOBS) '$(or $(N),50)'

coverage: packages-all      ## what the tests reach, with its gates: build/coverage/html/index.html
	@tests/coverage.sh $(JOBS)

mutation: packages-test     ## small wrong changes, each of which a test must notice; a later run goes on from there
	@python3 tests/mutation.py --jobs $(JOBS)

bench: build                ## how fast this machine is, beside peers that are installed
	@cmake --build --preset release -j $(JOBS) --target mthost_count
	@bench/run.sh

install: build              ## into PREFIX: make install PREFIX=/opt/mthost
	cmake --install build/release --prefix $(PREFIX)

dev: packages-dev           ## formatter and linters
	@tests/lint.sh

format: packages-dev        ## set all C files anew
	@git ls-files '*.c' '*.h' | xargs clang-format -i

clean:                      ## remove what was built
	rm -rf build mthost

help:                       ## this
	@sed -nE 's/^([a-z-]+):.*## (.*)/  \1\t\2/p' Makefile | expand -t 20

packages-run:
	@cmake/packages.sh run
packages-test:
	@cmake/packages.sh run test
packages-all:
	@cmake/packages.sh run test all
packages-dev:
	@cmake/packages.sh run test dev
