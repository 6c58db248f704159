#!/usr/bin/env python3
"""Runs seeded random cases through the program and through the model and compares what both say, exactly.

    run.py --mthost ./mthost --cases 200 --seed 1 [--jobs 2] [--only SEED] [--keep DIR]

On a difference the case is made as small as it goes, printed with both answers beside each other, its folder is kept, and the
exit code is 1."""
import argparse
import collections
import copy
import csv
import datetime
import json
import math
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
from fractions import Fraction

from cases import frame_is_clear, generate, text
from host import Silent
from model import model
import statistics_of

STRATEGY = """-- performs the wishes of wishes.lua, each at its event, and marks what became of it
local mt = require "mthost"
local wishes = require "wishes"
local S = mt.strategy { %s }

local function levels(exit)
  if not exit then return nil end
  local made = {}
  for key, value in pairs(exit) do made[key] = value end
  for _, key in ipairs { "stop", "take" } do
    if type(made[key]) == "table" and made[key].at then made[key] = mt.at(made[key].at) end
  end
  return made
end

local verbs = {}
function verbs.signal(self, w)
  return self:signal { side = w.side, limit = w.limit, ttl = w.ttl, exit = levels(w.exit), keep = w.keep, size = w.size }
end
function verbs.protect(self, w)
  local what = levels(w.exit)
  what.widen = w.widen
  return self:protect(what)
end
function verbs.target(self, w)
  return self:target(w.qty, { limit = w.limit, ttl = w.ttl })
end

function S:on_start() self.n = 0 end
function S:%s(event)
  self.n = self.n + 1
  for _, w in ipairs(wishes[self.symbol] and wishes[self.symbol][self.n] or {}) do
    local done, code = verbs[w["do"]](self, w)
    self:mark(("verb %%d %%s"):format(w.index, done and "ok" or code), 0)
  end
end
function S:on_fill(f)
  self:mark(("fill %%.3f %%s %%s %%.9f %%.9f %%.8f %%.8f %%s"):format(f.time, f.side, f.reason, f.qty, f.price, f.fee, f.profit,
                                                          tostring(f.maker)), f.position)
end
return S
"""
HEADS = dict(bars="time,open,high,low,close,volume", quotes="time,bid,ask", trades="time,price,qty")
STATISTICS = ("max_drawdown", "exposure", "win_rate", "profit_factor", "sharpe")
FRAMES = {60: "1m", 3600: "1h", 14400: "4h", 86400: "1d"}
HANDLERS = dict(bars="on_bar", quotes="on_quote", trades="on_trade")


def lua(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, str):
        return value                             # numbers travel as texts, so that they stay exact here
    if isinstance(value, dict):
        return "{ " + ", ".join(f'["{k}"] = {lua(v)}' for k, v in value.items() if v is not None) + " }"
    return "{ " + ", ".join(lua(v) for v in value) + " }"


def exit_in_lua(exit_):
    made = {}
    for key, value in exit_.items():
        if key == "take" and isinstance(value, list):
            value = [dict({1: d}, **({"part": part} if part else {})) for d, part in value]
            made[key] = "{ " + ", ".join("{ %s%s }" % (v[1], ", part = " + v["part"] if "part" in v else "") for v in value) + " }"
        elif key == "trail" and isinstance(value, dict):
            made[key] = "{ %s, after = %s }" % (value["d"], value["after"])
        else:
            made[key] = value
    return made


def write_case(case, folder):
    def write(name, content):
        with open(os.path.join(folder, name), "w") as file:
            file.write(content)

    names = [s["name"] for s in case["symbols"]]
    for spec in case["symbols"]:
        rows = spec["rows"]
        head = HEADS[case["kind"]] + (",bid_qty,ask_qty" if case["kind"] == "quotes" and len(rows[0]) > 3 else "")
        lines = [",".join("" if x is None else str(x) for x in row) + (",1" if case["kind"] == "bars" else "") for row in rows]
        write(spec["name"] + ".csv", "\n".join([head, *lines]) + "\n")
    table = collections.defaultdict(lambda: collections.defaultdict(list))
    for index, wish in enumerate(case["wishes"]):
        args = {k: v for k, v in wish.items() if k not in ("symbol", "at", "do")}
        if "exit" in args:
            args["exit"] = exit_in_lua(args["exit"])
        table[wish["symbol"]][wish["at"]].append(dict(args, index=index, do='"' + wish["do"] + '"'))
    body = "".join(f"  {name} = {{\n" + "".join(f"    [{at}] = {lua(list_)},\n" for at, list_ in sorted(events.items())) + "  },\n"
                   for name, events in sorted(table.items()))
    write("wishes.lua", "return {\n" + body + "}\n")
    write("wish.lua", STRATEGY % ('bars = { "%s" }' % FRAMES[case["length"]] if case["kind"] == "bars" else "",
                                  HANDLERS[case["kind"]]))
    feed, entry, reply = case["latency"]
    write("run.lua", 'return { strategy = "wish", symbols = { %s }, sizing = { "fixed", qty = "%s" },\n'
          "  costs = { maker_bp = %s, taker_bp = %s, latency_ms = { feed = %s, entry = %s, reply = %s } } }\n"
          % (", ".join(f'"{n}"' for n in names), case["qty"], case["maker_bp"], case["taker_bp"], feed, entry, reply))
    instruments = ", ".join('%s = { tick = "%s", step = "%s", size = "%s", quote = "USD" }'
                            % (s["name"], s["tick"], s["step"], s["size"]) for s in case["symbols"])
    write("mthost.conf.lua", "return { instruments = { %s },\n  accounts = { sim = { cash = %s, leverage = %s } } }\n"
          % (instruments, case["cash"], case["leverage"]))
    return ["backtest", "run.lua", "--config", "mthost.conf.lua", "--data", *[n + ".csv" for n in names], "--out", "out", "--json"]


def seconds(stamp):
    whole, _, part = stamp.rstrip("Z").partition(".")
    when = datetime.datetime.fromisoformat(whole).replace(tzinfo=datetime.timezone.utc)
    return Fraction(int(when.timestamp())) + Fraction(part or 0) / 10**len(part)


def rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def side(word):
    return 1 if word == "buy" else -1


COMPARED = ("entry", "target", "flat", "time")   # of stops, takes and trails only the fills: how they lie at the venue is free


def of_program(mthost, case, folder):
    command = write_case(case, folder)
    done = subprocess.run([mthost, *command], cwd=folder, capture_output=True, text=True, timeout=60)
    if done.returncode:
        return dict(exit=[f"{done.returncode} {done.stderr.strip()[-600:]}"])
    out = os.path.join(folder, "out")
    with open(os.path.join(out, "summary.json")) as file:
        summary = json.load(file)
    fills, verbs = [], []
    for mark in rows(os.path.join(out, "marks.csv")):
        words = mark["name"].split()
        if words[0] == "verb":
            verbs.append((int(words[1]), words[2]))
        else:
            fills.append(dict(time=Fraction(words[1]), symbol=mark["symbol"], side=side(words[2]), role=words[3],
                              qty=Fraction(words[4]), price=Fraction(words[5]), fee=Fraction(words[6]), profit=Fraction(words[7]),
                              maker=words[8] == "true"))
    orders = [dict(created=seconds(r["created"]), symbol=r["symbol"], side=side(r["side"]), kind=r["type"], role=r["role"],
                   qty=Fraction(r["qty"]), price=Fraction(r["price"] or 0), filled=Fraction(r["filled"]), state=r["state"],
                   code=r["code"], ended=seconds(r["ended"]) if r["ended"] else None)
              for r in rows(os.path.join(out, "orders.csv"))]
    trades = [dict(symbol=r["symbol"], side=side(r["side"]), qty=Fraction(r["qty"]), opened=seconds(r["opened"]),
                   closed=seconds(r["closed"]), profit=Fraction(r["profit"]), fees=Fraction(r["fees"]), reason=r["reason"])
              for r in rows(os.path.join(out, "trades.csv"))]
    return answer(case, verbs, fills, orders, trades, {k: summary.get(k) for k in (
        "cash", "fees", "final_equity", "unrealised", "realised", "signals", "expired", "assumed", "rejected",
        "cut", "script_errors", "refused_by", "rejected_by", *STATISTICS)})


def of_model(case):
    m = model(case)
    orders = [dict(created=o.created, symbol=o.symbol, side=o.side, kind=o.kind, role=o.role, qty=o.qty, price=o.price or 0,
                   filled=o.filled, state=o.state, code=o.code, ended=o.ended and o.ended + m.reply) for o in m.orders]
    unrealised, trades = m.account.unrealised(m.marks), m.account.trades
    first, last = span_of(case)
    days = sorted(int(row[0]) // statistics_of.DAY for s in case["symbols"] for row in s["rows"])
    refused = collections.Counter(code for code in m.verbs.values() if code not in ("ok", "ALREADY"))
    numbers = dict(
        cash=m.account.cash, fees=m.account.fees, final_equity=m.account.cash + unrealised, unrealised=unrealised,
        realised=m.account.realised, signals=m.signals, expired=m.expired, assumed=m.assumed, rejected=m.rejected, cut=m.cut,
        script_errors=0, refused_by=refused, rejected_by=m.rejected_by, max_drawdown=m.drawdown,
        exposure=statistics_of.exposure(m.fills, first, last), win_rate=statistics_of.win_rate(trades),
        profit_factor=statistics_of.profit_factor(trades),
        sharpe=statistics_of.sharpe(m.days, m.account.start, days[0], days[-1]))
    if any(case["latency"]):                     # equity as the host knows it, which is late
        del numbers["max_drawdown"]
    if any(t["passed_zero"] for t in trades) and m.account.fees:     # which of two trades bears the fee is open
        del numbers["win_rate"], numbers["profit_factor"]
    return answer(case, sorted(m.verbs.items()), m.fills, orders, trades, numbers)


def span_of(case):
    """The first event and the last; a bar is one at its close."""
    times = []
    for spec in case["symbols"]:
        stamps = [Fraction(row[0]) for row in spec["rows"]]
        if case["kind"] == "bars":
            ends = [min(a + case["length"], b) for a, b in zip(stamps, stamps[1:])] + [stamps[-1] + case["length"]]
        times += ends if case["kind"] == "bars" else stamps
    return min(times), max(times)


def clock(when):
    return text(when - 1_700_000_000)


def told(order, last):
    """Whether an order counts, and its state: what was called off before it met a market is no order, and what rests at the
    end of the data may have been canceled by the end of the run."""
    if not order["qty"] or order["code"] == "WITHDRAWN":
        return None
    still = order["state"] in ("working", "partial", "sent")
    canceled = order["state"] == "canceled"
    if not order["filled"] and (order["created"] >= last and (still or canceled) or canceled and order["ended"] == order["created"]
                                or order["role"] in ("flat", "time") and (still or canceled)):
        return None                              # of closes that had nothing left to close only the fills of the others count
    if still or canceled and order["ended"] >= last:
        return "open"
    return order["state"]


def answer(case, verbs, fills, orders, trades, numbers):
    """What both sides say, as lines of text by subject."""
    result = collections.OrderedDict()
    result["verbs"] = [f"wish {i}: {code}" for i, code in sorted(verbs)]
    together = collections.OrderedDict()
    for f in fills:
        key = (f["time"], f["symbol"], f["side"], f["role"], f["price"], f["maker"])
        together[key] = together.get(key, 0) + f["qty"]
    result["fills"] = [f"{clock(t)} {s} {'buy' if d > 0 else 'sell'} {text(q)} at {text(p)} {role} {'maker' if m else 'taker'}"
                       for (t, s, d, role, p, m), q in sorted(together.items())]
    last = span_of(case)[1]
    result["orders"] = sorted(f"{clock(o['created'])} {o['symbol']} {'buy' if o['side'] > 0 else 'sell'} {o['role']} {o['kind']} "
                              f"{text(o['qty'])} {text(o['price'])} filled {text(o['filled'])} {told(o, last)} {o['code'] if o['state'] in ('rejected', 'expired') else ''}".rstrip()
                              for o in orders if o["role"] in COMPARED and told(o, last)
                              and not (o["state"] == "rejected" and o["code"] == "REDUCE_ONLY_VIOLATION"))
    result["trades"] = sorted(f"{clock(t['opened'])} {clock(t['closed'])} {t['symbol']} {'buy' if t['side'] > 0 else 'sell'} "
                              f"{text(t['qty'])} {text(t['profit'] + t['fees'])} {t['reason']}" for t in trades)
    shared = {t["symbol"] for t in trades if t["reason"] == "target"}        # whose fee of a passing through zero is open
    result["fees of trades"] = sorted(f"{clock(t['closed'])} {t['symbol']} {text(t['fees'])}" for t in trades
                                      if t["symbol"] not in shared)
    for name, value in numbers.items():
        if name in STATISTICS:
            result[name] = ["null" if value is None else repr(float(value))]
            continue
        if name in ("refused_by", "rejected_by"):
            result[name] = [f"{code} {count}" for code, count in sorted(value.items())]
            continue
        result[name] = [text(Fraction(value)) if value is not None else "absent"]
    return result


def compare(program, expected):
    if "exit" in program:
        return ["exit"]
    return [k for k in expected if expected[k] != program[k] and program[k] != ["absent"]
            and not (k in STATISTICS and near(expected[k][0], program[k][0]))]


def near(a, b):
    """Doubles that differ in their last digits only, or that are 0 but for them; null is null."""
    return "null" not in (a, b) and math.isclose(float(a), float(b), rel_tol=1e-9, abs_tol=1e-12)


# --- one case -----------------------------------------------------------------------------------------------------------------

def determined(case):
    """The case without the wishes whose outcome the documents leave open, what it must give, and why wishes were dropped."""
    case, dropped = copy.deepcopy(case), []
    while True:
        try:
            return case, of_model(case), dropped
        except Silent as silent:
            dropped.append(str(silent))
            del case["wishes"][silent.wish]


def differs(mthost, case):
    """Both answers and the subjects in which they differ."""
    case, expected, dropped = determined(case)
    folder = tempfile.mkdtemp(prefix="mthost-differential-")
    try:
        found = of_program(mthost, case, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return case, compare(found, expected), found, expected, dropped


def shrink(mthost, case, subject):
    """Greedily fewer wishes, fewer events, fewer fields, as long as the same subject differs."""
    def still(candidate):
        if candidate["kind"] == "bars" and not all(
                frame_is_clear([row[0] for row in s["rows"]], case["length"]) for s in candidate["symbols"]):
            return False                         # the frame of a file is told from its rows
        try:
            return subject in differs(mthost, candidate)[1]
        except (KeyError, IndexError, ValueError):
            return False

    changed = True
    while changed:
        changed = False
        for candidate in smaller(case):
            if still(candidate):
                case, changed = candidate, True
                break
    return case


def smaller(case):
    def without(change):
        other = copy.deepcopy(case)
        change(other)
        return other

    for name in [s["name"] for s in case["symbols"]] if len(case["symbols"]) > 1 else []:
        other = without(lambda c: None)
        other["symbols"] = [s for s in other["symbols"] if s["name"] != name]
        other["wishes"] = [w for w in other["wishes"] if w["symbol"] != name]
        yield other
    for index in range(len(case["wishes"])):
        yield without(lambda c: c["wishes"].pop(index))
    for number, spec in enumerate(case["symbols"]):
        last = max([w["at"] for w in case["wishes"] if w["symbol"] == spec["name"]] or [0])
        for cut in (8, 3, 1):
            if len(spec["rows"]) - cut > last:
                yield without(lambda c: c["symbols"][number]["rows"].__delitem__(slice(-cut, None)))
        for row in range(len(spec["rows"])):     # an event fewer; wishes behind it move with it
            if all(w["at"] != row + 1 for w in case["wishes"] if w["symbol"] == spec["name"]):
                def drop(c):
                    del c["symbols"][number]["rows"][row]
                    for wish in c["wishes"]:
                        if wish["symbol"] == spec["name"] and wish["at"] > row:
                            wish["at"] -= 1
                yield without(drop)
    for index, wish in enumerate(case["wishes"]):
        for field in ("limit", "ttl", "size", "keep", "exit", "widen"):
            if field in wish and not (field == "exit" and wish["do"] == "protect"):
                yield without(lambda c: c["wishes"][index].pop(field))
        for field in wish.get("exit", ()):
            if len(wish["exit"]) > 1 or wish["do"] == "signal":
                yield without(lambda c: c["wishes"][index]["exit"].pop(field))
    for field, plain in (("maker_bp", "0"), ("taker_bp", "0"), ("leverage", "1"), ("latency", [0, 0, 0])):
        if case[field] != plain:
            yield without(lambda c: c.__setitem__(field, plain))


def show(case, found, expected, subjects, out):
    print(f"seed {case['seed']}: {', '.join(subjects)}", file=out)
    print("  " + ", ".join(f"{k} {case[k]}" for k in ("kind", "latency", "maker_bp", "taker_bp", "cash", "leverage", "qty")), file=out)
    for spec in case["symbols"]:
        print(f"  {spec['name']} tick {spec['tick']} step {spec['step']} size {spec['size']}", file=out)
        for number, row in enumerate(spec["rows"], 1):
            wishes = [(i, w) for i, w in enumerate(case["wishes"]) if w["symbol"] == spec["name"] and w["at"] == number]
            said = "; ".join(f"wish {i}: {w['do']} " + " ".join(f"{k}={json.dumps(v)}" for k, v in w.items()
                                                            if k not in ("symbol", "at", "do")) for i, w in wishes)
            print(f"    {number:3} {row[0] - 1_700_000_000:6} {' '.join(str(x) for x in row[1:]):32} {said}", file=out)
    for subject in expected:
        if subject not in subjects and subject not in ("fills", "orders"):
            continue
        print(f"  {subject}:", file=out)
        left, right = expected[subject], found.get(subject, found.get("exit", []))
        width = max([len(x) for x in left] + [24])
        print(f"    {'model':{width}} | program", file=out)
        for a, b in aligned(left, right):
            print(f"    {a:{width}} {'|' if a == b else '!'} {b}", file=out)
    if "exit" in found:
        print("  program: exit " + found["exit"][0], file=out)


def aligned(left, right):
    left, right, result = list(left), list(right), []
    while left or right:
        if left and right and left[0] == right[0]:
            result.append((left.pop(0), right.pop(0)))
        elif left and left[0] not in right:
            result.append((left.pop(0), ""))
        elif right:
            result.append(("", right.pop(0)))
        else:
            result.append((left.pop(0), ""))
    return result


def one(args):
    mthost, seed, kind = args
    try:
        case, subjects, found, expected, dropped = differs(mthost, generate(seed, kind))
        return seed, subjects, dropped
    except Exception as error:                   # a fault of the test itself is a failure of its case, with its seed
        import traceback
        return seed, ["error: " + traceback.format_exc()[-900:]], []


def main():
    parser = argparse.ArgumentParser(description="compare the program with the model on random cases")
    parser.add_argument("--mthost", default="./mthost")
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", type=int)
    parser.add_argument("--kind", choices=("bars", "quotes", "trades"), help="cases of one kind of data only")
    parser.add_argument("--all", action="store_true", help="do not stop at the first difference: count them by subject")
    parser.add_argument("--whole", action="store_true", help="show the case as it is, not made smaller")
    parser.add_argument("--keep", default="build/differential", help="where the folder of a failing case goes")
    args = parser.parse_args()
    mthost = os.path.abspath(args.mthost)
    seeds = [args.only] if args.only is not None else range(args.seed, args.seed + args.cases)
    work = [(mthost, seed, args.kind) for seed in seeds]
    with multiprocessing.Pool(args.jobs) as pool:
        results = pool.imap(one, work, chunksize=4) if args.jobs > 1 else map(one, work)
        count, silent, kinds, failed = 0, collections.Counter(), collections.Counter(), []
        for seed, subjects, dropped in results:
            count += 1
            silent.update(dropped)
            if subjects:
                failed.append((seed, subjects))
                kinds[subjects[0][:200]] += 1
                if not args.all:
                    break
    for seed, subjects in failed[:1] if not args.all else []:
        if subjects[0].startswith("error"):
            print(f"seed {seed}: {subjects[0]}")
            continue
        case = generate(seed, args.kind) if args.whole else shrink(mthost, generate(seed, args.kind), subjects[0])
        case, subjects, found, expected, _ = differs(mthost, case)
        show(case, found, expected, subjects, sys.stdout)
        folder = os.path.join(args.keep, f"seed-{seed}")
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        command = write_case(case, folder)
        with open(os.path.join(folder, "case.json"), "w") as file:
            json.dump(case, file, indent=1)
        print(f"  folder {folder}: mthost {' '.join(command)}\n  again: run.py --only {seed}")
    if args.all:
        for subject, number in kinds.most_common():
            seeds = [s for s, subjects in failed if subjects[0][:200] == subject][:12]
            print(f"{number:6} {subject}  seeds {seeds}")
        print("left open by the documents:", dict(silent))
    print(f"{count} cases, {len(failed)} with differences")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
