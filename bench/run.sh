#!/usr/bin/env bash
# make bench: W1, W5 and a tick replay by `mthost bench` (five runs, median and worst, check values, memory, allocations), then
# W1 by peers that this Python can import. Nothing is installed: a peer that is absent is skipped and said so.
set -eu
cd "$(dirname "$0")/.."
bars=../shared/bench/w1_bars.csv.gz
words=()
if [ -e "$bars" ]; then words=(--w1 "$bars"); else echo "SKIP the recorded W1 bars: $bars is absent"; fi
./mthost bench "${words[@]}" "$@"

[ -e "$bars" ] || exit 0
echo
echo "peers on W1"
PEER_BARS=$bars python3 bench/peers.py
