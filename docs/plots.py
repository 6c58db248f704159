#!/usr/bin/env python3
"""Pictures of all indicators for docs/img, so that people can look at them: one sheet per family, drawn from what
`mthost ta` says. Development only (Debian's python3-matplotlib).

usage: docs/plots.py [--mthost FILE] [FAMILY…]     all families when none is named
       docs/plots.py --names                       the sheets, without drawing

The bars and trades are recorded ones when ../shared/data is there, else of `mthost data gen`; quotes with sizes are
always generated. No number of the data is kept, only the picture."""
import csv
import gzip
import io
import json
import math
import os
import random
import subprocess
import sys
import tempfile

ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
DATA = os.path.join(ROOT, "..", "shared", "data")
IMG = os.path.join(ROOT, "docs", "img")
BARS = os.path.join(DATA, "bars-1m", "btc-perp_1m_20211231-20220201.csv.gz")
TRADES = os.path.join(DATA, "crypto-trades", "bitstamp_btcusd_trades_2011.csv.gz")
START, ROWS, COLUMNS = "2022-01-05 17:00", 320, 3

TITLES = {
    "ta_overlap": "Averages and bands", "ta_channels": "More averages and channels",
    "ta_means": "Fast and slow means", "ta_momentum": "Momentum", "ta_oscillators": "More oscillators",
    "ta_math": "Arithmetic",
    "ta_volatility": "Volatility", "ta_risk": "Volatility, order statistics, mean reversion",
    "ta_volume": "Volume and prices made of prices", "ta_statistics": "Statistics", "ta_cycle": "Cycles",
    "ta_candles": "Candlesticks, one and two candles", "ta_candles_long": "Candlesticks, three to five candles",
    "volume": "Traded volume", "book": "Order books", "bars": "Bars of ticks",
    "sizing": "Sizing and running statistics",
}
SHEET_OF = {"volume_profile": "volume", "stats": "sizing"}      # small families share a sheet
# Arguments where the defaults show nothing at this price level or in these 320 bars.
ARGS = {
    "renko": ["size=60"], "cusum": ["threshold=150"], "emat": ["half_life=900"], "demat": ["half_life=900"],
    "smat": ["window=1800"], "rvwap": ["window=1800"], "vwap": ["session=7200"], "volume.daily": ["days=1"],
    "volume.ratio": ["window=30"], "volume.delta": ["window=30"], "bars.time": ["seconds=21600"], "bars.tick": ["n=12"],
    "bars.volume": ["size=150"], "bars.value": ["size=800"], "bars.imbalance": ["size=60"], "bars.range": ["size=0.2"],
    "bars.frames": ["a=86400", "b=604800"], "book.zones": ["step=1", "memory=600"], "book.spread": ["memory=60"],
    "sizing.volatility": ["memory=50"],
}
# For the trades of the generated market, which are of another size.
ARGS_GENERATED = {"bars.time": ["seconds=10"], "bars.volume": ["size=1"], "bars.value": ["size=20000"],
                  "bars.imbalance": ["size=1"], "bars.range": ["size=5"], "bars.frames": ["a=10", "b=60"]}
INPUTS = {"mavp": "close,volume"}       # the file for it has periods for volumes
# Too restless for 320 rows: the newest 120.
CLOSE_UP = {"bop", "fractal", "kdj", "marketfi", "rvol", "aroon", "stoch", "stochf", "stochrsi", "cusum", "linearreg_angle", "maxindex", "minindex",
            "minmaxindex"}
# Objects that want what no file of prices has: results of trades, changes of equity, levels of a book.
UNSEEN = {"return", "profit", "result", "level"}
LEVELS = {
    "rsi": (30, 70), "cmo": (-50, 50), "willr": (-80, -20), "stoch": (20, 80), "stochf": (20, 80), "stochrsi": (20, 80),
    "mfi": (20, 80), "adx": (25,), "adxr": (25,), "dx": (25,), "cci": (-100, 100), "ultosc": (30, 70), "imi": (30, 70),
    "kdj": (20, 80), "rvi": (50,), "rvol": (1,), "vortex": (1,), "percentrank": (10, 90), "smi": (-40, 40),
    "zscore": (-2, 0, 2), "hurst": (0.5,), "volume.ratio": (0.5,), "rocr": (1,), "rocr100": (100,),
    **dict.fromkeys(("ao", "ac", "pvo", "cmou", "tsi", "coppock", "dpo", "eri", "fosc", "qstick", "cvi", "cmf", "efi",
                     "aroonosc", "apo", "ppo", "macd", "macdfix", "macdext", "mom", "roc", "rocp", "trix", "bop",
                     "correl", "rollbeta", "volume.surge", "volume.daily"), (0,)),
}
# What is drawn of several outputs of different size; the others would be a flat line.
ONLY = {
    "kalman": ("mean",), "vwap": ("vwap", "+", "-"), "avwap": ("vwap", "+", "-"), "supertrend": ("line",),
    "cusum": ("up", "down"), "halflife": ("updates",), "renko": ("level",), "rollbeta": ("slope", "correlation"),
    "volume.surge": ("z",), "volume.daily": ("z", "signal"), "volume.ratio": ("ratio",), "volume.profile": ("poc",),
    "volume.delta": ("delta", "total"), "book.ofi": ("ofi",), "book.spread": ("mean", "deviation"),
    "stats.drawdown": ("part", "worst_part"), "sizing.volatility": ("leverage",),
}
BARS_OUT = {"bars.time", "bars.tick", "bars.volume", "bars.value", "bars.imbalance", "bars.range", "heikin", "ha"}


def call(mthost, *words):
    done = subprocess.run([mthost, *words], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"mthost {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


def listing(mthost):
    return json.loads(call(mthost, "ta", "--list", "--json"))


def sheets(entries):
    out = {}
    for entry in entries:
        if not UNSEEN & set(entry["inputs"].split()):
            out.setdefault(SHEET_OF.get(entry["family"], entry["family"]), []).append(entry)
    return out


def number(text):
    return float(text) if text else math.nan


class Data:
    """Files for mthost in a temporary folder, and what the pictures show under the indicators."""

    def __init__(self, mthost, folder):
        self.mthost, self.folder, self.kept = mthost, folder, {}
        self.recorded = os.path.exists(BARS)
        self.bars = self.write_bars("bars.csv", START, ROWS)
        self.all_bars = self.write_bars("all.csv", "", 10 ** 9)
        self.hours, self.periods, self.rough = self.write_hours(), self.write_periods(), self.write_rough()
        self.wave = self.write_wave()
        self.made = self.write_made()
        call(mthost, "data", "gen", "--for", "20m", "--out", folder, "--csv", "--seed", "1")
        self.quotes, self.flow = (os.path.join(folder, f"BTCUSDT_{kind}.csv") for kind in ("quotes", "trades"))
        self.trades = self.write_trades()

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def write_bars(self, name, start, count):
        head = "time,open,high,low,close,volume\n"
        if not self.recorded:
            call(self.mthost, "data", "gen", "--for", "10h", "--out", self.folder, "--csv", "--seed", "7")
            trades = os.path.join(self.folder, "BTCUSDT_trades.csv")
            rows = call(self.mthost, "ta", "bars.time", "60", "--data", trades).splitlines()[1:]
            closed = [row.split(",")[1:] for row in rows if not row.endswith(",")]
            rows = [",".join([str(int(float(row[7]))), *(f"{float(x):.5f}" for x in row[:5])]) + "\n" for row in closed]
            return self.write(name, head + "".join(rows[:count]))
        with gzip.open(BARS, "rt") as file:
            rows = [line for line in list(file)[1:] if line >= start][:count]
        return self.write(name, head + "".join(rows))

    def write_hours(self):
        """Hourly bars of the stretch: pivots are levels for the session after."""
        hours = {}
        for row in self.rows(self.bars):
            hour = row["time"][:13] if self.recorded else str(int(row["time"]) // 3600 * 3600)
            hours.setdefault(hour, []).append(row)
        text = "time,open,high,low,close,volume\n"
        for hour, rows in hours.items():
            text += ",".join([hour + ":00" if self.recorded else hour, rows[0]["open"],
                              max((r["high"] for r in rows), key=float), min((r["low"] for r in rows), key=float),
                              rows[-1]["close"], "1"]) + "\n"
        return self.write("hours.csv", text)

    def write_trades(self):
        if not os.path.exists(TRADES):
            return self.flow
        with gzip.open(TRADES, "rt") as file:       # the first 600 hold a price that was a mistake
            return self.write("trades.csv", "time,price,qty\n" + "".join(list(file)[600:2100]))

    def write_periods(self):
        """The bars with the series of periods that mavp takes, 2 to 30 and back, in place of the volume."""
        text = "time,open,high,low,close,volume\n"
        for i, row in enumerate(self.rows(self.bars)):
            row = {**row, "volume": str(16 + round(14 * math.sin(i / 25)))}
            text += ",".join(row[k] for k in ("time", "open", "high", "low", "close", "volume")) + "\n"
        return self.write("periods.csv", text)

    def write_wave(self):
        """Closes from 0.05 to 1.25, so that one sees where a function of a number has a value."""
        text = "time,open,high,low,close,volume\n"
        for i in range(ROWS):
            x = f"{0.65 + 0.6 * math.sin(i / 25):.6f}"
            text += f"{1600000000 + 60 * i},{x},{x},{x},{x},1\n"
        return self.write("wave.csv", text)

    def write_rough(self):
        """Bars with the gaps and long bodies that a market which never closes does not have."""
        rng, close, text = random.Random(5), 10000, "time,open,high,low,close,volume\n"
        for i in range(60000):
            open_ = max(2000, close + (rng.randint(-60, 60) if rng.random() < 0.5 else 0))
            close = max(2000, open_ + rng.choice((-80, -50, -30, 0, 0, 10, 40, 50, 80)) + rng.randint(-4, 4))
            high, low = max(open_, close), min(open_, close)
            high, low = high + rng.choice((0, 0, 1, 5, 30)), low - rng.choice((0, 0, 1, 5, 30))
            text += f"{1600000000 + 60 * i},{open_},{high},{low},{close},1\n"
        return self.write("rough.csv", text)

    def rows(self, path):
        if path not in self.kept:
            with open(path, newline="") as file:
                self.kept[path] = list(csv.DictReader(file))
        return self.kept[path]

    def write_made(self):
        """The two patterns that are so rare that neither market has them, after bars to compare their sizes with."""
        plain = [(10000, 10025, 9995, 10020), (10020, 10025, 9995, 10000)] * 8
        shown = [(10000, 10000, 9780, 9900), (9920, 9925, 9800, 9870), (9850, 9850, 9840, 9840), *plain,
                 (10000, 10000, 9950, 9950), (9940, 9940, 9890, 9890), (9870, 9900, 9860, 9860),
                 (9905, 9906, 9849, 9850)]
        bars = [*plain, *shown, *plain]
        return self.write("made.csv", "time,open,high,low,close,volume\n" + "".join(
            f"{1600000000 + 60 * i},{','.join(map(str, bar))},1\n" for i, bar in enumerate(bars)))

    def series(self, path, column):
        return [number(row[column]) for row in self.rows(path)]

    def of(self, entry):
        inputs = set(entry["inputs"].split())
        if entry["name"] == "pivots":
            return self.hours
        if entry["name"] == "mavp":
            return self.periods
        if entry["family"] == "ta_math" and entry["inputs"] == "close" and entry["name"] != "cumsum":
            return self.wave
        if entry["family"] in ("volume", "volume_profile") or entry["name"] == "book.zones":
            return self.flow
        if entry["family"] == "bars":
            return self.trades
        return self.quotes if inputs & {"bid", "ask"} else self.bars

    def price(self, path):
        """The line that is drawn behind an indicator."""
        if path == self.quotes:
            return [(a + b) / 2 for a, b in zip(self.series(path, "bid"), self.series(path, "ask"))]
        return self.series(path, "price" if path in (self.trades, self.flow) else "close")

    def args(self, entry):
        given = ARGS_GENERATED if self.trades == self.flow else {}
        return given.get(entry["name"]) or ARGS.get(entry["name"], [])

    def values(self, entry, path):
        words = [*self.args(entry), "--data", path]
        if entry["name"] in INPUTS:
            words += ["--column", INPUTS[entry["name"]]]
        if entry["inputs"] == "equity":
            words += ["--column", "close"]
        rows = list(csv.reader(io.StringIO(call(self.mthost, "ta", entry["name"], *words))))
        return {name: [number(row[k + 1]) for row in rows[1:]] for k, name in enumerate(rows[0][1:])}


# --- drawing -------------------------------------------------------------------------------------

INK, PRICE, GRID, UP, DOWN = "#202020", "#b8bcc4", "#ececec", "#2e8b57", "#c23b3b"
LINES = ("#1f5fa8", "#c8501e", "#2e8b57", "#7a4fa3", "#a8861f")


def candles(axis, rows, width=0.7, body=1.0):
    for x, (open_, high, low, close) in rows:
        colour = UP if close >= open_ else DOWN
        axis.plot([x, x], [low, high], color=colour, lw=0.7 * body, zorder=2)
        axis.bar(x, max(abs(close - open_), 1e-9), width, min(open_, close), color=colour, zorder=3, lw=0.7, edgecolor=colour)


def has_price_scale(values, price):
    seen = [v for v in values if not math.isnan(v)]
    low, high = min(price), max(price)
    reach = max(high - low, 1e-9)
    return bool(seen) and min(seen) > low - reach and max(seen) < high + reach and min(seen) > 0.5 * low


def draw_bars_of_ticks(axis, data, entry, path):
    out = data.values(entry, path)
    closed = [i for i, v in enumerate(out["close"]) if not math.isnan(v)]
    rows = [(x, [out[k][i] for k in ("open", "high", "low", "close")]) for x, i in enumerate(closed)]
    candles(axis, rows[-120:])
    axis.set_xlabel(f"{len(closed)} from {len(out['close'])} rows", fontsize=6, labelpad=1)


def bands(entry, out):
    """The columns to draw: name -> values; vwap with a deviation to either side."""
    only = ONLY.get(entry["name"])
    if not only:
        return out
    drawn = {name: out[name] for name in only if name in out}
    if "+" in only:
        for sign, name in ((1, "+ deviation"), (-1, "- deviation")):
            drawn[name] = [a + sign * b for a, b in zip(out["vwap"], out["deviation"])]
    return drawn


def draw_supertrend(axis, out):
    for side, colour in ((1, UP), (-1, DOWN)):
        axis.plot([v if s == side else math.nan for v, s in zip(out["line"], out["side"])], color=colour, lw=1.1,
                  label="long" if side > 0 else "short", zorder=3)


def draw_dots(axis, values):
    axis.plot(range(len(values)), [abs(v) for v in values], ".", color=LINES[0], ms=1.6, zorder=3)


def draw_lines(axis, entry, out):
    style_of = {"ls": "none", "marker": ".", "ms": 2} if entry["name"] == "bars.frames" else {"lw": 0.9}
    for (name, values), colour in zip(out.items(), LINES):
        if name == "hist":
            heights = [0 if math.isnan(v) else v for v in values]
            axis.bar(range(len(values)), heights, 1, color="#9fb4cc", zorder=1, label=name)
        else:
            axis.plot(values, color=colour, label=name, zorder=3, **style_of)
    for level in LEVELS.get(entry["name"], ()):
        axis.axhline(level, color="#909090", lw=0.5, ls=(0, (4, 3)), zorder=1)


def draw_one(axis, data, entry):
    path = data.of(entry)
    if entry["name"] in BARS_OUT - {"heikin", "ha"}:
        return draw_bars_of_ticks(axis, data, entry, path)
    out, price = data.values(entry, path), data.price(path)
    if entry["name"] in ("heikin", "ha"):
        return candles(axis, [(i, bar) for i, bar in enumerate(zip(*(out[k] for k in ("open", "high", "low", "close"))))
                              if not math.isnan(bar[0])][-90:])
    if entry["name"] == "pivots":       # an hour's levels hold in the hour after it
        out = {k: [v for v in [math.nan] + values[:-1] for _ in range(60)] for k, values in out.items()}
        path, price = data.bars, data.price(data.bars)
        out = {k: values[:len(price)] for k, values in out.items()}
    drawn = bands(entry, out)
    first = abs(next((v for v in next(iter(drawn.values())) if not math.isnan(v)), math.nan))
    dots = entry["name"] in ("sar", "sarext")
    over = dots or (not math.isnan(first) and all(has_price_scale(v, price) for v in drawn.values()))
    if over:
        axis.plot(price, color=PRICE, lw=0.8, zorder=1)
    if dots:
        draw_dots(axis, drawn[entry["name"]])
    elif entry["name"] == "supertrend":
        draw_supertrend(axis, out)
    else:
        draw_lines(axis, entry, drawn)
    axis.set_xlim(len(price) - 120 if entry["name"] in CLOSE_UP else 0, len(price))
    if not over:        # the price behind, on its own scale, so that one sees what the indicator follows
        behind = axis.twinx()
        behind.plot(price, color=PRICE, lw=0.6, alpha=0.6, zorder=0)
        behind.set_yticks([])
        behind.spines[:].set_visible(False)
        axis.set_zorder(behind.get_zorder() + 1)
        axis.patch.set_visible(False)
    if not any(v and not math.isnan(v) for values in drawn.values() for v in values):
        axis.text(0.5, 0.6, "nothing in this stretch", transform=axis.transAxes, ha="center", fontsize=7)
    if len(axis.get_legend_handles_labels()[1]) > 1:
        axis.legend(fontsize=5.5, frameon=False, loc="lower right", bbox_to_anchor=(1, 1.01), ncol=5, borderaxespad=0,
                    handlelength=1, columnspacing=0.7, handletextpad=0.4, borderpad=0)


def reach(rows, first, last):
    return max(float(r["high"]) for r in rows[first:last]) - min(float(r["low"]) for r in rows[first:last])


def best_hit(rows, hits):
    """Where the last five candles are most of what is seen, among the places where they are not small."""
    spans = {i: reach(rows, i - 4, i + 1) for i in hits[:400]}
    enough = sorted(spans.values())[len(spans) * 6 // 10]
    return max((i for i in spans if spans[i] >= enough), key=lambda i: spans[i] / (reach(rows, i - 9, i + 4) or 1))


def draw_pattern(axis, data, entry):
    """The clearest thing about a pattern is where it was seen: its candles, with the answer under the last of them."""
    for path, whose in ((data.all_bars, ""), (data.rough, " in random bars"), (data.made, ", made to show it")):
        answer = data.values(entry, path)[entry["name"]]
        rows = data.rows(path)
        hits = [i for i, v in enumerate(answer) if v and not math.isnan(v) and 12 < i < len(rows) - 4]
        if hits:
            break
    axis.set_xticks([])
    axis.set_yticks([])
    axis.set_title(entry["name"], fontsize=7, pad=2)
    if not hits:
        axis.text(0.5, 0.5, "not in these bars", transform=axis.transAxes, ha="center", va="center", fontsize=7)
        return
    at = best_hit(rows, hits)
    bars = [(i - at, [float(rows[i][k]) for k in ("open", "high", "low", "close")]) for i in range(at - 9, at + 4)]
    candles(axis, bars, body=1.4)
    low, high = min(b[1][2] for b in bars), max(b[1][1] for b in bars)
    axis.set_ylim(low - 0.22 * (high - low), high + 0.1 * (high - low))
    axis.annotate(f"{answer[at]:+.0f}", (0, low - 0.16 * (high - low)), ha="center", fontsize=7,
                  color=UP if answer[at] > 0 else DOWN)
    axis.axvspan(-0.5, 0.5, color="#f2ead2", zorder=0)
    axis.set_xlabel(("once" if len(hits) == 1 else f"{len(hits)} times") + whose, fontsize=5.5, labelpad=1)


def style(axis):
    axis.tick_params(labelsize=5.5, length=2, width=0.4, pad=1)
    axis.grid(color=GRID, lw=0.5)
    axis.set_axisbelow(True)
    for spine in axis.spines.values():
        spine.set_linewidth(0.4)
    axis.ticklabel_format(axis="y", useOffset=False, scilimits=(-4, 6))
    axis.yaxis.get_offset_text().set_fontsize(5.5)


def title_of(data, entry):
    args = " ".join(data.args(entry)) or entry["parameters"]
    args = args if len(args) < 34 else args[:31] + "…"
    return f"{entry['name']}  {args}"


def draw_sheet(plt, data, family, entries):
    patterns = family.startswith("ta_candles")
    columns = 6 if patterns else COLUMNS
    lines = -(-len(entries) // columns)
    high = 1.35 if patterns else 1.55
    figure, axes = plt.subplots(lines, columns, figsize=(10.5, lines * high + 0.3), squeeze=False)
    for axis, entry in zip(axes.flat, entries):
        if patterns:
            draw_pattern(axis, data, entry)
            for spine in axis.spines.values():
                spine.set_linewidth(0.4)
        else:
            style(axis)
            draw_one(axis, data, entry)
            axis.set_title(title_of(data, entry), fontsize=7, pad=2, loc="left", color=INK)
            if not axis.get_xlabel():
                axis.set_xticklabels([])
    for axis in list(axes.flat)[len(entries):]:
        axis.axis("off")
    figure.suptitle(f"{TITLES[family]}: {source(data, family)}", fontsize=8, x=0.01, ha="left",
                    y=1 - 0.1 / (lines * high + 0.3))
    figure.tight_layout(pad=0.4, h_pad=0.5, w_pad=0.6, rect=(0, 0, 1, 1 - 0.18 / (lines * high + 0.3)))
    save(plt, figure, family)


def source(data, family):
    if family == "book":
        return "20 minutes of quotes of the generated market"
    if family == "volume" or family == "bars" and data.trades == data.flow:
        return "20 minutes of trades of the generated market"
    if family == "bars":
        return "1500 trades in bitcoin of autumn 2011"
    if not data.recorded:
        return "one-minute bars of the generated market"
    if family == "ta_math":
        return "of a wave from 0.05 to 1.25 (grey), and of the highs and lows of bitcoin bars"
    if family.startswith("ta_candles"):
        return "where each was seen in one-minute bars of a bitcoin future, January 2022"
    return "320 one-minute bars of a bitcoin future, 5 January 2022; grey: the price"


def save(plt, figure, family):
    """As few bytes as the eye allows: the pictures are part of the repository."""
    from PIL import Image
    os.makedirs(IMG, exist_ok=True)
    path, raw = os.path.join(IMG, family + ".png"), io.BytesIO()
    figure.savefig(raw, dpi=110, metadata={"Software": None})
    plt.close(figure)
    Image.open(raw).convert("RGB").quantize(128, kmeans=1, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{os.path.relpath(path, ROOT)}  {os.path.getsize(path) // 1024} KiB")


def main():
    words = sys.argv[1:]
    mthost = os.path.join(ROOT, "mthost")
    if "--mthost" in words:
        at = words.index("--mthost")
        mthost = os.path.abspath(words[at + 1])
        del words[at:at + 2]
    all_sheets = sheets(listing(mthost))
    if words == ["--names"]:
        for family, entries in all_sheets.items():
            print(family, *(entry["name"] for entry in entries))
        return
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    with tempfile.TemporaryDirectory() as folder:
        data = Data(mthost, folder)
        for family, entries in all_sheets.items():
            if not words or family in words:
                draw_sheet(plt, data, family, entries)


if __name__ == "__main__":
    main()
