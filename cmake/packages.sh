#!/bin/sh
# Install the Debian packages of the given groups of packages.txt that are missing; say so first; do nothing otherwise.
set -eu
list=$(dirname "$0")/../packages.txt
missing=
for group in "$@"; do
    for package in $(awk -v g="$group" '$1 == g { print $2 }' "$list"); do
        status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
        [ "$status" = "install ok installed" ] || missing="$missing $package"
    done
done
[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null 2>&1; then
    echo "mthost: packages: this is not Debian: install the equivalents of:$missing" >&2
    exit 1
fi
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
echo "mthost: installing with ${sudo:+sudo }apt-get:$missing" >&2
$sudo env DEBIAN_FRONTEND=noninteractive apt-get update -qq
# shellcheck disable=SC2086
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
