"""The indicators of `mthost bench ta` by TA-Lib's Python package: whole arrays in C, once to warm up and then five runs.
The checks (sum of the first output) are to be compared with those of mthost: `python3 bench/peers_ta.py MTHOST BARS`."""
import json
import subprocess
import sys
import time

import numpy
import talib
from talib import abstract

mthost, bars = sys.argv[1:3]
columns = dict(zip(("time", "open", "high", "low", "close", "volume"),
                   numpy.loadtxt(bars, delimiter=",", unpack=True)))
columns["n"] = 2.0 + numpy.arange(len(columns["close"])) % 29


def runs_of(name, inputs):
    function, arrays = getattr(talib, name.upper()), [columns[k] for k in inputs]
    times = []
    for _ in range(6):
        begin = time.perf_counter()
        out = function(*arrays)
        times.append(time.perf_counter() - begin)
    return times[1:], out[0] if isinstance(out, tuple) else out


listed = json.loads(subprocess.run([mthost, "ta", "--list", "--json"], capture_output=True, text=True, check=True).stdout)
total, functions = [0] * 5, 0
print(f"TA-Lib {talib.__ta_version__.decode().split()[0]} for Python")
for entry in listed:
    name = entry["name"]
    if not hasattr(talib, name.upper()):
        continue
    times, first = runs_of(name, entry["inputs"].split())
    functions += 1
    total = [a + b for a, b in zip(total, times)]
    if name in ("ema", "sma", "rsi", "atr", "macd", "bbands", "adx"):
        times, count = sorted(times), len(first)
        check = numpy.nansum(first[abstract.Function(name).lookback:])
        print(f"{name:10} {times[2] / count * 1e9:8.2f} ns per value median, {times[-1] / count * 1e9:8.2f} worst   check {check:.10g}")
total.sort()
print(f"TA-Lib's   {total[2]:8.3f} s median, {total[-1]:8.3f} s worst for {functions} functions on {len(columns['close'])} bars")
