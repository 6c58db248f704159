#!/usr/bin/env bash
# A part of the tests alone: make test-unit, test-integration, test-lua, test-one, test-asan, test-tsan, test-clang,
# test-fuzz, test-kill. Stops at the first thing that fails and says how to run that again.
#   tests/part.sh unit|integration|lua|asan|tsan|clang|fuzz|kill JOBS [seconds or rounds]
#   tests/part.sh one JOBS WHAT
set -euo pipefail
cd "$(dirname "$0")/.."
part=$1 jobs=$2 what=${3:-}

build() {                                   # PRESET [arguments of the build...]: quiet unless it fails
    local preset=$1; shift
    mkdir -p build
    local log=build/part-$preset.log
    { cmake --preset "$preset" -DMTHOST_TESTS=ON && cmake --build --preset "$preset" -j "$jobs" "$@"; } >"$log" 2>&1 ||
        { cat "$log"; exit 1; }
}
program() { build release "$@" --target mthost; ln -sfn build/release/mthost mthost; }
unit() { build "$1"; ctest --test-dir "build/$1" -j "$jobs" --output-on-failure; }
fail() { echo "tests: $*" >&2; exit 2; }

fuzz() {                                    # SECONDS
    local source name
    # shellcheck disable=SC2046
    build fuzz --target $(basename -s .c tests/fuzz/fuzz_*.c)
    for source in tests/fuzz/fuzz_*.c; do
        name=$(basename "$source" .c)
        echo "== $name, $1 s"
        mkdir -p "build/fuzz/corpus/$name"
        "build/fuzz/tests/$name" -max_total_time="$1" -timeout=10 -rss_limit_mb=2048 -verbosity=0 -print_final_stats=1 \
            -artifact_prefix="build/fuzz/$name-" "build/fuzz/corpus/$name"
    done
}

one_program() {                             # FILE[:CLASS[.TEST]] below tests/programs
    local file=${1%%:*} inside=
    [ "$1" = "$file" ] || inside=.${1#*:}
    program
    (cd tests/programs && python3 -m unittest -v "$(basename "$file" .py)$inside")
}

one() {
    mkdir -p build
    local file=${1%%:*} inside= name
    [ "$1" = "$file" ] || inside=${1#*:}
    case $file in
    tests/programs/test_*.py) [ -f "$file" ] || fail "$file: no such file"; one_program "$1" ;;
    *_spec.lua)
        [ -f "$file" ] || fail "$file: no such file"
        busted --lua=luajit --pattern=_spec -o plainTerminal ${inside:+--filter="$inside"} "$file" | tee build/part-one.log
        grep -q '^0 successes / 0 failures / 0 errors' build/part-one.log && fail "$inside: no such test in $file" || true ;;
    tests/*/test_*.c)
        [ -f "$file" ] || fail "$file: no such file"
        name=$(dirname "${file#tests/}" | tr / _)_$(basename "$file" .c)
        build release --target "$name"
        MTHOST_TEST=$inside "build/release/tests/$name" 2>&1 | tee build/part-one.log
        grep -q '^\[ RUN' build/part-one.log || fail "$inside: no such test in $file" ;;
    tests/differential/*) program; python3 tests/differential/run.py --mthost ./mthost --cases 200 --jobs "$jobs" ;;
    *) fail "'$file' is no test: T=tests/programs/test_run.py, T=tests/host/base/test_log.c, T=tests/scripts/…_spec.lua," \
            "a test of it behind a colon: T=tests/host/base/test_near.c:the_border_is_a_third" ;;
    esac
}

case $part in
unit) unit release ;;
asan) export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1; unit asan ;;
tsan | clang) unit "$part" ;;
integration) program; python3 -m unittest discover -s tests/programs -p 'test_*.py' ;;
lua) busted --lua=luajit --pattern=_spec -o plainTerminal tests/scripts ;;
fuzz) fuzz "$what" ;;
kill) program; python3 tests/kill.py --rounds "$what" --mthost ./mthost ;;
one) one "$what" ;;
*) fail "$part: unknown part" ;;
esac
