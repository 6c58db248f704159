#!/usr/bin/env bash
# All tests, stage by stage. quick: make test. full: make test-all. Ends with one line that says how it went and exits
# with 1 if any stage failed; a stage that cannot run says so and counts as skipped, never as passed.
set -u
cd "$(dirname "$0")/.."
mode=${1:-quick} jobs=${2:-$(nproc)}
fuzz_s=10 kills=50 cases=200
[ "$mode" = full ] && fuzz_s=30 kills=200 cases=2000
mkdir -p build/log
passed=0 failed=0

stage() {                                   # stage NAME COMMAND...: its output goes to a log, shown when it fails
    local name=$1 begin=$SECONDS log; shift
    log=build/log/$name.log
    printf '%-22s' "$name"
    if "$@" >"$log" 2>&1; then
        passed=$((passed + 1)); printf 'ok      %4d s' $((SECONDS - begin))
        grep -hE '[0-9]+ tests? skipped|^SKIP|skipped=[0-9]+|Skipped' "$log" | sort | uniq -c | head -5 | sed 's/^/\n    /' | tr -d '\r'
        echo
    else
        failed=$((failed + 1)); printf 'FAILED  %4d s\n' $((SECONDS - begin))
        tail -n 60 "$log" | sed 's/^/    /'
    fi
}

configure_and_build() {                     # PRESET [targets...]
    local preset=$1; shift
    cmake --preset "$preset" -DMTHOST_TESTS=ON && cmake --build --preset "$preset" -j "$jobs" "$@"
}
unit() { local preset=$1; shift; ctest --test-dir "build/$preset" -j "$jobs" --output-on-failure "$@"; }
release_link() { ln -sfn build/release/mthost mthost; }
programs() { python3 -m unittest discover -s tests/programs -p "$1" -v; }
specs() { busted --lua=luajit --pattern=_spec -o plainTerminal tests/scripts; }
result_of() {                               # PID LOG: of what was started beside another stage
    local status=0
    wait "$1" || status=$?
    cat "$2"
    return "$status"
}
fuzz_one() {
    local name=$1
    mkdir -p "build/fuzz/corpus/$name"
    "build/fuzz/tests/$name" -max_total_time="$fuzz_s" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="build/fuzz/$name-" "build/fuzz/corpus/$name"
}

stage tidy           python3 tests/tidy.py
stage house          python3 tests/house/run.py
stage build-release  configure_and_build release
release_link
stage unit-release   unit release
specs >build/log/specs-beside.log 2>&1 &    # what waits for programs leaves a core to the others
specs_pid=$!
programs 'test_[a-l]*.py' >build/log/programs-beside.log 2>&1 &
programs_pid=$!
stage programs-m-z   programs 'test_[!a-l]*.py'
stage programs-a-l   result_of "$programs_pid" build/log/programs-beside.log
stage lua-specs      result_of "$specs_pid" build/log/specs-beside.log
stage differential   python3 tests/differential/run.py --mthost ./mthost --cases "$cases" --jobs "$jobs"
stage build-asan     configure_and_build asan
export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1
stage unit-asan      unit asan -E host_app_test_bench       # it measures; what it runs is tested by others
# shellcheck disable=SC2046
stage build-fuzz     configure_and_build fuzz --target $(basename -s .c tests/fuzz/fuzz_*.c)
fuzzers=()
for source in tests/fuzz/fuzz_*.c; do           # as many at once as there are cores: each has its time
    name=$(basename "$source" .c)
    fuzz_one "$name" >"build/log/$name-beside.log" 2>&1 &
    fuzzers+=("$name:$!")
    [ "${#fuzzers[@]}" -lt "$jobs" ] && continue
    for one in "${fuzzers[@]}"; do stage "${one%:*}" result_of "${one#*:}" "build/log/${one%:*}-beside.log"; done
    fuzzers=()
done
for one in "${fuzzers[@]}"; do stage "${one%:*}" result_of "${one#*:}" "build/log/${one%:*}-beside.log"; done
stage "kill-$kills" python3 tests/kill.py --rounds "$kills" --mthost ./mthost

if [ "$mode" = full ]; then
    stage build-clang configure_and_build clang
    stage unit-clang  unit clang
    stage same-hash   python3 tests/same_hash.py ./mthost build/clang/mthost
    stage build-tsan  configure_and_build tsan
    stage unit-tsan   unit tsan
    stage coverage    tests/coverage.sh "$jobs"
fi
echo "$passed stages passed, $failed failed; what was skipped stands under its stage"
[ "$failed" = 0 ]
