"""Development only: writes bars and TA-Lib's answers, for ta_talib_spec.lua to compare with.

usage: talib_compare.py DIR SEED ROWS KIND < calls      a call a line: NAME COLUMNS(comma separated) ARGUMENTS...
writes DIR/bars.f64 (rows of open high low close volume n part typical) and DIR/NUMBER.f64 (rows of outputs, NaN before the first) and
prints per call: NUMBER LOOKBACK OUTPUTS
"""
import sys
import numpy as np
import talib
from talib import abstract

folder, seed, rows, kind = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
rng = np.random.default_rng(seed)
close = 100 * np.exp(np.cumsum(rng.normal(0, 0.004, rows) - 2e-6))
open_ = np.concatenate([[100], close[:-1]]) * np.exp(rng.normal(0, 0.002, rows))
volume = np.round(rng.lognormal(5, 1, rows))
if kind == "flat":
    open_, close, volume = np.full(rows, 50.25), np.full(rows, 50.25), np.zeros(rows)
if kind == "cents":
    open_, close = np.round(open_, 2), np.round(close, 2)
high = np.maximum(open_, close) * (1 if kind == "flat" else np.exp(np.abs(rng.normal(0, 0.002, rows))))
low = np.minimum(open_, close) * (1 if kind == "flat" else np.exp(-np.abs(rng.normal(0, 0.002, rows))))
if kind == "cents":
    high, low = np.round(high, 2), np.round(low, 2)
    volume[rng.random(rows) < 0.2] = 0
if kind == "spikes":
    at = rng.random(rows) < 0.001
    close[at] *= 1e4
    high = np.maximum(high, close)
n = rng.integers(2, 31, rows).astype(float)
part, typical = rng.uniform(-1.2, 1.2, rows), (high + low + close) / 3
columns = dict(open=open_, high=high, low=low, close=close, volume=volume, n=n, part=part, typical=typical)
np.column_stack(list(columns.values())).astype("<f8").tofile(folder + "/bars.f64")
# Ours by another name, which takes prices where TA-Lib takes bars; while nothing was traded it has no number.
BY_BARS = dict(avwap=("VWAP", "high,low,close,volume"))

for number, line in enumerate(sys.stdin):
    name, takes, *arguments = line.split()
    name, takes = BY_BARS.get(name, (name.upper(), takes))
    info = abstract.Function(name)
    parameters = {}
    for (key, default), text in zip(info.info["parameters"].items(), arguments):
        parameters[key] = type(default)(float(text))
    info.parameters = parameters
    result = getattr(talib, name)(*[columns[c] for c in takes.split(",")], *parameters.values())
    result = result if isinstance(result, tuple) else (result,)
    lookback = info.lookback
    out = np.column_stack([np.asarray(r, dtype=float) for r in result])
    out[:lookback] = np.nan      # integers are padded with zeros
    if name == "VWAP":
        out[np.cumsum(volume) == 0] = np.nan
    out.astype("<f8").tofile(folder + "/%d.f64" % number)
    print(number, lookback, len(result))
