#!/usr/bin/env python3
"""kill -9 at random moments of a run, again and again, and what must be true afterwards.

A round trades one generated market twice: once in peace, once killed several times and resumed each time. Each resumed
run must have used every order id once, applied every fill once, hold the position that its fills come to, protect it
with a stop, and have said its signals at the moments, and with the indicator values, of the run in peace: that is what kept
state is for. In the end its summary, hash and statistics are those of the run in peace, whatever was on its way when it
was killed: orders, replaces, cancels, both halves of a reversal. `replay --verify` must agree with all of it. Then the journal is damaged: a torn tail is cut, a flipped bit
in the middle is refused.

Everything random follows from --seed, which is printed; how far a process came before it was killed does not."""
import argparse
import concurrent.futures
import glob
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from fractions import Fraction

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "programs"))
import program

# Turns the position every EVERY trades. The tag says how many trades were seen, a counter in `state`, and the value of an
# average that `keep` keeps: both must go on over a kill as if nothing had been.
SCRIPT = """
local mt, ta = require "mthost", require "mthost.ta"
local S = mt.strategy { params = { every = mt.param(40, 1, 10000, 1) } }
function S:on_start()
  self:keep("ma", ta.ema, 20)
  if self.state.n == nil then self.state.n = 0 end
end
function S:on_trade(t)
  local n = self.state.n + 1
  self.state.n = n
  local ma = self.ma:update(t.price)
  if not ma or n %% self.params.every ~= 0 then return end
  local step = n / self.params.every
  self:signal { side = step %% 2 == 0 and "buy" or "sell", tag = string.format("%%d %%.13g", n, ma),
                exit = { stop = 40%s } }
end
return S
"""
DURABILITY = ["none", "process", "power"]
# Of a market with a trade a second, a latency of two seconds leaves something on its way most of the time.
WAYS = [("", ""), ("costs = { latency_ms = { feed = 300, entry = 1700, reply = 900 } }", ", trail = 25"),
        ("costs = { latency_ms = { entry = 2500, reply = 4000 } }", ", trail = 15, take = 90"), ("", ", trail = 20, time = 90")]
OWN = ("elapsed_s", "events_per_s", "rss_mb", "run", "notes")           # the only fields that may differ


class Failed(Exception):
    pass


def check(condition, what):
    if not condition:
        raise Failed(what)


def mthost(folder, *words, code=0):
    result = program.call(*words, cwd=folder)
    check(result.code == code, f"exit code {result.code}, not {code}: {result}")
    check(not program.SANITIZER.search(result.err), str(result))
    return result


def newest(folder):
    runs = os.path.join(folder, "var", "runs")
    return os.path.join(runs, sorted(os.listdir(runs), key=program.run_key)[-1])


def run_words(task, speed=None):
    """A paced market begins now, which is another market for every run: it is played from a file."""
    market = ["--data", "market"] if task["paced"] else ["--for", f"{task['minutes']}m", "--seed", str(task["seed"])]
    return ["run", "killed.lua", *market, "--speed", speed or task["speed"], "--config", "durable.lua"]


def resume_words(speed):
    return ["run", "killed.lua", "--resume", "--speed", speed]


def killed_after(folder, words, wait):
    """Start, kill -9 after `wait` seconds. True when it was alive until then."""
    process = subprocess.Popen([program.MTHOST, *words], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)
    try:
        process.wait(timeout=wait)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return True
    err = process.stderr.read().decode(errors="replace")
    process.stderr.close()
    check(process.returncode == 0, f"mthost {' '.join(words)}: exit code {process.returncode}: {err[-2000:]}")
    return False


def signals_of(records):
    return {record.tag: record.time_ns for record in records if record.kind == "DECISION"}


def check_fold(folder, run, records):
    """The positions that the program shows are the sum of the fills that it shows, and of those that lie on the disk."""
    positions, open_orders, fills = program.fold(records)
    shown = {}
    told = mthost(folder, "fills", "--json").json()
    check(len(told) == len(fills), f"fills shows {len(told)} of {len(fills)} fills")
    for fill in told:
        key = (fill["account"], fill["symbol"])
        shown[key] = shown.get(key, 0) + Fraction(fill["qty"]) * (1 if fill["side"] == "buy" else -1)
    held = {(p["account"], p["symbol"]): Fraction(p["qty"]) for p in mthost(folder, "positions", "--json").json()}
    held = {key: qty for key, qty in held.items() if qty}
    check(held == {key: qty for key, qty in shown.items() if qty}, f"positions {held} are not the sum of the fills {shown}")
    check(len(held) == len(positions), f"positions {held} are not those of the journal {positions}")
    # One scale per symbol: the journal's units and the decimals differ by one power of ten.
    for units, decimal in zip(positions.values(), held.values()):
        ratio = Fraction(units) / decimal
        check(ratio.denominator == 1 and re.fullmatch(r"10*", str(ratio)), f"position {decimal} is not {units} units")
    return positions, open_orders


def check_protected(positions, open_orders):
    for (account, symbol), qty in positions.items():
        stops = [o for o in open_orders.values()
                 if (o.account, o.symbol, o.role) == (account, symbol, "stop") and o.side * qty < 0]
        check(len(stops) == 1, f"a position of {qty} units and {len(stops)} stops at the venue")
        check(stops[0].qty == abs(qty), f"a position of {qty} units and a stop for {stops[0].qty}")


def check_kept(peaceful, records, kills):
    """A signal that was lost by a kill may be missing; one that was made is the one that the run in peace made."""
    signals = signals_of(records)
    for tag, when in signals.items():
        check(tag in peaceful, f"signal '{tag}' was not made in peace: kept state is wrong after {kills} kills")
        check(peaceful[tag] == when, f"signal '{tag}' came at {when}, in peace at {peaceful[tag]}")
    last = max(peaceful.values())
    missing = [tag for tag in peaceful if tag not in signals]
    reached = max(signals.values(), default=0)
    lost = [tag for tag in missing if peaceful[tag] <= reached]
    # One that is dead makes the next the same stance again, which is no signal.
    check(len(lost) <= 2 * kills, f"{len(lost)} signals are missing after {kills} kills: {lost[:5]}")
    return reached == last


def summary(folder, run):
    """Killed behind its RUN_END and before its files a run has no summary of its own; its replay has."""
    path = os.path.join(run, "summary.json")
    if os.path.exists(path):
        with open(path) as file:
            told = json.load(file)
    else:
        told = mthost(folder, "replay", run, "--json").json()["summary"]
    return {key: value for key, value in told.items() if key not in OWN}


def check_summary(folder, peace, run):
    was, now = summary(folder, peace), summary(folder, run)
    different = {key: (was.get(key), now.get(key)) for key in was.keys() | now.keys() if was.get(key) != now.get(key)}
    check(not different, f"the summary is another one than in peace: {different}")


def damage(task, folder, rng):
    """The journal as the kill left it, torn and flipped; in copies of the state folder."""
    for kind in ("torn", "flipped"):
        copy = os.path.join(folder, kind)
        os.makedirs(copy)
        names = [name for name in ("killed.lua", "turns.lua", "durable.lua", "market", "var") if os.path.exists(os.path.join(folder, name))]
        subprocess.run(["cp", "-r", "--sparse=always", *names, copy], cwd=folder, check=True)
        run = newest(copy)
        records = program.journal(run)
        if len(records) < 40:
            return
        if kind == "torn":
            last = [r for r in records if r.file == records[-1].file]
            victim = rng.choice(last[len(last) // 2:])
            with open(victim.file, "r+b") as file:
                file.truncate(victim.offset + rng.randrange(1, 32 + victim.length))
            before = program.journal(run)       # what is left of it
            check(records[len(before)].seq <= victim.seq, "more is left than was torn off")
            mthost(copy, *resume_words("max"))
            after = program.journal(run)
            check([r.payload for r in after[:len(before)]] == [r.payload for r in before], "records before the tear changed")
            check(glob.glob(victim.file + ".torn"), "the torn tail was not kept aside")
            positions, open_orders, _ = program.fold(after)
            check_protected(positions, open_orders)
        else:
            victim = rng.choice(records[len(records) // 4:len(records) // 2])
            with open(victim.file, "r+b") as file:
                file.seek(victim.offset + 32 + rng.randrange(victim.length))
                byte = file.read(1)[0]
                file.seek(-1, os.SEEK_CUR)
                file.write(bytes([byte ^ 1 << rng.randrange(8)]))
            sizes = [os.path.getsize(path) for path in program.segments(run)]
            said = mthost(copy, *resume_words("max"), code=7).err
            for word in (os.path.basename(victim.file), str(victim.offset), str(victim.seq)):
                check(word in said, f"the refusal does not name {word}: {said}")
            check(sizes == [os.path.getsize(path) for path in program.segments(run)], "a refused journal was changed")
        shutil.rmtree(copy)


def round_of(task):
    rng = random.Random(task["seed"])
    folder = tempfile.mkdtemp(prefix="mthost-kill-")
    kept = False
    costs, exits = WAYS[task["number"] // 2 % len(WAYS)]
    try:
        with open(os.path.join(folder, "killed.lua"), "w") as file:
            file.write('return { strategy = "turns", symbols = { "BTCUSDT" }, accounts = { "*" }, %s }' % costs)
        with open(os.path.join(folder, "turns.lua"), "w") as file:
            file.write(SCRIPT % exits)
        with open(os.path.join(folder, "durable.lua"), "w") as file:
            file.write('return { mode = "sim", durability = "%s" }\n' % task["durability"])
        if task["paced"]:
            mthost(folder, "data", "gen", "--for", f"{task['minutes']}m", "--seed", str(task["seed"]), "--out", "market")
        mthost(folder, *run_words(task, "max"), "--state", "peace")
        peace = os.path.join(folder, "peace", "runs")
        peace = os.path.join(peace, os.listdir(peace)[0])
        peaceful = signals_of(program.journal(peace))
        check(len(peaceful) > 10, f"only {len(peaceful)} signals in peace: the test tests nothing")

        words, kills = run_words(task), 0
        begin = time.monotonic()
        alive = killed_after(folder, words, rng.uniform(0.002, task["length"]))
        while not (os.path.isdir(os.path.join(folder, "var", "runs")) and os.listdir(os.path.join(folder, "var", "runs"))
                   and program.segments(newest(folder)) and program.journal(newest(folder))):
            check(time.monotonic() < begin + 30, "no journal appears")
            shutil.rmtree(os.path.join(folder, "var"), ignore_errors=True)      # killed before it began: nothing to resume
            alive = killed_after(folder, words, task["length"])
        kills += alive
        alive = alive and program.journal(newest(folder))[-1].kind != "RUN_END"
        if alive:
            damage(task, folder, rng)
        for _ in range(task["kills"]):
            if not alive:
                break
            kills += killed_after(folder, resume_words(task["speed"]), rng.uniform(0.002, task["length"]))
            records = program.journal(newest(folder))
            program.fold(records)
            alive = records[-1].kind != "RUN_END"       # killed behind its end there is nothing to resume
        if alive:
            mthost(folder, *resume_words("max"))
        run = newest(folder)
        check(len(os.listdir(os.path.dirname(run))) == 1, "a resume began a new run")
        records = program.journal(run)
        check(records[-1].kind == "RUN_END", f"the journal ends with {records[-1].kind}")
        positions, open_orders = check_fold(folder, run, records)
        check_protected(positions, open_orders)
        check(check_kept(peaceful, records, kills), "the run ended early")
        check_summary(folder, peace, run)
        mthost(folder, "replay", "--verify", run)
        return kills, len(records), None
    except (Failed, AssertionError, subprocess.TimeoutExpired, KeyError, OSError, ValueError) as error:
        kept = True
        return 0, 0, f"round {task['number']} (seed {task['seed']}, {task['speed']}, {task['durability']}): {error!r}\n" \
                     f"    kept for a look: {folder}"
    finally:
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--mthost", default=program.MTHOST)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    program.MTHOST = os.path.abspath(arguments.mthost)
    seed = arguments.seed if arguments.seed is not None else int(time.time())
    print(f"kill: {arguments.rounds} rounds, --seed {seed}", flush=True)
    rng = random.Random(seed)
    tasks = []
    for number in range(arguments.rounds):
        paced, durability = number % 4 == 3, DURABILITY[number % 3]
        minutes = 60 if paced or durability == "power" else rng.randint(120, 480)     # a sync takes its time
        tasks.append(dict(number=number, paced=paced, seed=rng.randrange(1, 1 << 31), kills=rng.randint(1, 4), minutes=minutes, speed="20000" if paced else "max",
                          length=rng.choice([0.05, 0.15, 0.3]), durability=durability))
    begin, kills, records, failures = time.monotonic(), 0, 0, []
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for killed, length, failure in pool.map(round_of, tasks):
            kills, records = kills + killed, records + length
            if failure:
                failures.append(failure)
                print(failure, flush=True)
    print(f"kill: {arguments.rounds} rounds, {kills} kills, {records} records, {len(failures)} failures, "
          f"{time.monotonic() - begin:.0f} s")
    if kills < arguments.rounds:
        print("kill: fewer kills than rounds: the runs are too short to be hit")
        return 1
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
