"""The indicators of `mthost bench ta` by TA-Lib's Python package, version 0.8: whole arrays in C, with mthost's own parameters
(some defaults differ), once to warm up and then five runs. The checks (sum of the first output) are to be compared with
those of mthost: `python3 bench/peers_ta.py MTHOST BARS`. Without that package it says so and ends well."""
import json
import subprocess
import sys
import time

try:
    import numpy
    import talib
    from talib import abstract
except ImportError as missing:
    print(f"  TA-Lib             SKIP: {missing} ({sys.executable})")
    sys.exit(0)

SHOWN = ("ema", "sma", "rsi", "atr", "macd", "bbands", "adx")


def version():
    return talib.__ta_version__.decode().split()[0]


def read(path):
    columns = dict(zip(("time", "open", "high", "low", "close", "volume"), numpy.loadtxt(path, delimiter=",", unpack=True)))
    columns["n"] = 2.0 + numpy.arange(len(columns["close"])) % 29
    return columns


def parameters(function, entry):
    """mthost's values by position: both name theirs in the same order, and mthost has at most as many."""
    values = [word.split("=")[1] for word in entry["parameters"].split()]
    kinds = [type(default) for default in abstract.Function(function).parameters.values()]
    return [kind(float(value)) for kind, value in zip(kinds, values)]


def run(function, arrays, values):
    """-> the times of five runs, the first output, the rows that have none."""
    call, times = getattr(talib, function), []
    for _ in range(6):
        begin = time.perf_counter()
        out = call(*arrays, *values)
        times.append(time.perf_counter() - begin)
    shape = abstract.Function(function)
    shape.parameters = dict(zip(shape.parameters, values))
    return times[1:], out[0] if isinstance(out, tuple) else out, shape.lookback


def main(mthost, bars):
    if not version().startswith("0.8."):
        print(f"  TA-Lib             SKIP: version {version()} of {sys.executable}, wants 0.8")
        return
    columns = read(bars)
    listed = subprocess.run([mthost, "ta", "--list", "--json"], capture_output=True, text=True, check=True).stdout
    known, total, functions = set(talib.get_functions()), [0] * 5, 0
    print(f"TA-Lib {version()} for Python")
    for entry in json.loads(listed):
        name, function, inputs = entry["name"], entry["name"].upper(), entry["inputs"].split()
        if function not in known or not set(inputs) <= set(columns):        # ours of that name may take trades
            continue
        times, first, lookback = run(function, [columns[k] for k in inputs], parameters(function, entry))
        functions += 1
        total = [a + b for a, b in zip(total, times)]
        if name in SHOWN:
            times, count = sorted(times), len(first)
            check = numpy.nansum(first[lookback:])
            print(f"{name:10} {times[2] / count * 1e9:8.2f} ns per value median, {times[-1] / count * 1e9:8.2f} worst"
                  f"   check {check:.10g}")
    total.sort()
    print(f"TA-Lib's   {total[2]:8.3f} s median, {total[-1]:8.3f} s worst for {functions} functions"
          f" on {len(columns['close'])} bars")


if len(sys.argv) != 3:
    sys.exit(f"usage: {sys.argv[0]} MTHOST BARS")
main(*sys.argv[1:])
