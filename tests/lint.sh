#!/usr/bin/env bash
# Formatter and linters. The formatter is held against lines that were changed since the last commit (or since $1): the
# code's hand-made tables and aligned comments stay as they are. cppcheck and luacheck see everything.
set -u
cd "$(dirname "$0")/.."
since=${1:-HEAD}
failed=0

step() {                    # step NAME COMMAND...
    local name=$1; shift
    if "$@"; then echo "$name: ok"; else echo "$name: FAILED"; failed=1; fi
}
have() { command -v "$1" >/dev/null 2>&1 || { echo "$1: not installed (make dev installs it)"; return 1; }; }

changed_lines() {           # FILE: --lines=FROM:TO for each changed span of it
    git diff -U0 "$since" -- "$1" | sed -nE 's/^@@ -[^ ]+ \+([0-9]+)(,([0-9]+))? @@.*/\1 \3/p' |
        while read -r from count; do
            [ "${count:-1}" = 0 ] || echo "--lines=$from:$((from + ${count:-1} - 1))"
        done
}
format() {
    local file spans bad=0
    for file in $(git diff --name-only --diff-filter=ACM "$since" -- '*.c' '*.h'); do
        mapfile -t spans < <(changed_lines "$file")
        [ ${#spans[@]} = 0 ] || clang-format --dry-run "${spans[@]}" "$file" 2>&1 | grep -A2 warning && bad=1
    done
    # Advice, not a gate: tables and comments of many lines are often better as a person set them.
    [ $bad = 0 ] || echo "format: see above; \`make format\` sets whole files"
}
c_lint() {
    cppcheck --quiet --error-exitcode=1 --std=c11 --language=c \
        --enable=warning,portability --inline-suppr -j 2 \
        --suppressions-list=tests/cppcheck.txt -I host -I . host adapters
}
lua_lint() { luacheck --config .luacheckrc -q scripts bench host/script examples tests/scripts; }
shell_lint() { bash -n tests/*.sh bench/*.sh .ci/run && sh -n cmake/packages.sh; }

step tidy     python3 tests/tidy.py
step house    python3 tests/house/run.py
have clang-format && step format format
have cppcheck && step cppcheck c_lint || failed=1
have luacheck && step luacheck lua_lint || failed=1
step shell    shell_lint
step python   python3 -m compileall -q tests
exit $failed
