#!/usr/bin/env python3
"""Do two builds of the program (gcc's and clang's) come to the same results? same_hash.py A B: every run below must have one
result_hash, and the journal of the one must be the journal of the other's replay."""
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "programs"))
import program

SCRIPTS = os.path.join(program.SOURCE, "scripts")
GENERATED = [("scalp.lua", "30m", 1), ("strategies/ema_cross.lua", "24h", 2), ("strategies/mean_revert.lua", "6h", 3),
             ("strategies/price_vs_ma.lua", "2h", 4), ("strategies/volume_scalp.lua", "2h", 5),
             ("strategies/orderflow_scalp.lua", "6h", 6), ("strategies/vwap_reversion.lua", "12h", 6),
             ("strategies/momentum_regime.lua", "12h", 6)]


def runs():
    for script, span, seed in GENERATED:
        yield ["run", os.path.join(SCRIPTS, script), "--for", span, "--speed", "max", "--seed", str(seed), "--json"]
    bars = os.path.join(program.SHARED, "bench", "w1_bars.csv.gz")
    ticks = os.path.join(program.SHARED, "data", "fx-ticks", "fxcm_eurusd_20140506.csv.gz")
    if not os.path.exists(bars) or not os.path.exists(ticks):
        print("SKIP the recorded data: ../shared is absent")
        return
    yield ["backtest", os.path.join(program.SOURCE, "bench", "w1.lua"), "--data", bars, "--columns",
           "time,open,high,low,close,volume", "--symbols", "W1", "--cash", "1000000", "--fee-bp", "4", "--json"]
    yield ["backtest", os.path.join(SCRIPTS, "strategies", "price_vs_ma.lua"), "--data", ticks, "--symbols", "EURUSD", "--format",
           "quotes", "--columns", "time,bid,ask", "--time-unit", "ms", "--date", "2014-05-06", "--tz", "-05:00", "--json"]


def main():
    if len(sys.argv) != 3:
        print("same_hash.py A B: two builds of mthost")
        return 2
    builds, wrong, done = [os.path.abspath(name) for name in sys.argv[1:]], 0, 0
    with tempfile.TemporaryDirectory(prefix="mthost-same-") as folder:
        for words in runs():
            summaries = []
            for build in builds:
                program.MTHOST = build
                result = program.call(*words, cwd=folder)
                if result.code != 0:
                    print(f"{build}: {result}")
                    return 1
                summaries.append(result.summary())
            first, second = summaries
            name = os.path.basename(words[1])
            same = [key for key in ("result_hash", "final_equity", "fills", "trades")
                    if first[key] != second[key]]
            if words[0] == "run":       # the second build has just made the newest journal: the first verifies it
                program.MTHOST = builds[0]
                replay = program.call("replay", "--verify", cwd=folder)
                if replay.code != 0:
                    same.append(f"replay --verify: {replay}")
            wrong += bool(same) or first["fills"] == 0
            done += 1
            print(f"{name:20} {first['result_hash']} {second['result_hash']} {first['fills']} fills "
                  f"{'DIFFERENT: ' + ', '.join(same) if same else 'no fills: tests nothing' if not first['fills'] else 'same'}")
    print(f"same_hash: {done} runs, {wrong} different")
    return 1 if wrong else 0


sys.exit(main())
