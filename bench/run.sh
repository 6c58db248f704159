#!/usr/bin/env bash
# make bench: W1, W5, a tick replay and the indicators by `mthost bench` (five runs, median and worst, check values, memory,
# allocations), then W1 and the indicators by peers that this Python, or $MT_TALIB_PYTHON for TA-Lib, can import. Nothing is
# installed: a peer that is absent is skipped and said so.
set -eu
cd "$(dirname "$0")/.."
bars=../shared/bench/w1_bars.csv.gz
words=()
if [ -e "$bars" ]; then words=(--w1 "$bars"); else echo "SKIP the recorded W1 bars: $bars is absent"; fi
count=build/release/libmthost_count.so
[ -e "$count" ] || count=
LD_PRELOAD=${count:+$PWD/$count} ./mthost bench "${words[@]}" "$@"

[ -e "$bars" ] || exit 0
echo
echo "peers on W1"
PEER_BARS=$bars python3 bench/peers.py
echo
echo "peers on indicators"
"${MT_TALIB_PYTHON:-python3}" bench/peers_ta.py ./mthost "$bars"
