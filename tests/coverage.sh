#!/usr/bin/env bash
# How much of host/ the tests reach, and the gate: at least 90 % of the lines of host/. The branches of the code that decides
# about orders, risk, the journal and numbers are listed file by file. Lines of assertions cannot fail and do not count.
set -euo pipefail
cd "$(dirname "$0")/.."
jobs=${1:-$(nproc)} gate=${COVERAGE_LINES:-90} branch_gate=${COVERAGE_BRANCHES:-100}
exact='host/(base/(dec|dec_text)|model/(order|order_table)'
exact+='|core/(risk_[a-z]+|journal[a-z_]*|ledger|leg|oms|orders|plan|recover|request[a-z_]*|sizing|state|timers))\.c'

cmake --preset coverage -DMTHOST_TESTS=ON >/dev/null
cmake --build --preset coverage -j "$jobs"
find build/coverage -name '*.gcda' -delete
ctest --test-dir build/coverage -j "$jobs" --output-on-failure
# The commands are reached by the tests of the whole program.
MTHOST=$PWD/build/coverage/mthost python3 -m unittest discover -s tests/programs -p 'test_*.py'

options=(--root . --object-directory build/coverage --gcov-ignore-parse-errors
         --exclude-unreachable-branches --exclude-throw-branches
         --exclude-lines-by-pattern '.*\b(MT_ASSERT|_Static_assert)\b.*'
         --exclude-branches-by-pattern '.*\b(MT_ASSERT|MT_UNREACHABLE)\b.*')
mkdir -p build/log build/coverage/html
gcovr "${options[@]}" --filter 'host/' --filter 'adapters/' --branches --html-details build/coverage/html/index.html \
    --html-title "mthost: what the tests reach" build/coverage >/dev/null
echo "every file and line: build/coverage/html/index.html"
echo "branches of order, risk, journal and decimal code"
gcovr "${options[@]}" --filter "$exact" --branches build/coverage | tee build/log/coverage-branches.txt
echo "lines of host/"
gcovr "${options[@]}" --filter 'host/' --fail-under-line "$gate" build/coverage | tee build/log/coverage-lines.txt
# `missing` lists lines with a branch that no test took; a list of its own, so that the gate above is seen first.
gcovr "${options[@]}" --filter "$exact" --branches --fail-under-branch "$branch_gate" build/coverage >/dev/null
